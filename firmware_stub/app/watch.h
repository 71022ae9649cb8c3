/* SPDX-License-Identifier: Apache-2.0 */
/* A board that is worn and watched: WATCH is answered by PULSE, and for a while each window is reported by STATS.
 *
 * Compiled in with TUSSIS_WATCH=1 only. The board still speaks only when spoken to: who watches repeats WATCH. Results, levels and counts are told, no samples. */
#ifndef TUSSIS_WATCH_H
#define TUSSIS_WATCH_H

#include <stdbool.h>

#include "messages.h"
#include "tussis/tussis.h"
#include "tussis/tussis_config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All zero after a tussis_init of the detector that is watched. Some 170 bytes. */
typedef struct {
    uint64_t until; /* audio tick up to which windows are told */
    tussis_since_t since;
    uint32_t spent;   /* ticks in the detector since the last PULSE */
    uint32_t ticks;   /* since the last STATS */
    uint32_t windows[2]; /* evaluated so far: audio, IMU */
} tussis_watch_t;

/* Take a WATCH. */
void tussis_watch_begin(tussis_watch_t *watch, const tussis_t *detector, const tussis_watch_message_t *message);

/* Count what one call of the detector took. */
void tussis_watch_spent(tussis_watch_t *watch, uint32_t ticks);

/* Fill a PULSE, but for clock_hz, detector_hash, microphone and bad_messages, and begin the next stretch. */
void tussis_watch_pulse(tussis_watch_t *watch, const tussis_t *detector, tussis_pulse_message_t *pulse);

/* Whether a window was evaluated that is to be told; fills its STATS, but for the message number. At most one for each path
 * and call of the detector. */
bool tussis_watch_stats(tussis_watch_t *watch, const tussis_t *detector, tussis_stats_message_t *stats);

#ifdef __cplusplus
}
#endif

#endif
