/* SPDX-License-Identifier: Apache-2.0 */
/* The recorder on the emulated core: its UART and sensors are memory. Not for a real board. The functions have the names of
 * tussis_memory_port.h, so that whoever runs one image runs the other. */
#ifdef TUSSIS_VIRTUAL_SERIAL

#include "recorder.h"

typedef void (*entry_t)(void);
extern const entry_t tussis_serial_entries[];

typedef struct {
    tussis_recorder_t recorder;
    tussis_recorder_port_t port;
    const uint8_t *received;
    size_t received_left;
    uint8_t *sent;
    size_t sent_room;
    size_t sent_bytes;
    const int16_t *pcm;
    size_t pcm_left;
    size_t pcm_missed;
    const tussis_recorder_imu_t *imu;
    size_t imu_left;
    size_t imu_missed;
    uint32_t light_switches; /* odd while the light is on */
    bool light;
} tussis_memory_board_t;

size_t tussis_memory_board_size(void);
void tussis_memory_board_start(tussis_memory_board_t *board, const volatile uint32_t *clock, uint32_t ticks_hz,
                               uint32_t uart_buffer_bytes);
uint32_t tussis_memory_board_microphone(const tussis_memory_board_t *board);
void tussis_memory_board_sense(tussis_memory_board_t *board, const int16_t *pcm, size_t n_pcm,
                               const tussis_recorder_imu_t *imu, size_t n_imu);
size_t tussis_memory_board_serve(tussis_memory_board_t *board, const uint8_t *received, size_t n, uint8_t *sent,
                                 size_t sent_room, size_t *taken);

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

static size_t read_imu(void *context, tussis_recorder_imu_t *samples, size_t capacity)
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

static size_t given(size_t *count)
{
    const size_t n = *count;
    *count = 0;
    return n;
}

static size_t missed_audio(void *context)
{
    tussis_memory_board_t *board = context;
    return given(&board->pcm_missed);
}

static size_t missed_imu(void *context)
{
    tussis_memory_board_t *board = context;
    return given(&board->imu_missed);
}

static void recording(void *context, bool on)
{
    tussis_memory_board_t *board = context;
    board->light_switches += board->light != on ? 1U : 0U;
    board->light = on;
}

size_t tussis_memory_board_size(void)
{
    return sizeof(tussis_memory_board_t);
}

uint32_t tussis_memory_board_microphone(const tussis_memory_board_t *board)
{
    return board->light_switches;
}

void tussis_memory_board_start(tussis_memory_board_t *board, const volatile uint32_t *clock, uint32_t ticks_hz,
                               uint32_t uart_buffer_bytes)
{
    (void)clock;
    (void)ticks_hz;
    (void)uart_buffer_bytes;
    memset(board, 0, sizeof *board);
    board->port = (tussis_recorder_port_t){
        .name = "emulated core",
        .context = board,
        .audio_rate_hz = TUSSIS_RECORDER_AUDIO_HZ,
        .imu_rate_hz = TUSSIS_RECORDER_IMU_HZ,
        .uart_read = uart_read,
        .uart_room = uart_room,
        .uart_write = uart_write,
        .read_audio = read_audio,
        .read_imu = read_imu,
        .missed_audio = missed_audio,
        .missed_imu = missed_imu,
        .recording = recording,
    };
    (void)tussis_recorder_init(&board->recorder, &board->port);
}

void tussis_memory_board_sense(tussis_memory_board_t *board, const int16_t *pcm, size_t n_pcm,
                               const tussis_recorder_imu_t *imu, size_t n_imu)
{
    board->pcm = pcm;
    board->pcm_left = n_pcm;
    board->imu = imu;
    board->imu_left = n_imu;
}

size_t tussis_memory_board_serve(tussis_memory_board_t *board, const uint8_t *received, size_t n, uint8_t *sent,
                                 size_t sent_room, size_t *taken)
{
    board->received = received;
    board->received_left = n;
    board->sent = sent;
    board->sent_room = sent_room;
    board->sent_bytes = 0;
    while (tussis_recorder_poll(&board->recorder)) {
    }
    board->pcm_missed += board->pcm_left; /* no room on the line: as a full DMA buffer loses them */
    board->imu_missed += board->imu_left;
    board->pcm_left = 0;
    board->imu_left = 0;
    *taken = n - board->received_left;
    return board->sent_bytes;
}

__attribute__((section(".entries"), used)) const entry_t tussis_serial_entries[] = {
    (entry_t)tussis_memory_board_size,
    (entry_t)tussis_memory_board_start,
    (entry_t)tussis_memory_board_serve,
    (entry_t)tussis_memory_board_microphone,
    (entry_t)tussis_memory_board_sense,
};

#endif
