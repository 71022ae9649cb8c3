/* SPDX-License-Identifier: Apache-2.0 */
/* The IMU stage: motion samples in; decisions for the gate, or evaluated windows and events, out. */
#ifndef TUSSIS_IMU_STAGE_H
#define TUSSIS_IMU_STAGE_H

#include "../detector/control.h"
#include "../detector/events.h"
#include "../detector/model_blob.h"
#include "tussis/tussis_meter.h"

#ifdef __cplusplus
extern "C" {
#endif

/* About 2 KB; started by tussis_imu_stage_init. */
typedef struct {
    tussis_imu_t ring[TUSSIS_IMU_WINDOW]; /* sample s in slot s % TUSSIS_IMU_WINDOW */
    uint32_t samples;                     /* so far: the number of the next one */
    uint16_t slot;                        /* where it goes */
    uint16_t until_window;                /* samples until the next window is whole */
    uint32_t next_window;
    float x[TUSSIS_IMU_FEATURES];
    tussis_window_t window;
    tussis_segmenter_t segmenter;
    float squares; /* motion of the frame being filled: sum of squared differences, (m/s^2)^2 */
    float levels[TUSSIS_IMU_LEVEL_SLOTS];
#if TUSSIS_MODEL_IN == TUSSIS_MODEL_IN_FLASH_BLOB
    tussis_path_model_t model;
    float gate_margin; /* log-odds of a hit */
#endif
} tussis_imu_stage_t;

/* What the stage works with besides its own state. Exactly one of gate and queue is given: decisions go to the gate, or
 * events to the queue. */
typedef struct {
    tussis_imu_stage_t *stage;
    tussis_gate_t *gate;
    tussis_event_queue_t *queue;
    tussis_totals_t *totals;
    tussis_meter_t *meter; /* NULL: none */
} tussis_imu_run_t;

void tussis_imu_stage_init(tussis_imu_stage_t *stage);

/* Take one sample at TUSSIS_IMU_RATE_HZ. A few dozen instructions, and a whole window's work every TUSSIS_IMU_HOP. */
void tussis_imu_stage_push(const tussis_imu_run_t *run, const tussis_imu_t *sample);

/* Let time pass by n samples without computing anything; then start again with the first window that begins from here
 * on. */
void tussis_imu_stage_skip(tussis_imu_stage_t *stage, size_t n);
void tussis_imu_stage_resume(tussis_imu_stage_t *stage);

/* Close an open region. A stream that is shorter than its first window is decided as that window, with its last sample
 * held: the body is still. Samples that follow keep their time; windows start again there. */
void tussis_imu_stage_close(const tussis_imu_run_t *run);

#if TUSSIS_MODEL_IN == TUSSIS_MODEL_IN_FLASH_BLOB
/* Run on a section of a model that was checked; its log-odds. */
void tussis_imu_stage_use(tussis_imu_stage_t *stage, const uint32_t *section, float gate_margin);
float tussis_imu_margin(const uint32_t *section, const float x[TUSSIS_IMU_FEATURES]);
#else
/* Generated: the model's log-odds. */
float tussis_imu_margin(const float x[TUSSIS_IMU_FEATURES]);
#endif

#ifdef __cplusplus
}
#endif

#endif
