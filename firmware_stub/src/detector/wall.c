/* SPDX-License-Identifier: Apache-2.0 */
#include "tussis/tussis_wall.h"

#include "tussis/tussis_config.h"

#define BILLION 1000000000
#define MOST_PPB 10000000 /* a clock that is more than 1 % off was set */
#define LEAST_TICKS ((int64_t)600 * TUSSIS_TICK_HZ) /* between anchors that give a rate: ten minutes */

/* Microseconds of ticks by a clock that is right; a tick is 125 / 2 us. */
static int64_t plain_us(int64_t ticks)
{
    return ticks * (1000000 / 8) / (TUSSIS_TICK_HZ / 8);
}

/* a * ppb / 1e9 without overflow, for up to 30 years of microseconds. */
static int64_t share(int64_t us, int64_t ppb)
{
    return us / BILLION * ppb + us % BILLION * ppb / BILLION;
}

void tussis_wall_anchor(tussis_wall_t *wall, uint64_t tick, int64_t us)
{
    const int64_t passed = plain_us((int64_t)(tick - wall->from_tick));
    const int64_t gained = us - wall->from_us - passed;
    const int64_t most = share(passed, MOST_PPB) + 1000000;
    if (!wall->any || gained > most || gained < -most) {
        *wall = (tussis_wall_t){.tick = tick, .us = us, .from_tick = tick, .from_us = us, .any = true};
        return;
    }
    if ((int64_t)(tick - wall->from_tick) >= LEAST_TICKS) {
        const int64_t seconds = passed / 1000000;
        wall->ppb = (int32_t)(gained * 1000 / seconds);
        wall->from_tick = wall->tick;
        wall->from_us = wall->us;
    }
    wall->tick = tick;
    wall->us = us;
}

bool tussis_wall_time(const tussis_wall_t *wall, uint64_t tick, int64_t *us)
{
    if (!wall->any) {
        return false;
    }
    const int64_t passed = plain_us((int64_t)(tick - wall->tick));
    *us = wall->us + passed + share(passed, wall->ppb);
    return true;
}
