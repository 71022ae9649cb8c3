/* SPDX-License-Identifier: Apache-2.0 */
#include "outbox.h"

#include <string.h>

static uint16_t distance(uint16_t from, uint16_t to)
{
    return (uint16_t)(to - from);
}

size_t tussis_outbox_room(const tussis_outbox_t *outbox)
{
    return (size_t)TUSSIS_OUTBOX_SLOTS - distance(outbox->acked, outbox->produced);
}

tussis_outbox_slot_t *tussis_outbox_next(tussis_outbox_t *outbox, uint8_t type)
{
    tussis_outbox_slot_t *message = &outbox->slots[outbox->produced % TUSSIS_OUTBOX_SLOTS];
    memset(message, 0, sizeof *message);
    message->type = type;
    return message;
}

void tussis_outbox_commit(tussis_outbox_t *outbox)
{
    outbox->produced++;
}

const tussis_outbox_slot_t *tussis_outbox_unsent(const tussis_outbox_t *outbox)
{
    return outbox->sent == outbox->produced ? NULL : &outbox->slots[outbox->sent % TUSSIS_OUTBOX_SLOTS];
}

int tussis_outbox_acknowledge(tussis_outbox_t *outbox, uint16_t next, int resend)
{
    if (distance(outbox->acked, next) > distance(outbox->acked, outbox->produced)) {
        return 0;
    }
    const int ahead = distance(outbox->acked, next) > distance(outbox->acked, outbox->sent);
    outbox->acked = next;
    if (resend || ahead) { /* ahead: the host had them before it asked for a repetition it no longer needs */
        outbox->sent = next;
    }
    return 1;
}
