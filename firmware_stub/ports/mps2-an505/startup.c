/* SPDX-License-Identifier: Apache-2.0 */
/* From reset to main on a Cortex-M33: vector table, FPU, .data and .bss. No libc is needed. */
#include <stdint.h>

#include "mps2.h"

extern uint32_t data_start[], data_end[], bss_start[], bss_end[], stack_top[]; /* from the linker script */
extern const uint32_t data_load[];

void reset_handler(void);
static void stop(void);

typedef void (*vector_t)(void);

/* A program that uses one of these interrupts defines its function; the others stop. */
#define OR_STOP __attribute__((weak, alias("stop")))
OR_STOP void mps2_pend_sv(void);
OR_STOP void mps2_sys_tick(void);
OR_STOP void mps2_uart_received(void);

/* Exceptions 1 to 15, then interrupts up to UART 0's receive interrupt. */
__attribute__((section(".vectors"), used)) static const struct {
    uint32_t *stack;
    vector_t exceptions[15];
    vector_t interrupts[MPS2_UART0_RX_IRQ + 1];
} vectors = {
    stack_top,
    {reset_handler, stop, stop, stop, stop, stop, stop, 0, 0, 0, stop, stop, 0, mps2_pend_sv, mps2_sys_tick},
    {[0 ... MPS2_UART0_RX_IRQ - 1] = stop, [MPS2_UART0_RX_IRQ] = mps2_uart_received},
};

/* A fault, or an interrupt that was not enabled: stand still, so that a debugger finds it. */
static void stop(void)
{
    for (;;) {
    }
}

/* Volatile, so that the compiler does not make calls of these loops: there may be no memcpy yet. */
static void start_c(void)
{
    const uint32_t *from = data_load;
    for (uintptr_t to = (uintptr_t)data_start; to < (uintptr_t)data_end; to += sizeof(uint32_t)) {
        *(volatile uint32_t *)to = *from++;
    }
    for (uintptr_t to = (uintptr_t)bss_start; to < (uintptr_t)bss_end; to += sizeof(uint32_t)) {
        *(volatile uint32_t *)to = 0;
    }
    main();
}

void reset_handler(void)
{
    MPS2_CPACR |= 0xFU << 20;              /* full access to coprocessors 10 and 11: the FPU */
    __asm volatile("dsb\n isb" ::: "memory"); /* before the first floating-point instruction */
    start_c();
    stop();
}
