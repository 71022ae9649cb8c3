/* SPDX-License-Identifier: Apache-2.0 */
#include "tussis/tussis_memory_port.h"

#include <string.h>

static uint32_t ticks(void *context)
{
    const tussis_memory_board_t *board = context;
    return board->clock == NULL ? 0 : *board->clock;
}

static size_t uart_read(void *context, uint8_t *bytes, size_t capacity)
{
    tussis_memory_board_t *board = context;
    const size_t n = board->received_left < capacity ? board->received_left : capacity;
    memcpy(bytes, board->received, n);
    board->received += n;
    board->received_left -= n;
    return n;
}

static size_t uart_room(void *context)
{
    const tussis_memory_board_t *board = context;
    return board->sent_room - board->sent_bytes;
}

static void uart_write(void *context, const uint8_t *bytes, size_t n)
{
    tussis_memory_board_t *board = context;
    memcpy(board->sent + board->sent_bytes, bytes, n);
    board->sent_bytes += n;
}

static size_t read_audio(void *context, int16_t *pcm, size_t capacity)
{
    tussis_memory_board_t *board = context;
    const size_t n = board->pcm_left < capacity ? board->pcm_left : capacity;
    if (n > 0) {
        memcpy(pcm, board->pcm, n * sizeof *pcm);
        board->pcm += n;
        board->pcm_left -= n;
    }
    return n;
}

static size_t read_imu(void *context, tussis_imu_t *samples, size_t capacity)
{
    tussis_memory_board_t *board = context;
    const size_t n = board->imu_left < capacity ? board->imu_left : capacity;
    if (n > 0) {
        memcpy(samples, board->imu, n * sizeof *samples);
        board->imu += n;
        board->imu_left -= n;
    }
    return n;
}

static void microphone(void *context, bool on)
{
    tussis_memory_board_t *board = context;
    (void)on; /* the application reports only changes */
    board->microphone_switches++;
}

uint32_t tussis_memory_board_microphone(const tussis_memory_board_t *board)
{
    return board->microphone_switches;
}

void tussis_memory_board_sense(tussis_memory_board_t *board, const int16_t *pcm, size_t n_pcm, const tussis_imu_t *imu,
                               size_t n_imu)
{
    board->port.read_audio = read_audio;
    board->port.read_imu = read_imu;
    board->pcm = pcm;
    board->pcm_left = n_pcm;
    board->imu = imu;
    board->imu_left = n_imu;
}

size_t tussis_memory_board_size(void)
{
    return sizeof(tussis_memory_board_t);
}

void tussis_memory_board_start(tussis_memory_board_t *board, const volatile uint32_t *clock, uint32_t ticks_hz,
                               uint32_t uart_buffer_bytes)
{
    memset(board, 0, sizeof *board);
    board->clock = clock;
    board->port.name = "emulated core";
    board->port.context = board;
    board->port.ticks = ticks;
    board->port.ticks_hz = ticks_hz;
    board->port.uart_read = uart_read;
    board->port.uart_room = uart_room;
    board->port.uart_write = uart_write;
    board->port.uart_buffer_bytes = uart_buffer_bytes;
    board->port.microphone = microphone;
    tussis_app_init(&board->app, &board->port);
}

size_t tussis_memory_board_serve(tussis_memory_board_t *board, const uint8_t *received, size_t n, uint8_t *sent,
                                 size_t sent_room, size_t *taken)
{
    board->received = received;
    board->received_left = n;
    board->sent = sent;
    board->sent_room = sent_room;
    board->sent_bytes = 0;
    while (tussis_app_poll(&board->app)) {
    }
    board->pcm_left = 0; /* their memory is the caller's again */
    board->imu_left = 0;
    *taken = n - board->received_left;
    return board->sent_bytes;
}
