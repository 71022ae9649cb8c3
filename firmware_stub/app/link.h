/* SPDX-License-Identifier: Apache-2.0 */
/* The link: messages out of a byte stream and back into one. Knows nothing of what messages mean.
 *
 * On the wire a message is COBS(type u8, session u8, seq u16, payload, crc32 u32) 0x00; see PROTOCOL.md. */
#ifndef TUSSIS_LINK_H
#define TUSSIS_LINK_H

#include "cobs.h"
#include "messages.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A good message. The payload belongs to the receiver and lasts until the next call with it. */
typedef struct {
    uint8_t type;
    uint8_t session;
    uint16_t seq;
    const uint8_t *payload;
    size_t payload_bytes;
} tussis_message_t;

/* Receiver of one stream: about 0.6 KB, all zero at the start. Owned by the caller. */
typedef struct {
    uint8_t bytes[TUSSIS_MESSAGE_MAX_IN];
    uint16_t used;
    uint8_t too_long;
    tussis_cobs_t cobs;
    uint16_t bad_crc;    /* messages with a wrong CRC or broken COBS, modulo 65536 */
    uint16_t bad_length; /* messages too short, too long or of a length their type cannot have */
    uint16_t bad_type;   /* messages of unknown type */
} tussis_receiver_t;

/* Take bytes until a message ends or all n are taken.
 * Returns how many were taken. message->type is 0 unless a good host message ended there. Costs about 30 instructions per
 * byte; never reads or writes outside the receiver, whatever the bytes are. */
size_t tussis_receive(tussis_receiver_t *receiver, const uint8_t *bytes, size_t n, tussis_message_t *message);

/* Unreadable messages of every kind so far, modulo 65536. */
uint16_t tussis_bad_messages(const tussis_receiver_t *receiver);

/* Bytes that a board message needs on the wire at most, with its delimiter. */
enum { TUSSIS_WIRE_MAX_OUT = TUSSIS_COBS_MAX(TUSSIS_MESSAGE_MAX_OUT) + 1 };

/* Build the wire form of a message: out has room for TUSSIS_WIRE_MAX_OUT bytes, payload_bytes is at most
 * TUSSIS_MESSAGE_MAX_OUT less header and trailer. Returns the bytes to send. */
size_t tussis_wrap(uint8_t *out, uint8_t type, uint8_t session, uint16_t seq, const uint8_t *payload,
                   size_t payload_bytes);

#ifdef __cplusplus
}
#endif

#endif
