/* SPDX-License-Identifier: Apache-2.0 */
/* The few registers of the AN505 system that the port uses (Arm DAI 0505, secure aliases) and of the Cortex-M33. */
#ifndef MPS2_H
#define MPS2_H

#include <stdint.h>

#define MPS2_REGISTER(address) (*(volatile uint32_t *)(address))

/* CMSDK APB UART 0 (Arm DDI 0479, "APB UART"). */
#define MPS2_UART0_DATA MPS2_REGISTER(0x50200000U)
#define MPS2_UART0_STATE MPS2_REGISTER(0x50200004U)
#define MPS2_UART0_CTRL MPS2_REGISTER(0x50200008U)
#define MPS2_UART0_INTCLEAR MPS2_REGISTER(0x5020000CU)
#define MPS2_UART0_BAUDDIV MPS2_REGISTER(0x50200010U)
/* FPGAIO: the two user LEDs. */
#define MPS2_FPGAIO_LED MPS2_REGISTER(0x50302000U)
enum {
    MPS2_UART_TX_FULL = 1,      /* STATE */
    MPS2_UART_RX_FULL = 2,
    MPS2_UART_RX_INTERRUPT = 2, /* INTCLEAR */
    MPS2_UART_TX_ENABLE = 1,    /* CTRL */
    MPS2_UART_RX_ENABLE = 2,
    MPS2_UART_RX_INTERRUPT_ENABLE = 8,
    MPS2_UART0_RX_IRQ = 32,
    MPS2_CLOCK_HZ = 20000000
};

/* Cortex-M33 (Armv8-M). */
#define MPS2_SYST_CSR MPS2_REGISTER(0xE000E010U)
#define MPS2_SYST_RVR MPS2_REGISTER(0xE000E014U)
#define MPS2_SYST_CVR MPS2_REGISTER(0xE000E018U)
#define MPS2_SYST_ON 7U /* CSR: core clock, interrupt, on */
#define MPS2_ICSR MPS2_REGISTER(0xE000ED04U)
#define MPS2_ICSR_PENDSVSET (1U << 28)
#define MPS2_SHPR3 MPS2_REGISTER(0xE000ED20U) /* priorities of PendSV (16..23) and SysTick (24..31) */
#define MPS2_NVIC_ISER1 MPS2_REGISTER(0xE000E104U)
#define MPS2_CPACR MPS2_REGISTER(0xE000ED88U)

int main(void);
void mps2_pend_sv(void);
void mps2_sys_tick(void);
void mps2_uart_received(void);

#endif
