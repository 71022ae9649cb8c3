/* SPDX-License-Identifier: Apache-2.0 */
#include "../detector/quotient.h"

int64_t tussis_quotient(int64_t a, int32_t b)
{
    const uint64_t all = a < 0 ? 0U - (uint64_t)a : (uint64_t)a;
    const uint32_t divisor = (uint32_t)b;
    uint32_t high = (uint32_t)(all >> 32);
    uint32_t low = (uint32_t)all;
    uint32_t rest = high % divisor; /* below 2^31, so that it can be doubled */
    high /= divisor;
    if (rest == 0U) {
        low /= divisor;
    } else {
        for (int bit = 0; bit < 32; bit++) {
            rest = rest << 1 | low >> 31;
            low <<= 1;
            if (rest >= divisor) {
                rest -= divisor;
                low |= 1U;
            }
        }
    }
    const int64_t quotient = (int64_t)((uint64_t)high << 32 | low);
    return a < 0 ? -quotient : quotient;
}
