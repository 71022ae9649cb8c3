/* SPDX-License-Identifier: Apache-2.0 */
/* How far a motion sensor without stamps runs ahead of the audio or behind it, from the audio that had come when its samples
 * came.
 *
 * Over each stretch of 8 s of motion the greatest lead counts: samples may come late, never early. Where it creeps, less
 * than 32 ms from stretch to stretch and 64 ms from where it was at first, the sensor's clock is another than the audio's,
 * and its samples are moved by one at a time, at most four a second. A lead that jumps says that samples come in another
 * order than in real time, as from a file: nothing is moved then, so that a recording gives the same events in any
 * order. */
#ifndef TUSSIS_ARRIVAL_H
#define TUSSIS_ARRIVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../dsp/dual.h"
#include "tussis/tussis_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All zero at the start. Leads are in ticks; positive: the motion is behind the audio. */
typedef struct {
    int64_t least;       /* of this stretch */
    int64_t before;      /* of the stretch before */
    int64_t first;       /* what it is kept near */
    uint32_t samples;    /* of this stretch */
    uint32_t unseen;     /* of these, since the lag was looked at */
    uint32_t until_slip; /* samples before the next move */
    int32_t owed;        /* moves still to be made; positive: samples are later than thought */
    bool any;            /* there was a stretch before */
} tussis_arrival_t;

/* n unstamped samples came. Returns whether the lag should be looked at: every 16 samples. */
static inline bool tussis_arrival_due(tussis_arrival_t *arrival, size_t n)
{
    arrival->unseen += (uint32_t)n;
    return arrival->unseen >= 16U;
}

/* The lag of the newest sample behind the audio. Returns the move to be made now: 1, the samples are later by one than
 * thought; -1, earlier; 0. Some 30 instructions. */
TUSSIS_SELDOM int tussis_arrival_follow(tussis_arrival_t *arrival, int64_t lag);

#ifdef __cplusplus
}
#endif

#endif
