/* SPDX-License-Identifier: Apache-2.0 */
#include "tussis/tussis_config.h"

#if TUSSIS_HAS_IMU

#include "../detector/imu_stage.h"

#include <string.h>

#include "../dsp/elementary.h"
#include "../dsp/kinematics.h"

static const tussis_event_plan_t PLAN = {
    .open_margin = TUSSIS_IMU_OPEN_MARGIN,
    .continue_margin = TUSSIS_IMU_CONTINUE_MARGIN,
    .high_drop = TUSSIS_IMU_HIGH_DROP,
    .low_drop = TUSSIS_IMU_LOW_DROP,
    .merge_frames = TUSSIS_IMU_MERGE_FRAMES,
    .min_frames = TUSSIS_IMU_MIN_FRAMES,
    .max_frames = TUSSIS_IMU_MAX_FRAMES,
    .max_region_frames = TUSSIS_IMU_MAX_REGION_FRAMES,
    .hop_frames = TUSSIS_IMU_HOP / TUSSIS_IMU_FRAME,
    .window_frames = TUSSIS_IMU_WINDOW / TUSSIS_IMU_FRAME,
    .level_slots = TUSSIS_IMU_LEVEL_SLOTS,
    .frame_ticks = TUSSIS_IMU_FRAME * (TUSSIS_TICK_HZ / TUSSIS_IMU_RATE_HZ),
};

#if TUSSIS_MODEL_IN == TUSSIS_MODEL_IN_FLASH_BLOB
#define PLAN_OF(stage) (&(stage)->model.plan)
#define MARGIN_OF(stage) tussis_imu_margin((stage)->model.section, (stage)->x)
#define RULE_OF(stage) (&(stage)->gate_rule)
#define FOLLOWS_MOTION 1

void tussis_imu_stage_use(tussis_imu_stage_t *stage, const uint32_t *section, tussis_gate_rule_t gate_rule)
{
    tussis_model_adopt(&stage->model, section, &PLAN);
    stage->gate_rule = gate_rule;
    tussis_imu_stage_rest(stage);
}
#else
#define PLAN_OF(stage) (&PLAN)
#define MARGIN_OF(stage) tussis_imu_margin((stage)->x)
#define RULE_OF(stage) (&RULE)
#define FOLLOWS_MOTION TUSSIS_GATE_BUSY

static const tussis_gate_rule_t RULE = {
    .margin = TUSSIS_GATE_MARGIN,
#if TUSSIS_GATE_BUSY
    .busy_margin = TUSSIS_GATE_BUSY_MARGIN,
    .busy_start = TUSSIS_GATE_BUSY_START,
    .follow = TUSSIS_GATE_FOLLOW,
#endif
};
#endif

void tussis_imu_stage_init(tussis_imu_stage_t *stage)
{
    stage->until_window = TUSSIS_IMU_WINDOW;
    stage->window.n_features = TUSSIS_IMU_FEATURES;
    stage->squares = TUSSIS_MOTION_FLOOR;
    tussis_imu_stage_rest(stage);
    tussis_imu_clock_init(&stage->clock);
}

void tussis_imu_stage_rest(tussis_imu_stage_t *stage)
{
#if FOLLOWS_MOTION
    stage->mean_margin = RULE_OF(stage)->busy_start;
#else
    (void)stage;
#endif
}

/* One bad value would poison a whole window: it counts as 0. Good ones stay as they are. */
static TUSSIS_SELDOM void repair(tussis_imu_t *sample, tussis_totals_t *totals)
{
    bool bad = false;
    for (int axis = 0; axis < 3; axis++) {
        bad |= !tussis_imu_is_finite(sample->acc_ms2[axis]) || !tussis_imu_is_finite(sample->gyro_dps[axis]);
        sample->acc_ms2[axis] = tussis_imu_is_finite(sample->acc_ms2[axis]) ? sample->acc_ms2[axis] : 0.0F;
        sample->gyro_dps[axis] = tussis_imu_is_finite(sample->gyro_dps[axis]) ? sample->gyro_dps[axis] : 0.0F;
    }
    totals->bad_imu += bad;
}

/* Level of a frame: log2 of the summed squared differences of the accelerations, from one sample to the next. */
static void follow_motion(tussis_imu_stage_t *stage, const tussis_imu_t *sample)
{
    const uint16_t last = (uint16_t)(stage->slot == 0 ? TUSSIS_IMU_WINDOW - 1 : stage->slot - 1);
    const tussis_imu_t *before = stage->samples == 0 ? sample : &stage->ring[last];
    TUSSIS_UNROLL_BY(3)
    for (int axis = 0; axis < 3; axis++) {
        const float step = sample->acc_ms2[axis] - before->acc_ms2[axis];
        stage->squares += step * step;
    }
    if ((stage->samples + 1U) % TUSSIS_IMU_FRAME == 0) {
        const uint32_t frame = stage->samples / TUSSIS_IMU_FRAME;
        stage->levels[frame % TUSSIS_IMU_LEVEL_SLOTS] = (float)tussis_log2_q8(stage->squares) * (1.0F / 256.0F);
        stage->squares = TUSSIS_MOTION_FLOOR;
    }
}

/* Whether the newest window wakes the audio: the C twin of fired_windows in selection/detector/gate.py. */
static bool fires(tussis_imu_stage_t *stage)
{
    const tussis_gate_rule_t *rule = RULE_OF(stage);
    const float margin = stage->window.margin;
#if FOLLOWS_MOTION
    const float before = stage->mean_margin;
    stage->mean_margin = before + rule->follow * (margin - before);
    return margin >= (before > rule->busy_start ? rule->busy_margin : rule->margin);
#else
    return margin >= rule->margin;
#endif
}

static void evaluate(const tussis_imu_run_t *run)
{
    tussis_imu_stage_t *stage = run->stage;
    tussis_meter_lap(run->meter, TUSSIS_STAGE_CONTROL);
    tussis_imu_features(stage->ring, stage->slot, stage->x);
    tussis_meter_lap(run->meter, TUSSIS_STAGE_FEATURES);
    stage->window.margin = MARGIN_OF(stage);
    tussis_meter_lap(run->meter, TUSSIS_STAGE_MODEL);
    stage->window.index = tussis_imu_stage_window(stage);
    stage->window.count++;
    const bool stuck = tussis_imu_health_window(&stage->health, stage->ring);
    run->totals->blind_windows += stuck;
    if (run->gate) {
        const bool hit = fires(stage);
        run->totals->imu_hits += hit;
        tussis_gate_imu(run->gate, hit || stuck);
    } else {
        tussis_segmenter_window(&stage->segmenter, PLAN_OF(stage), stage->levels, stage->next_window, stage->window.margin,
                                run->queue);
        tussis_meter_lap(run->meter, TUSSIS_STAGE_POST_PROCESSING);
    }
    stage->next_window++;
}

/* Counters stay small, so that 32 bits do for good: take whole turns of every ring off them. */
static TUSSIS_SELDOM void move_origin(tussis_imu_stage_t *stage)
{
    enum {
        WINDOWS = TUSSIS_MARGIN_SLOTS * TUSSIS_IMU_LEVEL_SLOTS,
        SAMPLES = WINDOWS * TUSSIS_IMU_HOP,
        FRAMES = SAMPLES / TUSSIS_IMU_FRAME
    };
    const uint32_t turns = stage->samples / SAMPLES - 1U;
    stage->samples -= turns * SAMPLES;
    stage->next_window = stage->next_window > turns * WINDOWS ? stage->next_window - turns * WINDOWS : 0U;
    stage->origin += turns * WINDOWS;
    tussis_segmenter_forget(&stage->segmenter, turns * FRAMES, turns * WINDOWS, PLAN.frame_ticks);
}

static void count(tussis_imu_stage_t *stage, uint64_t n)
{
    while (n > 0) {
        const uint32_t step = n < TUSSIS_FORGET_AT ? (uint32_t)n : TUSSIS_FORGET_AT;
        stage->samples += step;
        n -= step;
        if (stage->samples >= TUSSIS_FORGET_AT) {
            move_origin(stage);
        }
    }
}

void tussis_imu_stage_put(tussis_imu_stage_t *stage, const tussis_imu_t *kept, const tussis_event_queue_t *queue)
{
    if (queue) {
        follow_motion(stage, kept);
    }
    stage->slot = (uint16_t)(stage->slot + 1 == TUSSIS_IMU_WINDOW ? 0 : stage->slot + 1);
    stage->samples++;
}

void tussis_imu_stage_take_other(const tussis_imu_run_t *run, tussis_imu_t *kept)
{
    tussis_imu_stage_t *stage = run->stage;
    if (run->counting) {
        count(stage, 1);
        return;
    }
    repair(kept, run->totals);
    tussis_imu_stage_put(stage, kept, run->queue);
    if (--stage->until_window == 0) {
        stage->until_window = TUSSIS_IMU_HOP;
        evaluate(run);
        if (stage->samples >= TUSSIS_FORGET_AT) {
            move_origin(stage);
        }
    }
}

void tussis_imu_stage_take(const tussis_imu_run_t *run, tussis_imu_t *kept)
{
    tussis_imu_stage_take_summed(run, run->stage, kept, tussis_imu_sum(kept));
}

void tussis_imu_stage_lose(const tussis_imu_run_t *run, uint64_t n)
{
    tussis_imu_stage_t *stage = run->stage;
    const uint32_t before = tussis_imu_stage_window(stage);
    run->totals->lost_imu += n;
    count(stage, n);
    if (run->counting) {
        return;
    }
    tussis_imu_stage_resume(stage);
    const uint32_t blind = tussis_imu_stage_window(stage) - before;
    run->totals->blind_windows += blind;
    if (run->gate) {
        tussis_gate_blind(run->gate, blind);
    } else {
        tussis_segmenter_close(&stage->segmenter, PLAN_OF(stage), stage->levels, run->queue);
    }
}

void tussis_imu_stage_resume(tussis_imu_stage_t *stage)
{
    stage->next_window = (stage->samples + TUSSIS_IMU_HOP - 1U) / TUSSIS_IMU_HOP;
    stage->until_window = (uint16_t)(stage->next_window * TUSSIS_IMU_HOP + TUSSIS_IMU_WINDOW - stage->samples);
    stage->squares = TUSSIS_MOTION_FLOOR;
}

static TUSSIS_SELDOM void finish_short(const tussis_imu_run_t *run)
{
    tussis_imu_stage_t *stage = run->stage;
    const uint32_t samples = stage->samples;
    const tussis_imu_t last = stage->ring[samples - 1U]; /* fewer than a window: none has been overwritten */
    while (stage->next_window == 0) {
        tussis_imu_t *kept = tussis_imu_stage_room(stage);
        *kept = last;
        tussis_imu_stage_take(run, kept);
    }
    stage->samples = samples;
    tussis_imu_stage_resume(stage);
}

void tussis_imu_stage_close(const tussis_imu_run_t *run)
{
    if (run->stage->next_window == 0 && run->stage->samples > 0) {
        finish_short(run);
    }
    tussis_segmenter_close(&run->stage->segmenter, PLAN_OF(run->stage), run->stage->levels, run->queue);
}

#endif
