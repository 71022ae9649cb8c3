/* SPDX-License-Identifier: Apache-2.0 */
/* The pre-roll: a ring of audio frames that reaches back before an IMU hit, and the frame that is being filled.
 *
 * TUSSIS_PRE_ROLL_DECIMATED keeps frames at TUSSIS_RATE_HZ: small, but every sample goes through the FIR, also while the
 * audio model sleeps. TUSSIS_PRE_ROLL_RAW keeps the microphone's samples as they come, each frame behind those that the
 * FIR needs before it, and decimates a frame where it lies when it is computed: TUSSIS_DECIMATION times the RAM, and
 * what sleeps costs a copy. Both give the same frames, bit for bit, and call them whole after the same sample. */
#ifndef TUSSIS_PRE_ROLL_H
#define TUSSIS_PRE_ROLL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../dsp/decimator.h"
#include "tussis/tussis_size.h"
#include "tussis/tussis_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* 12.6 KB; raw 26 KB at 16 kHz, 51 KB at 32 kHz, 76 KB at 48 kHz, 13 KB at 8 kHz. 4 KB where the microphone follows the
 * gate. Started by tussis_pre_roll_init. */
typedef struct {
    int16_t ring[TUSSIS_RING_SLOTS][TUSSIS_SLOT_SAMPLES]; /* frame f in slot f % TUSSIS_RING_SLOTS */
    uint32_t frames;                                       /* whole frames so far: the number of the one being filled */
    uint16_t fill;                                         /* of that one: samples; raw: at TUSSIS_INPUT_RATE_HZ */
    tussis_decimator_t decimator;                          /* raw: only while the frame being filled is decimated */
#if TUSSIS_PRE_ROLL == TUSSIS_PRE_ROLL_RAW
    bool filtered;                      /* the frame being filled is kept at TUSSIS_RATE_HZ */
    bool decimated[TUSSIS_RING_SLOTS]; /* so are these whole frames; the others are as they came */
#endif
} tussis_pre_roll_t;

/* Start in memory that is all zero. */
void tussis_pre_roll_init(tussis_pre_roll_t *pre_roll);

/* Take of n samples at TUSSIS_INPUT_RATE_HZ, or at TUSSIS_RATE_HZ and already through the decimator, as many as the
 * frame lacks at most; returns how many. A stream may change from one to the other anywhere: what came raw goes through
 * the FIR, and what came decimated is left out of its memory. Raw: a copy, some 160 to 190 instructions
 * for 16 ms at 16 kHz where the detector has a sound level. */
size_t tussis_pre_roll_push(tussis_pre_roll_t *pre_roll, const int16_t *pcm, size_t n);
#if TUSSIS_PRE_ROLL == TUSSIS_PRE_ROLL_RAW
/* Where the next samples of the frame being filled lie in the ring, and how many it lacks; or those of the frame after it. What
 * is pushed from there is not copied. NULL while that frame is kept at TUSSIS_RATE_HZ. */
int16_t *tussis_pre_roll_place(tussis_pre_roll_t *pre_roll, bool after, size_t *lacking);
#endif
size_t tussis_pre_roll_push_decimated(tussis_pre_roll_t *pre_roll, const int16_t *pcm, size_t n);

/* Take of n samples of 0 at TUSSIS_INPUT_RATE_HZ as many as the frame lacks at most; returns how many. */
size_t tussis_pre_roll_push_silence(tussis_pre_roll_t *pre_roll, size_t n);

/* Once the frame being filled is whole, count it and return true. Before the next push the slot of the frame after it
 * must have been freed, and tussis_pre_roll_open called. */
static inline bool tussis_pre_roll_close(tussis_pre_roll_t *pre_roll)
{
#if TUSSIS_PRE_ROLL == TUSSIS_PRE_ROLL_RAW
    if (pre_roll->fill < TUSSIS_FRAME_INPUTS) {
        return false;
    }
    pre_roll->decimated[pre_roll->frames % TUSSIS_RING_SLOTS] = pre_roll->filtered;
    pre_roll->fill = (uint16_t)(pre_roll->fill - TUSSIS_FRAME_INPUTS);
#else
    if (pre_roll->fill < TUSSIS_FRAME) {
        return false;
    }
    pre_roll->fill = 0;
#endif
    pre_roll->frames++;
    return true;
}

/* Begin the next frame. */
#if TUSSIS_PRE_ROLL == TUSSIS_PRE_ROLL_RAW
void tussis_pre_roll_open(tussis_pre_roll_t *pre_roll);
#else
static inline void tussis_pre_roll_open(tussis_pre_roll_t *pre_roll)
{
    (void)pre_roll;
}
#endif

/* Samples at TUSSIS_RATE_HZ that the frame being filled has. */
static inline uint32_t tussis_pre_roll_part(const tussis_pre_roll_t *pre_roll)
{
#if TUSSIS_PRE_ROLL == TUSSIS_PRE_ROLL_RAW
    return (uint32_t)pre_roll->fill / TUSSIS_DECIMATION;
#else
    return pre_roll->fill;
#endif
}

#if TUSSIS_PRE_ROLL == TUSSIS_PRE_ROLL_RAW
/* The TUSSIS_FRAME_INPUTS samples of a whole frame as they came; NULL where it was decimated. */
static inline const int16_t *tussis_pre_roll_raw(const tussis_pre_roll_t *pre_roll, uint32_t number)
{
    const uint32_t slot = number % TUSSIS_RING_SLOTS;
    return pre_roll->decimated[slot] ? NULL : &pre_roll->ring[slot][TUSSIS_SLOT_LEAD + TUSSIS_FRAME_HISTORY];
}
#endif

/* Frame `number` at TUSSIS_RATE_HZ, whole and still in the ring; stays in the ring. */
const int16_t *tussis_pre_roll_frame(tussis_pre_roll_t *pre_roll, uint32_t number);

/* Keep what has come of the frame being filled, with silence after it, apart from what will come: in the last slot, which
 * must be free. It stays there until frame TUSSIS_RING_SLOTS - 1 is filled. */
void tussis_pre_roll_set_aside(tussis_pre_roll_t *pre_roll);

/* The frame that was set aside; or a frame of silence, and what was set aside is gone. */
const int16_t *tussis_pre_roll_aside(tussis_pre_roll_t *pre_roll, bool sound);

/* Let time pass by n samples at TUSSIS_INPUT_RATE_HZ that were not heard: silence to the FIR's memory. The frame that is
 * then being filled must not be computed. Costs nothing per sample. */
void tussis_pre_roll_skip(tussis_pre_roll_t *pre_roll, size_t n);

#ifdef __cplusplus
}
#endif

#endif
