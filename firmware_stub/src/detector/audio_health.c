/* SPDX-License-Identifier: Apache-2.0 */
#include "tussis/tussis_config.h"

#if TUSSIS_HAS_AUDIO

#include "../detector/audio_health.h"

#include "../dsp/dual.h"

enum {
    STRIDE = 32,
    DEAD = 2 * TUSSIS_INPUT_RATE_HZ / STRIDE, /* equal ones in a row: 2 s */
    FULL_SCALE = 32767
};

/* How many of n samples, every STRIDEth counted, are at full scale. */
static TUSSIS_SELDOM uint32_t count_clipped(const int16_t *pcm, uint32_t n)
{
    uint32_t clipped = 0;
    for (uint32_t i = 0; i < n; i++) {
        clipped += (uint32_t)(pcm[i * STRIDE] + (FULL_SCALE - 1)) > 2U * (FULL_SCALE - 1);
    }
    return clipped;
}

/* How many of n samples end a row of more than DEAD equal ones; `same` were equal before them. */
static TUSSIS_SELDOM uint32_t count_dead(const int16_t *pcm, size_t n, uint32_t same, int last)
{
    uint32_t dead = 0;
    for (size_t at = 0; at < n; at += STRIDE) {
        same = pcm[at] == last ? same + 1U : 0U;
        last = pcm[at];
        dead += same > DEAD;
    }
    return dead;
}

/* Samples in a row that are equal at the end, n at most; the last one is at `end`. */
static uint32_t equal_at_the_end(const int16_t *end, uint32_t n)
{
    uint32_t same = 0;
    while (same < n && end[-STRIDE * (ptrdiff_t)same - STRIDE] == *end) {
        same++;
    }
    return same;
}

void tussis_audio_health_push(tussis_audio_health_t *health, tussis_totals_t *totals, const int16_t *pcm, size_t n)
{
    const size_t first = health->until;
    if (first >= n) {
        health->until -= (uint32_t)n;
        return;
    }
    const uint32_t looked = (uint32_t)((n - first - 1U) / STRIDE) + 1U;
    const int16_t *sample = &pcm[first];
    int64_t squares = 0;
    uint32_t left = looked;
    TUSSIS_UNROLL_BY(1)
    do {
        squares += (int32_t)*sample * *sample;
        sample += STRIDE;
    } while (--left > 0U);
    if (squares >= (int64_t)FULL_SCALE * FULL_SCALE) { /* else none of them is at full scale */
        totals->clipped_audio += count_clipped(&pcm[first], looked);
    }
    totals->audio_squares += (uint64_t)squares;
    totals->heard_audio += looked;
    sample -= STRIDE; /* the last one */
    if (health->same + looked > DEAD) {
        totals->dead_audio += count_dead(&pcm[first], n - first, health->same, health->last);
    }
    uint32_t same = equal_at_the_end(sample, looked - 1U);
    if (same == looked - 1U && *sample == health->last) {
        same += health->same + 1U;
    }
    health->same = same < DEAD ? same : DEAD;
    health->last = *sample;
    health->until = (uint32_t)(first + (size_t)looked * STRIDE - n);
}

#endif
