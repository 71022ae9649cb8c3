/* SPDX-License-Identifier: Apache-2.0 */
/* A log of events in a ring of flash pages. It survives a loss of power at any moment: what was committed stays, what was
 * being written is recognised and left out, and the log goes on. No heap, no globals; 36 bytes of state.
 *
 *     static tussis_log_t log;
 *     if (tussis_log_open(&log, &flash) == TUSSIS_LOG_OK) { tussis_log_event(&log, &event); }
 *
 * Format, version 1. All numbers have their low byte first. A page is a row of slots of 32 bytes; slot 0 is its header.
 *
 *     header   0 u32 magic "TLOG"     4 u8 version 1   5 u8 TUSSIS_LOG_UNIT   6 u16 pages of the ring
 *              8 u32 turn            12 u32 erases    16 u32 CRC of the next page, as it was when this was written
 *             20 u32 number of the page's first record                        24 u16 boot   26 u16 0   28 u32 CRC
 *     record   0 u32 number           4 u16 boot       6 u8 type               7 u8 mode     8 u64 ticks
 *             16 u32, u32, u32 by type                28 u32 CRC
 *     START    detector hash, status of tussis_selftest (i32), cause of the reset     ticks 0
 *     EVENT    id, confidence (f32), u16 length and u16 peak in ticks after the onset ticks of the onset
 *     ANCHOR   wall time in microseconds since 1970 (i64), 0                          ticks at that moment
 *     LOSS     samples of audio and of the IMU, and events, lost since the boot       ticks so far
 *
 * A CRC (CRC-32 of zlib) covers the 28 bytes before it. A slot of 0xFF alone is unused; one whose CRC is wrong was cut by a
 * loss of power. Both are passed over. Record numbers rise by 1 and go on over restarts; `boot` counts restarts that wrote
 * something, and tells which ticks belong together, for ticks begin at 0 with each.
 *
 * Wear. Turn t erases page t % pages, so erases of pages differ by at most 1. An erase that was cut consumes its turn: the
 * header before holds the CRC of the page as it was, so the next start sees that it was touched, leaves it for its next
 * turn, and goes on with the page behind it. Only where that one is torn too (a battery that fails at each erase) the first
 * is erased once more, so that such a battery does not eat the whole log: each cut of that kind adds 1 to the difference,
 * and so may one in the first round, in which pages are blank before and show no trace.
 * Each unit of flash is written at most once per erase, in rising order. A write that was cut may read as unused, so the
 * first slot behind the last used one stays empty after a restart. (Where it was the first write after a restart nothing can
 * tell: the unit is written again.) The START record is written with the first other one, so
 * that a restart without any record takes nothing.
 *
 * Room: (pages - 2) * (page_bytes / 32 - 1) records are kept at least, 2 * 126 of them in four pages of 4 KB, less two for
 * each restart.
 *
 * Who locks: nobody. Use one log from one thread. */
#ifndef TUSSIS_EVENT_LOG_H
#define TUSSIS_EVENT_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "tussis/tussis_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes that the flash writes at once: 4 (nRF), 8 (STM32L4, G4, WB), 16 (STM32U5, H5, L5 with 8). */
#ifndef TUSSIS_LOG_UNIT
#define TUSSIS_LOG_UNIT 8
#endif
#if TUSSIS_LOG_UNIT != 4 && TUSSIS_LOG_UNIT != 8 && TUSSIS_LOG_UNIT != 16 && TUSSIS_LOG_UNIT != 32
#error "TUSSIS_LOG_UNIT must be 4, 8, 16 or 32"
#endif

#define TUSSIS_LOG_RECORD 32U /* bytes of a slot */

/* The flash, as a board gives it. The callbacks return false where the flash failed. */
typedef struct {
    uint32_t page_bytes; /* what one erase clears; a multiple of 32, at least 96 */
    uint32_t pages;      /* of the ring: 3 to 65535 */
    /* Copy n bytes from `address`, which counts from the start of the ring. */
    bool (*read)(void *context, uint32_t address, void *bytes, uint32_t n);
    /* Write n bytes, unit by unit, in rising order. Address and n are multiples of TUSSIS_LOG_UNIT; `bytes` is aligned to 8. */
    bool (*write)(void *context, uint32_t address, const void *bytes, uint32_t n);
    /* Set a page to 0xFF. */
    bool (*erase)(void *context, uint32_t page);
    void *context;
} tussis_flash_t;

typedef enum {
    TUSSIS_LOG_OK = 0,
    TUSSIS_LOG_GEOMETRY = -1, /* page_bytes or pages is not as it must be */
    TUSSIS_LOG_FLASH = -2     /* the flash failed, also after another try: the record is not in the log */
} tussis_log_status_t;

typedef enum {
    TUSSIS_LOG_START = 1,
    TUSSIS_LOG_EVENT = 2,
    TUSSIS_LOG_ANCHOR = 3,
    TUSSIS_LOG_LOSS = 4
} tussis_log_type_t;

/* A record that was read. Fields that its type does not have are 0. */
typedef struct {
    uint64_t ticks;      /* of the onset; of the anchor; so far [1/TUSSIS_TICK_HZ s since the start of `boot`] */
    int64_t unix_us;     /* ANCHOR */
    uint32_t number;     /* rises by 1 */
    uint32_t id;         /* EVENT */
    float confidence;    /* EVENT, 0..1 */
    uint32_t detector;   /* START: detector_hash of tussis_info */
    int32_t status;      /* START: what tussis_selftest returned */
    uint32_t cause;      /* START: of the reset, as the board counts causes */
    uint32_t lost_audio; /* LOSS, samples at TUSSIS_INPUT_RATE_HZ */
    uint32_t lost_imu;   /* LOSS, samples */
    uint32_t lost_events; /* LOSS */
    uint16_t boot;
    uint16_t length_ticks; /* EVENT; 65535 for 4.1 s and longer */
    uint16_t peak_ticks;   /* EVENT, after the onset */
    uint8_t type;          /* tussis_log_type_t; pass over what you do not know */
    uint8_t mode;          /* tussis_mode_t, EVENT */
} tussis_log_record_t;

/* A log. Its content is the module's. */
typedef struct {
    const tussis_flash_t *flash; /* NULL: could not be opened */
    uint32_t turn;      /* of the page that is being filled */
    uint32_t next_turn; /* of the page that comes then */
    uint32_t slot;      /* where the next record goes; past the end: the page is full */
    uint32_t number;    /* of the next record */
    uint32_t start[3];  /* words of the START record */
    uint16_t boot;
    bool cut;           /* the erase of the page after this one was begun, before a restart */
    bool start_waits;   /* START is to be written before the next record */
} tussis_log_t;

/* Find the end of the log, or begin one in a flash that holds none. Reads the ring's headers and two pages. `flash` is kept
 * and must stay. Where it fails the other calls fail too, and do nothing. */
tussis_log_status_t tussis_log_open(tussis_log_t *log, const tussis_flash_t *flash);

/* Note how the board started. It is written before the next record, or at once with `now`, as after a self-test that
 * failed. */
tussis_log_status_t tussis_log_start(tussis_log_t *log, uint32_t detector, tussis_status_t selftest, uint32_t cause,
                                     bool now);

/* Commit a record: it is in the flash when this returns TUSSIS_LOG_OK. Takes one write of 32 bytes; every page_bytes / 32
 * records also an erase, one more write and the reading of a page. */
tussis_log_status_t tussis_log_event(tussis_log_t *log, const tussis_event_t *event);
tussis_log_status_t tussis_log_anchor(tussis_log_t *log, uint64_t ticks, int64_t unix_us);
tussis_log_status_t tussis_log_loss(tussis_log_t *log, uint64_t ticks, uint32_t audio, uint32_t imu, uint32_t events);

/* Where a reading is. */
typedef struct {
    uint32_t turn;
    uint32_t slot;
} tussis_log_cursor_t;

/* Before the oldest record. */
tussis_log_cursor_t tussis_log_begin(const tussis_log_t *log);

/* Read the next record, oldest first; false at the end. Records may be committed between two calls; what a new page took
 * away meanwhile is left out. */
bool tussis_log_next(const tussis_log_t *log, tussis_log_cursor_t *cursor, tussis_log_record_t *record);

#ifdef __cplusplus
}
#endif

#endif
