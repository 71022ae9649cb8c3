/* SPDX-License-Identifier: Apache-2.0 */
/* What tussis_selftest expects, generated from the detector. */
#ifndef TUSSIS_SELFTEST_H
#define TUSSIS_SELFTEST_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of one path: margins of all its windows in order, and the features of the last one. */
typedef struct {
    const float *margins;
    const float *features;
    uint32_t windows;
    uint32_t n_features;
    float tolerance; /* of a feature, relative to the larger of 1 and its size; margins are exact */
} tussis_expected_path_t;

/* Samples of the stimulus, and what each path makes of it; 0 windows where the detector lacks the path. */
typedef struct {
    uint32_t audio_samples; /* at TUSSIS_INPUT_RATE_HZ */
    uint32_t imu_samples;   /* at TUSSIS_IMU_RATE_HZ */
    tussis_expected_path_t audio;
    tussis_expected_path_t imu;
} tussis_selftest_t;

extern const tussis_selftest_t tussis_selftest_expected;

#ifdef __cplusplus
}
#endif

#endif
