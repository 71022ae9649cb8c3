#include "tussis_front_end.h"

#if TUSSIS_HAS_IMU

#include "kinematics.h"

#include "elementary.h"

enum { N = TUSSIS_IMU_WINDOW };

static void remove_mean(tussis_signal_t *signal, float sum)
{
    const float mean = sum * (1.0F / (float)N);
    signal->mean = mean;
    for (int i = 0; i < N; i += 2) {
        signal->d[i] -= mean;
        signal->d[i + 1] -= mean;
    }
}

_Static_assert(N % 2 == 0, "two samples at a time");

/* The three accelerations and the three rates of a sample lie one after the other. */
static inline const float *values(const tussis_imu_t *sample)
{
    _Static_assert(sizeof(tussis_imu_t) == 6 * sizeof(float), "six floats without padding");
    return (const float *)sample;
}

void tussis_signal(tussis_signal_t *signal, const tussis_imu_t *ring, size_t oldest, int axis)
{
    const tussis_imu_t *const wrap = &ring[N];
    const tussis_imu_t *sample = &ring[oldest];
    float *d = signal->d;
    float sum = 0.0F;
    for (int turn = 0; turn < 2; turn++) {
        const tussis_imu_t *const end = turn == 0 ? wrap : &ring[oldest];
        for (; sample < end; sample++) {
            const float v = values(sample)[axis];
            *d++ = v;
            sum += v;
        }
        sample = ring;
    }
    remove_mean(signal, sum);
}

void tussis_norm(tussis_signal_t *signal, const tussis_imu_t *ring, size_t oldest, int kind)
{
    const tussis_imu_t *const wrap = &ring[N];
    const tussis_imu_t *sample = &ring[oldest];
    float *d = signal->d;
    float sum = 0.0F;
    for (int turn = 0; turn < 2; turn++) {
        const tussis_imu_t *const end = turn == 0 ? wrap : &ring[oldest];
        for (; sample < end; sample++) {
            const float *v = &values(sample)[kind];
            const float norm = tussis_sqrt((v[0] * v[0] + v[1] * v[1]) + v[2] * v[2]);
            *d++ = norm;
            sum += norm;
        }
        sample = ring;
    }
    remove_mean(signal, sum);
}

float tussis_line_length(const tussis_signal_t *signal)
{
    float sum = 0.0F;
    for (int i = 1; i < N; i++) {
        sum += tussis_abs(signal->d[i] - signal->d[i - 1]);
    }
    return sum;
}

float tussis_zero_crossings(const tussis_signal_t *signal)
{
    uint32_t count = 0;
    uint32_t before = tussis_bits(signal->d[0]);
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
    return high - low;
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
