/* SPDX-License-Identifier: Apache-2.0 */
/* One replay session: samples from the host go into the detector, what comes out goes into the outbox.
 *
 * Samples have numbers; the session takes them in order and skips what it has already taken, so a host may send any
 * stretch again, cut in any other way. It takes no audio beyond the time of the IMU samples it has, and no IMU sample
 * more than a second beyond the audio, so what the detector decides never depends on how the two were interleaved. */
#ifndef TUSSIS_SESSION_H
#define TUSSIS_SESSION_H

#include "complaints.h"
#include "messages.h"
#include "outbox.h"
#include "tussis/tussis.h"
#include "tussis/tussis_port.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All zero before tussis_session_open. Holds the detector's state. Owned by the caller. */
typedef struct {
    const tussis_port_t *port;
    tussis_t detector;
    tussis_outbox_t outbox;
    tussis_hello_message_t hello;
    uint32_t audio_next; /* number of the first audio sample not yet taken */
    uint32_t imu_next;
    uint32_t audio_windows; /* evaluated so far */
    uint32_t imu_windows;
    uint32_t events;
    uint32_t event_digest;
    uint64_t imu_tick;   /* audio tick of the last stamp */
    uint16_t complained; /* bit mask of the tussis_complaint_t that a LOG reported: each once a session */
    uint32_t ticks;     /* spent in the detector since the last STATS */
    uint64_t all_ticks;
    tussis_meter_t meter[2]; /* of audio and of IMU pushes */
    uint32_t pushes[2];      /* how many */
    uint32_t longest[2];     /* ticks of the longest */
    uint8_t stages_told;     /* STAGES of how many paths are in the outbox */
    uint8_t finishing; /* FINISH was taken: no more samples */
    uint8_t flushed;   /* the detector has no more to say */
    uint8_t ended;     /* END is in the outbox */
} tussis_session_t;

/* Start afresh with the terms of a HELLO. Returns 0, or the TUSSIS_REFUSE_ code with *detail. */
uint8_t tussis_session_open(tussis_session_t *session, const tussis_port_t *port, const tussis_hello_message_t *hello,
                            uint32_t *detail);

/* Take the samples of an AUDIO, IMU or STAMPED payload that fits its type. Stops early when the outbox is full: what was taken
 * shows in audio_next and imu_next. Returns 0 where nothing in it could be taken. */
int tussis_session_audio(tussis_session_t *session, const uint8_t *payload, size_t payload_bytes);
int tussis_session_imu(tussis_session_t *session, const uint8_t *payload, size_t payload_bytes);
int tussis_session_stamped(tussis_session_t *session, const uint8_t *payload, size_t payload_bytes);

/* Put a line of ASCII into the outbox: level 0 note, 1 warning; cut at TUSSIS_LOG_MESSAGE_MAX characters. Returns 0 and
 * does nothing where there is no room. */
int tussis_session_log(tussis_session_t *session, uint8_t level, const char *text);

/* Take a FINISH. Returns 0 where samples are missing. */
int tussis_session_finish(tussis_session_t *session, const tussis_finish_message_t *finish);

/* Move finished events, and after FINISH what the detector still holds and END, into the outbox as far as there is room.
 * The counters of bad messages are those that END will carry. */
void tussis_session_drain(tussis_session_t *session, const tussis_end_message_t *bad_messages);

#ifdef __cplusplus
}
#endif

#endif
