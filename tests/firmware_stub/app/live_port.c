/* A port with sensors, for test_live.py: a microphone and an IMU that count, as many samples as the test says. */
#include <string.h>

#include "tussis/tussis_app.h"

void live_start(void);
size_t live_poll(size_t audio, size_t imu, const uint8_t *received, size_t n, uint8_t *sent, size_t room);

static struct {
    tussis_app_t app;
    size_t audio_left, imu_left, received_left, sent_room, sent_bytes;
    int16_t next_audio;
    const uint8_t *received;
    uint8_t *sent;
} board;

static uint32_t ticks(void *context)
{
    (void)context;
    return 0;
}

static size_t uart_read(void *context, uint8_t *bytes, size_t capacity)
{
    (void)context;
    const size_t n = board.received_left < capacity ? board.received_left : capacity;
    memcpy(bytes, board.received, n);
    board.received += n;
    board.received_left -= n;
    return n;
}

static size_t uart_room(void *context)
{
    (void)context;
    return board.sent_room - board.sent_bytes;
}

static void uart_write(void *context, const uint8_t *bytes, size_t n)
{
    (void)context;
    memcpy(board.sent + board.sent_bytes, bytes, n);
    board.sent_bytes += n;
}

static size_t read_audio(void *context, int16_t *pcm, size_t capacity)
{
    (void)context;
    size_t n = 0;
    for (; n < capacity && board.audio_left > 0; n++, board.audio_left--) {
        pcm[n] = board.next_audio++;
    }
    return n;
}

static size_t read_imu(void *context, tussis_imu_t *samples, size_t capacity)
{
    (void)context;
    size_t n = 0;
    for (; n < capacity && board.imu_left > 0; n++, board.imu_left--) {
        memset(&samples[n], 0, sizeof samples[n]);
    }
    return n;
}

void live_start(void)
{
    static const tussis_port_t port = {
        .ticks = ticks,
        .uart_read = uart_read,
        .uart_room = uart_room,
        .uart_write = uart_write,
        .uart_buffer_bytes = 1024,
        .read_audio = read_audio,
        .read_imu = read_imu,
    };
    board.next_audio = 0;
    tussis_app_init(&board.app, &port);
}

/* Let the sensors bring so many samples and the line so many bytes; run until there is nothing left to do. */
size_t live_poll(size_t audio, size_t imu, const uint8_t *received, size_t n, uint8_t *sent, size_t room)
{
    board.audio_left = audio;
    board.imu_left = imu;
    board.received = received;
    board.received_left = n;
    board.sent = sent;
    board.sent_room = room;
    board.sent_bytes = 0;
    while (tussis_app_poll(&board.app)) {
    }
    return board.sent_bytes;
}
