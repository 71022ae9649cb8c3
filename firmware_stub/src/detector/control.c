/* SPDX-License-Identifier: Apache-2.0 */
#include "../detector/control.h"

#include "../detector/quotient.h"

#if TUSSIS_MODEL_IN == TUSSIS_MODEL_IN_FLASH_BLOB
#define HOLD_TICKS_OF(gate) ((gate)->hold_ticks)
#define MAX_CONSECUTIVE_OF(gate) ((gate)->max_consecutive)
#else
#define HOLD_TICKS_OF(gate) TUSSIS_HOLD_TICKS
#define MAX_CONSECUTIVE_OF(gate) TUSSIS_MAX_CONSECUTIVE
#endif

enum {
    HIT_SLOTS = 32,   /* bits of tussis_gate_t.hits */
    DEAD_WINDOWS = 8, /* IMU windows in a row that do not come from a sensor that lives */
    IMU_WINDOW_TICKS = TUSSIS_IMU_WINDOW * (TUSSIS_TICK_HZ / TUSSIS_IMU_RATE_HZ),
    IMU_HOP_TICKS = TUSSIS_IMU_HOP * (TUSSIS_TICK_HZ / TUSSIS_IMU_RATE_HZ)
};

static uint64_t imu_window_end(uint32_t window)
{
    return (uint64_t)window * IMU_HOP_TICKS + IMU_WINDOW_TICKS;
}

void tussis_gate_imu(tussis_gate_t *gate, bool hit)
{
    const uint32_t bit = 1U << (gate->decided % HIT_SLOTS);
    if (gate->decided - gate->scanned == HIT_SLOTS) {
        gate->scanned++;
        gate->forgotten++;
        gate->next_end = imu_window_end(gate->scanned);
    }
    gate->hits = hit ? gate->hits | bit : gate->hits & ~bit;
    gate->decided++;
}

void tussis_gate_blind(tussis_gate_t *gate, uint32_t n)
{
    if (n > HIT_SLOTS) {
        tussis_gate_restart(gate, gate->decided + n);
        gate->last_hit = imu_window_end(gate->decided - 1U);
        gate->any_hit = true;
    }
    for (uint32_t window = 0; n <= HIT_SLOTS && window < n; window++) {
        tussis_gate_imu(gate, true);
    }
}

void tussis_gate_restart(tussis_gate_t *gate, uint32_t next)
{
    gate->decided = next;
    gate->scanned = next;
    gate->next_end = imu_window_end(next);
    gate->awake = false;
    gate->any_hit = false;
    gate->unaided = 0;
}

/* Bring the IMU windows that ended by `end` to the gate. Returns false where one of them is not known. */
static bool scan(tussis_gate_t *gate, uint64_t end)
{
    while (gate->next_end <= end) {
        if (gate->scanned == gate->decided) {
            return false;
        }
        if (gate->hits >> (gate->scanned % HIT_SLOTS) & 1U) {
            gate->last_hit = gate->next_end;
            gate->any_hit = true;
        }
        gate->scanned++;
        gate->next_end += IMU_HOP_TICKS;
    }
    return true;
}

/* Rule (a): a hit within the hold time. */
static bool held(const tussis_gate_t *gate, uint64_t end)
{
    return gate->any_hit && (end <= gate->last_hit || end - gate->last_hit <= HOLD_TICKS_OF(gate));
}

/* Whether so many IMU windows are missing at `end` that the sensor is dead; all others that ended by then are known. */
static bool dead(const tussis_gate_t *gate, uint64_t end)
{
    return gate->scanned == gate->decided && end >= gate->next_end + (uint64_t)(DEAD_WINDOWS - 1) * IMU_HOP_TICKS;
}

/* Rule (b): positive audio windows alone, for a while. */
static bool sustained(const tussis_gate_t *gate)
{
    return gate->awake && gate->unaided != MAX_CONSECUTIVE_OF(gate);
}

bool tussis_gate_expects(const tussis_gate_t *gate, uint64_t end)
{
    for (uint32_t window = gate->scanned; window != gate->decided; window++) {
        if (gate->hits >> (window % HIT_SLOTS) & 1U) {
            return true;
        }
    }
    return held(gate, end) || sustained(gate) || dead(gate, end);
}

bool tussis_gate_newest_hit(const tussis_gate_t *gate, uint64_t *end)
{
    for (uint32_t behind = gate->decided; behind != gate->scanned; behind--) {
        if (gate->hits >> ((behind - 1U) % HIT_SLOTS) & 1U) {
            *end = imu_window_end(behind - 1U);
            return true;
        }
    }
    *end = gate->last_hit;
    return gate->any_hit;
}

tussis_verdict_t tussis_gate_decide(tussis_gate_t *gate, uint64_t end, bool patient, bool *late)
{
    *late = !scan(gate, end);
    if (*late && patient) {
        return TUSSIS_GATE_WAIT;
    }
    gate->open = dead(gate, end);
    if (gate->open) {
        const int64_t hops = tussis_quotient((int64_t)(end - gate->next_end), IMU_HOP_TICKS);
        gate->last_hit = gate->next_end + (uint64_t)hops * IMU_HOP_TICKS;
        gate->any_hit = true;
    }
    if (held(gate, end)) {
        gate->unaided = 0;
        return TUSSIS_GATE_ADMIT;
    }
    if (sustained(gate)) {
        gate->unaided++;
        return TUSSIS_GATE_ADMIT;
    }
    gate->awake = false;
    return TUSSIS_GATE_SKIP;
}
