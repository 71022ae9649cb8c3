/* SPDX-License-Identifier: Apache-2.0 */
#include "tussis/tussis_front_end.h"

#if TUSSIS_HAS_AUDIO

#include "../dsp/decimator.h"

#include <string.h>

#include "../dsp/dual.h"
#include "tussis/tussis_tables.h"

enum { TAPS = TUSSIS_DECIMATOR_TAPS, R = TUSSIS_DECIMATION, ROUND = 1 << 15 };

_Static_assert(TAPS == 6 || TAPS == 10 || TAPS == 20 || TAPS == 30, "the kernel below is unrolled for these lengths");

void tussis_decimator_reset(tussis_decimator_t *d)
{
    memset(d, 0, sizeof *d);
    d->fill = TAPS - 1;
}

size_t tussis_decimator_skip(tussis_decimator_t *d, size_t n)
{
    const size_t before_next = (size_t)TAPS - 1U - d->fill; /* samples that come before the next output's newest */
    const size_t outputs = n > before_next ? (n - before_next + R - 1U) / R : 0U;
    const size_t left = before_next + outputs * R - n;
    memset(d, 0, sizeof *d);
    d->fill = (uint16_t)(TAPS - 1U - left);
    return outputs;
}

TUSSIS_INLINE int16_t filter1(const int16_t *x)
{
    int32_t sum = ROUND;
    TUSSIS_UNROLL
    for (int j = 0; j < TAPS; j += 2) {
        sum = tussis_dual_mac(tussis_pair(&tussis_decimator_taps[j]), tussis_pair(&x[j]), sum);
    }
    return (int16_t)(sum >> 16);
}

#if TUSSIS_DECIMATOR_TAPS == 10 && TUSSIS_DECIMATION == 2
#define IN_STEP 1 /* pairs of samples lie as far apart as outputs */
#else
#define IN_STEP 0
#endif

#if IN_STEP
/* The next pair goes into the five sums that it is a part of; the oldest of them is complete. */
#define NEXT()                                      \
    do {                                            \
        const int32_t pair = tussis_pair(from);     \
        from += R;                                  \
        a = tussis_dual_mac(h4, pair, a);           \
        *out++ = (int16_t)(a >> 16);                \
        a = tussis_dual_mac(h3, pair, b);           \
        b = tussis_dual_mac(h2, pair, c);           \
        c = tussis_dual_mac(h1, pair, e);           \
        e = tussis_dual_mac(h0, pair, ROUND);       \
    } while (0)

/* One output for each pair from `from` on; before them came the TAPS - R samples at `before`. */
static TUSSIS_APART void stream(const int16_t *before, const int16_t *from, size_t outputs, int16_t *out)
{
    const int16_t *h = tussis_decimator_taps;
    const int32_t h0 = tussis_pair(h), h1 = tussis_pair(h + 2), h2 = tussis_pair(h + 4), h3 = tussis_pair(h + 6);
    const int32_t h4 = tussis_pair(h + 8);
    const int32_t p0 = tussis_pair(before), p1 = tussis_pair(before + 2), p2 = tussis_pair(before + 4);
    const int32_t p3 = tussis_pair(before + 6);
    int32_t e = tussis_dual_mac(h0, p3, ROUND);
    int32_t c = tussis_dual_mac(h1, p3, tussis_dual_mac(h0, p2, ROUND));
    int32_t b = tussis_dual_mac(h2, p3, tussis_dual_mac(h1, p2, tussis_dual_mac(h0, p1, ROUND)));
    int32_t a = tussis_dual_mac(h3, p3, tussis_dual_mac(h2, p2, tussis_dual_mac(h1, p1, tussis_dual_mac(h0, p0, ROUND))));
    int16_t *const end = out + outputs;
    int16_t *const eights = out + outputs / 8U * 8U;
    TUSSIS_UNROLL_BY(1)
    while (out != eights) {
        NEXT();
        NEXT();
        NEXT();
        NEXT();
        NEXT();
        NEXT();
        NEXT();
        NEXT();
    }
    TUSSIS_UNROLL_BY(1)
    while (out != end) {
        NEXT();
    }
}

/* Every output whose samples lie in n from x; moves *x on to where the next output starts. */
static size_t filter(const int16_t **x, size_t n, int16_t *out)
{
    if (n < TAPS) {
        return 0;
    }
    const size_t outputs = (n - TAPS) / R + 1U;
    stream(*x, *x + (TAPS - R), outputs, out);
    *x += outputs * R;
    return outputs;
}
#else
/* One pair of taps, four outputs. Words used twice are loaded once: the compiler sees them all. */
#define PAIR(j)                                                         \
    do {                                                                \
        const int32_t h = tussis_pair(&tussis_decimator_taps[2 * (j)]); \
        a = tussis_dual_mac(h, tussis_pair(&x[2 * (j)]), a);            \
        b = tussis_dual_mac(h, tussis_pair(&x[2 * (j) + R]), b);        \
        c = tussis_dual_mac(h, tussis_pair(&x[2 * (j) + 2 * R]), c);    \
        e = tussis_dual_mac(h, tussis_pair(&x[2 * (j) + 3 * R]), e);    \
    } while (0)
#define PAIRS5(j) \
    PAIR(j);      \
    PAIR(j + 1);  \
    PAIR(j + 2);  \
    PAIR(j + 3);  \
    PAIR(j + 4)

/* Four outputs from TAPS + 3 R samples. */
TUSSIS_INLINE void filter4(const int16_t *x, int16_t *out)
{
    int32_t a = ROUND, b = ROUND, c = ROUND, e = ROUND;
#if TUSSIS_DECIMATOR_TAPS == 6
    PAIR(0);
    PAIR(1);
    PAIR(2);
#else
    PAIRS5(0);
#endif
#if TUSSIS_DECIMATOR_TAPS >= 20
    PAIRS5(5);
#endif
#if TUSSIS_DECIMATOR_TAPS >= 30
    PAIRS5(10);
#endif
    tussis_store_pair(&out[0], tussis_highs(a, b));
    tussis_store_pair(&out[2], tussis_highs(c, e));
}

/* Every output whose samples lie in n from x; moves *x on to where the next output starts. */
static size_t filter(const int16_t **x, size_t n, int16_t *out)
{
    enum { AT_ONCE = 4 };
    if (n < TAPS) {
        return 0;
    }
    const size_t outputs = (n - TAPS) / R + 1U;
    const int16_t *from = *x;
    const int16_t *const end = out + outputs;
    const int16_t *const whole = out + outputs / AT_ONCE * AT_ONCE;
    TUSSIS_UNROLL_BY(1)
    for (; out != whole; out += AT_ONCE) {
        filter4(from, out);
        from += AT_ONCE * R;
    }
    TUSSIS_UNROLL_BY(1)
    for (; out != end; out++) {
        *out = filter1(from);
        from += R;
    }
    *x = from;
    return outputs;
}
#endif

/* Keep n samples, TAPS - R to TAPS - 1. */
static inline void remember_from(tussis_decimator_t *d, const int16_t *x, size_t n)
{
    memcpy(d->x, x, (TAPS - R) * sizeof *x);
    TUSSIS_UNROLL_BY(1)
    for (size_t i = TAPS - R; i < n; i++) {
        d->x[i] = x[i];
    }
    d->fill = (uint16_t)n;
}

#if IN_STEP
/* Fewer than TAPS samples: in the memory. */
static TUSSIS_APART size_t decimate_few(tussis_decimator_t *d, const int16_t *pcm, size_t n, int16_t *out)
{
    memcpy(&d->x[d->fill], pcm, n * sizeof *pcm);
    const size_t all = d->fill + n;
    const int16_t *x = d->x;
    const size_t made = filter(&x, all, out);
    d->fill = (uint16_t)(all - made * R);
    memmove(d->x, x, d->fill * sizeof *x);
    return made;
}

size_t tussis_decimate(tussis_decimator_t *d, const int16_t *pcm, size_t n, int16_t *out)
{
    if (n < TAPS) {
        return decimate_few(d, pcm, n, out);
    }
    const int16_t *before = d->x;
    const size_t odd = d->fill - (size_t)(TAPS - R); /* 1 where a pair lies half in the memory */
    if (odd) {
        d->x[TAPS - 1] = *pcm;
        *out = filter1(d->x);
        before += R;
    }
    const size_t outputs = (n - odd) / R;
    stream(before, pcm + odd, outputs, out + odd);
    const size_t left = TAPS - R + (n - odd) % R;
    remember_from(d, pcm + (n - left), left);
    return outputs + odd;
}
#else
size_t tussis_decimate(tussis_decimator_t *d, const int16_t *pcm, size_t n, int16_t *out)
{
    /* Outputs that start in the old samples, then those that lie in pcm as a whole. */
    const size_t bridge = n < TAPS - 1 ? n : TAPS - 1;
    const size_t old = d->fill;
    /* cppcheck-suppress knownConditionTrueFalse ; it sees but one branch of the line that sets bridge */
    if (bridge == TAPS - 1) { /* a number that the compiler knows */
        memcpy(&d->x[old], pcm, (TAPS - 1) * sizeof *pcm);
    } else {
        memcpy(&d->x[old], pcm, bridge * sizeof *pcm);
    }
    const int16_t *x = d->x;
    size_t made = filter(&x, old + bridge, out);
    const size_t start = (size_t)(x - d->x);
    if (start < old) {
        d->fill = (uint16_t)(old + bridge - start);
        memmove(d->x, x, d->fill * sizeof *x);
        return made;
    }
    x = pcm + (start - old);
    made += filter(&x, n - (start - old), &out[made]);
    remember_from(d, x, n - (size_t)(x - pcm));
    return made;
}
#endif

size_t tussis_decimate_whole(const int16_t *x, size_t n, int16_t *out)
{
    return filter(&x, n, out);
}

void tussis_decimator_remember(tussis_decimator_t *d, const int16_t *x, size_t n)
{
    remember_from(d, x, n);
}

void tussis_decimator_recall(const tussis_decimator_t *d, int16_t *x)
{
    memcpy(x, d->x, d->fill * sizeof *x);
}

#endif
