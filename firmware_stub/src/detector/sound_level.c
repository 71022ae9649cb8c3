/* SPDX-License-Identifier: Apache-2.0 */
#include "tussis/tussis_config.h"

#include "tussis/tussis_size.h"

#if TUSSIS_HAS_AUDIO && TUSSIS_SOUND_LEVEL

#include "../detector/sound_level.h"

#include "../dsp/dual.h"

enum {
    ODD = (TUSSIS_SLOT_LEAD + TUSSIS_FRAME_HISTORY) % 2, /* samples before the first whole word of the slot */
    GROUPS = 16,
    FLOOR_BITS = 8,
    LONGEST_RUN = 255
};

#define N 64U /* samples that are looked at: four of each group */

_Static_assert(TUSSIS_FRAME_INPUTS / GROUPS >= 8, "the second pair lies in its group");
_Static_assert(TUSSIS_WINDOW_FRAMES <= TUSSIS_SOUND_LEARNING, "the first window is loud");

static uint32_t leading_zeros(uint32_t x)
{
#if defined(__GNUC__)
    return (uint32_t)__builtin_clz(x);
#else
    uint32_t zeros = 0;
    for (; x >> 31 == 0U; x <<= 1) {
        zeros++;
    }
    return zeros;
#endif
}

/* 256 log2(x) with a linear mantissa, of x from 256 on. */
static int32_t log2_linear_q8(uint64_t x)
{
    const uint32_t high = (uint32_t)(x >> 32);
    const uint32_t exponent = high != 0U ? 63U - leading_zeros(high) : 31U - leading_zeros((uint32_t)x);
    return (int32_t)((exponent - 1U) * 256U + (uint32_t)(x >> (exponent - 8U)));
}

TUSSIS_APART int32_t tussis_sound_level_of(const int16_t *pcm)
{
    const int16_t *group = &pcm[ODD];
    int64_t squares = 0;
    int32_t sum = 0;
    TUSSIS_UNROLL_BY(8)
    for (int groups = GROUPS; groups > 0; groups--) {
        const int32_t first = tussis_pair(group);
        const int32_t second = tussis_pair(&group[6]);
        squares = tussis_dual_mac64(first, first, squares);
        sum = tussis_dual_sum(first, sum);
        squares = tussis_dual_mac64(second, second, squares);
        sum = tussis_dual_sum(second, sum);
        group += TUSSIS_FRAME_INPUTS / GROUPS;
    }
    const uint64_t spread = (uint64_t)squares * N - (uint64_t)((int64_t)sum * sum);
    return log2_linear_q8(spread + N * N) - log2_linear_q8(N * N);
}

/* The next frame has this level: whether it is loud. */
static bool follow(tussis_sound_level_t *sound, int32_t level)
{
    const int32_t above = level * (1 << FLOOR_BITS) - sound->floor;
    int32_t step = above < TUSSIS_SOUND_LEVEL_RISE ? above : TUSSIS_SOUND_LEVEL_RISE;
    if (above < 0) {
        step = -(-above >> TUSSIS_SOUND_FALL);
    }
    if (sound->learned < TUSSIS_SOUND_LEARNING) {
        sound->floor += sound->learned == 0U ? above : step;
        sound->learned++;
        return true;
    }
    sound->floor += step;
    return above >= TUSSIS_SOUND_LEVEL_MARGIN;
}

void tussis_sound_level_hear(tussis_sound_level_t *sound, uint32_t number, const int16_t *pcm)
{
    const bool loud = pcm == NULL || follow(sound, tussis_sound_level_of(pcm));
    sound->run = (uint8_t)(loud ? 0 : sound->run < LONGEST_RUN ? sound->run + 1 : LONGEST_RUN);
    sound->quiet[number % TUSSIS_RING_SLOTS] = sound->run;
}

#endif
