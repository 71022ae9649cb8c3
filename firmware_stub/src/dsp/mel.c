/* SPDX-License-Identifier: Apache-2.0 */
#include "tussis/tussis_front_end.h"

#if TUSSIS_HAS_AUDIO

#include "../dsp/mel.h"

#include <string.h>

#include "../dsp/dual.h"
#include "../dsp/elementary.h"
#include "../dsp/envelope.h"

enum { BANDS = TUSSIS_MEL_BANDS, BLOCKS = TUSSIS_WINDOW_BLOCKS, N = TUSSIS_WINDOW_FRAMES };

float tussis_mel_frame(const float power[TUSSIS_BINS], float energy[TUSSIS_MEL_BANDS], int16_t logs[TUSSIS_MEL_BANDS])
{
    const float total = tussis_mel_energies(power, energy);
    TUSSIS_UNROLL_BY(4)
    for (int b = 0; b < BANDS; b++) {
        logs[b] = (int16_t)tussis_log2_q8(energy[b]);
    }
    return total;
}

#if TUSSIS_NEED_MEL_BLOCK
void tussis_mel_block_reset(tussis_mel_block_t *block)
{
    memset(block, 0, sizeof *block);
}

#if TUSSIS_NEED_MFCC
static void add_mfcc(tussis_mel_block_t *block, const int16_t *logs)
{
    for (int i = 0; i < TUSSIS_MFCC_USED; i++) {
        const int k = tussis_mfcc_used[i];
        const int16_t *row = &tussis_dct[k * BANDS];
        int32_t sum = 1 << 15;
        TUSSIS_UNROLL
        for (int b = 0; b < BANDS; b += 2) {
            sum = tussis_dual_mac(tussis_pair(&row[b]), tussis_pair(&logs[b]), sum);
        }
        sum >>= 16;
        block->mfcc_sum[k] += sum;
        block->mfcc_square[k] += (uint32_t)(sum * sum);
    }
}
#endif

/* Of one band that a feature asks for; written out for each of them, so that no index is looked up. */
#define ADD_SQUARE(b) block->square[b] += (uint32_t)(logs[b] * logs[b]);
#define ADD_MAX(b) block->max[b] = logs[b] > block->max[b] ? logs[b] : block->max[b];
#define ADD_ENERGY(b)                                       \
    {                                                       \
        const float of_band = energy[b];                    \
        block->energy[b] += of_band;                        \
        block->energy_log[b] += of_band * (float)logs[b];   \
    }

void tussis_mel_block_add(tussis_mel_block_t *block, const float energy[TUSSIS_MEL_BANDS],
                          const int16_t logs[TUSSIS_MEL_BANDS])
{
#if TUSSIS_NEED_MEL_SUM
    TUSSIS_UNROLL_BY(4)
    for (int b = 0; b < BANDS; b += 2) {
        const int32_t sum = tussis_dual_add(tussis_pair(&block->sum[b]), tussis_pair(&logs[b]));
        memcpy(&block->sum[b], &sum, sizeof sum);
    }
#endif
#if TUSSIS_NEED_MEL_SQUARE
    TUSSIS_MEL_SQUARE_EACH(ADD_SQUARE)
#endif
#if TUSSIS_NEED_MEL_MAX
    TUSSIS_MEL_MAX_EACH(ADD_MAX)
#endif
#if TUSSIS_NEED_MEL_ENERGY
    TUSSIS_MEL_ENERGY_EACH(ADD_ENERGY)
#endif
#if TUSSIS_NEED_MFCC
    add_mfcc(block, logs);
#endif
    (void)energy;
    (void)logs;
}
#endif

#if TUSSIS_NEED_MEL_SUM
static int32_t window_sum(const tussis_mel_block_t *blocks, int band)
{
    int32_t sum = 0;
    for (int i = 0; i < BLOCKS; i++) {
        sum += (uint16_t)blocks[i].sum[band];
    }
    return sum;
}

int32_t tussis_mel_total(const tussis_mel_block_t *blocks)
{
    int32_t total = 0;
    for (int b = 0; b < BANDS; b++) {
        total += window_sum(blocks, b);
    }
    return total;
}

float tussis_mel_mean(const tussis_mel_block_t *blocks, int band)
{
    return tussis_scaled(window_sum(blocks, band), 256 * N);
}

float tussis_mel_rel(const tussis_mel_block_t *blocks, int band, int32_t total)
{
    return tussis_scaled(BANDS * window_sum(blocks, band) - total, 256 * BANDS * N);
}
#endif

#if TUSSIS_NEED_MEL_SUM && TUSSIS_NEED_DCT
void tussis_mel_sums(const tussis_mel_block_t *blocks, int32_t sums[TUSSIS_MEL_BANDS])
{
    for (int b = 0; b < BANDS; b++) {
        sums[b] = window_sum(blocks, b);
    }
}

float tussis_mfcc_mean(const int32_t sums[TUSSIS_MEL_BANDS], int coefficient)
{
    const int16_t *row = &tussis_dct[coefficient * BANDS];
    int64_t sum = 1 << 13;
    TUSSIS_UNROLL_BY(4)
    for (int b = 0; b < BANDS; b++) {
        sum += (int64_t)row[b] * sums[b];
    }
    return tussis_scaled((int32_t)(sum >> 14), 256 * N);
}
#endif

#if TUSSIS_NEED_MEL_SQUARE
float tussis_mel_std(const tussis_mel_block_t *blocks, int band)
{
    uint32_t square = 0;
    for (int i = 0; i < BLOCKS; i++) {
        square += blocks[i].square[band];
    }
    return tussis_deviation(window_sum(blocks, band), square, N, 256);
}
#endif

#if TUSSIS_NEED_MEL_MAX
static int32_t window_max(const tussis_mel_block_t *blocks, int band)
{
    int32_t max = 0;
    for (int i = 0; i < BLOCKS; i++) {
        max = blocks[i].max[band] > max ? blocks[i].max[band] : max;
    }
    return max;
}

float tussis_mel_max(const tussis_mel_block_t *blocks, int band)
{
    return tussis_octaves(window_max(blocks, band));
}
#endif

#if TUSSIS_NEED_MEL_MAX && TUSSIS_NEED_MEL_SUM
float tussis_mel_peak(const tussis_mel_block_t *blocks, int band)
{
    return tussis_scaled(N * window_max(blocks, band) - window_sum(blocks, band), 256 * N);
}
#endif

#if TUSSIS_NEED_MEL_ENERGY
float tussis_mel_entropy(const tussis_mel_block_t *blocks, int oldest, int band)
{
    float energy = blocks[oldest].energy[band];
    float energy_log = blocks[oldest].energy_log[band];
    for (int i = 1; i < BLOCKS; i++) {
        const int block = oldest + i < BLOCKS ? oldest + i : oldest + i - BLOCKS;
        energy += blocks[block].energy[band];
        energy_log += blocks[block].energy_log[band];
    }
    return tussis_log2(energy) - energy_log / energy * (1.0F / 256.0F);
}
#endif

#if TUSSIS_NEED_MFCC
float tussis_mfcc_std(const tussis_mel_block_t *blocks, int coefficient)
{
    int32_t sum = 0;
    uint32_t square = 0;
    for (int i = 0; i < BLOCKS; i++) {
        sum += blocks[i].mfcc_sum[coefficient];
        square += blocks[i].mfcc_square[coefficient];
    }
    return tussis_deviation(sum, square, N, 256) * 4.0F;
}
#endif

#endif
