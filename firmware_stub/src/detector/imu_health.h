/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the motion sensor still measures: the C twin of signal/imu_health.py, which states the rule. */
#ifndef TUSSIS_IMU_HEALTH_H
#define TUSSIS_IMU_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "tussis/tussis_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All zero at the start. */
typedef struct {
    uint8_t flat[6]; /* windows in a row in which the axis did not change; stays at the most that counts */
} tussis_imu_health_t;

/* Look at a window's ring: whether an axis has stood still for so long that no sensor does. Some 60 instructions while all
 * axes move. */
bool tussis_imu_health_window(tussis_imu_health_t *health, const tussis_imu_t ring[TUSSIS_IMU_WINDOW]);

#ifdef __cplusplus
}
#endif

#endif
