/* SPDX-License-Identifier: Apache-2.0 */
/* The whole firmware for the emulated core: compiled in with TUSSIS_VIRTUAL_SERIAL, for `tussis board`. */
#ifdef TUSSIS_VIRTUAL_SERIAL

#include "tussis/tussis_memory_port.h"

typedef void (*entry_t)(void);
extern const entry_t tussis_serial_entries[];

__attribute__((section(".entries"), used)) const entry_t tussis_serial_entries[] = {
    (entry_t)tussis_memory_board_size,
    (entry_t)tussis_memory_board_start,
    (entry_t)tussis_memory_board_serve,
    (entry_t)tussis_memory_board_microphone,
    (entry_t)tussis_memory_board_sense,
};

#endif
