/* SPDX-License-Identifier: Apache-2.0 */
/* Eight floats at once: the FPU loads and stores registers in a row with one instruction, which gcc does not use by itself.
 * Elsewhere the same in plain C, with the same results. */
#ifndef TUSSIS_FLOATS_H
#define TUSSIS_FLOATS_H

#include "../dsp/dual.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TUSSIS_FLOATS = 8 };

#if defined(__GNUC__) && defined(__thumb2__) && defined(__ARM_FP)
#define TUSSIS_FPU_ROWS 1
#else
#define TUSSIS_FPU_ROWS 0
#endif

/* sum[i] + more[i] into sum, which must not overlap more; both move on. */
static inline void tussis_add_floats(float **sum, const float **more)
{
#if TUSSIS_FPU_ROWS
    __asm__("vldmia %1!, {s8-s15}\n\t"
            "vldmia %0, {s0-s7}\n\t"
            "vadd.f32 s0, s0, s8\n\t"
            "vadd.f32 s1, s1, s9\n\t"
            "vadd.f32 s2, s2, s10\n\t"
            "vadd.f32 s3, s3, s11\n\t"
            "vadd.f32 s4, s4, s12\n\t"
            "vadd.f32 s5, s5, s13\n\t"
            "vadd.f32 s6, s6, s14\n\t"
            "vadd.f32 s7, s7, s15\n\t"
            "vstmia %0!, {s0-s7}"
            : "+r"(*sum), "+r"(*more)
            :
            : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13", "s14", "s15", "memory");
#else
    for (int i = 0; i < TUSSIS_FLOATS; i++) {
        (*sum)[i] += (*more)[i];
    }
    *sum += TUSSIS_FLOATS;
    *more += TUSSIS_FLOATS;
#endif
}

/* Three floats in a row of each of four, six floats apart from one to the next; `from` is the last of the four. Second and third
 * weighed, less first and fourth weighed, in this order. Returns the sum of the three results. */
TUSSIS_INLINE float tussis_weigh_threes(const float *from, float first, float second, float third, float fourth, float *to)
{
#if TUSSIS_FPU_ROWS
    float sum;
    __asm__("vldr d1, [%1, #-48]\n\t"
            "vldr s4, [%1, #-40]\n\t"
            "vldr d3, [%1, #-72]\n\t"
            "vldr s8, [%1, #-64]\n\t"
            "vldr d5, [%1, #-24]\n\t"
            "vldr s12, [%1, #-16]\n\t"
            "vldmia %1, {s13-s15}\n\t"
            "vmul.f32 s2, s2, %3\n\t"
            "vmul.f32 s3, s3, %3\n\t"
            "vmul.f32 s4, s4, %3\n\t"
            "vmul.f32 s6, s6, %4\n\t"
            "vmul.f32 s7, s7, %4\n\t"
            "vmul.f32 s8, s8, %4\n\t"
            "vmul.f32 s10, s10, %5\n\t"
            "vmul.f32 s11, s11, %5\n\t"
            "vmul.f32 s12, s12, %5\n\t"
            "vmul.f32 s13, s13, %6\n\t"
            "vmul.f32 s14, s14, %6\n\t"
            "vmul.f32 s15, s15, %6\n\t"
            "vsub.f32 s2, s2, s6\n\t"
            "vsub.f32 s3, s3, s7\n\t"
            "vsub.f32 s4, s4, s8\n\t"
            "vsub.f32 s10, s10, s13\n\t"
            "vsub.f32 s11, s11, s14\n\t"
            "vsub.f32 s12, s12, s15\n\t"
            "vadd.f32 s2, s2, s10\n\t"
            "vadd.f32 s3, s3, s11\n\t"
            "vadd.f32 s4, s4, s12\n\t"
            "vstmia %2, {s2-s4}\n\t"
            "vadd.f32 %0, s2, s3\n\t"
            "vadd.f32 %0, %0, s4"
            : "=&t"(sum)
            : "r"(from), "r"(to), "t"(second), "t"(first), "t"(third), "t"(fourth)
            : "s2", "s3", "s4", "s6", "s7", "s8", "s10", "s11", "s12", "s13", "s14", "s15", "memory");
    return sum;
#else
    enum { APART = 6 };
    const float *one = from - 3 * APART;
    TUSSIS_UNROLL_BY(3)
    for (int i = 0; i < 3; i++) {
        to[i] = (second * one[i + APART] - first * one[i]) + (third * one[i + 2 * APART] - fourth * one[i + 3 * APART]);
    }
    return to[0] + to[1] + to[2];
#endif
}

/* gcc reads floats one by one unless it is told which registers lie in a row; clang sees it. */
#if TUSSIS_FPU_ROWS && !defined(__clang__)
#define TUSSIS_GCC_ROWS 1
#else
#define TUSSIS_GCC_ROWS 0
#endif

/* The next eight floats of two arrays into variables, each read once; both move on. */
TUSSIS_INLINE void tussis_get_floats(const float **first, const float **second, float x[TUSSIS_FLOATS], float y[TUSSIS_FLOATS])
{
#if TUSSIS_GCC_ROWS
    register float x0 __asm__("s16"), x1 __asm__("s17"), x2 __asm__("s18"), x3 __asm__("s19");
    register float x4 __asm__("s20"), x5 __asm__("s21"), x6 __asm__("s22"), x7 __asm__("s23");
    register float y0 __asm__("s24"), y1 __asm__("s25"), y2 __asm__("s26"), y3 __asm__("s27");
    register float y4 __asm__("s28"), y5 __asm__("s29"), y6 __asm__("s30"), y7 __asm__("s31");
    __asm__("vldmia %0!, {s16-s23}\n\tvldmia %1!, {s24-s31}"
            : "+r"(*first), "+r"(*second), "=t"(x0), "=t"(x1), "=t"(x2), "=t"(x3), "=t"(x4), "=t"(x5), "=t"(x6), "=t"(x7),
              "=t"(y0), "=t"(y1), "=t"(y2), "=t"(y3), "=t"(y4), "=t"(y5), "=t"(y6), "=t"(y7)
            :
            : "memory");
    x[0] = x0;
    x[1] = x1;
    x[2] = x2;
    x[3] = x3;
    x[4] = x4;
    x[5] = x5;
    x[6] = x6;
    x[7] = x7;
    y[0] = y0;
    y[1] = y1;
    y[2] = y2;
    y[3] = y3;
    y[4] = y4;
    y[5] = y5;
    y[6] = y6;
    y[7] = y7;
#else
    TUSSIS_UNROLL
    for (int i = 0; i < TUSSIS_FLOATS; i++) {
        x[i] = (*first)[i];
        y[i] = (*second)[i];
    }
    *first += TUSSIS_FLOATS;
    *second += TUSSIS_FLOATS;
#endif
}

#ifdef __cplusplus
}
#endif

#endif
