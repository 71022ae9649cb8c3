/* SPDX-License-Identifier: Apache-2.0 */
#include "tussis/tussis_front_end.h"

#if TUSSIS_HAS_AUDIO

#include "../dsp/fft.h"

#include "../dsp/dual.h"
#include "../dsp/floats.h"
#include "tussis/tussis_tables.h"

#define SQRT_HALF 0.707106769F
#define COS_16 0.923879504F /* of a sixteenth of a turn */
#define SIN_16 0.382683426F
#define COS_32 0.980785251F /* of a thirty-second */
#define SIN_32 0.195090324F
#define COS_3_32 0.831469595F /* of three of them */
#define SIN_3_32 0.555570245F

enum { COLUMNS = 16, CELL = 8 /* floats per column: rows 0 and 4, then rows 1, 2, 3 */ };

typedef struct {
    float re, im;
} complex_t;

TUSSIS_INLINE complex_t add(complex_t a, complex_t b)
{
    return (complex_t){a.re + b.re, a.im + b.im};
}

TUSSIS_INLINE complex_t sub(complex_t a, complex_t b)
{
    return (complex_t){a.re - b.re, a.im - b.im};
}

/* a + j b and a - j b. */
TUSSIS_INLINE complex_t add_j(complex_t a, complex_t b)
{
    return (complex_t){a.re - b.im, a.im + b.re};
}

TUSSIS_INLINE complex_t sub_j(complex_t a, complex_t b)
{
    return (complex_t){a.re + b.im, a.im - b.re};
}

/* x (c - j s), c and s cosine and sine of an angle. */
TUSSIS_INLINE complex_t turned(complex_t x, float c, float s)
{
    return (complex_t){x.re * c + x.im * s, x.im * c - x.re * s};
}

/* (re + j im) (c + j s). */
TUSSIS_INLINE complex_t turned_back(float re, float im, float c, float s)
{
    return (complex_t){re * c - im * s, im * c + re * s};
}

TUSSIS_INLINE float power(complex_t x)
{
    return x.re * x.re + x.im * x.im;
}

/* Spelled out, or compilers copy pairs of floats through integer registers. */
TUSSIS_INLINE complex_t get(const float *z)
{
    const float re = z[0];
    const float im = z[1];
    return (complex_t){re, im};
}

typedef struct {
    complex_t x0, x1, x2, x3, x4, x5, x6, x7;
} octet_t;

/* 8-point transform in registers: 56 operations. */
TUSSIS_INLINE octet_t dft8(octet_t x)
{
    const complex_t b0 = add(x.x0, x.x4), b1 = sub(x.x0, x.x4), b2 = add(x.x2, x.x6), b3 = sub(x.x2, x.x6);
    const complex_t d0 = add(x.x1, x.x5), d1 = sub(x.x1, x.x5), d2 = add(x.x3, x.x7), d3 = sub(x.x3, x.x7);
    const complex_t c0 = add(b0, b2), c1 = sub_j(b1, b3), c2 = sub(b0, b2), c3 = add_j(b1, b3);
    const complex_t e0 = add(d0, d2), e1 = sub_j(d1, d3), e2 = sub(d0, d2), e3 = add_j(d1, d3);
    const complex_t f1 = {SQRT_HALF * (e1.re + e1.im), SQRT_HALF * (e1.im - e1.re)};
    const complex_t f3 = {SQRT_HALF * (e3.im - e3.re), SQRT_HALF * (e3.re + e3.im)};
    return (octet_t){
        add(c0, e0), add(c1, f1), sub_j(c2, e2), {c3.re + f3.re, c3.im - f3.im},
        sub(c0, e0), sub(c1, f1), add_j(c2, e2), {c3.re - f3.re, c3.im + f3.im},
    };
}

/* Bins 0 to 4 of an 8-point transform of real numbers: 14 operations. */
typedef struct {
    float x0, x4;
    float re1, minus_im1;
    complex_t x2, x3;
} real_octet_t;

/* From the sums and differences of the numbers that lie four apart. */
TUSSIS_INLINE real_octet_t real_dft8(const float s[4], const float d[4])
{
    const float even = s[0] + s[2], odd = s[1] + s[3];
    const float minus = SQRT_HALF * (d[1] - d[3]), plus = SQRT_HALF * (d[1] + d[3]);
    return (real_octet_t){
        even + odd, even - odd, d[0] + minus, d[2] + plus, {s[0] - s[2], s[3] - s[1]}, {d[0] - minus, d[2] - plus},
    };
}

/* A column's twiddle factors; w moves on. */
TUSSIS_INLINE void get_twiddles(const float **w, float of[6])
{
#if TUSSIS_GCC_ROWS
    register float a __asm__("s16"), b __asm__("s17"), c __asm__("s18");
    register float d __asm__("s19"), e __asm__("s20"), f __asm__("s21");
    __asm__("vldmia %0!, {s16-s21}" : "+r"(*w), "=t"(a), "=t"(b), "=t"(c), "=t"(d), "=t"(e), "=t"(f));
    of[0] = a;
    of[1] = b;
    of[2] = c;
    of[3] = d;
    of[4] = e;
    of[5] = f;
#else
    for (int i = 0; i < 6; i++) {
        of[i] = (*w)[i];
    }
    *w += 6;
#endif
}

/* Eight floats into a cell; it moves on. */
TUSSIS_INLINE void put_cell(float **cell, float v0, float v1, float v2, float v3, float v4, float v5, float v6, float v7)
{
#if TUSSIS_GCC_ROWS
    register float a __asm__("s0") = v0, b __asm__("s1") = v1, c __asm__("s2") = v2, d __asm__("s3") = v3;
    register float e __asm__("s4") = v4, f __asm__("s5") = v5, g __asm__("s6") = v6, h __asm__("s7") = v7;
    __asm__ volatile("vstmia %0!, {s0-s7}"
                     : "+r"(*cell)
                     : "t"(a), "t"(b), "t"(c), "t"(d), "t"(e), "t"(f), "t"(g), "t"(h)
                     : "memory");
#else
    float *to = *cell;
    to[0] = v0;
    to[1] = v1;
    to[2] = v2;
    to[3] = v3;
    to[4] = v4;
    to[5] = v5;
    to[6] = v6;
    to[7] = v7;
    *cell += CELL;
#endif
}

/* A column's five rows, turned by its twiddle factors w. */
TUSSIS_INLINE void put_column(float **cell, real_octet_t x, const float **factors)
{
    float w[6];
    get_twiddles(factors, w);
    const complex_t x2 = turned(x.x2, w[2], w[3]);
    const complex_t x3 = turned(x.x3, w[4], w[5]);
    put_cell(cell, x.x0, x.x4, x.re1 * w[0] - x.minus_im1 * w[1], -(x.minus_im1 * w[0]) - x.re1 * w[1], x2.re, x2.im, x3.re,
             x3.im);
}

/* Window the samples and transform two neighbouring columns at a time. What lies half a frame apart is windowed, added and
 * subtracted in one instruction each, exactly, then rounded to float32. */
TUSSIS_INLINE void columns(const int16_t *frame, float *cells)
{
    const int16_t *window = tussis_window;
    const float *w = tussis_column_twiddles;
    for (int pair = 0; pair < COLUMNS / 2; pair++) {
        float sums[2][4], differences[2][4]; /* of the first column, of the second */
        TUSSIS_UNROLL
        for (int n2 = 0; n2 < 4; n2++) {
            const int32_t early = tussis_pair(&frame[COLUMNS * n2]);
            const int32_t late = tussis_pair(&frame[COLUMNS * (n2 + 4)]);
            const int32_t first = tussis_lows(early, late), second = tussis_highs(early, late);
            const int32_t of_first = tussis_pair(&window[4 * n2]), of_second = tussis_pair(&window[4 * n2 + 2]);
            sums[0][n2] = (float)tussis_dual_plus(first, of_first);
            differences[0][n2] = (float)tussis_dual_minus(first, of_first);
            sums[1][n2] = (float)tussis_dual_plus(second, of_second);
            differences[1][n2] = (float)tussis_dual_minus(second, of_second);
        }
        put_column(&cells, real_dft8(sums[0], differences[0]), &w);
        put_column(&cells, real_dft8(sums[1], differences[1]), &w);
        frame += 2;
        window += 16;
    }
}

/* Eight cells of a row, every other column. */
TUSSIS_INLINE octet_t half_row(const float *cell)
{
    enum { STEP = 2 * CELL };
#if TUSSIS_GCC_ROWS /* a register of double length for each number */
    register float a __asm__("s0"), b __asm__("s1"), c __asm__("s2"), d __asm__("s3");
    register float e __asm__("s4"), f __asm__("s5"), g __asm__("s6"), h __asm__("s7");
    register float i __asm__("s8"), j __asm__("s9"), k __asm__("s10"), l __asm__("s11");
    register float m __asm__("s12"), n __asm__("s13"), o __asm__("s14"), p __asm__("s15");
    __asm__("vldr d0, [%16]\n\tvldr d1, [%16, #64]\n\tvldr d2, [%16, #128]\n\tvldr d3, [%16, #192]\n\t"
            "vldr d4, [%16, #256]\n\tvldr d5, [%16, #320]\n\tvldr d6, [%16, #384]\n\tvldr d7, [%16, #448]"
            : "=t"(a), "=t"(b), "=t"(c), "=t"(d), "=t"(e), "=t"(f), "=t"(g), "=t"(h), "=t"(i), "=t"(j), "=t"(k), "=t"(l),
              "=t"(m), "=t"(n), "=t"(o), "=t"(p)
            : "r"(cell)
            : "memory");
    return dft8((octet_t){{a, b}, {c, d}, {e, f}, {g, h}, {i, j}, {k, l}, {m, n}, {o, p}});
#else
    return dft8((octet_t){get(cell), get(cell + STEP), get(cell + 2 * STEP), get(cell + 3 * STEP), get(cell + 4 * STEP),
                          get(cell + 5 * STEP), get(cell + 6 * STEP), get(cell + 7 * STEP)});
#endif
}

/* Row 1, 2 or 3: bin row + 8 k to up[8 k], and the mirror image of bin row + 8 (8 + k) to down[8 (7 - k)]. */
TUSSIS_INLINE void row_powers(const float *cell, float *up, float *down)
{
    const octet_t even = half_row(cell);
    const octet_t odd = half_row(cell + CELL);
    const complex_t t1 = turned(odd.x1, COS_16, SIN_16), t3 = turned(odd.x3, SIN_16, COS_16);
    const complex_t t5 = turned(odd.x5, -SIN_16, COS_16), t7 = turned(odd.x7, -COS_16, SIN_16);
    const complex_t t2 = {SQRT_HALF * (odd.x2.re + odd.x2.im), SQRT_HALF * (odd.x2.im - odd.x2.re)};
    const complex_t t6 = {SQRT_HALF * (odd.x6.im - odd.x6.re), SQRT_HALF * (odd.x6.re + odd.x6.im)};
    up[0] = power(add(even.x0, odd.x0));
    down[56] = power(sub(even.x0, odd.x0));
    up[8] = power(add(even.x1, t1));
    down[48] = power(sub(even.x1, t1));
    up[16] = power(add(even.x2, t2));
    down[40] = power(sub(even.x2, t2));
    up[24] = power(add(even.x3, t3));
    down[32] = power(sub(even.x3, t3));
    up[32] = power(sub_j(even.x4, odd.x4));
    down[24] = power(add_j(even.x4, odd.x4));
    up[40] = power(add(even.x5, t5));
    down[16] = power(sub(even.x5, t5));
    up[48] = power((complex_t){even.x6.re + t6.re, even.x6.im - t6.im});
    down[8] = power((complex_t){even.x6.re - t6.re, even.x6.im + t6.im});
    up[56] = power(add(even.x7, t7));
    down[0] = power(sub(even.x7, t7));
}

/* Row 0, real: bins 8, 16 .. 56. */
TUSSIS_INLINE void row0_powers(const float *a, float *spectrum)
{
    float u[8], v[8];
    TUSSIS_UNROLL
    for (int m = 0; m < 8; m++) {
        u[m] = a[CELL * m] + a[CELL * (m + 8)];
        v[m] = a[CELL * m] - a[CELL * (m + 8)];
    }
    float sums[4], differences[4];
    TUSSIS_UNROLL
    for (int m = 0; m < 4; m++) {
        sums[m] = u[m] + u[m + 4];
        differences[m] = u[m] - u[m + 4];
    }
    const real_octet_t even = real_dft8(sums, differences);
    spectrum[16] = even.re1 * even.re1 + even.minus_im1 * even.minus_im1;
    spectrum[32] = power(even.x2);
    spectrum[48] = power(even.x3);
    const complex_t g0 = {v[0], v[4]};
    const complex_t g1 = turned_back(v[1], v[5], COS_16, SIN_16);
    const complex_t g2 = turned_back(v[2], v[6], SQRT_HALF, SQRT_HALF);
    const complex_t g3 = turned_back(v[3], v[7], SIN_16, COS_16);
    const complex_t b0 = add(g0, g2), b1 = sub(g0, g2), b2 = add(g1, g3), b3 = sub(g1, g3);
    spectrum[8] = power(add(b0, b2));
    spectrum[56] = power(sub(b0, b2));
    spectrum[24] = power(sub_j(b1, b3));
    spectrum[40] = power(add_j(b1, b3));
}

/* Row 4, the odd frequencies of real numbers: bins 4, 12 .. 60. */
TUSSIS_INLINE void row4_powers(const float *a, float *spectrum)
{
    const octet_t x = dft8((octet_t){
        {a[0], a[CELL * 8]},
        turned_back(a[CELL * 1], a[CELL * 9], COS_32, SIN_32),
        turned_back(a[CELL * 2], a[CELL * 10], COS_16, SIN_16),
        turned_back(a[CELL * 3], a[CELL * 11], COS_3_32, SIN_3_32),
        turned_back(a[CELL * 4], a[CELL * 12], SQRT_HALF, SQRT_HALF),
        turned_back(a[CELL * 5], a[CELL * 13], SIN_3_32, COS_3_32),
        turned_back(a[CELL * 6], a[CELL * 14], SIN_16, COS_16),
        turned_back(a[CELL * 7], a[CELL * 15], SIN_32, COS_32),
    });
    spectrum[4] = power(x.x0);
    spectrum[12] = power(x.x1);
    spectrum[28] = power(x.x2);
    spectrum[44] = power(x.x3);
    spectrum[60] = power(x.x4);
    spectrum[52] = power(x.x5);
    spectrum[36] = power(x.x6);
    spectrum[20] = power(x.x7);
}

void tussis_frame_power(const int16_t frame[TUSSIS_FRAME], float spectrum[TUSSIS_FRAME / 2])
{
    float cells[COLUMNS * CELL];
    columns(frame, cells);
    row0_powers(&cells[0], spectrum);
    row4_powers(&cells[1], spectrum);
    for (int row = 1; row <= 3; row++) {
        row_powers(&cells[2 * row], spectrum + row, spectrum + 8 - row);
    }
}

#endif
