/* SPDX-License-Identifier: Apache-2.0 */
#include "complaints.h"

const char *tussis_complaint_text(tussis_complaint_t complaint)
{
    static const char *const TEXTS[TUSSIS_COMPLAINTS] = {
        "IMU samples came too late for the audio",
        "audio came too late for the IMU samples",
        "events were overwritten",
        "IMU samples that are not finite",
        "audio that was wanted is missing",
        "IMU samples are missing",
        "the IMU's rate is not one the detector takes",
        "IMU blind or stuck: the audio decides",
        "no IMU samples for 2 s: the audio decides",
        "the microphone clips",
        "the microphone gives one value: it is dead",
    };
    return TEXTS[complaint];
}

uint16_t tussis_complaints(const tussis_t *detector, tussis_status_t status)
{
    tussis_totals_t totals;
    const int place = -1 - status;
    unsigned bits = TUSSIS_IS_LOSS(status) ? 1U << (unsigned)place : 0U;
    if (tussis_get_totals(detector, &totals) == TUSSIS_OK) {
        bits |= totals.blind_windows > 0 ? 1U << TUSSIS_COMPLAINT_BLIND : 0U;
        bits |= totals.open_windows > 0 ? 1U << TUSSIS_COMPLAINT_OPEN : 0U;
        bits |= totals.clipped_audio > 0 ? 1U << TUSSIS_COMPLAINT_CLIPPED : 0U;
        bits |= totals.dead_audio > 0 ? 1U << TUSSIS_COMPLAINT_DEAD : 0U;
    }
    return (uint16_t)bits;
}
