/* SPDX-License-Identifier: Apache-2.0 */
/* A known stimulus through the real code: does this core, as it was set up and flashed, compute what training computed?
 * The stimulus is made of integers, so that it is the same everywhere; the exporter makes the same one
 * (export/codegen/selftest_source.py). */
#include "../detector/selftest.h"

#include <string.h>

#include "tussis/tussis.h"

#if !TUSSIS_HAS_IMU
#define MOST_FEATURES TUSSIS_AUDIO_FEATURES
#elif !TUSSIS_HAS_AUDIO || TUSSIS_IMU_FEATURES > TUSSIS_AUDIO_FEATURES
#define MOST_FEATURES TUSSIS_IMU_FEATURES
#else
#define MOST_FEATURES TUSSIS_AUDIO_FEATURES
#endif

#define CHUNK 64U /* audio samples that are made at a time: 128 bytes of stack */

/* Linear congruential generator of Numerical Recipes (Press et al., 1992, section 7.1); its high bits are used. */
static uint32_t next_random(uint32_t x)
{
    return x * 1664525U + 1013904223U;
}

/* Noise between full scale / 2 and full scale / 64: loud in one of four stretches of 2048 samples. */
static int16_t audio_sample(uint32_t number, uint32_t random)
{
    const uint32_t quieter = (number / 2048U) % 4U == 1U ? 1U : 6U;
    const int32_t value = (int32_t)(random >> (16U + quieter)) - (int32_t)(32768U >> quieter);
    return (int16_t)value;
}

/* 8 m/s^2 and 128 deg/s of noise in ten samples of fifty, a sixteenth of it in the others. Exact in float. */
static tussis_imu_t imu_sample(uint32_t number, uint32_t *random)
{
    const float scale = number % 50U < 10U ? 1.0F : 0.0625F;
    tussis_imu_t sample;
    for (size_t axis = 0; axis < 3; axis++) {
        *random = next_random(*random);
        sample.acc_ms2[axis] = ((float)(*random >> 20U) * 0.00390625F - 8.0F) * scale + (axis == 2U ? 9.8125F : 0.0F);
    }
    for (size_t axis = 0; axis < 3; axis++) {
        *random = next_random(*random);
        sample.gyro_dps[axis] = ((float)(*random >> 22U) * 0.25F - 128.0F) * scale;
    }
    return sample;
}

/* Round to nearest, ties to even, with subnormal numbers: what the features were computed with. */
static bool rounds_as_expected(void)
{
    volatile float one = 1.0F;
    volatile float half_step = 5.96046448e-08F; /* 2^-24 */
    volatile float smallest = 1.17549435e-38F;  /* 2^-126 */
    const volatile float tie_down = one + half_step;
    const volatile float tie_up = 1.00000012F + half_step;
    const volatile float subnormal = smallest * 0.5F;
    return tie_down == 1.0F && tie_up == 1.00000024F && subnormal > 0.0F;
}

/* The format of a float, and that its low byte lies first. */
static bool bytes_as_expected(void)
{
    const float number = -6.25F; /* 0xC0C80000 */
    uint8_t bytes[4];
    memcpy(bytes, &number, sizeof bytes);
    return bytes[0] == 0U && bytes[1] == 0U && bytes[2] == 0xC8U && bytes[3] == 0xC0U;
}

static float size_of(float value)
{
    return value < 0.0F ? -value : value;
}

/* Compare the newest window of a path, if it is new. */
static tussis_status_t compare(const tussis_t *t, const tussis_expected_path_t *expected, bool imu, uint32_t *seen)
{
    tussis_window_t window;
    float features[MOST_FEATURES];
    const tussis_status_t status = imu ? tussis_get_imu_window(t, &window, features, MOST_FEATURES)
                                       : tussis_get_audio_window(t, &window, features, MOST_FEATURES);
    if (status != TUSSIS_OK || window.count == *seen) {
        return status;
    }
    if (window.count != *seen + 1U || window.count > expected->windows || window.n_features != expected->n_features) {
        return TUSSIS_ERROR_WINDOWS;
    }
    *seen = window.count;
    for (size_t i = 0; window.count == expected->windows && i < expected->n_features; i++) {
        const float wanted = expected->features[i];
        const float scale = size_of(wanted) > 1.0F ? size_of(wanted) : 1.0F;
        if (!(size_of(features[i] - wanted) <= expected->tolerance * scale)) {
            return TUSSIS_ERROR_FEATURES;
        }
    }
    const float wrong = window.margin - expected->margins[window.count - 1U];
    return wrong < 0.0F || wrong > 0.0F || window.margin != window.margin ? TUSSIS_ERROR_MARGIN : TUSSIS_OK;
}

static tussis_status_t hear(tussis_t *t)
{
    const tussis_selftest_t *expected = &tussis_selftest_expected;
    uint32_t random = 1U;
    uint32_t seen = 0;
    tussis_status_t status = tussis_init(t);
    if (status == TUSSIS_OK) {
        status = tussis_set_mode(t, TUSSIS_MODE_AUDIO);
    }
    for (uint32_t start = 0; status == TUSSIS_OK && start < expected->audio_samples; start += CHUNK) {
        int16_t pcm[CHUNK];
        for (uint32_t i = 0; i < CHUNK; i++) {
            random = next_random(random);
            pcm[i] = audio_sample(start + i, random);
        }
        status = tussis_push_audio(t, pcm, CHUNK);
        if (status == TUSSIS_OK) {
            status = compare(t, &expected->audio, false, &seen);
        }
    }
    return status == TUSSIS_OK && seen != expected->audio.windows ? TUSSIS_ERROR_WINDOWS : status;
}

static tussis_status_t feel(tussis_t *t)
{
    const tussis_selftest_t *expected = &tussis_selftest_expected;
    uint32_t random = 1U;
    uint32_t seen = 0;
    tussis_status_t status = tussis_init(t);
    if (status == TUSSIS_OK) {
        status = tussis_set_mode(t, TUSSIS_MODE_IMU);
    }
    for (uint32_t i = 0; status == TUSSIS_OK && i < expected->imu_samples; i++) {
        const tussis_imu_t sample = imu_sample(i, &random);
        status = tussis_push_imu(t, &sample, 1);
        if (status == TUSSIS_OK) {
            status = compare(t, &expected->imu, true, &seen);
        }
    }
    return status == TUSSIS_OK && seen != expected->imu.windows ? TUSSIS_ERROR_WINDOWS : status;
}

tussis_status_t tussis_selftest(tussis_t *scratch)
{
    if (scratch == NULL) {
        return TUSSIS_ERROR_NULL;
    }
    if (!rounds_as_expected()) {
        return TUSSIS_ERROR_ROUNDING;
    }
    if (!bytes_as_expected()) {
        return TUSSIS_ERROR_BYTES;
    }
    tussis_status_t status = TUSSIS_OK;
    if (tussis_selftest_expected.audio.windows > 0U) {
        status = hear(scratch);
    }
    if (status == TUSSIS_OK && tussis_selftest_expected.imu.windows > 0U) {
        status = feel(scratch);
    }
    memset(scratch, 0, sizeof *scratch);
    return status;
}
