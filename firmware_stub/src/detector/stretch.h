/* SPDX-License-Identifier: Apache-2.0 */
/* A stretch in one mode, and how it ends: the work that is left is done in steps, while samples of the next one come. A
 * step is at most TUSSIS_CATCH_UP_FRAMES frames and one audio window. What is decided is the same as if all were done at
 * once, for a stretch looks at nothing that comes after it. */
#ifndef TUSSIS_STRETCH_H
#define TUSSIS_STRETCH_H

#include "../detector/tussis_state.h"
#include "../dsp/dual.h"

#ifdef __cplusplus
extern "C" {
#endif

#if TUSSIS_HAS_AUDIO
/* What the audio stage works with in a mode. */
static inline tussis_audio_run_t tussis_audio_run(tussis_state_t *s, tussis_mode_t mode)
{
    const tussis_audio_run_t run = {&s->audio, mode == TUSSIS_MODE_GATED ? &s->gate : NULL, &s->queue, &s->totals,
                                    s->meter};
    return run;
}

/* While s->ending, before all else that a push does: take audio samples, a step for each frame. Returns how many: all, or
 * those that came until the stretch was finished. */
TUSSIS_SELDOM size_t tussis_stretch_audio(tussis_state_t *s, const int16_t *pcm, size_t n, bool decimated);

/* Let audio time pass by n samples at TUSSIS_INPUT_RATE_HZ that the mode only counts; while s->ending a step per frame. */
TUSSIS_SELDOM void tussis_stretch_count(tussis_state_t *s, size_t n);

/* Do steps until the stretch is finished, but at most so many. Returns whether there is more. */
TUSSIS_SELDOM bool tussis_stretch_steps(tussis_state_t *s, size_t most);
#endif

#if TUSSIS_HAS_IMU
/* What the IMU stage works with in the present mode. */
static inline tussis_imu_run_t tussis_imu_run(tussis_state_t *s)
{
    const tussis_imu_run_t run = {&s->imu,
                                  s->mode == TUSSIS_MODE_GATED ? &s->gate : NULL,
                                  s->mode == TUSSIS_MODE_IMU ? &s->queue : NULL,
                                  &s->totals,
                                  s->meter,
                                  s->mode == TUSSIS_MODE_AUDIO};
    return run;
}
#endif

#if TUSSIS_HAS_AUDIO && TUSSIS_HAS_IMU
/* While s->ending, before n IMU samples are taken: a step for each, and all that is left where events of the motion could
 * overtake it. */
TUSSIS_SELDOM void tussis_stretch_imu(tussis_state_t *s, size_t n);

/* End the stretch and begin one in another mode; not while s->ending. */
TUSSIS_SELDOM void tussis_stretch_change(tussis_state_t *s, tussis_mode_t mode);
#endif

/* What a call returns: what it lost, `lost` unless hits or events were lost that the totals do not show yet. */
TUSSIS_SELDOM tussis_status_t tussis_outcome_lost(tussis_state_t *s, tussis_status_t lost);
static inline tussis_status_t tussis_outcome(tussis_state_t *s, tussis_status_t lost)
{
    const bool same = s->totals.lost_hits == s->gate.forgotten && s->totals.lost_events == s->queue.lost;
    return same ? lost : tussis_outcome_lost(s, lost);
}

/* One step of the end of the input: of what a change of the mode left first, then of the present stretch. Returns false
 * once there is nothing left. */
TUSSIS_SELDOM bool tussis_stretch_flush_step(tussis_state_t *s);

#ifdef __cplusplus
}
#endif

#endif
