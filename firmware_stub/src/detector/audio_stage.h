/* SPDX-License-Identifier: Apache-2.0 */
/* The audio stage: microphone samples in, evaluated windows and events out, at most four frames of work per frame.
 *
 * Audio goes into a ring that reaches back before an IMU hit: the pre-roll. A window that the gate admits is computed
 * from the ring, a few frames per call, so waking up never makes one call long. Where the detector has a sound level
 * (TUSSIS_SOUND_LEVEL) only windows with a loud frame are computed, without a gate too.
 *
 * Where the microphone follows the gate (TUSSIS_MICROPHONE_GATED) there is no pre-roll: what sounded before the
 * microphone was on is silence, at most all but the last block of a window. */
#ifndef TUSSIS_AUDIO_STAGE_H
#define TUSSIS_AUDIO_STAGE_H

#include "../detector/audio_health.h"
#include "../dsp/audio_path.h"
#include "../detector/control.h"
#include "../detector/events.h"
#include "../detector/model_blob.h"
#include "../detector/pre_roll.h"
#include "../detector/sound_level.h"
#include "tussis/tussis_meter.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TUSSIS_CATCH_UP_FRAMES = 4 };

/* About 6 KB and the pre-roll; started by tussis_audio_stage_init. */
typedef struct {
    tussis_pre_roll_t pre_roll;
    tussis_audio_path_t path;
    uint32_t next_window; /* first window not yet done with */
    uint32_t computed;    /* the path holds every frame from some window's start up to this one, excluded */
    uint32_t end;         /* frames of a stretch that is being finished */
    bool begun;           /* next_window was admitted and is being computed */
    bool brief;           /* the stretch is shorter than window 0: silence follows it */
    bool part;            /* and has a part of a frame behind its whole frames */
    uint32_t origin;      /* windows before those that are counted here, and their frames */
    uint32_t heard_from;  /* first frame after which the microphone missed nothing */
#if TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED
    uint32_t silent_until; /* frames that are computed and lie before it are silence: the microphone was off */
#endif
#if TUSSIS_SOUND_LEVEL
    tussis_sound_level_t sound;
#endif
    float x[TUSSIS_AUDIO_FEATURES];
    tussis_window_t window;
    tussis_segmenter_t segmenter;
    tussis_audio_health_t health;
    float levels[TUSSIS_AUDIO_LEVEL_SLOTS];
#if TUSSIS_MODEL_IN == TUSSIS_MODEL_IN_FLASH_BLOB
    tussis_path_model_t model;
#endif
} tussis_audio_stage_t;

/* What the stage works with besides its own state. */
typedef struct {
    tussis_audio_stage_t *stage;
    tussis_gate_t *gate; /* NULL: motion does not decide */
    tussis_event_queue_t *queue;
    tussis_totals_t *totals;
    tussis_meter_t *meter; /* NULL: none */
} tussis_audio_run_t;

/* Start in memory that is all zero, as the path of a new stage is. */
void tussis_audio_stage_init(tussis_audio_stage_t *stage);

/* Take n samples at TUSSIS_INPUT_RATE_HZ, or at TUSSIS_RATE_HZ and already through the decimator. */
void tussis_audio_stage_push(const tussis_audio_run_t *run, const int16_t *pcm, size_t n);
void tussis_audio_stage_push_decimated(const tussis_audio_run_t *run, const int16_t *pcm, size_t n);

/* Take n samples of 0 at TUSSIS_INPUT_RATE_HZ that no microphone gave: nothing is filtered, and nobody looks at them. */
void tussis_audio_stage_push_silence(const tussis_audio_run_t *run, size_t n);

/* Let time pass by n samples at TUSSIS_INPUT_RATE_HZ without computing anything; then start again with the first window
 * that begins from here on. Costs nothing per sample. */
TUSSIS_SELDOM void tussis_audio_stage_skip(tussis_audio_stage_t *stage, size_t n);
TUSSIS_SELDOM void tussis_audio_stage_resume(tussis_audio_stage_t *stage);

/* Audio time so far, in whole frames and in ticks. */
static inline uint64_t tussis_audio_stage_frames(const tussis_audio_stage_t *stage)
{
    return (uint64_t)stage->origin * TUSSIS_BLOCK_FRAMES + stage->pre_roll.frames;
}
static inline uint64_t tussis_audio_stage_ticks(const tussis_audio_stage_t *stage)
{
    return tussis_audio_stage_frames(stage) * TUSSIS_FRAME_TICKS +
           tussis_pre_roll_part(&stage->pre_roll) * (uint32_t)(TUSSIS_TICK_HZ / TUSSIS_RATE_HZ);
}

/* Let time pass by n samples at TUSSIS_INPUT_RATE_HZ that the microphone did not hear: windows that should have heard them
 * are left out. Costs nothing per sample, some 30 instructions per window, and at most TUSSIS_CATCH_UP_FRAMES frames for
 * every frame that passes. Windows before a gap as long as the ring do not wait for IMU samples that have not come. */
TUSSIS_SELDOM void tussis_audio_stage_miss(const tussis_audio_run_t *run, size_t n);

#if TUSSIS_HAS_IMU
/* Whether a window is being heard, or will be by what the gate knows. */
bool tussis_audio_stage_listens(const tussis_audio_stage_t *stage, const tussis_gate_t *gate);
#endif

/* The stretch so far comes to its end; samples that follow belong to another. Finish it step by step: its whole windows,
 * whether or not their IMU samples have come. A stream that is shorter than its first window is decided as that window,
 * with silence after it; the gate is asked as far as it knows. At most TUSSIS_CATCH_UP_FRAMES frames and one window a
 * step. Returns false once there is nothing left to do. The first step follows at once. */
TUSSIS_SELDOM void tussis_audio_stage_end(const tussis_audio_run_t *run);
TUSSIS_SELDOM bool tussis_audio_stage_finish_step(const tussis_audio_run_t *run);

/* Meanwhile samples are kept by these instead of tussis_audio_stage_push: take what the frame being filled lacks at most,
 * set *whole where it is filled then, and do no work; returns how many. After a whole frame do a step, and more while
 * the ring is full, then open the next frame. With a ring that is hardly longer than a window the stretch must be
 * finished first (tussis_audio_stage_cramped). */
TUSSIS_SELDOM size_t tussis_audio_stage_keep(const tussis_audio_run_t *run, const int16_t *pcm, size_t n, bool decimated, bool *whole);
bool tussis_audio_stage_full(const tussis_audio_stage_t *stage);
void tussis_audio_stage_open(const tussis_audio_run_t *run);
TUSSIS_SELDOM bool tussis_audio_stage_cramped(const tussis_audio_stage_t *stage);

/* After the last step: close an open region and forget what the gate admitted but the sound did not fill. */
TUSSIS_SELDOM void tussis_audio_stage_close(const tussis_audio_run_t *run);

#if TUSSIS_MODEL_IN == TUSSIS_MODEL_IN_FLASH_BLOB
/* Run on a section of a model that was checked; its log-odds. */
void tussis_audio_stage_use(tussis_audio_stage_t *stage, const uint32_t *section);
float tussis_audio_margin(const uint32_t *section, const float x[TUSSIS_AUDIO_FEATURES]);
#else
/* Generated: audio_features from the path's sums, and the model's log-odds. */
float tussis_audio_margin(const float x[TUSSIS_AUDIO_FEATURES]);
#endif

#ifdef __cplusplus
}
#endif

#endif
