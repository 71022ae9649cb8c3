/* SPDX-License-Identifier: Apache-2.0 */
/* The application on an MPS2+ board, or on QEMU's mps2-an505: UART 0 with an interrupt-driven receive buffer, SysTick as
 * the clock. The board has no microphone: it replays, and LED 0 is lit while a microphone that follows the gate would be
 * on. */
#include <stdbool.h>

#include "tussis/tussis_app.h"
#include "mps2.h"

enum { BUFFER = 4096, BAUD = 921600 }; /* BUFFER: a power of two */

/* Filled by the interrupt, emptied by the main loop; the indices run on and wrap at 2^32. */
static struct {
    volatile uint32_t written;
    volatile uint32_t read;
    volatile uint8_t bytes[BUFFER];
} received;

static tussis_app_t app;

void mps2_uart_received(void)
{
    MPS2_UART0_INTCLEAR = MPS2_UART_RX_INTERRUPT; /* first: a byte that comes after the last look interrupts again */
    while (MPS2_UART0_STATE & MPS2_UART_RX_FULL) {
        const uint8_t byte = (uint8_t)MPS2_UART0_DATA;
        if (received.written - received.read < BUFFER) { /* a byte too many is lost: the protocol repeats its message */
            received.bytes[received.written % BUFFER] = byte;
            received.written++;
        }
    }
}

static size_t uart_read(void *context, uint8_t *bytes, size_t capacity)
{
    (void)context;
    size_t n = 0;
    while (n < capacity && received.read != received.written) {
        bytes[n++] = received.bytes[received.read % BUFFER];
        received.read++;
    }
    return n;
}

static size_t uart_room(void *context)
{
    (void)context;
    return SIZE_MAX; /* uart_write waits */
}

static void uart_write(void *context, const uint8_t *bytes, size_t n)
{
    (void)context;
    for (size_t i = 0; i < n; i++) {
        while (MPS2_UART0_STATE & MPS2_UART_TX_FULL) {
        }
        MPS2_UART0_DATA = bytes[i];
    }
}

/* SysTick counts 24 bits down. Only differences over less than its period of 0.8 s mean anything, and that is all the
 * application asks for. */
static uint32_t ticks(void *context)
{
    static uint32_t last = 0xFFFFFFU;
    static uint32_t total;
    (void)context;
    const uint32_t now = MPS2_SYST_CVR;
    total += (last - now) & 0xFFFFFFU;
    last = now;
    return total;
}

static void microphone(void *context, bool on)
{
    (void)context;
    MPS2_FPGAIO_LED = on ? 1U : 0U;
}

/* Sleep until an interrupt, unless bytes came since the application looked. With interrupts masked a pending one still
 * wakes the core, so none can slip in between. */
static void sleep(void)
{
    __asm volatile("cpsid i" ::: "memory");
    if (received.read == received.written) {
        __asm volatile("wfi" ::: "memory");
    }
    __asm volatile("cpsie i" ::: "memory");
}

int main(void)
{
    static const tussis_port_t port = {
        .name = "mps2-an505",
        .ticks = ticks,
        .ticks_hz = MPS2_CLOCK_HZ,
        .uart_read = uart_read,
        .uart_room = uart_room,
        .uart_write = uart_write,
        .uart_buffer_bytes = BUFFER,
        .microphone = microphone,
    };
    MPS2_SYST_RVR = 0xFFFFFFU;
    MPS2_SYST_CVR = 0;
    MPS2_SYST_CSR = 5; /* core clock, no interrupt, on */
    MPS2_UART0_BAUDDIV = MPS2_CLOCK_HZ / BAUD;
    MPS2_UART0_CTRL = MPS2_UART_TX_ENABLE | MPS2_UART_RX_ENABLE | MPS2_UART_RX_INTERRUPT_ENABLE;
    MPS2_NVIC_ISER1 = 1U << (MPS2_UART0_RX_IRQ - 32);
    tussis_app_init(&app, &port);
    for (;;) {
        if (!tussis_app_poll(&app)) {
            sleep();
        }
    }
}
