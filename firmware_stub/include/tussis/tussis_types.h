/* Samples, events, modes and counters: what goes into the library and comes out of it. Included by tussis.h. */
#ifndef TUSSIS_TYPES_H
#define TUSSIS_TYPES_H

#include <stddef.h>
#include <stdint.h>

#include "tussis_config.h"

/* One IMU sample. Values that are not finite are taken as 0 and counted in tussis_totals_t. */
typedef struct {
    float acc_ms2[3];  /* acceleration x y z, gravity included [m/s^2] */
    float gyro_dps[3]; /* angular rate x y z [deg/s] */
} tussis_imu_t;

/* One cough. Times are those of the sound (in TUSSIS_MODE_IMU: of the motion), on the grid of frames: 16 ms of audio,
 * 50 ms of motion. Events come in order and never overlap. */
typedef struct {
    uint64_t start_ticks; /* onset, and first tick after the end [1/TUSSIS_TICK_HZ s]; exact for years */
    uint64_t end_ticks;
    float start_s; /* the same in seconds, rounded to float: 1 ms is lost after some 4 hours */
    float end_s;
    float confidence; /* largest probability of the windows that hold its loudest frame, 0..1 */
} tussis_event_t;

/* Which models run. */
typedef enum {
    TUSSIS_MODE_AUDIO, /* every audio window is evaluated; IMU samples are only counted */
    TUSSIS_MODE_IMU,   /* only the IMU model runs; audio samples are only counted */
    TUSSIS_MODE_GATED  /* IMU hits wake the audio model: the default where the detector has both */
} tussis_mode_t;

/* The window evaluated last on one path. */
typedef struct {
    uint32_t index;        /* window number: starts at index * hop (0.128 s of audio, 0.25 s of motion) */
    uint32_t count;        /* windows evaluated so far; 0: nothing below is valid */
    float margin;          /* log-odds of the model */
    uint16_t n_features;   /* length of features */
    const float *features; /* in the order of detector.json; inside tussis_t, overwritten by the next window */
} tussis_window_t;

/* What happened since tussis_init. Everything that was lost is counted here, and nowhere silently. */
typedef struct {
    uint32_t audio_frames;    /* frames of 16 ms that were pushed and not skipped by TUSSIS_MODE_IMU */
    uint32_t computed_frames; /* of these, frames the audio path computed: their share is the audio duty */
    uint32_t imu_hits;        /* IMU windows that reached the gate's threshold, in TUSSIS_MODE_GATED */
    uint32_t late_imu;        /* audio windows decided before their IMU samples had come: taken as no hit */
    uint32_t lost_hits;       /* IMU windows forgotten because the audio was more than 7 s behind */
    uint32_t lost_events;     /* events overwritten before they were fetched */
    uint32_t bad_imu;         /* IMU samples with a value that was not finite */
#if TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED
    uint32_t missed_windows; /* audio windows the gate wanted and the microphone came too late for, or lost samples of */
#endif
} tussis_totals_t;

/* What a push returns if something was lost during it; the totals say how often. */
enum {
    TUSSIS_LATE_IMU = -1,   /* audio too far ahead of the IMU: push IMU samples first, or raise TUSSIS_SKEW_MS */
    TUSSIS_LOST_HIT = -2,   /* IMU too far ahead of the audio */
    TUSSIS_LOST_EVENT = -3, /* more than TUSSIS_EVENT_QUEUE events waited; the oldest is gone */
    TUSSIS_BAD_IMU = -4,    /* an IMU value was not finite */
    TUSSIS_MISSED = -5      /* the microphone came on too late for the gate: raise TUSSIS_MICROPHONE_START_MS */
};

#endif
