/* SPDX-License-Identifier: Apache-2.0 */
/* The sensors of ports/live/board.h from two files: TUSSIS_AUDIO, raw int16 at TUSSIS_INPUT_RATE_HZ, and TUSSIS_IMU, six raw
 * float32 per sample at TUSSIS_IMU_RATE_HZ. Events go to stdout. As fast as the threads can: the next half of the buffer
 * comes when all have done their work. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../ports/live/board.h"
#include "os_posix.h"

static struct {
    FILE *audio, *imu;
    int16_t *buffer;
    uint32_t written; /* samples of audio */
    uint32_t read;    /* samples of the IMU that were read */
    uint32_t all;     /* samples of the IMU there are */
    bool stopping;
} board;

static FILE *open_file(const char *variable)
{
    const char *path = getenv(variable);
    FILE *file = path ? fopen(path, "rb") : NULL;
    if (file == NULL) {
        fprintf(stderr, "%s does not name a file\n", variable);
        exit(2);
    }
    return file;
}

void tussis_board_start(int16_t *audio)
{
    board.audio = open_file("TUSSIS_AUDIO");
    board.imu = open_file("TUSSIS_IMU");
    board.buffer = audio;
    if (fseek(board.imu, 0, SEEK_END) == 0) {
        board.all = (uint32_t)((size_t)ftell(board.imu) / sizeof(tussis_imu_t));
    }
    rewind(board.imu);
}

void posix_board_play(void)
{
    int16_t half[TUSSIS_AUDIO_HALF];
    while (fread(half, sizeof half, 1, board.audio) == 1) {
        memcpy(board.buffer + tussis_board_audio_position(), half, sizeof half);
        board.written += TUSSIS_AUDIO_HALF;
        tussis_on_audio_half();
        if (tussis_board_imu_waiting() >= TUSSIS_IMU_WATERMARK) {
            tussis_on_imu();
        }
        os_wait_until_idle();
    }
    board.stopping = true;
    tussis_on_imu();
    os_wait_until_idle(); /* not reached: the event thread ends the program */
}

size_t tussis_board_audio_position(void)
{
    return board.written % (2U * TUSSIS_AUDIO_HALF);
}

size_t tussis_board_imu_waiting(void)
{
    const uint32_t now = (uint32_t)((uint64_t)board.written * TUSSIS_IMU_RATE_HZ / TUSSIS_INPUT_RATE_HZ) + 1U;
    return (now < board.all && !board.stopping ? now : board.all) - board.read;
}

size_t tussis_board_read_imu(tussis_imu_t *samples, size_t n)
{
    const size_t came = fread(samples, sizeof *samples, n, board.imu);
    board.read += (uint32_t)came;
    return came;
}

size_t tussis_board_lost_imu(void)
{
    return 0;
}

bool tussis_board_stopping(void)
{
    return board.stopping;
}

void tussis_board_feed_watchdog(void)
{
}

void tussis_board_event(const tussis_event_t *event)
{
    const uint8_t *bytes = (const uint8_t *)event;
    fputs("EVENT ", stdout);
    for (size_t i = 0; i < sizeof *event; i++) {
        printf("%02x", bytes[i]);
    }
    putchar('\n');
}

void tussis_board_end(tussis_status_t why)
{
    printf("END %08x\n", (unsigned)why);
    exit(why == TUSSIS_OK ? 0 : 1);
}
