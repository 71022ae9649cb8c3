/* SPDX-License-Identifier: Apache-2.0 */
#include "tussis/tussis.h"

#include <string.h>

#include "../detector/checks.h"
#include "../detector/model_load.h"
#include "../detector/stretch.h"
#include "../detector/tussis_state.h"
#include "../dsp/elementary.h"

#if !TUSSIS_HAS_AUDIO && !TUSSIS_HAS_IMU
#error "the detector has neither an audio nor an IMU model"
#endif
#if TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED && !(TUSSIS_HAS_AUDIO && TUSSIS_HAS_IMU)
#error "a microphone that follows the gate needs an audio and an IMU model"
#endif
#if TUSSIS_PRE_ROLL == TUSSIS_PRE_ROLL_RAW && !(TUSSIS_HAS_AUDIO && (TUSSIS_HAS_IMU || TUSSIS_SOUND_LEVEL))
#error "a raw pre-roll needs an audio and an IMU model: else no audio model ever sleeps"
#endif
#if TUSSIS_SOUND_LEVEL && TUSSIS_PRE_ROLL != TUSSIS_PRE_ROLL_RAW
#error "a sound level needs a raw pre-roll"
#endif
#if TUSSIS_PRE_ROLL == TUSSIS_PRE_ROLL_RAW && TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED
#error "a microphone that follows the gate has no pre-roll that could be raw"
#endif

_Static_assert(sizeof(tussis_state_t) <= TUSSIS_STATE_BYTES, "tussis_size.h leaves something out");
_Static_assert(sizeof(tussis_state_t) + 64 >= TUSSIS_STATE_BYTES, "tussis_size.h counts what is not there");
_Static_assert(sizeof(tussis_t) == TUSSIS_STATE_BYTES, "a tussis_t is all state");
_Static_assert(_Alignof(tussis_state_t) <= _Alignof(tussis_t), "a tussis_t is aligned for its state");

const tussis_info_t *tussis_info(void)
{
    static const tussis_info_t INFO = {
        .version = TUSSIS_VERSION,
        .abi = TUSSIS_ABI,
        .options = TUSSIS_OPTIONS,
        .detector_hash = TUSSIS_DETECTOR_HASH,
        .state_bytes = TUSSIS_STATE_BYTES,
        .tick_hz = TUSSIS_TICK_HZ,
        .audio_rate_hz = TUSSIS_INPUT_RATE_HZ,
        .imu_rate_hz = TUSSIS_IMU_RATE_HZ,
        .skew_ms = TUSSIS_SKEW_MS,
        .microphone_start_ms = TUSSIS_MICROPHONE_START_MS,
#if TUSSIS_HAS_AUDIO
        .audio_features = TUSSIS_AUDIO_FEATURES,
#endif
#if TUSSIS_HAS_IMU
        .imu_features = TUSSIS_IMU_FEATURES,
#endif
        .event_queue = TUSSIS_EVENT_QUEUE,
        .microphone = TUSSIS_MICROPHONE,
        .pre_roll = TUSSIS_PRE_ROLL,
        .checked = TUSSIS_CHECKED,
#if TUSSIS_HAS_IMU
        .gyroscope = TUSSIS_IMU_AXES > 3,
#endif
        .imu_least_hz = (uint16_t)(TUSSIS_IMU_LEAST_MILLIHERTZ / 1000U),
    };
    return &INFO;
}

tussis_status_t tussis_init_as(tussis_t *t, size_t state_bytes, uint32_t abi, uint32_t options)
{
    if (abi != TUSSIS_ABI) {
        return TUSSIS_ERROR_ABI;
    }
    if (options != TUSSIS_OPTIONS) {
        return TUSSIS_ERROR_OPTIONS;
    }
    if (state_bytes != sizeof *t) {
        return TUSSIS_ERROR_SIZE;
    }
    if (t == NULL) {
        return TUSSIS_ERROR_NULL;
    }
    tussis_state_t *s = tussis_state_of(t);
    memset(t, 0, sizeof *t); /* once for all parts: most of what this call costs */
#if TUSSIS_HAS_AUDIO
    tussis_audio_stage_init(&s->audio);
#endif
#if TUSSIS_HAS_IMU
    tussis_imu_stage_init(&s->imu);
#endif
    tussis_gate_restart(&s->gate, 0);
    s->mode = !TUSSIS_HAS_IMU ? TUSSIS_MODE_AUDIO : !TUSSIS_HAS_AUDIO ? TUSSIS_MODE_IMU : TUSSIS_MODE_GATED;
    s->queue.mode = (uint8_t)s->mode;
#if TUSSIS_MODEL_IN == TUSSIS_MODEL_IN_FLASH_BLOB
    const tussis_status_t damaged = tussis_model_check_frame(tussis_model_blob, tussis_model_blob_bytes);
    const tussis_status_t wrong = damaged ? damaged : tussis_model_check_content(tussis_model_blob);
    if (wrong) {
        return wrong;
    }
    tussis_model_use(s, tussis_model_blob);
#endif
    s->initialised = TUSSIS_INITIALISED;
    return TUSSIS_OK;
}

tussis_mode_t tussis_mode(const tussis_t *t)
{
    return tussis_checked(t) == TUSSIS_OK ? tussis_const_state_of(t)->mode : TUSSIS_MODE_AUDIO;
}

/* What taking audio came to, against the counters before. */
static inline tussis_status_t audio_outcome(tussis_state_t *s, uint32_t late, uint32_t missed)
{
    if (s->totals.missed_windows != missed) {
        return tussis_outcome(s, TUSSIS_MISSED);
    }
    return tussis_outcome(s, s->totals.late_imu != late ? TUSSIS_LATE_IMU : 0);
}

tussis_status_t tussis_push_audio(tussis_t *t, const int16_t *pcm, size_t n)
{
    const tussis_status_t wrong = tussis_checked_with(t, pcm != NULL || n == 0);
    if (wrong) {
        return wrong;
    }
    tussis_state_t *s = tussis_state_of(t);
    const uint32_t late = s->totals.late_imu;
    const uint32_t missed = s->totals.missed_windows;
#if TUSSIS_HAS_AUDIO
    if (s->mode == TUSSIS_MODE_IMU) {
        tussis_stretch_count(s, n);
    } else {
        tussis_audio_health_push(&s->audio.health, &s->totals, pcm, n);
        const size_t taken = s->ending ? tussis_stretch_audio(s, pcm, n, false) : 0U;
        const tussis_audio_run_t run = tussis_audio_run(s, s->mode);
        tussis_audio_stage_push(&run, pcm + taken, n - taken);
    }
#else
    (void)n;
#endif
    return audio_outcome(s, late, missed);
}

int16_t *tussis_audio_ring(tussis_t *t, bool after, size_t *n)
{
    int16_t *place = NULL;
    if (tussis_checked_with(t, n != NULL) == TUSSIS_OK) {
        *n = 0;
#if TUSSIS_HAS_AUDIO && TUSSIS_PRE_ROLL == TUSSIS_PRE_ROLL_RAW
        tussis_state_t *s = tussis_state_of(t);
        if (s->mode != TUSSIS_MODE_IMU && !s->ending) {
            place = tussis_pre_roll_place(&s->audio.pre_roll, after, n);
        }
#else
        (void)after;
#endif
    }
    return place;
}

tussis_status_t tussis_push_audio_decimated(tussis_t *t, const int16_t *pcm, size_t n)
{
    const tussis_status_t wrong = tussis_checked_with(t, pcm != NULL || n == 0);
    if (wrong) {
        return wrong;
    }
    tussis_state_t *s = tussis_state_of(t);
    const uint32_t late = s->totals.late_imu;
    const uint32_t missed = s->totals.missed_windows;
#if TUSSIS_HAS_AUDIO
    if (s->mode == TUSSIS_MODE_IMU) {
        tussis_stretch_count(s, n * (TUSSIS_INPUT_RATE_HZ / TUSSIS_RATE_HZ));
    } else {
        const size_t taken = s->ending ? tussis_stretch_audio(s, pcm, n, true) : 0U;
        const tussis_audio_run_t run = tussis_audio_run(s, s->mode);
        tussis_audio_stage_push_decimated(&run, pcm + taken, n - taken);
    }
#else
    (void)n;
#endif
    return audio_outcome(s, late, missed);
}

tussis_status_t tussis_push_silence(tussis_t *t, size_t n)
{
    const tussis_status_t wrong = tussis_checked(t);
    if (wrong) {
        return wrong;
    }
    tussis_state_t *s = tussis_state_of(t);
    const uint32_t late = s->totals.late_imu;
    const uint32_t missed = s->totals.missed_windows;
#if TUSSIS_HAS_AUDIO
    if (s->mode == TUSSIS_MODE_IMU) {
        tussis_stretch_count(s, n);
    } else {
        static const int16_t SILENCE[32];
        enum { AT_ONCE = sizeof SILENCE / sizeof SILENCE[0] };
        while (s->ending && n > 0) {
            n -= tussis_stretch_audio(s, SILENCE, n < AT_ONCE ? n : (size_t)AT_ONCE, false);
        }
        const tussis_audio_run_t run = tussis_audio_run(s, s->mode);
        tussis_audio_stage_push_silence(&run, n);
    }
#else
    (void)n;
#endif
    return audio_outcome(s, late, missed);
}

tussis_status_t tussis_skip_audio(tussis_t *t, size_t n)
{
    const tussis_status_t wrong = tussis_checked(t);
    if (wrong) {
        return wrong;
    }
    tussis_state_t *s = tussis_state_of(t);
    const uint32_t missed = s->totals.missed_windows;
    s->totals.skipped_audio += n;
#if TUSSIS_HAS_AUDIO
    if (s->mode == TUSSIS_MODE_IMU) {
        tussis_stretch_count(s, n);
    } else {
        (void)tussis_stretch_steps(s, SIZE_MAX); /* before the gap */
        const tussis_audio_run_t run = tussis_audio_run(s, s->mode);
        tussis_audio_stage_miss(&run, n);
    }
#endif
    return tussis_outcome(s, s->totals.missed_windows != missed ? TUSSIS_MISSED : 0);
}

#if TUSSIS_HAS_AUDIO && TUSSIS_HAS_IMU
bool tussis_microphone_wanted(const tussis_t *t)
{
    if (tussis_checked(t) != TUSSIS_OK) {
        return false;
    }
    const tussis_state_t *s = tussis_const_state_of(t);
    const tussis_gate_t *gate = s->mode == TUSSIS_MODE_GATED ? &s->gate : NULL;
    return s->mode != TUSSIS_MODE_IMU && tussis_audio_stage_listens(&s->audio, gate);
}

bool tussis_gate_opened(const tussis_t *t, uint64_t *tick)
{
    return tussis_checked_with(t, tick != NULL) == TUSSIS_OK &&
           tussis_gate_newest_hit(&tussis_const_state_of(t)->gate, tick);
}
#endif

uint64_t tussis_audio_ticks(const tussis_t *t)
{
#if TUSSIS_HAS_AUDIO
    const tussis_state_t *s = tussis_const_state_of(t);
    const uint64_t unheard = (uint64_t)s->unheard * TUSSIS_TICK_HZ / TUSSIS_INPUT_RATE_HZ;
    return tussis_checked(t) == TUSSIS_OK ? tussis_audio_stage_ticks(&s->audio) + unheard : 0U;
#else
    (void)t;
    return 0;
#endif
}

size_t tussis_events_waiting(const tussis_t *t)
{
    return tussis_checked(t) == TUSSIS_OK ? tussis_const_state_of(t)->queue.count : 0U;
}

bool tussis_next_event(tussis_t *t, tussis_event_t *event)
{
    return tussis_checked_with(t, event != NULL) == TUSSIS_OK &&
           tussis_event_queue_take(&tussis_state_of(t)->queue, event);
}

bool tussis_flush_step(tussis_t *t)
{
    if (tussis_checked(t) != TUSSIS_OK) {
        return false;
    }
    tussis_state_t *s = tussis_state_of(t);
    const bool more = tussis_stretch_flush_step(s);
    s->totals.lost_events = s->queue.lost;
    return more;
}

tussis_status_t tussis_flush(tussis_t *t)
{
    const tussis_status_t wrong = tussis_checked(t);
    while (tussis_flush_step(t)) {
    }
    return wrong;
}

/* TUSSIS_OK where the detector has what a mode needs. */
static tussis_status_t possible(tussis_mode_t mode)
{
    switch (mode) {
    case TUSSIS_MODE_AUDIO:
        return TUSSIS_HAS_AUDIO ? TUSSIS_OK : TUSSIS_ERROR_MODEL;
    case TUSSIS_MODE_IMU:
        return TUSSIS_HAS_IMU ? TUSSIS_OK : TUSSIS_ERROR_MODEL;
    case TUSSIS_MODE_GATED:
        return TUSSIS_HAS_AUDIO && TUSSIS_HAS_IMU ? TUSSIS_OK : TUSSIS_ERROR_MODEL;
    default:
        return TUSSIS_ERROR_MODE;
    }
}

#if TUSSIS_MODEL_IN == TUSSIS_MODEL_IN_FLASH_BLOB
tussis_status_t tussis_mode_possible(tussis_mode_t mode)
{
    return possible(mode);
}
#endif

tussis_status_t tussis_set_mode(tussis_t *t, tussis_mode_t mode)
{
    const tussis_status_t unfit = tussis_checked(t);
    const tussis_status_t wrong = unfit ? unfit : possible(mode);
    if (wrong) {
        return wrong;
    }
    tussis_state_t *s = tussis_state_of(t);
    if (s->ending) {
        return TUSSIS_ERROR_BUSY;
    }
#if TUSSIS_HAS_AUDIO && TUSSIS_HAS_IMU
    if (mode != s->mode) {
        tussis_stretch_change(s, mode);
    }
#endif
    return tussis_outcome(s, TUSSIS_OK);
}

/* Copy a window and as many of its features as there is room for. */
static void copy_window(const tussis_window_t *from, const float *x, tussis_window_t *window, float *features,
                        size_t capacity)
{
    *window = *from;
    const size_t n = from->n_features < capacity ? from->n_features : capacity;
    for (size_t i = 0; i < n; i++) {
        features[i] = x[i];
    }
}

tussis_status_t tussis_get_audio_window(const tussis_t *t, tussis_window_t *window, float *features, size_t capacity)
{
    const tussis_status_t wrong = tussis_checked_with(t, window != NULL && (features != NULL || capacity == 0));
    if (wrong) {
        return wrong;
    }
#if TUSSIS_HAS_AUDIO
    const tussis_audio_stage_t *stage = &tussis_const_state_of(t)->audio;
    copy_window(&stage->window, stage->x, window, features, capacity);
    return TUSSIS_OK;
#else
    static const tussis_window_t NONE = {0, 0, 0.0F, 0};
    copy_window(&NONE, features, window, features, capacity);
    return TUSSIS_ERROR_MODEL;
#endif
}

tussis_status_t tussis_get_imu_window(const tussis_t *t, tussis_window_t *window, float *features, size_t capacity)
{
    const tussis_status_t wrong = tussis_checked_with(t, window != NULL && (features != NULL || capacity == 0));
    if (wrong) {
        return wrong;
    }
#if TUSSIS_HAS_IMU
    const tussis_imu_stage_t *stage = &tussis_const_state_of(t)->imu;
    copy_window(&stage->window, stage->x, window, features, capacity);
    return TUSSIS_OK;
#else
    static const tussis_window_t NONE = {0, 0, 0.0F, 0};
    copy_window(&NONE, features, window, features, capacity);
    return TUSSIS_ERROR_MODEL;
#endif
}

tussis_status_t tussis_get_totals(const tussis_t *t, tussis_totals_t *totals)
{
    const tussis_status_t wrong = tussis_checked_with(t, totals != NULL);
    if (!wrong) {
        *totals = tussis_const_state_of(t)->totals;
    }
    return wrong;
}

void tussis_set_meter(tussis_t *t, tussis_meter_t *meter)
{
    if (tussis_checked(t) == TUSSIS_OK) {
        tussis_state_of(t)->meter = meter;
    }
}

float tussis_probability(float margin)
{
    return tussis_sigmoid(margin);
}
