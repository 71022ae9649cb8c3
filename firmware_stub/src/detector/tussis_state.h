/* SPDX-License-Identifier: Apache-2.0 */
/* What is in a tussis_t. */
#ifndef TUSSIS_STATE_H
#define TUSSIS_STATE_H

#include "../detector/arrival.h"
#include "../detector/control.h"
#include "../detector/events.h"
#include "tussis/tussis.h"

#if TUSSIS_HAS_AUDIO
#include "../detector/audio_stage.h"
#endif
#if TUSSIS_HAS_IMU
#include "../detector/imu_stage.h"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Holds no address of its own, so that it may be copied. Small things first: the core reaches the first 4 KB with one
 * instruction. What is added here is added to tussis_size.h too. */
typedef struct {
    tussis_mode_t mode;    /* of the samples that are pushed */
    tussis_mode_t ended;   /* what was pushed in this mode is being finished, if `ending` */
    bool ending;
    uint32_t unheard;      /* samples at TUSSIS_INPUT_RATE_HZ meanwhile that TUSSIS_MODE_IMU only counts */
    uint32_t initialised;  /* TUSSIS_INITIALISED once tussis_init succeeded */
    tussis_meter_t *meter; /* NULL: stages are not timed */
    tussis_arrival_t arrival;
    tussis_gate_t gate;
    tussis_totals_t totals;
    tussis_event_queue_t queue;
#if TUSSIS_HAS_IMU
    tussis_imu_stage_t imu;
#endif
#if TUSSIS_HAS_AUDIO
    tussis_audio_stage_t audio;
#endif
} tussis_state_t;

#define TUSSIS_INITIALISED 0x7A551500U

static inline tussis_state_t *tussis_state_of(tussis_t *t)
{
    return (tussis_state_t *)(void *)t->state;
}

static inline const tussis_state_t *tussis_const_state_of(const tussis_t *t)
{
    return (const tussis_state_t *)(const void *)t->state;
}

#ifdef __cplusplus
}
#endif

#endif
