/* SPDX-License-Identifier: Apache-2.0 */
#include "../detector/stretch.h"

#if TUSSIS_HAS_AUDIO
/* What was pushed in the mode that ends is finished. */
static void close_stretch(tussis_state_t *s, const tussis_audio_run_t *run)
{
    tussis_audio_stage_close(run);
    if (s->unheard > 0) {
        tussis_audio_stage_skip(&s->audio, s->unheard);
        s->unheard = 0;
    }
    s->ending = false;
    s->queue.mode = (uint8_t)s->mode;
}

bool tussis_stretch_steps(tussis_state_t *s, size_t most)
{
    const tussis_audio_run_t run = tussis_audio_run(s, s->ended);
    for (; s->ending && most > 0; most--) {
        if (!tussis_audio_stage_finish_step(&run)) {
            close_stretch(s, &run);
        }
    }
    return s->ending;
}

/* Finish what was pushed in the present mode; `mode` is that of what follows. Does the first step. */
static bool begin_ending(tussis_state_t *s, tussis_mode_t mode)
{
    const tussis_audio_run_t run = tussis_audio_run(s, s->mode);
    tussis_audio_stage_end(&run);
    s->ended = s->mode;
    s->mode = mode;
    s->ending = true;
    return tussis_stretch_steps(s, 1);
}

size_t tussis_stretch_audio(tussis_state_t *s, const int16_t *pcm, size_t n, bool decimated)
{
    const tussis_audio_run_t run = tussis_audio_run(s, s->mode);
    size_t taken = 0;
    if (tussis_audio_stage_cramped(&s->audio)) {
        (void)tussis_stretch_steps(s, SIZE_MAX);
    }
    while (s->ending && taken < n) {
        bool whole;
        taken += tussis_audio_stage_keep(&run, pcm + taken, n - taken, decimated, &whole);
        if (whole) {
            while (tussis_stretch_steps(s, 1) && tussis_audio_stage_full(&s->audio)) {
            }
            tussis_audio_stage_open(&run);
        }
    }
    return taken;
}

void tussis_stretch_count(tussis_state_t *s, size_t n)
{
    enum { INPUTS = TUSSIS_FRAME * TUSSIS_DECIMATION };
    if (s->ending && tussis_stretch_steps(s, n / INPUTS + (n % INPUTS > 0 ? 1U : 0U))) {
        s->unheard += (uint32_t)n;
    } else {
        tussis_audio_stage_skip(&s->audio, n);
    }
}
#endif

#if TUSSIS_HAS_AUDIO && TUSSIS_HAS_IMU
void tussis_stretch_imu(tussis_state_t *s, size_t n)
{
    enum { MOST_OUTPUTS = 5, MOST_FILLED = 30 }; /* of a sample at 20 Hz; between two stamps */
    const size_t outputs = s->imu.clock.stamped ? n * MOST_OUTPUTS + MOST_FILLED : n;
    const bool overtakes = s->mode == TUSSIS_MODE_IMU && outputs >= s->imu.until_window;
    (void)tussis_stretch_steps(s, overtakes ? SIZE_MAX : n);
}

/* The gate serves the mode that ends until that is finished: as only one of two modes is gated, the other needs none. */
void tussis_stretch_change(tussis_state_t *s, tussis_mode_t mode)
{
    if (s->mode == TUSSIS_MODE_IMU) {
        const tussis_imu_run_t run = tussis_imu_run(s);
        tussis_imu_stage_close(&run);
        tussis_audio_stage_resume(&s->audio);
        s->queue.mode = (uint8_t)mode;
        s->mode = mode;
    } else {
        (void)begin_ending(s, mode);
    }
    tussis_imu_stage_resume(&s->imu);
    if (mode == TUSSIS_MODE_AUDIO) {
        tussis_imu_stage_count(&s->imu);
    } else if (mode == TUSSIS_MODE_GATED) {
        tussis_gate_restart(&s->gate, tussis_imu_stage_window(&s->imu));
        tussis_imu_stage_rest(&s->imu);
    }
}
#endif

bool tussis_stretch_flush_step(tussis_state_t *s)
{
#if TUSSIS_HAS_AUDIO
    if (s->ending) {
        (void)tussis_stretch_steps(s, 1);
        return true; /* what was pushed meanwhile is a stretch of its own, also in the same mode */
    }
    if (s->mode != TUSSIS_MODE_IMU) {
        return begin_ending(s, s->mode);
    }
#endif
#if TUSSIS_HAS_IMU
    const tussis_imu_run_t run = tussis_imu_run(s);
    tussis_imu_stage_close(&run);
#endif
    return false;
}

tussis_status_t tussis_outcome_lost(tussis_state_t *s, tussis_status_t lost)
{
    if (s->totals.lost_hits != s->gate.forgotten) {
        s->totals.lost_hits = s->gate.forgotten;
        lost = TUSSIS_LOST_HIT;
    }
    if (s->totals.lost_events != s->queue.lost) {
        s->totals.lost_events = s->queue.lost;
        lost = TUSSIS_LOST_EVENT;
    }
    return lost;
}
