#pragma once
#include <zephyr/kernel.h>

enum sensor_channel { SENSOR_CHAN_ACCEL_XYZ, SENSOR_CHAN_GYRO_XYZ };
struct sensor_value { int32_t val1, val2; };
int sensor_sample_fetch(const struct device *dev);
int sensor_channel_get(const struct device *dev, enum sensor_channel channel, struct sensor_value *value);
float sensor_value_to_float(const struct sensor_value *value);
