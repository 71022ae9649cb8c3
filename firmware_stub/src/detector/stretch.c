/* SPDX-License-Identifier: Apache-2.0 */
#include "../detector/stretch.h"

#if TUSSIS_HAS_AUDIO
/* One step of finishing what was pushed in the mode that ends. Returns false once it is finished. */
static bool end_step(tussis_state_t *s)
{
    const tussis_audio_run_t run = tussis_audio_run(s, s->ended);
    if (tussis_audio_stage_finish_step(&run)) {
        return true;
    }
    tussis_audio_stage_close(&run);
    if (s->unheard > 0) {
        tussis_audio_stage_skip(&s->audio, s->unheard);
        s->unheard = 0;
    }
    s->ending = false;
    s->queue.mode = (uint8_t)s->mode;
    return false;
}

/* Finish what was pushed in the present mode; `mode` is that of what follows. Does the first step. */
static bool begin_ending(tussis_state_t *s, tussis_mode_t mode)
{
    const tussis_audio_run_t run = tussis_audio_run(s, s->mode);
    tussis_audio_stage_end(&run);
    s->ended = s->mode;
    s->mode = mode;
    s->ending = true;
    return end_step(s);
}

size_t tussis_stretch_audio(tussis_state_t *s, const int16_t *pcm, size_t n, bool decimated)
{
    const tussis_audio_run_t run = tussis_audio_run(s, s->mode);
    size_t taken = 0;
    while (tussis_audio_stage_cramped(&s->audio) && end_step(s)) {
    }
    while (s->ending && taken < n) {
        bool whole;
        taken += tussis_audio_stage_keep(&run, pcm + taken, n - taken, decimated, &whole);
        if (whole) {
            while (end_step(s) && tussis_audio_stage_full(&s->audio)) {
            }
            tussis_audio_stage_open(&run);
        }
    }
    return taken;
}

void tussis_stretch_count(tussis_state_t *s, size_t n)
{
    for (size_t passed = 0; s->ending && passed <= n; passed += TUSSIS_FRAME * TUSSIS_DECIMATION) {
        (void)end_step(s);
    }
    if (s->ending) {
        s->unheard += (uint32_t)n;
    } else {
        tussis_audio_stage_skip(&s->audio, n);
    }
}

void tussis_stretch_finish(tussis_state_t *s)
{
    while (s->ending && end_step(s)) {
    }
}
#endif

#if TUSSIS_HAS_AUDIO && TUSSIS_HAS_IMU
void tussis_stretch_imu(tussis_state_t *s, size_t n)
{
    for (size_t i = 0; s->ending && i < n; i++) {
        (void)end_step(s);
    }
    if (s->mode == TUSSIS_MODE_IMU && n >= s->imu.until_window) {
        tussis_stretch_finish(s);
    }
}
#endif

bool tussis_stretch_flush_step(tussis_state_t *s)
{
#if TUSSIS_HAS_AUDIO
    if (s->ending) {
        const bool changed = s->ended != s->mode;
        return end_step(s) || changed;
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

#if TUSSIS_HAS_AUDIO && TUSSIS_HAS_IMU
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
    if (mode == TUSSIS_MODE_GATED) {
        tussis_gate_restart(&s->gate, s->imu.next_window);
    }
    s->totals.lost_events = s->queue.lost;
}
#endif
