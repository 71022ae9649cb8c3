/* SPDX-License-Identifier: Apache-2.0 */
/* Consistent overhead byte stuffing (Cheshire and Baker 1999): bytes without zeros, so that a zero ends a message. */
#ifndef TUSSIS_COBS_H
#define TUSSIS_COBS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes that n bytes need at most once encoded, without the delimiter. */
#define TUSSIS_COBS_MAX(n) ((n) + (n) / 254U + 1U)

/* Encode n bytes into out, which has room for TUSSIS_COBS_MAX(n) and must not overlap them.
 * Returns the bytes written, none of them zero; the delimiter is not added. */
size_t tussis_cobs_encode(uint8_t *out, const uint8_t *bytes, size_t n);

/* Decoder state for one stream; all zero at the start of every message. */
typedef struct {
    uint8_t left;    /* bytes still to come in this run, 0..254 */
    uint8_t zero;    /* 1: a zero belongs between the last run and the next */
    uint8_t started; /* 1: at least one byte since the delimiter */
} tussis_cobs_t;

/* What one encoded byte gave. */
enum {
    TUSSIS_COBS_NOTHING, /* a length code without a zero before it */
    TUSSIS_COBS_BYTE,    /* *decoded holds one more byte of the message */
    TUSSIS_COBS_END,     /* the delimiter after a whole message; the state is fresh again */
    TUSSIS_COBS_BROKEN,  /* the delimiter inside a run: the message is lost; the state is fresh again */
    TUSSIS_COBS_EMPTY    /* the delimiter with nothing before it */
};

/* Decode one byte. About 12 instructions. */
int tussis_cobs_decode(tussis_cobs_t *state, uint8_t encoded, uint8_t *decoded);

#ifdef __cplusplus
}
#endif

#endif
