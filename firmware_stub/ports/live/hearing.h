/* SPDX-License-Identifier: Apache-2.0 */
/* The sound of a worn board: halves of the DMA's buffer while the microphone is on, and while it sleeps the time that passes.
 *
 * Which way the microphone is run:
 *     always    a project exported so, and nothing defined
 *     gated     a project exported with --microphone gated: on from a hit of the motion model until its windows are heard
 *     wake      -DTUSSIS_LIVE_WAKE_MS=32 for a project exported with --microphone wake:32: movement switches it on
 *
 * Everything here is called from the main loop, in mode TUSSIS_MODE_GATED and in the others: the microphone is always on in
 * TUSSIS_MODE_AUDIO, and off in TUSSIS_MODE_IMU where it is switched at all. */
#ifndef TUSSIS_HEARING_H
#define TUSSIS_HEARING_H

#include "board.h"

#ifdef __cplusplus
extern "C" {
#endif

#if TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED || defined(TUSSIS_LIVE_WAKE_MS)
#define TUSSIS_LIVE_SWITCHES 1
#else
#define TUSSIS_LIVE_SWITCHES 0
#endif

/* Start the board. The detector must live as long. */
void tussis_hearing_start(tussis_t *detector);

/* Audio time now [1/TUSSIS_TICK_HZ s], which is later than what the detector has been given. */
uint64_t tussis_hearing_ticks(void);

/* Whether no half waits. An interrupt of movement that was not looked at is work too. */
bool tussis_hearing_idle(void);

/* Motion that was read from the FIFO, `tick` the time of the newest sample; and samples that were lost. They wake the
 * microphone where the sensor has no comparator, and keep it on where the sensor hangs. */
void tussis_hearing_motion(const tussis_imu_t *samples, size_t n, uint64_t tick);
void tussis_hearing_lost_motion(uint64_t tick);

/* Give the detector one half that waits, or the time that has passed. *moved is set where sound or time came on. */
tussis_status_t tussis_hearing_take(bool *moved);

/* Switch the microphone as the detector wants it; after motion and sound were taken. */
void tussis_hearing_switch(void);

/* Halves that were lost since the start, because the main loop came too late. */
uint32_t tussis_hearing_lost_halves(void);

#ifdef __cplusplus
}
#endif

#endif
