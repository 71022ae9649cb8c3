/* SPDX-License-Identifier: Apache-2.0 */
#include "../detector/arrival.h"

#include "../detector/quotient.h"

enum {
    STRETCH_SAMPLES = 8 * TUSSIS_IMU_RATE_HZ,
    SLIP_SAMPLES = TUSSIS_IMU_HOP,
    SAMPLE_TICKS = TUSSIS_TICK_HZ / TUSSIS_IMU_RATE_HZ,
    MOST_CREEP = TUSSIS_TICK_HZ * 32 / 1000,
    MOST_LAG = TUSSIS_TICK_HZ * 64 / 1000
};

static bool within(int64_t value, int64_t most)
{
    return value <= most && value >= -most;
}

static void end_stretch(tussis_arrival_t *arrival)
{
    const int64_t off = arrival->least - arrival->first;
    arrival->owed = 0;
    if (!arrival->any || !within(arrival->least - arrival->before, MOST_CREEP)) {
        arrival->first = arrival->least;
    } else if (!within(off, MOST_LAG)) {
        arrival->owed = (int32_t)tussis_quotient(off, SAMPLE_TICKS);
    }
    arrival->before = arrival->least - (int64_t)arrival->owed * SAMPLE_TICKS;
    arrival->any = true;
    arrival->samples = 0;
    arrival->until_slip = 0;
}

/* One of the moves that are owed, now or later. */
static int slip(tussis_arrival_t *arrival, uint32_t samples)
{
    if (arrival->until_slip > samples) {
        arrival->until_slip -= samples;
        return 0;
    }
    const int step = arrival->owed > 0 ? 1 : -1;
    arrival->until_slip = SLIP_SAMPLES;
    arrival->owed -= step;
    return step;
}

int tussis_arrival_follow(tussis_arrival_t *arrival, int64_t lag)
{
    const uint32_t samples = arrival->unseen;
    arrival->unseen = 0;
    if (arrival->owed != 0) {
        return slip(arrival, samples); /* the next stretch begins after the last of them */
    }
    if (arrival->samples == 0 || lag < arrival->least) {
        arrival->least = lag;
    }
    arrival->samples += samples;
    if (arrival->samples >= STRETCH_SAMPLES) {
        end_stretch(arrival);
    }
    return 0;
}
