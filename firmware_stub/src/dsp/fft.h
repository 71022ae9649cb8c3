/* SPDX-License-Identifier: Apache-2.0 */
/* Power spectrum of one frame: integer Hamming window and a transform of 128 real numbers.
 *
 * 128 = 8 x 16: sixteen 8-point transforms of real numbers, then three 16-point complex rows and two rows of half the
 * size. The twin of signal/fft.py, which cites the sources. */
#ifndef TUSSIS_FFT_H
#define TUSSIS_FFT_H

#include <stdint.h>

#include "tussis/tussis_front_end.h"

#ifdef __cplusplus
extern "C" {
#endif

/* spectrum[k] = |X[k]|^2 of the Q15-windowed integer samples for k = 1..63; spectrum[0] is left as it is. Times 2^-42 it
 * is in squared LSB; at most 2^72. Bins are 62.5 Hz wide. Both arrays belong to the caller.
 * About 2,250 instructions, 700 bytes of stack. */
void tussis_frame_power(const int16_t frame[TUSSIS_FRAME], float spectrum[TUSSIS_FRAME / 2]);

#ifdef __cplusplus
}
#endif

#endif
