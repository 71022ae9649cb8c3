/* SPDX-License-Identifier: Apache-2.0 */
/* What the library takes for granted of compiler and core. Code of its own it has none: a build that would give other
 * bits, or wrong ones, stops here. A core without an FPU is fine: software floats round alike, at several times the
 * cycles. */
#include <float.h>
#include <limits.h>
#include <stdint.h>

#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__) || \
    defined(__ASSOCIATIVE_MATH__) || defined(__NO_SIGNED_ZEROS__) || defined(__RECIPROCAL_MATH__)
#error "tussis: compile the library without -ffast-math, -Ofast and their parts: its sums keep their order"
#endif

#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0
#error "tussis: floats must be rounded to float; on x86 compile with -msse2 -mfpmath=sse"
#endif

#if FLT_RADIX != 2 || FLT_MANT_DIG != 24 || FLT_MAX_EXP != 128 || FLT_MIN_EXP != -125
#error "tussis: float must be IEEE single precision"
#endif

#if defined(__ARM_BIG_ENDIAN) || defined(__BIG_ENDIAN__) || \
    (defined(__BYTE_ORDER__) && defined(__ORDER_LITTLE_ENDIAN__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
#error "tussis: pairs of samples are read as words of a little-endian core (dsp/dual.h)"
#endif

_Static_assert(CHAR_BIT == 8, "a byte has 8 bits");
_Static_assert(sizeof(float) == 4U, "a float and its bits have the same size");
_Static_assert(INT_MAX >= INT32_MAX, "products of two int16_t fit an int");
_Static_assert((-3 >> 1) == -2, "shifts to the right keep the sign");
_Static_assert((int16_t)0xFFFEU == -2, "conversions to a shorter signed type keep the low bits");
_Static_assert((int32_t)0x80000001U == -INT32_MAX, "conversions to a signed type keep the bits");
