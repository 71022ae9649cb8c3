#include "tussis/tussis.h"

#include <string.h>

#include "dsp/elementary.h"

#if !TUSSIS_HAS_AUDIO && !TUSSIS_HAS_IMU
#error "the detector has neither an audio nor an IMU model"
#endif
#if TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED && !(TUSSIS_HAS_AUDIO && TUSSIS_HAS_IMU)
#error "a microphone that follows the gate needs an audio and an IMU model"
#endif
#if TUSSIS_PRE_ROLL == TUSSIS_PRE_ROLL_RAW && !(TUSSIS_HAS_AUDIO && TUSSIS_HAS_IMU)
#error "a raw pre-roll needs an audio and an IMU model: else no audio model ever sleeps"
#endif
#if TUSSIS_PRE_ROLL == TUSSIS_PRE_ROLL_RAW && TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED
#error "a microphone that follows the gate has no pre-roll that could be raw"
#endif

size_t tussis_state_size(void)
{
    return sizeof(tussis_t);
}

void tussis_init(tussis_t *t)
{
    memset(t, 0, sizeof *t);
#if TUSSIS_HAS_AUDIO
    tussis_audio_stage_init(&t->audio);
#endif
#if TUSSIS_HAS_IMU
    tussis_imu_stage_init(&t->imu);
#endif
    tussis_gate_restart(&t->gate, 0);
    t->mode = !TUSSIS_HAS_IMU ? TUSSIS_MODE_AUDIO : !TUSSIS_HAS_AUDIO ? TUSSIS_MODE_IMU : TUSSIS_MODE_GATED;
}

tussis_mode_t tussis_mode(const tussis_t *t)
{
    return t->mode;
}

#if TUSSIS_HAS_AUDIO
static tussis_audio_run_t audio_run(tussis_t *t)
{
    const tussis_audio_run_t run = {&t->audio, t->mode == TUSSIS_MODE_GATED ? &t->gate : NULL, &t->queue, &t->totals,
                                    t->meter};
    return run;
}
#endif

#if TUSSIS_HAS_IMU
static tussis_imu_run_t imu_run(tussis_t *t)
{
    const bool gated = t->mode == TUSSIS_MODE_GATED;
    const tussis_imu_run_t run = {&t->imu, gated ? &t->gate : NULL, gated ? NULL : &t->queue, &t->totals, t->meter};
    return run;
}
#endif

/* What a push returns: what it lost, else the events waiting. */
static int outcome(tussis_t *t, int lost)
{
    if (t->totals.lost_hits != t->gate.forgotten) {
        t->totals.lost_hits = t->gate.forgotten;
        lost = TUSSIS_LOST_HIT;
    }
    if (t->totals.lost_events != t->queue.lost) {
        t->totals.lost_events = t->queue.lost;
        lost = TUSSIS_LOST_EVENT;
    }
    return lost ? lost : t->queue.count;
}

static int push_audio(tussis_t *t, const int16_t *pcm, size_t n, bool decimated)
{
    const uint32_t late = t->totals.late_imu;
#if TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED
    const uint32_t missed = t->totals.missed_windows;
#endif
#if TUSSIS_HAS_AUDIO
    if (t->mode == TUSSIS_MODE_IMU) {
        tussis_audio_stage_skip(&t->audio, decimated ? n * (TUSSIS_INPUT_RATE_HZ / TUSSIS_RATE_HZ) : n);
    } else {
        const tussis_audio_run_t run = audio_run(t);
        if (decimated) { /* not a choice of pointers: a stack's bound ends where a pointer is called */
            tussis_audio_stage_push_decimated(&run, pcm, n);
        } else {
            tussis_audio_stage_push(&run, pcm, n);
        }
    }
#else
    (void)pcm;
    (void)n;
    (void)decimated;
#endif
#if TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED
    if (t->totals.missed_windows != missed) {
        return outcome(t, TUSSIS_MISSED);
    }
#endif
    return outcome(t, t->totals.late_imu != late ? TUSSIS_LATE_IMU : 0);
}

int tussis_push_audio(tussis_t *t, const int16_t *pcm, size_t n)
{
    return push_audio(t, pcm, n, false);
}

int tussis_push_audio_decimated(tussis_t *t, const int16_t *pcm, size_t n)
{
    return push_audio(t, pcm, n, true);
}

#if TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED
int tussis_miss_audio(tussis_t *t, size_t n)
{
    const uint32_t missed = t->totals.missed_windows;
    if (t->mode == TUSSIS_MODE_IMU) {
        tussis_audio_stage_skip(&t->audio, n);
    } else {
        const tussis_audio_run_t run = audio_run(t);
        tussis_audio_stage_miss(&run, n);
    }
    return outcome(t, t->totals.missed_windows != missed ? TUSSIS_MISSED : 0);
}

bool tussis_microphone_wanted(const tussis_t *t)
{
    const tussis_gate_t *gate = t->mode == TUSSIS_MODE_GATED ? &t->gate : NULL;
    return t->mode != TUSSIS_MODE_IMU && tussis_audio_stage_listens(&t->audio, gate);
}
#endif

int tussis_push_imu(tussis_t *t, const tussis_imu_t *samples, size_t n)
{
    const uint32_t bad = t->totals.bad_imu;
#if TUSSIS_HAS_IMU
    if (t->mode == TUSSIS_MODE_AUDIO) {
        tussis_imu_stage_skip(&t->imu, n);
    } else {
        const tussis_imu_run_t run = imu_run(t);
        for (size_t i = 0; i < n; i++) {
            tussis_imu_stage_push(&run, &samples[i]);
        }
    }
#else
    (void)samples;
    (void)n;
#endif
    return outcome(t, t->totals.bad_imu != bad ? TUSSIS_BAD_IMU : 0);
}

int tussis_next_event(tussis_t *t, tussis_event_t *event)
{
    return tussis_event_queue_take(&t->queue, event);
}

int tussis_flush_step(tussis_t *t)
{
#if TUSSIS_HAS_AUDIO
    if (t->mode != TUSSIS_MODE_IMU) {
        const tussis_audio_run_t run = audio_run(t);
        if (tussis_audio_stage_finish_step(&run)) {
            return 1;
        }
        tussis_audio_stage_close(&run);
    }
#endif
#if TUSSIS_HAS_IMU
    if (t->mode == TUSSIS_MODE_IMU) {
        const tussis_imu_run_t run = imu_run(t);
        tussis_imu_stage_close(&run);
    }
#endif
    t->totals.lost_events = t->queue.lost;
    return 0;
}

void tussis_flush(tussis_t *t)
{
    while (tussis_flush_step(t)) {
    }
}

int tussis_set_mode(tussis_t *t, tussis_mode_t mode)
{
    const bool can = mode == TUSSIS_MODE_AUDIO ? TUSSIS_HAS_AUDIO
                     : mode == TUSSIS_MODE_IMU ? TUSSIS_HAS_IMU
                                               : TUSSIS_HAS_AUDIO && TUSSIS_HAS_IMU;
    if (!can) {
        return -1;
    }
    if (mode == t->mode) {
        return 0;
    }
    tussis_flush(t);
#if TUSSIS_HAS_AUDIO && TUSSIS_HAS_IMU
    if (t->mode == TUSSIS_MODE_IMU) {
        tussis_audio_stage_resume(&t->audio);
    }
    tussis_imu_stage_resume(&t->imu, &t->gate);
#endif
    t->mode = mode;
    return 0;
}

const tussis_window_t *tussis_audio_window(const tussis_t *t)
{
#if TUSSIS_HAS_AUDIO
    return &t->audio.window;
#else
    static const tussis_window_t NONE = {0, 0, 0.0F, 0, NULL};
    (void)t;
    return &NONE;
#endif
}

const tussis_window_t *tussis_imu_window(const tussis_t *t)
{
#if TUSSIS_HAS_IMU
    return &t->imu.window;
#else
    static const tussis_window_t NONE = {0, 0, 0.0F, 0, NULL};
    (void)t;
    return &NONE;
#endif
}

const tussis_totals_t *tussis_totals(const tussis_t *t)
{
    return &t->totals;
}

void tussis_set_meter(tussis_t *t, tussis_meter_t *meter)
{
    t->meter = meter;
}

float tussis_probability(float margin)
{
    return tussis_sigmoid(margin);
}
