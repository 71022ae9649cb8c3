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

/* sum + a.low b.low + a.high b.high; the caller makes sure that it fits. */
static inline int32_t tussis_dual_mac(int32_t a, int32_t b, int32_t sum)
{
#if TUSSIS_DSP
    return __smlad(a, b, sum);
#else
    return sum + tussis_low(a) * tussis_low(b) + tussis_high(a) * tussis_high(b);
#endif
}

/* Store the upper halves of two words one after the other; p needs no alignment. */
static inline void tussis_store_highs(int16_t *p, int32_t first, int32_t second)
{
    const uint32_t pair = ((uint32_t)second & 0xFFFF0000U) | (uint32_t)first >> 16;
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

/* Larger and smaller of two pairs, half by half. */
static inline int32_t tussis_dual_max(int32_t a, int32_t b)
{
#if TUSSIS_DSP
    (void)__ssub16(a, b);
    return (int32_t)__sel((uint8x4_t)a, (uint8x4_t)b);
#else
    const int32_t low = tussis_low(a) > tussis_low(b) ? tussis_low(a) : tussis_low(b);
    const int32_t high = tussis_high(a) > tussis_high(b) ? tussis_high(a) : tussis_high(b);
    return (int32_t)((uint32_t)high << 16 | ((uint32_t)low & 0xFFFFU));
#endif
}

static inline int32_t tussis_dual_min(int32_t a, int32_t b)
{
#if TUSSIS_DSP
    (void)__ssub16(a, b);
    return (int32_t)__sel((uint8x4_t)b, (uint8x4_t)a);
#else
    const int32_t low = tussis_low(a) < tussis_low(b) ? tussis_low(a) : tussis_low(b);
    const int32_t high = tussis_high(a) < tussis_high(b) ? tussis_high(a) : tussis_high(b);
    return (int32_t)((uint32_t)high << 16 | ((uint32_t)low & 0xFFFFU));
#endif
}

#endif
