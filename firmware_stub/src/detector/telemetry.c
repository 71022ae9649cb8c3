/* SPDX-License-Identifier: Apache-2.0 */
#include "tussis/tussis_telemetry.h"

#include "../detector/checks.h"
#include "../detector/tussis_state.h"
#include "../dsp/elementary.h"
#include "tussis/tussis.h"

enum { MS_PER_HOUR = 3600000, CLIPPED_IN_100 = 1 };

/* Milliseconds of n periods at a rate; at most what 32 bits hold. */
static uint32_t as_ms(uint64_t n, uint32_t rate_hz)
{
    const uint64_t ms = n / rate_hz * 1000U + n % rate_hz * 1000U / rate_hz;
    return ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
}

static float share(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (float)part / (float)whole : 0.0F;
}

#if TUSSIS_HAS_IMU
static float size_of(const float acc_ms2[3])
{
    return tussis_sqrt(acc_ms2[0] * acc_ms2[0] + acc_ms2[1] * acc_ms2[1] + acc_ms2[2] * acc_ms2[2]);
}
#endif

/* Standard deviation of the size of acceleration over the newest window. */
static float motion_level(const tussis_state_t *s)
{
#if TUSSIS_HAS_IMU
    float sum = 0.0F;
    float square = 0.0F;
    const float any = size_of(s->imu.ring[0].acc_ms2); /* near the mean: the squares stay small */
    if (s->imu.window.count == 0) {
        return 0.0F;
    }
    for (size_t i = 0; i < TUSSIS_IMU_WINDOW; i++) {
        const float size = size_of(s->imu.ring[i].acc_ms2) - any;
        sum += size;
        square += size * size;
    }
    const float mean = sum / (float)TUSSIS_IMU_WINDOW;
    const float variance = square / (float)TUSSIS_IMU_WINDOW - mean * mean;
    return variance > 0.0F ? tussis_sqrt(variance) : 0.0F;
#else
    (void)s;
    return 0.0F;
#endif
}

/* Time of the stream that the detector has, audio's if both. */
static uint64_t ticks_of(const tussis_t *t)
{
    const uint64_t audio = tussis_audio_ticks(t);
    return TUSSIS_HAS_AUDIO ? audio : audio + (uint64_t)tussis_imu_lead_ticks(t);
}

static uint32_t faults_of(const tussis_telemetry_t *now, const tussis_totals_t *from, const tussis_totals_t *to)
{
    uint32_t faults = 0;
    faults |= to->dead_audio != from->dead_audio ? TUSSIS_FAULT_DEAD_MICROPHONE : 0U;
    faults |= now->clipped_share > (float)CLIPPED_IN_100 / 100.0F ? TUSSIS_FAULT_CLIPPING : 0U;
    faults |= to->skipped_audio != from->skipped_audio ? TUSSIS_FAULT_LOST_AUDIO : 0U;
    faults |= to->lost_imu != from->lost_imu ? TUSSIS_FAULT_LOST_IMU : 0U;
    faults |= to->bad_imu != from->bad_imu ? TUSSIS_FAULT_BAD_IMU : 0U;
    faults |= now->blind_windows > 0 ? TUSSIS_FAULT_BLIND_GATE : 0U;
    faults |= now->undecided_windows > 0 || to->lost_hits != from->lost_hits ? TUSSIS_FAULT_LATE : 0U;
    faults |= now->lost_events > 0 ? TUSSIS_FAULT_LOST_EVENTS : 0U;
    return faults;
}

tussis_status_t tussis_get_telemetry(const tussis_t *t, tussis_since_t *since, tussis_telemetry_t *telemetry)
{
    const tussis_status_t wrong = tussis_checked_with(t, since != NULL && telemetry != NULL);
    if (wrong) {
        return wrong;
    }
    const tussis_state_t *s = tussis_const_state_of(t);
    const tussis_totals_t *from = &since->totals;
    const tussis_totals_t *to = &s->totals;
    const uint64_t ticks = ticks_of(t);
    const uint32_t millihertz = tussis_imu_millihertz(t);
    const uint32_t was = since->imu_millihertz > 0 ? since->imu_millihertz : millihertz;
    const uint64_t heard = to->heard_audio - from->heard_audio;
    const int64_t gained = (int64_t)millihertz - (int64_t)was;

    tussis_telemetry_t now = {.ticks = ticks};
    now.duration_ms = as_ms(ticks - since->ticks, TUSSIS_TICK_HZ);
    now.events = s->queue.made - since->events;
    now.events_per_hour = (float)now.events * share(MS_PER_HOUR, now.duration_ms);
    now.gate_share = share(to->computed_frames - from->computed_frames, to->audio_frames - from->audio_frames);
    now.audio_level = tussis_sqrt(share(to->audio_squares - from->audio_squares, heard)) / 32768.0F;
    now.clipped_share = share(to->clipped_audio - from->clipped_audio, heard);
    now.motion_level_ms2 = motion_level(s);
    now.imu_millihertz = millihertz;
    now.imu_drift_ppm = was > 0 ? (int32_t)(gained * 1000000 / (int64_t)was) : 0;
    now.imu_lead_ms = (int32_t)(tussis_imu_lead_ticks(t) / (TUSSIS_TICK_HZ / 1000));
    now.lost_audio_ms = as_ms(to->skipped_audio - from->skipped_audio, TUSSIS_INPUT_RATE_HZ);
    now.lost_imu_ms = as_ms(to->lost_imu - from->lost_imu, TUSSIS_IMU_RATE_HZ);
    now.lost_events = to->lost_events - from->lost_events;
    now.blind_windows = to->blind_windows - from->blind_windows + (to->open_windows - from->open_windows);
    now.undecided_windows = to->late_imu - from->late_imu + (to->missed_windows - from->missed_windows);
    now.faults = faults_of(&now, from, to);

    since->ticks = ticks;
    since->events = s->queue.made;
    since->imu_millihertz = millihertz;
    since->totals = *to;
    *telemetry = now;
    return TUSSIS_OK;
}
