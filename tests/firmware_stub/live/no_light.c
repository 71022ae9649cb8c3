/* A port without a light, for test_board_recording.py: 0 where the recorder refuses and stays silent. */
#include "recorder.h"

#include <stddef.h>

static size_t said;

static size_t uart_read(void *context, uint8_t *bytes, size_t capacity)
{
    /* RECORD for 5 s, as a host sends it */
    static const uint8_t record[] = {WIRE};
    (void)context;
    for (size_t i = 0; i < sizeof record && i < capacity; i++) {
        bytes[i] = record[i];
    }
    return sizeof record;
}

static size_t uart_room(void *context)
{
    (void)context;
    return 4096;
}

static void uart_write(void *context, const uint8_t *bytes, size_t n)
{
    (void)context;
    (void)bytes;
    said += n;
}

static size_t read_audio(void *context, int16_t *pcm, size_t capacity)
{
    (void)context;
    for (size_t i = 0; i < capacity; i++) {
        pcm[i] = 1;
    }
    return capacity;
}

#ifdef LIGHT
static void recording(void *context, bool on)
{
    (void)context;
    (void)on;
}
#endif

int main(void)
{
    static tussis_recorder_t recorder;
    static const tussis_recorder_port_t port = {
        .audio_rate_hz = 16000, .uart_read = uart_read, .uart_room = uart_room, .uart_write = uart_write, .read_audio = read_audio,
#ifdef LIGHT
        .recording = recording,
#endif
    };
    const bool started = tussis_recorder_init(&recorder, &port);
    for (int i = 0; i < 10; i++) {
        (void)tussis_recorder_poll(&recorder);
    }
    return !started && said == 0 ? 0 : 1;
}
