/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts of an Arm Cortex-M, masked and unmasked again. */
#ifndef TUSSIS_INTERRUPTS_H
#define TUSSIS_INTERRUPTS_H

static inline void tussis_mask_interrupts(void)
{
    __asm volatile("cpsid i" ::: "memory");
}

static inline void tussis_unmask_interrupts(void)
{
    __asm volatile("cpsie i\n isb" ::: "memory");
}

#endif
