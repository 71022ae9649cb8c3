/* SPDX-License-Identifier: Apache-2.0 */
#include "tussis/tussis_front_end.h"

#if TUSSIS_HAS_AUDIO && TUSSIS_NEED_PSD

#include "../dsp/spectrum.h"

#include "../dsp/dual.h"
#include "../dsp/elementary.h"
#include "../dsp/floats.h"

enum { BINS = TUSSIS_BINS, FIRST = TUSSIS_FIRST_BIN };

#define BIN_HZ 62.5F

/* Add bins to bins. */
static TUSSIS_APART void add(float *sum, const float *more)
{
    TUSSIS_UNROLL_BY(1)
    for (int i = 0; i < BINS / TUSSIS_FLOATS; i++) {
        tussis_add_floats(&sum, &more);
    }
    TUSSIS_UNROLL
    for (int i = 0; i < BINS % TUSSIS_FLOATS; i++) {
        sum[i] += more[i];
    }
}

void tussis_psd_add(tussis_psd_t psd, const float power[TUSSIS_BINS], int first_frame)
{
    if (first_frame) {
        memcpy(psd, power, sizeof(tussis_psd_t));
        return;
    }
    add(psd, power);
}

#if TUSSIS_NEED_ACF
_Static_assert(TUSSIS_ACF_LAST_BIN == 32 && TUSSIS_ACF_FIRST_LAG % 2 == 0, "tussis_spectral_acf folds bins at 16");
#endif

void tussis_spectrum(const tussis_psd_t *blocks, int oldest, float q[TUSSIS_BINS])
{
    const float *first = blocks[oldest];
    TUSSIS_UNROLL_BY(4)
    for (int i = 0; i < BINS; i++) {
        q[i] = first[i] + TUSSIS_PSD_FLOOR;
    }
    for (int n = 1; n < TUSSIS_WINDOW_BLOCKS; n++) { /* oldest first */
        add(q, blocks[oldest + n < TUSSIS_WINDOW_BLOCKS ? oldest + n : oldest + n - TUSSIS_WINDOW_BLOCKS]);
    }
    float sum = 0.0F;
    TUSSIS_UNROLL_BY(4)
    for (int i = 0; i < BINS; i++) {
        sum += q[i];
    }
    const float scale = 1.0F / sum;
    TUSSIS_UNROLL_BY(4)
    for (int i = 0; i < BINS; i++) {
        q[i] *= scale;
    }
}

void tussis_spectrum_logs(const float q[TUSSIS_BINS], int16_t logs[TUSSIS_BINS])
{
    for (int i = 0; i < BINS; i++) {
        logs[i] = (int16_t)tussis_log2_q8(q[i]);
    }
}

tussis_spectral_moments_t tussis_spectral_moments(const float q[TUSSIS_BINS])
{
    float centroid = 0.0F;
    float k = (float)FIRST;
    for (int i = 0; i < BINS; i++) {
        centroid += k * q[i];
        k += 1.0F;
    }
    float m2 = 0.0F;
    float m3 = 0.0F;
    float m4 = 0.0F;
    k = (float)FIRST;
    for (int i = 0; i < BINS; i++) {
        const float d = k - centroid;
        const float d2 = d * d;
        const float d2q = d2 * q[i];
        m2 += d2q;
        m3 += d2q * d;
        m4 += d2q * d2;
        k += 1.0F;
    }
    const float spread = tussis_sqrt(m2);
    return (tussis_spectral_moments_t){
        .centroid = centroid * BIN_HZ,
        .spread = spread * BIN_HZ,
        .skewness = m3 / (m2 * spread),
        .kurtosis = m4 / (m2 * m2),
    };
}

float tussis_rolloff(const float q[TUSSIS_BINS], float share)
{
    float sum = 0.0F;
    int i = 0;
    for (; i < BINS - 1; i++) {
        sum += q[i];
        if (!(sum < share)) {
            break;
        }
    }
    return (float)(i + FIRST) * BIN_HZ;
}

float tussis_spectral_flatness(const int16_t logs[TUSSIS_BINS])
{
    int32_t sum = 0;
    for (int i = 0; i < BINS; i++) {
        sum += logs[i];
    }
    return (float)sum * TUSSIS_LOG_SHARE + TUSSIS_LOG_BINS;
}

float tussis_spectral_entropy(const float q[TUSSIS_BINS], const int16_t logs[TUSSIS_BINS])
{
    float sum = (float)logs[0] * q[0];
    for (int i = 1; i < BINS; i++) {
        sum += (float)logs[i] * q[i];
    }
    return sum * TUSSIS_ENTROPY_SCALE;
}

float tussis_spectral_slope(const int16_t logs[TUSSIS_BINS])
{
    int32_t sum = 0;
    for (int i = 0; i < BINS; i++) {
        sum += (i - BINS / 2) * logs[i];
    }
    return (float)sum * TUSSIS_SLOPE_SCALE;
}

float tussis_spectral_decrease(const float q[TUSSIS_BINS])
{
    float sum = 0.0F;
    float rest = 0.0F;
    float distance = 1.0F;
    TUSSIS_UNROLL_BY(4)
    for (int i = 1; i < BINS; i++) {
        sum += (q[i] - q[0]) / distance;
        rest += q[i];
        distance += 1.0F;
    }
    return sum / rest;
}

float tussis_spectral_std(const float q[TUSSIS_BINS])
{
    float square = 0.0F;
    TUSSIS_UNROLL_BY(4)
    for (int i = 0; i < BINS; i++) {
        const float d = q[i] - TUSSIS_BIN_SHARE;
        square += d * d;
    }
    return tussis_sqrt(square * TUSSIS_BIN_SHARE) * (float)BINS;
}

static float largest(const float *q)
{
    float top = q[0];
    TUSSIS_UNROLL_BY(4)
    for (int i = 1; i < BINS; i++) {
        top = tussis_max(top, q[i]);
    }
    return top;
}

float tussis_spectral_dominant(const float q[TUSSIS_BINS])
{
    const uint32_t top = tussis_bits(largest(q));
    int at = 0;
    while (tussis_bits(q[at]) != top) { /* none of them is zero */
        at++;
    }
    return (float)(at + FIRST) * BIN_HZ;
}

float tussis_spectral_crest(const float q[TUSSIS_BINS])
{
    return tussis_octaves(tussis_log2_q8(largest(q))) + TUSSIS_LOG_BINS;
}

static TUSSIS_APART float part(const float *q, int first, int last)
{
    const float *at = &q[first - FIRST];
    int left = last - first;
    float sum = *at++;
    TUSSIS_UNROLL_BY(1)
    for (; left >= 4; left -= 4) {
        sum += at[0];
        sum += at[1];
        sum += at[2];
        sum += at[3];
        at += 4;
    }
    TUSSIS_UNROLL_BY(1)
    for (; left > 0; left--) {
        sum += *at++;
    }
    return sum;
}

float tussis_band_power(const float q[TUSSIS_BINS], int first, int last)
{
    return tussis_log2(part(q, first, last));
}

float tussis_band_high_low(const float q[TUSSIS_BINS])
{
    return tussis_band_power(q, TUSSIS_HIGH_BIN, TUSSIS_LAST_BIN) - tussis_band_power(q, FIRST, TUSSIS_HIGH_BIN - 1);
}

#if TUSSIS_NEED_ACF
/* Lags are even, so bins k and 64 - k have the same cosines, and k and 32 - k the same but for the sign where half the lag
 * is odd: ACF_LAST_BIN is 32, and what is left of them are 16 sums and 16 differences. The twin of _periodicity in
 * signal/spectrum.py. */
tussis_acf_t tussis_spectral_acf(const float q[TUSSIS_BINS])
{
    enum { LAST = TUSSIS_ACF_LAST_BIN, FOLD = LAST / 2 };
    float folded[2][FOLD + 1]; /* sums, for even halves of lags; differences, for odd ones */
    for (int k = 0; k <= FOLD; k++) {
        const float low = k < FIRST ? 0.0F : q[k - FIRST];
        const float high = k == FOLD ? 0.0F : q[LAST - k - FIRST];
        folded[0][k] = low + high;
        folded[1][k] = low - high;
    }
    float best = -2.0F;
    int best_lag = 0;
    for (int lag = TUSSIS_ACF_FIRST_LAG; lag <= TUSSIS_ACF_LAST_LAG; lag += 2) {
        const float *const f = folded[(lag / 2) & 1];
        uint32_t at = 0;
        float sum = f[0];
        TUSSIS_UNROLL_BY(4)
        for (int k = 1; k <= FOLD; k++) {
            at += (uint32_t)lag;
            sum += tussis_cosines[at & 127U] * f[k];
        }
        if (sum > best) {
            best = sum;
            best_lag = lag;
        }
    }
    return (tussis_acf_t){.peak = best / part(q, FIRST, LAST), .lag_ms = (float)best_lag / 8.0F};
}
#endif

#endif
