/* SPDX-License-Identifier: Apache-2.0 */
/* The board's application: answers a host that replays recordings, and detects from the board's own sensors otherwise.
 *
 * A port's main() is:
 *     static tussis_app_t app;
 *     tussis_app_init(&app, &port);
 *     for (;;) {
 *         if (!tussis_app_poll(&app)) { sleep until the UART or a sensor has something }
 *     }
 */
#ifndef TUSSIS_APP_H
#define TUSSIS_APP_H

#include "../../app/link.h"
#include "../../app/session.h"
#include "../../app/watch.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Everything the application remembers: the detector's state and about 2 KB. Owned by the port. */
typedef struct {
    const tussis_port_t *port;
    tussis_receiver_t receiver;
    tussis_session_t session;
#if TUSSIS_WATCH
    tussis_watch_t watch; /* of the board's own sensors */
#endif
    uint16_t sent_messages; /* seq of the next message to send */
    uint16_t last_seq;    /* seq of the latest good message of this session */
    uint16_t bad_order;   /* messages out of order, repeated, or of another session */
    uint8_t id;           /* session byte */
    uint8_t open;         /* a host has a session */
    uint8_t announce;     /* READY has yet to be sent */
    uint8_t ready_cause;
    bool microphone_on; /* what the port was asked last; false where the microphone does not follow the gate */
} tussis_app_t;

/* Start with no session. The port outlives the application. */
void tussis_app_init(tussis_app_t *app, const tussis_port_t *port);

/* Do what there is to do: at most 256 received bytes, or 64 of the board's own samples. Returns 0 where there was
 * nothing. Speaks only when spoken to, except for READY at boot, messages of an open session, and live events. */
int tussis_app_poll(tussis_app_t *app);

/* Send the host a line of ASCII of at most TUSSIS_LOG_MESSAGE_MAX characters, level 0 note, 1 warning.
 * Returns 0 where no host listens, or where it is behind. */
int tussis_app_log(tussis_app_t *app, uint8_t level, const char *text);

#ifdef __cplusplus
}
#endif

#endif
