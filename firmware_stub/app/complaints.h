/* SPDX-License-Identifier: Apache-2.0 */
/* What a board says of lost, stuck and dead sensors, in words. */
#ifndef TUSSIS_COMPLAINTS_H
#define TUSSIS_COMPLAINTS_H

#include "tussis/tussis.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a board complains of, each once a session: the losses that calls return, in the order
 * of their statuses, then what only the totals tell. */
typedef enum {
    TUSSIS_COMPLAINT_LATE_IMU,
    TUSSIS_COMPLAINT_LOST_HIT,
    TUSSIS_COMPLAINT_LOST_EVENT,
    TUSSIS_COMPLAINT_BAD_IMU,
    TUSSIS_COMPLAINT_MISSED,
    TUSSIS_COMPLAINT_LOST_IMU,
    TUSSIS_COMPLAINT_IMU_RATE,
    TUSSIS_COMPLAINT_BLIND,
    TUSSIS_COMPLAINT_OPEN,
    TUSSIS_COMPLAINT_CLIPPED,
    TUSSIS_COMPLAINT_DEAD,
    TUSSIS_COMPLAINTS
} tussis_complaint_t;

/* ASCII, at most TUSSIS_LOG_MESSAGE_MAX characters. */
const char *tussis_complaint_text(tussis_complaint_t complaint);

/* Bit mask of the complaints that a call's status and the totals give rise to. */
uint16_t tussis_complaints(const tussis_t *detector, tussis_status_t status);

#ifdef __cplusplus
}
#endif

#endif
