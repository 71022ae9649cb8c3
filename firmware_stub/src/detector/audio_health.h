/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the microphone still hears: one sample in 32 is looked at, how loud it is, where it clips and where it never changes. */
#ifndef TUSSIS_AUDIO_HEALTH_H
#define TUSSIS_AUDIO_HEALTH_H

#include <stddef.h>
#include <stdint.h>

#include "tussis/tussis_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All zero at the start. */
typedef struct {
    uint32_t until; /* samples before the next one that is looked at */
    uint32_t same;  /* how many in a row were equal to the one before; stays at the most that counts */
    int16_t last;
} tussis_audio_health_t;

/* Look at n samples at TUSSIS_INPUT_RATE_HZ. Some 65 instructions, and 5 for 32
 * samples; 8 more for these in a push that is loud enough to clip. */
void tussis_audio_health_push(tussis_audio_health_t *health, tussis_totals_t *totals, const int16_t *pcm, size_t n);

#ifdef __cplusplus
}
#endif

#endif
