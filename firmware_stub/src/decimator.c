#include "tussis_front_end.h"

#if TUSSIS_HAS_AUDIO

#include "decimator.h"

#include <string.h>

#include "dual.h"
#include "tussis_tables.h"

enum { TAPS = TUSSIS_DECIMATOR_TAPS, R = TUSSIS_DECIMATION, AT_ONCE = 4, ROUND = 1 << 14 };

_Static_assert(TAPS == 6 || TAPS == 12 || TAPS == 24 || TAPS == 36, "the kernel below is unrolled for these lengths");

void tussis_decimator_reset(tussis_decimator_t *d)
{
    memset(d, 0, sizeof *d);
    d->fill = TAPS - 1;
}

/* One pair of taps, four outputs. Words used twice are loaded once: the compiler sees them all. */
#define PAIR(j)                                                       \
    do {                                                              \
        const int32_t h = tussis_pair(&tussis_decimator_taps[2 * (j)]); \
        a = tussis_dual_mac(h, tussis_pair(&x[2 * (j)]), a);          \
        b = tussis_dual_mac(h, tussis_pair(&x[2 * (j) + R]), b);      \
        c = tussis_dual_mac(h, tussis_pair(&x[2 * (j) + 2 * R]), c);  \
        e = tussis_dual_mac(h, tussis_pair(&x[2 * (j) + 3 * R]), e);  \
    } while (0)
#define PAIRS3(j) \
    PAIR(j);      \
    PAIR(j + 1);  \
    PAIR(j + 2)

/* Four outputs from TAPS + 3 R samples. */
static inline void filter4(const int16_t *x, int16_t *out)
{
    int32_t a = ROUND, b = ROUND, c = ROUND, e = ROUND;
    PAIRS3(0);
#if TUSSIS_DECIMATOR_TAPS > 6
    PAIRS3(3);
#endif
#if TUSSIS_DECIMATOR_TAPS > 12
    PAIRS3(6);
    PAIRS3(9);
#endif
#if TUSSIS_DECIMATOR_TAPS > 24
    PAIRS3(12);
    PAIRS3(15);
#endif
    out[0] = (int16_t)(a >> 15);
    out[1] = (int16_t)(b >> 15);
    out[2] = (int16_t)(c >> 15);
    out[3] = (int16_t)(e >> 15);
}

static inline int16_t filter1(const int16_t *x)
{
    int32_t sum = ROUND;
    for (int j = 0; j < TAPS; j += 2) {
        sum = tussis_dual_mac(tussis_pair(&tussis_decimator_taps[j]), tussis_pair(&x[j]), sum);
    }
    return (int16_t)(sum >> 15);
}

/* Every output whose samples are in; returns their number. */
static size_t filter(tussis_decimator_t *d, int16_t *out)
{
    if (d->fill < TAPS) {
        return 0;
    }
    const size_t outputs = (size_t)(d->fill - TAPS) / R + 1U;
    const int16_t *x = d->x;
    size_t done = 0;
    for (; done + AT_ONCE <= outputs; done += AT_ONCE) {
        filter4(x, &out[done]);
        x += AT_ONCE * R;
    }
    for (; done < outputs; done++) {
        out[done] = filter1(x);
        x += R;
    }
    d->fill = (uint16_t)(d->fill - outputs * R);
    memmove(d->x, x, d->fill * sizeof *x);
    return outputs;
}

size_t tussis_decimate(tussis_decimator_t *d, const int16_t *pcm, size_t n, int16_t *out)
{
    size_t made = 0;
    while (n > 0) {
        const size_t room = sizeof d->x / sizeof d->x[0] - d->fill;
        const size_t taken = n < room ? n : room;
        memcpy(&d->x[d->fill], pcm, taken * sizeof *pcm);
        d->fill = (uint16_t)(d->fill + taken);
        pcm += taken;
        n -= taken;
        made += filter(d, &out[made]);
    }
    return made;
}

#endif
