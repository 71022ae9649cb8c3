/* SPDX-License-Identifier: Apache-2.0 */
/* Single-precision arithmetic in a stated order: the C twins of signal/elementary.py, equal in every bit.
 *
 * Compile with -ffp-contract=off and without -ffast-math: a fused multiply-add or a reassociated sum would round
 * differently. No library function is called; square root and absolute value are instructions of the FPU. */
#ifndef TUSSIS_ELEMENTARY_H
#define TUSSIS_ELEMENTARY_H

#include <stdint.h>
#include <string.h>

#include "tussis/tussis_tables.h"

#ifdef __cplusplus
extern "C" {
#endif

static inline uint32_t tussis_bits(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float tussis_from_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline float tussis_sqrt(float x)
{
    return __builtin_sqrtf(x);
}

static inline float tussis_abs(float x)
{
    return __builtin_fabsf(x);
}

/* Larger and smaller of two numbers, neither of them NaN. One instruction where the FPU has it. */
#if defined(__ARM_FP) && (defined(__ARM_FEATURE_NUMERIC_MAXMIN) || defined(__ARM_ARCH_8M_MAIN__))
#define TUSSIS_FPU_MAX 1
#else
#define TUSSIS_FPU_MAX 0
#endif
static inline float tussis_max(float a, float b)
{
#if TUSSIS_FPU_MAX
    return __builtin_fmaxf(a, b);
#else
    return a > b ? a : b;
#endif
}

static inline float tussis_min(float a, float b)
{
#if TUSSIS_FPU_MAX
    return __builtin_fminf(a, b);
#else
    return a < b ? a : b;
#endif
}

/* Integer logarithm: about 256 log2(x), within 1.5, for positive normal x; never decreases with x. 6 instructions. */
static inline int32_t tussis_log2_q8(float x)
{
    const uint32_t bits = tussis_bits(x);
    return (int32_t)(tussis_log2_correction[(bits >> 16) & 127U] + (bits >> 15)) - 32512;
}

/* log2(x) for positive normal x, absolute error below 5e-6 near 1. About 22 instructions. */
static inline float tussis_log2(float x)
{
    const uint32_t bits = tussis_bits(x);
    const float exponent = (float)((int32_t)(bits >> 23) - 127);
    const float t = tussis_from_bits((bits & 0x007FFFFFU) | 0x3F800000U) - 1.0F;
    float q = TUSSIS_LOG2_C3 + TUSSIS_LOG2_C4 * t;
    q = TUSSIS_LOG2_C2 + q * t;
    q = TUSSIS_LOG2_C1 + q * t;
    q = TUSSIS_LOG2_C0 + q * t;
    return exponent + (t + (t * (1.0F - t)) * q);
}

/* 2 to the power x, x limited to [-126, 126] (NaN counts as -126); relative error below 3e-7. About 25 instructions. */
static inline float tussis_exp2(float x)
{
    float y = x > -126.0F ? x : -126.0F;
    y = y < 126.0F ? y : 126.0F;
    int32_t n = (int32_t)y;
    n -= (float)n > y ? 1 : 0;
    const float t = y - (float)n;
    float q = TUSSIS_EXP2_C2 + TUSSIS_EXP2_C3 * t;
    q = TUSSIS_EXP2_C1 + q * t;
    q = TUSSIS_EXP2_C0 + q * t;
    const float power = (1.0F + t) - (t * (1.0F - t)) * q;
    return power * tussis_from_bits((uint32_t)(n + 127) << 23);
}

/* Logistic function of a margin in log-odds, 0 < result <= 1. */
static inline float tussis_sigmoid(float margin)
{
    return 1.0F / (1.0F + tussis_exp2(-margin * TUSSIS_LOG2_E));
}

/* 1/256 octave to octaves, and frames to seconds. */
static inline float tussis_octaves(int32_t q8)
{
    return (float)q8 / 256.0F;
}

static inline float tussis_scaled(int32_t value, int32_t scale)
{
    return (float)value / (float)scale;
}

static inline float tussis_seconds(int32_t frames)
{
    return (float)frames * TUSSIS_FRAME_S;
}

#ifdef __cplusplus
}
#endif

#endif
