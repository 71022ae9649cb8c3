/* SPDX-License-Identifier: Apache-2.0 */
/* Where audio breaks off: gaps that the microphone did not hear, and the end of a stretch. */
#include "tussis/tussis_config.h"

#if TUSSIS_HAS_AUDIO

#include "../detector/audio_work.h"

enum { LONG_GAP_FRAMES = 1000 }; /* 16 s */

/* Windows start again with the first that begins at frame `first_whole` or later. */
static TUSSIS_SELDOM void restart(tussis_audio_stage_t *stage, uint32_t first_whole)
{
    tussis_audio_path_reset(&stage->path);
    stage->next_window = (first_whole + TUSSIS_BLOCK_FRAMES - 1U) / TUSSIS_BLOCK_FRAMES;
    stage->computed = tussis_audio_first_frame(stage->next_window);
}

void tussis_audio_stage_resume(tussis_audio_stage_t *stage)
{
    tussis_audio_work_unlearn(stage);
    restart(stage, stage->pre_roll.frames + (tussis_pre_roll_part(&stage->pre_roll) > 0 ? 1U : 0U));
}

static uint32_t silent_until(const tussis_audio_stage_t *stage)
{
#if TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED
    return stage->silent_until;
#else
    (void)stage;
    return 0;
#endif
}

/* Go on with the first window after a gap that is longer than the gate's memory. */
static TUSSIS_SELDOM void pass_over(const tussis_audio_run_t *run)
{
    tussis_audio_stage_t *stage = run->stage;
    const uint32_t next = stage->next_window;
    tussis_audio_work_cut(run);
    restart(stage, stage->heard_from);
    if (run->gate) {
        run->gate->awake = false;
    } else {
        run->totals->missed_windows += stage->next_window - next;
    }
}

/* The ring has no room for what would lie in a gap of n frames beside what waits in it. */
static bool crowded(const tussis_audio_stage_t *stage, uint64_t frames)
{
    return tussis_audio_work_kept(stage) > 0 && tussis_audio_work_kept(stage) + frames >= TUSSIS_RING_FRAMES;
}

void tussis_audio_stage_miss(const tussis_audio_run_t *run, size_t n)
{
    enum { SETTLE = (TUSSIS_DECIMATOR_TAPS + TUSSIS_DECIMATION - 2) / TUSSIS_DECIMATION }; /* outputs with silence in */
    tussis_audio_stage_t *stage = run->stage;
    const uint64_t before = tussis_audio_stage_frames(stage);
    const uint64_t passing = (uint64_t)n / (uint32_t)(TUSSIS_FRAME * TUSSIS_DECIMATION) + 1U;
    if (n == 0) {
        return;
    }
    while (crowded(stage, passing) && tussis_audio_work(run, TUSSIS_PATIENCE_ONE_LATE)) {
    }
    tussis_audio_stage_skip(stage, n);
    const uint32_t settled = tussis_pre_roll_part(&stage->pre_roll) + (uint32_t)SETTLE;
    stage->heard_from = stage->pre_roll.frames + (settled + TUSSIS_FRAME - 1U) / TUSSIS_FRAME;
    tussis_audio_work_unlearn(stage);
    const uint64_t passed = tussis_audio_stage_frames(stage) - before;
    run->totals->audio_frames += passed;
    if (stage->begun && silent_until(stage) < stage->heard_from) {
        stage->begun = false;
        tussis_audio_work_missed(run);
    }
    if (passed > LONG_GAP_FRAMES) {
        pass_over(run);
    }
    bool more = true;
    for (uint64_t frame = 0; frame <= passed && more; frame++) {
        const bool overdue = tussis_audio_work_overdue(run);
        more = tussis_audio_work(run, overdue ? TUSSIS_PATIENCE_ONE_LATE : TUSSIS_PATIENCE_WAIT);
    }
}

/* Whether the input so far does not fill window 0. What was never heard, for want of a hit, does not count. */
static bool shorter_than_a_window(const tussis_audio_run_t *run)
{
    const tussis_audio_stage_t *stage = run->stage;
    const bool heard = TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_ALWAYS || !run->gate;
    const bool any = stage->pre_roll.frames > 0 || tussis_pre_roll_part(&stage->pre_roll) > 0;
    return heard && any && stage->next_window == 0 && stage->pre_roll.frames < (uint32_t)TUSSIS_WINDOW_FRAMES;
}

void tussis_audio_stage_end(const tussis_audio_run_t *run)
{
    tussis_audio_stage_t *stage = run->stage;
    tussis_audio_work_unlearn(stage);
    stage->end = stage->pre_roll.frames;
    stage->part = tussis_pre_roll_part(&stage->pre_roll) > 0;
    stage->brief = shorter_than_a_window(run);
    if (stage->brief && stage->part) {
        tussis_pre_roll_set_aside(&stage->pre_roll);
    }
}

/* Window 0 with silence in place of what did not come. Samples that follow keep their time; windows start again there.
 * A gate that has not seen its IMU window, because there is none, does not stand in the way. */
static TUSSIS_SELDOM void finish_brief(const tussis_audio_run_t *run)
{
    tussis_audio_stage_t *stage = run->stage;
    bool late;
    if (run->gate && tussis_gate_decide(run->gate, tussis_audio_work_gate_time(stage), true, &late) == TUSSIS_GATE_WAIT) {
        stage->begun = true; /* any other verdict on the first window it gives again, below */
    }
    (void)tussis_audio_work_until(run, TUSSIS_PATIENCE_WAIT, stage->computed + TUSSIS_CATCH_UP_FRAMES);
    if (stage->next_window != 0) {
        if (run->gate) {
            run->gate->awake = false;
        }
        stage->brief = false;
        restart(stage, stage->end + (stage->part ? 1U : 0U));
    }
}

bool tussis_audio_stage_finish_step(const tussis_audio_run_t *run)
{
    if (run->stage->brief) {
        finish_brief(run);
        return true;
    }
    return tussis_audio_work_until(run, TUSSIS_PATIENCE_ALL_WHOLE, run->stage->end);
}

size_t tussis_audio_stage_keep(const tussis_audio_run_t *run, const int16_t *pcm, size_t n, bool decimated, bool *whole)
{
    tussis_pre_roll_t *pre_roll = &run->stage->pre_roll;
    const size_t taken =
        decimated ? tussis_pre_roll_push_decimated(pre_roll, pcm, n) : tussis_pre_roll_push(pre_roll, pcm, n);
    *whole = tussis_pre_roll_close(pre_roll);
    run->totals->audio_frames += *whole;
    if (*whole) {
        tussis_audio_work_hear(run->stage);
    }
    return taken;
}

bool tussis_audio_stage_cramped(const tussis_audio_stage_t *stage)
{
    enum { LONGEST = (TUSSIS_WINDOW_FRAMES + TUSSIS_CATCH_UP_FRAMES - 1) / TUSSIS_CATCH_UP_FRAMES }; /* steps */
    return TUSSIS_RING_FRAMES < TUSSIS_WINDOW_FRAMES + LONGEST + 1 && stage->brief;
}

void tussis_audio_stage_close(const tussis_audio_run_t *run)
{
    run->stage->begun = false;
    tussis_audio_work_cut(run);
}

#endif
