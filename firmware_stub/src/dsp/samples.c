/* SPDX-License-Identifier: Apache-2.0 */
#include "tussis/tussis_front_end.h"

#if TUSSIS_HAS_AUDIO

#include "../dsp/samples.h"

#include <stdbool.h>

#include "../dsp/dual.h"

/* The mean square, with the peak or without: what is not asked for, the compiler leaves out. */
static inline tussis_loudness_t loudness(const int16_t frame[TUSSIS_FRAME], bool peak)
{
    int64_t sum = 0;
    int32_t high = 0;
    int32_t low = 0;
    TUSSIS_UNROLL_BY(4)
    for (int i = 0; i < TUSSIS_FRAME; i += 4) {
        const int32_t first = tussis_pair(&frame[i]);
        const int32_t second = tussis_pair(&frame[i + 2]);
        sum = tussis_dual_mac64(first, first, sum);
        sum = tussis_dual_mac64(second, second, sum);
        if (peak) { /* three comparisons for two pairs */
            int32_t larger, smaller;
            tussis_dual_sort(first, second, &larger, &smaller);
            high = tussis_dual_max(high, larger);
            low = tussis_dual_min(low, smaller);
        }
    }
    const int32_t up = tussis_higher(high);
    const int32_t down = tussis_lower(low);
    return (tussis_loudness_t){up > -down ? up : -down, (uint32_t)(sum / TUSSIS_FRAME)};
}

uint32_t tussis_mean_square(const int16_t frame[TUSSIS_FRAME])
{
    return loudness(frame, false).mean_square;
}

tussis_loudness_t tussis_loudness(const int16_t frame[TUSSIS_FRAME])
{
    return loudness(frame, true);
}

int32_t tussis_sign_changes(const int16_t frame[TUSSIS_FRAME])
{
    uint32_t before = (uint32_t)tussis_pair(frame) << 16;
    uint32_t count = 0; /* two counters, one per half */
    for (int i = 0; i < TUSSIS_FRAME; i += 2) {
        const uint32_t pair = (uint32_t)tussis_pair(&frame[i]);
        count += ((pair ^ (pair << 16 | before >> 16)) >> 15) & 0x00010001U;
        before = pair;
    }
    return (int32_t)((count & 0xFFFFU) + (count >> 16));
}

#endif
