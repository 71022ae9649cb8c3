#include "tussis/tussis.h"

#include <string.h>

#include "app/crc.h"

void tussis_init(tussis_t *t) { memset(t, 0, sizeof *t); }
int tussis_set_mode(tussis_t *t, tussis_mode_t mode)
{
    t->mode = mode;
    return 0;
}

static float small(uint32_t hash) { return (float)(hash & 0xFFFFU) / 65536.0F; }

static void add_event(tussis_t *t)
{
    if (t->queued < 8) {
        t->events[t->queued++] = (tussis_event_t){t->audio_hash, t->audio_hash + 1ULL, 0.0F, 0.0F, small(t->audio_hash)};
    }
}

static int push(tussis_t *t, const int16_t *pcm, size_t n, uint32_t window)
{
    for (size_t i = 0; i < n; i++) {
        const uint8_t bytes[2] = {(uint8_t)(pcm[i] & 0xFF), (uint8_t)((pcm[i] >> 8) & 0xFF)};
        t->audio_hash = tussis_crc32(t->audio_hash, bytes, 2);
        t->audio++;
        if (t->audio % window == 0) {
            t->audio_window = (tussis_window_t){t->audio / window - 1, t->audio_window.count + 1, small(t->audio_hash), 0, NULL};
            if (t->audio_window.index % 3 == 2) {
                add_event(t);
            }
        }
    }
    return 0;
}

int tussis_push_audio(tussis_t *t, const int16_t *pcm, size_t n) { return push(t, pcm, n, 2048); }
int tussis_push_audio_decimated(tussis_t *t, const int16_t *pcm, size_t n) { return push(t, pcm, n, 1024); }

int tussis_push_imu(tussis_t *t, const tussis_imu_t *samples, size_t n)
{
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
            t->imu_window = (tussis_window_t){t->imu / 25 - 1, t->imu_window.count + 1, small(t->imu_hash), 0, NULL};
        }
    }
    return outcome;
}

int tussis_next_event(tussis_t *t, tussis_event_t *event)
{
    if (t->queued == 0) {
        return 0;
    }
    *event = t->events[0];
    t->queued--;
    memmove(t->events, t->events + 1, t->queued * sizeof t->events[0]);
    return 1;
}

int tussis_flush_step(tussis_t *t)
{
    if (t->flush_steps < 3) { /* a window with every step but the last, as a detector with a backlog has */
        t->audio_window = (tussis_window_t){t->audio_window.index + 1, t->audio_window.count + 1, small(t->audio_hash), 0, NULL};
    }
    add_event(t);
    return ++t->flush_steps < 4;
}

const tussis_totals_t *tussis_totals(const tussis_t *t) { return &t->totals; }
const tussis_window_t *tussis_audio_window(const tussis_t *t) { return &t->audio_window; }
const tussis_window_t *tussis_imu_window(const tussis_t *t) { return &t->imu_window; }
void tussis_set_meter(tussis_t *t, tussis_meter_t *meter) { t->meter = meter; }
float tussis_probability(float margin) { return margin / 2.0F; }
