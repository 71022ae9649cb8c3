/* SPDX-License-Identifier: Apache-2.0 */
#include "event_log.h"

#include <string.h>

#include "../../app/crc.h"

#define SLOT TUSSIS_LOG_RECORD
#define MAGIC 0x474F4C54U

enum {
    VERSION = 1,
    BODY = 28, /* bytes before the CRC */
    TRIES = 3, /* slots, or pages, that a record is tried in before the flash is given up */
    PIECE = 64 /* bytes read at once where a whole page is */
};

/* 32 bytes as they lie in the flash. */
typedef struct {
    _Alignas(8) uint8_t bytes[SLOT];
} slot_t;

typedef struct {
    uint32_t turn;
    uint32_t next_crc;
    uint32_t number;
    uint16_t boot;
} header_t;

static void put(slot_t *slot, uint32_t at, uint64_t value, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        slot->bytes[at + i] = (uint8_t)(value >> (8U * i));
    }
}

static uint64_t get(const slot_t *slot, uint32_t at, uint32_t n)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < n; i++) {
        value |= (uint64_t)slot->bytes[at + i] << (8U * i);
    }
    return value;
}

static uint32_t get_word(const slot_t *slot, uint32_t at)
{
    return (uint32_t)get(slot, at, 4);
}

static void seal(slot_t *slot)
{
    put(slot, BODY, tussis_crc32(0, slot->bytes, BODY), 4);
}

static bool is_sealed(const slot_t *slot)
{
    return get_word(slot, BODY) == tussis_crc32(0, slot->bytes, BODY);
}

static bool is_blank(const uint8_t *bytes, uint32_t n)
{
    uint32_t i = 0;
    while (i < n && bytes[i] == 0xFFU) {
        i++;
    }
    return i == n;
}

static uint32_t slots_of(const tussis_flash_t *flash)
{
    return flash->page_bytes / SLOT;
}

static uint32_t page_of(const tussis_flash_t *flash, uint32_t turn)
{
    return turn % flash->pages;
}

static bool read_slot(const tussis_flash_t *flash, uint32_t page, uint32_t slot, slot_t *to)
{
    return flash->read(flash->context, page * flash->page_bytes + slot * SLOT, to->bytes, SLOT);
}

/* Write a slot and read it back. */
static bool write_slot(const tussis_flash_t *flash, uint32_t page, uint32_t slot, const slot_t *from)
{
    slot_t back;
    return flash->write(flash->context, page * flash->page_bytes + slot * SLOT, from->bytes, SLOT) &&
           read_slot(flash, page, slot, &back) && memcmp(back.bytes, from->bytes, SLOT) == 0;
}

/* Whether a page has a header of this ring. */
static bool read_header(const tussis_flash_t *flash, uint32_t page, header_t *header)
{
    slot_t slot;
    if (!read_slot(flash, page, 0, &slot) || !is_sealed(&slot) || get_word(&slot, 0) != MAGIC ||
        slot.bytes[4] != VERSION || get(&slot, 6, 2) != flash->pages) {
        return false;
    }
    header->turn = get_word(&slot, 8);
    header->next_crc = get_word(&slot, 16);
    header->number = get_word(&slot, 20);
    header->boot = (uint16_t)get(&slot, 24, 2);
    return page_of(flash, header->turn) == page;
}

/* CRC of a whole page, and whether it is all 0xFF. False where it cannot be read. */
static bool look_at_page(const tussis_flash_t *flash, uint32_t page, uint32_t *crc, bool *blank)
{
    uint8_t piece[PIECE];
    *crc = 0;
    *blank = true;
    for (uint32_t at = 0; at < flash->page_bytes; at += PIECE) {
        const uint32_t n = flash->page_bytes - at < PIECE ? flash->page_bytes - at : PIECE;
        if (!flash->read(flash->context, page * flash->page_bytes + at, piece, n)) {
            return false;
        }
        *crc = tussis_crc32(*crc, piece, n);
        *blank = *blank && is_blank(piece, n);
    }
    return true;
}

/* Write the header that makes a blank page the one that is being filled. */
static bool begin_page(tussis_log_t *log, uint32_t turn)
{
    const tussis_flash_t *flash = log->flash;
    uint32_t next_crc;
    bool blank;
    slot_t slot = {{0}};
    if (!look_at_page(flash, page_of(flash, turn + 1U), &next_crc, &blank)) {
        return false;
    }
    put(&slot, 0, MAGIC, 4);
    slot.bytes[4] = VERSION;
    slot.bytes[5] = TUSSIS_LOG_UNIT;
    put(&slot, 6, flash->pages, 2);
    put(&slot, 8, turn, 4);
    put(&slot, 12, turn / flash->pages + 1U, 4);
    put(&slot, 16, next_crc, 4);
    put(&slot, 20, log->number, 4);
    put(&slot, 24, log->boot, 2);
    seal(&slot);
    if (!write_slot(flash, page_of(flash, turn), 0, &slot)) {
        return false;
    }
    log->turn = turn;
    log->next_turn = turn + 1U;
    log->slot = 1;
    log->cut = false;
    return true;
}

/* Give the oldest page up for a new one. A page that the flash cannot erase or write is left out. */
static bool turn_page(tussis_log_t *log)
{
    const tussis_flash_t *flash = log->flash;
    for (uint32_t i = 0; i < TRIES && log->next_turn - log->turn < flash->pages; i++) {
        const uint32_t turn = log->next_turn++;
        uint32_t crc;
        bool blank = false;
        if (flash->erase(flash->context, page_of(flash, turn)) &&
            look_at_page(flash, page_of(flash, turn), &crc, &blank) && blank && begin_page(log, turn)) {
            return true;
        }
    }
    return false;
}

/* A flash without a log. A page that looks blank is erased too: a header that was cut may read as unused. */
static bool begin_log(tussis_log_t *log)
{
    return log->flash->erase(log->flash->context, 0) && begin_page(log, 0);
}

/* Find out whether the erase of the next turn was begun before the power failed; see "Wear" in the header. */
static void find_next_turn(tussis_log_t *log, const header_t *newest)
{
    const tussis_flash_t *flash = log->flash;
    const uint32_t behind = page_of(flash, newest->turn + 2U);
    uint32_t crc;
    bool blank;
    header_t header;
    log->turn = newest->turn;
    log->next_turn = newest->turn + 1U;
    log->cut = !look_at_page(flash, page_of(flash, log->next_turn), &crc, &blank) || crc != newest->next_crc;
    if (log->cut && (read_header(flash, behind, &header) || (look_at_page(flash, behind, &crc, &blank) && blank))) {
        log->next_turn++;
    }
}

/* Find where the newest page ends, and the last record in it. */
static bool find_end(tussis_log_t *log, const header_t *newest)
{
    const uint32_t slots = slots_of(log->flash);
    uint32_t last = 0;
    log->number = newest->number;
    log->boot = newest->boot;
    for (uint32_t i = 1; i < slots; i++) {
        slot_t slot;
        if (!read_slot(log->flash, page_of(log->flash, newest->turn), i, &slot)) {
            return false;
        }
        if (!is_blank(slot.bytes, SLOT)) {
            last = i;
        }
        if (is_sealed(&slot)) {
            log->number = get_word(&slot, 0) + 1U;
            log->boot = (uint16_t)get(&slot, 4, 2);
        }
    }
    log->slot = last + 2U; /* a write that was cut may read as unused */
    return true;
}

/* Go on where the log ends. */
static bool open_log(tussis_log_t *log)
{
    const tussis_flash_t *flash = log->flash;
    header_t newest = {0};
    bool any = false;
    for (uint32_t page = 0; page < flash->pages; page++) {
        header_t header;
        if (read_header(flash, page, &header) && (!any || header.turn > newest.turn)) {
            newest = header;
            any = true;
        }
    }
    if (!any) {
        log->boot = 1;
        return begin_log(log);
    }
    find_next_turn(log, &newest);
    if (!find_end(log, &newest)) {
        return false;
    }
    log->boot++;
    return true;
}

tussis_log_status_t tussis_log_open(tussis_log_t *log, const tussis_flash_t *flash)
{
    memset(log, 0, sizeof *log);
    if (flash->page_bytes % SLOT != 0U || slots_of(flash) < 3U || flash->pages < 3U || flash->pages > 0xFFFFU) {
        return TUSSIS_LOG_GEOMETRY;
    }
    log->flash = flash;
    if (!open_log(log)) {
        log->flash = NULL;
        return TUSSIS_LOG_FLASH;
    }
    return TUSSIS_LOG_OK;
}

static tussis_log_status_t commit(tussis_log_t *log, tussis_log_type_t type, uint8_t mode, uint64_t ticks,
                                  const uint32_t words[3])
{
    slot_t slot;
    if (log->flash == NULL) {
        return TUSSIS_LOG_FLASH;
    }
    put(&slot, 0, log->number, 4);
    put(&slot, 4, log->boot, 2);
    slot.bytes[6] = (uint8_t)type;
    slot.bytes[7] = mode;
    put(&slot, 8, ticks, 8);
    for (uint32_t i = 0; i < 3U; i++) {
        put(&slot, 16U + 4U * i, words[i], 4);
    }
    seal(&slot);
    for (uint32_t i = 0; i < TRIES; i++) {
        if (log->slot >= slots_of(log->flash) && !turn_page(log)) {
            return TUSSIS_LOG_FLASH;
        }
        if (write_slot(log->flash, page_of(log->flash, log->turn), log->slot++, &slot)) {
            log->number++;
            return TUSSIS_LOG_OK;
        }
    }
    return TUSSIS_LOG_FLASH;
}

static tussis_log_status_t commit_start(tussis_log_t *log)
{
    if (!log->start_waits) {
        return TUSSIS_LOG_OK;
    }
    const tussis_log_status_t status = commit(log, TUSSIS_LOG_START, 0, 0, log->start);
    log->start_waits = status != TUSSIS_LOG_OK;
    return status;
}

tussis_log_status_t tussis_log_start(tussis_log_t *log, uint32_t detector, tussis_status_t selftest, uint32_t cause,
                                     bool now)
{
    log->start[0] = detector;
    log->start[1] = (uint32_t)selftest;
    log->start[2] = cause;
    log->start_waits = true;
    return now ? commit_start(log) : TUSSIS_LOG_OK;
}

static uint32_t ticks_after(uint64_t ticks, uint64_t onset)
{
    return ticks - onset < 0xFFFFU ? (uint32_t)(ticks - onset) : 0xFFFFU;
}

tussis_log_status_t tussis_log_event(tussis_log_t *log, const tussis_event_t *event)
{
    uint32_t words[3] = {event->id, 0, ticks_after(event->offset_ticks, event->onset_ticks)};
    memcpy(&words[1], &event->confidence, sizeof words[1]);
    words[2] |= ticks_after(event->peak_ticks, event->onset_ticks) << 16;
    const tussis_log_status_t status = commit_start(log);
    return status == TUSSIS_LOG_OK ? commit(log, TUSSIS_LOG_EVENT, event->mode, event->onset_ticks, words) : status;
}

tussis_log_status_t tussis_log_anchor(tussis_log_t *log, uint64_t ticks, int64_t unix_us)
{
    const uint32_t words[3] = {(uint32_t)unix_us, (uint32_t)((uint64_t)unix_us >> 32), 0};
    const tussis_log_status_t status = commit_start(log);
    return status == TUSSIS_LOG_OK ? commit(log, TUSSIS_LOG_ANCHOR, 0, ticks, words) : status;
}

tussis_log_status_t tussis_log_loss(tussis_log_t *log, uint64_t ticks, uint32_t audio, uint32_t imu, uint32_t events)
{
    const uint32_t words[3] = {audio, imu, events};
    const tussis_log_status_t status = commit_start(log);
    return status == TUSSIS_LOG_OK ? commit(log, TUSSIS_LOG_LOSS, 0, ticks, words) : status;
}

static void decode(const slot_t *slot, tussis_log_record_t *record)
{
    const uint32_t a = get_word(slot, 16);
    const uint32_t b = get_word(slot, 20);
    const uint32_t c = get_word(slot, 24);
    memset(record, 0, sizeof *record);
    record->number = get_word(slot, 0);
    record->boot = (uint16_t)get(slot, 4, 2);
    record->type = slot->bytes[6];
    record->mode = slot->bytes[7];
    record->ticks = get(slot, 8, 8);
    if (record->type == TUSSIS_LOG_START) {
        record->detector = a;
        record->status = (int32_t)b;
        record->cause = c;
    } else if (record->type == TUSSIS_LOG_EVENT) {
        record->id = a;
        memcpy(&record->confidence, &b, sizeof b);
        record->length_ticks = (uint16_t)c;
        record->peak_ticks = (uint16_t)(c >> 16);
    } else if (record->type == TUSSIS_LOG_ANCHOR) {
        record->unix_us = (int64_t)get(slot, 16, 8);
    } else if (record->type == TUSSIS_LOG_LOSS) {
        record->lost_audio = a;
        record->lost_imu = b;
        record->lost_events = c;
    }
}

tussis_log_cursor_t tussis_log_begin(const tussis_log_t *log)
{
    const uint32_t pages = log->flash == NULL ? 0U : log->flash->pages;
    /* A page whose erase was cut is given up, whatever can still be read of it. Behind one the next may be cut as well. */
    const uint32_t next = log->next_turn - log->turn > 1U ? log->next_turn : log->turn;
    const uint32_t given_up = log->cut && next == log->turn ? log->turn + 1U : next;
    const tussis_log_cursor_t cursor = {given_up < pages ? 0 : given_up - pages + 1U, 1};
    return cursor;
}

bool tussis_log_next(const tussis_log_t *log, tussis_log_cursor_t *cursor, tussis_log_record_t *record)
{
    const tussis_flash_t *flash = log->flash;
    for (; flash != NULL && cursor->turn <= log->turn; cursor->turn++, cursor->slot = 1) {
        const uint32_t page = page_of(flash, cursor->turn);
        header_t header;
        if (!read_header(flash, page, &header) || header.turn != cursor->turn) {
            continue;
        }
        while (cursor->slot < slots_of(flash)) {
            slot_t slot;
            if (read_slot(flash, page, cursor->slot++, &slot) && is_sealed(&slot)) {
                decode(&slot, record);
                return true;
            }
        }
    }
    return false;
}
