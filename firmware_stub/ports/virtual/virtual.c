/* The detector for the emulated core: one state in RAM, and every function of tussis.h kept in the image so that the
 * emulator can call it by name. */
#include "tussis/tussis.h"

typedef void (*entry_t)(void);

extern tussis_t tussis_virtual_detector;
extern tussis_t *const tussis_virtual_state;
extern const entry_t tussis_virtual_entries[];

/* About 20 KB; what a firmware would hold. */
tussis_t tussis_virtual_detector;

/* References that keep the linker from dropping what nothing in the image uses. */
__attribute__((section(".entries"), used)) tussis_t *const tussis_virtual_state = &tussis_virtual_detector;

__attribute__((section(".entries"), used)) const entry_t tussis_virtual_entries[] = {
    (entry_t)tussis_state_size, (entry_t)tussis_init,         (entry_t)tussis_set_mode,   (entry_t)tussis_push_audio,
    (entry_t)tussis_push_imu,   (entry_t)tussis_next_event,   (entry_t)tussis_flush,      (entry_t)tussis_audio_window,
    (entry_t)tussis_imu_window, (entry_t)tussis_probability,  (entry_t)tussis_totals,     (entry_t)tussis_flush_step,
#if TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED
    (entry_t)tussis_miss_audio, (entry_t)tussis_microphone_wanted,
#endif
};
