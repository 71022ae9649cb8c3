/* The definition of struct tussis, so that it can be allocated statically. Its fields are private: use tussis.h. */
#ifndef TUSSIS_STATE_H
#define TUSSIS_STATE_H

#include "detector/control.h"
#include "detector/events.h"
#include "tussis/tussis_meter.h"

#if TUSSIS_HAS_AUDIO
#include "detector/audio_stage.h"
#endif
#if TUSSIS_HAS_IMU
#include "detector/imu_stage.h"
#endif

/* Do not copy or move one that is in use: windows point into it. */
struct tussis {
#if TUSSIS_HAS_AUDIO
    tussis_audio_stage_t audio;
#endif
#if TUSSIS_HAS_IMU
    tussis_imu_stage_t imu;
#endif
    tussis_gate_t gate;
    tussis_event_queue_t queue;
    tussis_totals_t totals;
    tussis_mode_t mode;
    tussis_meter_t *meter; /* NULL: stages are not timed */
};

#endif
