/* SPDX-License-Identifier: Apache-2.0 */
#include "session.h"

#include "crc.h"
#include "interleave.h"
#include "tussis/tussis_config.h"
#include "wire.h"

#define NO_STAMP 0xFFFFFFFFU

enum {
    MOST_PUSHED = 256,  /* audio samples per push */
    ROOM_FOR_PUSH = 4,  /* messages one push can cause and must find room for: two STATS, an EVENT and a LOG; more
                         * LOGs wait for another push */
    IMU_ITEM_BYTES = 24, /* six f32 */
    STAMPED_ITEM_BYTES = 28, /* and a u32 */
    MOST_IMU_RATE_HZ = 1000, /* that can be asked for at all */
    NOTE = 0,            /* LOG levels */
    WARNING = 1,
    AUDIO = 0,           /* paths */
    IMU = 1,
    PATHS = 2
};

/* What TUSSIS_MODE_ a HELLO's mode stands for, or -1. */
static int detector_mode(uint8_t mode)
{
    switch (mode) {
    case TUSSIS_HELLO_MODE_AUDIO:
        return TUSSIS_HAS_AUDIO ? (int)TUSSIS_MODE_AUDIO : -1;
    case TUSSIS_HELLO_MODE_IMU:
        return TUSSIS_HAS_IMU ? (int)TUSSIS_MODE_IMU : -1;
    case TUSSIS_HELLO_MODE_GATED:
        return TUSSIS_HAS_AUDIO && TUSSIS_HAS_IMU ? (int)TUSSIS_MODE_GATED : -1;
    default:
        return -1;
    }
}

static uint32_t modes_there(void)
{
    return (TUSSIS_HAS_AUDIO ? 1U << TUSSIS_HELLO_MODE_AUDIO : 0U) |
           (TUSSIS_HAS_IMU ? 1U << TUSSIS_HELLO_MODE_IMU : 0U) |
           (TUSSIS_HAS_AUDIO && TUSSIS_HAS_IMU ? 1U << TUSSIS_HELLO_MODE_GATED : 0U);
}

static uint8_t refuse(uint8_t code, uint32_t has, uint32_t *detail)
{
    *detail = has;
    return code;
}

static uint8_t check_terms(const tussis_hello_message_t *hello, uint32_t *detail)
{
    const uint32_t audio_rate_hz = hello->flags & TUSSIS_HELLO_DECIMATED ? TUSSIS_RATE_HZ : TUSSIS_INPUT_RATE_HZ;
    if (hello->version != TUSSIS_PROTOCOL_VERSION) {
        return refuse(TUSSIS_REFUSE_VERSION, TUSSIS_PROTOCOL_VERSION, detail);
    }
    if (hello->detector_hash != 0 && hello->detector_hash != TUSSIS_DETECTOR_HASH) {
        return refuse(TUSSIS_REFUSE_DETECTOR, TUSSIS_DETECTOR_HASH, detail);
    }
    if (detector_mode(hello->mode) < 0) {
        return refuse(TUSSIS_REFUSE_MODE, modes_there(), detail);
    }
    if (hello->audio_samples > 0 && hello->audio_rate_hz != audio_rate_hz) {
        return refuse(TUSSIS_REFUSE_RATE, audio_rate_hz, detail);
    }
    const bool free_rate = (hello->flags & TUSSIS_HELLO_STAMPED) != 0 && hello->imu_rate_hz <= MOST_IMU_RATE_HZ &&
                           tussis_check_imu_rate(1000U * hello->imu_rate_hz) == TUSSIS_OK;
    if (hello->imu_samples > 0 && hello->imu_rate_hz != TUSSIS_IMU_RATE_HZ && !free_rate) {
        return refuse(TUSSIS_REFUSE_RATE, TUSSIS_IMU_RATE_HZ, detail);
    }
    return 0;
}

uint8_t tussis_session_open(tussis_session_t *session, const tussis_port_t *port, const tussis_hello_message_t *hello,
                            uint32_t *detail)
{
    const uint8_t refusal = check_terms(hello, detail);
    if (refusal) {
        return refusal;
    }
    memset(session, 0, sizeof *session);
    session->port = port;
    session->hello = *hello;
    (void)tussis_init(&session->detector); /* library and application are compiled as one */
    for (int path = 0; path < PATHS; path++) {
        tussis_meter_init(&session->meter[path], port->ticks, port->context);
    }
    (void)tussis_set_mode(&session->detector, (tussis_mode_t)detector_mode(hello->mode));
    (void)tussis_session_log(session, NOTE, port->name == NULL ? "board without a name" : port->name);
    return 0;
}

int tussis_session_log(tussis_session_t *session, uint8_t level, const char *text)
{
    if (tussis_outbox_room(&session->outbox) == 0) {
        return 0;
    }
    tussis_outbox_slot_t *message = tussis_outbox_next(&session->outbox, TUSSIS_MESSAGE_LOG);
    const tussis_log_message_t log = {session->outbox.produced, level};
    size_t n = tussis_log_message_pack(&log, message->payload);
    for (size_t i = 0; i < TUSSIS_LOG_MESSAGE_MAX && text[i] != '\0'; i++) {
        message->payload[n++] = (uint8_t)text[i] & 0x7FU;
    }
    message->payload_bytes = (uint8_t)n;
    tussis_outbox_commit(&session->outbox);
    return 1;
}

/* Report each kind of loss once a session; END has the counts. */
static void complain(tussis_session_t *session, tussis_status_t status)
{
    const unsigned fresh = tussis_complaints(&session->detector, status) & ~(unsigned)session->complained;
    for (int kind = 0; fresh >> kind != 0; kind++) {
        if ((fresh >> kind & 1U) != 0 &&
            tussis_session_log(session, WARNING, tussis_complaint_text((tussis_complaint_t)kind))) {
            session->complained = (uint16_t)(session->complained | 1U << kind);
        }
    }
}

static void put_stats(tussis_session_t *session, uint8_t path, const tussis_window_t *window)
{
    if (!(session->hello.flags & TUSSIS_HELLO_STATS)) {
        return;
    }
    tussis_outbox_slot_t *message = tussis_outbox_next(&session->outbox, TUSSIS_MESSAGE_STATS);
    const tussis_stats_message_t stats = {
        .message = session->outbox.produced,
        .path = path,
        .window = window->index,
        .margin = window->margin,
        .probability = tussis_probability(window->margin),
        .cycles = session->ticks,
    };
    message->payload_bytes = (uint8_t)tussis_stats_message_pack(&stats, message->payload);
    tussis_outbox_commit(&session->outbox);
    session->ticks = 0;
}

static void put_event(tussis_session_t *session, const tussis_event_t *event)
{
    tussis_outbox_slot_t *message = tussis_outbox_next(&session->outbox, TUSSIS_MESSAGE_EVENT);
    const tussis_event_message_t fields = {
        .message = session->outbox.produced,
        .start = event->onset_ticks,
        .end = event->offset_ticks,
        .confidence = event->confidence,
    };
    message->payload_bytes = (uint8_t)tussis_event_message_pack(&fields, message->payload);
    session->event_digest = tussis_crc32(session->event_digest, message->payload + 2, message->payload_bytes - 2U);
    session->events++;
    tussis_outbox_commit(&session->outbox);
}

static void put_stages(tussis_session_t *session, int path)
{
    const uint64_t *spent = session->meter[path].spent;
    tussis_outbox_slot_t *message = tussis_outbox_next(&session->outbox, TUSSIS_MESSAGE_STAGES);
    const tussis_stages_message_t stages = {
        .message = session->outbox.produced,
        .path = path == AUDIO ? TUSSIS_PATH_AUDIO : TUSSIS_PATH_IMU,
        .calls = session->pushes[path],
        .longest_call = session->longest[path],
        .front_end = spent[TUSSIS_STAGE_FRONT_END],
        .features = spent[TUSSIS_STAGE_FEATURES],
        .model = spent[TUSSIS_STAGE_MODEL],
        .post_processing = spent[TUSSIS_STAGE_POST_PROCESSING],
        .control = spent[TUSSIS_STAGE_CONTROL],
    };
    message->payload_bytes = (uint8_t)tussis_stages_message_pack(&stages, message->payload);
    tussis_outbox_commit(&session->outbox);
}

/* Report where the time of each path that was pushed went, as far as there is room. Returns 0 where there is not. */
static int stages_told(tussis_session_t *session)
{
    for (; session->stages_told < PATHS; session->stages_told++) {
        const int path = session->stages_told;
        if (!(session->hello.flags & TUSSIS_HELLO_STATS) || session->pushes[path] == 0) {
            continue;
        }
        if (tussis_outbox_room(&session->outbox) == 0) {
            return 0;
        }
        put_stages(session, path);
    }
    return 1;
}

static uint32_t at_most_32_bits(uint64_t count)
{
    return count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
}

static void put_end(tussis_session_t *session, const tussis_end_message_t *bad_messages)
{
    tussis_totals_t totals;
    (void)tussis_get_totals(&session->detector, &totals);
    tussis_outbox_slot_t *message = tussis_outbox_next(&session->outbox, TUSSIS_MESSAGE_END);
    tussis_end_message_t end = *bad_messages;
    end.message = session->outbox.produced;
    end.audio_samples = session->audio_next;
    end.imu_samples = session->imu_next;
    end.audio_windows = session->audio_windows;
    end.imu_windows = session->imu_windows;
    end.imu_hits = totals.imu_hits;
    end.audio_frames = at_most_32_bits(totals.audio_frames);
    end.computed_frames = at_most_32_bits(totals.computed_frames);
    end.events = session->events;
    end.event_digest = session->event_digest;
    end.cycles = session->all_ticks;
    end.late_imu = totals.late_imu;
    end.lost_hits = totals.lost_hits;
    end.lost_events = totals.lost_events;
    end.bad_imu = at_most_32_bits(totals.bad_imu);
    end.lost_imu = at_most_32_bits(totals.lost_imu);
    end.missed_windows = totals.missed_windows;
    end.blind_windows = totals.blind_windows;
    end.open_windows = totals.open_windows;
    end.clipped_audio = at_most_32_bits(totals.clipped_audio);
    end.dead_audio = at_most_32_bits(totals.dead_audio);
    end.imu_millihertz = tussis_imu_millihertz(&session->detector);
    message->payload_bytes = (uint8_t)tussis_end_message_pack(&end, message->payload);
    tussis_outbox_commit(&session->outbox);
    session->ended = 1;
}

static void drain_events(tussis_session_t *session)
{
    tussis_event_t event;
    while (tussis_outbox_room(&session->outbox) > 0 && tussis_next_event(&session->detector, &event)) {
        put_event(session, &event);
    }
}

/* Report the windows that one call evaluated. */
static void report(tussis_session_t *session, uint32_t spent)
{
    tussis_window_t audio;
    tussis_window_t imu;
    (void)tussis_get_audio_window(&session->detector, &audio, NULL, 0);
    (void)tussis_get_imu_window(&session->detector, &imu, NULL, 0);
    session->ticks += spent;
    session->all_ticks += spent;
    if (imu.count != session->imu_windows) {
        session->imu_windows = imu.count;
        put_stats(session, TUSSIS_PATH_IMU, &imu);
    }
    if (audio.count != session->audio_windows) {
        session->audio_windows = audio.count;
        put_stats(session, TUSSIS_PATH_AUDIO, &audio);
    }
    drain_events(session);
}

/* One step of the detector's end of recording. Returns false when there is none left. */
static bool flush_step(tussis_session_t *session)
{
    tussis_set_meter(&session->detector, NULL); /* a board in the field never comes to an end */
    const uint32_t began = session->port->ticks(session->port->context);
    const bool more = tussis_flush_step(&session->detector);
    report(session, session->port->ticks(session->port->context) - began);
    return more;
}

void tussis_session_drain(tussis_session_t *session, const tussis_end_message_t *bad_messages)
{
    drain_events(session);
    while (session->finishing && !session->flushed && tussis_outbox_room(&session->outbox) >= ROOM_FOR_PUSH) {
        session->flushed = !flush_step(session);
    }
    if (session->flushed && !session->ended && stages_told(session) && tussis_outbox_room(&session->outbox) > 0) {
        put_end(session, bad_messages);
    }
}

/* Begin a push on a path. */
static void begin_push(tussis_session_t *session, int path)
{
    tussis_set_meter(&session->detector, &session->meter[path]);
    tussis_meter_start(&session->meter[path]);
}

/* End it: count it, and report what it found. */
static void end_push(tussis_session_t *session, int path)
{
    tussis_meter_lap(&session->meter[path], TUSSIS_STAGE_CONTROL);
    const uint32_t spent = session->meter[path].call;
    session->pushes[path]++;
    session->longest[path] = spent > session->longest[path] ? spent : session->longest[path];
    report(session, spent);
}

static void push_audio(tussis_session_t *session, const int16_t *pcm, size_t n)
{
    begin_push(session, AUDIO);
    const int decimated = (session->hello.flags & TUSSIS_HELLO_DECIMATED) != 0;
    const tussis_status_t outcome = decimated ? tussis_push_audio_decimated(&session->detector, pcm, n)
                                  : tussis_push_audio(&session->detector, pcm, n);
    end_push(session, AUDIO);
    session->audio_next += (uint32_t)n;
    complain(session, outcome);
}

/* The audio tick that a stamp means: the one next to the last that has its low half. */
static uint64_t whole_tick(const tussis_session_t *session, uint32_t low)
{
    const uint32_t further = low - (uint32_t)session->imu_tick; /* or nearer: two's complement */
    const int64_t ticks = (int32_t)further;
    return session->imu_tick + (uint64_t)ticks;
}

static void push_imu(tussis_session_t *session, const tussis_imu_t *sample, uint32_t stamp)
{
    begin_push(session, IMU);
    tussis_status_t outcome;
    if (stamp == NO_STAMP) {
        outcome = tussis_push_imu(&session->detector, sample, 1);
    } else {
        session->imu_tick = whole_tick(session, stamp);
        outcome = tussis_push_imu_at(&session->detector, sample, 1, session->imu_tick);
    }
    end_push(session, IMU);
    session->imu_next++;
    complain(session, outcome);
}

/* 16 ms, as a device's DMA brings them: at most one window comes due, and calls cost what `tussis estimate` says. */
static uint32_t samples_per_push(const tussis_hello_message_t *hello)
{
    const uint32_t samples = hello->audio_rate_hz / 125U * 2U;
    return samples < MOST_PUSHED ? samples : MOST_PUSHED;
}

int tussis_session_audio(tussis_session_t *session, const uint8_t *payload, size_t payload_bytes)
{
    const uint32_t first = tussis_get_u32(payload);
    const uint64_t end = (uint64_t)first + (payload_bytes - TUSSIS_AUDIO_MESSAGE_BYTES) / 2U;
    const uint64_t stop = tussis_smaller(end, tussis_audio_limit(session));
    if (session->finishing || first > session->audio_next || stop <= session->audio_next) {
        return 0;
    }
    while (session->audio_next < stop) {
        int16_t pcm[MOST_PUSHED];
        const size_t n = (size_t)tussis_smaller(stop - session->audio_next, samples_per_push(&session->hello));
        const uint8_t *from = payload + TUSSIS_AUDIO_MESSAGE_BYTES + (size_t)(session->audio_next - first) * 2U;
        if (tussis_outbox_room(&session->outbox) < ROOM_FOR_PUSH) {
            break;
        }
        for (size_t i = 0; i < n; i++) {
            pcm[i] = (int16_t)tussis_get_u16(from + 2U * i);
        }
        push_audio(session, pcm, n);
    }
    return 1;
}

/* Take the samples of an IMU or a STAMPED payload. */
static int take_imu(tussis_session_t *session, const uint8_t *payload, size_t payload_bytes, size_t item_bytes)
{
    const uint32_t first = tussis_get_u32(payload);
    const uint64_t end = (uint64_t)first + (payload_bytes - TUSSIS_IMU_MESSAGE_BYTES) / item_bytes;
    const uint64_t stop = tussis_smaller(end, tussis_imu_limit(session));
    if (session->finishing || first > session->imu_next || stop <= session->imu_next) {
        return 0;
    }
    while (session->imu_next < stop && tussis_outbox_room(&session->outbox) >= ROOM_FOR_PUSH) {
        const uint8_t *from = payload + TUSSIS_IMU_MESSAGE_BYTES + (size_t)(session->imu_next - first) * item_bytes;
        tussis_imu_t sample;
        for (size_t axis = 0; axis < 3; axis++) {
            sample.acc_ms2[axis] = tussis_get_f32(from + 4U * axis);
            sample.gyro_dps[axis] = tussis_get_f32(from + 12U + 4U * axis);
        }
        push_imu(session, &sample, item_bytes > IMU_ITEM_BYTES ? tussis_get_u32(from + IMU_ITEM_BYTES) : NO_STAMP);
    }
    return 1;
}

int tussis_session_imu(tussis_session_t *session, const uint8_t *payload, size_t payload_bytes)
{
    return !tussis_stamped(session) && take_imu(session, payload, payload_bytes, IMU_ITEM_BYTES);
}

int tussis_session_stamped(tussis_session_t *session, const uint8_t *payload, size_t payload_bytes)
{
    return tussis_stamped(session) && take_imu(session, payload, payload_bytes, STAMPED_ITEM_BYTES);
}

int tussis_session_finish(tussis_session_t *session, const tussis_finish_message_t *finish)
{
    if (session->audio_next != finish->audio_samples || session->imu_next != finish->imu_samples) {
        return 0;
    }
    session->finishing = 1;
    return 1;
}
