/* SPDX-License-Identifier: Apache-2.0 */
/* Division of 64-bit numbers, bit by bit: the compiler's own takes 800 bytes of flash, and nothing here divides often. */
#ifndef TUSSIS_QUOTIENT_H
#define TUSSIS_QUOTIENT_H

#include <stdint.h>

#include "../dsp/dual.h"

#ifdef __cplusplus
extern "C" {
#endif

/* a / b towards zero; b is 1 to 2^31 - 1. A dozen instructions where |a| fits in 32 bits, else some 300. */
TUSSIS_SELDOM int64_t tussis_quotient(int64_t a, int32_t b);

#ifdef __cplusplus
}
#endif

#endif
