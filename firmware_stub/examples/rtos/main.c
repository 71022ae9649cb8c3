/* SPDX-License-Identifier: Apache-2.0 */
/* The detector in three threads of an RTOS, with one mutex.
 *
 *     audio    most urgent: half a DMA buffer must be taken before the DMA comes round
 *     IMU      its bus is slow, so it reads the FIFO without the mutex
 *     events   least urgent: takes events out, and gives them to the board without the mutex
 *
 * The mutex is held around every call on the detector and around nothing else; so the audio thread waits for one push of
 * at most 16 IMU samples, or for one event. The board's functions are those of ports/live/board.h. */
#include <string.h>

#include "../../ports/live/board.h"
#include "os.h"

#if TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED
#error "the examples keep the microphone on: ports/live switches it"
#endif

static tussis_t detector;
static os_mutex_t detector_mutex;
static os_semaphore_t audio_ready, imu_ready, events_ready;
static int16_t buffer[2 * TUSSIS_AUDIO_HALF];
static volatile uint32_t halves_done;  /* by the DMA; two years until it wraps */
static volatile uint32_t halves_taken; /* by the audio thread */
static volatile bool imu_finished;     /* the FIFO was read after the board was stopped */

void tussis_on_audio_half(void)
{
    halves_done = halves_done + 1U;
    os_give(&audio_ready);
}

void tussis_on_imu(void)
{
    os_give(&imu_ready);
}

/* Audio time now, by the DMA's count since the start. */
static uint64_t ticks_now(void)
{
    os_mask();
    const size_t position = tussis_board_audio_position();
    const uint32_t done = halves_done;
    os_unmask();
    const size_t begun = done % 2U * TUSSIS_AUDIO_HALF;
    const size_t since = (position + 2U * TUSSIS_AUDIO_HALF - begun) % (2U * TUSSIS_AUDIO_HALF);
    return ((uint64_t)done * TUSSIS_AUDIO_HALF + since) * TUSSIS_TICK_HZ / TUSSIS_INPUT_RATE_HZ;
}

static void run_audio(void)
{
    for (;;) {
        int16_t half[TUSSIS_AUDIO_HALF];
        os_take(&audio_ready);
        if (halves_done == halves_taken) {
            continue; /* it was taken, or lost, with one before */
        }
        const uint32_t newest = halves_done - 1U;
        memcpy(half, &buffer[newest % 2U * TUSSIS_AUDIO_HALF], sizeof half);
        const bool whole = halves_done - newest == 1U; /* else the DMA came round while it was copied */
        const size_t lost = (size_t)(newest - halves_taken) + (whole ? 0U : 1U);
        os_lock(&detector_mutex);
        (void)tussis_skip_audio(&detector, lost * TUSSIS_AUDIO_HALF);
        if (whole) {
            (void)tussis_push_audio(&detector, half, TUSSIS_AUDIO_HALF);
        }
        const bool any = tussis_events_waiting(&detector) > 0;
        halves_taken = newest + 1U;
        os_unlock(&detector_mutex);
        tussis_board_feed_watchdog(); /* a dead IMU goes unnoticed here; ports/live looks at both streams */
        if (any || tussis_board_stopping()) {
            os_give(&events_ready);
        }
    }
}

/* Read what the FIFO holds, and push it with the audio time at which its level was read. */
static void take_imu(void)
{
    size_t left = tussis_board_imu_waiting();
    const uint64_t now = ticks_now();
    const size_t lost = tussis_board_lost_imu();
    size_t n = 1;
    os_lock(&detector_mutex);
    (void)tussis_skip_imu(&detector, lost);
    os_unlock(&detector_mutex);
    for (; left > 0 && n > 0; left -= n) {
        tussis_imu_t samples[16];
        n = tussis_board_read_imu(samples, left < 16U ? left : 16U);
        os_lock(&detector_mutex);
        if (n == 0) {
            (void)tussis_skip_imu(&detector, left);
        } else if (n < left) {
            (void)tussis_push_imu(&detector, samples, n);
        } else {
            (void)tussis_push_imu_at(&detector, samples, n, now);
        }
        os_unlock(&detector_mutex);
    }
}

static void run_imu(void)
{
    for (;;) {
        os_take(&imu_ready);
        const bool last = tussis_board_stopping(); /* before the reading, which then is the last */
        take_imu();
        imu_finished = last;
        os_give(&events_ready);
    }
}

static bool next_event(tussis_event_t *event)
{
    os_lock(&detector_mutex);
    const bool any = tussis_next_event(&detector, event);
    os_unlock(&detector_mutex);
    return any;
}

static void run_events(void)
{
    for (;;) {
        tussis_event_t event;
        os_take(&events_ready);
        os_lock(&detector_mutex);
        const bool over = imu_finished && halves_taken == halves_done;
        if (over) {
            (void)tussis_flush(&detector);
        }
        os_unlock(&detector_mutex);
        while (next_event(&event)) {
            tussis_board_event(&event);
        }
        if (over) {
            tussis_board_end(TUSSIS_OK);
        }
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
    static uint64_t stacks[3][512]; /* 4 KB each: 1.9 KB of the library, the half buffer, the FPU's registers */
    static const os_thread_t threads[3] = {
        {run_audio, stacks[0], 512}, {run_imu, stacks[1], 512}, {run_events, stacks[2], 512},
    };
    const tussis_status_t status = start();
    if (status != TUSSIS_OK) {
        tussis_board_end(status);
        return 1;
    }
    tussis_board_start(buffer);
    os_start(threads, 3);
    return 0;
}
