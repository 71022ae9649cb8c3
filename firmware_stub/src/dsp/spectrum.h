/* SPDX-License-Identifier: Apache-2.0 */
/* Shape of the mean power spectrum of a window: the twin of signal/spectrum.py.
 *
 * q is the spectrum as a distribution over TUSSIS_BINS bins of 62.5 Hz from TUSSIS_FIRST_BIN, logs its logarithms in
 * 1/256 octave. Arrays belong to the caller. 200 to 1,000 instructions each, once per window. */
#ifndef TUSSIS_SPECTRUM_H
#define TUSSIS_SPECTRUM_H

#include <stdint.h>

#include "tussis/tussis_front_end.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bins of one block, summed over its frames; power as tussis_frame_power gives it. */
typedef float tussis_psd_t[TUSSIS_BINS];

void tussis_psd_add(tussis_psd_t psd, const float power[TUSSIS_BINS], int first_frame);

/* Normalise the sum of a window's blocks, oldest first. */
void tussis_spectrum(const tussis_psd_t *blocks, int oldest, float q[TUSSIS_BINS]);
void tussis_spectrum_logs(const float q[TUSSIS_BINS], int16_t logs[TUSSIS_BINS]);

typedef struct {
    float centroid, spread; /* [Hz] */
    float skewness, kurtosis;
} tussis_spectral_moments_t;
tussis_spectral_moments_t tussis_spectral_moments(const float q[TUSSIS_BINS]);

float tussis_rolloff(const float q[TUSSIS_BINS], float share);        /* [Hz] */
float tussis_spectral_flatness(const int16_t logs[TUSSIS_BINS]);      /* [octave], 0 for white noise, else negative */
float tussis_spectral_entropy(const float q[TUSSIS_BINS], const int16_t logs[TUSSIS_BINS]); /* 0..1 */
float tussis_spectral_slope(const int16_t logs[TUSSIS_BINS]);         /* [octave/kHz] */
float tussis_spectral_decrease(const float q[TUSSIS_BINS]);
float tussis_spectral_std(const float q[TUSSIS_BINS]);
float tussis_spectral_dominant(const float q[TUSSIS_BINS]);           /* [Hz] */
float tussis_spectral_crest(const float q[TUSSIS_BINS]);              /* [octave] */
float tussis_band_power(const float q[TUSSIS_BINS], int first, int last); /* bins first..last [octave below all] */
float tussis_band_high_low(const float q[TUSSIS_BINS]);               /* [octave] */

/* Largest autocorrelation at pitch lags, of the part up to 2 kHz. About 5,000 instructions. */
typedef struct {
    float peak, lag_ms;
} tussis_acf_t;
tussis_acf_t tussis_spectral_acf(const float q[TUSSIS_BINS]);

#ifdef __cplusplus
}
#endif

#endif
