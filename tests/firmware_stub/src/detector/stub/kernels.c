#include "detector/audio_stage.h"
#include "detector/imu_stage.h"
#include "detector/selftest.h"
#include "dsp/kinematics.h"
#include "tussis/tussis_tables.h"

/* No windows: these kernels have nothing to test. tussis_selftest only needs it to link. */
const tussis_selftest_t tussis_selftest_expected;

/* Sample 0 is the level in 1/64 octave, sample 1 the margin (1/256) of the window that starts here. The last sample must
 * equal the first: a frame mixed from two would show as a wild level. */
void tussis_audio_path_reset(tussis_audio_path_t *path)
{
    path->frames = 0;
}

float tussis_audio_path_frame(tussis_audio_path_t *path, const int16_t frame[TUSSIS_FRAME])
{
    path->first[path->frames % TUSSIS_WINDOW_FRAMES] = (float)frame[1];
    path->frames++;
    return frame[TUSSIS_FRAME - 1] == frame[0] ? (float)frame[0] / 64.0F : 1e9F;
}

void tussis_audio_path_features(const tussis_audio_path_t *path, float x[TUSSIS_AUDIO_FEATURES])
{
    x[0] = path->frames >= TUSSIS_WINDOW_FRAMES && path->frames % TUSSIS_BLOCK_FRAMES == 0
               ? path->first[path->frames % TUSSIS_WINDOW_FRAMES]
               : 1e9F;
}

float tussis_audio_margin(const float x[TUSSIS_AUDIO_FEATURES])
{
    return x[0] / 256.0F;
}

/* The gyro's x says the margin of the window that starts there. */
void tussis_imu_features(const tussis_imu_t *ring, size_t oldest, float x[TUSSIS_IMU_FEATURES])
{
    x[0] = ring[oldest].gyro_dps[0];
}

float tussis_imu_margin(const float x[TUSSIS_IMU_FEATURES])
{
    return x[0];
}

void tussis_decimator_reset(tussis_decimator_t *d)
{
    d->phase = 0;
}

/* Every second sample; both must be equal. */
size_t tussis_decimate(tussis_decimator_t *d, const int16_t *pcm, size_t n, int16_t *out)
{
    size_t made = 0;
    for (size_t i = 0; i < n; i++) {
        if (d->phase == 0) {
            out[made++] = pcm[i];
        }
        d->phase ^= 1U;
    }
    return made;
}

size_t tussis_decimator_skip(tussis_decimator_t *d, size_t n)
{
    const size_t outputs = (n + 1U - d->phase) / 2U;
    d->phase = (uint32_t)((d->phase + n) % 2U);
    return outputs;
}

/* An output is the newest of its samples. */
size_t tussis_decimate_whole(const int16_t *x, size_t n, int16_t *out)
{
    size_t made = 0;
    for (size_t newest = TUSSIS_DECIMATOR_TAPS - 1; newest < n; newest += TUSSIS_DECIMATION) {
        out[made++] = x[newest];
    }
    return made;
}

void tussis_decimator_remember(tussis_decimator_t *d, const int16_t *x, size_t n)
{
    (void)x;
    d->phase = (uint32_t)(TUSSIS_DECIMATOR_TAPS - 1 - n);
}

void tussis_decimator_recall(const tussis_decimator_t *d, int16_t *x)
{
    (void)d;
    (void)x;
}

const uint8_t tussis_log2_correction[128] = {
    1, 2, 3, 3, 4, 5, 6, 7, 7, 8, 9, 9, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15, 16, 16, 17, 17, 17, 18, 18, 18,
    19, 19, 19, 20, 20, 20, 20, 21, 21, 21, 21, 21, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 23, 23, 23, 23, 23,
    22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 21, 21, 21, 21, 21, 21, 20, 20, 20, 20, 19, 19, 19, 19, 18, 18,
    18, 18, 17, 17, 17, 16, 16, 16, 15, 15, 15, 14, 14, 14, 13, 13, 12, 12, 12, 11, 11, 10, 10, 9, 9, 8, 8, 7, 7, 7,
    6, 6, 5, 5, 4, 3, 3, 2, 2, 1, 1
};
