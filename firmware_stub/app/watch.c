/* SPDX-License-Identifier: Apache-2.0 */
#include "watch.h"

#if TUSSIS_WATCH

enum {
    AUDIO = 0, /* paths */
    IMU = 1,
    PATHS = 2
};

/* A HELLO's mode for what runs. */
static uint8_t mode_number(tussis_mode_t mode)
{
    uint8_t number = TUSSIS_HELLO_MODE_GATED;
    if (mode == TUSSIS_MODE_AUDIO) {
        number = TUSSIS_HELLO_MODE_AUDIO;
    } else if (mode == TUSSIS_MODE_IMU) {
        number = TUSSIS_HELLO_MODE_IMU;
    }
    return number;
}

static tussis_window_t newest(const tussis_t *detector, int path)
{
    tussis_window_t window;
    if (path == AUDIO) {
        (void)tussis_get_audio_window(detector, &window, NULL, 0);
    } else {
        (void)tussis_get_imu_window(detector, &window, NULL, 0);
    }
    return window;
}

void tussis_watch_begin(tussis_watch_t *watch, const tussis_t *detector, const tussis_watch_message_t *message)
{
    const uint64_t now = tussis_audio_ticks(detector);
    if (watch->until <= now) { /* what was evaluated meanwhile is past */
        watch->windows[AUDIO] = newest(detector, AUDIO).count;
        watch->windows[IMU] = newest(detector, IMU).count;
        watch->ticks = 0;
    }
    watch->until = now + (uint64_t)message->seconds * TUSSIS_TICK_HZ;
}

void tussis_watch_spent(tussis_watch_t *watch, uint32_t ticks)
{
    watch->spent += ticks;
    watch->ticks += ticks;
}

void tussis_watch_pulse(tussis_watch_t *watch, const tussis_t *detector, tussis_pulse_message_t *pulse)
{
    tussis_telemetry_t told;
    (void)tussis_get_telemetry(detector, &watch->since, &told);
    *pulse = (tussis_pulse_message_t){
        .ticks = told.ticks,
        .duration_ms = told.duration_ms,
        .faults = told.faults,
        .events = told.events,
        .gate_share = told.gate_share,
        .audio_level = told.audio_level,
        .clipped_share = told.clipped_share,
        .motion_level = told.motion_level_ms2,
        .imu_millihertz = told.imu_millihertz,
        .imu_lead = (float)told.imu_lead_ms,
        .lost_audio_ms = told.lost_audio_ms,
        .lost_imu_ms = told.lost_imu_ms,
        .lost_events = told.lost_events,
        .blind_windows = told.blind_windows,
        .undecided_windows = told.undecided_windows,
        .cycles = watch->spent,
        .mode = mode_number(tussis_mode(detector)),
    };
    watch->spent = 0;
}

bool tussis_watch_stats(tussis_watch_t *watch, const tussis_t *detector, tussis_stats_message_t *stats)
{
    if (watch->until <= tussis_audio_ticks(detector)) {
        return false;
    }
    for (int path = 0; path < PATHS; path++) {
        const tussis_window_t window = newest(detector, path);
        if (window.count != watch->windows[path]) {
            watch->windows[path] = window.count;
            *stats = (tussis_stats_message_t){
                .path = path == AUDIO ? TUSSIS_PATH_AUDIO : TUSSIS_PATH_IMU,
                .window = window.index,
                .margin = window.margin,
                .probability = tussis_probability(window.margin),
                .cycles = watch->ticks,
            };
            watch->ticks = 0;
            return true;
        }
    }
    return false;
}

#endif
