/* SPDX-License-Identifier: Apache-2.0 */
/* What a frame's samples say without a transform: mean square, peak and sign changes, in integers. TUSSIS_FRAME samples;
 * the frame belongs to the caller. With the M33's dual 16-bit instructions about 2, 7 and 6 instructions per two samples. */
#ifndef TUSSIS_SAMPLES_H
#define TUSSIS_SAMPLES_H

#include <stdint.h>

#include "tussis/tussis_front_end.h"

#ifdef __cplusplus
extern "C" {
#endif

uint32_t tussis_mean_square(const int16_t frame[TUSSIS_FRAME]);   /* truncated, [LSB^2], at most 2^30 */

/* And the peak, in one pass. */
typedef struct {
    int32_t peak; /* largest magnitude, 0..32768 */
    uint32_t mean_square;
} tussis_loudness_t;
tussis_loudness_t tussis_loudness(const int16_t frame[TUSSIS_FRAME]);

int32_t tussis_sign_changes(const int16_t frame[TUSSIS_FRAME]);   /* between neighbours, 0..127; 0 counts as positive */

#ifdef __cplusplus
}
#endif

#endif
