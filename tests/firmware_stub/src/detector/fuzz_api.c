/* libFuzzer on the calls of the library, with a whole detector behind them.
 *
 * The input is a list of calls: a byte that chooses one, and two for its argument. Samples are made from the argument, in memory
 * of exactly their size. What must hold besides what ASan and UBSan look at: codes are codes, time is what was pushed, events
 * are in order, counts stay in their bounds. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tussis/tussis.h"

enum {
    CALLS = 18,
    ENCODED = 3,      /* bytes of a call */
    MOST_CALLS = 200, /* in one input */
    MOST_AUDIO = 1600,
    MOST_IMU = 40
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define check(holds) check_at((holds), __LINE__)

static void check_at(int holds, int line)
{
    if (!holds) {
        fprintf(stderr, "line %d of fuzz_api.c does not hold\n", line);
        abort();
    }
}

typedef struct {
    tussis_t *detector; /* on the heap, so that a byte beside it is found */
    tussis_since_t since;
    tussis_meter_t meter;
    uint64_t ticks; /* of audio so far */
    uint32_t seed;
    uint32_t next_id;
    bool decimated; /* audio is never skipped after samples at TUSSIS_RATE_HZ */
} run_t;

static uint32_t draw(run_t *run)
{
    run->seed = run->seed * 1664525U + 1013904223U;
    return run->seed >> 8;
}

static void take(tussis_status_t status)
{
    check(status == TUSSIS_OK || (status >= TUSSIS_IMU_RATE && status <= TUSSIS_LATE_IMU) ||
          (status >= TUSSIS_ERROR_IMU_RATE && status <= TUSSIS_ERROR_NULL));
}

static uint32_t clock_ticks(void *context)
{
    static uint32_t now;
    (void)context;
    return now += 1000U;
}

/* Silence, noise of any level, full scale, bursts. */
static int16_t *sound(run_t *run, size_t n, unsigned kind)
{
    int16_t *pcm = malloc(n * sizeof *pcm + (n == 0));
    check(pcm != NULL);
    for (size_t i = 0; i < n; i++) {
        const int32_t noise = (int32_t)(draw(run) & 0xFFFFU) - 32768;
        const int32_t level = kind % 4U == 3U ? (int32_t)(i % 320U < 40U) * 14 : (int32_t)(kind / 4U % 16U);
        pcm[i] = (int16_t)(kind % 4U == 0U ? 0 : kind % 4U == 1U ? (noise < 0 ? -32768 : 32767) : noise >> (15 - level));
    }
    return pcm;
}

static float odd_value(run_t *run)
{
    static const float VALUES[] = {NAN, INFINITY, -INFINITY, FLT_MAX, -FLT_MAX, FLT_MIN, 1e-45F, -0.0F, 156.9F, 1e6F};
    return VALUES[draw(run) % (sizeof VALUES / sizeof VALUES[0])];
}

static tussis_imu_t *motion(run_t *run, size_t n, unsigned kind)
{
    tussis_imu_t *samples = malloc(n * sizeof *samples + (n == 0));
    check(samples != NULL);
    for (size_t i = 0; i < n; i++) {
        for (int axis = 0; axis < 3; axis++) {
            const float noise = (float)(draw(run) & 0xFFFU) / 4096.0F - 0.5F;
            samples[i].acc_ms2[axis] = (axis == 2 ? 9.81F : 0.0F) + noise * (float)(kind % 8U) * 4.0F;
            samples[i].gyro_dps[axis] = noise * (float)(kind % 8U) * 100.0F;
        }
        if (kind >= 248U) {
            samples[i].acc_ms2[draw(run) % 3U] = odd_value(run);
            samples[i].gyro_dps[draw(run) % 3U] = odd_value(run);
        }
    }
    return samples;
}

static void take_events(run_t *run, size_t most)
{
    tussis_event_t event;
    check(tussis_events_waiting(run->detector) <= TUSSIS_EVENT_QUEUE);
    for (size_t i = 0; i < most && tussis_next_event(run->detector, &event); i++) {
        check(event.onset_ticks < event.offset_ticks);
        check(event.peak_ticks >= event.onset_ticks && event.peak_ticks < event.offset_ticks);
        check(event.confidence >= 0.0F && event.confidence <= 1.0F);
        check(event.mode <= TUSSIS_MODE_GATED);
        check(event.id >= run->next_id);
        run->next_id = event.id + 1U;
    }
}

static void look(run_t *run)
{
    tussis_totals_t totals;
    tussis_telemetry_t told;
    tussis_window_t window;
    float *features = malloc(7 * sizeof *features);
    check(features != NULL);
    take(tussis_get_totals(run->detector, &totals));
    check(totals.computed_frames <= totals.audio_frames + 64U && totals.clipped_audio <= totals.heard_audio);
    take(tussis_get_telemetry(run->detector, &run->since, &told));
    check(told.gate_share >= 0.0F && told.clipped_share >= 0.0F && told.clipped_share <= 1.0F);
    take(tussis_get_audio_window(run->detector, &window, features, 7));
    check(window.count == 0 || isfinite(window.margin));
    take(tussis_get_imu_window(run->detector, &window, features, 7));
    check(window.count == 0 || isfinite(window.margin));
    (void)tussis_imu_lead_ticks(run->detector);
    check(tussis_imu_millihertz(run->detector) > 0);
    free(features);
}

/* The copy goes on in its place. */
static void move(run_t *run)
{
    tussis_t *copy = malloc(sizeof *copy);
    check(copy != NULL);
    memcpy(copy, run->detector, sizeof *copy);
    free(run->detector);
    run->detector = copy;
}

static void push_motion(run_t *run, unsigned call, unsigned n, unsigned kind)
{
    tussis_imu_t *samples = motion(run, n, kind);
    if (call == 0) {
        take(tussis_push_imu(run->detector, samples, n));
    } else {
        const uint64_t now = run->ticks;
        const uint64_t wrong = (uint64_t)draw(run) << (kind % 40U);
        take(tussis_push_imu_at(run->detector, samples, n, kind < 240U ? now : wrong));
    }
    free(samples);
}

static void push_sound(run_t *run, unsigned call, size_t n, unsigned kind)
{
    int16_t *pcm = sound(run, n, kind);
    if (call == 0) {
        take(tussis_push_audio(run->detector, pcm, n));
        run->ticks += n * TUSSIS_TICK_HZ / TUSSIS_INPUT_RATE_HZ;
    } else {
        take(tussis_push_audio_decimated(run->detector, pcm, n));
        run->ticks += n * TUSSIS_TICK_HZ / TUSSIS_RATE_HZ;
        run->decimated = true;
    }
    free(pcm);
}

/* Time is what was pushed, to a sample at TUSSIS_RATE_HZ: the decimator gives one for the first sample, and then for every
 * TUSSIS_DECIMATION of them. */
static void check_time(const run_t *run)
{
    const uint64_t now = tussis_audio_ticks(run->detector);
    const uint64_t off = now > run->ticks ? now - run->ticks : run->ticks - now;
    check(off < 2U * TUSSIS_DECIMATION * TUSSIS_TICK_HZ / TUSSIS_INPUT_RATE_HZ);
}

static void start(run_t *run)
{
    check(tussis_init(run->detector) == TUSSIS_OK);
    run->ticks = 0;
    run->next_id = 0;
    run->decimated = false;
    memset(&run->since, 0, sizeof run->since);
}

static void call(run_t *run, const uint8_t *bytes)
{
    const unsigned kind = bytes[2];
    const size_t n = bytes[1] * (size_t)MOST_AUDIO / 255U;
    tussis_t *t = run->detector;
    switch (bytes[0] % CALLS) {
    case 0:
    case 1:
    case 2:
        push_sound(run, 0, n, kind);
        break;
    case 3:
        push_sound(run, 1, n / 2U, kind);
        break;
    case 4:
    case 5:
        push_motion(run, 0, bytes[1] % MOST_IMU, kind);
        break;
    case 6:
    case 7:
        push_motion(run, 1, bytes[1] % MOST_IMU, kind);
        break;
    case 8:
        take(tussis_push_silence(t, n));
        run->ticks += n * TUSSIS_TICK_HZ / TUSSIS_INPUT_RATE_HZ;
        break;
    case 9:
        if (!run->decimated) {
            const size_t gap = kind < 250U ? n : (size_t)bytes[1] * 100000U;
            take(tussis_skip_audio(t, gap));
            run->ticks += gap * TUSSIS_TICK_HZ / TUSSIS_INPUT_RATE_HZ;
        }
        break;
    case 10:
        take(tussis_skip_imu(t, kind < 250U ? bytes[1] : (size_t)bytes[1] * 10000U));
        break;
    case 11:
        take(tussis_set_mode(t, (tussis_mode_t)(bytes[1] % 5U)));
        break;
    case 12:
        (void)tussis_flush_step(t);
        break;
    case 13:
        take(tussis_flush(t));
        check(!tussis_flush_step(t));
        break;
    case 14:
        take_events(run, bytes[1]);
        break;
    case 15:
        look(run);
        break;
    case 16:
        move(run);
        tussis_set_meter(run->detector, kind % 2U ? &run->meter : NULL);
        break;
    default:
        if (kind > 250U) {
            start(run);
        } else if (kind > 200U) {
            check(tussis_push_audio(NULL, NULL, 1) == TUSSIS_ERROR_NULL);
            check(tussis_push_audio(t, NULL, 1) == TUSSIS_ERROR_NULL);
            check(tussis_push_imu(t, NULL, 1) == TUSSIS_ERROR_NULL);
            check(!tussis_next_event(t, NULL));
        } else {
            take(tussis_check_imu_rate((uint32_t)bytes[1] * 2000U));
            (void)tussis_microphone_wanted(t);
            uint64_t tick = 0;
            (void)tussis_gate_opened(t, &tick);
        }
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    run_t run = {.seed = (uint32_t)size, .meter = {.ticks = clock_ticks}};
    run.detector = malloc(sizeof *run.detector);
    check(run.detector != NULL);
    start(&run);
    for (size_t at = 0; at + ENCODED <= size && at / ENCODED < MOST_CALLS; at += ENCODED) {
        call(&run, &data[at]);
        check_time(&run);
    }
    take(tussis_flush(run.detector));
    take_events(&run, SIZE_MAX);
    free(run.detector);
    return 0;
}
