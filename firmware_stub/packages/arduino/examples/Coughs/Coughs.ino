// SPDX-License-Identifier: Apache-2.0
// Prints each cough on the serial monitor. For an Arduino Nano 33 BLE Sense: its PDM microphone and LSM9DS1. For another
// board replace start_sensors, read_motion and read_sound.
#include <Arduino.h>
#include <Arduino_LSM9DS1.h>
#include <PDM.h>

#include <tussis.h>

static tussis_t detector;
static const size_t SOUND = 256; // samples that the PDM library collects before it gives them

static bool start_sensors()
{
    return IMU.begin() != 0 && PDM.begin(1, TUSSIS_INPUT_RATE_HZ) != 0;
}

#if TUSSIS_HAS_IMU
// The sensor's next sample, in m/s^2 and degrees per second. False until there is one.
static bool read_motion(tussis_imu_t &sample)
{
    float *acc = sample.acc_ms2, *gyro = sample.gyro_dps;
    if (IMU.accelerationAvailable() == 0 || IMU.gyroscopeAvailable() == 0 ||
        IMU.readAcceleration(acc[0], acc[1], acc[2]) == 0 || IMU.readGyroscope(gyro[0], gyro[1], gyro[2]) == 0) {
        return false;
    }
    for (int axis = 0; axis < 3; axis++) {
        acc[axis] *= 9.80665F; // it gives g
    }
    return true;
}

// Audio time now, or up to 16 ms more: what was pushed, what waits, and at most what the PDM library is collecting.
static uint64_t now()
{
    const uint64_t captured = static_cast<uint64_t>(PDM.available()) / sizeof(int16_t) + SOUND;
    return tussis_audio_ticks(&detector) + captured * TUSSIS_TICK_HZ / TUSSIS_INPUT_RATE_HZ;
}
#endif

// Samples that have come since the last call, at most `capacity`.
static size_t read_sound(int16_t *pcm, size_t capacity)
{
    const size_t bytes = static_cast<size_t>(PDM.available());
    const size_t most = capacity * sizeof pcm[0];
    return static_cast<size_t>(PDM.read(pcm, bytes < most ? bytes : most)) / sizeof pcm[0];
}

static void check(tussis_status_t status, const char *what)
{
    if (status != TUSSIS_OK) {
        Serial.print(what);
        Serial.print(TUSSIS_IS_LOSS(status) ? ": loss " : ": error ");
        Serial.println(status);
    }
}

static unsigned long milliseconds(uint64_t ticks)
{
    return static_cast<unsigned long>(ticks * 1000U / TUSSIS_TICK_HZ);
}

void setup()
{
    Serial.begin(115200);
    const tussis_status_t status = tussis_init(&detector);
    if (status != TUSSIS_OK || !start_sensors()) {
        check(status, "detector");
        Serial.println("cannot start: is this a board with both sensors?");
        for (;;) {
            delay(1000);
        }
    }
}

void loop()
{
#if TUSSIS_HAS_IMU
    tussis_imu_t sample;
    while (read_motion(sample)) { // motion first: the gate decides by it; the stamp lets the library follow its clock
        check(tussis_push_imu_at(&detector, &sample, 1, now()), "motion");
    }
#endif
    static int16_t pcm[SOUND];
    const size_t n = read_sound(pcm, SOUND);
    if (n > 0) {
        check(tussis_push_audio(&detector, pcm, n), "sound"); // a microphone that follows the gate may stay on as well
    }
    tussis_event_t event;
    while (tussis_next_event(&detector, &event)) {
        Serial.print("cough at ");
        Serial.print(milliseconds(event.onset_ticks));
        Serial.print(" ms, ");
        Serial.print(milliseconds(event.offset_ticks - event.onset_ticks));
        Serial.print(" ms long, confidence ");
        Serial.println(event.confidence);
    }
}
