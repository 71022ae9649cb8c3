/* SPDX-License-Identifier: Apache-2.0 */
/* A stand-in for the detector that is harsher than one: every window's margin and every event hang on a running hash
 * of all samples so far, so one wrong, lost or repeated sample changes everything after it. */
#include "tussis/tussis.h"

#include <string.h>

#include "../../../firmware_stub/app/crc.h"

typedef struct {
    tussis_mode_t mode;
    uint32_t audio_hash, imu_hash, audio, imu, queued, flush_steps;
    tussis_window_t audio_window, imu_window;
    tussis_event_t events[8];
    tussis_totals_t totals;
    tussis_meter_t *meter;
} state_t;

_Static_assert(sizeof(state_t) <= sizeof(tussis_t), "raise TUSSIS_STATE_BYTES of the stand-in");

static state_t *of(tussis_t *t) { return (state_t *)(void *)t->state; }
static const state_t *in(const tussis_t *t) { return (const state_t *)(const void *)t->state; }

tussis_status_t tussis_init_as(tussis_t *t, size_t state_bytes, uint32_t abi, uint32_t options)
{
    memset(t, 0, sizeof *t);
    return state_bytes == sizeof *t && abi == TUSSIS_ABI && options == TUSSIS_OPTIONS ? TUSSIS_OK : TUSSIS_ERROR_OPTIONS;
}

tussis_status_t tussis_set_mode(tussis_t *t, tussis_mode_t mode)
{
    of(t)->mode = mode;
    return TUSSIS_OK;
}

static float small(uint32_t hash) { return (float)(hash & 0xFFFFU) / 65536.0F; }

static void add_event(state_t *t)
{
    if (t->queued < 8) {
        t->events[t->queued++] = (tussis_event_t){.onset_ticks = t->audio_hash, .offset_ticks = t->audio_hash + 1ULL, .confidence = small(t->audio_hash)};
    }
}

static tussis_status_t push(state_t *t, const int16_t *pcm, size_t n, uint32_t window)
{
    for (size_t i = 0; i < n; i++) {
        const uint8_t bytes[2] = {(uint8_t)(pcm[i] & 0xFF), (uint8_t)((pcm[i] >> 8) & 0xFF)};
        t->audio_hash = tussis_crc32(t->audio_hash, bytes, 2);
        t->audio++;
        if (t->audio % window == 0) {
            t->audio_window = (tussis_window_t){t->audio / window - 1, t->audio_window.count + 1, small(t->audio_hash), 0};
            if (t->audio_window.index % 3 == 2) {
                add_event(t);
            }
        }
    }
    return 0;
}

tussis_status_t tussis_push_audio(tussis_t *t, const int16_t *pcm, size_t n) { return push(of(t), pcm, n, 2048); }
tussis_status_t tussis_push_audio_decimated(tussis_t *t, const int16_t *pcm, size_t n) { return push(of(t), pcm, n, 1024); }

tussis_status_t tussis_push_imu(tussis_t *detector, const tussis_imu_t *samples, size_t n)
{
    state_t *t = of(detector);
    int outcome = 0;
    for (size_t i = 0; i < n; i++) {
        uint8_t bytes[24];
        if (samples[i].acc_ms2[0] != samples[i].acc_ms2[0]) {
            outcome = TUSSIS_BAD_IMU;
        }
        memcpy(bytes, samples[i].acc_ms2, 12);
        memcpy(bytes + 12, samples[i].gyro_dps, 12);
        t->imu_hash = tussis_crc32(t->imu_hash, bytes, sizeof bytes);
        t->imu++;
        if (t->imu % 25 == 0) {
            t->imu_window = (tussis_window_t){t->imu / 25 - 1, t->imu_window.count + 1, small(t->imu_hash), 0};
        }
    }
    return outcome;
}

tussis_status_t tussis_push_imu_at(tussis_t *t, const tussis_imu_t *samples, size_t n, uint64_t audio_tick)
{
    (void)audio_tick;
    return tussis_push_imu(t, samples, n);
}

uint64_t tussis_audio_ticks(const tussis_t *t) { return in(t)->audio; }
tussis_mode_t tussis_mode(const tussis_t *t) { return in(t)->mode; }

tussis_status_t tussis_get_telemetry(const tussis_t *t, tussis_since_t *since, tussis_telemetry_t *telemetry)
{
    *telemetry = (tussis_telemetry_t){.ticks = in(t)->audio, .duration_ms = (uint32_t)(in(t)->audio - since->ticks) / 16U};
    telemetry->imu_lead_ms = -7;
    telemetry->faults = TUSSIS_FAULT_CLIPPING;
    since->ticks = in(t)->audio;
    return TUSSIS_OK;
}

int64_t tussis_imu_lead_ticks(const tussis_t *t)
{
    (void)t;
    return 0;
}

tussis_status_t tussis_check_imu_rate(uint32_t millihertz)
{
    return millihertz >= 23750U && millihertz <= 436800U ? TUSSIS_OK : TUSSIS_ERROR_IMU_RATE;
}

uint32_t tussis_imu_millihertz(const tussis_t *t)
{
    (void)t;
    return 100000;
}

tussis_status_t tussis_skip_audio(tussis_t *t, size_t n)
{
    (void)t;
    (void)n;
    return TUSSIS_OK;
}

bool tussis_next_event(tussis_t *detector, tussis_event_t *event)
{
    state_t *t = of(detector);
    if (t->queued == 0) {
        return false;
    }
    *event = t->events[0];
    t->queued--;
    memmove(t->events, t->events + 1, t->queued * sizeof t->events[0]);
    return true;
}

bool tussis_flush_step(tussis_t *detector)
{
    state_t *t = of(detector);
    if (t->flush_steps < 3) { /* a window with every step but the last, as a detector with a backlog has */
        t->audio_window = (tussis_window_t){t->audio_window.index + 1, t->audio_window.count + 1, small(t->audio_hash), 0};
    }
    add_event(t);
    return ++t->flush_steps < 4;
}

tussis_status_t tussis_get_totals(const tussis_t *t, tussis_totals_t *totals)
{
    *totals = in(t)->totals;
    return TUSSIS_OK;
}

tussis_status_t tussis_get_audio_window(const tussis_t *t, tussis_window_t *window, float *features, size_t capacity)
{
    (void)features;
    (void)capacity;
    *window = in(t)->audio_window;
    return TUSSIS_OK;
}

tussis_status_t tussis_get_imu_window(const tussis_t *t, tussis_window_t *window, float *features, size_t capacity)
{
    (void)features;
    (void)capacity;
    *window = in(t)->imu_window;
    return TUSSIS_OK;
}

void tussis_set_meter(tussis_t *t, tussis_meter_t *meter) { of(t)->meter = meter; }
float tussis_probability(float margin) { return margin / 2.0F; }
