#ifndef TUSSIS_KINEMATICS_H
#define TUSSIS_KINEMATICS_H
#include <stddef.h>
#include "tussis/tussis_types.h"
void tussis_imu_features(const tussis_imu_t *ring, size_t oldest, float x[TUSSIS_IMU_FEATURES]);
#endif
