/* SPDX-License-Identifier: Apache-2.0 */
#include "tussis/tussis_config.h"

#if TUSSIS_HAS_IMU

#include "../detector/imu_clock.h"

#include "../detector/imu_stage.h"
#include "../detector/quotient.h"
#include "../dsp/floats.h"

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

/* What an output is made of, by how many samples there are to one. */
typedef enum { CUBIC, PAIR, MEAN } taps_t;

static inline taps_t taps_of(int32_t period)
{
    return 8 * period >= 5 * STEP ? CUBIC : 16 * period >= 5 * STEP ? PAIR : MEAN;
}

/* Weights of four samples in a row for an output between the second and the third. */
typedef struct {
    float minus_first, second, third, minus_fourth;
} weights_t;

/* The weights for an output at `time` from the second sample to the third, which are 1/per_time apart. From few samples Keys' cubic.
 * From more of them the mean of two neighbours, interpolated, with a second and fourth weight of 1/2 and 0 at any time, and a
 * per_time of half as much. From still more the mean, at any time. */
TUSSIS_INLINE void weigh(weights_t *w, taps_t taps, int32_t time, float per_time)
{
    if (taps == MEAN) {
        return;
    }
    const float f = (float)time * per_time;
    if (taps == CUBIC) {
        const float g = 1.0F - f;
        const float product = f * g;
        w->minus_first = product * g;
        w->minus_fourth = product * f;
        w->second = g + w->minus_first;
        w->third = f + w->minus_fourth;
    } else {
        w->minus_first = f - 0.5F;
        w->third = f;
    }
}

/* Make an output of a sample and the three before it. */
TUSSIS_INLINE void interpolate(const tussis_imu_run_t *run, tussis_imu_stage_t *stage, const tussis_imu_t *s, weights_t w)
{
    tussis_imu_t *out = tussis_imu_stage_room(stage);
    float sum = tussis_weigh_threes(s->acc_ms2, w.minus_first, w.second, w.third, w.minus_fourth, out->acc_ms2);
#if TUSSIS_IMU_AXES > 3 /* else no feature looks at them */
    sum += tussis_weigh_threes(s->gyro_dps, w.minus_first, w.second, w.third, w.minus_fourth, out->gyro_dps);
#endif
    tussis_imu_stage_take_summed(run, stage, out, sum);
}

/* An output falls on a sample, `left` before the end. */
static TUSSIS_APART void hand_on(const tussis_imu_run_t *run, const tussis_imu_t *end, int32_t left)
{
    tussis_imu_t *kept = tussis_imu_stage_room(run->stage);
    *kept = *(end - left);
    tussis_imu_stage_take(run, kept);
}

static TUSSIS_SELDOM void take_first(const tussis_imu_run_t *run, const tussis_imu_t *sample)
{
    tussis_imu_clock_t *clock = &run->stage->clock;
    for (int i = 0; i < BEFORE; i++) {
        clock->recent[i] = *sample;
    }
    clock->any = true;
    clock->before = clock->period;
    for (; clock->phase <= 0; clock->phase += STEP) {
        hand_on(run, sample, 0);
    }
}

/* The last three samples, and behind them the first three of n that come. */
TUSSIS_INLINE void join(const tussis_imu_clock_t *clock, const tussis_imu_t *samples, size_t n, tussis_imu_t joined[2 * BEFORE])
{
    const size_t oldest = clock->oldest;
    const size_t next = oldest == BEFORE - 1 ? 0 : oldest + 1U;
    joined[0] = clock->recent[oldest];
    joined[1] = clock->recent[next];
    joined[2] = clock->recent[BEFORE - oldest - next];
    joined[BEFORE] = samples[0];
    if (n > 1) {
        joined[BEFORE + 1] = samples[1];
    }
    if (n > 2) {
        joined[BEFORE + 2] = samples[2];
    }
}

/* Take samples after the first one: the first three behind the last three of before, then the others. What lies between the two
 * before a sample can be made once that has come, and it itself is an output where one falls on it. Samples before the next
 * output are passed over at once. The first sample comes `before` after the one before it, all others a period: if that differs,
 * there are none. `left` counts samples from the one that the next output waits for to the end. */
static TUSSIS_APART void take(const tussis_imu_run_t *run, const tussis_imu_t *samples, size_t n)
{
    tussis_imu_stage_t *stage = run->stage;
    tussis_imu_t joined[2 * BEFORE];
    join(&stage->clock, samples, n, joined);
    const int32_t period = stage->clock.period;
    const int32_t interval = stage->clock.before;
    const taps_t taps = taps_of(period);
    const float per_time = (taps == PAIR ? 0.5F : 1.0F) / (float)interval;
    weights_t weights = {-0.25F, 0.25F, 0.25F, -0.25F};
    if (taps == PAIR) {
        weights.second = 0.5F;
        weights.minus_fourth = -0.0F;
    }
    int32_t next = stage->clock.phase + interval; /* time of the next output less that of the sample before */
    int32_t left = (int32_t)(n < BEFORE ? n : (size_t)BEFORE);
    const tussis_imu_t *end = joined + BEFORE + left;
    for (;;) {
        for (; next <= interval; next += STEP) {
            weigh(&weights, taps, next, per_time);
            interpolate(run, stage, end - left, weights);
        }
        next -= interval;
        left--;
        if (next >= period) {
            const int32_t passed = (next - 1) / period;
            next -= passed * period;
            left -= passed;
        }
        if (left <= 0) {
            if (n > BEFORE) { /* the others */
                left += (int32_t)n - BEFORE;
                end = samples + n;
                n = 0;
            }
            if (left < 0 || (left == 0 && next != period)) {
                break;
            }
        }
        if (next == period) {
            hand_on(run, end, left + 1);
            next = interval + STEP;
        }
    }
    next -= left * period; /* those that were passed over and are not there */
    stage->clock.phase = next - period;
    stage->clock.before = period;
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
            tussis_imu_t *kept = tussis_imu_stage_room(run->stage);
            *kept = *sample;
            tussis_imu_stage_take(run, kept);
        }
    } else {
        clock->taken += (uint32_t)n;
        clock->unused += (uint32_t)n;
        if (sample == samples && n == 1 && clock->phase > clock->period) { /* the next output comes after it */
            clock->phase -= clock->period;
            clock->before = clock->period;
        } else {
            if (clock->before != clock->period && sample != end) { /* the first one comes at another interval */
                take(run, sample, 1);
                tussis_imu_clock_keep(clock, sample);
                samples = ++sample;
            }
            if (sample != end) {
                take(run, sample, (size_t)(end - sample));
            }
        }
    }
    for (sample = end - samples > BEFORE ? end - BEFORE : samples; sample != end; sample++) {
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
