/* SPDX-License-Identifier: Apache-2.0 */
/* Where a firmware's time goes: a clock read between the stages of the work. Included by tussis.h.
 *
 *     tussis_meter_t meter;
 *     tussis_meter_init(&meter, ticks, context);
 *     tussis_set_meter(&detector, &meter);
 *     tussis_meter_start(&meter);
 *     tussis_push_audio(&detector, pcm, n);
 *     tussis_meter_lap(&meter, TUSSIS_STAGE_CONTROL); // the rest of the call: meter.call holds the whole of it
 *
 * A detector without a meter spends two instructions where it would read the clock. */
#ifndef TUSSIS_METER_H
#define TUSSIS_METER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Parts of the work, as `tussis estimate` names them. */
typedef enum {
    TUSSIS_STAGE_FRONT_END,       /* decimator, spectrum, mel bands, series */
    TUSSIS_STAGE_FEATURES,        /* a window's features */
    TUSSIS_STAGE_MODEL,           /* the trees */
    TUSSIS_STAGE_POST_PROCESSING, /* events from windows and levels */
    TUSSIS_STAGE_CONTROL,         /* everything else: rings, gate, copying */
    TUSSIS_STAGES
} tussis_stage_t;

/* Owned by the caller, who keeps it as long as a detector holds it. */
typedef struct {
    uint32_t (*ticks)(void *context); /* free-running, wrapping at 2^32 */
    void *context;
    uint32_t last;                /* when the running stage began */
    uint32_t cost;                /* ticks that reading the clock takes: taken off every lap */
    uint32_t call;                /* ticks since tussis_meter_start, less what the laps cost */
    uint64_t spent[TUSSIS_STAGES]; /* ticks by stage since tussis_meter_init */
} tussis_meter_t;

/* Begin a call. */
static inline void tussis_meter_start(tussis_meter_t *meter)
{
    meter->call = 0;
    meter->last = meter->ticks(meter->context);
}

/* Charge what passed since the last lap to a stage. About 30 instructions; two with meter NULL. */
void tussis_meter_charge(tussis_meter_t *meter, tussis_stage_t stage); /* of the library; meter is not NULL */
static inline void tussis_meter_lap(tussis_meter_t *meter, tussis_stage_t stage)
{
    if (meter != NULL) {
        tussis_meter_charge(meter, stage);
    }
}

/* Start at zero, and find out what a lap costs. */
static inline void tussis_meter_init(tussis_meter_t *meter, uint32_t (*ticks)(void *context), void *context)
{
    meter->ticks = ticks;
    meter->context = context;
    meter->last = 0;
    meter->cost = 0;
    meter->call = 0;
    for (int stage = 0; stage < TUSSIS_STAGES; stage++) {
        meter->spent[stage] = 0;
    }
    uint32_t least = UINT32_MAX;
    for (int lap = 0; lap < 4; lap++) {
        tussis_meter_start(meter);
        tussis_meter_lap(meter, TUSSIS_STAGE_CONTROL);
        least = meter->call < least ? meter->call : least;
    }
    meter->spent[TUSSIS_STAGE_CONTROL] = 0;
    meter->cost = least;
}

#ifdef __cplusplus
}
#endif

#endif
