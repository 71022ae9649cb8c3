/* SPDX-License-Identifier: Apache-2.0 */
#include "cobs.h"

size_t tussis_cobs_encode(uint8_t *out, const uint8_t *bytes, size_t n)
{
    size_t code_at = 0;
    size_t used = 1;
    uint8_t code = 1;
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] != 0) {
            out[used++] = bytes[i];
            code++;
        }
        if (bytes[i] == 0 || (code == 255U && i + 1 < n)) {
            out[code_at] = code;
            code_at = used++;
            code = 1;
        }
    }
    out[code_at] = code;
    return used;
}

int tussis_cobs_decode(tussis_cobs_t *state, uint8_t encoded, uint8_t *decoded)
{
    if (encoded == 0) {
        const int outcome = !state->started  ? TUSSIS_COBS_EMPTY
                            : state->left > 0 ? TUSSIS_COBS_BROKEN
                                              : TUSSIS_COBS_END;
        *state = (tussis_cobs_t){0, 0, 0};
        return outcome;
    }
    state->started = 1;
    if (state->left > 0) {
        state->left--;
        *decoded = encoded;
        return TUSSIS_COBS_BYTE;
    }
    const uint8_t zero = state->zero;
    state->left = (uint8_t)(encoded - 1U);
    state->zero = encoded != 255U;
    if (zero) {
        *decoded = 0;
        return TUSSIS_COBS_BYTE;
    }
    return TUSSIS_COBS_NOTHING;
}
