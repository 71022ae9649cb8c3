/* SPDX-License-Identifier: Apache-2.0 */
/* What a board gives to ports/live and to the programs in examples/, and what its interrupts call. README.md is the guide.
 *
 * Sensors: the microphone's DMA fills a buffer of two halves for ever; the IMU collects samples in its FIFO and interrupts
 * when TUSSIS_IMU_WATERMARK have come. Functions are called from the main loop, or from threads, unless it says otherwise. */
#ifndef TUSSIS_BOARD_H
#define TUSSIS_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event_log.h"
#include "tussis/tussis.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Samples of half a DMA buffer. 16 ms: the main loop may be busy for that long before audio is lost. A flash that stops the
 * core while it erases needs more: 1600 for 85 ms (nRF52, nRF53), or an erase in parts. */
#ifndef TUSSIS_AUDIO_HALF
#define TUSSIS_AUDIO_HALF (TUSSIS_INPUT_RATE_HZ * 16 / 1000)
#endif

/* Samples in the FIFO that interrupt: 160 ms at 100 Hz. With half a buffer more this must stay below TUSSIS_SKEW_MS. Where the
 * microphone is switched a window of motion must be known at its end: windows end at multiples of TUSSIS_IMU_HOP. */
#ifndef TUSSIS_IMU_WATERMARK
#if TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED || defined(TUSSIS_LIVE_WAKE_MS)
#define TUSSIS_IMU_WATERMARK TUSSIS_IMU_HOP
#else
#define TUSSIS_IMU_WATERMARK 16
#endif
#endif

/* From the switch-on of the microphone to its first good sample [ms], by its data sheet; where it is switched (hearing.h). What it
 * gives before is dropped. With what comes before the switch-on it must stay within the start-up that the project was
 * exported with. */
#ifndef TUSSIS_MICROPHONE_SETTLE_MS
#define TUSSIS_MICROPHONE_SETTLE_MS 21
#endif

/* ---- sensors: for every program ------------------------------------------------------------------------------------- */

/* Clocks, pins, sensors, watchdog; start the IMU, and the DMA into `audio`, 2 * TUSSIS_AUDIO_HALF samples of int16 at
 * TUSSIS_INPUT_RATE_HZ. Interrupts come from here on. */
void tussis_board_start(int16_t *audio);

/* Where the DMA writes now, in samples from the start of the buffer: 0 to 2 * TUSSIS_AUDIO_HALF - 1. Called with interrupts
 * masked, in a few instructions: from the DMA's count of what is left. */
size_t tussis_board_audio_position(void);

/* Samples that wait in the IMU's FIFO; reads its level register. */
size_t tussis_board_imu_waiting(void);

/* Read n samples from the FIFO, oldest first, in m/s^2 (gravity included) and deg/s. Returns how many came: fewer where the
 * bus failed. */
size_t tussis_board_read_imu(tussis_imu_t *samples, size_t n);

/* Samples that the FIFO lost since the last call, because it was full. They precede what is read next. */
size_t tussis_board_lost_imu(void);

/* Sleep until an interrupt is pending: WFI, or a deeper sleep that keeps the DMA alive. Called with interrupts masked
 * (PRIMASK), and must return with them masked: WFI does, for masked interrupts that are pending end it. */
void tussis_board_sleep(void);

/* Whether to stop: the battery is low, somebody pressed the button. The interrupt that makes it true calls tussis_on_imu, so
 * that the program wakes and reads what the FIFO holds. */
bool tussis_board_stopping(void);

/* Feed the watchdog. ports/live calls it only when both streams that the mode needs have come on since the last call: a
 * dead DMA, a dead IMU or a main loop that hangs end in a reset. Set it to two seconds or more. */
void tussis_board_feed_watchdog(void);

/* Called for each event, once it is final. */
void tussis_board_event(const tussis_event_t *event);

/* The program has ended: switch off. `why` is TUSSIS_OK after tussis_board_stopping, else what refused to start. Need not
 * return. A reset leads here again where the self-test failed, and takes two slots of the log: wait a minute before. */
void tussis_board_end(tussis_status_t why);

/* ---- the rest: for ports/live ------------------------------------------------------------------------------------------ */

/* State of the program, for a heartbeat. Counts are those since the start; telemetry is of the time since the last one. */
typedef struct {
    uint64_t ticks;              /* of the audio [1/TUSSIS_TICK_HZ s] */
    uint32_t events;             /* found */
    uint32_t lost_halves;        /* of the DMA buffer, because the main loop came too late */
    uint32_t lost_imu;           /* samples, because the FIFO was full or the bus failed */
    uint32_t unlogged;           /* records that the flash refused */
    tussis_status_t last_status; /* last that was not TUSSIS_OK */
    tussis_totals_t totals;      /* of the library */
    tussis_telemetry_t telemetry;
} tussis_heartbeat_t;

/* Called every TUSSIS_HEARTBEAT_S: send it, or forget it. */
void tussis_board_heartbeat(const tussis_heartbeat_t *state);

/* Cause of the last reset, as the board counts causes; for the log. */
uint32_t tussis_board_reset_cause(void);

/* The flash for the log, outside of the program's. */
const tussis_flash_t *tussis_board_flash(void);

/* Wall time now in microseconds since 1970 (UTC); false while it is not known. */
bool tussis_board_wall_time(int64_t *unix_us);

/* ---- a microphone that is switched: for ports/live with --microphone gated or wake --------------------------------------- */

/* Switch the microphone, its clock and the DMA. On: the DMA begins at the start of the buffer. It is on after
 * tussis_board_start. Called with interrupts masked; neither may wait for the microphone. */
void tussis_board_microphone(bool on);

/* Samples at TUSSIS_INPUT_RATE_HZ since the start by a clock that runs in sleep; wraps at 2^32. From an RTC or low-power timer:
 * (uint32_t)(count * TUSSIS_INPUT_RATE_HZ / timer_hz), 1 ms is fine enough. Called from the loop and from tussis_on_movement. */
uint32_t tussis_board_clock(void);

/* ---- what interrupts call ------------------------------------------------------------------------------------------------ */

/* The DMA finished a half: call it from the half-complete and from the complete interrupt. */
void tussis_on_audio_half(void);

/* The IMU's FIFO reached its watermark. */
void tussis_on_imu(void);

/* The sensor's comparator fired: movement wakes the microphone (TUSSIS_LIVE_WAKE_MS). Not needed, then the microphone starts
 * when the FIFO is read. Its threshold and high-pass are TUSSIS_WAKE_THRESHOLD and 2 Hz. */
void tussis_on_movement(void);

#ifdef __cplusplus
}
#endif

#endif
