/* SPDX-License-Identifier: Apache-2.0 */
#include "tussis/tussis_config.h"

#if TUSSIS_HAS_IMU

#include "../detector/imu_clock.h"

#include "../detector/imu_stage.h"
#include "../detector/quotient.h"

#define ONE_TICK 65536 /* units of time in a tick */
#define STEP (TUSSIS_TICK_HZ / TUSSIS_IMU_RATE_HZ * ONE_TICK) /* from one output to the next */
#define GAP (4000 * ONE_TICK)      /* a step of the line from which samples count as lost */
#define EARLY (800 * ONE_TICK)     /* a stamp this far before its sample moves the line at once */
#define LEAST_PERIOD (32 * ONE_TICK)
#define MOST_PERIOD (800 * ONE_TICK)
#define MOST_AHEAD (1 << 30)       /* of the next output */
#define MOST_BRIDGED 3             /* outputs in a row between samples that are interpolated over a loss */

enum {
    BEFORE = TUSSIS_CLOCK_BEFORE,
    KNOWN_STRETCH = 2, /* the first one before which the rate is known */
    STEADY = 128 * ONE_TICK, /* residuals that step by no more are those of stamps without lateness */
    SPACING = 640 * ONE_TICK /* between stamps that are used, 40 ms */
};

enum { TELLING_TICKS = 6400 }; /* a first block of this length says what the rate is */

static const uint8_t STRETCH_S[] = {1, 1, 2, 4, 8}; /* lengths of the first stretches; the last one stays */

enum { LAST_STRETCH = sizeof STRETCH_S - 1 };

static int64_t absolute(int64_t value)
{
    return value < 0 ? -value : value;
}

static int32_t between(int64_t least, int64_t value, int64_t most)
{
    return (int32_t)(value < least ? least : value > most ? most : value);
}

static TUSSIS_SELDOM void believe(tussis_imu_clock_t *clock, int64_t period)
{
    clock->period = clock->rate_period = between(LEAST_PERIOD, period, MOST_PERIOD);
    clock->spacing = (uint8_t)(SPACING / clock->rate_period);
}

void tussis_imu_clock_init(tussis_imu_clock_t *clock)
{
    believe(clock, STEP);
    clock->before = clock->period;
}

/* Samples that would have filled the time to the newest one never came: go on with the first output that is due after
 * it. */
static TUSSIS_SELDOM void lose(const tussis_imu_run_t *run, int64_t phase)
{
    tussis_imu_clock_t *clock = &run->stage->clock;
    if (phase >= 0) {
        clock->phase = between(0, phase, MOST_AHEAD);
        return;
    }
    const int64_t count = tussis_quotient(STEP - 1 - phase, STEP);
    tussis_imu_stage_lose(run, (uint64_t)count);
    clock->phase = (int32_t)(phase + count * STEP);
    clock->before = clock->period;
}

static void set_phase(const tussis_imu_run_t *run, int64_t phase)
{
    if (phase < -(int64_t)GAP) {
        lose(run, phase);
    } else {
        run->stage->clock.phase = between(-(int64_t)GAP, phase, MOST_AHEAD);
    }
}

/* Move the line: the newest sample is later than thought. */
static TUSSIS_SELDOM void move(const tussis_imu_run_t *run, int64_t by)
{
    tussis_imu_clock_t *clock = &run->stage->clock;
    clock->before = between(1, clock->before + by, MOST_AHEAD);
    clock->early.residual -= by;
    clock->late.residual -= by;
    clock->gap.any = false;
    clock->last -= by;
    set_phase(run, clock->phase - by);
}

/* Weights of four samples for a place between the second and the third, in parts of the interval between them. */
typedef struct {
    float first, second, third, fourth;
} weights_t;

/* For the next output. From few samples Keys' cubic: f has five bits, so that no product is rounded. From more of them
 * means. */
static inline weights_t weigh(int32_t period, int32_t phase, int32_t before)
{
    const int32_t whole = before >> 6;
    const int32_t place = (TUSSIS_CLOCK_PLACES * ((before + phase) >> 6) + (whole >> 1)) / (whole | 1);
    const float f = (float)place * (1.0F / (float)TUSSIS_CLOCK_PLACES);
    const float g = 1.0F - f;
    if (8 * period >= 5 * STEP) {
        const float product = f * g;
        const weights_t cubic = {-(product * g), 1.0F - f * (f + product), 1.0F - g * (g + product), -(product * f)};
        return cubic;
    }
    if (16 * period >= 5 * STEP) { /* of two neighbours, interpolated */
        const weights_t pair = {0.5F * g, 0.5F, 0.5F * f, 0.0F};
        return pair;
    }
    const weights_t mean = {0.25F, 0.25F, 0.25F, 0.25F};
    return mean;
}

/* The last three samples, and behind them the first three of n that come. */
static TUSSIS_APART void join(const tussis_imu_clock_t *clock, const tussis_imu_t *samples, size_t n,
                              tussis_imu_t joined[2 * BEFORE])
{
    const size_t oldest = clock->oldest;
    const size_t next = oldest == BEFORE - 1 ? 0 : oldest + 1U;
    joined[0] = clock->recent[oldest];
    joined[1] = clock->recent[next];
    joined[2] = clock->recent[BEFORE - oldest - next];
    for (size_t j = 0; j < n && j < BEFORE; j++) {
        joined[BEFORE + j] = samples[j];
    }
}

/* Make an output of four samples in a row: it lies between the second and the third of them. A function of its own, or clang
 * keeps twelve addresses of the samples in memory. */
static TUSSIS_APART void interpolate(const tussis_imu_run_t *run, const tussis_imu_t *s, int32_t phase, int32_t before)
{
    const weights_t w = weigh(run->stage->clock.period, phase, before);
    tussis_imu_t *out = tussis_imu_stage_room(run->stage);
    TUSSIS_UNROLL_BY(3)
    for (int axis = 0; axis < 3; axis++) {
        out->acc_ms2[axis] = (w.first * s[0].acc_ms2[axis] + w.second * s[1].acc_ms2[axis]) +
                             (w.third * s[2].acc_ms2[axis] + w.fourth * s[3].acc_ms2[axis]);
    }
#if TUSSIS_IMU_AXES > 3 /* else no feature looks at them */
    TUSSIS_UNROLL_BY(3)
    for (int axis = 0; axis < 3; axis++) {
        out->gyro_dps[axis] = (w.first * s[0].gyro_dps[axis] + w.second * s[1].gyro_dps[axis]) +
                              (w.third * s[2].gyro_dps[axis] + w.fourth * s[3].gyro_dps[axis]);
    }
#endif
    tussis_imu_stage_take(run, out);
}

/* An output falls on a sample. */
static inline void hand_on(const tussis_imu_run_t *run, const tussis_imu_t *sample)
{
    tussis_imu_t *kept = tussis_imu_stage_room(run->stage);
    *kept = *sample;
    tussis_imu_stage_take(run, kept);
}

static TUSSIS_SELDOM void take_first(const tussis_imu_run_t *run, const tussis_imu_t *sample)
{
    tussis_imu_clock_t *clock = &run->stage->clock;
    for (int i = 0; i < BEFORE; i++) {
        tussis_imu_clock_keep(clock, sample);
    }
    clock->any = true;
    clock->before = clock->period;
    for (; clock->phase <= 0; clock->phase += STEP) {
        hand_on(run, sample);
    }
}

/* Take samples after the first one. What lies between the two before a sample can be made once that has come, and it itself
 * is an output where one falls on it. Samples before the next output are passed over at once. */
static TUSSIS_APART void take(const tussis_imu_run_t *run, const tussis_imu_t *samples, size_t n)
{
    tussis_imu_clock_t *clock = &run->stage->clock;
    const int32_t period = clock->period;
    int32_t phase = clock->phase;
    int32_t before = clock->before;
    tussis_imu_t joined[2 * BEFORE];
    bool any_joined = false;
    for (size_t i = 0; i < n; i++) {
        if (phase > period) {
            const size_t most = (size_t)((phase - 1) / period);
            const size_t passed = most < n - i ? most : n - i;
            phase -= (int32_t)passed * period;
            before = period;
            i += passed;
            if (i == n) {
                break;
            }
        }
        for (; phase <= 0; phase += STEP) {
            if (i < BEFORE && !any_joined) {
                join(clock, samples, n, joined);
                any_joined = true;
            }
            const tussis_imu_t *four = i < BEFORE ? &joined[i] : &samples[i - BEFORE];
            interpolate(run, four, phase, before);
        }
        phase -= period;
        before = period;
        if (phase == 0) {
            hand_on(run, &samples[i]);
            phase = STEP;
        }
    }
    clock->phase = phase;
    clock->before = before;
}

void tussis_imu_clock_push(const tussis_imu_run_t *run, const tussis_imu_t *samples, size_t n)
{
    tussis_imu_clock_t *clock = &run->stage->clock;
    const tussis_imu_t *sample = samples;
    const tussis_imu_t *const end = samples + n;
    if (sample == end) {
        return;
    }
    clock->broken = false;
    if (!clock->any) {
        take_first(run, sample++);
    }
    if (!clock->stamped && clock->phase == STEP) { /* each sample is an output, and no stamp counts them */
        clock->plain = true;
        for (; sample != end; sample++) {
            hand_on(run, sample);
        }
    } else {
        clock->taken += (uint32_t)n;
        clock->unused += (uint32_t)n;
        if (sample == samples && n == 1 && clock->phase > clock->period) { /* the next output comes after it */
            clock->phase -= clock->period;
            clock->before = clock->period;
        } else {
            take(run, sample, (size_t)(end - sample));
        }
    }
    for (sample = n > BEFORE ? end - BEFORE : samples; sample != end; sample++) {
        tussis_imu_clock_keep(clock, sample);
    }
}

void tussis_imu_clock_place(const tussis_imu_run_t *run, size_t n, uint64_t tick)
{
    tussis_imu_clock_t *clock = &run->stage->clock;
    clock->plain = false;
    clock->stamped = true;
    clock->began = tick;
    clock->taken = 0;
    clock->unused = 255;
    clock->fresh = true;
    if (clock->any) {
        return;
    }
    const int64_t span = (int64_t)(tick * ONE_TICK);
    const int64_t intervals = (int64_t)n - 1;
    if (tick >= TELLING_TICKS && intervals > 0 && intervals <= INT32_MAX) {
        const int64_t period = tussis_quotient(span, (int32_t)intervals);
        if (absolute(period - STEP) * 8 > STEP) {
            believe(clock, period);
        }
    }
    set_phase(run, (int64_t)(tussis_imu_stage_samples(run->stage) * STEP) - (span - intervals * clock->period));
}

static TUSSIS_SELDOM void end_stretch(const tussis_imu_run_t *run, uint64_t tick)
{
    tussis_imu_clock_t *clock = &run->stage->clock;
    const tussis_clock_point_t late = clock->late;
    const int64_t span = (int64_t)((late.tick - clock->early.tick) * ONE_TICK);
    const int32_t samples = late.at - clock->early.at;
    const int64_t wanted = tussis_quotient(span, samples > 0 ? samples : 1) - clock->rate_period;
    const int32_t old = clock->period;
    const bool steady = !clock->settled && clock->jitter <= STEADY;
    const bool wrong = 8 * absolute(wanted) > clock->rate_period;
    believe(clock, clock->rate_period + tussis_quotient(wanted, steady || wrong ? 1 : clock->settled ? 4 : 2));
    const int32_t left = (int32_t)clock->taken - late.at;
    int64_t error = late.residual + (int64_t)(clock->rate_period - old) * left;
    if (steady || absolute(error) > GAP) {
        move(run, error);
        error = 0;
    }
    clock->settled = clock->stretch == LAST_STRETCH;
    clock->stretch = (uint8_t)(clock->settled ? LAST_STRETCH : clock->stretch + 1);
    const int64_t length = (int64_t)STRETCH_S[clock->stretch] * TUSSIS_TICK_HZ * ONE_TICK;
    const int32_t ahead = (int32_t)tussis_quotient(length, clock->rate_period);
    clock->period = between(1, clock->rate_period + tussis_quotient(error, clock->settled ? 2 * ahead : ahead), MOST_PERIOD);
    clock->early = (tussis_clock_point_t){0, late.tick, -left, true};
    clock->fresh = false;
    clock->late.any = false;
    clock->jitter = 0;
    clock->taken = 0;
    clock->began = tick;
}

/* How evenly stamps lie. */
static void follow_jitter(tussis_imu_clock_t *clock, int64_t residual)
{
    const int64_t step = absolute(residual - clock->last);
    if (clock->followed && step > clock->jitter) {
        clock->jitter = step < GAP ? (int32_t)step : GAP;
    }
    clock->last = residual;
    clock->followed = true;
}

/* Stamps that lie late for a second: samples are missing. Go on behind the gap, with the same rate. Returns whether so. */
static bool leap(const tussis_imu_run_t *run, int64_t residual, uint64_t tick)
{
    tussis_imu_clock_t *clock = &run->stage->clock;
    if (residual <= GAP || clock->stretch < KNOWN_STRETCH) {
        clock->gap.any = false;
        return false;
    }
    if (!clock->gap.any) {
        clock->gap_began = tick;
    }
    if (!clock->gap.any || residual < clock->gap.residual) {
        clock->gap = (tussis_clock_point_t){residual, tick, 0, true};
    }
    if (tick - clock->gap_began < TUSSIS_TICK_HZ) {
        return false;
    }
    const int64_t by = clock->gap.residual;
    move(run, by);
    clock->period = clock->rate_period;
    clock->early = (tussis_clock_point_t){residual - by, tick, 0, true};
    clock->late.any = false;
    clock->fresh = true;
    clock->stretch = KNOWN_STRETCH;
    clock->taken = 0;
    clock->began = tick;
    return true;
}

void tussis_imu_clock_stamp(const tussis_imu_run_t *run, uint64_t tick)
{
    tussis_imu_clock_t *clock = &run->stage->clock;
    if (clock->unused < clock->spacing) {
        return; /* so soon after another it says nothing new */
    }
    clock->unused = 0;
    const uint64_t newest = tussis_imu_stage_samples(run->stage) * STEP - (uint64_t)(int64_t)clock->phase;
    const int64_t residual = (int64_t)(tick * ONE_TICK - newest);
    if (leap(run, residual, tick)) {
        return;
    }
    follow_jitter(clock, residual);
    const int64_t length = (int64_t)STRETCH_S[clock->stretch] * TUSSIS_TICK_HZ;
    const int64_t passed = (int64_t)(tick - clock->began);
    tussis_clock_point_t *point = 2 * passed >= length ? &clock->late : &clock->early;
    if ((point == &clock->late || clock->fresh) && (!point->any || residual < point->residual)) {
        *point = (tussis_clock_point_t){residual, tick, (int32_t)clock->taken, true};
    }
    if (residual < -(int64_t)EARLY) {
        move(run, residual);
    }
    if (passed >= length) {
        end_stretch(run, tick);
    }
}

void tussis_imu_clock_skip(const tussis_imu_run_t *run, size_t n)
{
    tussis_imu_clock_t *clock = &run->stage->clock;
    const int64_t time = (int64_t)n * clock->period;
    clock->plain = false;
    clock->taken += (uint32_t)n;
    if (clock->any && !clock->broken && clock->before - clock->period + time <= (int64_t)MOST_BRIDGED * STEP) {
        clock->phase -= (int32_t)time;
        clock->before += (int32_t)time;
    } else {
        clock->broken = true;
        const int64_t inclusive = clock->any; /* an output at the time of the last lost sample is lost too */
        lose(run, clock->phase - time - inclusive);
        clock->phase += (int32_t)inclusive;
    }
}

void tussis_imu_clock_slip(const tussis_imu_run_t *run, bool later)
{
    run->stage->clock.plain = false;
    move(run, later ? STEP : -STEP);
}

#endif
