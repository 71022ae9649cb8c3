// What a C++ firmware does with the library: every call once, through the header alone.
#include "tussis.h"

#include <stdio.h>
#include <string.h>

static tussis_t detector;
static int16_t pcm[TUSSIS_INPUT_RATE_HZ];
static float features[TUSSIS_AUDIO_FEATURES];
static uint32_t ticks(void *) { return 0; }

int main()
{
    if (tussis_init(&detector) != TUSSIS_OK || tussis_set_mode(&detector, TUSSIS_MODE_AUDIO) != TUSSIS_OK) {
        return 1;
    }
    tussis_meter_t meter;
    tussis_meter_init(&meter, ticks, nullptr);
    tussis_set_meter(&detector, &meter);
    tussis_meter_start(&meter);
    const tussis_imu_t still = {{0.0F, 0.0F, 9.81F}, {0.0F, 0.0F, 0.0F}};
    for (int i = 0; i < TUSSIS_IMU_RATE_HZ; i++) {
        if (TUSSIS_IS_ERROR(tussis_push_imu(&detector, &still, 1))) {
            return 2;
        }
    }
    if (tussis_push_audio(&detector, pcm, sizeof pcm / sizeof pcm[0]) != TUSSIS_OK) {
        return 3;
    }
    tussis_t copy = detector; // goes on by itself
    if (tussis_flush(&copy) != TUSSIS_OK || tussis_mode(&copy) != TUSSIS_MODE_AUDIO) {
        return 4;
    }
    while (tussis_flush_step(&detector)) {
    }
    tussis_event_t event;
    while (tussis_events_waiting(&detector) > 0 && tussis_next_event(&detector, &event)) {
        printf("%llu\n", static_cast<unsigned long long>(event.onset_ticks));
    }
    tussis_window_t window;
    tussis_totals_t totals;
    (void)tussis_get_audio_window(&copy, &window, features, TUSSIS_AUDIO_FEATURES);
    if (tussis_get_totals(&copy, &totals) != TUSSIS_OK || window.count == 0 || window.n_features != tussis_info()->audio_features) {
        return 5;
    }
    return strcmp(tussis_info()->version, TUSSIS_VERSION) != 0;
}
