/* Power spectrum of one frame: integer Hamming window, 64-point complex FFT of radix 8, real split.
 *
 * The even and odd samples are real and imaginary parts of 64 complex numbers; 64 = 8 x 8, so two passes of eight
 * 8-point transforms with 49 twiddle products between them. The twin of signal/fft.py, which cites the sources. */
#ifndef TUSSIS_FFT_H
#define TUSSIS_FFT_H

#include <stdint.h>

#include "tussis_front_end.h"

/* power[i] = 4 |X[i + TUSSIS_FIRST_BIN]|^2 of the Q15-windowed integer samples, i < TUSSIS_BINS: times 2^-44 it is in
 * squared LSB, 2^74 at most. Bins are 62.5 Hz wide. frame is word-aligned or not, power belongs to the caller.
 * About 3,100 instructions with gcc, 520 bytes of stack. */
void tussis_frame_power(const int16_t frame[TUSSIS_FRAME], float power[TUSSIS_BINS]);

#endif
