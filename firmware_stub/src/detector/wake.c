/* SPDX-License-Identifier: Apache-2.0 */
/* The C twin of selection/detector/wake.py. */
#include "tussis/tussis_wake.h"

#include "tussis/tussis_config.h"

#if TUSSIS_HAS_IMU

#define BOUND_MS2 ((float)TUSSIS_WAKE_BOUND_MS2)

enum {
    AXES = 3,
    SAMPLE_TICKS = TUSSIS_TICK_HZ / TUSSIS_IMU_RATE_HZ,
    FOLLOW_SHIFT = 9,
    FINER_SHIFT = 6, /* of the means */
    FINER = 1 << FINER_SHIFT
};

static int32_t units_of(float acc_ms2)
{
    float bounded = acc_ms2 < -BOUND_MS2 ? -BOUND_MS2 : acc_ms2;
    bounded = bounded > BOUND_MS2 ? BOUND_MS2 : bounded;
    return (int32_t)(bounded * (float)TUSSIS_WAKE_UNITS_PER_MS2);
}

/* One axis: its high-passed magnitude; *stuck where it has kept its value for too long. */
static int32_t high_passed(tussis_wake_t *wake, int axis, int32_t x, bool *stuck)
{
    if (!wake->any) {
        wake->mean[axis] = FINER * x;
    }
    wake->same[axis] = (uint16_t)(!wake->any || x != wake->last[axis]                ? 0
                                  : wake->same[axis] < TUSSIS_WAKE_STUCK_SAMPLES ? wake->same[axis] + 1
                                                                                     : wake->same[axis]);
    *stuck = *stuck || wake->same[axis] >= TUSSIS_WAKE_STUCK_SAMPLES;
    const int32_t y = x - (wake->mean[axis] >> FINER_SHIFT);
    wake->mean[axis] += (int32_t)((int64_t)TUSSIS_WAKE_WEIGHT * (FINER * x - wake->mean[axis]) >> 16);
    wake->last[axis] = x;
    return y < 0 ? -y : y;
}

/* Whether a sample crosses. */
static bool crosses(tussis_wake_t *wake, const tussis_imu_t *sample)
{
    int32_t largest = 0;
    bool crossed = false;
    for (int axis = 0; axis < AXES; axis++) {
        const float acc = sample->acc_ms2[axis];
        const bool finite = acc - acc == 0.0F;
        const int32_t y = high_passed(wake, axis, finite ? units_of(acc) : 0, &crossed);
        largest = y > largest ? y : largest;
    }
    wake->any = true;
    int32_t threshold = (TUSSIS_WAKE_FACTOR * (wake->followed >> FINER_SHIFT)) >> 4;
    threshold = threshold < TUSSIS_WAKE_BOUND_FOLLOWED ? threshold : TUSSIS_WAKE_BOUND_FOLLOWED;
    threshold = threshold > TUSSIS_WAKE_THRESHOLD ? threshold : TUSSIS_WAKE_THRESHOLD;
    const int32_t counted = largest < TUSSIS_WAKE_BOUND_FOLLOWED ? largest : TUSSIS_WAKE_BOUND_FOLLOWED;
    wake->followed += (FINER * counted - wake->followed) >> FOLLOW_SHIFT;
    return crossed || largest >= threshold;
}

static void ask(tussis_wake_t *wake, uint64_t tick)
{
    const uint64_t off_tick = tick + TUSSIS_WAKE_HOLD_TICKS;
    wake->off_tick = wake->asked && wake->off_tick > off_tick ? wake->off_tick : off_tick;
    wake->asked = true;
}

size_t tussis_wake_motion(tussis_wake_t *wake, const tussis_imu_t *samples, size_t n, uint64_t audio_tick)
{
    size_t crossings = 0;
    for (size_t i = 0; i < n; i++) {
        if (crosses(wake, &samples[i])) {
            const uint64_t before = (uint64_t)(n - 1U - i) * SAMPLE_TICKS;
            ask(wake, audio_tick > before ? audio_tick - before : 0U);
            crossings++;
        }
    }
    wake->newest = n > 0U ? audio_tick : wake->newest;
    return crossings;
}

void tussis_wake_ask(tussis_wake_t *wake, uint64_t tick)
{
    ask(wake, tick);
}

bool tussis_wake_on(const tussis_wake_t *wake, uint64_t tick)
{
    return (wake->asked && tick < wake->off_tick) || tick >= wake->newest + TUSSIS_WAKE_DEAD_TICKS;
}

#endif
