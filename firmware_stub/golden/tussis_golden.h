/* SPDX-License-Identifier: Apache-2.0 */
/* A recording and what a detector finds in it, for a firmware team's own tests: `tussis golden` writes it.
 *
 *     static tussis_t detector;
 *     uint32_t where;
 *     if (tussis_golden_check(&tussis_golden, &detector, 0.0F, &where) != TUSSIS_GOLDEN_SAME) { ... }
 *
 * tussis_golden.c holds the data, tussis_golden_check.c what compares. The arrays are const: 2 bytes of flash per sample
 * of audio and 24 per sample of the IMU. */
#ifndef TUSSIS_GOLDEN_H
#define TUSSIS_GOLDEN_H

#include "tussis/tussis.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One evaluated window: its number, and the log-odds that the model gives it. */
typedef struct {
    uint32_t index;
    float margin;
} tussis_golden_window_t;

/* One event, in ticks of 1/TUSSIS_TICK_HZ s. */
typedef struct {
    uint64_t onset_ticks;
    uint64_t offset_ticks;
    float confidence;
} tussis_golden_event_t;

/* What goes in, and what must come out, in order. */
typedef struct {
    const char *name;       /* of the recording */
    uint32_t detector_hash; /* tussis_info()->detector_hash of the detector that it is for */
    tussis_mode_t mode;
    const int16_t *audio; /* at TUSSIS_INPUT_RATE_HZ */
    uint32_t audio_samples;
    const tussis_imu_t *imu; /* at TUSSIS_IMU_RATE_HZ */
    uint32_t imu_samples;
    const tussis_golden_window_t *audio_windows; /* those that are evaluated, flush included */
    uint32_t n_audio_windows;
    const tussis_golden_window_t *imu_windows;
    uint32_t n_imu_windows;
    const tussis_golden_event_t *events;
    uint32_t n_events;
} tussis_golden_t;

extern const tussis_golden_t tussis_golden;

typedef enum {
    TUSSIS_GOLDEN_SAME = 0,
    TUSSIS_GOLDEN_DETECTOR = 1,     /* the library was exported from another detector; *where is its hash */
    TUSSIS_GOLDEN_STATUS = 2,       /* a call did not return TUSSIS_OK; *where is minus its status */
    TUSSIS_GOLDEN_AUDIO_WINDOW = 3, /* window *where of audio_windows differs, or how many there are */
    TUSSIS_GOLDEN_IMU_WINDOW = 4,   /* the same of imu_windows */
    TUSSIS_GOLDEN_EVENT = 5         /* event *where differs, or how many there are */
} tussis_golden_result_t;

/* Push the recording in pieces of 16 ms, each after the IMU samples of its time, and compare margins, events and their
 * confidences within `tolerance`: 0 where the library is compiled with the flags that its build files give. `detector` is
 * started anew; `where` may be NULL. Takes the instructions of the whole recording: `tussis estimate` says how many. */
tussis_golden_result_t tussis_golden_check(const tussis_golden_t *golden, tussis_t *detector, float tolerance,
                                           uint32_t *where);

#ifdef __cplusplus
}
#endif

#endif
