/* SPDX-License-Identifier: Apache-2.0 */
#include "tussis/tussis_front_end.h"

#if TUSSIS_HAS_IMU

#include "../dsp/kinematics.h"

#include "../dsp/dual.h"
#include "../dsp/elementary.h"

enum { N = TUSSIS_IMU_WINDOW };

_Static_assert(sizeof(tussis_imu_t) == 6 * sizeof(float), "three accelerations and three rates, without padding");

enum { AT_ONCE = 5 };

/* Add every sixth of n floats from p on to a sum. */
static TUSSIS_APART float add_up(const float *p, size_t n, float sum)
{
    TUSSIS_UNROLL_BY(1)
    for (; n >= AT_ONCE; n -= AT_ONCE) {
        TUSSIS_UNROLL
        for (int i = 0; i < AT_ONCE; i++) {
            sum += p[6 * i];
        }
        p += 6 * AT_ONCE;
    }
    TUSSIS_UNROLL_BY(1)
    for (; n > 0; n--) {
        sum += *p;
        p += 6;
    }
    return sum;
}

/* Every sixth of n floats from p on, less the mean. */
static TUSSIS_APART void deviate(float *d, const float *p, size_t n, float mean)
{
    TUSSIS_UNROLL_BY(1)
    for (; n >= AT_ONCE; n -= AT_ONCE) {
        TUSSIS_UNROLL
        for (int i = 0; i < AT_ONCE; i++) {
            d[i] = p[6 * i] - mean;
        }
        p += 6 * AT_ONCE;
        d += AT_ONCE;
    }
    TUSSIS_UNROLL_BY(1)
    for (; n > 0; n--) {
        *d++ = *p - mean;
        p += 6;
    }
}

/* Append the norms of the three floats at p, p + 6 .. up to end. */
static inline float *append_norms(float *d, const float *p, const float *end, float *sum)
{
    for (; p < end; p += 6) {
        const float norm = tussis_sqrt((p[0] * p[0] + p[1] * p[1]) + p[2] * p[2]);
        *d++ = norm;
        *sum += norm;
    }
    return d;
}

void tussis_signal(tussis_signal_t *signal, const tussis_imu_t *ring, size_t oldest, int axis)
{
    const float *const first = (const float *)ring + axis;
    const float mean = add_up(first, oldest, add_up(first + 6 * oldest, N - oldest, 0.0F)) * (1.0F / (float)N);
    signal->mean = mean;
    deviate(signal->d, first + 6 * oldest, N - oldest, mean);
    deviate(&signal->d[N - oldest], first, oldest, mean);
}

void tussis_norm(tussis_signal_t *signal, const tussis_imu_t *ring, size_t oldest, int kind)
{
    const float *const first = (const float *)ring + kind;
    float sum = 0.0F;
    float *d = append_norms(signal->d, first + 6 * oldest, first + 6 * N, &sum);
    append_norms(d, first, first + 6 * oldest, &sum);
    const float mean = sum * (1.0F / (float)N);
    signal->mean = mean;
    TUSSIS_UNROLL_BY(5)
    for (int i = 0; i < N; i++) {
        signal->d[i] -= mean;
    }
}

float tussis_line_length(const tussis_signal_t *signal)
{
    float sum = 0.0F;
    TUSSIS_UNROLL_BY(7)
    for (int i = 1; i < N; i++) {
        sum += tussis_abs(signal->d[i] - signal->d[i - 1]);
    }
    return sum;
}

float tussis_zero_crossings(const tussis_signal_t *signal)
{
    uint32_t count = 0;
    uint32_t before = tussis_bits(signal->d[0]);
    TUSSIS_UNROLL_BY(7)
    for (int i = 1; i < N; i++) {
        const uint32_t bits = tussis_bits(signal->d[i]);
        count += (bits ^ before) >> 31;
        before = bits;
    }
    return (float)(int32_t)count * (1.0F / (float)(N - 1));
}

float tussis_range(const tussis_signal_t *signal)
{
    float high = signal->d[0];
    float low = signal->d[0];
    for (int i = 1; i < N; i++) {
        high = tussis_max(high, signal->d[i]);
        low = tussis_min(low, signal->d[i]);
    }
    return (high - low) + 0.0F; /* never minus zero */
}

static float energy(const float *d, int n)
{
    float sum = TUSSIS_QUIET;
    for (int i = 0; i < n; i++) {
        sum += d[i] * d[i];
    }
    return sum;
}

float tussis_late_early_energy(const tussis_signal_t *signal)
{
    const float early = energy(signal->d, N / 2);
    const float late = energy(&signal->d[N / 2], N - N / 2);
    return tussis_log2(late) - tussis_log2(early);
}

int32_t tussis_azc(const tussis_signal_t *signal, float tolerance)
{
    /* With y the deviation from the last vertex, the area between curve and chord after `length` steps is
     * (length - 1) / 2 y - the sum of the y before. */
    const float *const end = &signal->d[N];
    float start = signal->d[0];
    float sum = 0.0F;
    float half = 0.0F;
    float limit = tolerance;
    uint32_t vertex = tussis_bits(start);
    uint32_t count = 0;
    for (const float *d = &signal->d[1]; d < end; d++) {
        float y = *d - start;
        if (tussis_abs(half * y - sum) > limit) {
            start = d[-1];
            count += (tussis_bits(start) ^ vertex) >> 31;
            vertex = tussis_bits(start);
            y = *d - start;
            sum = 0.0F;
            half = 0.0F;
            limit = tolerance;
        }
        sum += y;
        half += 0.5F;
        limit += tolerance;
    }
    return (int32_t)(count + ((tussis_bits(end[-1]) ^ vertex) >> 31));
}

tussis_signal_moments_t tussis_signal_moments(const tussis_signal_t *signal)
{
    float s2 = 0.0F;
    float s3 = 0.0F;
    float s4 = 0.0F;
    float peak = 0.0F;
    TUSSIS_UNROLL_BY(5)
    for (int i = 0; i < N; i++) {
        const float d = signal->d[i];
        const float square = d * d;
        s2 += square;
        s3 += square * d;
        s4 += square * square;
        peak = tussis_max(peak, tussis_abs(d));
    }
    const float m2 = s2 * (1.0F / (float)N) + TUSSIS_QUIET;
    const float rms = tussis_sqrt(m2);
    return (tussis_signal_moments_t){
        .rms = rms,
        .kurtosis = s4 * (1.0F / (float)N) / (m2 * m2),
        .skewness = s3 * (1.0F / (float)N) / (m2 * rms),
        .crest = peak / rms,
    };
}

tussis_jerk_t tussis_jerk(const tussis_signal_t *signal)
{
    float s2 = 0.0F;
    float s4 = 0.0F;
    float peak = 0.0F;
    TUSSIS_UNROLL_BY(7)
    for (int i = 1; i < N; i++) {
        const float step = signal->d[i] - signal->d[i - 1];
        const float square = step * step;
        s2 += square;
        s4 += square * square;
        peak = tussis_max(peak, tussis_abs(step));
    }
    const float m2 = s2 * (1.0F / (float)(N - 1)) + TUSSIS_QUIET;
    return (tussis_jerk_t){
        .rms = tussis_sqrt(m2),
        .max = peak,
        .kurtosis = s4 * (1.0F / (float)(N - 1)) / (m2 * m2),
    };
}

tussis_velocity_t tussis_velocity(const tussis_signal_t *signal)
{
    const float dt = 1.0F / (float)TUSSIS_IMU_RATE_HZ;
    float v = 0.0F;
    float square = 0.0F;
    float high = 0.0F;
    float low = 0.0F;
    TUSSIS_UNROLL_BY(5)
    for (int i = 0; i < N; i++) {
        v += signal->d[i];
        square += v * v;
        high = tussis_max(high, v);
        low = tussis_min(low, v);
    }
    return (tussis_velocity_t){
        .rms = tussis_sqrt(square * (1.0F / (float)N)) * dt,
        .max = (-low > high ? -low : high) * dt,
        .range = (high - low) * dt,
    };
}

#endif
