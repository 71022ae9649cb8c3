/* SPDX-License-Identifier: Apache-2.0 */
/* From the microphone's rate to 8 kHz: anti-alias filter and pre-emphasis in one FIR, zero at 0 Hz. Integer.
 *
 * y[n] = (sum_k h[k] x[R n - k] + 2^15) >> 16, zeros before the first sample; the taps are in tussis_tables.c. The sum
 * of |h| is below 2^16, so nothing overflows or saturates. The twin of signal/decimator.py. */
#ifndef TUSSIS_DECIMATOR_H
#define TUSSIS_DECIMATOR_H

#include <stddef.h>
#include <stdint.h>

#include "tussis/tussis_front_end.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Filter memory, 42 bytes at 16 kHz. Owned by the caller, started by tussis_decimator_reset. */
typedef struct {
    int16_t x[2 * TUSSIS_DECIMATOR_TAPS]; /* samples from the first one the next output needs on; room to append */
    uint16_t fill;                        /* samples that are in, TAPS - R to TAPS - 1 between calls */
} tussis_decimator_t;

/* Forget everything: silence before the next sample. */
void tussis_decimator_reset(tussis_decimator_t *d);

/* Filter n samples at TUSSIS_INPUT_RATE_HZ, any n, 0 included. Writes an output as soon as its newest sample is there:
 * after t samples in all, ceil(t / R) outputs in all, however the input is cut into calls. Returns the outputs of this
 * call; out has room for ceil(n / R). pcm and out belong to the caller and do not overlap.
 * About 9 instructions per output at 16 kHz with the M33's dual 16-bit multiply-accumulate, and 90 per call. */
size_t tussis_decimate(tussis_decimator_t *d, const int16_t *pcm, size_t n, int16_t *out);

/* Without a memory: every output whose samples all lie in the n from x on, output i in x[R i] to x[R i + TAPS - 1].
 * out may be x or lie before it: no sample is overwritten before its last output is made. Returns the outputs. */
size_t tussis_decimate_whole(const int16_t *x, size_t n, int16_t *out);

/* Between the two: set the memory to the n samples that came last, TAPS - R to TAPS - 1 of them, those that the next
 * output needs; or write it to x, which has room for TAPS - 1. */
void tussis_decimator_remember(tussis_decimator_t *d, const int16_t *x, size_t n);
void tussis_decimator_recall(const tussis_decimator_t *d, int16_t *x);

/* Let time pass by n samples that were not heard: silence to the filter's memory. Returns the outputs that they would
 * have made. Costs nothing per sample. */
size_t tussis_decimator_skip(tussis_decimator_t *d, size_t n);

#ifdef __cplusplus
}
#endif

#endif
