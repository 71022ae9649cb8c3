/* SPDX-License-Identifier: Apache-2.0 */
#include "tussis_golden.h"

#define PIECE (TUSSIS_INPUT_RATE_HZ * 16U / 1000U)

/* The comparison so far. */
typedef struct {
    const tussis_golden_t *golden;
    tussis_t *detector;
    float tolerance;
    uint32_t audio_windows;
    uint32_t imu_windows;
    uint32_t events;
    uint32_t where;
} run_t;

static bool near(const run_t *run, float found, float wanted)
{
    const float off = found - wanted;
    return off <= run->tolerance && -off <= run->tolerance;
}

/* Compare the newest window of a path where it is new. */
static tussis_golden_result_t window(run_t *run, bool imu)
{
    const tussis_golden_t *golden = run->golden;
    const tussis_golden_window_t *wanted = imu ? golden->imu_windows : golden->audio_windows;
    const uint32_t n = imu ? golden->n_imu_windows : golden->n_audio_windows;
    uint32_t *seen = imu ? &run->imu_windows : &run->audio_windows;
    tussis_window_t found;
    const tussis_status_t status = imu ? tussis_get_imu_window(run->detector, &found, NULL, 0)
                                       : tussis_get_audio_window(run->detector, &found, NULL, 0);
    if (status != TUSSIS_OK || found.count == *seen) {
        return TUSSIS_GOLDEN_SAME; /* no such model, or nothing new */
    }
    const uint32_t number = *seen;
    *seen = found.count;
    run->where = number;
    const bool same = found.count == number + 1U && number < n && found.index == wanted[number].index &&
                      near(run, found.margin, wanted[number].margin);
    return same ? TUSSIS_GOLDEN_SAME : imu ? TUSSIS_GOLDEN_IMU_WINDOW : TUSSIS_GOLDEN_AUDIO_WINDOW;
}

static tussis_golden_result_t events(run_t *run)
{
    tussis_event_t found;
    while (tussis_next_event(run->detector, &found)) {
        const uint32_t number = run->events++;
        const tussis_golden_event_t *wanted = &run->golden->events[number];
        run->where = number;
        if (number >= run->golden->n_events || found.onset_ticks != wanted->onset_ticks ||
            found.offset_ticks != wanted->offset_ticks || !near(run, found.confidence, wanted->confidence)) {
            return TUSSIS_GOLDEN_EVENT;
        }
    }
    return TUSSIS_GOLDEN_SAME;
}

/* Look at what a call left, or at the call itself where it failed. */
static tussis_golden_result_t look(run_t *run, tussis_status_t status)
{
    if (status != TUSSIS_OK) {
        run->where = (uint32_t)-status;
        return TUSSIS_GOLDEN_STATUS;
    }
    tussis_golden_result_t result = window(run, true);
    if (result == TUSSIS_GOLDEN_SAME) {
        result = window(run, false);
    }
    return result == TUSSIS_GOLDEN_SAME ? events(run) : result;
}

static tussis_golden_result_t push(run_t *run)
{
    const tussis_golden_t *golden = run->golden;
    tussis_golden_result_t result = look(run, tussis_set_mode(run->detector, golden->mode));
    uint32_t heard = 0;
    uint32_t felt = 0;
    while (result == TUSSIS_GOLDEN_SAME && (heard < golden->audio_samples || felt < golden->imu_samples)) {
        const uint32_t left = golden->audio_samples - heard;
        const uint32_t n = left < PIECE ? left : PIECE;
        const uint64_t until = ((uint64_t)heard + PIECE) * TUSSIS_IMU_RATE_HZ / TUSSIS_INPUT_RATE_HZ + 1U;
        while (result == TUSSIS_GOLDEN_SAME && felt < golden->imu_samples && (felt < until || left == 0U)) {
            result = look(run, tussis_push_imu(run->detector, &golden->imu[felt], 1));
            felt++;
        }
        if (result == TUSSIS_GOLDEN_SAME && n > 0U) {
            result = look(run, tussis_push_audio(run->detector, &golden->audio[heard], n));
            heard += n;
        }
    }
    return result;
}

static tussis_golden_result_t finish(run_t *run)
{
    tussis_golden_result_t result = TUSSIS_GOLDEN_SAME;
    bool more = true;
    while (result == TUSSIS_GOLDEN_SAME && more) {
        more = tussis_flush_step(run->detector);
        result = look(run, TUSSIS_OK);
    }
    if (result == TUSSIS_GOLDEN_SAME && run->imu_windows != run->golden->n_imu_windows) {
        run->where = run->imu_windows;
        return TUSSIS_GOLDEN_IMU_WINDOW;
    }
    if (result == TUSSIS_GOLDEN_SAME && run->audio_windows != run->golden->n_audio_windows) {
        run->where = run->audio_windows;
        return TUSSIS_GOLDEN_AUDIO_WINDOW;
    }
    if (result == TUSSIS_GOLDEN_SAME && run->events != run->golden->n_events) {
        run->where = run->events;
        return TUSSIS_GOLDEN_EVENT;
    }
    return result;
}

tussis_golden_result_t tussis_golden_check(const tussis_golden_t *golden, tussis_t *detector, float tolerance,
                                           uint32_t *where)
{
    run_t run = {golden, detector, tolerance, 0, 0, 0, 0};
    tussis_golden_result_t result = TUSSIS_GOLDEN_SAME;
    if (tussis_info()->detector_hash != golden->detector_hash) {
        run.where = tussis_info()->detector_hash;
        result = TUSSIS_GOLDEN_DETECTOR;
    } else {
        const tussis_status_t status = tussis_init(detector);
        run.where = (uint32_t)-status;
        result = status == TUSSIS_OK ? push(&run) : TUSSIS_GOLDEN_STATUS;
    }
    if (result == TUSSIS_GOLDEN_SAME) {
        result = finish(&run);
    }
    if (where != NULL) {
        *where = result == TUSSIS_GOLDEN_SAME ? 0U : run.where;
    }
    return result;
}
