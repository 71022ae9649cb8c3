/* SPDX-License-Identifier: Apache-2.0 */
/* THE RECORDER: FIRMWARE THAT STREAMS RAW AUDIO. See recorder.h. */
#include "recorder.h"

#include "wire.h"

enum { BURST = 64 }; /* bytes taken from the UART at a time */

static const char banner[] = TUSSIS_RECORDER_BANNER;

static bool room_for_one(const tussis_recorder_t *recorder)
{
    return recorder->port->uart_room(recorder->port->context) >= (size_t)TUSSIS_WIRE_MAX_OUT;
}

static void send(tussis_recorder_t *recorder, uint8_t type, const uint8_t *payload, size_t payload_bytes)
{
    uint8_t wire[TUSSIS_WIRE_MAX_OUT];
    const size_t n = tussis_wrap(wire, type, 0, recorder->sent_messages++, payload, payload_bytes);
    recorder->port->uart_write(recorder->port->context, wire, n);
}

static size_t append(uint8_t *to, size_t used, size_t most, const char *text)
{
    for (size_t i = 0; text[i] != '\0' && used < most; i++) {
        to[used++] = (uint8_t)text[i] & 0x7FU;
    }
    return used;
}

static void send_banner(tussis_recorder_t *recorder)
{
    const tussis_recorder_port_t *port = recorder->port;
    const tussis_banner_message_t told = {
        .version = TUSSIS_RECORDER_VERSION,
        .streaming = recorder->streaming ? 1U : 0U,
        .stream = recorder->stream,
        .audio_rate_hz = port->audio_rate_hz,
        .imu_rate_hz = port->read_imu == NULL ? 0U : port->imu_rate_hz,
        .audio_next = recorder->audio_next,
        .imu_next = recorder->imu_next,
        .lost_audio = recorder->lost_audio,
        .lost_imu = recorder->lost_imu,
    };
    uint8_t payload[TUSSIS_BANNER_MESSAGE_BYTES + TUSSIS_BANNER_MESSAGE_MAX];
    size_t n = tussis_banner_message_pack(&told, payload);
    n = append(payload, n, sizeof payload, banner);
    n = append(payload, n, sizeof payload, port->name == NULL ? "a board without a name" : port->name);
    send(recorder, TUSSIS_MESSAGE_BANNER, payload, n);
}

static uint32_t missed(size_t (*ask)(void *context), void *context)
{
    return ask == NULL ? 0U : (uint32_t)ask(context);
}

static void stop(tussis_recorder_t *recorder)
{
    recorder->streaming = false;
    recorder->port->recording(recorder->port->context, false);
}

static void start(tussis_recorder_t *recorder)
{
    const tussis_recorder_port_t *port = recorder->port;
    port->recording(port->context, true);
    recorder->streaming = true;
    recorder->stream++;
    recorder->audio_next = recorder->imu_next = recorder->lost_audio = recorder->lost_imu = 0;
    (void)missed(port->missed_audio, port->context); /* what was lost before is nobody's loss */
    (void)missed(port->missed_imu, port->context);
}

static void take(tussis_recorder_t *recorder, const tussis_message_t *message)
{
    tussis_record_message_t asked;
    tussis_record_message_unpack(&asked, message->payload); /* the only type that the receiver lets through */
    if (asked.seconds == 0 && recorder->streaming) {
        stop(recorder);
    } else if (asked.seconds > 0) {
        if (!recorder->streaming) {
            start(recorder);
        }
        recorder->until = recorder->audio_next + asked.seconds * recorder->port->audio_rate_hz;
    } else { /* it has stopped already: the answer says so */
    }
    send_banner(recorder);
}

/* Take bytes from the UART and answer. Returns how many. */
static size_t take_burst(tussis_recorder_t *recorder)
{
    uint8_t bytes[BURST];
    const size_t n = recorder->port->uart_read(recorder->port->context, bytes, sizeof bytes);
    for (size_t i = 0; i < n;) {
        tussis_message_t message;
        i += tussis_receive(&recorder->receiver, bytes + i, n - i, &message);
        if (message.type != 0 && room_for_one(recorder)) { /* else the host asks again */
            take(recorder, &message);
        }
    }
    return n;
}

static size_t send_motion(tussis_recorder_t *recorder)
{
    const tussis_recorder_port_t *port = recorder->port;
    tussis_recorder_imu_t samples[TUSSIS_MOTION_MESSAGE_MAX];
    if (port->read_imu == NULL || !room_for_one(recorder)) {
        return 0;
    }
    const uint32_t lost = missed(port->missed_imu, port->context);
    recorder->lost_imu += lost;
    recorder->imu_next += lost;
    const size_t n = port->read_imu(port->context, samples, TUSSIS_MOTION_MESSAGE_MAX);
    if (n > 0 && recorder->streaming) {
        const tussis_motion_message_t head = {recorder->imu_next, recorder->audio_next};
        uint8_t payload[TUSSIS_MOTION_MESSAGE_BYTES + TUSSIS_MOTION_MESSAGE_MAX * sizeof samples[0]];
        size_t used = tussis_motion_message_pack(&head, payload);
        for (size_t i = 0; i < n; i++) {
            for (size_t axis = 0; axis < 3; axis++) {
                tussis_put_f32(payload + used + 4U * axis, samples[i].acc_ms2[axis]);
                tussis_put_f32(payload + used + 12U + 4U * axis, samples[i].gyro_dps[axis]);
            }
            used += 24U;
        }
        recorder->imu_next += (uint32_t)n;
        send(recorder, TUSSIS_MESSAGE_MOTION, payload, used);
    }
    return n;
}

static size_t send_sound(tussis_recorder_t *recorder)
{
    const tussis_recorder_port_t *port = recorder->port;
    int16_t pcm[TUSSIS_SOUND_MESSAGE_MAX];
    if (!room_for_one(recorder)) {
        return 0; /* the port's buffer holds what it can, and counts the rest */
    }
    const uint32_t lost = missed(port->missed_audio, port->context);
    recorder->lost_audio += lost;
    recorder->audio_next += lost;
    const size_t n = port->read_audio(port->context, pcm, TUSSIS_SOUND_MESSAGE_MAX);
    if (n > 0 && recorder->streaming) {
        const tussis_sound_message_t head = {recorder->audio_next};
        uint8_t payload[TUSSIS_SOUND_MESSAGE_BYTES + TUSSIS_SOUND_MESSAGE_MAX * 2];
        size_t used = tussis_sound_message_pack(&head, payload);
        for (size_t i = 0; i < n; i++) {
            tussis_put_u16(payload + used, (uint16_t)pcm[i]);
            used += 2U;
        }
        recorder->audio_next += (uint32_t)n;
        send(recorder, TUSSIS_MESSAGE_SOUND, payload, used);
        if ((int32_t)(recorder->until - recorder->audio_next) <= 0) {
            stop(recorder); /* the host is gone */
        }
    }
    return n;
}

bool tussis_recorder_init(tussis_recorder_t *recorder, const tussis_recorder_port_t *port)
{
    memset(recorder, 0, sizeof *recorder);
    recorder->port = port;
    if (port->recording == NULL) {
        return false;
    }
    port->recording(port->context, false);
    return true;
}

int tussis_recorder_poll(tussis_recorder_t *recorder)
{
    if (recorder->port->recording == NULL) {
        return 0; /* no light, no recording */
    }
    const size_t bytes = take_burst(recorder);
    const size_t motion = send_motion(recorder); /* without a stream they are read and forgotten */
    const size_t sound = send_sound(recorder);
    return bytes > 0 || motion > 0 || sound > 0;
}
