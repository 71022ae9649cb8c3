/* SPDX-License-Identifier: Apache-2.0 */
#include "tussis/tussis_config.h"

#if TUSSIS_HAS_IMU

#include "../detector/imu_health.h"

enum { STUCK = 16 }; /* windows: 4.25 s with windows of 0.5 s every 0.25 s */

static float value(const tussis_imu_t *sample, int axis)
{
    return axis < 3 ? sample->acc_ms2[axis] : sample->gyro_dps[axis - 3];
}

/* Whether an axis has one value throughout. A sensor without a gyroscope gives zeros: they do not count. */
static bool is_flat(const tussis_imu_t *ring, int axis)
{
    const float first = value(&ring[0], axis);
    for (int i = 1; i < TUSSIS_IMU_WINDOW; i++) {
        if (value(&ring[i], axis) != first) {
            return false;
        }
    }
    return axis < 3 || first != 0.0F;
}

bool tussis_imu_health_window(tussis_imu_health_t *health, const tussis_imu_t ring[TUSSIS_IMU_WINDOW])
{
    bool stuck = false;
    for (int axis = 0; axis < TUSSIS_IMU_AXES; axis++) { /* those a feature looks at */
        const uint8_t before = health->flat[axis];
        const uint8_t flat = (uint8_t)(before < STUCK ? before + 1 : STUCK);
        health->flat[axis] = is_flat(ring, axis) ? flat : 0U;
        stuck |= health->flat[axis] == STUCK;
    }
    return stuck;
}

#endif
