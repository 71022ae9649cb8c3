/* SPDX-License-Identifier: Apache-2.0 */
#include "tussis/tussis_config.h"

#if TUSSIS_HAS_IMU

#include "../detector/imu_clock.h"

#include "../detector/imu_stage.h"
#include "../dsp/dual.h"
#include "tussis/tussis_tables.h"

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
    PLACES = TUSSIS_CLOCK_PLACES, /* between two samples that have weights of their own */
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

static void believe(tussis_imu_clock_t *clock, int64_t period)
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
static void lose(const tussis_imu_run_t *run, int64_t phase)
{
    tussis_imu_clock_t *clock = &run->stage->clock;
    if (phase >= 0) {
        clock->phase = between(0, phase, MOST_AHEAD);
        return;
    }
    const int64_t count = (STEP - 1 - phase) / STEP;
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
static void move(const tussis_imu_run_t *run, int64_t by)
{
    tussis_imu_clock_t *clock = &run->stage->clock;
    clock->before = between(1, clock->before + by, MOST_AHEAD);
    clock->early.residual -= by;
    clock->late.residual -= by;
    clock->gap.any = false;
    clock->last -= by;
    set_phase(run, clock->phase - by);
}

/* Weights of the four newest samples for a place between the second and the third, in parts of the interval between them. */
static const float *weigh(const tussis_imu_clock_t *clock, int32_t place, float own[4])
{
    if (8 * clock->period >= 5 * STEP) {
        return &tussis_clock_weights[4 * place]; /* Keys' cubic, generated */
    }
    if (16 * clock->period >= 5 * STEP) { /* the mean of two neighbours, interpolated */
        const float f = (float)place * (1.0F / (float)PLACES);
        own[0] = 0.5F * (1.0F - f);
        own[1] = 0.5F;
        own[2] = 0.5F * f;
        own[3] = 0.0F;
    } else {
        own[0] = own[1] = own[2] = own[3] = 0.25F;
    }
    return own;
}

/* Make an output `part` of `before` after the second of four samples. */
static inline void interpolate(const tussis_imu_clock_t *clock, const tussis_imu_t *s, int32_t part, int32_t before,
                               tussis_imu_t *out)
{
    const int32_t whole = before >> 6;
    float own[4];
    const float *const w = weigh(clock, (PLACES * (part >> 6) + (whole >> 1)) / (whole | 1), own);
    const float w0 = w[0], w1 = w[1], w2 = w[2], w3 = w[3];
    TUSSIS_UNROLL_BY(3)
    for (int axis = 0; axis < 3; axis++) {
        out->acc_ms2[axis] = (w0 * s[0].acc_ms2[axis] + w1 * s[1].acc_ms2[axis]) +
                             (w2 * s[2].acc_ms2[axis] + w3 * s[3].acc_ms2[axis]);
    }
#if TUSSIS_IMU_AXES > 3 /* else no feature looks at them */
    TUSSIS_UNROLL_BY(3)
    for (int axis = 0; axis < 3; axis++) {
        out->gyro_dps[axis] = (w0 * s[0].gyro_dps[axis] + w1 * s[1].gyro_dps[axis]) +
                              (w2 * s[2].gyro_dps[axis] + w3 * s[3].gyro_dps[axis]);
    }
#endif
}

/* Take the last of four samples: what lies between the two before it can be made now, and it itself if an output falls on
 * it. */
static inline void take(const tussis_imu_run_t *run, tussis_imu_clock_t *clock, const tussis_imu_t *four)
{
    int32_t phase = clock->phase;
    for (; phase <= 0; phase += STEP) {
        interpolate(clock, four, clock->before + phase, clock->before, tussis_imu_stage_room(run->stage));
        tussis_imu_stage_take(run);
    }
    phase -= clock->period;
    clock->before = clock->period;
    if (phase == 0) {
        *tussis_imu_stage_room(run->stage) = four[3];
        tussis_imu_stage_take(run);
        phase = STEP;
    }
    clock->phase = phase;
}

static void take_first(const tussis_imu_run_t *run, const tussis_imu_t *sample)
{
    tussis_imu_clock_t *clock = &run->stage->clock;
    for (int i = 0; i < BEFORE; i++) {
        clock->recent[i] = *sample;
    }
    clock->any = true;
    clock->before = clock->period;
    for (; clock->phase <= 0; clock->phase += STEP) {
        *tussis_imu_stage_room(run->stage) = *sample;
        tussis_imu_stage_take(run);
    }
}

/* Put a sample behind the last three; where there is no room, move these to the front first. */
static inline void append(tussis_imu_clock_t *clock, const tussis_imu_t *sample)
{
    if (clock->first == TUSSIS_CLOCK_ROOM) {
        for (int i = 0; i < BEFORE; i++) {
            clock->recent[i] = clock->recent[TUSSIS_CLOCK_ROOM + i];
        }
        clock->first = 0;
    }
    clock->recent[clock->first + BEFORE] = *sample;
}

void tussis_imu_clock_push(const tussis_imu_run_t *run, const tussis_imu_t *samples, size_t n)
{
    tussis_imu_clock_t *clock = &run->stage->clock;
    clock->taken += (uint32_t)n;
    clock->unused += (uint32_t)n;
    clock->broken = clock->broken && n == 0;
    if (!clock->any && n > 0) {
        take_first(run, samples);
        samples++;
        n--;
    }
    size_t i = 0;
    for (; i < n && i < BEFORE; i++) { /* those that reach back into the push before */
        append(clock, &samples[i]);
        take(run, clock, &clock->recent[clock->first++]);
    }
    for (; i < n; i++) {
        take(run, clock, &samples[i - BEFORE]);
    }
    if (n > BEFORE) {
        for (size_t kept = 0; kept < BEFORE; kept++) {
            clock->recent[kept] = samples[n - BEFORE + kept];
        }
        clock->first = 0;
    }
}

void tussis_imu_clock_place(const tussis_imu_run_t *run, size_t n, uint64_t tick)
{
    tussis_imu_clock_t *clock = &run->stage->clock;
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
    if (tick >= TELLING_TICKS && intervals > 0 && absolute(span / intervals - STEP) * 8 > STEP) {
        believe(clock, span / intervals);
    }
    set_phase(run, (int64_t)(tussis_imu_stage_samples(run->stage) * STEP) - (span - intervals * clock->period));
}

static void end_stretch(const tussis_imu_run_t *run, uint64_t tick)
{
    tussis_imu_clock_t *clock = &run->stage->clock;
    const tussis_clock_point_t late = clock->late;
    const int64_t span = (int64_t)((late.tick - clock->early.tick) * ONE_TICK);
    const int32_t samples = late.at - clock->early.at;
    const int64_t wanted = span / (samples > 0 ? samples : 1) - clock->rate_period;
    const int32_t old = clock->period;
    const bool steady = !clock->settled && clock->jitter <= STEADY;
    const bool wrong = 8 * absolute(wanted) > clock->rate_period;
    believe(clock, clock->rate_period + wanted / (steady || wrong ? 1 : clock->settled ? 4 : 2));
    const int32_t left = (int32_t)clock->taken - late.at;
    int64_t error = late.residual + (int64_t)(clock->rate_period - old) * left;
    if (steady || absolute(error) > GAP) {
        move(run, error);
        error = 0;
    }
    clock->settled = clock->stretch == LAST_STRETCH;
    clock->stretch = (uint8_t)(clock->settled ? LAST_STRETCH : clock->stretch + 1);
    const int64_t ahead = (int64_t)STRETCH_S[clock->stretch] * TUSSIS_TICK_HZ * ONE_TICK / clock->rate_period;
    clock->period = between(1, clock->rate_period + error / (clock->settled ? 2 * ahead : ahead), MOST_PERIOD);
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
    move(run, later ? STEP : -STEP);
}

#endif
