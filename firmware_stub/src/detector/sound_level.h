/* SPDX-License-Identifier: Apache-2.0 */
/* How loud each frame of raw sound is, against a noise floor that follows it: what decides, where the detector has a sound
 * level, whether a window is worth computing. Integers only. The C twin of selection/detector/sound_level.py and
 * signal/sound_level.py, which state the rules.
 *
 * Levels are log2(1 + variance) of the frame's samples, 0 to 7679 in 1/256 octave of power, 0.0118 dB each. The floor and
 * the steps in which it moves have eight more bits: 1/65536 octave. */
#ifndef TUSSIS_SOUND_LEVEL_H
#define TUSSIS_SOUND_LEVEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tussis/tussis_size.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    TUSSIS_SOUND_LEARNING = 64, /* frames, 1.024 s, after which the floor counts as known: as many as the longest window */
    TUSSIS_SOUND_FALL = 2       /* a lower level draws the floor down by 1 / 2^2 of the distance */
};

/* 6 bytes and the ring of the pre-roll. All zero at the start. */
typedef struct {
    int32_t floor;                    /* 0 to 7679 * 256 */
    uint8_t learned;                  /* frames that the floor has seen; stays at TUSSIS_SOUND_LEARNING */
    uint8_t run;                      /* frames in a row that were not loud; stays at 255 */
    uint8_t quiet[TUSSIS_RING_SLOTS]; /* the same at the end of frame f, in slot f % TUSSIS_RING_SLOTS */
} tussis_sound_level_t;

/* Level of the TUSSIS_FRAME_INPUTS samples of a frame, of which 64 are looked at; pcm as it lies in a slot of a raw pre-roll.
 * 130 instructions at every rate. */
int32_t tussis_sound_level_of(const int16_t *pcm);

/* Frame `number` has these samples; frames come in order. NULL: they are not all known, so it counts as loud, and the floor
 * stays. 170 instructions. */
void tussis_sound_level_hear(tussis_sound_level_t *sound, uint32_t number, const int16_t *pcm);

/* The floor is unknown again. */
static inline void tussis_sound_level_restart(tussis_sound_level_t *sound)
{
    sound->learned = 0;
}

/* Whether one of the frames first .. last is loud; fewer than 256, all in the ring. */
static inline bool tussis_sound_level_loud(const tussis_sound_level_t *sound, uint32_t first, uint32_t last)
{
    return sound->quiet[last % TUSSIS_RING_SLOTS] <= last - first;
}

#ifdef __cplusplus
}
#endif

#endif
