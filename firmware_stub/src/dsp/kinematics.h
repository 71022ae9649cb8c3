/* SPDX-License-Identifier: Apache-2.0 */
/* Motion features of one window of IMU samples: the twin of signal/kinematics.py.
 *
 * A signal is one axis or a norm over the window, its mean removed. Sums are float32 in time order. Samples must be
 * finite and of a real sensor's size: squares of squares have to fit a float (|a| below 1e8). */
#ifndef TUSSIS_KINEMATICS_H
#define TUSSIS_KINEMATICS_H

#include <stddef.h>
#include <stdint.h>

#include "tussis/tussis_front_end.h"
#include "tussis/tussis_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Axes of tussis_signal, and of tussis_norm. */
enum {
    TUSSIS_ACC_X, TUSSIS_ACC_Y, TUSSIS_ACC_Z, TUSSIS_GYRO_X, TUSSIS_GYRO_Y, TUSSIS_GYRO_Z,
    TUSSIS_ACC = TUSSIS_ACC_X, TUSSIS_GYRO = TUSSIS_GYRO_X
};

/* One signal of the window, oldest sample first, [m/s^2] or [deg/s]; 204 bytes, a local of the caller. */
typedef struct {
    float d[TUSSIS_IMU_WINDOW]; /* deviation from the mean */
    float mean;
} tussis_signal_t;

/* Fetch an axis, or the norm of three, from a ring of TUSSIS_IMU_WINDOW samples whose oldest is at index `oldest`.
 * About 8 instructions per sample, 18 for a norm. */
void tussis_signal(tussis_signal_t *signal, const tussis_imu_t *ring, size_t oldest, int axis);
void tussis_norm(tussis_signal_t *signal, const tussis_imu_t *ring, size_t oldest, int kind);

/* In the signal's unit unless stated; 4 to 17 instructions per sample. */
float tussis_line_length(const tussis_signal_t *signal);
float tussis_zero_crossings(const tussis_signal_t *signal); /* per sample, 0..1 */
float tussis_range(const tussis_signal_t *signal);
float tussis_late_early_energy(const tussis_signal_t *signal); /* [octave] */

/* Approximate zero crossings: sign changes along a polygon that keeps within a mean deviation of `tolerance`. */
int32_t tussis_azc(const tussis_signal_t *signal, float tolerance);

typedef struct {
    float rms, kurtosis, skewness, crest;
} tussis_signal_moments_t;
tussis_signal_moments_t tussis_signal_moments(const tussis_signal_t *signal);

/* Of the first difference. */
typedef struct {
    float rms, max, kurtosis;
} tussis_jerk_t;
tussis_jerk_t tussis_jerk(const tussis_signal_t *signal);

/* Of the integral over time of an acceleration, [m/s]. */
typedef struct {
    float rms, max, range;
} tussis_velocity_t;
tussis_velocity_t tussis_velocity(const tussis_signal_t *signal);

/* Features of the window in the ring, in the order of the detector (generated: tussis_features.c).
 * About 19,000 instructions for 30 typical features; 0.4 KB of stack. */
void tussis_imu_features(const tussis_imu_t *ring, size_t oldest, float x[TUSSIS_IMU_FEATURES]);

#ifdef __cplusplus
}
#endif

#endif
