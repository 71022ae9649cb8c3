/* SPDX-License-Identifier: Apache-2.0 */
/* Mel-band energies of a frame and their statistics over a window: the twin of signal/mel.py.
 *
 * Energies are in squared LSB, at least 1; logarithms are integers in 1/256 octave, 0 to 7600. Sums of integers are
 * exact. A TUSSIS_NEED_* of zero takes a sum, its memory and its work out. */
#ifndef TUSSIS_MEL_H
#define TUSSIS_MEL_H

#include <stdint.h>

#include "tussis/tussis_front_end.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Energies of the bands of one frame, from tussis_frame_power, and their sum (generated: tussis_mel_bank.c). */
float tussis_mel_energies(const float power[TUSSIS_BINS], float energy[TUSSIS_MEL_BANDS]);

/* Energy and logarithm of every band of one frame; returns the sum of the energies. 400 instructions at 16 bands. */
float tussis_mel_frame(const float power[TUSSIS_BINS], float energy[TUSSIS_MEL_BANDS], int16_t logs[TUSSIS_MEL_BANDS]);

#if TUSSIS_NEED_MEL_BLOCK
/* Sums over the frames of one block, per band; 0.3 KB with everything at 16 bands. */
typedef struct {
#if TUSSIS_NEED_MEL_SUM
    int16_t sum[TUSSIS_MEL_BANDS]; /* of the logarithms, to be read as unsigned */
#endif
#if TUSSIS_NEED_MEL_SQUARE
    uint32_t square[TUSSIS_MEL_BANDS]; /* of the squared logarithms */
#endif
#if TUSSIS_NEED_MEL_MAX
    int16_t max[TUSSIS_MEL_BANDS]; /* largest logarithm */
#endif
#if TUSSIS_NEED_MEL_ENERGY
    float energy[TUSSIS_MEL_BANDS];     /* of the energies */
    float energy_log[TUSSIS_MEL_BANDS]; /* of energy times logarithm */
#endif
#if TUSSIS_NEED_MFCC
    int32_t mfcc_sum[TUSSIS_MFCC];     /* of the cepstral coefficients in 1/64 octave */
    uint32_t mfcc_square[TUSSIS_MFCC]; /* of their squares */
#endif
} tussis_mel_block_t;

/* Empty a block, and add a frame to it. logs is word-aligned. */
void tussis_mel_block_reset(tussis_mel_block_t *block);
void tussis_mel_block_add(tussis_mel_block_t *block, const float energy[TUSSIS_MEL_BANDS],
                          const int16_t logs[TUSSIS_MEL_BANDS]);

/* Statistics of one band over the blocks of a window, [octave]; blocks has TUSSIS_WINDOW_BLOCKS elements. 20 to 60
 * instructions each. `total` is tussis_mel_total, `oldest` the index of the oldest block. */
int32_t tussis_mel_total(const tussis_mel_block_t *blocks);
float tussis_mel_mean(const tussis_mel_block_t *blocks, int band);
float tussis_mel_std(const tussis_mel_block_t *blocks, int band);
float tussis_mel_max(const tussis_mel_block_t *blocks, int band);
float tussis_mel_entropy(const tussis_mel_block_t *blocks, int oldest, int band); /* [bit] */
float tussis_mel_rel(const tussis_mel_block_t *blocks, int band, int32_t total);
float tussis_mel_peak(const tussis_mel_block_t *blocks, int band);
float tussis_mfcc_std(const tussis_mel_block_t *blocks, int coefficient);

/* Sums of the bands' logarithms over the window, and the mean of a cepstral coefficient from them [octave]. */
void tussis_mel_sums(const tussis_mel_block_t *blocks, int32_t sums[TUSSIS_MEL_BANDS]);
float tussis_mfcc_mean(const int32_t sums[TUSSIS_MEL_BANDS], int coefficient);
#endif

#ifdef __cplusplus
}
#endif

#endif
