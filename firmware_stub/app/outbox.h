/* SPDX-License-Identifier: Apache-2.0 */
/* The outbox: messages the host must get, kept until it says it has them.
 *
 * Messages are numbered from 0 within a session. The board sends them in order, once; only when the host asks does it
 * go back. Whoever fills the outbox looks first whether there is room: nothing is ever dropped. */
#ifndef TUSSIS_OUTBOX_H
#define TUSSIS_OUTBOX_H

#include "messages.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    TUSSIS_OUTBOX_SLOTS = 16, /* a power of two */
    TUSSIS_OUTBOX_PAYLOAD = TUSSIS_MESSAGE_MAX_OUT - TUSSIS_MESSAGE_HEADER - TUSSIS_MESSAGE_TRAILER
};

typedef struct {
    uint8_t type;
    uint8_t payload_bytes;
    uint8_t payload[TUSSIS_OUTBOX_PAYLOAD];
} tussis_outbox_slot_t;

/* About 1.2 KB, all zero at the start of a session. acked <= sent <= produced, modulo 65536. */
typedef struct {
    tussis_outbox_slot_t slots[TUSSIS_OUTBOX_SLOTS];
    uint16_t acked;    /* first message the host may not have */
    uint16_t sent;     /* first message not sent, or to be sent again */
    uint16_t produced; /* number of the next message */
} tussis_outbox_t;

/* Messages that can still be added. */
size_t tussis_outbox_room(const tussis_outbox_t *outbox);

/* The slot of the next message, zeroed but for its type; valid until the next call with this outbox. The caller checked
 * the room, takes the message number from outbox->produced, fills payload and payload_bytes, then commits. */
tussis_outbox_slot_t *tussis_outbox_next(tussis_outbox_t *outbox, uint8_t type);
void tussis_outbox_commit(tussis_outbox_t *outbox);

/* The next message to send, or NULL. Sending it is the caller's: afterwards outbox->sent is one more. */
const tussis_outbox_slot_t *tussis_outbox_unsent(const tussis_outbox_t *outbox);

/* The host has every message before `next`; with `resend` it wants all from there on again.
 * Returns 0 and does nothing where the number lies outside what was sent. */
int tussis_outbox_acknowledge(tussis_outbox_t *outbox, uint16_t next, int resend);

#ifdef __cplusplus
}
#endif

#endif
