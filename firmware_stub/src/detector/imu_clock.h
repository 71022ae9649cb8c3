/* SPDX-License-Identifier: Apache-2.0 */
/* Motion samples of a clock of their own, on the audio's time line and at TUSSIS_IMU_RATE_HZ: the C twin of
 * signal/imu_clock.py, which says how the line through the samples' times follows the stamps. */
#ifndef TUSSIS_IMU_CLOCK_H
#define TUSSIS_IMU_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../dsp/dual.h"
#include "tussis/tussis_types.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TUSSIS_CLOCK_BEFORE = 3 }; /* samples before the newest that an output is made of */

/* The stamp that lies lowest above the line, how far, and how many samples of the stretch had come. */
typedef struct {
    int64_t residual;
    uint64_t tick;
    int32_t at;
    bool any;
} tussis_clock_point_t;

/* 156 bytes. Times in 1/65536 tick; all but `began` and the residuals count from the newest sample. */
typedef struct {
    tussis_imu_t recent[TUSSIS_CLOCK_BEFORE]; /* the newest as they came, in a ring */
    tussis_clock_point_t early; /* of the stretch before; of the first stretch that of its first half */
    tussis_clock_point_t late;  /* of this stretch */
    tussis_clock_point_t gap;   /* of the stamps in a row that lie so late that samples must be missing; `at` is unused */
    uint64_t gap_began;  /* tick of the first of them */
    int64_t last;        /* residual of the stamp before */
    int32_t jitter;      /* largest step of the residuals in this stretch */
    bool followed;       /* `last` is valid */
    uint64_t began;      /* tick of the stamp at which the stretch began */
    uint32_t taken;      /* samples since */
    uint32_t unused;     /* samples since a stamp that was used */
    int32_t period;      /* from one sample to the next: the rate's, and what moves the line's place */
    int32_t rate_period; /* the rate's alone */
    int32_t phase;       /* time of the next output less that of the newest sample; 0 or less: it waits for a sample */
    int32_t before;      /* time from the sample before to the newest */
    uint8_t oldest;      /* of `recent` */
    uint8_t spacing;     /* samples from one used stamp to the next at least */
    uint8_t stretch;     /* number of the present one, up to the last length */
    bool any;            /* a sample came */
    bool stamped;        /* a stamp came */
    bool broken;         /* since the newest sample some were lost that cannot be bridged */
    bool fresh;          /* no stretch came before */
    bool settled;        /* the stretch before was of the last length */
    bool plain;          /* each sample is an output, no stamp came and none was lost since the newest */
} tussis_imu_clock_t;

struct tussis_imu_run;

void tussis_imu_clock_init(tussis_imu_clock_t *clock);

/* Remember the newest sample. */
static inline void tussis_imu_clock_keep(tussis_imu_clock_t *clock, const tussis_imu_t *sample)
{
    clock->recent[clock->oldest] = *sample;
    clock->oldest = (uint8_t)(clock->oldest == TUSSIS_CLOCK_BEFORE - 1 ? 0 : clock->oldest + 1);
}

/* Take n samples of the sensor; what they make at TUSSIS_IMU_RATE_HZ goes into the stage. Some 30 instructions for a sample
 * that is an output by itself; some 65 for an output that lies between samples, 130 for a block, and none for samples that make
 * no output. */
void tussis_imu_clock_push(const struct tussis_imu_run *run, const tussis_imu_t *samples, size_t n);

/* The first stamp, before the n samples of its block; then each stamp after its block. The latter 60 instructions, and 500
 * at the end of a stretch. */
TUSSIS_SELDOM void tussis_imu_clock_place(const struct tussis_imu_run *run, size_t n, uint64_t tick);
TUSSIS_SELDOM void tussis_imu_clock_stamp(const struct tussis_imu_run *run, uint64_t tick);

/* n samples of the sensor were lost. */
TUSSIS_SELDOM void tussis_imu_clock_skip(const struct tussis_imu_run *run, size_t n);

/* Move the line of a sensor without stamps by one output's interval: samples are later than thought, or earlier. */
TUSSIS_SELDOM void tussis_imu_clock_slip(const struct tussis_imu_run *run, bool later);

#ifdef __cplusplus
}
#endif

#endif
