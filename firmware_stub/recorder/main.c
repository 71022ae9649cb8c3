/* SPDX-License-Identifier: Apache-2.0 */
/* THE RECORDER on a board of yours: fill in what is marked TODO. It compiles as it is, and neither hears nor lights up. */
#include "recorder.h"

#ifndef TUSSIS_VIRTUAL_SERIAL

/* TODO: take up to capacity received bytes from your UART's or USB's buffer. */
static size_t uart_read(void *context, uint8_t *bytes, size_t capacity)
{
    (void)context;
    (void)bytes;
    (void)capacity;
    return 0;
}

/* TODO: how many bytes your transmit buffer takes now: 2048 and more, so that the sound of 60 ms fits. */
static size_t uart_room(void *context)
{
    (void)context;
    return 0;
}

/* TODO: put n bytes into the transmit buffer. */
static void uart_write(void *context, const uint8_t *bytes, size_t n)
{
    (void)context;
    (void)bytes;
    (void)n;
}

/* TODO: samples of the microphone's DMA that were not read yet. */
static size_t read_audio(void *context, int16_t *pcm, size_t capacity)
{
    (void)context;
    (void)pcm;
    (void)capacity;
    return 0;
}

/* TODO: samples that the DMA wrote over before they were read, since the last call. */
static size_t missed_audio(void *context)
{
    (void)context;
    return 0;
}

/* TODO: samples of the IMU's FIFO, in m/s^2 and deg/s. Without an IMU: NULL below, and a rate of 0. */
static size_t read_imu(void *context, tussis_recorder_imu_t *samples, size_t capacity)
{
    (void)context;
    (void)samples;
    (void)capacity;
    return 0;
}

/* TODO: samples that the FIFO lost since the last call. */
static size_t missed_imu(void *context)
{
    (void)context;
    return 0;
}

/* TODO: switch a light that everybody around can see. */
static void recording(void *context, bool on)
{
    (void)context;
    (void)on;
}

int main(void)
{
    static const tussis_recorder_port_t port = {
        .name = "my board", /* TODO */
        .audio_rate_hz = TUSSIS_RECORDER_AUDIO_HZ,
        .imu_rate_hz = TUSSIS_RECORDER_IMU_HZ,
        .uart_read = uart_read,
        .uart_room = uart_room,
        .uart_write = uart_write,
        .read_audio = read_audio,
        .missed_audio = missed_audio,
        .read_imu = read_imu,
        .missed_imu = missed_imu,
        .recording = recording,
    };
    static tussis_recorder_t recorder;
    if (!tussis_recorder_init(&recorder, &port)) {
        return 1;
    }
    for (;;) {
        (void)tussis_recorder_poll(&recorder); /* TODO: sleep where it returns 0 */
    }
}

#endif
