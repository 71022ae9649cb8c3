/* SPDX-License-Identifier: Apache-2.0 */
/* The audio stage's work on the frames in its ring: what audio_stage.c and audio_breaks.c share. */
#ifndef TUSSIS_AUDIO_WORK_H
#define TUSSIS_AUDIO_WORK_H

#include "../detector/audio_stage.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How windows are decided whose IMU samples have not come. */
typedef enum {
    TUSSIS_PATIENCE_WAIT,     /* not yet */
    TUSSIS_PATIENCE_ONE_LATE, /* the next one without them: the ring is full */
    TUSSIS_PATIENCE_ALL_WHOLE /* all that have sounded to their end: the input is over */
} tussis_patience_t;

static inline uint32_t tussis_audio_first_frame(uint32_t window)
{
    return window * TUSSIS_BLOCK_FRAMES;
}

/* At most TUSSIS_CATCH_UP_FRAMES frames, all before frame `there`, and one window. Returns false where more input is
 * needed first. */
bool tussis_audio_work_until(const tussis_audio_run_t *run, tussis_patience_t patience, uint32_t there);

static inline bool tussis_audio_work(const tussis_audio_run_t *run, tussis_patience_t patience)
{
    return tussis_audio_work_until(run, patience, run->stage->pre_roll.frames);
}

/* The newest frame was filled: hear how loud it is. */
static inline void tussis_audio_work_hear(tussis_audio_stage_t *stage)
{
#if TUSSIS_SOUND_LEVEL
    const uint32_t number = stage->pre_roll.frames - 1U;
    const bool heard = number >= stage->heard_from;
    tussis_sound_level_hear(&stage->sound, number, heard ? tussis_pre_roll_raw(&stage->pre_roll, number) : NULL);
#else
    (void)stage;
#endif
}

/* The floor of the sound is unknown again: what came before says nothing of what comes. */
static inline void tussis_audio_work_unlearn(tussis_audio_stage_t *stage)
{
#if TUSSIS_SOUND_LEVEL
    tussis_sound_level_restart(&stage->sound);
#else
    (void)stage;
#endif
}

/* The gate wants the next window, and the microphone missed some of it. */
TUSSIS_SELDOM void tussis_audio_work_missed(const tussis_audio_run_t *run);

/* Close an open region. */
TUSSIS_SELDOM void tussis_audio_work_cut(const tussis_audio_run_t *run);

/* Frames in the ring that are still needed. */
uint32_t tussis_audio_work_kept(const tussis_audio_stage_t *stage);

/* Whether the IMU has been silent for so long that the next window waits in vain. While a microphone that follows the gate is
 * off, nothing in the ring says so. */
bool tussis_audio_work_overdue(const tussis_audio_run_t *run);

/* Where the next window stands on the gate's time line: at its end, for all of its sound is still there. Where the
 * microphone follows the gate, at the latest time a hit can come so that the window's last block is heard. */
uint64_t tussis_audio_work_gate_time(const tussis_audio_stage_t *stage);

#ifdef __cplusplus
}
#endif

#endif
