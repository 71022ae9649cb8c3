/* SPDX-License-Identifier: Apache-2.0 */
/* What a board must supply: a clock, a UART and, when it is worn, the samples.
 *
 * A port fills one tussis_port_t and calls tussis_app_poll (tussis/tussis_app.h) from its main loop. Every function gets
 * `context` back; none may block for longer than a few milliseconds. See ports/template for a guide. */
#ifndef TUSSIS_PORT_H
#define TUSSIS_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tussis/tussis.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const char *name; /* of the board, ASCII; the first LOG of every session says it; may be NULL */
    void *context;    /* owned by the port, handed to every function below; may be NULL */

    /* Free-running tick counter, wrapping at 2^32. DWT->CYCCNT where the core has it. */
    uint32_t (*ticks)(void *context);
    /* Ticks per second; 0 says that ticks count executed instructions (an emulator). */
    uint32_t ticks_hz;

    /* Take up to capacity received bytes, in order; returns how many, 0 when there are none. */
    size_t (*uart_read)(void *context, uint8_t *bytes, size_t capacity);
    /* Bytes that uart_write will take without waiting. A port that waits in uart_write returns SIZE_MAX here. */
    size_t (*uart_room)(void *context);
    /* Send n bytes, n at most uart_room. The bytes belong to the caller and are gone after the call. */
    void (*uart_write)(void *context, const uint8_t *bytes, size_t n);
    /* Size of the receive buffer behind uart_read in bytes, at least 600: the credit a host gets. */
    uint32_t uart_buffer_bytes;

    /* Samples of the board's own microphone and IMU, at the rates of tussis_config.h: up to capacity of them, oldest
     * first; returns how many. NULL on a board that only replays. They are not read while a host has a session open. */
    size_t (*read_audio)(void *context, int16_t *pcm, size_t capacity);
    size_t (*read_imu)(void *context, tussis_imu_t *samples, size_t capacity);

    /* Audio tick (1/16000 s since the audio began) at which the last sample that read_imu gave was read from the sensor:
     * it may be late, never early. NULL: the IMU's clock is the audio's, or up to 0.2 % off. */
    uint64_t (*imu_tick)(void *context);
    /* Samples at TUSSIS_INPUT_RATE_HZ that were not captured since the last call, off, starting up or overrun, and that
     * precede what read_audio gives next: a timer that runs in sleep says so. NULL: none ever are. */
    size_t (*missed_audio)(void *context);

    /* The next one counts only in a build whose microphone follows the gate (tussis_microphone_wanted); NULL without. */

    /* Switch the microphone, its clock and its DMA on or off. Called on every change, also in a replay, where a board
     * may show it. The first good sample must be there within TUSSIS_MICROPHONE_START_MS; drop those before it. NULL:
     * the microphone stays on. The application takes it to be off at the start. */
    void (*microphone)(void *context, bool on);
} tussis_port_t;

#ifdef __cplusplus
}
#endif

#endif
