/* SPDX-License-Identifier: Apache-2.0 */
/* What the simulated board needs from os_posix.c besides os.h. */
#ifndef TUSSIS_OS_POSIX_H
#define TUSSIS_OS_POSIX_H

#ifdef __cplusplus
extern "C" {
#endif

/* Given by the board: plays the sensors, in the thread that called os_start. */
void posix_board_play(void);

/* Wait until every thread waits for a semaphore that nobody gave. */
void os_wait_until_idle(void);

#ifdef __cplusplus
}
#endif

#endif
