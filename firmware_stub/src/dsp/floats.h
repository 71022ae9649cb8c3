/* SPDX-License-Identifier: Apache-2.0 */
/* Eight floats at once: the FPU loads and stores registers in a row with one instruction, which gcc does not use by itself.
 * Elsewhere the same in plain C, with the same results. */
#ifndef TUSSIS_FLOATS_H
#define TUSSIS_FLOATS_H

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

#ifdef __cplusplus
}
#endif

#endif
