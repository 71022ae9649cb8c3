/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics of a short series of integers, one value per frame of a window: the twin of signal/series.py and
 * signal/envelope.py.
 *
 * A series has n values within +-8191, oldest first; unless stated they are logarithms in 1/256 octave. `scale` is what
 * one unit of the result is in units of the series. Nothing is kept or written. 2 to 9 n instructions each. */
#ifndef TUSSIS_ENVELOPE_H
#define TUSSIS_ENVELOPE_H

#include <stdint.h>

#include "tussis/tussis_front_end.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Population standard deviation from a sum and a sum of squares of n values. */
float tussis_deviation(int32_t sum, uint32_t square, int n, int scale);

float tussis_mean(const int16_t *s, int n, int scale);
float tussis_std(const int16_t *s, int n, int scale);
int32_t tussis_largest(const int16_t *s, int n);
int32_t tussis_smallest(const int16_t *s, int n);
int32_t tussis_argmax(const int16_t *s, int n); /* first frame of the largest value */

/* Largest increase, and decrease, from one frame to `frames` later; the frame at which the increase is complete. */
int32_t tussis_rise(const int16_t *s, int n, int frames);
int32_t tussis_fall(const int16_t *s, int n, int frames);
int32_t tussis_rise_position(const int16_t *s, int n, int frames);

/* Frames within `drop` of the largest value, which is at frame `at`: all, and those without a break around it. */
int32_t tussis_above(const int16_t *s, int n, int32_t at, int drop);
int32_t tussis_run(const int16_t *s, int n, int32_t at, int drop);

/* Maxima that stand out by more than 3 dB on both sides. */
int32_t tussis_peaks(const int16_t *s, int n);

/* The peak is at frame `at`. It minus the mean [octave]; it minus the value `frames` later (earlier if negative), the
 * window's ends standing for what lies outside; slope from there to the end [octave/frame]. */
float tussis_prominence(const int16_t *s, int n, int32_t at);
int32_t tussis_drop(const int16_t *s, int n, int32_t at, int frames);
float tussis_decay(const int16_t *s, int n, int32_t at);

/* Mean of the second half minus mean of the first; mean of a quarter (0 oldest) minus mean of all [octave]. */
float tussis_late_minus_early(const int16_t *s, int n, int scale);
float tussis_quarter(const int16_t *s, int n, int quarter);

/* Largest value TUSSIS_SECOND_GUARD frames or more from frame `at`, and how many frames later (earlier: negative) it is;
 * the smallest value and 0 if nothing there exceeds it. */
typedef struct {
    int32_t value, distance;
} tussis_second_t;
tussis_second_t tussis_second(const int16_t *s, int n, int32_t at);

/* Linear power over time, power[n] in squared LSB, oldest first. Seconds; octaves for balance (energy from frame `at`
 * on over energy before) and mean. */
typedef struct {
    float centroid, spread, balance, mean;
} tussis_power_moments_t;
tussis_power_moments_t tussis_power_moments(const float *power, int n, int32_t at);

/* Logarithm of the mean of n mean squares [octave of squared LSB]. */
float tussis_rms(const uint32_t *mean_square, int n);

/* The four band groups; groups points at the first group's oldest frame, the others follow TUSSIS_SERIES_ROW values
 * apart: group minus all groups at frame `at` [octave]; frames between the first and the last group's peak; largest rise
 * over two frames that all groups share. */
float tussis_group_at_peak(const int16_t *groups, int group, int32_t at);
int32_t tussis_group_pos_range(const int16_t *groups, int n);
int32_t tussis_joint_attack(const int16_t *groups, int n);

#ifdef __cplusplus
}
#endif

#endif
