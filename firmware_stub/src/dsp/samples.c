/* SPDX-License-Identifier: Apache-2.0 */
#include "tussis/tussis_front_end.h"

#if TUSSIS_HAS_AUDIO

#include "../dsp/samples.h"

#include "../dsp/dual.h"

uint32_t tussis_mean_square(const int16_t frame[TUSSIS_FRAME])
{
    int64_t sum = 0;
    for (int i = 0; i < TUSSIS_FRAME; i += 4) {
        sum = tussis_dual_mac64(tussis_pair(&frame[i]), tussis_pair(&frame[i]), sum);
        sum = tussis_dual_mac64(tussis_pair(&frame[i + 2]), tussis_pair(&frame[i + 2]), sum);
    }
    return (uint32_t)(sum / TUSSIS_FRAME);
}

int32_t tussis_peak(const int16_t frame[TUSSIS_FRAME])
{
    int32_t high = 0;
    int32_t low = 0;
    for (int i = 0; i < TUSSIS_FRAME; i += 2) {
        const int32_t pair = tussis_pair(&frame[i]);
        high = tussis_dual_max(high, pair);
        low = tussis_dual_min(low, pair);
    }
    const int32_t up = tussis_higher(high);
    const int32_t down = tussis_lower(low);
    return up > -down ? up : -down;
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
