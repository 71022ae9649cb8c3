/* SPDX-License-Identifier: Apache-2.0 */
/* Complex numbers of two 16-bit integers in one word, the real part in the low half. Sums are modulo 2^16: who adds knows
 * that they fit. The M33's DSP instructions, or the same in plain C with the same results. */
#ifndef TUSSIS_COMPLEX16_H
#define TUSSIS_COMPLEX16_H

#include <stdint.h>
#include <string.h>

#include "dual.h"

#if TUSSIS_DSP && defined(__GNUC__)
/* Not by the compiler's own functions: gcc takes those for a use of the flags, and keeps their order. */
#define WORDS(name, instruction)                                     \
    TUSSIS_INLINE int32_t name(int32_t a, int32_t b)                        \
    {                                                                       \
        int32_t result;                                                     \
        __asm__(instruction " %0, %1, %2" : "=r"(result) : "r"(a), "r"(b)); \
        return result;                                                      \
    }
WORDS(c16_add, "sadd16")
WORDS(c16_sub, "ssub16")
WORDS(c16_add_j, "sasx")       /* a + j b */
WORDS(c16_sub_j, "ssax")       /* a - j b */
WORDS(c16_half_add, "shadd16") /* (a + b) / 2, rounded down */
WORDS(c16_half_sub, "shsub16")
WORDS(c16_half_add_j, "shasx")
WORDS(c16_half_sub_j, "shsax")
WORDS(high_product, "smmulr") /* a b / 2^32, rounded */
#undef WORDS
/* What is written is in memory, and nothing is read ahead of its use: gcc would run out of registers. */
#define SETTLE(p) __asm__ volatile("" : : "r"(p) : "memory")
#else
#define WORDS(name, re, im)                                              \
    TUSSIS_INLINE int32_t name(int32_t a, int32_t b)                            \
    {                                                                           \
        const int32_t a_re = tussis_low(a), a_im = tussis_high(a);              \
        const int32_t b_re = tussis_low(b), b_im = tussis_high(b);              \
        return tussis_join(re, im);                                             \
    }
WORDS(c16_add, a_re + b_re, a_im + b_im)
WORDS(c16_sub, a_re - b_re, a_im - b_im)
WORDS(c16_add_j, a_re - b_im, a_im + b_re)
WORDS(c16_sub_j, a_re + b_im, a_im - b_re)
WORDS(c16_half_add, (a_re + b_re) >> 1, (a_im + b_im) >> 1)
WORDS(c16_half_sub, (a_re - b_re) >> 1, (a_im - b_im) >> 1)
WORDS(c16_half_add_j, (a_re - b_im) >> 1, (a_im + b_re) >> 1)
WORDS(c16_half_sub_j, (a_re + b_im) >> 1, (a_im - b_re) >> 1)
#undef WORDS
TUSSIS_INLINE int32_t high_product(int32_t a, int32_t b)
{
    return (int32_t)(((int64_t)a * b + 0x80000000LL) >> 32);
}
#define SETTLE(p) (void)(p)
#endif

/* sum + a.re b.im + a.im b.re, and sum + a.re b.im - a.im b.re. */
TUSSIS_INLINE int32_t c16_cross_plus(int32_t a, int32_t b, int32_t sum)
{
#if TUSSIS_DSP
    return __smladx(a, b, sum);
#else
    return tussis_low(a) * tussis_high(b) + tussis_high(a) * tussis_low(b) + sum;
#endif
}

TUSSIS_INLINE int32_t c16_cross_minus(int32_t a, int32_t b, int32_t sum)
{
#if TUSSIS_DSP
    return __smlsdx(a, b, sum);
#else
    return tussis_low(a) * tussis_high(b) - tussis_high(a) * tussis_low(b) + sum;
#endif
}

/* sum + a.re b.re - a.im b.im. */
TUSSIS_INLINE int32_t c16_dual_minus(int32_t a, int32_t b, int32_t sum)
{
#if TUSSIS_DSP
    return __smlsd(a, b, sum);
#else
    return tussis_low(a) * tussis_low(b) - tussis_high(a) * tussis_high(b) + sum;
#endif
}

enum { C16_ROUND = 0x8000 };

/* x (c - j s) / 2 and x (c + j s) / 2, rounded, of w = (c, s) in Q15. */
TUSSIS_INLINE int32_t c16_turned(int32_t x, int32_t w)
{
    return tussis_highs(tussis_dual_mac(x, w, C16_ROUND), c16_cross_minus(w, x, C16_ROUND));
}

TUSSIS_INLINE int32_t c16_turned_back(int32_t x, int32_t w)
{
    return tussis_highs(c16_dual_minus(x, w, C16_ROUND), c16_cross_plus(x, w, C16_ROUND));
}

TUSSIS_INLINE int32_t c16_halved(int32_t x)
{
    return c16_half_add(x, 0);
}

/* Store a half of a word. */
TUSSIS_INLINE void store_low(int32_t *word, int32_t value)
{
    const int16_t half = (int16_t)value;
    memcpy(word, &half, sizeof half);
}

TUSSIS_INLINE void store_high(int32_t *word, int32_t value)
{
    const int16_t half = (int16_t)value;
    memcpy((unsigned char *)word + sizeof half, &half, sizeof half);
}

/* Two neighbouring words with one instruction. */
TUSSIS_INLINE void get_words(const int32_t *p, int32_t *first, int32_t *second)
{
#if TUSSIS_DSP && defined(__GNUC__)
    int32_t a, b;
    __asm__("ldrd %0, %1, [%2]" : "=r"(a), "=r"(b) : "r"(p), "m"(p[0]), "m"(p[1]));
    *first = a;
    *second = b;
#else
    *first = p[0];
    *second = p[1];
#endif
}

#endif
