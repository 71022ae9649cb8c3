/* SPDX-License-Identifier: Apache-2.0 */
/* Wall time of ticks: a port says now and then which wall time it is at which tick, and the times of events follow, the
 * drift of the audio clock included. Included by tussis.h.
 *
 *     static tussis_wall_t wall;                                       // all zero
 *     tussis_wall_anchor(&wall, tussis_audio_ticks(&detector), utc_us); // once an hour, say
 *     if (tussis_wall_time(&wall, event.onset_ticks, &utc_us)) { ... }
 *
 * The audio clock may be 1 % off. Before the second anchor it is taken to be right; then its rate is that between two
 * anchors at least ten minutes apart, the newest of them the place to count from. A clock that was set back or forth by
 * more than the 1 % is counted from its newest setting. Works with integers, right for ten years. */
#ifndef TUSSIS_WALL_H
#define TUSSIS_WALL_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* All zero at the start; the caller's. */
typedef struct {
    uint64_t tick;      /* newest anchor */
    int64_t us;         /* its wall time in microseconds since the caller's epoch */
    uint64_t from_tick; /* the anchor that the rate is measured from */
    int64_t from_us;
    int32_t ppb;        /* billionths by which wall time passes faster than ticks say */
    bool any;
} tussis_wall_t;

/* It is wall time `us` at tick `tick`; ticks must not fall. Some 150 instructions. */
void tussis_wall_anchor(tussis_wall_t *wall, uint64_t tick, int64_t us);

/* Wall time of a tick before or after the newest anchor. Returns false, and leaves *us, without any anchor. Some 120
 * instructions. */
bool tussis_wall_time(const tussis_wall_t *wall, uint64_t tick, int64_t *us);

#ifdef __cplusplus
}
#endif

#endif
