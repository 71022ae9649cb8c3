/* SPDX-License-Identifier: Apache-2.0 */
/* How far each stream of a session may go while the other has not come: so what is decided never depends on how a host
 * interleaves them. */
#ifndef TUSSIS_INTERLEAVE_H
#define TUSSIS_INTERLEAVE_H

#include "session.h"

#ifdef __cplusplus
extern "C" {
#endif

uint64_t tussis_smaller(uint64_t a, uint64_t b);

/* Whether the IMU has a clock of its own, and its samples come in STAMPED. */
static inline bool tussis_stamped(const tussis_session_t *session)
{
    return (session->hello.flags & TUSSIS_HELLO_STAMPED) != 0;
}

/* First audio sample that must wait for IMU samples still to come. */
uint64_t tussis_audio_limit(const tussis_session_t *session);

/* First IMU sample that must wait for audio still to come. */
uint64_t tussis_imu_limit(const tussis_session_t *session);

#ifdef __cplusplus
}
#endif

#endif
