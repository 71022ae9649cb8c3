/* SPDX-License-Identifier: Apache-2.0 */
#include "hearing.h"

#include <string.h>

#include "interrupts.h"

#ifdef TUSSIS_LIVE_WAKE_MS
#define WAKE 1
#if !(TUSSIS_HAS_AUDIO && TUSSIS_HAS_IMU) || TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED
#error "TUSSIS_LIVE_WAKE_MS is for a detector with both models, exported with --microphone wake"
#endif
_Static_assert(TUSSIS_MICROPHONE_SETTLE_MS <= TUSSIS_LIVE_WAKE_MS, "the microphone starts slower than it was exported for");
#else
#define WAKE 0
#endif
#if TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED
_Static_assert(TUSSIS_MICROPHONE_SETTLE_MS <= TUSSIS_MICROPHONE_START_MS, "slower than the project was exported for");
#endif

#define MS_TICKS ((uint64_t)TUSSIS_TICK_HZ / 1000U)

static int16_t audio_buffer[2 * TUSSIS_AUDIO_HALF];
static volatile uint32_t halves_done; /* by the DMA's interrupts; since the microphone was switched on; wraps */

static struct {
    tussis_t *detector;
    uint32_t halves; /* of these that were taken, lost ones included */
    uint32_t lost;
#if TUSSIS_LIVE_SWITCHES
    bool on;
    uint32_t clock; /* samples that the detector has been given, by the board's clock */
    uint64_t good;  /* ticks: what the microphone gives before is not sound yet */
#endif
#if WAKE
    tussis_wake_t wake;
#endif
} hearing;

void tussis_on_audio_half(void)
{
    halves_done = halves_done + 1U;
}

static uint64_t ticks_of(uint32_t samples)
{
    return (uint64_t)samples * TUSSIS_TICK_HZ / TUSSIS_INPUT_RATE_HZ;
}

/* Samples that the DMA has written and nobody has taken. A half that is done, but whose interrupt waits, shows in the
 * position. */
static uint32_t captured(void)
{
    tussis_mask_interrupts();
    const size_t position = tussis_board_audio_position();
    const uint32_t done = halves_done;
    tussis_unmask_interrupts();
    const size_t begun = done % 2U * TUSSIS_AUDIO_HALF;
    const size_t since = (position + 2U * TUSSIS_AUDIO_HALF - begun) % (2U * TUSSIS_AUDIO_HALF);
    return (done - hearing.halves) * TUSSIS_AUDIO_HALF + (uint32_t)since;
}

#if TUSSIS_LIVE_SWITCHES

/* Samples that have passed unheard, up to a time by the board's clock. That of the DMA may have been the faster one. */
static uint32_t passed_until(uint32_t clock)
{
    const uint32_t passed = clock - hearing.clock;
    return passed <= UINT32_MAX / 2U ? passed : 0U;
}

static uint32_t unheard(void)
{
    return hearing.on ? captured() : passed_until(tussis_board_clock());
}

/* Let n samples pass that nobody heard. */
static tussis_status_t pass(uint32_t n)
{
    hearing.clock += n;
    if (n == 0U) {
        return TUSSIS_OK;
    }
    return WAKE ? tussis_push_silence(hearing.detector, n) : tussis_skip_audio(hearing.detector, n);
}

#else

static uint32_t unheard(void)
{
    return captured();
}

#endif

uint64_t tussis_hearing_ticks(void)
{
    return tussis_audio_ticks(hearing.detector) + ticks_of(unheard());
}

/* ---- movement that wakes the microphone ------------------------------------------------------------------------------- */

#if WAKE

static struct {
    volatile bool due;
    volatile uint32_t first; /* of the interrupts since the last look, by the board's clock */
    volatile uint32_t last;
} movement;
static uint64_t gate_opened; /* when it did last, as far as was seen */

void tussis_on_movement(void)
{
    const uint32_t clock = tussis_board_clock();
    movement.first = movement.due ? movement.first : clock;
    movement.last = clock;
    movement.due = true;
}

/* A microphone that was off was asked for at `tick`. It hears from the start-up on that the project was exported with, not
 * sooner, so that the events are those of `tussis detect`. */
static void begin(uint64_t tick)
{
    if (tussis_mode(hearing.detector) == TUSSIS_MODE_GATED) {
        hearing.good = tick + TUSSIS_LIVE_WAKE_MS * MS_TICKS;
    }
}

static bool is_off(uint64_t tick)
{
    return !hearing.wake.asked || tick > hearing.wake.off_tick;
}

/* Movement asks, or the gate. */
static void ask(uint64_t tick)
{
    if (is_off(tick)) {
        begin(tick);
    }
    tussis_wake_ask(&hearing.wake, tick);
}

static void take_movement(void)
{
    if (movement.due) {
        tussis_mask_interrupts();
        const uint32_t clock = tussis_board_clock();
        const uint32_t first = movement.first;
        const uint32_t last = movement.last;
        movement.due = false;
        tussis_unmask_interrupts();
        const uint64_t now = tussis_hearing_ticks();
        ask(now - ticks_of(clock - first));
        ask(now - ticks_of(clock - last));
    }
}

static void take_opening(void)
{
    uint64_t tick;
    if (tussis_mode(hearing.detector) == TUSSIS_MODE_GATED && tussis_gate_opened(hearing.detector, &tick) &&
        tick != gate_opened) {
        gate_opened = tick;
        ask(tick);
    }
}

void tussis_hearing_motion(const tussis_imu_t *samples, size_t n, uint64_t tick)
{
    const uint64_t end = tick + TUSSIS_TICK_HZ / TUSSIS_IMU_RATE_HZ; /* a sample asks at the end of its time */
    const bool off = is_off(tick);
    if (tussis_wake_motion(&hearing.wake, samples, n, end) > 0U && off) {
        begin(hearing.wake.off_tick - TUSSIS_WAKE_HOLD_TICKS);
    }
}

void tussis_hearing_lost_motion(uint64_t tick)
{
    tussis_wake_ask(&hearing.wake, tick);
}

#endif

#if !WAKE

void tussis_hearing_motion(const tussis_imu_t *samples, size_t n, uint64_t tick)
{
    (void)samples;
    (void)n;
    (void)tick;
}

void tussis_hearing_lost_motion(uint64_t tick)
{
    (void)tick;
}

#endif

/* ---- sound --------------------------------------------------------------------------------------------------------------- */

#if TUSSIS_LIVE_SWITCHES

/* Of half a buffer that begins now, the samples before `tick`. */
static uint32_t before(uint64_t tick)
{
    const uint64_t now = tussis_audio_ticks(hearing.detector);
    const uint64_t samples = tick > now ? (tick - now) * TUSSIS_INPUT_RATE_HZ / TUSSIS_TICK_HZ : 0U;
    return samples < TUSSIS_AUDIO_HALF ? (uint32_t)samples : (uint32_t)TUSSIS_AUDIO_HALF;
}

/* Of half a buffer that begins now, the samples that somebody asked for. */
static uint32_t asked_for(void)
{
#if WAKE
    const uint64_t end = tussis_audio_ticks(hearing.detector) + ticks_of(TUSSIS_AUDIO_HALF);
    if (tussis_mode(hearing.detector) == TUSSIS_MODE_GATED && !tussis_wake_on(&hearing.wake, end)) {
        return before(hearing.wake.off_tick);
    }
#endif
    return TUSSIS_AUDIO_HALF;
}

/* Half a buffer from the microphone, as far as it is sound that was asked for. */
static tussis_status_t give(const int16_t *half)
{
    const uint32_t asked = asked_for();
    const uint32_t settling = before(hearing.good);
    const uint32_t deaf = settling < asked ? settling : asked;
    const tussis_status_t first = pass(deaf);
    const tussis_status_t second = tussis_push_audio(hearing.detector, half + deaf, asked - deaf);
    hearing.clock += asked - deaf;
    const tussis_status_t third = pass(TUSSIS_AUDIO_HALF - asked);
    return third != TUSSIS_OK ? third : second != TUSSIS_OK ? second : first;
}

#else

static tussis_status_t give(const int16_t *half)
{
    return tussis_push_audio(hearing.detector, half, TUSSIS_AUDIO_HALF);
}

#endif

static tussis_status_t lose_halves(uint32_t n)
{
    if (n == 0) {
        return TUSSIS_OK;
    }
    hearing.halves += n;
    hearing.lost += n;
#if TUSSIS_LIVE_SWITCHES
    hearing.clock += n * TUSSIS_AUDIO_HALF;
#endif
    return tussis_skip_audio(hearing.detector, (size_t)n * TUSSIS_AUDIO_HALF);
}

/* Take one half. Only the newest is whole: the DMA writes into the other. It is copied, for the detector may take as long
 * as the DMA to come round, and looked at again behind the copy. */
static tussis_status_t take_half(bool *moved)
{
    int16_t half[TUSSIS_AUDIO_HALF];
    const tussis_status_t late = lose_halves(halves_done - hearing.halves - 1U);
    memcpy(half, &audio_buffer[hearing.halves % 2U * TUSSIS_AUDIO_HALF], sizeof half);
    if (halves_done - hearing.halves > 1U) {
        return lose_halves(1);
    }
    hearing.halves++;
    *moved = true;
    const tussis_status_t status = give(half);
    return status != TUSSIS_OK ? status : late;
}

tussis_status_t tussis_hearing_take(bool *moved)
{
#if WAKE
    take_movement();
    take_opening();
#endif
#if TUSSIS_LIVE_SWITCHES
    if (!hearing.on) {
        const uint32_t passed = unheard();
        *moved = *moved || passed > 0U;
        return passed > 0U ? pass(passed) : TUSSIS_OK;
    }
#endif
    return halves_done != hearing.halves ? take_half(moved) : TUSSIS_OK;
}

bool tussis_hearing_idle(void)
{
#if WAKE
    if (movement.due) {
        return false;
    }
#endif
    return halves_done == hearing.halves;
}

uint32_t tussis_hearing_lost_halves(void)
{
    return hearing.lost;
}

/* ---- the switch ------------------------------------------------------------------------------------------------------------ */

void tussis_hearing_start(tussis_t *detector)
{
    hearing.detector = detector;
    tussis_board_start(audio_buffer);
#if TUSSIS_LIVE_SWITCHES
    hearing.on = true;
    hearing.clock = tussis_board_clock();
    tussis_hearing_switch();
#endif
}

#if TUSSIS_LIVE_SWITCHES

static bool is_wanted(void)
{
#if WAKE
    if (tussis_mode(hearing.detector) == TUSSIS_MODE_GATED) {
        return tussis_wake_on(&hearing.wake, tussis_audio_ticks(hearing.detector));
    }
#endif
    return tussis_microphone_wanted(hearing.detector);
}

static void switch_on(void)
{
    tussis_mask_interrupts();
    const uint32_t clock = tussis_board_clock();
    halves_done = 0;
    hearing.halves = 0;
    tussis_board_microphone(true); /* the DMA begins at the start of the buffer */
    tussis_unmask_interrupts();
    (void)pass(passed_until(clock));
    hearing.clock = clock;
    hearing.on = true;
    const uint64_t settled = tussis_audio_ticks(hearing.detector) + TUSSIS_MICROPHONE_SETTLE_MS * MS_TICKS;
    hearing.good = hearing.good > settled ? hearing.good : settled;
}

/* Not while a half waits that was heard: it is taken first. */
static void switch_off(void)
{
    tussis_mask_interrupts();
    hearing.on = halves_done != hearing.halves;
    if (!hearing.on) {
        tussis_board_microphone(false);
    }
    tussis_unmask_interrupts();
}

void tussis_hearing_switch(void)
{
    const bool wanted = is_wanted();
    if (wanted && !hearing.on) {
        switch_on();
    } else if (!wanted && hearing.on) {
        switch_off();
    }
}

#else

void tussis_hearing_switch(void)
{
}

#endif
