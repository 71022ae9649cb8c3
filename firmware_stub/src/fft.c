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
static inline complex_t windowed(const int16_t *frame, const int16_t *window, int n)
{
    const int32_t x = tussis_pair(&frame[2 * n]);
    const int32_t w = tussis_pair(&window[2 * n]);
    return (complex_t){(float)(tussis_low(x) * tussis_low(w)), (float)(tussis_high(x) * tussis_high(w))};
}

static inline complex_t turned(complex_t x, const float *w)
{
    return (complex_t){x.re * w[0] + x.im * w[1], x.im * w[0] - x.re * w[1]};
}

/* Number i of an array of complex numbers; spelled out, or compilers copy it through integer registers. */
static inline complex_t get(const float *z, int i)
{
    const float re = z[2 * i];
    const float im = z[2 * i + 1];
    return (complex_t){re, im};
}

static inline void put(float *z, int i, complex_t x)
{
    z[2 * i] = x.re;
    z[2 * i + 1] = x.im;
}

/* Columns: samples n1 + 8 n2 over n2, turned, to z[8 n1 + k2]. */
static inline void columns(const int16_t *frame, float *z)
{
    const float *w = tussis_twiddles;
    const int16_t *window = tussis_window;
    for (int n1 = 0; n1 < 8; n1++) {
        octet_t x = {
            windowed(frame, window, 0),  windowed(frame, window, 8),  windowed(frame, window, 16),
            windowed(frame, window, 24), windowed(frame, window, 32), windowed(frame, window, 40),
            windowed(frame, window, 48), windowed(frame, window, 56),
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
        put(z, 0, x.x0);
        put(z, 1, x.x1);
        put(z, 2, x.x2);
        put(z, 3, x.x3);
        put(z, 4, x.x4);
        put(z, 5, x.x5);
        put(z, 6, x.x6);
        put(z, 7, x.x7);
        z += 16;
        frame += 2;
        window += 2;
    }
}

/* Rows: z[8 n1 + k2] over n1, in place: bin k2 + 8 k1 at z[k2 + 8 k1]. */
static inline void rows(float *z)
{
    for (int k2 = 0; k2 < 8; k2++) {
        const octet_t x = dft8((octet_t){get(z, 0), get(z, 8), get(z, 16), get(z, 24), get(z, 32), get(z, 40),
                                         get(z, 48), get(z, 56)});
        put(z, 0, x.x0);
        put(z, 8, x.x1);
        put(z, 16, x.x2);
        put(z, 24, x.x3);
        put(z, 32, x.x4);
        put(z, 40, x.x5);
        put(z, 48, x.x6);
        put(z, 56, x.x7);
        z += 2;
    }
}

/* Bins k and 64 - k of the real transform, from the same two of the complex one. */
static inline void split(complex_t low, complex_t high, const float *w, float *power_low, float *power_high)
{
    const complex_t even = {low.re + high.re, low.im - high.im};
    const complex_t odd = turned((complex_t){low.im + high.im, high.re - low.re}, w);
    const complex_t plus = add(even, odd);
    const complex_t minus = sub(even, odd);
    *power_low = plus.re * plus.re + plus.im * plus.im;
    *power_high = minus.re * minus.re + minus.im * minus.im;
}

void tussis_frame_power(const int16_t frame[TUSSIS_FRAME], float power[TUSSIS_BINS])
{
    float z[TUSSIS_FRAME];
    columns(frame, z);
    rows(z);
    const float *low = &z[2 * TUSSIS_FIRST_BIN];
    const float *high = &z[TUSSIS_FRAME - 2 * TUSSIS_FIRST_BIN];
    float *up = power;
    float *down = &power[TUSSIS_BINS - 1];
    const float *const middle = &z[TUSSIS_FRAME / 2];
    const float *w = tussis_split_twiddles;
    do {
        split(get(low, 0), get(high, 0), &w[0], &up[0], &down[0]);
        split(get(low, 1), get(high, -1), &w[2], &up[1], &down[-1]);
        low += 4;
        high -= 4;
        up += 2;
        down -= 2;
        w += 4;
    } while (low != middle);
    *up = 4.0F * (middle[0] * middle[0] + middle[1] * middle[1]);
}

_Static_assert(TUSSIS_FIRST_BIN % 2 == 0, "two pairs of bins at a time, from FIRST_BIN to 31");

#endif
