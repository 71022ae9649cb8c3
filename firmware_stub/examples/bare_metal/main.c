/* SPDX-License-Identifier: Apache-2.0 */
/* The shortest firmware around the library: one loop, two interrupts, events to the board. The board's functions are those of
 * ports/live/board.h. What a product needs besides (event log, watchdog, heartbeat, losses) is in ports/live/main.c. */
#include <string.h>

#include "../../ports/live/board.h"

#if TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED
#error "the examples keep the microphone on: ports/live switches it"
#endif

static tussis_t detector;
static int16_t buffer[2 * TUSSIS_AUDIO_HALF]; /* the DMA writes one half, the loop takes the other */
static volatile uint32_t halves_done;
static volatile bool imu_due;

void tussis_on_audio_half(void)
{
    halves_done = halves_done + 1U;
}

void tussis_on_imu(void)
{
    imu_due = true;
}

/* Push what waits in the FIFO, with the audio time at which its level was read. */
static void take_imu(uint32_t taken)
{
    imu_due = false;
    size_t left = tussis_board_imu_waiting();
    __asm volatile("cpsid i" ::: "memory"); /* count and position belong together */
    const size_t position = tussis_board_audio_position();
    const uint32_t done = halves_done;
    __asm volatile("cpsie i" ::: "memory");
    const size_t begun = done % 2U * TUSSIS_AUDIO_HALF;
    const size_t since = (position + 2U * TUSSIS_AUDIO_HALF - begun) % (2U * TUSSIS_AUDIO_HALF);
    const uint64_t behind = (uint64_t)(done - taken) * TUSSIS_AUDIO_HALF + since; /* captured, not pushed */
    const uint64_t now = tussis_audio_ticks(&detector) + behind * TUSSIS_TICK_HZ / TUSSIS_INPUT_RATE_HZ;
    (void)tussis_skip_imu(&detector, tussis_board_lost_imu());
    while (left > 0) {
        tussis_imu_t samples[16];
        const size_t n = tussis_board_read_imu(samples, left < 16U ? left : 16U);
        if (n == 0) {
            (void)tussis_skip_imu(&detector, left);
            return;
        }
        left -= n;
        (void)(left > 0 ? tussis_push_imu(&detector, samples, n) : tussis_push_imu_at(&detector, samples, n, now));
    }
}

/* Push the half that is whole. Returns how many halves this was, with those that the loop came too late for. */
static uint32_t take_audio(uint32_t taken)
{
    int16_t half[TUSSIS_AUDIO_HALF];
    const uint32_t lost = halves_done - taken - 1U;
    memcpy(half, &buffer[(taken + lost) % 2U * TUSSIS_AUDIO_HALF], sizeof half);
    (void)tussis_skip_audio(&detector, (size_t)lost * TUSSIS_AUDIO_HALF);
    if (halves_done - taken - lost > 1U) { /* the DMA came round while it was copied */
        (void)tussis_skip_audio(&detector, TUSSIS_AUDIO_HALF);
    } else {
        (void)tussis_push_audio(&detector, half, TUSSIS_AUDIO_HALF);
    }
    return lost + 1U;
}

static void take_events(void)
{
    tussis_event_t event;
    while (tussis_next_event(&detector, &event)) {
        tussis_board_event(&event);
    }
}

static tussis_status_t start(void)
{
    tussis_status_t status = tussis_selftest(&detector);
    if (status == TUSSIS_OK) {
        status = tussis_init(&detector);
    }
#ifdef TUSSIS_START_MODE
    if (status == TUSSIS_OK) {
        status = tussis_set_mode(&detector, TUSSIS_START_MODE);
    }
#endif
    return status;
}

int main(void)
{
    const tussis_status_t status = start();
    uint32_t taken = 0;
    if (status == TUSSIS_OK) {
        tussis_board_start(buffer);
    }
    while (status == TUSSIS_OK && (!tussis_board_stopping() || halves_done != taken || imu_due)) {
        if (imu_due) {
            take_imu(taken);
        }
        if (halves_done != taken) {
            taken += take_audio(taken);
            tussis_board_feed_watchdog(); /* a dead IMU goes unnoticed here; ports/live looks at both streams */
        }
        take_events();
        __asm volatile("cpsid i" ::: "memory"); /* look with interrupts masked: none can slip in before the sleep */
        if (halves_done == taken && !imu_due && !tussis_board_stopping()) {
            tussis_board_sleep();
        }
        __asm volatile("cpsie i\n isb" ::: "memory");
    }
    if (status == TUSSIS_OK) {
        (void)tussis_flush(&detector);
        take_events();
    }
    tussis_board_end(status);
    return 0;
}
