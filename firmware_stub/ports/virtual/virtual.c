/* SPDX-License-Identifier: Apache-2.0 */
/* The detector for the emulated core: one state in RAM, every function of tussis.h kept in the image so that the emulator
 * can call it by name, and where the state keeps what the emulator looks at: looking runs no code and costs nothing. */
#include "tussis/tussis.h"

#include "../../src/detector/tussis_state.h"

typedef void (*entry_t)(void);

extern tussis_t tussis_virtual_detector;
extern tussis_t *const tussis_virtual_state;
extern const uint32_t tussis_virtual_places[];
extern const entry_t tussis_virtual_entries[];

/* About 20 KB; what a firmware would hold. */
tussis_t tussis_virtual_detector;

/* References that keep the linker from dropping what nothing in the image uses. */
__attribute__((section(".entries"), used)) tussis_t *const tussis_virtual_state = &tussis_virtual_detector;

/* Offsets into the state: of each path's window and its features, UINT32_MAX where there is no such path; then of the
 * totals and of the number of events that wait. */
__attribute__((section(".entries"), used)) const uint32_t tussis_virtual_places[] = {
#if TUSSIS_HAS_AUDIO
    offsetof(tussis_state_t, audio.window), offsetof(tussis_state_t, audio.x),
#else
    UINT32_MAX, UINT32_MAX,
#endif
#if TUSSIS_HAS_IMU
    offsetof(tussis_state_t, imu.window), offsetof(tussis_state_t, imu.x),
#else
    UINT32_MAX, UINT32_MAX,
#endif
    offsetof(tussis_state_t, totals), offsetof(tussis_state_t, queue.count),
};

__attribute__((section(".entries"), used)) const entry_t tussis_virtual_entries[] = {
    (entry_t)tussis_init_as,          (entry_t)tussis_set_mode,       (entry_t)tussis_push_audio,
    (entry_t)tussis_push_imu,         (entry_t)tussis_next_event,     (entry_t)tussis_flush,
    (entry_t)tussis_get_audio_window, (entry_t)tussis_get_imu_window, (entry_t)tussis_get_totals,
    (entry_t)tussis_probability,      (entry_t)tussis_flush_step,     (entry_t)tussis_info,
    (entry_t)tussis_mode,             (entry_t)tussis_events_waiting, (entry_t)tussis_push_imu_at,
    (entry_t)tussis_skip_audio,       (entry_t)tussis_skip_imu,       (entry_t)tussis_audio_ticks,
    (entry_t)tussis_imu_lead_ticks,   (entry_t)tussis_imu_millihertz,
#ifdef TUSSIS_VIRTUAL_SELFTEST /* tests only: it would count in the image's flash */
    (entry_t)tussis_selftest,
#endif
#ifdef TUSSIS_VIRTUAL_RING /* the same */
    (entry_t)tussis_audio_ring,
#endif
#ifdef TUSSIS_VIRTUAL_MODEL /* the same */
    (entry_t)tussis_load_model, (entry_t)tussis_set_threshold,
#endif
#ifdef TUSSIS_VIRTUAL_WAKE /* the same */
    (entry_t)tussis_push_silence, (entry_t)tussis_wake_motion, (entry_t)tussis_wake_ask, (entry_t)tussis_wake_on,
#endif
#if TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED || defined TUSSIS_VIRTUAL_WAKE
    (entry_t)tussis_microphone_wanted,
#endif
};
