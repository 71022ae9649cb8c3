/* SPDX-License-Identifier: Apache-2.0 */
/* Power spectrum of one frame by a transform in 16-bit integers: what benchmarks/int16_power.py lays beside
 * tussis_frame_power, which has the same window, decomposition (128 = 8 x 16) and scale of its powers.
 *
 * Samples are windowed and transformed by columns in 32 bits. A scale from the frame's mean square then brings the columns
 * to 16 bits. By Cauchy and Schwarz a sum of n windowed samples is at most sqrt(energy of the window there x energy of the
 * frame), so nothing overflows and no stage has to look. A product with a twiddle factor halves, and sums beside it are
 * halved with it: so the largest sum is as large in every stage, and 16 bits are used in full. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "dsp/dual.h"
#include "dsp/samples.h"
#include "int16_tables.h"

void int16_power(const int16_t frame[128], uint32_t mean_square, float spectrum[64]);
void int16_power_alone(const int16_t frame[128], float spectrum[64]);

/* Complex numbers of 16 bits are words, the real part below. */
#if TUSSIS_DSP
#define WORD_OPERATION(name, instruction)                                    \
    TUSSIS_INLINE int32_t name(int32_t a, int32_t b)                         \
    {                                                                        \
        int32_t result;                                                      \
        __asm__(instruction " %0, %1, %2" : "=r"(result) : "r"(a), "r"(b));  \
        return result;                                                       \
    }
WORD_OPERATION(add, "sadd16")
WORD_OPERATION(sub, "ssub16")
WORD_OPERATION(sub_j, "ssax") /* a - j b */
WORD_OPERATION(add_j, "sasx") /* a + j b */
WORD_OPERATION(half_add, "shadd16")
WORD_OPERATION(half_sub, "shsub16")
WORD_OPERATION(half_sub_j, "shsax")
WORD_OPERATION(half_add_j, "shasx")
WORD_OPERATION(scaled, "smmulr") /* a b / 2^32, rounded */
#define cross_plus(a, b, sum) __smladx(a, b, sum)
#define cross_minus(a, b, sum) __smlsdx(a, b, sum)
#define dual_minus(a, b, sum) __smlsd(a, b, sum)
/* What is written is in memory, and nothing is read ahead of its use: gcc would run out of registers. */
#define SETTLE(p) __asm__ volatile("" : : "r"(p) : "memory")
#else
#define WORD_OPERATION(name, low, high)                                                                    \
    TUSSIS_INLINE int32_t name(int32_t a, int32_t b)                                                       \
    {                                                                                                      \
        const int32_t are = tussis_low(a), aim = tussis_high(a), bre = tussis_low(b), bim = tussis_high(b); \
        return tussis_join(low, high);                                                                     \
    }
WORD_OPERATION(add, are + bre, aim + bim)
WORD_OPERATION(sub, are - bre, aim - bim)
WORD_OPERATION(sub_j, are + bim, aim - bre)
WORD_OPERATION(add_j, are - bim, aim + bre)
WORD_OPERATION(half_add, (are + bre) >> 1, (aim + bim) >> 1)
WORD_OPERATION(half_sub, (are - bre) >> 1, (aim - bim) >> 1)
WORD_OPERATION(half_sub_j, (are + bim) >> 1, (aim - bre) >> 1)
WORD_OPERATION(half_add_j, (are - bim) >> 1, (aim + bre) >> 1)
TUSSIS_INLINE int32_t scaled(int32_t a, int32_t b)
{
    return (int32_t)(((int64_t)a * b + 0x80000000LL) >> 32);
}
#define cross_plus(a, b, sum) (tussis_low(a) * tussis_high(b) + tussis_high(a) * tussis_low(b) + (sum))
#define cross_minus(a, b, sum) (tussis_low(a) * tussis_high(b) - tussis_high(a) * tussis_low(b) + (sum))
#define dual_minus(a, b, sum) (tussis_low(a) * tussis_low(b) - tussis_high(a) * tussis_high(b) + (sum))
#define SETTLE(p) (void)(p)
#endif

enum { ROUND = 0x8000, CELL = 4 }; /* words per column: rows 7, 2, 3, and of two columns together row 0, then row 4 */

/* x (c - j s) / 2 and x (c + j s) / 2, of w = (c, s) in Q15. */
TUSSIS_INLINE int32_t turned(int32_t x, int32_t w)
{
    return tussis_highs(tussis_dual_mac(x, w, ROUND), cross_minus(w, x, ROUND));
}

TUSSIS_INLINE int32_t turned_back(int32_t x, int32_t w)
{
    return tussis_highs(dual_minus(x, w, ROUND), cross_plus(x, w, ROUND));
}

TUSSIS_INLINE int32_t halved(int32_t x)
{
    return half_add(x, 0);
}

TUSSIS_INLINE void put_power(float *bin, int32_t x)
{
    const int32_t power = tussis_dual_plus(x, x);
    memcpy(bin, &power, sizeof power);
}

/* Two neighbouring words with one instruction. */
TUSSIS_INLINE void two(const int32_t *p, int32_t *first, int32_t *second)
{
#if TUSSIS_DSP
    int32_t a, b;
    __asm__("ldrd %0, %1, %2" : "=r"(a), "=r"(b) : "m"(*(const int64_t *)(const void *)p));
    *first = a;
    *second = b;
#else
    *first = p[0];
    *second = p[1];
#endif
}

/* One of the two columns whose samples share words: rows 7, 2 and 3, turned, and rows 0 and 4, which are real. Row 7 is the
 * conjugate of row 1. `column` holds its window, in pairs half a frame apart, and three twiddle factors. */
TUSSIS_INLINE void transform_column(const int16_t *frame, const int32_t *column, int second, int32_t scale, int32_t scale_half,
                                    int32_t rows[3], int16_t *row0, int16_t *row4)
{
    int32_t w[4], s[4], d[4];
    two(&column[0], &w[0], &w[2]);
    two(&column[2], &w[1], &w[3]);
    TUSSIS_UNROLL
    for (int i = 0; i < 4; i++) {
        const int n = i == 1 || i == 2 ? 3 - i : i; /* 0, 2, 1, 3: those first that are done with first */
        const int32_t early = tussis_pair(&frame[16 * n]), late = tussis_pair(&frame[16 * (n + 4)]);
        const int32_t pair = second ? tussis_highs(early, late) : tussis_lows(early, late);
        s[n] = tussis_dual_plus(pair, w[n]);
        d[n] = tussis_dual_minus(pair, w[n]);
    }
    const int32_t even = s[0] + s[2], odd = s[1] + s[3];
    const int32_t ahead = tussis_lows(scaled(d[0], scale), scaled(d[2], scale));
    const int32_t across = tussis_lows(scaled(d[1] - d[3], scale_half), scaled(d[1] + d[3], scale_half));
    const int32_t row2 = tussis_lows(scaled(s[0] - s[2], scale), scaled(s[3] - s[1], scale));
    *row0 = (int16_t)scaled(even + odd, scale);
    *row4 = (int16_t)scaled(even - odd, scale);
    SETTLE(rows);
    rows[0] = turned(add(ahead, across), column[4]);
    rows[1] = turned(row2, column[5]);
    rows[2] = turned(sub(ahead, across), column[6]);
}

TUSSIS_INLINE void transform_columns(const int16_t *frame, int32_t *cell, int32_t scale, int32_t scale_half)
{
    const int32_t *end = cell + 16 * CELL;
    for (const int32_t *column = int16_columns; cell < end; column += 14) {
        int16_t *row0 = (int16_t *)(void *)&cell[3], *row4 = (int16_t *)(void *)&cell[7];
        transform_column(frame, column, 0, scale, scale_half, cell, row0, row4);
        SETTLE(frame);
        transform_column(frame, column + 7, 1, scale, scale_half, cell + CELL, row0 + 1, row4 + 1);
        SETTLE(frame);
        frame += 2;
        cell += 2 * CELL;
    }
}

/* A transform of four before its last additions. */
typedef struct {
    int32_t sum, difference, odd_sum, odd_difference;
} four_t;

TUSSIS_INLINE four_t four(int32_t a, int32_t b, int32_t c, int32_t d)
{
    return (four_t){add(a, c), sub(a, c), add(b, d), sub(b, d)};
}

TUSSIS_INLINE four_t four_columns(const int32_t *cell)
{
    return four(cell[0], cell[4 * CELL], cell[8 * CELL], cell[12 * CELL]);
}

/* Bins k, k + 4, k + 8 and k + 12 of a row, the latter two by their mirror images. */
TUSSIS_INLINE void put_four(float *up, float *down, int k, four_t x)
{
    put_power(&up[8 * k], add(x.sum, x.odd_sum));
    put_power(&up[8 * (k + 4)], sub_j(x.difference, x.odd_difference));
    put_power(&down[8 * (7 - k)], sub(x.sum, x.odd_sum));
    put_power(&down[8 * (3 - k)], add_j(x.difference, x.odd_difference));
}

/* Row 7, 2 or 3: bin row + 8 k to up[8 k], and the mirror image of bin row + 8 (8 + k) to down[8 (7 - k)]. */
TUSSIS_INLINE void row_powers(const int32_t *cell, float *up, float *down)
{
    const int32_t w1 = INT16_TURN_1, w2 = INT16_TURN_2, w3 = INT16_TURN_3; /* by sixteenths */
    int32_t y[4][4];
    four_t x = four_columns(cell);
    y[0][0] = half_add(x.sum, x.odd_sum);
    y[1][0] = half_sub_j(x.difference, x.odd_difference);
    y[2][0] = half_sub(x.sum, x.odd_sum);
    y[3][0] = half_add_j(x.difference, x.odd_difference);
    SETTLE(y);
    x = four_columns(cell + CELL);
    y[0][1] = half_add(x.sum, x.odd_sum);
    y[1][1] = turned(sub_j(x.difference, x.odd_difference), w1);
    y[2][1] = turned(sub(x.sum, x.odd_sum), w2);
    y[3][1] = turned(add_j(x.difference, x.odd_difference), w3);
    SETTLE(y);
    x = four_columns(cell + 2 * CELL);
    y[0][2] = half_add(x.sum, x.odd_sum);
    y[1][2] = turned(sub_j(x.difference, x.odd_difference), w2);
    y[2][2] = half_sub(x.sum, x.odd_sum); /* by four, which is -j, below */
    y[3][2] = turned_back(add_j(x.difference, x.odd_difference), w2); /* by six: the negative of a turn back by two */
    SETTLE(y);
    x = four_columns(cell + 3 * CELL);
    y[0][3] = half_add(x.sum, x.odd_sum);
    y[1][3] = turned(sub_j(x.difference, x.odd_difference), w3);
    y[2][3] = turned_back(sub(x.sum, x.odd_sum), w2);                /* by six */
    y[3][3] = turned(add_j(x.difference, x.odd_difference), w1);     /* by nine: the negative of one */
    SETTLE(y);
    put_four(up, down, 0, four(y[0][0], y[0][1], y[0][2], y[0][3]));
    SETTLE(y);
    put_four(up, down, 1, four(y[1][0], y[1][1], y[1][2], y[1][3]));
    SETTLE(y);
    {
        const int32_t a = y[2][0], b = y[2][1], c = y[2][2], d = y[2][3];
        put_four(up, down, 2, (four_t){sub_j(a, c), add_j(a, c), sub(b, d), add(b, d)});
    }
    SETTLE(y);
    {
        const int32_t a = y[3][0], b = y[3][1], c = y[3][2], d = y[3][3];
        put_four(up, down, 3, (four_t){sub(a, c), add(a, c), sub(b, d), add(b, d)});
    }
}

/* Row 0, real: bins 8, 16 .. 56. Each word holds two columns. */
TUSSIS_INLINE void row0_powers(const int32_t *pairs, float *spectrum)
{
    int32_t u[4], v[4];
    TUSSIS_UNROLL
    for (int m = 0; m < 4; m++) {
        const int32_t early = pairs[2 * CELL * m], late = pairs[2 * CELL * (m + 4)];
        u[m] = half_add(early, late);
        v[m] = half_sub(early, late);
    }
    const int32_t s01 = add(u[0], u[2]), s23 = add(u[1], u[3]), d01 = sub(u[0], u[2]), d23 = sub(u[1], u[3]);
    const int32_t ahead = halved(tussis_lows(d01, d23));
    const int32_t across = turned(tussis_highs(d01, d23), INT16_TURN_2);
    put_power(&spectrum[32], half_sub(s01, s23));
    put_power(&spectrum[16], add_j(ahead, across));
    put_power(&spectrum[48], sub_j(ahead, across));
    const four_t x = four(halved(tussis_lows(v[0], v[2])), turned_back(tussis_highs(v[0], v[2]), INT16_TURN_1),
                          turned_back(tussis_lows(v[1], v[3]), INT16_TURN_2),
                          turned_back(tussis_highs(v[1], v[3]), INT16_TURN_3));
    put_power(&spectrum[8], add(x.sum, x.odd_sum));
    put_power(&spectrum[56], sub(x.sum, x.odd_sum));
    put_power(&spectrum[24], sub_j(x.difference, x.odd_difference));
    put_power(&spectrum[40], add_j(x.difference, x.odd_difference));
}

/* Row 4, the odd frequencies of real numbers: bins 4, 12 .. 60, by a transform of eight. */
TUSSIS_INLINE void row4_powers(const int32_t *pairs, float *spectrum)
{
    int32_t x[8];
    TUSSIS_UNROLL
    for (int m = 0; m < 4; m++) {
        const int32_t early = pairs[2 * CELL * m], late = pairs[2 * CELL * (m + 4)];
        const int32_t first = tussis_lows(early, late);
        x[2 * m] = m == 0 ? halved(first) : turned_back(first, int16_odd_twiddles[2 * m]);
        x[2 * m + 1] = turned_back(tussis_highs(early, late), int16_odd_twiddles[2 * m + 1]);
    }
    const four_t even = four(x[0], x[2], x[4], x[6]), odd = four(x[1], x[3], x[5], x[7]);
    const int32_t c0 = half_add(even.sum, even.odd_sum), c1 = half_sub_j(even.difference, even.odd_difference);
    const int32_t c2 = half_sub(even.sum, even.odd_sum), c3 = half_add_j(even.difference, even.odd_difference);
    const int32_t e0 = half_add(odd.sum, odd.odd_sum), e1 = half_sub_j(odd.difference, odd.odd_difference);
    const int32_t e2 = half_sub(odd.sum, odd.odd_sum), e3 = half_add_j(odd.difference, odd.odd_difference);
    /* by an eighth of a turn, not halved again */
    const int32_t w = INT16_TURN_2;
    const int32_t f1 = tussis_highs(tussis_dual_plus(e1, w) * 2 + ROUND, tussis_dual_minus(e1, w) * -2 + ROUND);
    const int32_t f3 = tussis_highs(tussis_dual_minus(e3, w) * 2 + ROUND, tussis_dual_plus(e3, w) * 2 + ROUND);
    put_power(&spectrum[4], add(c0, e0));
    put_power(&spectrum[12], add(c1, f1));
    put_power(&spectrum[28], sub_j(c2, e2));
    put_power(&spectrum[44], sub(c3, f3));
    put_power(&spectrum[60], sub(c0, e0));
    put_power(&spectrum[52], sub(c1, f1));
    put_power(&spectrum[36], add_j(c2, e2));
    put_power(&spectrum[20], add(c3, f3));
}

/* Integers in place of floats, to floats times a scale. */
TUSSIS_INLINE void to_floats(float *spectrum, float scale)
{
    for (float *end = spectrum + 64; spectrum < end;) {
#if TUSSIS_DSP && defined(__GNUC__) && !defined(__clang__)
        __asm__ volatile("vldmia %0, {s0-s7}\n\t"
                         "vcvt.f32.s32 s0, s0\n\tvcvt.f32.s32 s1, s1\n\tvcvt.f32.s32 s2, s2\n\tvcvt.f32.s32 s3, s3\n\t"
                         "vcvt.f32.s32 s4, s4\n\tvcvt.f32.s32 s5, s5\n\tvcvt.f32.s32 s6, s6\n\tvcvt.f32.s32 s7, s7\n\t"
                         "vmul.f32 s0, s0, %1\n\tvmul.f32 s1, s1, %1\n\tvmul.f32 s2, s2, %1\n\tvmul.f32 s3, s3, %1\n\t"
                         "vmul.f32 s4, s4, %1\n\tvmul.f32 s5, s5, %1\n\tvmul.f32 s6, s6, %1\n\tvmul.f32 s7, s7, %1\n\t"
                         "vstmia %0!, {s0-s7}"
                         : "+r"(spectrum)
                         : "t"(scale)
                         : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "memory");
#else
        int32_t power;
        memcpy(&power, spectrum, sizeof power);
        *spectrum++ = (float)power * scale;
#endif
    }
}

/* mean_square as tussis_mean_square gives it; spectrum as tussis_frame_power gives it, with spectrum[0] zero. */
void int16_power(const int16_t frame[128], uint32_t mean_square, float spectrum[64])
{
    int32_t cells[16 * CELL];
    const float fit = INT16_FIT / sqrtf((float)mean_square + 1.0F); /* what a sample is multiplied by: below 2^11 */
    const int32_t scale = (int32_t)(fit * 524288.0F);               /* 2^19: the window has 13 bits */
    const float factor = (float)scale;
    transform_columns(frame, cells, scale, (int32_t)(factor * 0.707106769F));
    SETTLE(cells);
    spectrum[0] = 0.0F;
    row0_powers(&cells[3], spectrum);
    SETTLE(cells);
    row4_powers(&cells[7], spectrum);
    SETTLE(cells);
    for (int i = 0; i < 3; i++) {
        const int row = i == 0 ? 7 : i + 1;
        row_powers(&cells[i], spectrum + row, spectrum + 8 - row);
    }
    to_floats(spectrum, INT16_UNIT / (factor * factor));
}

/* The same where nobody knows the mean square. */
void int16_power_alone(const int16_t frame[128], float spectrum[64])
{
    int16_power(frame, tussis_mean_square(frame), spectrum);
}
