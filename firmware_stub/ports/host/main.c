/* SPDX-License-Identifier: Apache-2.0 */
/* The detector as a program: samples from files or stdin, one event per line on stdout.
 *
 *     tussis [-m audio|imu|gated] [-i imu.f32] < audio.s16
 *
 * Audio: raw int16 in this machine's byte order at TUSSIS_INPUT_RATE_HZ. IMU: raw float32, six per sample (acceleration
 * x y z in m/s^2, angular rate x y z in deg/s) at TUSSIS_IMU_RATE_HZ. Each line: start_s TAB end_s TAB confidence.
 * Exit code 0, or 2 with a line on stderr. */
#include <stdio.h>
#include <string.h>

#include "tussis/tussis.h"

enum { CHUNK = TUSSIS_INPUT_RATE_HZ / 50 };

static tussis_t detector;

static int fail(const char *what, const char *of)
{
    fprintf(stderr, "tussis: %s%s\n", what, of);
    return 2;
}

static void print_events(void)
{
    tussis_event_t event;
    while (tussis_next_event(&detector, &event)) {
        printf("%.3f\t%.3f\t%.6f\n", (double)event.onset_ticks / TUSSIS_TICK_HZ,
               (double)event.offset_ticks / TUSSIS_TICK_HZ, (double)event.confidence);
    }
}

/* Push the IMU samples up to the time of `audio_samples`, or all that are left. Returns 0 at the end of the file. */
static int push_imu_until(FILE *imu, uint64_t audio_samples, uint64_t *pushed)
{
    tussis_imu_t sample;
    while (*pushed * TUSSIS_INPUT_RATE_HZ <= audio_samples * TUSSIS_IMU_RATE_HZ) {
        if (fread(&sample, sizeof sample, 1, imu) != 1) {
            return 0;
        }
        tussis_push_imu(&detector, &sample, 1);
        print_events();
        (*pushed)++;
    }
    return 1;
}

static int run(FILE *audio, FILE *imu)
{
    int16_t pcm[CHUNK];
    uint64_t heard = 0;
    uint64_t moved = 0;
    size_t n = 0;
    while (tussis_mode(&detector) != TUSSIS_MODE_IMU && (n = fread(pcm, sizeof *pcm, CHUNK, audio)) > 0) {
        heard += n;
        if (imu && !push_imu_until(imu, heard, &moved)) {
            imu = NULL;
        }
        tussis_push_audio(&detector, pcm, n);
        print_events();
    }
    while (imu && tussis_mode(&detector) == TUSSIS_MODE_IMU && push_imu_until(imu, heard += CHUNK, &moved)) {
    }
    while (tussis_flush_step(&detector)) {
        print_events();
    }
    print_events();
    return ferror(audio) ? fail("the audio cannot be read", "") : 0;
}

static int choose_mode(const char *name)
{
    static const char *const NAMES[] = {"audio", "imu", "gated"};
    for (int mode = 0; mode < 3; mode++) {
        if (strcmp(name, NAMES[mode]) == 0) {
            return tussis_set_mode(&detector, (tussis_mode_t)mode) != TUSSIS_OK ? fail("the detector cannot run in mode ", name) : 0;
        }
    }
    return fail("use -m audio, imu or gated, not ", name);
}

int main(int argc, char **argv)
{
    const char *imu_path = NULL;
    const char *mode = NULL;
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc || (strcmp(argv[i], "-m") != 0 && strcmp(argv[i], "-i") != 0)) {
            return fail("usage: tussis [-m audio|imu|gated] [-i imu.f32] < audio.s16; not ", argv[i]);
        }
        if (argv[i][1] == 'm') {
            mode = argv[i + 1];
        } else {
            imu_path = argv[i + 1];
        }
    }
    if (tussis_init(&detector) != TUSSIS_OK) {
        return fail("the library was compiled with other options than this program", "");
    }
    if (!mode && !imu_path && tussis_mode(&detector) == TUSSIS_MODE_GATED) {
        mode = "audio";
    }
    if (mode && choose_mode(mode) != 0) {
        return 2;
    }
    if (tussis_mode(&detector) != TUSSIS_MODE_AUDIO && !imu_path) {
        return fail("this mode needs -i imu.f32", "");
    }
    FILE *imu = imu_path ? fopen(imu_path, "rb") : NULL;
    if (imu_path && !imu) {
        return fail("cannot open ", imu_path);
    }
    const int code = run(stdin, imu);
    if (imu) {
        fclose(imu);
    }
    return code;
}
