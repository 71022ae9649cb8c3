/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of tussis.h that take motion, and say how its clock runs. */
#include "../detector/checks.h"
#include "../detector/quotient.h"
#include "../detector/stretch.h"

tussis_status_t tussis_check_imu_rate(uint32_t millihertz)
{
    const uint32_t least = TUSSIS_IMU_LEAST_MILLIHERTZ - TUSSIS_IMU_LEAST_MILLIHERTZ / 20U;
    const uint32_t most = TUSSIS_IMU_MOST_MILLIHERTZ + TUSSIS_IMU_MOST_MILLIHERTZ / 20U;
    return millihertz >= least && millihertz <= most ? TUSSIS_OK : TUSSIS_ERROR_IMU_RATE;
}

#if TUSSIS_HAS_IMU
/* Whether the stamps say a rate that the detector does not take, 10 % beyond its limits: its oscillator may be 5 % off. */
static inline bool wrong_rate(const tussis_imu_clock_t *clock)
{
    enum { KNOWN_STRETCH = 2 }; /* the first one before which the rate is known */
    const int64_t second = (int64_t)65536000 * TUSSIS_TICK_HZ; /* 1/65536 tick, of a rate in 1/1000 Hz */
    const int32_t longest = (int32_t)(second * 10 / ((int64_t)TUSSIS_IMU_LEAST_MILLIHERTZ * 9));
    const int32_t shortest = (int32_t)(second * 10 / ((int64_t)TUSSIS_IMU_MOST_MILLIHERTZ * 11));
    return (clock->rate_period > longest || clock->rate_period < shortest) && clock->stretch >= KNOWN_STRETCH;
}

/* Time of the newest IMU sample, in ticks. */
static int64_t imu_ticks(const tussis_state_t *s)
{
    enum { SAMPLE_TICKS = TUSSIS_TICK_HZ / TUSSIS_IMU_RATE_HZ };
    return (int64_t)(tussis_imu_stage_samples(&s->imu) * SAMPLE_TICKS) - s->imu.clock.phase / 65536;
}
#endif

int64_t tussis_imu_lead_ticks(const tussis_t *t)
{
#if TUSSIS_HAS_IMU
    return tussis_checked(t) == TUSSIS_OK ? imu_ticks(tussis_const_state_of(t)) - (int64_t)tussis_audio_ticks(t) : 0;
#else
    (void)t;
    return 0;
#endif
}

uint32_t tussis_imu_millihertz(const tussis_t *t)
{
#if TUSSIS_HAS_IMU
    const int32_t period = tussis_const_state_of(t)->imu.clock.rate_period; /* 1/65536 tick */
    return tussis_checked(t) == TUSSIS_OK
               ? (uint32_t)tussis_quotient((int64_t)65536000 * TUSSIS_TICK_HZ + (int64_t)period / 2, period)
               : 0U;
#else
    (void)t;
    return 0;
#endif
}

/* What taking IMU samples came to, against the counters' low words before. */
static inline tussis_status_t imu_outcome(tussis_state_t *s, uint32_t bad, uint32_t lost)
{
    const tussis_status_t worst = (uint32_t)s->totals.lost_imu != lost ? TUSSIS_LOST_IMU
                                  : (uint32_t)s->totals.bad_imu != bad ? TUSSIS_BAD_IMU
                                                                       : TUSSIS_OK;
    return tussis_outcome(s, worst);
}

/* Finish what IMU samples could overtake. */
static void begin_imu(tussis_state_t *s, size_t n)
{
#if TUSSIS_HAS_AUDIO && TUSSIS_HAS_IMU
    if (s->ending) {
        tussis_stretch_imu(s, n);
    }
#else
    (void)s;
    (void)n;
#endif
}

#if TUSSIS_HAS_IMU
/* A sample at TUSSIS_IMU_RATE_HZ that makes no window whole: most of them, so it is asked first. Nothing can be lost. Returns
 * false, and does nothing, where it is another one. */
static inline bool take_plain(tussis_state_t *s, const tussis_imu_t *sample)
{
    tussis_imu_stage_t *stage = &s->imu;
    if (!stage->clock.plain || stage->until_window == 1 || s->ending || !tussis_imu_is_finite(tussis_imu_sum(sample))) {
        return false;
    }
    stage->until_window--;
    tussis_imu_clock_keep(&stage->clock, sample);
    tussis_imu_t *kept = tussis_imu_stage_room(stage);
    *kept = *sample;
    tussis_imu_stage_put(stage, kept, s->mode == TUSSIS_MODE_IMU ? &s->queue : NULL);
    return true;
}

#if TUSSIS_HAS_AUDIO
/* The newest samples came without stamps: see when. */
static TUSSIS_SELDOM void follow_arrival(tussis_t *t)
{
    tussis_state_t *s = tussis_state_of(t);
    const int slip = tussis_arrival_follow(&s->arrival, -tussis_imu_lead_ticks(t));
    if (slip != 0) {
        const tussis_imu_run_t run = tussis_imu_run(s);
        s->totals.slipped_imu++;
        tussis_imu_clock_slip(&run, slip > 0);
    }
}
#endif
#endif

/* Take samples of any number and kind, with the stamp of the last one unless it is NULL. */
static TUSSIS_APART tussis_status_t take_all(tussis_t *t, const tussis_imu_t *samples, size_t n, const uint64_t *tick)
{
    tussis_state_t *s = tussis_state_of(t);
    const uint32_t bad = (uint32_t)s->totals.bad_imu;
    const uint32_t lost = (uint32_t)s->totals.lost_imu;
    begin_imu(s, n);
#if TUSSIS_HAS_IMU
    const tussis_imu_run_t run = tussis_imu_run(s);
    if (tick && !s->imu.clock.stamped) {
        tussis_imu_clock_place(&run, n, *tick);
    }
    tussis_imu_clock_push(&run, samples, n);
    if (tick) {
        tussis_imu_clock_stamp(&run, *tick);
    }
#if TUSSIS_HAS_AUDIO
    else if (!s->imu.clock.stamped && tussis_arrival_due(&s->arrival, n)) {
        follow_arrival(t);
    }
#endif
    const tussis_status_t outcome = imu_outcome(s, bad, lost);
    return tick && wrong_rate(&s->imu.clock) ? TUSSIS_IMU_RATE : outcome;
#else
    (void)samples;
    (void)tick;
    return imu_outcome(s, bad, lost);
#endif
}

tussis_status_t tussis_push_imu(tussis_t *t, const tussis_imu_t *samples, size_t n)
{
    const tussis_status_t wrong = tussis_checked_with(t, samples != NULL || n == 0);
    if (wrong) {
        return wrong;
    }
#if TUSSIS_HAS_IMU
    if (n == 1 && take_plain(tussis_state_of(t), samples)) {
#if TUSSIS_HAS_AUDIO
        if (tussis_arrival_due(&tussis_state_of(t)->arrival, 1)) {
            follow_arrival(t);
        }
#endif
        return TUSSIS_OK;
    }
#endif
    return take_all(t, samples, n, NULL);
}

tussis_status_t tussis_push_imu_at(tussis_t *t, const tussis_imu_t *samples, size_t n, uint64_t audio_tick)
{
    const tussis_status_t wrong = tussis_checked_with(t, samples != NULL || n == 0);
    if (wrong || n == 0) {
        return wrong;
    }
    return take_all(t, samples, n, &audio_tick);
}

tussis_status_t tussis_skip_imu(tussis_t *t, size_t n)
{
    const tussis_status_t wrong = tussis_checked(t);
    if (wrong || n == 0) {
        return wrong;
    }
    tussis_state_t *s = tussis_state_of(t);
    const uint32_t lost = (uint32_t)s->totals.lost_imu;
    begin_imu(s, n);
#if TUSSIS_HAS_IMU
    const tussis_imu_run_t run = tussis_imu_run(s);
    tussis_imu_clock_skip(&run, n);
#endif
    return imu_outcome(s, (uint32_t)s->totals.bad_imu, lost);
}
