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
    for (; at < n; at += STRIDE) {
        const int16_t sample = pcm[at];
        totals->clipped_audio += sample >= FULL_SCALE || sample <= -FULL_SCALE;
        if (sample != health->last) {
            health->same = 0;
            health->last = sample;
        } else if (health->same < DEAD) {
            health->same++;
        } else {
            totals->dead_audio++;
        }
    }
    health->until = (uint32_t)(at - n);
}

#endif
