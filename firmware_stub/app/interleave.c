/* SPDX-License-Identifier: Apache-2.0 */
#include "interleave.h"

#include "tussis/tussis_config.h"

enum {
    IMU_LEAD_S = 1,    /* how far IMU samples may be ahead of the audio */
    STAMPED_LEAD_S = 2 /* the same where the board must find their time first */
};

uint64_t tussis_smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* How many samples at to_hz fit into the time of n samples at from_hz. The core divides 32 bits in one instruction and
 * 64 bits in a library call. */
static uint64_t in_time_of(uint32_t n, uint32_t from_hz, uint32_t to_hz)
{
    return (uint64_t)(n / from_hz) * to_hz + n % from_hz * to_hz / from_hz;
}

/* With stamps the detector says how far the motion is; it
 * may look at two more samples before it makes something of one. */
uint64_t tussis_audio_limit(const tussis_session_t *session)
{
    const tussis_hello_message_t *hello = &session->hello;
    uint64_t limit;
    if (session->imu_next >= hello->imu_samples) {
        return hello->audio_samples;
    }
    if (tussis_stamped(session)) {
        const int64_t known = (int64_t)tussis_audio_ticks(&session->detector) +
                              tussis_imu_lead_ticks(&session->detector) -
                              (int64_t)(2U * TUSSIS_TICK_HZ / hello->imu_rate_hz);
        limit = known > 0 ? in_time_of((uint32_t)known, TUSSIS_TICK_HZ, hello->audio_rate_hz) : 0U;
    } else {
        limit = in_time_of(session->imu_next, TUSSIS_IMU_RATE_HZ, hello->audio_rate_hz);
    }
    return tussis_smaller(limit, hello->audio_samples);
}

uint64_t tussis_imu_limit(const tussis_session_t *session)
{
    const tussis_hello_message_t *hello = &session->hello;
    const uint32_t rate_hz = tussis_stamped(session) ? hello->imu_rate_hz : TUSSIS_IMU_RATE_HZ;
    if (session->audio_next >= hello->audio_samples) {
        return hello->imu_samples;
    }
    const uint64_t level = in_time_of(session->audio_next, hello->audio_rate_hz, rate_hz);
    return tussis_smaller(level + (tussis_stamped(session) ? STAMPED_LEAD_S : IMU_LEAD_S) * rate_hz, hello->imu_samples);
}
