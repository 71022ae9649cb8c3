#include "tussis_front_end.h"

#if TUSSIS_HAS_IMU

#include "kinematics.h"

#include "elementary.h"

enum { N = TUSSIS_IMU_WINDOW };

static void remove_mean(tussis_signal_t *signal, float sum)
{
    signal->mean = sum * (1.0F / (float)N);
    for (int i = 0; i < N; i++) {
        signal->d[i] -= signal->mean;
    }
}

/* The three accelerations and the three rates of a sample lie one after the other. */
static inline const float *values(const tussis_imu_t *sample)
{
    _Static_assert(sizeof(tussis_imu_t) == 6 * sizeof(float), "six floats without padding");
    return (const float *)sample;
}

void tussis_signal(tussis_signal_t *signal, const tussis_imu_t *ring, size_t oldest, int axis)
{
    float sum = 0.0F;
    const tussis_imu_t *sample = &ring[oldest];
    for (int i = 0; i < N; i++) {
        const float v = values(sample)[axis];
        signal->d[i] = v;
        sum += v;
        sample = sample + 1 == ring + N ? ring : sample + 1;
    }
    remove_mean(signal, sum);
}

void tussis_norm(tussis_signal_t *signal, const tussis_imu_t *ring, size_t oldest, int kind)
{
    float sum = 0.0F;
    const tussis_imu_t *sample = &ring[oldest];
    for (int i = 0; i < N; i++) {
        const float *v = &values(sample)[kind];
        const float norm = tussis_sqrt((v[0] * v[0] + v[1] * v[1]) + v[2] * v[2]);
        signal->d[i] = norm;
        sum += norm;
        sample = sample + 1 == ring + N ? ring : sample + 1;
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
        high = signal->d[i] > high ? signal->d[i] : high;
        low = signal->d[i] < low ? signal->d[i] : low;
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
    const float limit = 2.0F * tolerance;
    float area = 0.0F; /* twice the signed area between curve and chord */
    float length = 0.0F;
    float start = signal->d[0];
    float before = signal->d[0];
    uint32_t vertex_bits = tussis_bits(signal->d[0]);
    uint32_t count = 0;
    for (int i = 1; i < N; i++) {
        const float value = signal->d[i];
        length += 1.0F;
        area += length * (value - before) - (value - start);
        if (tussis_abs(area) > limit * length) {
            const uint32_t bits = tussis_bits(before);
            count += (bits ^ vertex_bits) >> 31;
            vertex_bits = bits;
            start = before;
            length = 1.0F;
            area = 0.0F;
        }
        before = value;
    }
    return (int32_t)(count + ((tussis_bits(before) ^ vertex_bits) >> 31));
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
        peak = tussis_abs(d) > peak ? tussis_abs(d) : peak;
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
        peak = tussis_abs(step) > peak ? tussis_abs(step) : peak;
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
        high = v > high ? v : high;
        low = v < low ? v : low;
    }
    return (tussis_velocity_t){
        .rms = tussis_sqrt(square * (1.0F / (float)N)) * dt,
        .max = (-low > high ? -low : high) * dt,
        .range = (high - low) * dt,
    };
}

#endif
