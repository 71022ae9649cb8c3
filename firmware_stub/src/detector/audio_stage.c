/* SPDX-License-Identifier: Apache-2.0 */
#include "tussis/tussis_config.h"

#if TUSSIS_HAS_AUDIO

#include "../detector/audio_decision.h"
#include "../detector/audio_work.h"

enum {
    BLOCK_TICKS = TUSSIS_BLOCK_FRAMES * TUSSIS_FRAME_TICKS,
    START_TICKS = TUSSIS_MICROPHONE_START_MS * (TUSSIS_TICK_HZ / 1000),
    LEAD_FRAMES = TUSSIS_WINDOW_FRAMES - TUSSIS_BLOCK_FRAMES /* of a window that the window before holds too */
};

static const tussis_event_plan_t PLAN = {
    .open_margin = TUSSIS_AUDIO_OPEN_MARGIN,
    .continue_margin = TUSSIS_AUDIO_CONTINUE_MARGIN,
    .high_drop = TUSSIS_AUDIO_HIGH_DROP,
    .low_drop = TUSSIS_AUDIO_LOW_DROP,
    .merge_frames = TUSSIS_AUDIO_MERGE_FRAMES,
    .min_frames = TUSSIS_AUDIO_MIN_FRAMES,
    .max_frames = TUSSIS_AUDIO_MAX_FRAMES,
    .max_region_frames = TUSSIS_AUDIO_MAX_REGION_FRAMES,
    .hop_frames = TUSSIS_BLOCK_FRAMES,
    .window_frames = TUSSIS_WINDOW_FRAMES,
    .level_slots = TUSSIS_AUDIO_LEVEL_SLOTS,
    .frame_ticks = TUSSIS_FRAME_TICKS,
};

static uint32_t less(uint32_t number, uint32_t by)
{
    return number > by ? number - by : 0U; /* what lies so far back matters no more */
}

#if TUSSIS_MODEL_IN == TUSSIS_MODEL_IN_FLASH_BLOB
#define PLAN_OF(stage) (&(stage)->model.plan)
#define MARGIN_OF(stage) tussis_audio_margin((stage)->model.section, (stage)->x)

void tussis_audio_stage_use(tussis_audio_stage_t *stage, const uint32_t *section)
{
    tussis_model_adopt(&stage->model, section, &PLAN);
}
#else
#define PLAN_OF(stage) (&PLAN)
#define MARGIN_OF(stage) tussis_audio_margin((stage)->x)
#endif

void tussis_audio_stage_init(tussis_audio_stage_t *stage)
{
    tussis_pre_roll_init(&stage->pre_roll);
    stage->window.n_features = TUSSIS_AUDIO_FEATURES;
}

static void begin(tussis_audio_stage_t *stage)
{
    const uint32_t first = tussis_audio_first_frame(stage->next_window);
    if (stage->computed < first) { /* a gap, or the very start: nothing computed so far serves */
        tussis_audio_path_reset(&stage->path);
        stage->computed = first;
    }
    stage->begun = true;
}

uint64_t tussis_audio_work_gate_time(const tussis_audio_stage_t *stage)
{
    const uint64_t end = (uint64_t)(stage->origin + stage->next_window + TUSSIS_WINDOW_BLOCKS) * BLOCK_TICKS;
#if TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED
    return end > BLOCK_TICKS + START_TICKS ? end - (BLOCK_TICKS + START_TICKS) : 0U;
#else
    return end;
#endif
}

void tussis_audio_work_cut(const tussis_audio_run_t *run)
{
    tussis_segmenter_close(&run->stage->segmenter, PLAN_OF(run->stage), run->stage->levels, run->queue);
}

/* The next window is not evaluated. */
static TUSSIS_SELDOM void leave_out(const tussis_audio_run_t *run)
{
    tussis_meter_lap(run->meter, TUSSIS_STAGE_CONTROL);
    tussis_audio_work_cut(run);
    tussis_meter_lap(run->meter, TUSSIS_STAGE_POST_PROCESSING);
    run->stage->next_window++;
}

/* The first frame of the next window that must have been heard. Where the microphone follows the gate it was off before the
 * window, unless that follows one that was evaluated: what it has not heard by the start that the latest hit allows is
 * silence. */
static uint32_t wake(const tussis_audio_run_t *run)
{
    tussis_audio_stage_t *stage = run->stage;
    const uint32_t first = tussis_audio_first_frame(stage->next_window);
    uint32_t from = stage->computed > first ? stage->computed : first;
#if TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED
    if (!run->gate) {
        stage->silent_until = 0;
    } else if (stage->computed != first + LEAD_FRAMES) {
        const uint64_t start = run->gate->last_hit + START_TICKS + TUSSIS_FRAME_TICKS - 1;
        stage->silent_until = (uint32_t)(start / TUSSIS_FRAME_TICKS - (uint64_t)stage->origin * TUSSIS_BLOCK_FRAMES);
        from = stage->silent_until > from ? stage->silent_until : from;
    }
#endif
    return from;
}

void tussis_audio_work_missed(const tussis_audio_run_t *run)
{
    run->totals->missed_windows++;
    if (run->gate) {
        run->gate->awake = false;
    }
    leave_out(run);
}

/* Decide windows that have begun to sound until one is admitted; `there` is the frame that has not come. Returns false
 * where the next one must wait. */
static bool admit(const tussis_audio_run_t *run, tussis_patience_t patience, uint32_t there)
{
    tussis_audio_stage_t *stage = run->stage;
    const uint32_t needed = patience == TUSSIS_PATIENCE_ALL_WHOLE ? (uint32_t)TUSSIS_WINDOW_FRAMES : 1U;
    while (tussis_audio_first_frame(stage->next_window) + needed <= there) {
        bool late = false;
#if TUSSIS_SOUND_LEVEL
        const tussis_verdict_t verdict = tussis_audio_decide(run, patience == TUSSIS_PATIENCE_WAIT, there, &late);
#else
        const tussis_verdict_t verdict =
            run->gate ? tussis_gate_decide(run->gate, tussis_audio_work_gate_time(stage), patience == TUSSIS_PATIENCE_WAIT, &late) : TUSSIS_GATE_ADMIT;
#endif
        if (verdict == TUSSIS_GATE_WAIT) {
            return false;
        }
        if (patience == TUSSIS_PATIENCE_ONE_LATE) {
            run->totals->late_imu += late;
            patience = TUSSIS_PATIENCE_WAIT;
        }
        if (verdict == TUSSIS_GATE_ADMIT && wake(run) < stage->heard_from) {
            tussis_audio_work_missed(run);
            continue;
        }
        run->totals->open_windows += late && verdict == TUSSIS_GATE_ADMIT && run->gate->open;
        if (verdict == TUSSIS_GATE_ADMIT) {
            begin(stage);
            return true;
        }
        leave_out(run);
    }
    return false;
}

/* The sound of the next frame. */
static const int16_t *sound(tussis_audio_stage_t *stage)
{
    if (stage->brief && stage->computed >= stage->end) {
        return tussis_pre_roll_aside(&stage->pre_roll, stage->part && stage->computed == stage->end);
    }
#if TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED
    static const TUSSIS_WORD_ALIGNED int16_t SILENCE[TUSSIS_FRAME];
    if (stage->computed < stage->silent_until) {
        return SILENCE;
    }
#endif
    return tussis_pre_roll_frame(&stage->pre_roll, stage->computed);
}

static void compute_frame(const tussis_audio_run_t *run)
{
    tussis_audio_stage_t *stage = run->stage;
    tussis_meter_lap(run->meter, TUSSIS_STAGE_CONTROL);
    const int16_t *pcm = sound(stage);
    stage->levels[stage->computed % TUSSIS_AUDIO_LEVEL_SLOTS] = tussis_audio_path_frame(&stage->path, pcm);
    tussis_meter_lap(run->meter, TUSSIS_STAGE_FRONT_END);
    stage->computed++;
    run->totals->computed_frames++;
}

static void evaluate(const tussis_audio_run_t *run)
{
    tussis_audio_stage_t *stage = run->stage;
    tussis_meter_lap(run->meter, TUSSIS_STAGE_CONTROL);
    tussis_audio_path_features(&stage->path, stage->x);
    tussis_meter_lap(run->meter, TUSSIS_STAGE_FEATURES);
    stage->window.margin = MARGIN_OF(stage);
    tussis_meter_lap(run->meter, TUSSIS_STAGE_MODEL);
    stage->window.index = stage->next_window;
    stage->window.count++;
    tussis_segmenter_window(&stage->segmenter, PLAN_OF(stage), stage->levels, stage->next_window, stage->window.margin,
                            run->queue);
    tussis_meter_lap(run->meter, TUSSIS_STAGE_POST_PROCESSING);
    if (run->gate) {
        run->gate->awake = stage->segmenter.open;
    }
    stage->begun = false;
    stage->next_window++;
}

bool tussis_audio_work_until(const tussis_audio_run_t *run, tussis_patience_t patience, uint32_t there)
{
    tussis_audio_stage_t *stage = run->stage;
    if (!stage->begun && !admit(run, patience, there)) {
        return false;
    }
    const uint32_t end = tussis_audio_first_frame(stage->next_window) + TUSSIS_WINDOW_FRAMES;
    for (int frames = 0; stage->computed < end; frames++) {
        if (stage->computed >= there) {
            return false;
        }
        if (frames == TUSSIS_CATCH_UP_FRAMES) {
            return true;
        }
        compute_frame(run);
    }
    evaluate(run);
    return true;
}

uint32_t tussis_audio_work_kept(const tussis_audio_stage_t *stage)
{
    const uint32_t first = tussis_audio_first_frame(stage->next_window);
    uint32_t oldest = stage->computed > first ? stage->computed : first;
#if TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED
    /* A hit that admits this window but not the one before comes so late that all but its last two blocks is silence. */
    const uint32_t silent = stage->begun || LEAD_FRAMES < TUSSIS_BLOCK_FRAMES
                                ? stage->silent_until
                                : first + (uint32_t)(LEAD_FRAMES - TUSSIS_BLOCK_FRAMES);
    oldest = oldest > silent ? oldest : silent;
    oldest = oldest > stage->heard_from ? oldest : stage->heard_from;
#endif
    return oldest < stage->pre_roll.frames ? stage->pre_roll.frames - oldest : 0U;
}

bool tussis_audio_stage_full(const tussis_audio_stage_t *stage)
{
    return tussis_audio_work_kept(stage) >= TUSSIS_RING_FRAMES;
}

bool tussis_audio_work_overdue(const tussis_audio_run_t *run)
{
#if TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED
    enum { PATIENCE_TICKS = TUSSIS_SKEW_MS * (TUSSIS_TICK_HZ / 1000) + 4 * TUSSIS_TICK_HZ };
    const uint64_t end = tussis_audio_work_gate_time(run->stage);
    return run->gate && !run->stage->begun && tussis_gate_waits(run->gate, end) &&
           tussis_audio_stage_ticks(run->stage) > end + PATIENCE_TICKS;
#else
    (void)run;
    return false;
#endif
}

/* Free the slot that the next frame goes into. IMU samples that are later than the ring is long are not waited for. */
static void make_room(const tussis_audio_run_t *run)
{
    while (tussis_audio_stage_full(run->stage) || tussis_audio_work_overdue(run)) {
        tussis_audio_work(run, TUSSIS_PATIENCE_ONE_LATE);
    }
}

void tussis_audio_stage_open(const tussis_audio_run_t *run)
{
    make_room(run);
    tussis_pre_roll_open(&run->stage->pre_roll);
}

/* Asleep until the IMU or the sound says more: most of the time, so it is asked first. */
static bool sleeps(const tussis_audio_run_t *run)
{
#if TUSSIS_SOUND_LEVEL
    const tussis_audio_stage_t *stage = run->stage;
    const bool waits = run->gate ? tussis_gate_waits(run->gate, tussis_audio_work_gate_time(stage))
                                 : tussis_audio_loudness(stage, stage->pre_roll.frames) == TUSSIS_GATE_WAIT;
    return waits && !stage->begun;
#else
    return run->gate && !run->stage->begun && tussis_gate_waits(run->gate, tussis_audio_work_gate_time(run->stage));
#endif
}

/* Counters stay small, so that 32 bits do for good: take whole turns of every ring off them. */
static TUSSIS_SELDOM void move_origin(tussis_audio_stage_t *stage)
{
    enum { WINDOWS = TUSSIS_MARGIN_SLOTS * TUSSIS_AUDIO_LEVEL_SLOTS * TUSSIS_RING_SLOTS };
    const uint32_t turns = stage->pre_roll.frames / (uint32_t)(WINDOWS * TUSSIS_BLOCK_FRAMES);
    const uint32_t windows = turns > 1U ? (turns - 1U) * WINDOWS : 0U;
    const uint32_t frames = windows * TUSSIS_BLOCK_FRAMES;
    stage->pre_roll.frames -= frames;
    stage->next_window = less(stage->next_window, windows);
    stage->computed = less(stage->computed, frames);
    stage->heard_from = less(stage->heard_from, frames);
    stage->end = less(stage->end, frames);
#if TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED
    stage->silent_until = less(stage->silent_until, frames);
#endif
    stage->origin += windows;
    tussis_segmenter_forget(&stage->segmenter, frames, windows, PLAN.frame_ticks);
}

/* Samples went into the frame being filled. */
static void go_on(const tussis_audio_run_t *run)
{
    if (tussis_pre_roll_close(&run->stage->pre_roll)) {
        run->totals->audio_frames++;
        tussis_audio_work_hear(run->stage);
        if (!sleeps(run)) {
            tussis_audio_work(run, TUSSIS_PATIENCE_WAIT);
        }
        tussis_audio_stage_open(run);
        if (run->stage->pre_roll.frames >= TUSSIS_FORGET_AT) {
            move_origin(run->stage);
        }
    }
}

void tussis_audio_stage_push_decimated(const tussis_audio_run_t *run, const int16_t *pcm, size_t n)
{
    while (n > 0) {
        const size_t taken = tussis_pre_roll_push_decimated(&run->stage->pre_roll, pcm, n);
        pcm += taken;
        n -= taken;
        go_on(run);
    }
}

void tussis_audio_stage_push_silence(const tussis_audio_run_t *run, size_t n)
{
    while (n > 0) {
        n -= tussis_pre_roll_push_silence(&run->stage->pre_roll, n);
        go_on(run);
    }
}

void tussis_audio_stage_push(const tussis_audio_run_t *run, const int16_t *pcm, size_t n)
{
    while (n > 0) {
        tussis_meter_lap(run->meter, TUSSIS_STAGE_CONTROL);
        const size_t taken = tussis_pre_roll_push(&run->stage->pre_roll, pcm, n);
        tussis_meter_lap(run->meter, TUSSIS_STAGE_FRONT_END);
        pcm += taken;
        n -= taken;
        go_on(run);
    }
}

void tussis_audio_stage_skip(tussis_audio_stage_t *stage, size_t n)
{
    while (n > 0) {
        const size_t step = n < TUSSIS_FORGET_AT ? n : TUSSIS_FORGET_AT;
        tussis_pre_roll_skip(&stage->pre_roll, step);
        n -= step;
        if (stage->pre_roll.frames >= TUSSIS_FORGET_AT) {
            move_origin(stage);
        }
    }
}

#if TUSSIS_HAS_IMU
bool tussis_audio_stage_listens(const tussis_audio_stage_t *stage, const tussis_gate_t *gate)
{
    return stage->begun || !gate || tussis_gate_expects(gate, tussis_audio_work_gate_time(stage));
}
#endif

#endif
