#include "tussis_front_end.h"

#if TUSSIS_HAS_AUDIO

#include "fft.h"

#include "dual.h"
#include "tussis_tables.h"

#define SQRT_HALF 0.707106769F

typedef struct {
    float re, im;
} complex_t;

static inline complex_t add(complex_t a, complex_t b)
{
    return (complex_t){a.re + b.re, a.im + b.im};
}

static inline complex_t sub(complex_t a, complex_t b)
{
    return (complex_t){a.re - b.re, a.im - b.im};
}

/* a - j b and a + j b. */
static inline complex_t sub_j(complex_t a, complex_t b)
{
    return (complex_t){a.re + b.im, a.im - b.re};
}

static inline complex_t add_j(complex_t a, complex_t b)
{
    return (complex_t){a.re - b.im, a.im + b.re};
}

typedef struct {
    complex_t x0, x1, x2, x3, x4, x5, x6, x7;
} octet_t;

/* 8-point transform in place, everything in registers: 56 operations. */
static inline octet_t dft8(octet_t x)
{
    const complex_t b0 = add(x.x0, x.x4), b1 = sub(x.x0, x.x4);
    const complex_t b2 = add(x.x2, x.x6), b3 = sub(x.x2, x.x6);
    const complex_t d0 = add(x.x1, x.x5), d1 = sub(x.x1, x.x5);
    const complex_t d2 = add(x.x3, x.x7), d3 = sub(x.x3, x.x7);
    const complex_t c0 = add(b0, b2), c2 = sub(b0, b2), c1 = sub_j(b1, b3), c3 = add_j(b1, b3);
    const complex_t e0 = add(d0, d2), e2 = sub(d0, d2), e1 = sub_j(d1, d3), e3 = add_j(d1, d3);
    const complex_t f1 = {SQRT_HALF * (e1.re + e1.im), SQRT_HALF * (e1.im - e1.re)};
    const complex_t f3 = {SQRT_HALF * (e3.im - e3.re), SQRT_HALF * (e3.re + e3.im)};
    return (octet_t){
        add(c0, e0), add(c1, f1), sub_j(c2, e2), {c3.re + f3.re, c3.im - f3.im},
        sub(c0, e0), sub(c1, f1), add_j(c2, e2), {c3.re - f3.re, c3.im + f3.im},
    };
}

/* Two windowed samples: int32 products, rounded to float32. */
static inline complex_t windowed(const int16_t *frame, int n)
{
    const int32_t x = tussis_pair(&frame[2 * n]);
    const int32_t w = tussis_pair(&tussis_window[2 * n]);
    return (complex_t){(float)(tussis_low(x) * tussis_low(w)), (float)(tussis_high(x) * tussis_high(w))};
}

static inline complex_t turned(complex_t x, const float *w)
{
    return (complex_t){x.re * w[0] + x.im * w[1], x.im * w[0] - x.re * w[1]};
}

/* Columns: samples n1 + 8 n2 over n2, turned, to z[8 n1 + k2]. */
static inline void columns(const int16_t *frame, complex_t *z)
{
    const float *w = tussis_twiddles;
    for (int n1 = 0; n1 < 8; n1++) {
        octet_t x = {
            windowed(frame, n1),      windowed(frame, n1 + 8),  windowed(frame, n1 + 16), windowed(frame, n1 + 24),
            windowed(frame, n1 + 32), windowed(frame, n1 + 40), windowed(frame, n1 + 48), windowed(frame, n1 + 56),
        };
        x = dft8(x);
        if (n1 > 0) {
            x.x1 = turned(x.x1, &w[0]);
            x.x2 = turned(x.x2, &w[2]);
            x.x3 = turned(x.x3, &w[4]);
            x.x4 = turned(x.x4, &w[6]);
            x.x5 = turned(x.x5, &w[8]);
            x.x6 = turned(x.x6, &w[10]);
            x.x7 = turned(x.x7, &w[12]);
            w += 14;
        }
        z[0] = x.x0;
        z[1] = x.x1;
        z[2] = x.x2;
        z[3] = x.x3;
        z[4] = x.x4;
        z[5] = x.x5;
        z[6] = x.x6;
        z[7] = x.x7;
        z += 8;
    }
}

/* Rows: z[8 n1 + k2] over n1, in place: bin k2 + 8 k1 at z[k2 + 8 k1]. */
static inline void rows(complex_t *z)
{
    for (int k2 = 0; k2 < 8; k2++) {
        const octet_t x = dft8((octet_t){z[0], z[8], z[16], z[24], z[32], z[40], z[48], z[56]});
        z[0] = x.x0;
        z[8] = x.x1;
        z[16] = x.x2;
        z[24] = x.x3;
        z[32] = x.x4;
        z[40] = x.x5;
        z[48] = x.x6;
        z[56] = x.x7;
        z++;
    }
}

void tussis_frame_power(const int16_t frame[TUSSIS_FRAME], float power[TUSSIS_BINS])
{
    complex_t z[64];
    columns(frame, z);
    rows(z);
    const complex_t *low = &z[TUSSIS_FIRST_BIN], *high = &z[64 - TUSSIS_FIRST_BIN];
    float *up = power, *down = &power[TUSSIS_BINS - 1];
    for (const float *w = tussis_split_twiddles; w < &tussis_split_twiddles[TUSSIS_SPLIT_TWIDDLES]; w += 2) {
        const complex_t even = {low->re + high->re, low->im - high->im};
        const complex_t odd = {low->im + high->im, high->re - low->re};
        const complex_t t = turned(odd, w);
        const complex_t plus = add(even, t), minus = sub(even, t);
        *up++ = plus.re * plus.re + plus.im * plus.im;
        *down-- = minus.re * minus.re + minus.im * minus.im;
        low++;
        high--;
    }
    *up = 4.0F * (low->re * low->re + low->im * low->im);
}

#endif
