/* SPDX-License-Identifier: Apache-2.0 */
/* The gate: which audio windows are evaluated. The C twin of selection/detector/gate.py, which states the rules.
 *
 * Audio windows are decided in order, window w once every IMU window that ended by its end is known and window w - 1 is
 * done. What is decided depends on the samples only, never on when they came or when the work was done. */
#ifndef TUSSIS_CONTROL_H
#define TUSSIS_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "../dsp/dual.h"
#include "tussis/tussis_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* From where an IMU window wakes the audio, in log-odds: at rest, and while the wearer moves. */
typedef struct {
    float margin;
    float busy_margin;
    float busy_start; /* the wearer moves while the mean of the windows before lies above */
    float follow;     /* weight of a window in that mean, 0..1 */
} tussis_gate_rule_t;

/* The gate's memory; tussis_gate_restart starts it. All times in ticks of 1/16000 s. */
typedef struct {
    uint64_t next_end;    /* end of the first IMU window not yet brought to the audio windows */
    uint64_t last_hit;    /* end of the latest IMU hit that was, or of windows to come that count as hits */
    uint32_t scanned;     /* number of that first IMU window; bit n % 32 of hits belongs to window n */
    uint32_t decided;     /* IMU windows whose decision is known: 0 .. decided - 1 */
    uint32_t hits;
    uint32_t forgotten;   /* IMU windows whose bit was overwritten before any audio window came to them */
    uint8_t unaided;      /* windows in a row that only positive audio kept evaluated */
    bool awake;           /* the window before was evaluated and positive */
    bool any_hit;         /* last_hit is valid */
    bool open;            /* the window decided last was let through because the sensor is dead */
#if TUSSIS_MODEL_IN == TUSSIS_MODEL_IN_FLASH_BLOB
    uint8_t max_consecutive; /* TUSSIS_MAX_CONSECUTIVE and TUSSIS_HOLD_TICKS of the model; a restart keeps them */
    uint32_t hold_ticks;
#endif
} tussis_gate_t;

/* What the gate says about one audio window. */
typedef enum {
    TUSSIS_GATE_WAIT,  /* an IMU window that ended by its end is not known yet */
    TUSSIS_GATE_SKIP,
    TUSSIS_GATE_ADMIT
} tussis_verdict_t;

/* IMU window number gate->decided: hit or not. Windows come in order. */
void tussis_gate_imu(tussis_gate_t *gate, bool hit);

/* The next n IMU windows were not measured: they count as hits, for the audio must decide. */
TUSSIS_SELDOM void tussis_gate_blind(tussis_gate_t *gate, uint32_t n);

/* IMU windows go on at number `next`, those between were never evaluated; the gate falls asleep. */
TUSSIS_SELDOM void tussis_gate_restart(tussis_gate_t *gate, uint32_t next);

/* Decide the audio window that ends at `end`; where the microphone follows the gate, `end` is a block and the
 * microphone's start-up earlier. Without patience an unknown IMU window counts as no hit and *late is set; the eighth
 * and later ones in a row, 2 s, count as hits: the sensor is dead, and the audio decides. Any verdict but TUSSIS_GATE_WAIT is final: ask once per window, in order. */
tussis_verdict_t tussis_gate_decide(tussis_gate_t *gate, uint64_t end, bool patient, bool *late);

/* Whether tussis_gate_decide, asked with patience, is sure to say TUSSIS_GATE_WAIT. Half a dozen instructions. */
static inline bool tussis_gate_waits(const tussis_gate_t *gate, uint64_t end)
{
    return gate->scanned == gate->decided && gate->next_end <= end;
}

/* Whether, by what is known, the gate will admit the audio window that is asked for with `end`, or a later one. Some ten
 * instructions, and four for each IMU window that no audio window has come to. */
bool tussis_gate_expects(const tussis_gate_t *gate, uint64_t end);

/* End of the newest IMU window that opens the gate; false where there was none since the gate was restarted. */
bool tussis_gate_newest_hit(const tussis_gate_t *gate, uint64_t *end);

#ifdef __cplusplus
}
#endif

#endif
