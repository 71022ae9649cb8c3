/* A stand-in for the detector that is harsher than one: every window's margin and every event hang on a running hash
 * of all samples so far, so one wrong, lost or repeated sample changes everything after it. */
#ifndef TUSSIS_STATE_H
#define TUSSIS_STATE_H

#include "tussis/tussis_meter.h"
#include "tussis/tussis_types.h"

struct tussis {
    tussis_mode_t mode;
    uint32_t audio_hash, imu_hash, audio, imu, queued, flush_steps;
    tussis_window_t audio_window, imu_window;
    tussis_event_t events[8];
    tussis_totals_t totals;
    tussis_meter_t *meter;
};

#endif
