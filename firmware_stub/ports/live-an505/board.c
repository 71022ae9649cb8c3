/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's mps2-an505 as a worn board: the functions of ports/live/board.h, with sensors that play a recording.
 *
 * The recording lies in the board's PSRAM (QEMU: -device loader,file=recording.bin,addr=0x80000000):
 *     u32 audio samples, u32 IMU samples, u32 IMU samples after which the IMU falls silent, u32 turns of a loop that make the
 *     main loop late now and then, int16 audio, padded to 4 bytes, then six float32 for each IMU sample
 * SysTick, once a millisecond, is the microphone's DMA and the IMU: it writes the next samples into the buffer, and calls
 * what their interrupts would call. (One timer for both: with two, QEMU 7.2 lets time jump past an interrupt when the core
 * sleeps and instructions are counted.) The flash of the log is PSRAM too, and refuses what a flash would not do. What
 * happens goes to UART 0, line by line; at the end also the flash. Then QEMU is asked to end by semihosting. */
#include <string.h>

#include "../live/board.h"
#include "../mps2-an505/mps2.h"

#define RECORDING ((const volatile uint32_t *)0x80000000U)
#define FLASH_BASE 0x80F00000U

enum {
    DMA_CHUNK = TUSSIS_INPUT_RATE_HZ / 1000, /* samples in a millisecond */
    PAGE_BYTES = 4096,
    PAGES = 4,
    WATCHDOG_SAMPLES = 2 * TUSSIS_INPUT_RATE_HZ, /* two seconds */
    LATE_EVERY = 16 /* times that the watchdog is fed: the main loop is late, if it is to be */
};
_Static_assert(TUSSIS_AUDIO_HALF % DMA_CHUNK == 0, "half a buffer is whole milliseconds");

static struct {
    int16_t *buffer;
    volatile uint32_t now;     /* samples that have passed */
    volatile uint32_t written; /* that the DMA has written since the microphone was switched on */
    uint32_t settled;          /* when the microphone gives sound */
    volatile bool asleep;      /* the microphone */
    uint32_t slept;            /* samples that passed meanwhile */
    uint32_t switches;         /* of the microphone */
    volatile uint32_t watched; /* when the watchdog was fed */
    uint32_t fed;              /* how often */
    volatile uint32_t read;    /* IMU samples that were read */
    volatile bool stopping;
} board;

/* ---- UART and the end ---------------------------------------------------------------------------------------------- */

static void say(const char *text)
{
    if (!(MPS2_UART0_CTRL & MPS2_UART_TX_ENABLE)) {
        MPS2_UART0_BAUDDIV = 16;
        MPS2_UART0_CTRL = MPS2_UART_TX_ENABLE;
    }
    for (; *text != '\0'; text++) {
        while (MPS2_UART0_STATE & MPS2_UART_TX_FULL) {
        }
        MPS2_UART0_DATA = (uint32_t)(unsigned char)*text;
    }
}

static void say_bytes(const void *bytes, size_t n)
{
    const uint8_t *byte = bytes;
    for (size_t i = 0; i < n; i++) {
        const char digits[3] = {"0123456789abcdef"[byte[i] >> 4], "0123456789abcdef"[byte[i] & 15U], '\0'};
        say(digits);
    }
}

static void say_line(const char *word, const void *bytes, size_t n)
{
    say(word);
    say(" ");
    say_bytes(bytes, n);
    say("\n");
}

/* Ask QEMU to end: SYS_EXIT (0x18) with ADP_Stopped_ApplicationExit. */
__attribute__((noreturn)) static void end_emulation(void)
{
    for (;;) {
        register uint32_t call __asm("r0") = 0x18U;
        register uint32_t why __asm("r1") = 0x20026U;
        __asm volatile("bkpt 0xAB" ::"r"(call), "r"(why) : "memory");
    }
}

__attribute__((noreturn)) static void fail(const char *why)
{
    say("FAULT ");
    say(why);
    say("\n");
    end_emulation();
}

/* ---- the microphone's DMA and the IMU's FIFO --------------------------------------------------------------------------- */

static uint32_t audio_samples(void)
{
    return RECORDING[0];
}

/* Samples that the IMU has measured by now: sample 0 at time 0. */
static uint32_t measured(void)
{
    const uint32_t now = board.now / DMA_CHUNK * TUSSIS_IMU_RATE_HZ / 1000U + 1U;
    const uint32_t all = RECORDING[1] < RECORDING[2] ? RECORDING[1] : RECORDING[2];
    return now < all && !board.stopping ? now : all;
}

static void read_sample(uint32_t number, tussis_imu_t *sample)
{
    const volatile uint32_t *from = &RECORDING[4U + (audio_samples() + 1U) / 2U + 6U * number];
    uint32_t words[6];
    for (size_t axis = 0; axis < 6U; axis++) {
        words[axis] = *from++;
    }
    memcpy(sample, words, sizeof words);
}

/* The IMU's comparator: it fires a sample's time after the sample that crosses. */
static void compare(void)
{
#ifdef TUSSIS_LIVE_WAKE_MS
    static tussis_wake_t comparator;
    static uint32_t compared;
    while (compared + 1U < measured()) {
        tussis_imu_t sample;
        read_sample(compared++, &sample);
        if (tussis_wake_motion(&comparator, &sample, 1, 0) > 0U) {
            tussis_on_movement();
        }
    }
#endif
}

/* The microphone gives a loud tone until it has settled. */
static void capture(uint32_t at)
{
    const volatile int16_t *from = (const volatile int16_t *)&RECORDING[4] + at;
    if (board.asleep) {
        board.slept += DMA_CHUNK;
        return;
    }
    for (size_t i = 0; i < DMA_CHUNK; i++) {
        const int16_t tone = i / 4U % 2U == 0U ? 20000 : -20000;
        board.buffer[board.written % (2U * TUSSIS_AUDIO_HALF) + i] = at < board.settled ? tone : from[i];
    }
    board.written = board.written + DMA_CHUNK;
    if (board.written % TUSSIS_AUDIO_HALF == 0U) {
        tussis_on_audio_half();
    }
}

void mps2_sys_tick(void)
{
    const uint32_t at = board.now;
    if (at + DMA_CHUNK > audio_samples()) { /* the recording is over */
        board.stopping = true;
        MPS2_SYST_CSR = 0;
        tussis_on_imu(); /* the FIFO is read once more */
        return;
    }
    board.now = at + DMA_CHUNK;
    capture(at);
    compare();
    if (at - board.watched > WATCHDOG_SAMPLES) {
        fail("the watchdog was not fed");
    }
    if (measured() - board.read >= TUSSIS_IMU_WATERMARK) {
        tussis_on_imu();
    }
}

void tussis_board_microphone(bool on)
{
    board.asleep = !on;
    board.written = 0;
    board.settled = board.now + TUSSIS_MICROPHONE_SETTLE_MS * (uint32_t)DMA_CHUNK;
    board.switches++;
}

uint32_t tussis_board_clock(void)
{
    return board.now;
}

size_t tussis_board_audio_position(void)
{
    return board.written % (2U * TUSSIS_AUDIO_HALF);
}

size_t tussis_board_imu_waiting(void)
{
    return measured() - board.read;
}

size_t tussis_board_read_imu(tussis_imu_t *samples, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        read_sample(board.read + (uint32_t)i, &samples[i]);
    }
    board.read += (uint32_t)n;
    return n;
}

size_t tussis_board_lost_imu(void)
{
    return 0;
}

/* ---- the rest --------------------------------------------------------------------------------------------------------------- */

void tussis_board_start(int16_t *audio)
{
    board.buffer = audio;
    MPS2_SYST_RVR = MPS2_CLOCK_HZ / 1000 - 1;
    MPS2_SYST_CVR = 0;
    MPS2_SYST_CSR = MPS2_SYST_ON;
}

void tussis_board_sleep(void)
{
    __asm volatile("dsb\n wfi" ::: "memory");
}

bool tussis_board_stopping(void)
{
    return board.stopping;
}

void tussis_board_event(const tussis_event_t *event)
{
    say_line("EVENT", event, sizeof *event);
}

void tussis_board_heartbeat(const tussis_heartbeat_t *state)
{
    const tussis_telemetry_t *telemetry = &state->telemetry;
    const uint32_t words[14] = {(uint32_t)state->ticks,
                                state->events,
                                state->lost_halves,
                                state->lost_imu,
                                state->unlogged,
                                (uint32_t)state->last_status,
                                (uint32_t)state->totals.skipped_audio,
                                (uint32_t)state->totals.lost_imu,
                                telemetry->duration_ms,
                                telemetry->faults,
                                telemetry->events,
                                (uint32_t)(1000.0F * telemetry->gate_share),
                                board.slept,
                                board.switches};
    say_line("BEAT", words, sizeof words);
}

void tussis_board_feed_watchdog(void)
{
    board.watched = board.now;
    if (++board.fed % LATE_EVERY == 0U) {
        for (uint32_t i = 0; i < RECORDING[3]; i++) {
            __asm volatile("nop" ::: "memory");
        }
    }
}

uint32_t tussis_board_reset_cause(void)
{
    return 1; /* power */
}

/* The clock of the emulated board began on 2026-01-01. */
bool tussis_board_wall_time(int64_t *unix_us)
{
    *unix_us = 1767225600000000LL + (int64_t)board.now * 1000000LL / TUSSIS_INPUT_RATE_HZ;
    return true;
}

static bool flash_read(void *context, uint32_t address, void *bytes, uint32_t n)
{
    (void)context;
    memcpy(bytes, (const void *)(FLASH_BASE + address), n); // cppcheck-suppress intToPointerCast
    return true;
}

static bool flash_write(void *context, uint32_t address, const void *bytes, uint32_t n)
{
    volatile uint8_t *to = (volatile uint8_t *)(FLASH_BASE + address);
    const uint8_t *from = bytes;
    (void)context;
    for (uint32_t i = 0; i < n; i++) {
        if (to[i] != 0xFFU) {
            fail("the flash was written twice");
        }
        to[i] = from[i];
    }
    return address % TUSSIS_LOG_UNIT == 0U && n % TUSSIS_LOG_UNIT == 0U;
}

static bool flash_erase(void *context, uint32_t page)
{
    (void)context;
    memset((void *)(FLASH_BASE + page * PAGE_BYTES), 0xFF, PAGE_BYTES);
    return true;
}

const tussis_flash_t *tussis_board_flash(void)
{
    static const tussis_flash_t flash = {PAGE_BYTES, PAGES, flash_read, flash_write, flash_erase, NULL};
    return &flash;
}

void tussis_board_end(tussis_status_t why)
{
    say_line("END", &why, sizeof why);
    for (uint32_t at = 0; at < PAGES * PAGE_BYTES; at += 32U) {
        say_line("FLASH", (const void *)(FLASH_BASE + at), 32);
    }
    end_emulation();
}
