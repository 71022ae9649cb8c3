/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a window is computed, where the detector has a sound level: what motion and sound say of it. Of audio_stage.c
 * alone. */
#ifndef TUSSIS_AUDIO_DECISION_H
#define TUSSIS_AUDIO_DECISION_H

#include "../detector/audio_work.h"

#ifdef __cplusplus
extern "C" {
#endif

#if TUSSIS_SOUND_LEVEL
/* What the sound says of the next window, as far as it has come: before frame `there`. */
static inline tussis_verdict_t tussis_audio_loudness(const tussis_audio_stage_t *stage, uint32_t there)
{
    const uint32_t first = tussis_audio_first_frame(stage->next_window);
    const uint32_t end = first + TUSSIS_WINDOW_FRAMES;
    if (stage->brief || first < stage->heard_from) {
        return TUSSIS_GATE_ADMIT;
    }
    if (tussis_sound_level_loud(&stage->sound, first, (there < end ? there : end) - 1U)) {
        return TUSSIS_GATE_ADMIT;
    }
    return there < end ? TUSSIS_GATE_WAIT : TUSSIS_GATE_SKIP;
}

#define TUSSIS_COMBINED(how) (TUSSIS_SOUND_LEVEL_COMBINE == TUSSIS_SOUND_LEVEL_##how)

/* Decide the next window by motion and by sound. Any verdict but TUSSIS_GATE_WAIT is final. */
static inline tussis_verdict_t tussis_audio_decide(const tussis_audio_run_t *run, bool patient, uint32_t there,
                                                   bool *late)
{
    tussis_gate_t *gate = run->gate;
    const bool asked = !gate || !TUSSIS_COMBINED(MOTION);
    const tussis_verdict_t heard = asked ? tussis_audio_loudness(run->stage, there) : TUSSIS_GATE_ADMIT;
    if (!gate || heard == TUSSIS_GATE_WAIT) {
        return heard;
    }
    const tussis_verdict_t motion = tussis_gate_decide(gate, tussis_audio_work_gate_time(run->stage), patient, late);
    if (motion == TUSSIS_GATE_WAIT) {
        return motion;
    }
    if ((TUSSIS_COMBINED(BOTH) || TUSSIS_COMBINED(SOUND)) && heard == TUSSIS_GATE_SKIP) {
        gate->awake = false;
        return TUSSIS_GATE_SKIP;
    }
    if ((TUSSIS_COMBINED(EITHER) || TUSSIS_COMBINED(SOUND)) && heard == TUSSIS_GATE_ADMIT) {
        gate->unaided = 0;
        return TUSSIS_GATE_ADMIT;
    }
    return motion;
}
#endif

#ifdef __cplusplus
}
#endif

#endif
