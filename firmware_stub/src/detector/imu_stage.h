/* SPDX-License-Identifier: Apache-2.0 */
/* The IMU stage: motion samples in; decisions for the gate, or evaluated windows and events, out. */
#ifndef TUSSIS_IMU_STAGE_H
#define TUSSIS_IMU_STAGE_H

#include <string.h>

#include "../detector/control.h"
#include "../detector/events.h"
#include "../detector/imu_clock.h"
#include "../detector/imu_health.h"
#include "../detector/model_blob.h"
#include "tussis/tussis_meter.h"

#ifdef __cplusplus
extern "C" {
#endif

/* About 2 KB; started by tussis_imu_stage_init. */
typedef struct {
    tussis_imu_t ring[TUSSIS_IMU_WINDOW]; /* sample s in slot s % TUSSIS_IMU_WINDOW */
    uint32_t origin;                      /* windows before those that are counted below */
    uint32_t samples;                     /* since its start: the number of the next one */
    uint16_t slot;                        /* where it goes */
    uint16_t until_window;                /* samples until the next window is whole; 1 while samples are only counted */
    uint32_t next_window;
    float mean_margin; /* log-odds of the gate's windows, weights fading: how much the wearer moves; 0 without a busy rule */
    float x[TUSSIS_IMU_FEATURES];
    tussis_window_t window;
    tussis_segmenter_t segmenter;
    float squares; /* motion of the frame being filled: sum of squared differences, (m/s^2)^2 */
    float levels[TUSSIS_IMU_LEVEL_SLOTS];
    tussis_imu_clock_t clock;
    tussis_imu_health_t health;
#if TUSSIS_MODEL_IN == TUSSIS_MODEL_IN_FLASH_BLOB
    tussis_path_model_t model;
    tussis_gate_rule_t gate_rule;
#endif
} tussis_imu_stage_t;

/* What the stage works with besides its own state. Exactly one of gate and queue is given, unless samples are only
 * counted: decisions go to the gate, or events to the queue. */
typedef struct tussis_imu_run {
    tussis_imu_stage_t *stage;
    tussis_gate_t *gate;
    tussis_event_queue_t *queue;
    tussis_totals_t *totals;
    tussis_meter_t *meter; /* NULL: none */
    bool counting;
} tussis_imu_run_t;

/* Start in memory that is all zero. */
TUSSIS_SELDOM void tussis_imu_stage_init(tussis_imu_stage_t *stage);

/* Samples at TUSSIS_IMU_RATE_HZ since the start. */
static inline uint64_t tussis_imu_stage_samples(const tussis_imu_stage_t *stage)
{
    return (uint64_t)stage->origin * TUSSIS_IMU_HOP + stage->samples;
}

/* Number of the next window since the start. */
static inline uint32_t tussis_imu_stage_window(const tussis_imu_stage_t *stage)
{
    return stage->origin + stage->next_window;
}

/* Where the next sample goes. */
static inline tussis_imu_t *tussis_imu_stage_room(tussis_imu_stage_t *stage)
{
    return &stage->ring[stage->slot];
}

/* NaN and infinities have all exponent bits set. */
static inline bool tussis_imu_is_finite(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (bits & 0x7F800000U) != 0x7F800000U;
}

/* Finite only if all of the sample is; one that overflows says nothing. */
static inline float tussis_imu_sum(const tussis_imu_t *sample)
{
    const float *acc = sample->acc_ms2, *gyro = sample->gyro_dps;
    return (acc[0] + gyro[0]) + (acc[1] + gyro[1]) + (acc[2] + gyro[2]);
}

/* Take the sample at TUSSIS_IMU_RATE_HZ that was put where tussis_imu_stage_room says, and do nothing else; `queue` where
 * motion alone decides, for which levels are kept, else NULL. Then until_window is to be counted down. Some 40 instructions with
 * levels, 10 without. */
TUSSIS_APART void tussis_imu_stage_put(tussis_imu_stage_t *stage, const tussis_imu_t *kept, const tussis_event_queue_t *queue);

/* A sample that is counted only, may be bad, or makes a window whole. */
TUSSIS_APART void tussis_imu_stage_take_other(const tussis_imu_run_t *run, tussis_imu_t *kept);

/* The same, with a whole window's work every TUSSIS_IMU_HOP; the sample may be bad. */
void tussis_imu_stage_take(const tussis_imu_run_t *run, tussis_imu_t *kept);

/* The same for one whose values have this sum; `stage` is that of the run. */
static inline void tussis_imu_stage_take_summed(const tussis_imu_run_t *run, tussis_imu_stage_t *stage, tussis_imu_t *kept,
                                                float sum)
{
    if (stage->until_window == 1 || !tussis_imu_is_finite(sum)) {
        tussis_imu_stage_take_other(run, kept);
        return;
    }
    stage->until_window--;
    tussis_imu_stage_put(stage, kept, run->queue);
}

/* Let time pass by n samples that never came: windows that lack them are blind, and the gate lets the audio decide. */
TUSSIS_SELDOM void tussis_imu_stage_lose(const tussis_imu_run_t *run, uint64_t n);

/* Samples are only counted from here on. */
static inline void tussis_imu_stage_count(tussis_imu_stage_t *stage)
{
    stage->until_window = 1;
}

/* Start again with the first window that begins from here on. */
TUSSIS_SELDOM void tussis_imu_stage_resume(tussis_imu_stage_t *stage);

/* The gate begins to look: the wearer rests until windows say otherwise. */
void tussis_imu_stage_rest(tussis_imu_stage_t *stage);

/* Close an open region. A stream that is shorter than its first window is decided as that window, with its last sample
 * held: the body is still. Samples that follow keep their time; windows start again there. */
TUSSIS_SELDOM void tussis_imu_stage_close(const tussis_imu_run_t *run);

#if TUSSIS_MODEL_IN == TUSSIS_MODEL_IN_FLASH_BLOB
/* Run on a section of a model that was checked; its log-odds. */
void tussis_imu_stage_use(tussis_imu_stage_t *stage, const uint32_t *section, tussis_gate_rule_t gate_rule);
float tussis_imu_margin(const uint32_t *section, const float x[TUSSIS_IMU_FEATURES]);
#else
/* Generated: the model's log-odds. */
float tussis_imu_margin(const float x[TUSSIS_IMU_FEATURES]);
#endif

#ifdef __cplusplus
}
#endif

#endif
