/* SPDX-License-Identifier: Apache-2.0 */
/* Telemetry: what a detector did in a stretch of time, in one struct for the heartbeat of a device that is far away.
 * Included by tussis.h.
 *
 *     static tussis_since_t since;                                  // all zero
 *     tussis_telemetry_t telemetry;
 *     tussis_get_telemetry(&detector, &since, &telemetry);          // once an hour, say
 *
 * Each tussis_since_t has stretches of its own: one for each minute and one for each day may run side by side. All zero
 * again after a tussis_init. */
#ifndef TUSSIS_TELEMETRY_H
#define TUSSIS_TELEMETRY_H

#include <stdint.h>

#include "tussis/tussis_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where a stretch begins. All zero at the start; the caller's memory, the library's content. */
typedef struct {
    uint64_t ticks;
    uint32_t events;
    uint32_t imu_millihertz;
    tussis_totals_t totals;
} tussis_since_t;

/* What needs a look; bits of tussis_telemetry_t.faults. */
enum {
    TUSSIS_FAULT_DEAD_MICROPHONE = 1, /* one value for 2 s and longer */
    TUSSIS_FAULT_CLIPPING = 2,        /* more than 1 sample in 100 at full scale */
    TUSSIS_FAULT_LOST_AUDIO = 4,      /* samples that tussis_skip_audio let pass; usual where the microphone sleeps */
    TUSSIS_FAULT_LOST_IMU = 8,        /* samples that never came */
    TUSSIS_FAULT_BAD_IMU = 16,        /* values that were not finite */
    TUSSIS_FAULT_BLIND_GATE = 32,     /* the gate was open because motion was missing or stood still */
    TUSSIS_FAULT_LATE = 64,           /* windows were decided without their motion or sound, or hits forgotten */
    TUSSIS_FAULT_LOST_EVENTS = 128    /* events were not fetched in time */
};

/* Counts are those of the stretch. */
typedef struct {
    uint64_t ticks;              /* its end [1/TUSSIS_TICK_HZ s since tussis_init] */
    uint32_t duration_ms;        /* at most 49 days */
    uint32_t faults;             /* TUSSIS_FAULT_...; 0: nothing was lost */
    uint32_t events;             /* found; those that were lost from the queue included */
    float events_per_hour;
    float gate_share;            /* of the audio frames, those computed: 0..1. 0 in TUSSIS_MODE_IMU */
    float audio_level;           /* RMS of the sound, 0..1 of full scale; one sample in 32 is looked at, raw ones only */
    float clipped_share;         /* of the samples looked at, those at full scale: 0..1 */
    float motion_level_ms2;      /* standard deviation of the size of acceleration in the newest IMU window [m/s^2] */
    uint32_t imu_millihertz;     /* rate of the IMU by the audio's clock [1/1000 Hz]; TUSSIS_IMU_RATE_HZ without stamps */
    int32_t imu_drift_ppm;       /* by how much that changed in the stretch; 0 in the first */
    int32_t imu_lead_ms;         /* newest IMU sample before the audio; negative: behind */
    uint32_t lost_audio_ms;
    uint32_t lost_imu_ms;
    uint32_t lost_events;
    uint32_t blind_windows;      /* IMU windows that the gate could not rely on, and audio windows without any */
    uint32_t undecided_windows;  /* decided without their motion, or left out because the microphone came too late */
} tussis_telemetry_t;

#ifdef __cplusplus
}
#endif

#endif
