/* SPDX-License-Identifier: Apache-2.0 */
/* A port whose UART is memory: whoever runs the firmware hands bytes in and takes bytes out, a burst at a time. The
 * virtual board and the host tests use it; on a real board it is not linked. */
#ifndef TUSSIS_MEMORY_PORT_H
#define TUSSIS_MEMORY_PORT_H

#include "tussis/tussis_app.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An application with its port. All memory is the caller's; only tussis_memory_board_start needs it zeroed by no one. */
typedef struct {
    tussis_app_t app;
    tussis_port_t port;
    const uint8_t *received; /* the burst being served */
    size_t received_left;
    uint8_t *sent;
    size_t sent_room;
    size_t sent_bytes;
    uint32_t microphone_switches; /* how often the microphone was switched on or off: odd while it is on */
    const int16_t *pcm; /* what the sensors still have to give */
    size_t pcm_left;
    const tussis_imu_t *imu;
    size_t imu_left;
    const volatile uint32_t *clock; /* where the tick counter can be read, or NULL: it stands still */
} tussis_memory_board_t;

/* Bytes to allocate for one, aligned to 8. */
size_t tussis_memory_board_size(void);

/* Power up. ticks_hz and uart_buffer_bytes as in tussis_port_t. */
void tussis_memory_board_start(tussis_memory_board_t *board, const volatile uint32_t *clock, uint32_t ticks_hz,
                               uint32_t uart_buffer_bytes);

/* What the board's application did with its microphone: how often it was switched, odd while it is on. 0 for ever where
 * the microphone does not follow the gate. */
uint32_t tussis_memory_board_microphone(const tussis_memory_board_t *board);

/* Let the sensors bring samples, which the next tussis_memory_board_serve reads, where no host has a session; else they are lost.
 * The memory stays the caller's, up to that call. A board without this call has no sensors. */
void tussis_memory_board_sense(tussis_memory_board_t *board, const int16_t *pcm, size_t n_pcm, const tussis_imu_t *imu,
                               size_t n_imu);

/* Serve one burst: take received[0..n) and write what the board says to sent, at most sent_room bytes (at least 400).
 * Returns the bytes written; *taken says how many were taken, fewer than n only where sent_room ran out. */
size_t tussis_memory_board_serve(tussis_memory_board_t *board, const uint8_t *received, size_t n, uint8_t *sent,
                                 size_t sent_room, size_t *taken);

#ifdef __cplusplus
}
#endif

#endif
