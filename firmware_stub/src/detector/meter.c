/* SPDX-License-Identifier: Apache-2.0 */
#include "../dsp/dual.h"
#include "tussis/tussis_meter.h"

TUSSIS_SELDOM void tussis_meter_charge(tussis_meter_t *meter, tussis_stage_t stage)
{
    const uint32_t now = meter->ticks(meter->context);
    const uint32_t passed = now - meter->last;
    const uint32_t spent = passed > meter->cost ? passed - meter->cost : 0U;
    meter->spent[stage] += spent;
    meter->call += spent;
    meter->last = now;
}
