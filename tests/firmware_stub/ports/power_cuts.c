/* Cuts the power at every write and erase of the event log, on a model of NOR flash that refuses what flash cannot do.
 *
 * Exit code 0, or 1 with the first fault. On the host main() takes nothing; for a core define STRIDE (every so many cut
 * points) and POWER_CUTS_BARE, and give report() and finish(). */
#include <string.h>

#include "event_log.h"

#ifdef POWER_CUTS_BARE
void report(const char *text);
_Noreturn void finish(int code);
#else
#include <stdio.h>
#include <stdlib.h>
static void report(const char *text) { fputs(text, stdout); }
static _Noreturn void finish(int code) { exit(code); }
#endif
#ifndef STRIDE
#define STRIDE 1
#endif

enum {
    PAGES = 4,
    PAGE_BYTES = 256,
    PAGE_RECORDS = PAGE_BYTES / 32 - 1,
    UNITS = PAGE_BYTES / TUSSIS_LOG_UNIT,
    BEFORE = 75, /* records until the power fails at the latest: more than two rounds */
    AFTER = 45,  /* records after it */
    WRITE_VARIANTS = 4,
    ERASE_VARIANTS = 5,
    NEVER = 0x7FFFFFFF
};

/* ---- the flash ------------------------------------------------------------------------------------------------------ */

static struct {
    uint8_t bytes[PAGES][PAGE_BYTES];
    bool used[PAGES][UNITS]; /* written, or begun to be, since the page was erased whole */
    unsigned erases[PAGES];  /* begun */
    int operations;          /* units written and pages erased so far */
    int cut_at;              /* the operation in which the power fails */
    int variant;             /* what it leaves */
    bool off;
    bool restarted;
    int written;             /* bytes since the power came */
    bool turning;            /* the power failed in an erase or in the header after it */
    uint32_t random;
} flash;

static _Noreturn void fail(const char *what)
{
    static char line[120];
    const int numbers[2] = {flash.cut_at, flash.variant};
    char *to = line;
    for (const char *from = what; *from && to < line + 80; from++) {
        *to++ = *from;
    }
    for (int i = 0; i < 2; i++) {
        *to++ = i ? '/' : ' ';
        for (int digit = 10000; digit; digit /= 10) {
            *to++ = (char)('0' + numbers[i] / digit % 10);
        }
    }
    *to++ = '\n';
    report(line);
    finish(1);
}

static uint8_t noise(void)
{
    flash.random = flash.random * 1664525U + 1013904223U;
    return (uint8_t)(flash.random >> 24);
}

/* Whether the power fails in this operation. */
static bool cut_now(void)
{
    flash.off = flash.operations++ == flash.cut_at;
    return flash.off;
}

static bool read_flash(void *context, uint32_t address, void *bytes, uint32_t n)
{
    (void)context;
    if (address + n > sizeof flash.bytes) {
        fail("read beyond the flash");
    }
    memcpy(bytes, &flash.bytes[0][0] + address, n);
    return !flash.off;
}

/* What a cut leaves of a unit: nothing that can be seen, its first half, any of its bits, or all of it. */
static void write_unit(uint8_t *to, const uint8_t *from)
{
    int variant = cut_now() ? flash.variant % WRITE_VARIANTS : WRITE_VARIANTS - 1;
    if (variant == 0 && flash.restarted && flash.written < 32) {
        variant = 1; /* a first write after a restart that leaves no trace cannot be told from none */
    }
    flash.written += TUSSIS_LOG_UNIT;
    for (int i = 0; i < TUSSIS_LOG_UNIT; i++) {
        if ((to[i] & from[i]) != from[i]) {
            fail("a bit was written from 0 to 1");
        }
        const uint8_t kept = variant == 3                          ? 0U
                             : variant == 2                        ? noise()
                             : variant == 1 && i < TUSSIS_LOG_UNIT / 2 ? 0U
                                                                   : 0xFFU;
        to[i] = (uint8_t)(to[i] & (from[i] | kept));
    }
}

static bool write_flash(void *context, uint32_t address, const void *bytes, uint32_t n)
{
    (void)context;
    if (address % TUSSIS_LOG_UNIT || n % TUSSIS_LOG_UNIT || (uintptr_t)bytes % 8U || address + n > sizeof flash.bytes) {
        fail("a write is not of whole units");
    }
    for (uint32_t at = 0; at < n && !flash.off; at += TUSSIS_LOG_UNIT) {
        const uint32_t page = (address + at) / PAGE_BYTES;
        const uint32_t within = (address + at) % PAGE_BYTES;
        if (flash.used[page][within / TUSSIS_LOG_UNIT]) {
            fail("a unit was written twice, or in a page whose erase was cut");
        }
        flash.used[page][within / TUSSIS_LOG_UNIT] = true;
        write_unit(&flash.bytes[page][within], (const uint8_t *)bytes + at);
        flash.turning = flash.off && within < 32U;
    }
    return !flash.off;
}

/* What a cut leaves of a page: any bits set, its first half erased, its second half, all erased, or nothing. */
static bool erase_flash(void *context, uint32_t page)
{
    (void)context;
    if (page >= PAGES) {
        fail("erase beyond the flash");
    }
    if (flash.off) {
        return false;
    }
    const bool cut = cut_now();
    const int variant = cut ? flash.variant % ERASE_VARIANTS : 3;
    bool changed = !cut; /* a cut erase that changed nothing was none */
    for (uint32_t i = 0; i < PAGE_BYTES; i++) {
        const uint8_t was = flash.bytes[page][i];
        const bool first = i < PAGE_BYTES / 2;
        const bool cleared = variant == 3 || (variant == 1 && first) || (variant == 2 && !first);
        flash.bytes[page][i] |= cleared ? 0xFFU : variant == 0 ? noise() : 0U;
        changed = changed || flash.bytes[page][i] != was;
    }
    flash.erases[page] += changed;
    flash.turning = cut;
    for (uint32_t i = 0; i < UNITS; i++) {
        flash.used[page][i] = cut && (variant != 4 || flash.used[page][i]);
    }
    return !flash.off;
}

static void check_wear(unsigned most)
{
    unsigned low = flash.erases[0], high = flash.erases[0];
    for (int page = 1; page < PAGES; page++) {
        low = flash.erases[page] < low ? flash.erases[page] : low;
        high = flash.erases[page] > high ? flash.erases[page] : high;
    }
    if (high - low > most) {
        fail("pages are not worn evenly");
    }
}

/* ---- the log --------------------------------------------------------------------------------------------------------- */

static const tussis_flash_t geometry = {PAGE_BYTES, PAGES, read_flash, write_flash, erase_flash, 0};
static tussis_log_t event_log;
static uint32_t next_id;      /* of the record that is written next */
static bool committed[4096];  /* by id */

static tussis_event_t event_of(uint32_t id)
{
    tussis_event_t event;
    memset(&event, 0, sizeof event);
    event.id = id;
    event.onset_ticks = 16000ULL * id + 0x100000000ULL;
    event.offset_ticks = event.onset_ticks + 1000U + id;
    event.peak_ticks = event.onset_ticks + id;
    event.confidence = (float)id / 1024.0F;
    event.mode = (uint8_t)(id % 3U);
    return event;
}

static void check_event(const tussis_log_record_t *record)
{
    const tussis_event_t event = event_of(record->id);
    if (record->ticks != event.onset_ticks || record->length_ticks != 1000U + record->id ||
        record->peak_ticks != record->id || memcmp(&record->confidence, &event.confidence, 4) != 0 ||
        record->mode != event.mode || record->id >= next_id) {
        fail("a record that was never written was read");
    }
}

/* Read all: content right, ids and numbers rise, nothing committed is missing from the first one on, and enough is there. */
static void check_log(uint32_t restarts)
{
    tussis_log_cursor_t cursor = tussis_log_begin(&event_log);
    tussis_log_record_t record;
    uint32_t number = 0, expected = 0, found = 0, events = 0, all = 0;
    while (tussis_log_next(&event_log, &cursor, &record)) {
        if (found++ > 0U && record.number <= number) {
            fail("record numbers do not rise");
        }
        number = record.number;
        if (record.type == TUSSIS_LOG_START) {
            if (record.detector != 0xC0FFEEU || record.status != -43 || record.cause != 7U || record.ticks != 0U) {
                fail("a START record is not as it was written");
            }
            continue;
        }
        check_event(&record);
        if (events++ == 0U) {
            expected = record.id;
        }
        if (record.id < expected) {
            fail("ids do not rise");
        }
        for (; expected < record.id; expected++) {
            if (committed[expected]) {
                fail("a committed record is lost");
            }
        }
        expected = record.id + 1U;
    }
    for (; events > 0U && expected < next_id; expected++) {
        if (committed[expected]) {
            fail("a committed record at the end is lost");
        }
    }
    for (uint32_t id = 0; id < next_id; id++) {
        all += committed[id];
    }
    const uint32_t promised = (PAGES - 2) * PAGE_RECORDS;
    const uint32_t kept = promised > 3U * restarts ? promised - 3U * restarts : 0U;
    if (found < (all < kept ? all : kept)) {
        fail("the log kept less than it promises");
    }
}

static bool start(void)
{
    return tussis_log_open(&event_log, &geometry) == TUSSIS_LOG_OK &&
           tussis_log_start(&event_log, 0xC0FFEEU, -43, 7, false) == TUSSIS_LOG_OK;
}

static void write_records(int n)
{
    for (int i = 0; i < n && !flash.off; i++) {
        const uint32_t id = next_id++;
        const tussis_event_t event = event_of(id);
        committed[id] = tussis_log_event(&event_log, &event) == TUSSIS_LOG_OK;
        if (!committed[id] && !flash.off) {
            fail("the log refused a record");
        }
    }
}

static void blank_flash(uint8_t fill)
{
    memset(&flash, 0, sizeof flash);
    memset(flash.bytes, fill, sizeof flash.bytes);
    memset(flash.used, fill != 0xFF, sizeof flash.used);
    memset(committed, 0, sizeof committed);
    next_id = 0;
    flash.cut_at = NEVER;
}

static void power_on(int cut_at, int variant)
{
    flash.off = false;
    flash.restarted = flash.operations > 0;
    flash.written = 0;
    flash.cut_at = cut_at;
    flash.variant = variant;
}

/* One run with the power cut in operation `cut_at`; returns whether it came to it. */
static bool run_with_cut(int cut_at, int variant)
{
    blank_flash(0xFF);
    flash.random = (uint32_t)(cut_at * 31 + variant);
    power_on(cut_at, variant);
    if (start()) {
        write_records(BEFORE);
    }
    const bool was_cut = flash.off;
    const bool in_first_round = event_log.turn + 1U < PAGES; /* pages were blank, so a cut erase leaves no trace */
    power_on(was_cut ? cut_at : NEVER, variant); /* for messages: the operation is past */
    if (!start()) {
        fail("the log could not be opened after the cut");
    }
    check_log(1);
    for (int i = 0; i < AFTER; i++) {
        write_records(1);
        check_wear(in_first_round ? 2 : 1);
    }
    check_log(2);
    if (!start()) {
        fail("the log could not be opened again");
    }
    check_log(2);
    return was_cut;
}

/* The power fails again and again, soon after each start; more wear than 1 needs a turn that was cut each. */
static void run_with_many_cuts(uint32_t seed)
{
    unsigned turns_cut = 0;
    uint32_t restarts = 0;
    blank_flash(0xFF);
    flash.random = seed;
    while (restarts < 40U && next_id < 3000U) {
        const int after = (int)(noise() % 60U) * (noise() % 8U ? 1 : 4);
        power_on(flash.operations + after, noise());
        if (start()) {
            check_log(40);
            write_records(200);
        }
        turns_cut += flash.turning ? 1U : 0U;
        flash.turning = false;
        check_wear(1U + turns_cut);
        restarts++;
    }
}

/* A battery that fails at every erase must not eat the log, but for the two pages that come next. */
static void run_with_failing_battery(void)
{
    blank_flash(0xFF);
    power_on(NEVER, 0);
    (void)start();
    write_records(4 * PAGE_RECORDS - 1); /* with the START record: four full pages */
    for (int i = 0; i < 20; i++) {
        power_on(flash.operations, 0); /* the next operation is an erase, for the page is full */
        if (start()) {
            write_records(1);
        }
        power_on(NEVER, 0);
        (void)start();
        check_log(1);
    }
    write_records(AFTER);
    check_log(3);
}

/* A flash that held something else. */
static void run_on_used_flash(uint8_t fill)
{
    blank_flash(fill);
    if (!start()) {
        fail("the log did not begin on a used flash");
    }
    write_records(BEFORE);
    check_log(0);
}

static void check_geometry(void)
{
    const tussis_flash_t wrong[3] = {
        {PAGE_BYTES + 8, PAGES, read_flash, write_flash, erase_flash, 0},
        {PAGE_BYTES, 2, read_flash, write_flash, erase_flash, 0},
        {64, PAGES, read_flash, write_flash, erase_flash, 0},
    };
    for (int i = 0; i < 3; i++) {
        const tussis_event_t event = event_of(0);
        if (tussis_log_open(&event_log, &wrong[i]) != TUSSIS_LOG_GEOMETRY ||
            tussis_log_event(&event_log, &event) != TUSSIS_LOG_FLASH) {
            fail("a wrong geometry was taken");
        }
    }
}

int main(void)
{
    int cut_at = 0;
    bool more = true;
    check_geometry();
    for (; more; cut_at += STRIDE) {
        more = false;
        for (int variant = 0; variant < WRITE_VARIANTS * ERASE_VARIANTS; variant++) {
            if (variant < WRITE_VARIANTS || variant < ERASE_VARIANTS) {
                more = run_with_cut(cut_at, variant) || more;
            }
        }
    }
    if (cut_at < 80) {
        fail("too few cuts");
    }
    for (uint32_t seed = 1; seed <= 400U / STRIDE; seed++) {
        run_with_many_cuts(seed);
    }
    run_with_failing_battery();
    run_on_used_flash(0x00);
    run_on_used_flash(0xA5);
    report("every cut survived\n");
    finish(0);
}
