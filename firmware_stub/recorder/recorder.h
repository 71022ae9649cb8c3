/* SPDX-License-Identifier: Apache-2.0 */
/* THE RECORDER: FIRMWARE THAT STREAMS RAW AUDIO.
 *
 * For collecting labelled recordings with one's own board, of people who agreed to it, and for nothing else. It holds no
 * detector, and the firmware that `tussis export` writes holds nothing of this. It streams only while a host asks for it
 * again and again (RECORD), and only with a light that says so: without the port's `recording` it does not start.
 *
 * A port's main() is:
 *     static tussis_recorder_t recorder;
 *     if (!tussis_recorder_init(&recorder, &port)) { stop }
 *     for (;;) {
 *         if (!tussis_recorder_poll(&recorder)) { sleep until the UART or a sensor has something }
 *     }
 */
#ifndef TUSSIS_RECORDER_H
#define TUSSIS_RECORDER_H

#include <stdbool.h>

#include "link.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What every image of the recorder holds and says before the board's name: found by `strings` in the image, and by eye in
 * what `tussis record` prints. */
#define TUSSIS_RECORDER_BANNER "RAW AUDIO RECORDER: "

/* One motion sample: acceleration [m/s^2] with gravity, angular rate [deg/s]. */
typedef struct {
    float acc_ms2[3];
    float gyro_dps[3];
} tussis_recorder_imu_t;

/* What a board supplies. Every function gets `context` back; none may block for longer than a few milliseconds. */
typedef struct {
    const char *name; /* of the board, ASCII; the first 20 characters are told */
    void *context;
    uint32_t audio_rate_hz; /* of read_audio */
    uint32_t imu_rate_hz;   /* of read_imu; 0: there is no IMU, read_imu is NULL */

    /* As in tussis_port.h. The line must carry 16 bits per sample and a tenth more: 460800 baud for 16 kHz, or USB. */
    size_t (*uart_read)(void *context, uint8_t *bytes, size_t capacity);
    size_t (*uart_room)(void *context); /* at least TUSSIS_WIRE_MAX_OUT when all is sent */
    void (*uart_write)(void *context, const uint8_t *bytes, size_t n);

    /* Up to capacity samples, oldest first; returns how many. */
    size_t (*read_audio)(void *context, int16_t *pcm, size_t capacity);
    size_t (*read_imu)(void *context, tussis_recorder_imu_t *samples, size_t capacity);

    /* Samples that were lost since the last call because nobody read them in time, and that precede what the read function
     * gives next. NULL: none ever are. */
    size_t (*missed_audio)(void *context);
    size_t (*missed_imu)(void *context);

    /* Switch the light that tells everybody around that raw audio is streamed. Must not be NULL. Called with true before
     * the first sample of a stream is read, with false after the last. */
    void (*recording)(void *context, bool on);
} tussis_recorder_port_t;

/* What the recorder remembers: about 200 bytes. Owned by the port. */
typedef struct {
    const tussis_recorder_port_t *port;
    tussis_receiver_t receiver;
    uint16_t sent_messages; /* seq of the next message */
    uint16_t stream;
    uint32_t audio_next;
    uint32_t imu_next;
    uint32_t lost_audio;
    uint32_t lost_imu;
    uint32_t until; /* audio_next at which it stops, unless it is asked again */
    bool streaming;
} tussis_recorder_t;

/* Start, silent. The port outlives the recorder. False, and nothing ever streams, where the port has no light. */
bool tussis_recorder_init(tussis_recorder_t *recorder, const tussis_recorder_port_t *port);

/* Do what there is to do. Returns 0 where there was nothing. */
int tussis_recorder_poll(tussis_recorder_t *recorder);

#ifdef __cplusplus
}
#endif

#endif
