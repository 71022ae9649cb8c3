/* SPDX-License-Identifier: Apache-2.0 */
#include "tussis/tussis_config.h"

#if TUSSIS_HAS_AUDIO

#include "../detector/audio_health.h"

enum {
    STRIDE = 32,
    DEAD = 2 * TUSSIS_INPUT_RATE_HZ / STRIDE, /* equal ones in a row: 2 s */
    FULL_SCALE = 32767
};

void tussis_audio_health_push(tussis_audio_health_t *health, tussis_totals_t *totals, const int16_t *pcm, size_t n)
{
    size_t at = health->until;
    uint32_t same = health->same;
    int last = health->last;
    uint32_t clipped = 0;
    uint32_t dead = 0;
    uint64_t squares = 0;
    const size_t first = at;
    for (; at < n; at += STRIDE) {
        const int sample = pcm[at];
        same = sample == last ? same + 1U : 0U;
        last = sample;
        clipped += sample >= FULL_SCALE || sample <= -FULL_SCALE;
        dead += same > DEAD;
        squares += (uint32_t)(sample * sample);
    }
    health->same = same < DEAD ? same : DEAD;
    health->last = (int16_t)last;
    totals->heard_audio += (at - first) / STRIDE;
    totals->audio_squares += squares;
    totals->clipped_audio += clipped;
    totals->dead_audio += dead;
    health->until = (uint32_t)(at - n);
}

#endif
