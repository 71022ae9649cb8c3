/* A worn board for test_microphone.py: a recording is the world, and what the microphone does not hear while it is off
 * or starting up is gone. */
#include "tussis/tussis_app.h"

size_t worn_run(const int16_t *pcm, size_t n, const tussis_imu_t *imu, size_t m, size_t start_up, uint8_t *sent,
                size_t room, uint32_t *switches, size_t *heard);

enum { STEP = 16, SAMPLES_PER_IMU = TUSSIS_INPUT_RATE_HZ / TUSSIS_IMU_RATE_HZ };

static struct {
    tussis_app_t app;
    const int16_t *pcm;
    const tussis_imu_t *imu;
    size_t m, now, told, moved, start_up, ready, heard, room, sent_bytes;
    uint32_t switches;
    bool on;
    uint8_t *sent;
} world;

static uint32_t ticks(void *context)
{
    (void)context;
    return (uint32_t)world.now;
}

static size_t uart_read(void *context, uint8_t *bytes, size_t capacity)
{
    (void)context;
    (void)bytes;
    (void)capacity;
    return 0;
}

static size_t uart_room(void *context)
{
    (void)context;
    return world.room - world.sent_bytes;
}

static void uart_write(void *context, const uint8_t *bytes, size_t n)
{
    (void)context;
    for (size_t i = 0; i < n; i++) {
        world.sent[world.sent_bytes++] = bytes[i];
    }
}

static size_t read_imu(void *context, tussis_imu_t *samples, size_t capacity)
{
    (void)context;
    size_t n = 0;
    while (n < capacity && world.moved < world.m && (world.moved + 1) * SAMPLES_PER_IMU <= world.now) {
        samples[n++] = world.imu[world.moved++];
    }
    return n;
}

static bool captures(void)
{
    return world.on && world.ready <= world.now;
}

static size_t read_audio(void *context, int16_t *pcm, size_t capacity)
{
    (void)context;
    size_t n = 0;
    while (captures() && n < capacity && world.told < world.now) {
        pcm[n++] = world.pcm[world.told++];
    }
    world.heard += n;
    return n;
}

static size_t missed_audio(void *context)
{
    (void)context;
    const size_t until = captures() ? world.ready : world.now;
    const size_t missed = until > world.told ? until - world.told : 0;
    world.told += missed;
    return missed;
}

static void microphone(void *context, bool on)
{
    (void)context;
    world.on = on;
    world.ready = world.now + world.start_up;
    world.switches++;
}

/* Wear the board through a recording; returns the bytes it sent. */
size_t worn_run(const int16_t *pcm, size_t n, const tussis_imu_t *imu, size_t m, size_t start_up, uint8_t *sent,
                size_t room, uint32_t *switches, size_t *heard)
{
    static const tussis_port_t port = {
        .ticks = ticks,
        .uart_read = uart_read,
        .uart_room = uart_room,
        .uart_write = uart_write,
        .uart_buffer_bytes = 1024,
        .read_audio = read_audio,
        .read_imu = read_imu,
        .microphone = microphone,
        .missed_audio = missed_audio,
    };
    world.pcm = pcm;
    world.imu = imu;
    world.m = m;
    world.now = world.told = world.moved = world.ready = world.heard = world.sent_bytes = 0;
    world.start_up = start_up;
    world.switches = 0;
    world.on = false;
    world.sent = sent;
    world.room = room;
    tussis_app_init(&world.app, &port);
    while (world.now + STEP <= n) {
        world.now += STEP;
        while (tussis_app_poll(&world.app)) {
        }
    }
    *switches = world.switches;
    *heard = world.heard;
    return world.sent_bytes;
}
