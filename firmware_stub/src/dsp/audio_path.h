/* SPDX-License-Identifier: Apache-2.0 */
/* The streaming audio front end: one frame of 16 ms in, running sums and short series kept, features of a window out.
 *
 * Every frame is computed once, whichever windows it belongs to. A window is the last TUSSIS_WINDOW_BLOCKS blocks of
 * TUSSIS_BLOCK_FRAMES frames and its features depend on these frames only. What no feature of the detector needs is not
 * computed, kept or compiled: the TUSSIS_NEED_* switches of tussis_front_end.h. The twin of signal/frames.py. */
#ifndef TUSSIS_AUDIO_PATH_H
#define TUSSIS_AUDIO_PATH_H

#include <stdint.h>

#include "../dsp/mel.h"
#include "../dsp/spectrum.h"
#include "tussis/tussis_front_end.h"

/* At an address that is a multiple of 4. */
#ifdef __cplusplus
#define TUSSIS_WORD_ALIGNED alignas(4)
extern "C" {
#else
#define TUSSIS_WORD_ALIGNED _Alignas(4)
#endif

/* Memory of the front end: 0.1 to 5.3 KB, by what the detector needs, 3.7 KB for 45 typical features. Owned by the caller; started, and emptied, by
 * tussis_audio_path_reset. */
typedef struct {
    uint8_t block;  /* block being filled: the oldest one, once a window is whole */
    uint8_t frame;  /* frames of it that are in, 0..TUSSIS_BLOCK_FRAMES - 1 */
    uint8_t blocks; /* whole blocks, at most TUSSIS_WINDOW_BLOCKS */
#if TUSSIS_NEED_CHANGE
    TUSSIS_WORD_ALIGNED int16_t before[TUSSIS_MEL_BANDS]; /* logarithms of the frame before */
#endif
#if TUSSIS_NEED_BIN_FLUX
    float magnitude[TUSSIS_BINS]; /* bins of the frame before, 2^-21 LSB */
#endif
#if TUSSIS_NEED_MEL_BLOCK
    tussis_mel_block_t mel[TUSSIS_WINDOW_BLOCKS];
#endif
#if TUSSIS_NEED_PSD
    tussis_psd_t psd[TUSSIS_WINDOW_BLOCKS];
#endif
    /* Rings of TUSSIS_WINDOW_FRAMES values, written twice so that every window lies in one piece. */
#if TUSSIS_SERIES > 0
    int16_t series[TUSSIS_SERIES][TUSSIS_SERIES_ROW];
#endif
#if TUSSIS_NEED_POWER
    float power[TUSSIS_SERIES_ROW]; /* [LSB^2] */
#endif
#if TUSSIS_NEED_MEAN_SQUARE
    uint32_t mean_square[TUSSIS_SERIES_ROW]; /* [LSB^2] */
#endif
} tussis_audio_path_t;

/* Forget all frames; the next frame starts a block. */
void tussis_audio_path_reset(tussis_audio_path_t *path);

/* Take one frame at 8 kHz, as the decimator made it. Closes the block after every TUSSIS_BLOCK_FRAMES frames. Returns
 * the frame's level: log2 of its power in squared LSB [octave], 4 in silence, about 30 at full scale.
 * 3,300 instructions for the level alone, 4,200 for 45 typical features, 7,700 for the whole catalogue; 1.2 KB of
 * stack. */
float tussis_audio_path_frame(tussis_audio_path_t *path, const int16_t frame[TUSSIS_FRAME]);

/* Whether the last frame closed a block and a whole window is in. */
int tussis_audio_path_ready(const tussis_audio_path_t *path);

/* Features of the window that just became whole, in the order of the detector (generated: tussis_features.c).
 * About 9,500 instructions for 45 typical features, 41,000 for the whole catalogue; 0.5 KB of stack. */
void tussis_audio_path_features(const tussis_audio_path_t *path, float x[TUSSIS_AUDIO_FEATURES]);

#ifdef __cplusplus
}
#endif

#endif
