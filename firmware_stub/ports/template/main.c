/* SPDX-License-Identifier: Apache-2.0 */
/* A port for a board of yours: fill in what is marked TODO. README.md beside this file is the guide.
 *
 * It compiles as it is, against registers that every Cortex-M33 has; until the TODOs are done it hears and says nothing. */
#include <string.h>

#include "tussis/tussis_app.h"

/* ---- the UART ------------------------------------------------------------------------------------------------- */

enum { BUFFER = 2048 }; /* a power of two, at least 600: larger lets a host send further ahead */

/* Filled by the interrupt, emptied by the main loop; the indices run on and wrap at 2^32. */
static struct {
    volatile uint32_t written;
    volatile uint32_t read;
    volatile uint8_t bytes[BUFFER];
} received;

/* Every interrupt that brings work counts here: the main loop sleeps only if none came since it looked. */
static volatile uint32_t interrupts;

void port_woke(void);
void port_uart_byte(uint8_t byte);

/* TODO: call this from every interrupt after which there is something to do: the microphone's DMA, the IMU's FIFO. */
void port_woke(void)
{
    interrupts = interrupts + 1U;
}

/* TODO: call this from the UART's or USB driver's receive interrupt, for every byte. */
void port_uart_byte(uint8_t byte)
{
    if (received.written - received.read < BUFFER) { /* a byte too many is lost: the protocol repeats its message */
        received.bytes[received.written % BUFFER] = byte;
        received.written++;
    }
    port_woke();
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

/* TODO: how many bytes your transmit buffer will take now. A driver that waits until all are sent returns SIZE_MAX. */
static size_t uart_room(void *context)
{
    (void)context;
    return SIZE_MAX;
}

/* TODO: send n bytes, or put them into the transmit buffer. */
static void uart_write(void *context, const uint8_t *bytes, size_t n)
{
    (void)context;
    (void)bytes;
    (void)n;
}

/* ---- the clock ------------------------------------------------------------------------------------------------ */

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define DEMCR REGISTER(0xE000EDFCU)
#define DWT_CTRL REGISTER(0xE0001000U)
#define DWT_CYCCNT REGISTER(0xE0001004U)

enum { CORE_HZ = 64000000 }; /* TODO: your core clock */

/* Start the cycle counter. It is an option of the core: where it is missing NOCYCCNT (bit 25) is set and the counter
 * stands still; use a timer then, as ports/mps2-an505 uses SysTick. */
static void start_clock(void)
{
    DEMCR |= 1U << 24; /* TRCENA, before anything in the DWT */
    DWT_CYCCNT = 0;
    DWT_CTRL |= 1U;
}

static uint32_t ticks(void *context)
{
    (void)context;
    return DWT_CYCCNT;
}

/* ---- the sensors ---------------------------------------------------------------------------------------------- */

/* TODO: copy up to capacity samples out of the microphone's DMA buffer: int16 at TUSSIS_INPUT_RATE_HZ, oldest first. */
static size_t read_audio(void *context, int16_t *pcm, size_t capacity)
{
    (void)context;
    memset(pcm, 0, capacity * sizeof *pcm);
    return 0;
}

/* TODO: the same for the IMU's FIFO, in m/s^2 (gravity included) and deg/s. Any rate from 25 to 416 Hz: imu_tick says when
 * the samples came. */
static size_t read_imu(void *context, tussis_imu_t *samples, size_t capacity)
{
    (void)context;
    memset(samples, 0, capacity * sizeof *samples);
    return 0;
}

/* ---- audio time --------------------------------------------------------------------------------------------------- */

/* Audio time goes on by the DMA while it captures, and by a clock while it does not: before the start, and in a build whose
 * microphone follows the gate while it is off. */
static struct {
    volatile bool capturing;
    volatile uint32_t until; /* ticks of the first captured sample, once capturing */
    uint32_t since;          /* ticks up to which `missed` is right */
    uint64_t rest;           /* of a sample, in 1 / CORE_HZ */
    uint64_t missed;         /* samples that were not captured, since the start */
    uint64_t reported;       /* of these, those that missed_audio gave */
} audio_clock;

/* TODO: a clock that runs on in sleep; the cycle counter stops in deep sleep. CORE_HZ becomes its rate below. */
static uint32_t lasting_ticks(void)
{
    return DWT_CYCCNT;
}

void port_audio_started(void);

/* TODO: call this when the DMA takes its first good sample: after the microphone's start-up, at the latest
 * TUSSIS_MICROPHONE_START_MS after the IMU sample that led to it. */
void port_audio_started(void)
{
    audio_clock.until = lasting_ticks();
    audio_clock.capturing = true;
    port_woke();
}

/* TODO: samples that the DMA has written since the start: those of the buffers it has finished, and those it has written of
 * the present one. Look at both with interrupts masked: a buffer that ends in between would be counted twice or not at all. */
static uint64_t captured_samples(void)
{
    return 0;
}

/* Count what passes without capture, up to now. */
static void follow_gap(void)
{
    const uint32_t until = audio_clock.capturing ? audio_clock.until : lasting_ticks();
    audio_clock.rest += (uint64_t)(until - audio_clock.since) * TUSSIS_INPUT_RATE_HZ;
    audio_clock.since = until;
    audio_clock.missed += audio_clock.rest / CORE_HZ;
    audio_clock.rest %= CORE_HZ;
}

/* Audio time now: that of the sample which read_imu has just given, or a little late. By it the library follows the IMU's
 * clock. Late is fine, for the least late one of each 8 s counts: samples of a FIFO may all be given at once. */
static uint64_t imu_tick(void *context)
{
    (void)context;
    follow_gap();
    return (captured_samples() + audio_clock.missed) * TUSSIS_TICK_HZ / TUSSIS_INPUT_RATE_HZ;
}

/* TODO: add what an overrun of the DMA lost (captured_samples counts it already); and return 0 after a switch-off for as
 * long as the DMA's buffer holds samples that read_audio has not given: they come before the gap. */
static size_t missed_audio(void *context)
{
    (void)context;
    follow_gap();
    const uint64_t missed = audio_clock.missed - audio_clock.reported;
    audio_clock.reported = audio_clock.missed;
    return (size_t)missed;
}

/* For a build whose microphone follows the gate. TODO: switch the microphone's supply or clock; off: stop the DMA; on: start
 * it once the microphone is settled. */
static void microphone(void *context, bool on)
{
    (void)context;
    if (!on) {
        audio_clock.since = lasting_ticks();
        audio_clock.capturing = false;
    }
}

/* ---- the main loop -------------------------------------------------------------------------------------------- */

/* Sleep until an interrupt, unless one came since `interrupts` was `seen`. The check must be made with interrupts masked:
 * between a check and a WFI that anything can interrupt, the last interrupt may come and go, and the core sleeps with work
 * to do. Masked, it stays pending, and a pending interrupt ends WFI, masked or not; its handler runs behind the cpsie. */
static void sleep_unless(uint32_t seen)
{
    __asm volatile("cpsid i" ::: "memory");
    if (interrupts == seen) {
        __asm volatile("dsb\n wfi" ::: "memory");
    }
    __asm volatile("cpsie i\n isb" ::: "memory");
}

int main(void)
{
    static const tussis_port_t port = {
        .name = "my board", /* TODO */
        .ticks = ticks,
        .ticks_hz = CORE_HZ,
        .uart_read = uart_read,
        .uart_room = uart_room,
        .uart_write = uart_write,
        .uart_buffer_bytes = BUFFER,
        .read_audio = read_audio,
        .read_imu = read_imu,
        .imu_tick = imu_tick,
        .microphone = microphone,
        .missed_audio = missed_audio,
    };
    static tussis_app_t app; /* the whole state: some 20 KB, in .bss */
    /* TODO: clocks, FPU (CPACR, then dsb and isb), pins, UART, microphone, IMU; most vendors' startup code does half. */
    start_clock();
    tussis_app_init(&app, &port);
    for (;;) {
        const uint32_t seen = interrupts; /* before the application looks */
        if (!tussis_app_poll(&app)) {
            sleep_unless(seen);
        }
    }
}
