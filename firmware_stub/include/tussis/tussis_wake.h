/* SPDX-License-Identifier: Apache-2.0 */
/* When movement wakes the microphone: what the comparator of a low-power accelerometer does, for sensors that have none and
 * to see what one would do. Included by tussis.h. The rule is stated in selection/detector/wake.py.
 *
 *     static tussis_wake_t wake;                                       // all zero
 *     tussis_wake_motion(&wake, samples, n, tick_of_the_newest);       // before or after tussis_push_imu_at
 *     if (tussis_gate_opened(&detector, &tick) && tick != before) {    // a window of motion opened the gate
 *         tussis_wake_ask(&wake, before = tick);
 *     }
 *     switch_microphone(tussis_wake_on(&wake, tussis_audio_ticks(&detector)));
 *     if (it_is_on_and_has_started) {
 *         tussis_push_audio(&detector, pcm, n);
 *     } else {
 *         tussis_push_silence(&detector, n_passed);                    // from a timer that runs in sleep
 *     }
 *
 * With a comparator in the sensor its interrupt asks, in time for the cough that it felt: tussis_wake_ask from the main loop,
 * besides. ports/live does all of it. Integers; right for ten years. */
#ifndef TUSSIS_WAKE_H
#define TUSSIS_WAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tussis/tussis_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All zero at the start; the caller's. 64 bytes. */
typedef struct {
    int32_t mean[3];   /* of each axis, which the high-pass takes off [1/64 unit; a unit is 1/4096 m/s2] */
    int32_t last[3];   /* newest sample [unit] */
    int32_t followed;  /* mean of the largest high-passed axis: the wearer's movement [1/64 unit] */
    uint16_t same[3];  /* samples for which an axis has kept its value */
    bool any;          /* a sample has come */
    bool asked;        /* off_tick is valid */
    uint64_t newest;   /* time of the newest sample [tick] */
    uint64_t off_tick; /* when the microphone goes off */
} tussis_wake_t;

/* Take n samples at TUSSIS_IMU_RATE_HZ; audio_tick is the time of the newest, in ticks since tussis_init. Returns how many of
 * them cross the threshold. Values that are not finite count as 0. Some 90 instructions a sample. */
size_t tussis_wake_motion(tussis_wake_t *wake, const tussis_imu_t *samples, size_t n, uint64_t audio_tick);

/* The microphone is wanted from `tick` on, for 0.64 s: the sensor's own comparator fired, samples were lost, or the gate is
 * open. 10 instructions. */
void tussis_wake_ask(tussis_wake_t *wake, uint64_t tick);

/* Whether the microphone should be switched on at `tick`; also once no sample has come for 2 s. 20 instructions. */
bool tussis_wake_on(const tussis_wake_t *wake, uint64_t tick);

#ifdef __cplusplus
}
#endif

#endif
