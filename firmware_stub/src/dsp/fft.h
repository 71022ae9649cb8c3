/* SPDX-License-Identifier: Apache-2.0 */
/* Power spectrum of one frame: Hamming window and a transform of 128 real numbers, in 16-bit integers.
 *
 * 128 = 8 x 16: sixteen 8-point transforms of real numbers, in 32 bits, then three 16-point complex rows and two rows of
 * half the size, two numbers to a word. The twin of signal/fft.py, which cites the sources. */
#ifndef TUSSIS_FFT_H
#define TUSSIS_FFT_H

#include <stdint.h>

#include "tussis/tussis_front_end.h"

#ifdef __cplusplus
extern "C" {
#endif

/* spectrum[k] = |X[k]|^2 of the windowed samples for k = 1..63, and spectrum[0] = 0. Times 2^-42 it is in squared LSB; at
 * most 2^72. Bins are 62.5 Hz wide. Amplitudes are exact within 1/4,500 of the largest that a frame with
 * mean_square + 1 can give: numbers have 16 bits. mean_square is tussis_mean_square of the frame, and no less, or sums
 * overflow. Both arrays belong to the caller.
 * About 1,910 instructions, 370 bytes of stack. */
void tussis_frame_power(const int16_t frame[TUSSIS_FRAME], uint32_t mean_square, float spectrum[TUSSIS_FRAME / 2]);

#ifdef __cplusplus
}
#endif

#endif
