/* SPDX-License-Identifier: Apache-2.0 */
/* TUSSIS_STATE_BYTES: how much memory a detector takes, as a sum that the compiler does, for a tussis_t shows no fields.
 * Included by tussis.h. It follows the options and the size of a pointer; the library asserts that it is enough, and at
 * most 64 bytes more than enough. */
#ifndef TUSSIS_SIZE_H
#define TUSSIS_SIZE_H

#include "tussis/tussis_config.h"
#include "tussis/tussis_types.h"

#ifndef TUSSIS_STATE_BYTES /* tests set it for a stand-in */

/* Whether quiet windows are left out; see detector/sound_level.h. */
#ifndef TUSSIS_SOUND_LEVEL
#define TUSSIS_SOUND_LEVEL 0
#endif

/* The pre-roll's ring, in frames and in samples per frame; see detector/pre_roll.h. */
#if TUSSIS_HAS_AUDIO
#define TUSSIS_FRAME_TICKS (TUSSIS_FRAME * (TUSSIS_TICK_HZ / TUSSIS_RATE_HZ))
#define TUSSIS_SKEW_FRAMES ((TUSSIS_SKEW_MS * (TUSSIS_TICK_HZ / 1000) + TUSSIS_FRAME_TICKS - 1) / TUSSIS_FRAME_TICKS)
#define TUSSIS_START_FRAMES (TUSSIS_MICROPHONE_START_MS * (TUSSIS_TICK_HZ / 1000) / TUSSIS_FRAME_TICKS)
/* The window that waits for its IMU samples, the audio that may come before them, and the frame being filled. Without an
 * IMU nothing ever waits but for a loud frame. Where the microphone follows the gate only the last block of a window that waits can have been
 * heard, and it waits only for IMU samples that come later than the microphone takes to start; six frames come while the
 * silence before them is computed. */
#if !TUSSIS_HAS_IMU && TUSSIS_SOUND_LEVEL
#define TUSSIS_RING_FRAMES (TUSSIS_WINDOW_FRAMES + 1)
#elif !TUSSIS_HAS_IMU
#define TUSSIS_RING_FRAMES 2
#elif TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_ALWAYS
#define TUSSIS_RING_FRAMES (TUSSIS_WINDOW_FRAMES + TUSSIS_SKEW_FRAMES + 1)
#elif TUSSIS_SKEW_FRAMES > TUSSIS_START_FRAMES
#define TUSSIS_RING_FRAMES (TUSSIS_BLOCK_FRAMES + 8 + TUSSIS_SKEW_FRAMES - TUSSIS_START_FRAMES)
#else
#define TUSSIS_RING_FRAMES (TUSSIS_BLOCK_FRAMES + 8)
#endif
#if TUSSIS_PRE_ROLL == TUSSIS_PRE_ROLL_RAW
#define TUSSIS_FRAME_INPUTS (TUSSIS_FRAME * TUSSIS_DECIMATION) /* the last is the newest sample that the frame needs */
#define TUSSIS_FRAME_HISTORY (TUSSIS_DECIMATOR_TAPS - TUSSIS_DECIMATION) /* samples before them that the FIR needs */
#ifndef TUSSIS_DMA_WORDS /* the library's own, for a DMA that writes whole words only; copying pushes then cost more */
#define TUSSIS_DMA_WORDS 0
#endif
#if TUSSIS_DMA_WORDS
#define TUSSIS_SLOT_LEAD (2 - TUSSIS_FRAME_HISTORY % 2) /* aligns the first sample of a frame */
#else
#define TUSSIS_SLOT_LEAD 1 /* aligns the first sample after the start, and pushes of whole words behind it */
#endif
#define TUSSIS_SLOT_SAMPLES ((TUSSIS_SLOT_LEAD + TUSSIS_FRAME_HISTORY + TUSSIS_FRAME_INPUTS + 1) / 2 * 2)
#define TUSSIS_RAW_FLAG_BYTES (TUSSIS_RING_SLOTS + 4)
#define TUSSIS_RING_SLOTS (TUSSIS_RING_FRAMES + 1) /* one more: DMA may write the frame after the one being filled */
#else
#define TUSSIS_RING_SLOTS TUSSIS_RING_FRAMES
#define TUSSIS_SLOT_SAMPLES TUSSIS_FRAME
#define TUSSIS_RAW_FLAG_BYTES 0
#endif
#if TUSSIS_SOUND_LEVEL
#define TUSSIS_SOUND_LEVEL_BYTES (TUSSIS_RING_SLOTS + 8)
#else
#define TUSSIS_SOUND_LEVEL_BYTES 0
#endif
#endif

/* Levels a segmenter reaches back to, and one hop ahead: a region grows by whole hops, may have lost up to a window at its
 * front to an earlier event, and the next window may be computed already. */
#define TUSSIS_LEVEL_SLOTS(max_region, window, hop) ((max_region) + (window) + 2 * (hop))
#define TUSSIS_SEGMENTER_BYTES (36 + 4 * TUSSIS_MARGIN_SLOTS)

/* Section and event parameters of a model that is data; in the gate its hold time and windows without a hit. The gate's
 * thresholds, 16 bytes, find room in what the sum leaves for padding. */
#if TUSSIS_MODEL_IN == TUSSIS_MODEL_IN_FLASH_BLOB
#define TUSSIS_PATH_MODEL_BYTES (40 + sizeof(void *))
#define TUSSIS_GATE_MODEL_BYTES 8
#else
#define TUSSIS_PATH_MODEL_BYTES 0
#define TUSSIS_GATE_MODEL_BYTES 0
#endif

#if TUSSIS_HAS_AUDIO
#define TUSSIS_AUDIO_LEVEL_SLOTS \
    TUSSIS_LEVEL_SLOTS(TUSSIS_AUDIO_MAX_REGION_FRAMES, TUSSIS_WINDOW_FRAMES, TUSSIS_BLOCK_FRAMES)
#ifndef TUSSIS_AUDIO_PATH_BYTES /* tests set both for stand-ins */
#define TUSSIS_DECIMATOR_BYTES (4 * TUSSIS_DECIMATOR_TAPS + 2)
#define TUSSIS_MEL_BLOCK_BYTES \
    (TUSSIS_MEL_BANDS * (2 * TUSSIS_NEED_MEL_SUM + 4 * TUSSIS_NEED_MEL_SQUARE + 2 * TUSSIS_NEED_MEL_MAX + \
                         8 * TUSSIS_NEED_MEL_ENERGY) + \
     8 * TUSSIS_MFCC * TUSSIS_NEED_MFCC)
#define TUSSIS_AUDIO_PATH_BYTES \
    (4 + 2 * TUSSIS_MEL_BANDS * TUSSIS_NEED_CHANGE + 4 * TUSSIS_BINS * TUSSIS_NEED_BIN_FLUX + \
     TUSSIS_WINDOW_BLOCKS * (TUSSIS_MEL_BLOCK_BYTES + 4 * TUSSIS_BINS * TUSSIS_NEED_PSD) + \
     TUSSIS_SERIES_ROW * (2 * TUSSIS_SERIES + 4 * TUSSIS_NEED_POWER + 4 * TUSSIS_NEED_MEAN_SQUARE))
#endif
#define TUSSIS_AUDIO_STAGE_BYTES \
    (2 * TUSSIS_RING_SLOTS * TUSSIS_SLOT_SAMPLES + TUSSIS_RAW_FLAG_BYTES + TUSSIS_SOUND_LEVEL_BYTES + TUSSIS_DECIMATOR_BYTES + \
     TUSSIS_AUDIO_PATH_BYTES + 4 * TUSSIS_AUDIO_FEATURES + TUSSIS_SEGMENTER_BYTES + 4 * TUSSIS_AUDIO_LEVEL_SLOTS + 76 + \
     TUSSIS_PATH_MODEL_BYTES)
#else
#define TUSSIS_AUDIO_STAGE_BYTES 0
#endif

#if TUSSIS_HAS_IMU
#define TUSSIS_IMU_LEVEL_SLOTS \
    TUSSIS_LEVEL_SLOTS(TUSSIS_IMU_MAX_REGION_FRAMES, TUSSIS_IMU_WINDOW / TUSSIS_IMU_FRAME, \
                       TUSSIS_IMU_HOP / TUSSIS_IMU_FRAME)
#define TUSSIS_IMU_STAGE_BYTES \
    (24 * TUSSIS_IMU_WINDOW + 4 * TUSSIS_IMU_FEATURES + TUSSIS_SEGMENTER_BYTES + 4 * TUSSIS_IMU_LEVEL_SLOTS + 284 + \
     TUSSIS_PATH_MODEL_BYTES)
#else
#define TUSSIS_IMU_STAGE_BYTES 0
#endif

/* Gate, counters of the queue, mode and the rest, pointers apart. */
#define TUSSIS_REST_BYTES 132

#define TUSSIS_STATE_BYTES \
    ((TUSSIS_AUDIO_STAGE_BYTES + TUSSIS_IMU_STAGE_BYTES + TUSSIS_REST_BYTES + TUSSIS_GATE_MODEL_BYTES + \
      TUSSIS_EVENT_QUEUE * sizeof(tussis_event_t) + sizeof(tussis_totals_t) + sizeof(void *) + 7U) / \
     8U * 8U)

#endif
#endif
