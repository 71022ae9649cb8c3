/* SPDX-License-Identifier: Apache-2.0 */
/* Models and thresholds that are changed at run time: see model_blob.h. */
#include "../detector/model_load.h"

#if TUSSIS_MODEL_IN == TUSSIS_MODEL_IN_FLASH_BLOB

#include "../detector/checks.h"

#define MILLION 1000000U
#define SHARE_BITS 40U
#define MOST_SCALE 100000000000000000U /* 10^17: ten times as much still fits */

/* --- models ------------------------------------------------------------------------------------------------- */

void tussis_model_use(tussis_state_t *s, const uint32_t *blob)
{
#if TUSSIS_HAS_AUDIO
    tussis_audio_stage_use(&s->audio, tussis_model_audio_section(blob));
#endif
#if TUSSIS_HAS_IMU
    tussis_imu_stage_use(&s->imu, tussis_model_imu_section(blob), tussis_model_gate_rule(blob));
#endif
    s->gate.hold_ticks = tussis_model_hold_ticks(blob);
    s->gate.max_consecutive = tussis_model_max_consecutive(blob);
}

/* Whether samples were pushed or skipped. Counters that move their origin never come back to 0 by it. */
static bool has_begun(const tussis_state_t *s)
{
    bool begun = s->ending;
#if TUSSIS_HAS_AUDIO
    begun = begun || s->audio.pre_roll.frames > 0U || tussis_pre_roll_part(&s->audio.pre_roll) > 0U;
#endif
#if TUSSIS_HAS_IMU
    begun = begun || s->imu.clock.any || s->imu.samples > 0U; /* samples before tick 0 are kept, and make no output */
#endif
    return begun;
}

static tussis_status_t content_into(tussis_state_t *s, const void *blob)
{
    const uint32_t *words = (const uint32_t *)blob;
    const tussis_status_t wrong = tussis_model_check_content(words);
    if (!wrong) {
        tussis_model_use(s, words);
    }
    return wrong;
}

static tussis_status_t check_call(const tussis_t *t, const void *blob, size_t bytes)
{
    tussis_status_t wrong = tussis_checked(t);
    if (!wrong && has_begun(tussis_const_state_of(t))) {
        wrong = TUSSIS_ERROR_STARTED;
    }
    return wrong ? wrong : tussis_model_check_frame(blob, bytes);
}

tussis_status_t tussis_load_model(tussis_t *t, const void *blob, size_t bytes)
{
    const tussis_status_t wrong = check_call(t, blob, bytes);
    return wrong ? wrong : content_into(tussis_state_of(t), blob);
}

tussis_status_t tussis_load_model_signed(tussis_t *t, const void *blob, size_t bytes, tussis_verify_t *verify,
                                         void *context)
{
    const tussis_status_t wrong = verify == NULL ? TUSSIS_ERROR_NULL : check_call(t, blob, bytes);
    if (wrong) {
        return wrong;
    }
    return verify(context, blob, bytes) ? content_into(tussis_state_of(t), blob) : TUSSIS_ERROR_MODEL_SIGNATURE;
}

/* --- thresholds --------------------------------------------------------------------------------------------- */

/* High half of a product of 128 bits. */
static uint64_t multiply_high(uint64_t a, uint64_t b)
{
    const uint64_t a0 = a & UINT32_MAX, a1 = a >> 32U;
    const uint64_t b0 = b & UINT32_MAX, b1 = b >> 32U;
    const uint64_t low = a0 * b1 + (a0 * b0 >> 32U);
    const uint64_t middle = a1 * b0 + (low & UINT32_MAX);
    return a1 * b1 + (low >> 32U) + (middle >> 32U);
}

/* log2 of an integer above 0, in units of 2^-57: squares show its bits one by one (Knuth, The Art of Computer Programming,
 * volume 1, exercise 1.2.2-25). Wrong by less than two units. */
static uint64_t log2_of(uint64_t value)
{
    uint64_t exponent = 63U;
    while (value >> 63U == 0U) {
        value <<= 1U;
        exponent--;
    }
    uint64_t result = exponent << 57U;
    for (uint64_t bit = (uint64_t)1U << 56U; bit != 0U; bit >>= 1U) {
        value = multiply_high(value, value); /* 1 up to 4, in units of 2^-62 */
        if (value >> 63U != 0U) {
            result += bit;
        } else {
            value <<= 1U;
        }
    }
    return result;
}

/* Log-odds of part / whole, rounded once: ln(part / (whole - part)). */
static float log_odds(uint64_t part, uint64_t whole)
{
    const uint64_t ln2 = 0xB17217F7D1CF79ACU; /* in units of 2^-64 */
    const uint64_t yes = log2_of(part), no = log2_of(whole - part);
    const uint64_t size = multiply_high(yes > no ? yes - no : no - yes, ln2);
    const float value = (float)size * 6.93889390e-18F; /* 2^-57 */
    return yes > no ? value : -value;
}

/* Log-odds of the probability whose odds are a share, not 0, of those of part / MILLION. The probability is brought to six
 * digits first, as Python does, which writes them to the detector file. */
static float continue_log_odds(uint32_t part, uint64_t share)
{
    uint64_t rest = share * part;
    const uint64_t whole = ((uint64_t)(MILLION - part) << SHARE_BITS) + rest;
    uint64_t scale = MILLION;
    while (rest * 10U < whole && scale < MOST_SCALE) {
        rest *= 10U;
        scale *= 10U;
    }
    uint64_t digits = 0;
    for (int i = 0; i < 6; i++) {
        rest *= 10U;
        digits = digits * 10U + rest / whole;
        rest %= whole;
    }
    digits += rest * 2U >= whole;
    return log_odds(digits > 0U ? digits : 1U, scale);
}

static void set_threshold(tussis_path_model_t *model, uint32_t part)
{
    const uint64_t share = tussis_model_continue_share(model->section);
    model->plan.open_margin = log_odds(part, MILLION);
    if (share != 0U) { /* else every window continues a region, whatever opens one */
        model->plan.continue_margin = continue_log_odds(part, share);
    }
}

tussis_status_t tussis_set_threshold(tussis_t *t, tussis_mode_t mode, float probability)
{
    const tussis_status_t unfit = tussis_checked(t);
    const tussis_status_t wrong = unfit ? unfit : tussis_mode_possible(mode);
    if (wrong) {
        return wrong;
    }
    if (!(probability >= TUSSIS_LEAST_THRESHOLD && probability <= TUSSIS_MOST_THRESHOLD)) {
        return TUSSIS_ERROR_THRESHOLD;
    }
    const uint32_t part = (uint32_t)(probability * (float)MILLION + 0.5F);
#if TUSSIS_HAS_AUDIO
    if (mode != TUSSIS_MODE_IMU) {
        set_threshold(&tussis_state_of(t)->audio.model, part);
    }
#endif
#if TUSSIS_HAS_IMU
    if (mode == TUSSIS_MODE_IMU) {
        set_threshold(&tussis_state_of(t)->imu.model, part);
    }
#endif
    return TUSSIS_OK;
}

#endif
