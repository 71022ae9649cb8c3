/* SPDX-License-Identifier: Apache-2.0 */
/* The main loop of a worn board. The board itself is in functions of board.h; README.md says how to bring up yours.
 *
 * Interrupts only count. The loop takes what they announce: first the IMU's samples, so that audio windows find them; then
 * half a DMA buffer, or the time that passed while the microphone slept; then it switches the microphone; then events, into
 * the log and to the board. Nothing here waits but the sleep. */
#include "board.h"
#include "hearing.h"
#include "interrupts.h"

#ifndef TUSSIS_HEARTBEAT_S
#define TUSSIS_HEARTBEAT_S 60
#endif
#ifndef TUSSIS_ANCHOR_S
#define TUSSIS_ANCHOR_S 3600
#endif

enum { IMU_CHUNK = 16 };

static tussis_t detector;
static tussis_log_t event_log;
static volatile bool imu_due; /* written by an interrupt */

static struct {
    bool audio_moved;       /* since the watchdog was fed */
    bool imu_moved;
    bool anchored;
    uint64_t anchor_due;    /* ticks */
    uint64_t heartbeat_due; /* ticks */
    uint32_t logged_halves; /* lost_halves, lost_imu and lost events in the last LOSS record */
    uint32_t logged_imu;
    uint32_t logged_events;
    tussis_since_t since; /* the last heartbeat */
    tussis_heartbeat_t state;
} live;

void tussis_on_imu(void)
{
    imu_due = true;
}

static void keep(tussis_status_t status)
{
    if (status != TUSSIS_OK) {
        live.state.last_status = status;
    }
}

/* Take what waits in the FIFO, as much as its level said when the clock was read: a sample that comes meanwhile is left,
 * so that the stamp is never earlier than the sample it belongs to. */
static void take_imu(void)
{
    imu_due = false; /* before the look at the level: what comes behind it is announced again */
    const size_t lost = tussis_board_lost_imu();
    size_t left = tussis_board_imu_waiting();
    const uint64_t tick = tussis_hearing_ticks();
    live.state.lost_imu += (uint32_t)lost;
    keep(tussis_skip_imu(&detector, lost));
    if (lost > 0) {
        tussis_hearing_lost_motion(tick);
    }
    while (left > 0) {
        tussis_imu_t samples[IMU_CHUNK];
        const size_t n = tussis_board_read_imu(samples, left < IMU_CHUNK ? left : IMU_CHUNK);
        if (n == 0) { /* the bus failed: they are gone */
            live.state.lost_imu += (uint32_t)left;
            keep(tussis_skip_imu(&detector, left));
            tussis_hearing_lost_motion(tick);
            return;
        }
        left -= n;
        tussis_hearing_motion(samples, n, tick - left * (uint64_t)(TUSSIS_TICK_HZ / TUSSIS_IMU_RATE_HZ));
        keep(left > 0 ? tussis_push_imu(&detector, samples, n) : tussis_push_imu_at(&detector, samples, n, tick));
        live.imu_moved = true;
    }
}

static void log_outcome(tussis_log_status_t status)
{
    live.state.unlogged += status != TUSSIS_LOG_OK ? 1U : 0U;
}

static void take_events(void)
{
    tussis_event_t event;
    while (tussis_next_event(&detector, &event)) {
        live.state.events++;
        log_outcome(tussis_log_event(&event_log, &event));
        tussis_board_event(&event);
    }
}

static void anchor_clock(void)
{
    int64_t unix_us;
    if ((!live.anchored || live.state.ticks >= live.anchor_due) && tussis_board_wall_time(&unix_us)) {
        live.anchored = true;
        live.anchor_due = live.state.ticks + (uint64_t)TUSSIS_ANCHOR_S * TUSSIS_TICK_HZ;
        log_outcome(tussis_log_anchor(&event_log, tussis_hearing_ticks(), unix_us));
    }
}

static void log_losses(void)
{
    const uint32_t events = live.state.totals.lost_events;
    if (live.state.lost_halves != live.logged_halves || live.state.lost_imu != live.logged_imu ||
        events != live.logged_events) {
        live.logged_halves = live.state.lost_halves;
        live.logged_imu = live.state.lost_imu;
        live.logged_events = events;
        log_outcome(tussis_log_loss(&event_log, live.state.ticks, live.logged_halves * TUSSIS_AUDIO_HALF, live.logged_imu,
                                    events));
    }
}

static void beat(void)
{
    (void)tussis_get_totals(&detector, &live.state.totals);
    (void)tussis_get_telemetry(&detector, &live.since, &live.state.telemetry);
    log_losses();
    tussis_board_heartbeat(&live.state);
}

static void look_at_the_clock(void)
{
    live.state.ticks = tussis_audio_ticks(&detector);
    live.state.lost_halves = tussis_hearing_lost_halves();
    anchor_clock();
    if (live.state.ticks >= live.heartbeat_due) {
        live.heartbeat_due = live.state.ticks + (uint64_t)TUSSIS_HEARTBEAT_S * TUSSIS_TICK_HZ;
        beat();
    }
    const bool audio = live.audio_moved || tussis_mode(&detector) == TUSSIS_MODE_IMU;
    const bool imu = live.imu_moved || tussis_mode(&detector) == TUSSIS_MODE_AUDIO;
    if (audio && imu) {
        live.audio_moved = false;
        live.imu_moved = false;
        tussis_board_feed_watchdog();
    }
}

static bool is_idle(void)
{
    return tussis_hearing_idle() && !imu_due;
}

/* Sleep, unless there is work. The look must be made with interrupts masked: if one came between a look and a WFI without
 * the mask, its handler would have run before the WFI, and the core would sleep with work to do, half a buffer late or,
 * where it was the last interrupt, for ever. Masked, it stays pending; a pending interrupt ends WFI although it is masked,
 * and its handler runs when the mask is taken off. */
static void sleep_if_idle(void)
{
    tussis_mask_interrupts();
    if (is_idle() && !tussis_board_stopping()) {
        tussis_board_sleep();
    }
    tussis_unmask_interrupts();
}

static void take_all(void)
{
    if (imu_due) {
        take_imu();
    }
    keep(tussis_hearing_take(&live.audio_moved));
    tussis_hearing_switch();
    take_events();
    look_at_the_clock();
}

/* The end of a stretch: what waits is decided now. */
static void finish(void)
{
    while (!is_idle()) {
        take_all();
    }
    take_imu(); /* what is below the watermark */
    keep(tussis_hearing_take(&live.audio_moved)); /* and the time since */
    while (tussis_flush_step(&detector)) {
        take_events();
    }
    take_events();
    beat();
}

static tussis_status_t start(void)
{
    const tussis_status_t selftest = tussis_selftest(&detector);
    const tussis_log_status_t opened = tussis_log_open(&event_log, tussis_board_flash());
    log_outcome(opened);
    if (opened != TUSSIS_LOG_GEOMETRY) {
        log_outcome(tussis_log_start(&event_log, tussis_info()->detector_hash, selftest, tussis_board_reset_cause(),
                                     selftest != TUSSIS_OK));
    }
    if (selftest != TUSSIS_OK) {
        return selftest; /* this core must not detect */
    }
    const tussis_status_t status = tussis_init(&detector);
#ifdef TUSSIS_START_MODE /* a tussis_mode_t; without it TUSSIS_MODE_GATED, or the one mode that the detector has */
    return status == TUSSIS_OK ? tussis_set_mode(&detector, TUSSIS_START_MODE) : status;
#else
    return status;
#endif
}

int main(void)
{
    const tussis_status_t status = start();
    if (status == TUSSIS_OK) {
        tussis_hearing_start(&detector);
        while (!tussis_board_stopping()) {
            take_all();
            sleep_if_idle();
        }
        finish();
    }
    tussis_board_end(status);
    return 0;
}
