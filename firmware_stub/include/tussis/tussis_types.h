/* SPDX-License-Identifier: Apache-2.0 */
/* Samples, events, modes, counters and status: what goes into the library and comes out of it. Included by tussis.h. */
#ifndef TUSSIS_TYPES_H
#define TUSSIS_TYPES_H

#include <stddef.h>
#include <stdint.h>

#include "tussis/tussis_config.h"

#ifndef TUSSIS_MODEL_IN /* `tussis export --model-in` */
#define TUSSIS_MODEL_IN_CODE 0
#define TUSSIS_MODEL_IN_FLASH_BLOB 1
#define TUSSIS_MODEL_IN TUSSIS_MODEL_IN_CODE
#endif

/* One IMU sample. Values that are not finite are taken as 0 and counted in tussis_totals_t. */
typedef struct {
    float acc_ms2[3];  /* acceleration x y z, gravity included [m/s^2] */
    float gyro_dps[3]; /* angular rate x y z [deg/s] */
} tussis_imu_t;

/* Which models run. */
typedef enum {
    TUSSIS_MODE_AUDIO, /* every audio window is evaluated; IMU samples are only counted */
    TUSSIS_MODE_IMU,   /* only the IMU model runs; audio samples are only counted */
    TUSSIS_MODE_GATED  /* IMU hits wake the audio model: the default where the detector has both */
} tussis_mode_t;

/* One cough. Times are those of the sound (in TUSSIS_MODE_IMU: of the motion), on the grid of frames: 16 ms of audio,
 * 50 ms of motion. Events come in order and never overlap. 40 bytes. */
typedef struct {
    uint64_t onset_ticks;  /* start of its first frame [1/TUSSIS_TICK_HZ s since tussis_init] */
    uint64_t offset_ticks; /* first tick after its last frame */
    uint64_t peak_ticks;   /* start of its loudest frame */
    uint32_t id;           /* 0, 1, 2 ... since tussis_init; a number left out is an event that was lost */
    float confidence;      /* largest probability of the windows that hold its loudest frame, 0..1 */
    uint8_t mode;          /* tussis_mode_t that found it */
    uint8_t reserved[7];   /* 0 */
} tussis_event_t;

/* The window evaluated last on one path. */
typedef struct {
    uint32_t index;      /* window number: starts at index * hop (0.128 s of audio, 0.25 s of motion) */
    uint32_t count;      /* windows evaluated so far; 0: nothing else here is valid */
    float margin;        /* log-odds of the model */
    uint32_t n_features; /* how many it has, in the order of detector.json */
} tussis_window_t;

/* What happened since tussis_init. Everything that was lost is counted here, and nowhere silently. Nothing here wraps in ten
 * years, but for the sum of squares, whose differences stay right. */
typedef struct {
    uint64_t audio_frames;    /* frames of 16 ms that were pushed or skipped, but not in TUSSIS_MODE_IMU */
    uint64_t computed_frames; /* of these, frames the audio path computed: their share is the audio duty */
    uint64_t skipped_audio;   /* samples that tussis_skip_audio let pass */
    uint64_t heard_audio;     /* raw samples looked at: one in 32, not in TUSSIS_MODE_IMU */
    uint64_t audio_squares;   /* sum of their squares */
    uint64_t clipped_audio;   /* of these: at full scale */
    uint64_t dead_audio;      /* of these: unchanged for 2 s and longer: the microphone is dead */
    uint64_t lost_imu;        /* samples at TUSSIS_IMU_RATE_HZ that never came, as tussis_skip_imu or the stamps say */
    uint64_t bad_imu;         /* IMU samples with a value that was not finite */
    uint32_t imu_hits;        /* IMU windows that reached the gate's threshold, in TUSSIS_MODE_GATED */
    uint32_t late_imu;        /* audio windows decided before their IMU samples had come */
    uint32_t lost_hits;       /* IMU windows forgotten because the audio was more than 7 s behind */
    uint32_t lost_events;     /* events overwritten before they were fetched */
    uint32_t missed_windows;  /* audio windows the gate wanted and the microphone came too late for, or lost samples of */
    uint32_t blind_windows;   /* IMU windows with lost samples, or with an axis that stood still for 4.25 s and longer: in
                               * TUSSIS_MODE_GATED the audio decided */
    uint32_t open_windows;    /* audio windows that the gate let through because no IMU sample had come for 2 s */
    uint32_t slipped_imu;     /* times that a sensor without stamps was moved by one sample to follow the audio's clock */
} tussis_totals_t;

/* What a call came to: one code for each reason, never a count. An int, so that no compiler option changes its size. */
typedef int tussis_status_t;

enum {
    TUSSIS_OK = 0,

    /* Losses: the samples were taken; the totals say how often. Of several the last one here is returned. */
    TUSSIS_LATE_IMU = -1,   /* audio too far ahead of the IMU: push IMU samples first, or raise TUSSIS_SKEW_MS */
    TUSSIS_LOST_HIT = -2,   /* IMU too far ahead of the audio */
    TUSSIS_LOST_EVENT = -3, /* more than TUSSIS_EVENT_QUEUE events waited; the oldest is gone */
    TUSSIS_BAD_IMU = -4,    /* an IMU value was not finite */
    TUSSIS_MISSED = -5,     /* the microphone came on too late for the gate, or audio was skipped that the gate wanted */
    TUSSIS_LOST_IMU = -6,   /* IMU samples are missing: tussis_skip_imu, or a gap between stamps */
    TUSSIS_IMU_RATE = -7,   /* the stamps say a rate of the IMU that the detector does not take: see tussis_check_imu_rate */

    /* Errors: the call did nothing. */
    TUSSIS_ERROR_NULL = -32,    /* a pointer that must not be NULL is (checked build) */
    TUSSIS_ERROR_STATE = -33,   /* tussis_init did not succeed on this tussis_t (checked build) */
    TUSSIS_ERROR_ABI = -34,     /* compiled for another TUSSIS_ABI than the library */
    TUSSIS_ERROR_OPTIONS = -35, /* compiled with other options, or for another detector, than the library */
    TUSSIS_ERROR_SIZE = -36,    /* the memory given is not TUSSIS_STATE_BYTES large */
    TUSSIS_ERROR_MODE = -37,    /* no tussis_mode_t */
    TUSSIS_ERROR_MODEL = -38,   /* the detector lacks the model that this needs */
    TUSSIS_ERROR_BUSY = -39,    /* the mode before is still being finished: push on, or flush */

    /* What tussis_selftest found: this core must not detect. */
    TUSSIS_ERROR_ROUNDING = -40, /* the FPU does not round to nearest, or has no subnormal numbers: FPSCR */
    TUSSIS_ERROR_BYTES = -41,    /* a float is not IEEE 754 with its low byte first */
    TUSSIS_ERROR_WINDOWS = -42,  /* other windows were evaluated than should have been */
    TUSSIS_ERROR_FEATURES = -43, /* a feature is off by more than rounding: compiler options, damaged flash */
    TUSSIS_ERROR_MARGIN = -44,   /* a model's answer is another: damaged flash */

    /* What is wrong with a model that is data, or with a threshold; the detector goes on with what it had. */
    TUSSIS_ERROR_MODEL_MAGIC = -45,     /* no model of tussis, or not aligned to 4 bytes */
    TUSSIS_ERROR_MODEL_FORMAT = -46,    /* its format is of another version */
    TUSSIS_ERROR_MODEL_ABI = -47,       /* made for a library with another TUSSIS_ABI */
    TUSSIS_ERROR_MODEL_LENGTH = -48,    /* cut off, or with something behind it */
    TUSSIS_ERROR_MODEL_CRC = -49,       /* damaged */
    TUSSIS_ERROR_MODEL_SIGNATURE = -50, /* the caller's tussis_verify_t refuses it */
    TUSSIS_ERROR_MODEL_INPUTS = -51,    /* for other features, or another plan, than the library computes */
    TUSSIS_ERROR_MODEL_LAYOUT = -52,    /* its parts do not fill it, or are not those of this detector */
    TUSSIS_ERROR_MODEL_EVENTS = -53,    /* an event parameter is out of range, or needs more RAM than there is */
    TUSSIS_ERROR_MODEL_TREES = -54,     /* a child outside its tree, a feature that is none, a leaf that is not finite */
    TUSSIS_ERROR_STARTED = -55,         /* samples were pushed already: tussis_init comes first */
    TUSSIS_ERROR_THRESHOLD = -56,       /* not from TUSSIS_LEAST_THRESHOLD to TUSSIS_MOST_THRESHOLD */
    TUSSIS_ERROR_MODEL_GATE = -57,      /* a threshold of the gate, its hold time or its mean's weight is out of range */

    TUSSIS_ERROR_IMU_RATE = -58 /* the detector takes no motion sensor of this rate */
};

#define TUSSIS_IS_LOSS(status) ((status) < TUSSIS_OK && (status) > TUSSIS_ERROR_NULL)
#define TUSSIS_IS_ERROR(status) ((status) <= TUSSIS_ERROR_NULL)

#endif
