/* libFuzzer on everything that reads bytes from the wire: receiver, messages, application, outbox.
 *
 * The input is cut into bursts by its own first bytes and fed twice: raw, as the wire would bring it, and wrapped, each
 * burst as the body of a message with a good CRC, since a fuzzer rarely finds one. The board has a full session behind a
 * stand-in detector. What must hold: no finding of ASan and UBSan, answers that are whole messages, numbers that stay in
 * their ranges. */
#include <stdlib.h>
#include <string.h>

#include "../../../firmware_stub/app/crc.h"
#include "tussis/tussis_memory_port.h"
#include "../../../firmware_stub/app/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds)
{
    if (!holds) {
        abort();
    }
}

static void check_state(const tussis_memory_board_t *board)
{
    const tussis_session_t *session = &board->app.session;
    const tussis_outbox_t *outbox = &session->outbox;
    check(board->app.receiver.used <= sizeof board->app.receiver.bytes);
    check(tussis_outbox_room(outbox) <= TUSSIS_OUTBOX_SLOTS);
    check((uint16_t)(outbox->sent - outbox->acked) <= (uint16_t)(outbox->produced - outbox->acked));
    check(session->audio_next <= session->hello.audio_samples && session->imu_next <= session->hello.imu_samples);
}

static void serve(tussis_memory_board_t *board, const uint8_t *bytes, size_t n)
{
    uint8_t sent[2048];
    size_t taken = 0;
    /* An exact copy, so that one byte read too many is found. */
    uint8_t *exact = malloc(n + 1);
    check(exact != NULL);
    memcpy(exact, bytes, n);
    for (size_t at = 0; at < n; at += taken) {
        const size_t said = tussis_memory_board_serve(board, exact + at, n - at, sent, sizeof sent, &taken);
        check(said <= sizeof sent && taken <= n - at);
        check(said == 0 || sent[said - 1] == 0);
        check_state(board);
        if (taken == 0) {
            break;
        }
    }
    free(exact);
}

static void serve_wrapped(tussis_memory_board_t *board, const uint8_t *body, size_t n)
{
    uint8_t checked[600];
    uint8_t wire[TUSSIS_COBS_MAX(sizeof checked + 4) + 1];
    if (n > sizeof checked - 4) {
        n = sizeof checked - 4;
    }
    memcpy(checked, body, n);
    tussis_put_u32(checked + n, tussis_crc32(0, checked, n));
    const size_t used = tussis_cobs_encode(wire, checked, n + 4);
    check(memchr(wire, 0, used) == NULL);
    wire[used] = 0;
    serve(board, wire, used + 1);
}

static void open_session(tussis_memory_board_t *board)
{
    static const tussis_hello_message_t terms = {TUSSIS_PROTOCOL_VERSION, TUSSIS_HELLO_MODE_GATED, TUSSIS_HELLO_STATS, 5, 0, 16000, 100, 4000, 25};
    uint8_t body[4 + TUSSIS_HELLO_MESSAGE_BYTES] = {TUSSIS_MESSAGE_HELLO, 1, 0, 0, terms.version, terms.mode};
    tussis_put_u16(body + 6, terms.flags);
    tussis_put_u32(body + 8, terms.nonce);
    tussis_put_u32(body + 16, terms.audio_rate_hz);
    tussis_put_u32(body + 20, terms.imu_rate_hz);
    tussis_put_u32(body + 24, terms.audio_samples);
    tussis_put_u32(body + 28, terms.imu_samples);
    serve_wrapped(board, body, sizeof body);
    check(board->app.open);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tussis_memory_board_t *board = malloc(sizeof *board);
    check(board != NULL);
    tussis_memory_board_start(board, NULL, 0, 4096);
    const int with_session = size > 0 && (data[0] & 1) != 0;
    const int wrapped = size > 0 && (data[0] & 2) != 0;
    if (with_session) {
        open_session(board);
    }
    for (size_t at = 1; at < size;) {
        size_t n = 1 + (size_t)data[at] * (wrapped ? 1U : 3U);
        at++;
        if (n > size - at) {
            n = size - at;
        }
        if (wrapped) {
            serve_wrapped(board, data + at, n);
        } else {
            serve(board, data + at, n);
        }
        at += n;
    }
    free(board);
    return 0;
}
