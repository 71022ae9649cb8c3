/* SPDX-License-Identifier: Apache-2.0 */
#include "tussis/tussis_front_end.h"

#if TUSSIS_HAS_AUDIO

#include "../dsp/audio_path.h"

#include <string.h>

#include "../dsp/dual.h"
#include "../dsp/elementary.h"
#include "../dsp/fft.h"
#include "../dsp/samples.h"

enum { BANDS = TUSSIS_MEL_BANDS, N = TUSSIS_WINDOW_FRAMES };

void tussis_audio_path_reset(tussis_audio_path_t *path)
{
    memset(path, 0, sizeof *path);
}

#if TUSSIS_SERIES > 0
/* Both places of a value in a ring that is written twice. */
static inline void keep(tussis_audio_path_t *path, int series, int slot, int32_t value)
{
    path->series[series][slot] = (int16_t)value;
    path->series[series][slot + N] = (int16_t)value;
}
#endif

#if TUSSIS_NEED_GROUPS || TUSSIS_NEED_FLAT
/* Mean logarithm of `size` bands from `first` on; size is even. Logarithms are not negative. */
static inline int32_t mean_log(const int16_t *logs, int first, int size)
{
    int32_t sum = 0;
    TUSSIS_UNROLL_BY(4)
    for (int b = first; b < first + size; b += 2) {
        sum = tussis_dual_sum(tussis_pair(&logs[b]), sum);
    }
    return (int32_t)((uint32_t)sum / (uint32_t)size);
}
#endif

#if TUSSIS_NEED_GROUPS
static void keep_groups(tussis_audio_path_t *path, int slot, const int16_t *logs)
{
    enum { SIZE = BANDS / TUSSIS_GROUPS };
    int32_t level[TUSSIS_GROUPS];
    TUSSIS_UNROLL
    for (int g = 0; g < TUSSIS_GROUPS; g++) {
        level[g] = mean_log(logs, g * SIZE, SIZE);
    }
#if TUSSIS_NEED_GROUP0
    keep(path, TUSSIS_SERIES_GROUP0, slot, level[0]);
#endif
#if TUSSIS_NEED_GROUP1
    keep(path, TUSSIS_SERIES_GROUP1, slot, level[1]);
#endif
#if TUSSIS_NEED_GROUP2
    keep(path, TUSSIS_SERIES_GROUP2, slot, level[2]);
#endif
#if TUSSIS_NEED_GROUP3
    keep(path, TUSSIS_SERIES_GROUP3, slot, level[3]);
#endif
#if TUSSIS_NEED_TILT
    keep(path, TUSSIS_SERIES_TILT, slot, (level[2] + level[3] - level[0] - level[1]) >> 1);
#endif
}
#endif

#if TUSSIS_NEED_CHANGE
/* How the bands changed since the frame before. The first frame of a window is never asked for. */
static void keep_changes(tussis_audio_path_t *path, int slot, const int16_t *logs)
{
    enum { SIX_DB = TUSSIS_DB6 * 0x00010001, ONES = 0x00010001 };
    int32_t moved = 0;
    int32_t rose = 0;
    int32_t rising = 0; /* two counters, one per half */
    TUSSIS_UNROLL
    for (int b = 0; b < BANDS; b += 2) {
        const int32_t now = tussis_pair(&logs[b]);
        const int32_t change = tussis_dual_sub(now, tussis_pair(&path->before[b]));
        rose = tussis_dual_sum(tussis_dual_max(change, 0), rose);
        moved = tussis_dual_sum(change, moved);
#if TUSSIS_NEED_RISING /* or what it asks of the flags stays */
        rising += tussis_dual_select(change, SIX_DB, ONES, 0);
#endif
        memcpy(&path->before[b], &now, sizeof now);
    }
    moved = 2 * rose - moved; /* the sum of |change| */
    rising = tussis_low(rising) + tussis_high(rising);
#if TUSSIS_NEED_FLUX
    keep(path, TUSSIS_SERIES_FLUX, slot, (int32_t)((uint32_t)moved / BANDS));
#endif
#if TUSSIS_NEED_ONSET
    keep(path, TUSSIS_SERIES_ONSET, slot, (int32_t)((uint32_t)rose / BANDS));
#endif
#if TUSSIS_NEED_RISING
    keep(path, TUSSIS_SERIES_RISING, slot, rising);
#endif
    (void)moved;
    (void)rising;
}
#endif

#if TUSSIS_NEED_BIN_FLUX
/* How much of the bins' magnitudes, weighted by frequency, rose since the frame before: 0 to TUSSIS_BIN_FLUX_ONE. The
 * first frame of a window is never asked for. The twin of bin_flux in signal/flux.py. */
static int32_t bin_flux(float before[TUSSIS_BINS], const float power[TUSSIS_BINS])
{
    float rise = 0.0F;
    float total = TUSSIS_BIN_FLUX_FLOOR;
    float weight = (float)TUSSIS_FIRST_BIN;
    for (int i = 0; i < TUSSIS_BINS; i++) {
        const float now = tussis_sqrt(power[i]);
        rise += weight * tussis_max(now - before[i], 0.0F);
        total += weight * now;
        before[i] = now;
        weight += 1.0F;
    }
    return (int32_t)(rise / total * (float)TUSSIS_BIN_FLUX_ONE);
}
#endif

#if TUSSIS_NEED_CENTROID
static inline int32_t centroid(const float *energy, float total)
{
    float moment = energy[1];
    for (int b = 2; b < BANDS; b++) {
        moment += (float)b * energy[b];
    }
    return (int32_t)(moment / total * 256.0F);
}
#endif

#if TUSSIS_NEED_TONAL
static inline int32_t tonality(const float *power)
{
    float sum = power[0];
    float largest = power[0];
    for (int i = 1; i <= TUSSIS_TONAL_LAST_BIN - TUSSIS_FIRST_BIN; i++) {
        sum += power[i];
        largest = tussis_max(largest, power[i]);
    }
    return tussis_log2_q8(largest * TUSSIS_POWER_SCALE + 1.0F) - tussis_log2_q8(sum * TUSSIS_POWER_SCALE + 1.0F);
}
#endif

#define NEED_PEAK (TUSSIS_NEED_PEAK || TUSSIS_NEED_CREST)

#if TUSSIS_NEED_TIME

static void keep_time(tussis_audio_path_t *path, int slot, const int16_t *frame, tussis_loudness_t loudness)
{
#if TUSSIS_NEED_ZCR
    keep(path, TUSSIS_SERIES_ZCR, slot, tussis_sign_changes(frame));
#endif
#if NEED_PEAK
    const int32_t peak = tussis_log2_q8((float)(loudness.peak * loudness.peak) + 1.0F);
#endif
#if TUSSIS_NEED_PEAK
    keep(path, TUSSIS_SERIES_PEAK, slot, peak);
#endif
#if TUSSIS_NEED_MEAN_SQUARE
    path->mean_square[slot] = loudness.mean_square;
    path->mean_square[slot + N] = loudness.mean_square;
#endif
#if TUSSIS_NEED_CREST
    keep(path, TUSSIS_SERIES_CREST, slot, peak - tussis_log2_q8((float)loudness.mean_square + 1.0F));
#endif
    (void)frame;
    (void)loudness;
}
#endif

static void close_frame(tussis_audio_path_t *path)
{
    path->frame++;
    if (path->frame < TUSSIS_BLOCK_FRAMES) {
        return;
    }
    path->frame = 0;
    path->block = (uint8_t)(path->block + 1U < TUSSIS_WINDOW_BLOCKS ? path->block + 1U : 0U);
    if (path->blocks < TUSSIS_WINDOW_BLOCKS) {
        path->blocks++;
    }
}

float tussis_audio_path_frame(tussis_audio_path_t *path, const int16_t frame[TUSSIS_FRAME])
{
    float spectrum[TUSSIS_FRAME / 2];
    const float *const power = &spectrum[TUSSIS_FIRST_BIN];
    float energy[TUSSIS_MEL_BANDS];
    _Alignas(4) int16_t logs[TUSSIS_MEL_BANDS];
#if NEED_PEAK
    const tussis_loudness_t loudness = tussis_loudness(frame);
#else
    const tussis_loudness_t loudness = {.mean_square = tussis_mean_square(frame)};
#endif
    tussis_frame_power(frame, loudness.mean_square, spectrum);
    const float total = tussis_mel_frame(power, energy, logs);
    const int32_t level = tussis_log2_q8(total);
    const int slot = path->block * TUSSIS_BLOCK_FRAMES + path->frame;
#if TUSSIS_NEED_MEL_BLOCK
    if (path->frame == 0) {
        tussis_mel_block_reset(&path->mel[path->block]);
    }
    tussis_mel_block_add(&path->mel[path->block], energy, logs);
#endif
#if TUSSIS_NEED_PSD
    tussis_psd_add(path->psd[path->block], power, path->frame == 0);
#endif
#if TUSSIS_NEED_LEVEL
    keep(path, TUSSIS_SERIES_LEVEL, slot, level);
#endif
#if TUSSIS_NEED_GROUPS
    keep_groups(path, slot, logs);
#endif
#if TUSSIS_NEED_CHANGE
    keep_changes(path, slot, logs);
#endif
#if TUSSIS_NEED_BIN_FLUX
    keep(path, TUSSIS_SERIES_BIN_FLUX, slot, bin_flux(path->magnitude, power));
#endif
#if TUSSIS_NEED_FLAT
    keep(path, TUSSIS_SERIES_FLAT, slot, mean_log(logs, 0, BANDS) - level + TUSSIS_BANDS_Q8);
#endif
#if TUSSIS_NEED_CENTROID
    keep(path, TUSSIS_SERIES_CENTROID, slot, centroid(energy, total));
#endif
#if TUSSIS_NEED_TONAL
    keep(path, TUSSIS_SERIES_TONAL, slot, tonality(power));
#endif
#if TUSSIS_NEED_TIME
    keep_time(path, slot, frame, loudness);
#endif
#if TUSSIS_NEED_POWER
    path->power[slot] = total;
    path->power[slot + N] = total;
#endif
    (void)slot;
    close_frame(path);
    return tussis_octaves(level);
}

int tussis_audio_path_ready(const tussis_audio_path_t *path)
{
    return path->frame == 0 && path->blocks == TUSSIS_WINDOW_BLOCKS;
}

#endif
