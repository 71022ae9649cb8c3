/* SPDX-License-Identifier: Apache-2.0 */
/* Features of whole recordings by the firmware's kernels, for feature_kernels.py. What is computed stands in src/dsp; here
 * it is only called for every frame and window, and the wanted columns are picked. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "tussis/tussis_front_end.h"

#if TUSSIS_HAS_AUDIO
#include "dsp/audio_path.h"
#include "dsp/decimator.h"

enum { PIECE = 2048 }; /* samples that are decimated at once */

typedef struct {
    tussis_decimator_t decimator;
    tussis_audio_path_t path;
    int16_t waiting[TUSSIS_FRAME + PIECE]; /* decimated samples that make no whole frame yet, and room for a piece's */
    size_t filled;
    size_t frames; /* so far */
    size_t windows;
} rows_t;

size_t tussis_rows_bytes(void);
void tussis_rows_reset(rows_t *rows);
size_t tussis_rows_windows(const rows_t *rows);
void tussis_rows_audio(rows_t *rows, const int16_t *pcm, ptrdiff_t apart, size_t n, size_t most, const int32_t *columns,
                       size_t n_columns, float *level, float *values);
void tussis_rows_silence(rows_t *rows, size_t most, const int32_t *columns, size_t n_columns, float *level, float *values);

/* Size of the state. */
size_t tussis_rows_bytes(void)
{
    return sizeof(rows_t);
}

void tussis_rows_reset(rows_t *rows)
{
    memset(rows, 0, sizeof *rows);
    tussis_decimator_reset(&rows->decimator);
    tussis_audio_path_reset(&rows->path);
}

/* Whole windows so far. */
size_t tussis_rows_windows(const rows_t *rows)
{
    return rows->windows;
}

/* Take whole frames that wait, up to `most` in all. */
static void take_frames(rows_t *rows, size_t most, const int32_t *columns, size_t n_columns, float *level, float *values)
{
    size_t used = 0;
    while (rows->filled - used >= TUSSIS_FRAME && rows->frames < most) {
        float x[TUSSIS_AUDIO_FEATURES];
        int16_t frame[TUSSIS_FRAME] __attribute__((aligned(4)));
        memcpy(frame, rows->waiting + used, sizeof frame);
        used += TUSSIS_FRAME;
        level[rows->frames] = tussis_audio_path_frame(&rows->path, frame);
        rows->frames++;
        if (tussis_audio_path_ready(&rows->path)) {
            float *row = values + rows->windows * n_columns;
            tussis_audio_path_features(&rows->path, x);
            for (size_t i = 0; i < n_columns; i++) {
                row[i] = x[columns[i]];
            }
            rows->windows++;
        }
    }
    rows->filled -= used;
    memmove(rows->waiting, rows->waiting + used, rows->filled * sizeof rows->waiting[0]);
}

/* Take n samples, `apart` elements from one to the next. Levels and values have room for `most` frames and their windows. */
void tussis_rows_audio(rows_t *rows, const int16_t *pcm, ptrdiff_t apart, size_t n, size_t most, const int32_t *columns,
                       size_t n_columns, float *level, float *values)
{
    while (n > 0) {
        const size_t now = n < PIECE ? n : PIECE;
        int16_t gathered[PIECE];
        const int16_t *piece = pcm;
        if (apart != 1) {
            for (size_t i = 0; i < now; i++) {
                gathered[i] = pcm[(ptrdiff_t)i * apart];
            }
            piece = gathered;
        }
        rows->filled += tussis_decimate(&rows->decimator, piece, now, rows->waiting + rows->filled);
        take_frames(rows, most, columns, n_columns, level, values);
        if (rows->filled >= TUSSIS_FRAME) { /* most are there */
            return;
        }
        n -= now;
        if (n > 0) {
            pcm += (ptrdiff_t)now * apart;
        }
    }
}

/* Fill up to `most` frames with silence behind the decimator. */
void tussis_rows_silence(rows_t *rows, size_t most, const int32_t *columns, size_t n_columns, float *level, float *values)
{
    while (rows->frames < most) {
        memset(rows->waiting + rows->filled, 0, (TUSSIS_FRAME - rows->filled) * sizeof rows->waiting[0]);
        rows->filled = TUSSIS_FRAME;
        take_frames(rows, most, columns, n_columns, level, values);
    }
}
#endif

#if TUSSIS_HAS_IMU
#include "dsp/kinematics.h"

void tussis_rows_motion(const tussis_imu_t *samples, size_t n_windows, const int32_t *columns, size_t n_columns,
                        float *values);

/* Every window of samples that follow each other. */
void tussis_rows_motion(const tussis_imu_t *samples, size_t n_windows, const int32_t *columns, size_t n_columns, float *values)
{
    for (size_t w = 0; w < n_windows; w++) {
        float x[TUSSIS_IMU_FEATURES];
        tussis_imu_features(samples + w * TUSSIS_IMU_HOP, 0, x);
        for (size_t i = 0; i < n_columns; i++) {
            values[w * n_columns + i] = x[columns[i]];
        }
    }
}
#endif
