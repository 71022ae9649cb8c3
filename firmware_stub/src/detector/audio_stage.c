/* SPDX-License-Identifier: Apache-2.0 */
#include "tussis/tussis_config.h"

#if TUSSIS_HAS_AUDIO

#include "../detector/audio_stage.h"

#include <string.h>

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

static uint32_t first_frame(uint32_t window)
{
    return window * TUSSIS_BLOCK_FRAMES;
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
    memset(stage, 0, sizeof *stage);
    tussis_pre_roll_init(&stage->pre_roll);
    tussis_audio_path_reset(&stage->path);
    stage->window.n_features = TUSSIS_AUDIO_FEATURES;
}

static void begin(tussis_audio_stage_t *stage)
{
    const uint32_t first = first_frame(stage->next_window);
    if (stage->computed < first) { /* a gap, or the very start: nothing computed so far serves */
        tussis_audio_path_reset(&stage->path);
        stage->computed = first;
    }
    stage->begun = true;
}

/* Where the next window stands on the gate's time line: at its end, for all of its sound is still there. Where the
 * microphone follows the gate, at the latest time a hit can come so that the window's last block is heard. */
static uint64_t gate_time(const tussis_audio_stage_t *stage)
{
    const uint64_t end = (uint64_t)(stage->next_window + TUSSIS_WINDOW_BLOCKS) * BLOCK_TICKS;
#if TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED
    return end > BLOCK_TICKS + START_TICKS ? end - (BLOCK_TICKS + START_TICKS) : 0U;
#else
    return end;
#endif
}

/* The next window is not evaluated. */
static void leave_out(const tussis_audio_run_t *run)
{
    tussis_meter_lap(run->meter, TUSSIS_STAGE_CONTROL);
    tussis_segmenter_close(&run->stage->segmenter, PLAN_OF(run->stage), run->stage->levels, run->queue);
    tussis_meter_lap(run->meter, TUSSIS_STAGE_POST_PROCESSING);
    run->stage->next_window++;
}

#if TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED
/* The microphone was off before the next window unless that follows one that was evaluated: what it has not heard by
 * the start that the latest hit allows is silence. Returns the first frame of the window that must have been heard. */
static uint32_t wake(const tussis_audio_run_t *run)
{
    tussis_audio_stage_t *stage = run->stage;
    const uint32_t first = first_frame(stage->next_window);
    uint32_t from = stage->computed > first ? stage->computed : first;
    if (!run->gate) {
        stage->silent_until = 0;
    } else if (stage->computed != first + LEAD_FRAMES) {
        const uint64_t start = run->gate->last_hit + START_TICKS + TUSSIS_FRAME_TICKS - 1;
        stage->silent_until = (uint32_t)(start / TUSSIS_FRAME_TICKS);
        from = stage->silent_until > from ? stage->silent_until : from;
    }
    return from;
}

/* The gate wants the next window, and the microphone missed some of it. */
static void miss(const tussis_audio_run_t *run)
{
    run->totals->missed_windows++;
    if (run->gate) {
        run->gate->awake = false;
    }
    leave_out(run);
}
#endif

/* How windows are decided whose IMU samples have not come. */
typedef enum {
    WAIT,      /* not yet */
    ONE_LATE,  /* the next one without them: the ring is full */
    ALL_WHOLE  /* all that have sounded to their end: the input is over */
} patience_t;

/* Decide windows that have begun to sound until one is admitted; `there` is the frame that has not come. Returns false
 * where the next one must wait. */
static bool admit(const tussis_audio_run_t *run, patience_t patience, uint32_t there)
{
    tussis_audio_stage_t *stage = run->stage;
    const uint32_t needed = patience == ALL_WHOLE ? (uint32_t)TUSSIS_WINDOW_FRAMES : 1U;
    while (first_frame(stage->next_window) + needed <= there) {
        bool late = false;
        const tussis_verdict_t verdict =
            run->gate ? tussis_gate_decide(run->gate, gate_time(stage), patience == WAIT, &late) : TUSSIS_GATE_ADMIT;
        if (verdict == TUSSIS_GATE_WAIT) {
            return false;
        }
        if (patience == ONE_LATE) {
            run->totals->late_imu += late;
            patience = WAIT;
        }
#if TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED
        if (verdict == TUSSIS_GATE_ADMIT && wake(run) < stage->heard_from) {
            miss(run);
            continue;
        }
#endif
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

/* At most TUSSIS_CATCH_UP_FRAMES frames, all before frame `there`, and one window. Returns false where more input is
 * needed first. */
static bool work_until(const tussis_audio_run_t *run, patience_t patience, uint32_t there)
{
    tussis_audio_stage_t *stage = run->stage;
    if (!stage->begun && !admit(run, patience, there)) {
        return false;
    }
    const uint32_t end = first_frame(stage->next_window) + TUSSIS_WINDOW_FRAMES;
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

static bool work(const tussis_audio_run_t *run, patience_t patience)
{
    return work_until(run, patience, run->stage->pre_roll.frames);
}

/* Frames in the ring that are still needed. */
static uint32_t kept_frames(const tussis_audio_stage_t *stage)
{
    const uint32_t first = first_frame(stage->next_window);
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
    return kept_frames(stage) >= TUSSIS_RING_FRAMES;
}

/* Free the slot that the next frame goes into. IMU samples that are later than the ring is long are not waited for. */
static void make_room(const tussis_audio_run_t *run)
{
    while (tussis_audio_stage_full(run->stage)) {
        work(run, ONE_LATE);
    }
}

void tussis_audio_stage_open(const tussis_audio_run_t *run)
{
    make_room(run);
    tussis_pre_roll_open(&run->stage->pre_roll);
}

/* Asleep until the IMU says more: most of the time, so it is asked first. */
static bool sleeps(const tussis_audio_run_t *run)
{
    return run->gate && !run->stage->begun && tussis_gate_waits(run->gate, gate_time(run->stage));
}

/* Samples went into the frame being filled. */
static void go_on(const tussis_audio_run_t *run)
{
    if (tussis_pre_roll_close(&run->stage->pre_roll)) {
        run->totals->audio_frames++;
        if (!sleeps(run)) {
            work(run, WAIT);
        }
        tussis_audio_stage_open(run);
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
    tussis_pre_roll_skip(&stage->pre_roll, n);
}

/* Windows start again with the first that begins at frame `first_whole` or later. */
static void restart(tussis_audio_stage_t *stage, uint32_t first_whole)
{
    tussis_audio_path_reset(&stage->path);
    stage->next_window = (first_whole + TUSSIS_BLOCK_FRAMES - 1U) / TUSSIS_BLOCK_FRAMES;
    stage->computed = first_frame(stage->next_window);
}

void tussis_audio_stage_resume(tussis_audio_stage_t *stage)
{
    restart(stage, stage->pre_roll.frames + (tussis_pre_roll_part(&stage->pre_roll) > 0 ? 1U : 0U));
}

#if TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED
void tussis_audio_stage_miss(const tussis_audio_run_t *run, size_t n)
{
    enum { SETTLE = (TUSSIS_DECIMATOR_TAPS + TUSSIS_DECIMATION - 2) / TUSSIS_DECIMATION }; /* outputs with silence in */
    tussis_audio_stage_t *stage = run->stage;
    const uint32_t frames = stage->pre_roll.frames;
    if (n == 0) {
        return;
    }
    tussis_audio_stage_skip(stage, n);
    const uint32_t settled = tussis_pre_roll_part(&stage->pre_roll) + (uint32_t)SETTLE;
    stage->heard_from = stage->pre_roll.frames + (settled + TUSSIS_FRAME - 1U) / TUSSIS_FRAME;
    run->totals->audio_frames += stage->pre_roll.frames - frames;
    if (stage->begun && stage->silent_until < stage->heard_from) {
        stage->begun = false;
        miss(run);
    }
    for (uint32_t frame = frames; frame <= stage->pre_roll.frames && work(run, WAIT); frame++) {
    }
}

bool tussis_audio_stage_listens(const tussis_audio_stage_t *stage, const tussis_gate_t *gate)
{
    return stage->begun || !gate || tussis_gate_expects(gate, gate_time(stage));
}
#endif

/* Whether the input so far does not fill window 0. What was never heard, for want of a hit, is no input. */
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
    stage->end = stage->pre_roll.frames;
    stage->part = tussis_pre_roll_part(&stage->pre_roll) > 0;
    stage->brief = shorter_than_a_window(run);
    if (stage->brief && stage->part) {
        tussis_pre_roll_set_aside(&stage->pre_roll);
    }
}

/* Window 0 with silence in place of what did not come. Samples that follow keep their time; windows start again there.
 * A gate that has not seen its IMU window, because there is none, does not stand in the way. */
static void finish_brief(const tussis_audio_run_t *run)
{
    tussis_audio_stage_t *stage = run->stage;
    bool late;
    if (run->gate && tussis_gate_decide(run->gate, gate_time(stage), true, &late) == TUSSIS_GATE_WAIT) {
        stage->begun = true; /* any other verdict on the first window it gives again, below */
    }
    (void)work_until(run, WAIT, stage->computed + TUSSIS_CATCH_UP_FRAMES);
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
    return work_until(run, ALL_WHOLE, run->stage->end);
}

size_t tussis_audio_stage_keep(const tussis_audio_run_t *run, const int16_t *pcm, size_t n, bool decimated, bool *whole)
{
    tussis_pre_roll_t *pre_roll = &run->stage->pre_roll;
    const size_t taken =
        decimated ? tussis_pre_roll_push_decimated(pre_roll, pcm, n) : tussis_pre_roll_push(pre_roll, pcm, n);
    *whole = tussis_pre_roll_close(pre_roll);
    run->totals->audio_frames += *whole;
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
    tussis_segmenter_close(&run->stage->segmenter, PLAN_OF(run->stage), run->stage->levels, run->queue);
}

#endif
