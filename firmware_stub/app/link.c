/* SPDX-License-Identifier: Apache-2.0 */
#include "link.h"

#include "crc.h"
#include "wire.h"

enum { ENVELOPE = TUSSIS_MESSAGE_HEADER + TUSSIS_MESSAGE_TRAILER };

/* Judge the bytes between two delimiters. */
static void close_message(tussis_receiver_t *receiver, tussis_message_t *message)
{
    if (receiver->too_long || receiver->used < ENVELOPE) {
        receiver->bad_length++;
        return;
    }
    const size_t checked = receiver->used - (size_t)TUSSIS_MESSAGE_TRAILER;
    if (tussis_crc32(0, receiver->bytes, checked) != tussis_get_u32(receiver->bytes + checked)) {
        receiver->bad_crc++;
        return;
    }
    const size_t payload_bytes = receiver->used - (size_t)ENVELOPE;
    const int fits = tussis_message_fits(receiver->bytes[0], payload_bytes);
    if (fits < 0) {
        receiver->bad_type++;
    } else if (fits == 0) {
        receiver->bad_length++;
    } else {
        message->type = receiver->bytes[0];
        message->session = receiver->bytes[1];
        message->seq = tussis_get_u16(receiver->bytes + 2);
        message->payload = receiver->bytes + TUSSIS_MESSAGE_HEADER;
        message->payload_bytes = payload_bytes;
    }
}

size_t tussis_receive(tussis_receiver_t *receiver, const uint8_t *bytes, size_t n, tussis_message_t *message)
{
    *message = (tussis_message_t){0, 0, 0, receiver->bytes, 0};
    for (size_t i = 0; i < n; i++) {
        uint8_t byte = 0;
        const int outcome = tussis_cobs_decode(&receiver->cobs, bytes[i], &byte);
        if (outcome == TUSSIS_COBS_BYTE) {
            if (receiver->used < sizeof receiver->bytes) {
                receiver->bytes[receiver->used++] = byte;
            } else {
                receiver->too_long = 1;
            }
        } else if (outcome == TUSSIS_COBS_END || outcome == TUSSIS_COBS_BROKEN) {
            if (outcome == TUSSIS_COBS_BROKEN) {
                receiver->bad_crc++;
            } else {
                close_message(receiver, message);
            }
            receiver->used = 0;
            receiver->too_long = 0;
            return i + 1;
        }
    }
    return n;
}

uint16_t tussis_bad_messages(const tussis_receiver_t *receiver)
{
    return (uint16_t)(receiver->bad_crc + receiver->bad_length + receiver->bad_type);
}

size_t tussis_wrap(uint8_t *out, uint8_t type, uint8_t session, uint16_t seq, const uint8_t *payload,
                   size_t payload_bytes)
{
    uint8_t body[TUSSIS_MESSAGE_MAX_OUT];
    body[0] = type;
    body[1] = session;
    tussis_put_u16(body + 2, seq);
    memcpy(body + TUSSIS_MESSAGE_HEADER, payload, payload_bytes);
    const size_t checked = TUSSIS_MESSAGE_HEADER + payload_bytes;
    tussis_put_u32(body + checked, tussis_crc32(0, body, checked));
    const size_t used = tussis_cobs_encode(out, body, checked + (size_t)TUSSIS_MESSAGE_TRAILER);
    out[used] = 0;
    return used + 1;
}
