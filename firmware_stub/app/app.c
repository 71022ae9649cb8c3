/* SPDX-License-Identifier: Apache-2.0 */
#include "tussis/tussis_app.h"

#include <string.h>

#include "tussis/tussis_config.h"

enum {
    BURST = 256,     /* bytes taken from the UART at a time */
    ANSWER_ROOM = 2, /* messages that one burst finds room to answer with */
    LIVE = 64,       /* own samples taken at a time */
    CAUSE_BOOT = 0,
    CAUSE_RESET = 1
};

static int room_for(const tussis_app_t *app, size_t messages)
{
    return app->port->uart_room(app->port->context) >= messages * (size_t)TUSSIS_WIRE_MAX_OUT;
}

static void send(tussis_app_t *app, uint8_t type, uint8_t session, const uint8_t *payload, size_t payload_bytes)
{
    uint8_t wire[TUSSIS_WIRE_MAX_OUT];
    const size_t n = tussis_wrap(wire, type, session, app->sent_messages++, payload, payload_bytes);
    app->port->uart_write(app->port->context, wire, n);
}

/* Send a message that the host will ask for again if it does not come: with no room for it, it is left out. */
static void answer(tussis_app_t *app, uint8_t type, uint8_t session, const uint8_t *payload, size_t payload_bytes)
{
    if (room_for(app, 1)) {
        send(app, type, session, payload, payload_bytes);
    }
}

static void send_ready(tussis_app_t *app)
{
    const tussis_ready_message_t ready = {TUSSIS_PROTOCOL_VERSION, app->ready_cause, TUSSIS_DETECTOR_HASH,
                                           TUSSIS_VERSION_NUMBER};
    uint8_t payload[TUSSIS_READY_MESSAGE_BYTES];
    answer(app, TUSSIS_MESSAGE_READY, 0, payload, tussis_ready_message_pack(&ready, payload));
    app->announce = 0;
}

static void send_error(tussis_app_t *app, uint8_t session, uint8_t reason, uint32_t detail)
{
    const tussis_error_message_t error = {reason, detail};
    uint8_t payload[TUSSIS_ERROR_MESSAGE_BYTES];
    answer(app, TUSSIS_MESSAGE_ERROR, session, payload, tussis_error_message_pack(&error, payload));
}

static void send_welcome(tussis_app_t *app)
{
    const tussis_hello_message_t *hello = &app->session.hello;
    const tussis_welcome_message_t welcome = {
        .version = TUSSIS_PROTOCOL_VERSION,
        .mode = hello->mode,
        .flags = hello->flags,
        .nonce = hello->nonce,
        .detector_hash = TUSSIS_DETECTOR_HASH,
        .window_bytes = app->port->uart_buffer_bytes,
        .clock_hz = app->port->ticks_hz,
        .state_bytes = (uint32_t)sizeof(tussis_t),
        .firmware = TUSSIS_VERSION_NUMBER,
        .options = TUSSIS_OPTIONS,
    };
    uint8_t payload[TUSSIS_WELCOME_MESSAGE_BYTES];
    answer(app, TUSSIS_MESSAGE_WELCOME, app->id, payload, tussis_welcome_message_pack(&welcome, payload));
}

static void send_credit(tussis_app_t *app)
{
    const tussis_credit_message_t credit = {
        .last_seq = app->last_seq,
        .audio_next = app->session.audio_next,
        .imu_next = app->session.imu_next,
        .messages = app->session.outbox.sent,
        .bad_messages = tussis_bad_messages(&app->receiver),
    };
    uint8_t payload[TUSSIS_CREDIT_MESSAGE_BYTES];
    answer(app, TUSSIS_MESSAGE_CREDIT, app->id, payload, tussis_credit_message_pack(&credit, payload));
}

/* Move what the session has to say onto the wire, as far as there is room. Returns whether anything was sent. */
static int send_messages(tussis_app_t *app)
{
    const tussis_end_message_t bad_messages = {
        .bad_crc = app->receiver.bad_crc,
        .bad_length = app->receiver.bad_length,
        .bad_type = app->receiver.bad_type,
        .bad_order = app->bad_order,
    };
    int sent = 0;
    const tussis_outbox_slot_t *message;
    tussis_session_drain(&app->session, &bad_messages);
    while (room_for(app, 1 + ANSWER_ROOM) && (message = tussis_outbox_unsent(&app->session.outbox)) != NULL) {
        send(app, message->type, app->id, message->payload, message->payload_bytes);
        app->session.outbox.sent++;
        sent = 1;
    }
    return sent;
}

#if TUSSIS_WATCH
/* Answer a WATCH. In a session the detector is the host's: the answer is empty, and says that the board is there. */
static void take_watch(tussis_app_t *app, const tussis_message_t *message)
{
    tussis_watch_message_t asked;
    tussis_pulse_message_t pulse = {0};
    uint8_t payload[TUSSIS_PULSE_MESSAGE_BYTES];
    tussis_watch_message_unpack(&asked, message->payload);
    if (!room_for(app, 1)) {
        return; /* it is asked again, and nothing of the stretch is lost */
    }
    if (!app->open) {
        tussis_watch_begin(&app->watch, &app->session.detector, &asked);
        tussis_watch_pulse(&app->watch, &app->session.detector, &pulse);
    }
    pulse.clock_hz = app->port->ticks_hz;
    pulse.detector_hash = TUSSIS_DETECTOR_HASH;
    pulse.microphone = TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED && !app->microphone_on ? 0U : 1U;
    pulse.bad_messages = tussis_bad_messages(&app->receiver);
    send(app, TUSSIS_MESSAGE_PULSE, message->session, payload, tussis_pulse_message_pack(&pulse, payload));
}
#endif

static void take_hello(tussis_app_t *app, const tussis_message_t *message)
{
    tussis_hello_message_t hello;
    uint32_t detail = 0;
    tussis_hello_message_unpack(&hello, message->payload);
    const int fresh = app->session.audio_next == 0 && app->session.imu_next == 0 && !app->session.finishing;
    const int repeated = app->open && fresh && app->id == message->session && app->session.hello.nonce == hello.nonce;
    if (!repeated) {
        const uint8_t refusal = tussis_session_open(&app->session, app->port, &hello, &detail);
        if (refusal) {
            send_error(app, message->session, refusal, detail);
            return;
        }
        app->open = 1;
        app->id = message->session;
        app->receiver.bad_crc = app->receiver.bad_length = app->receiver.bad_type = app->bad_order = 0;
    }
    app->last_seq = message->seq;
    send_welcome(app);
}

static void forget_session(tussis_app_t *app)
{
    memset(&app->session, 0, sizeof app->session);
#if TUSSIS_WATCH
    memset(&app->watch, 0, sizeof app->watch);
#endif
    app->session.port = app->port;
    (void)tussis_init(&app->session.detector); /* library and application are compiled as one */
    app->open = 0;
    app->id = 0;
}

/* A message of the open session, of any type but HELLO and RESET. Returns 0 where it came out of order. */
static int take_in_session(tussis_app_t *app, const tussis_message_t *message)
{
    switch (message->type) {
    case TUSSIS_MESSAGE_AUDIO:
        return tussis_session_audio(&app->session, message->payload, message->payload_bytes);
    case TUSSIS_MESSAGE_IMU:
        return tussis_session_imu(&app->session, message->payload, message->payload_bytes);
    case TUSSIS_MESSAGE_STAMPED:
        return tussis_session_stamped(&app->session, message->payload, message->payload_bytes);
    case TUSSIS_MESSAGE_FINISH: {
        tussis_finish_message_t finish;
        tussis_finish_message_unpack(&finish, message->payload);
        return tussis_session_finish(&app->session, &finish);
    }
    default: { /* ACK: the receiver lets no other type through */
        tussis_ack_message_t ack;
        tussis_ack_message_unpack(&ack, message->payload);
        return tussis_outbox_acknowledge(&app->session.outbox, ack.next_message, ack.resend != 0);
    }
    }
}

static void take(tussis_app_t *app, const tussis_message_t *message)
{
    if (message->type == TUSSIS_MESSAGE_HELLO) {
        take_hello(app, message);
    } else if (message->type == TUSSIS_MESSAGE_RESET) {
        forget_session(app);
        app->ready_cause = CAUSE_RESET;
        send_ready(app);
#if TUSSIS_WATCH
    } else if (message->type == TUSSIS_MESSAGE_WATCH) {
        take_watch(app, message);
#endif
    } else if (!app->open || message->session != app->id) {
        app->bad_order++;
        send_error(app, message->session, TUSSIS_REFUSE_NO_SESSION, 0);
    } else {
        app->last_seq = message->seq;
        if (!take_in_session(app, message)) {
            app->bad_order++;
        }
    }
}

/* Take one burst from the UART and answer it. Returns the bytes taken. */
static size_t take_burst(tussis_app_t *app)
{
    uint8_t bytes[BURST];
    const uint16_t bad_before = tussis_bad_messages(&app->receiver);
    const size_t n = app->port->uart_read(app->port->context, bytes, sizeof bytes);
    int messages = 0;
    for (size_t i = 0; i < n;) {
        tussis_message_t message;
        i += tussis_receive(&app->receiver, bytes + i, n - i, &message);
        if (message.type != 0) {
            take(app, &message);
            messages++;
        }
    }
    const int damaged = tussis_bad_messages(&app->receiver) != bad_before;
    if (app->open && (messages > 0 || damaged)) {
        (void)send_messages(app);
        send_credit(app);
        if (damaged) {
            send_credit(app); /* the way back is hardly better: an answer lost costs the host a timeout */
        }
    }
    return n;
}

#if TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED
static void switch_microphone(tussis_app_t *app)
{
    const bool wanted = tussis_microphone_wanted(&app->session.detector);
    if (wanted != app->microphone_on) {
        app->microphone_on = wanted;
        if (app->port->microphone != NULL) {
            app->port->microphone(app->port->context, wanted);
        }
    }
}

#endif

/* Say once what was lost, to whoever reads the line: nobody acknowledges it. */
static void tell(tussis_app_t *app, tussis_status_t status)
{
    const unsigned fresh =
        tussis_complaints(&app->session.detector, status) & ~(unsigned)app->session.complained;
    for (int kind = 0; fresh >> kind != 0 && room_for(app, 1); kind++) {
        if ((fresh >> kind & 1U) != 0) {
            const char *text = tussis_complaint_text((tussis_complaint_t)kind);
            const tussis_log_message_t log = {(uint16_t)app->session.events, 1};
            uint8_t payload[TUSSIS_LOG_MESSAGE_BYTES + TUSSIS_LOG_MESSAGE_MAX];
            size_t n = tussis_log_message_pack(&log, payload);
            for (size_t i = 0; i < TUSSIS_LOG_MESSAGE_MAX && text[i] != '\0'; i++) {
                payload[n++] = (uint8_t)text[i];
            }
            send(app, TUSSIS_MESSAGE_LOG, 0, payload, n);
            app->session.complained = (uint16_t)(app->session.complained | 1U << kind);
        }
    }
}

/* What the microphone did not capture before the samples that come next. */
static void skip_audio(tussis_app_t *app)
{
    if (app->port->missed_audio != NULL) {
        tell(app, tussis_skip_audio(&app->session.detector, app->port->missed_audio(app->port->context)));
    }
}

static tussis_status_t push_imu(tussis_app_t *app, const tussis_imu_t *sample)
{
    tussis_t *detector = &app->session.detector;
    return app->port->imu_tick == NULL
               ? tussis_push_imu(detector, sample, 1)
               : tussis_push_imu_at(detector, sample, 1, app->port->imu_tick(app->port->context));
}

#if TUSSIS_WATCH
/* Tell who watches of the windows that one call evaluated, and say to all what was lost. */
static void report(tussis_app_t *app, tussis_status_t status, uint32_t began)
{
    tussis_stats_message_t stats;
    tussis_watch_spent(&app->watch, app->port->ticks(app->port->context) - began);
    while (room_for(app, 1) && tussis_watch_stats(&app->watch, &app->session.detector, &stats)) {
        uint8_t payload[TUSSIS_STATS_MESSAGE_BYTES];
        send(app, TUSSIS_MESSAGE_STATS, 0, payload, tussis_stats_message_pack(&stats, payload));
    }
    tell(app, status);
}
#endif

/* Detect from the board's own sensors. Returns whether there was anything. */
static int live(tussis_app_t *app)
{
    int16_t pcm[LIVE];
    tussis_imu_t imu;
    tussis_event_t event;
    tussis_t *detector = &app->session.detector;
    if (app->port->read_audio == NULL || !room_for(app, 1)) {
        return 0;
    }
    const size_t n_imu = app->port->read_imu == NULL ? 0 : app->port->read_imu(app->port->context, &imu, 1);
    if (n_imu > 0) {
#if TUSSIS_WATCH
        const uint32_t began = app->port->ticks(app->port->context);
        report(app, push_imu(app, &imu), began);
#else
        tell(app, push_imu(app, &imu));
#endif
    }
    skip_audio(app);
    const size_t n = app->port->read_audio(app->port->context, pcm, LIVE);
    if (n > 0) {
#if TUSSIS_WATCH
        const uint32_t began = app->port->ticks(app->port->context);
        report(app, tussis_push_audio(detector, pcm, n), began);
#else
        tell(app, tussis_push_audio(detector, pcm, n));
#endif
    }
    while (room_for(app, 1) && tussis_next_event(detector, &event)) {
        const tussis_event_message_t fields = {(uint16_t)app->session.events++, event.onset_ticks, event.offset_ticks,
                                             event.confidence};
        uint8_t payload[TUSSIS_EVENT_MESSAGE_BYTES];
        send(app, TUSSIS_MESSAGE_EVENT, 0, payload, tussis_event_message_pack(&fields, payload));
    }
    return n > 0 || n_imu > 0;
}

int tussis_app_log(tussis_app_t *app, uint8_t level, const char *text)
{
    return app->open && !app->session.ended && tussis_session_log(&app->session, level, text);
}

void tussis_app_init(tussis_app_t *app, const tussis_port_t *port)
{
    memset(app, 0, sizeof *app);
    app->port = port;
    app->announce = 1;
    app->ready_cause = CAUSE_BOOT;
    forget_session(app);
}

static int poll(tussis_app_t *app)
{
    if (!room_for(app, ANSWER_ROOM)) {
        return 0;
    }
    if (app->announce) {
        send_ready(app);
    }
    if (take_burst(app) > 0) {
        return 1;
    }
    return app->open ? send_messages(app) : live(app);
}

int tussis_app_poll(tussis_app_t *app)
{
    const int did = poll(app);
#if TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED
    switch_microphone(app);
#endif
    return did;
}
