/* SPDX-License-Identifier: Apache-2.0 */
/* Two 16-bit numbers in one word: the M33's DSP instructions, or the same in plain C with the same results. */
#ifndef TUSSIS_DUAL_H
#define TUSSIS_DUAL_H

#include <stdint.h>
#include <string.h>

#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP
#include <arm_acle.h>
#define TUSSIS_DSP 1
#else
#define TUSSIS_DSP 0
#endif

/* Before a loop: unroll it as a whole, where its count is a small constant, or by a factor. */
#define TUSSIS_PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#define TUSSIS_UNROLL TUSSIS_PRAGMA(clang loop unroll(full))
#define TUSSIS_UNROLL_BY(n) TUSSIS_PRAGMA(clang loop unroll_count(n))
#elif defined(__GNUC__)
#define TUSSIS_UNROLL TUSSIS_PRAGMA(GCC unroll 8)
#define TUSSIS_UNROLL_BY(n) TUSSIS_PRAGMA(GCC unroll n)
#else
#define TUSSIS_UNROLL
#define TUSSIS_UNROLL_BY(n)
#endif

/* Always a part of its caller, also where small counts more than fast: a call would move arrays through memory. */
#if defined(__GNUC__) || defined(__clang__)
#define TUSSIS_INLINE static inline __attribute__((always_inline))
#else
#define TUSSIS_INLINE static inline
#endif

/* Never a part of its caller; and seldom called besides, so that small counts more than fast. */
#if defined(__clang__)
#define TUSSIS_APART __attribute__((noinline))
#define TUSSIS_SELDOM __attribute__((noinline, cold, minsize))
#elif defined(__GNUC__)
#define TUSSIS_APART __attribute__((noinline))
#define TUSSIS_SELDOM __attribute__((noinline, cold))
#else
#define TUSSIS_APART
#define TUSSIS_SELDOM
#endif

/* The pair at p, the earlier sample in the low half on little-endian cores. p needs no alignment. */
static inline int32_t tussis_pair(const int16_t *p)
{
    int32_t pair;
    memcpy(&pair, p, sizeof pair);
    return pair;
}

static inline int32_t tussis_low(int32_t pair)
{
    return (int16_t)(pair & 0xFFFF);
}

static inline int32_t tussis_high(int32_t pair)
{
    return pair >> 16;
}

static inline int32_t tussis_join(int32_t low, int32_t high)
{
    return (int32_t)((uint32_t)high << 16 | ((uint32_t)low & 0xFFFFU));
}

/* sum + a.low b.low + a.high b.high, modulo 2^32. */
static inline int32_t tussis_dual_mac(int32_t a, int32_t b, int32_t sum)
{
#if TUSSIS_DSP
    return __smlad(a, b, sum);
#else
    const uint32_t low = (uint32_t)(tussis_low(a) * tussis_low(b));
    const uint32_t high = (uint32_t)(tussis_high(a) * tussis_high(b));
    return (int32_t)((uint32_t)sum + low + high);
#endif
}

/* sum + a.low + a.high. */
static inline int32_t tussis_dual_sum(int32_t a, int32_t sum)
{
    return tussis_dual_mac(a, 0x00010001, sum);
}

/* Sum and difference half by half, each modulo 2^16. */
static inline int32_t tussis_dual_add(int32_t a, int32_t b)
{
#if TUSSIS_DSP
    return (int32_t)__sadd16(a, b);
#else
    return tussis_join(tussis_low(a) + tussis_low(b), tussis_high(a) + tussis_high(b));
#endif
}

static inline int32_t tussis_dual_sub(int32_t a, int32_t b)
{
#if TUSSIS_DSP
    return (int32_t)__ssub16(a, b);
#else
    return tussis_join(tussis_low(a) - tussis_low(b), tussis_high(a) - tussis_high(b));
#endif
}

/* a.low b.low + a.high b.high, and the same with minus: below 2^31 unless all four are -2^15. */
static inline int32_t tussis_dual_plus(int32_t a, int32_t b)
{
#if TUSSIS_DSP
    return __smuad(a, b);
#else
    return tussis_dual_mac(a, b, 0);
#endif
}

static inline int32_t tussis_dual_minus(int32_t a, int32_t b)
{
#if TUSSIS_DSP
    return __smusd(a, b);
#else
    return tussis_low(a) * tussis_low(b) - tussis_high(a) * tussis_high(b);
#endif
}

/* The lower halves of two words as a pair, and the upper halves. gcc knows no such instruction. */
static inline int32_t tussis_lows(int32_t first, int32_t second)
{
#if TUSSIS_DSP && defined(__GNUC__) && !defined(__clang__)
    int32_t pair;
    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(pair) : "r"(first), "r"(second));
    return pair;
#else
    return (int32_t)((uint32_t)second << 16 | ((uint32_t)first & 0xFFFFU));
#endif
}

static inline int32_t tussis_highs(int32_t first, int32_t second)
{
#if TUSSIS_DSP && defined(__GNUC__) && !defined(__clang__)
    int32_t pair;
    __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(pair) : "r"(second), "r"(first));
    return pair;
#else
    return (int32_t)(((uint32_t)second & 0xFFFF0000U) | (uint32_t)first >> 16);
#endif
}

/* Store a pair; p needs no alignment. */
static inline void tussis_store_pair(int16_t *p, int32_t pair)
{
    memcpy(p, &pair, sizeof pair);
}

/* The same into a 64-bit sum. */
static inline int64_t tussis_dual_mac64(int32_t a, int32_t b, int64_t sum)
{
#if TUSSIS_DSP
    return __smlald(a, b, sum);
#else
    return sum + (int64_t)tussis_low(a) * tussis_low(b) + (int64_t)tussis_high(a) * tussis_high(b);
#endif
}

/* Half by half: yes where a >= b, else no. */
static inline int32_t tussis_dual_select(int32_t a, int32_t b, int32_t yes, int32_t no)
{
#if TUSSIS_DSP
    (void)__ssub16(a, b); /* sets the flags that sel reads */
    return (int32_t)__sel((uint8x4_t)yes, (uint8x4_t)no);
#else
    const int32_t low = tussis_low(a) >= tussis_low(b) ? tussis_low(yes) : tussis_low(no);
    const int32_t high = tussis_high(a) >= tussis_high(b) ? tussis_high(yes) : tussis_high(no);
    return tussis_join(low, high);
#endif
}

/* Larger and smaller of two pairs, half by half. */
static inline int32_t tussis_dual_max(int32_t a, int32_t b)
{
    return tussis_dual_select(a, b, a, b);
}

static inline int32_t tussis_dual_min(int32_t a, int32_t b)
{
    return tussis_dual_select(a, b, b, a);
}

/* Both with one comparison. */
static inline void tussis_dual_sort(int32_t a, int32_t b, int32_t *larger, int32_t *smaller)
{
#if TUSSIS_DSP
    (void)__ssub16(a, b);
    *larger = (int32_t)__sel((uint8x4_t)a, (uint8x4_t)b);
    *smaller = (int32_t)__sel((uint8x4_t)b, (uint8x4_t)a);
#else
    *larger = tussis_dual_max(a, b);
    *smaller = tussis_dual_min(a, b);
#endif
}

/* Larger and smaller half of a pair. */
static inline int32_t tussis_higher(int32_t pair)
{
    return tussis_low(pair) > tussis_high(pair) ? tussis_low(pair) : tussis_high(pair);
}

static inline int32_t tussis_lower(int32_t pair)
{
    return tussis_low(pair) < tussis_high(pair) ? tussis_low(pair) : tussis_high(pair);
}

#endif
