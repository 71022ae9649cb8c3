/* SPDX-License-Identifier: Apache-2.0 */
#include "tussis/tussis_front_end.h"

#if TUSSIS_HAS_AUDIO

#include "../dsp/fft.h"

#include <string.h>

#include "../dsp/complex16.h"
#include "../dsp/elementary.h"
#include "../dsp/floats.h"
#include "tussis/tussis_tables.h"

/* Why nothing overflows: the scale brings the frame's root mean square to TUSSIS_FFT_FIT / 2^13. By Cauchy and Schwarz a sum
 * of n windowed samples is at most sqrt(energy of the window there x energy of the frame), so no stage has to look at its
 * numbers. A product with a twiddle factor halves, and what is added to it is halved too: the largest sum is as large in
 * every stage, and 16 bits are used in full. */

#define SQRT_HALF 0.707106769F

enum {
    COLUMNS = 16,
    COLUMN_WORDS = 7, /* of tussis_fft_columns: four of the window, three twiddle factors */
    CELL = 4,         /* words per column: rows 7, 2 and 3, then row 0 or row 4 of two columns */
    REALS = 3,
};

TUSSIS_INLINE void put_power(float *bin, int32_t x)
{
    const int32_t power = tussis_dual_plus(x, x);
    memcpy(bin, &power, sizeof power);
}

/* One of the two columns whose samples share words: rows 7, 2 and 3, turned, and rows 0 and 4, which are real: halves of
 * the first column's cell and the second's. Row 7 is the conjugate of row 1. `column` holds its window, in pairs half a
 * frame apart, and three twiddle factors. */
TUSSIS_INLINE void transform_column(const int16_t *frame, const int32_t *column, int second, int32_t scale, int32_t scale_half,
                                    int32_t *rows, int32_t *reals)
{
    int32_t w[4], s[4], d[4];
    get_words(&column[0], &w[0], &w[2]);
    get_words(&column[2], &w[1], &w[3]);
    TUSSIS_UNROLL
    for (int i = 0; i < 4; i++) {
        const int n = i == 1 || i == 2 ? 3 - i : i; /* 0, 2, 1, 3: those first that are done with first */
        const int32_t early = tussis_pair(&frame[COLUMNS * n]), late = tussis_pair(&frame[COLUMNS * (n + 4)]);
        const int32_t pair = second ? tussis_highs(early, late) : tussis_lows(early, late);
        s[n] = tussis_dual_plus(pair, w[n]);
        d[n] = tussis_dual_minus(pair, w[n]);
    }
    const int32_t even = s[0] + s[2], odd = s[1] + s[3];
    const int32_t ahead = tussis_lows(high_product(d[0], scale), high_product(d[2], scale));
    const int32_t across = tussis_lows(high_product(d[1] - d[3], scale_half), high_product(d[1] + d[3], scale_half));
    const int32_t row2 = tussis_lows(high_product(s[0] - s[2], scale), high_product(s[3] - s[1], scale));
    if (second) {
        store_high(&reals[REALS], high_product(even + odd, scale));
        store_high(&reals[CELL + REALS], high_product(even - odd, scale));
    } else {
        store_low(&reals[REALS], high_product(even + odd, scale));
        store_low(&reals[CELL + REALS], high_product(even - odd, scale));
    }
    SETTLE(rows);
    rows[0] = c16_turned(c16_add(ahead, across), column[4]);
    rows[1] = c16_turned(row2, column[5]);
    rows[2] = c16_turned(c16_sub(ahead, across), column[6]);
}

TUSSIS_INLINE void transform_columns(const int16_t *frame, int32_t *cell, int32_t scale, int32_t scale_half)
{
    const int32_t *end = cell + COLUMNS * CELL;
    for (const int32_t *column = tussis_fft_columns; cell < end; column += 2 * COLUMN_WORDS) {
        transform_column(frame, column, 0, scale, scale_half, cell, cell);
        SETTLE(frame);
        transform_column(frame, column + COLUMN_WORDS, 1, scale, scale_half, cell + CELL, cell);
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
    return (four_t){c16_add(a, c), c16_sub(a, c), c16_add(b, d), c16_sub(b, d)};
}

TUSSIS_INLINE four_t four_columns(const int32_t *cell)
{
    return four(cell[0], cell[4 * CELL], cell[8 * CELL], cell[12 * CELL]);
}

/* Bins k, k + 4, k + 8 and k + 12 of a row, the latter two by their mirror images. */
TUSSIS_INLINE void put_four(float *up, float *down, int k, four_t x)
{
    put_power(&up[8 * k], c16_add(x.sum, x.odd_sum));
    put_power(&up[8 * (k + 4)], c16_sub_j(x.difference, x.odd_difference));
    put_power(&down[8 * (7 - k)], c16_sub(x.sum, x.odd_sum));
    put_power(&down[8 * (3 - k)], c16_add_j(x.difference, x.odd_difference));
}

/* Row 7, 2 or 3: bin row + 8 k to up[8 k], and the mirror image of bin row + 8 (8 + k) to down[8 (7 - k)]. */
TUSSIS_INLINE void row_powers(const int32_t *cell, float *up, float *down)
{
    const int32_t w1 = TUSSIS_TURN_2, w2 = TUSSIS_TURN_4, w3 = TUSSIS_TURN_6; /* by sixteenths */
    int32_t y[4][4];
    four_t x = four_columns(cell);
    y[0][0] = c16_half_add(x.sum, x.odd_sum);
    y[1][0] = c16_half_sub_j(x.difference, x.odd_difference);
    y[2][0] = c16_half_sub(x.sum, x.odd_sum);
    y[3][0] = c16_half_add_j(x.difference, x.odd_difference);
    SETTLE(y);
    x = four_columns(cell + CELL);
    y[0][1] = c16_half_add(x.sum, x.odd_sum);
    y[1][1] = c16_turned(c16_sub_j(x.difference, x.odd_difference), w1);
    y[2][1] = c16_turned(c16_sub(x.sum, x.odd_sum), w2);
    y[3][1] = c16_turned(c16_add_j(x.difference, x.odd_difference), w3);
    SETTLE(y);
    x = four_columns(cell + 2 * CELL);
    y[0][2] = c16_half_add(x.sum, x.odd_sum);
    y[1][2] = c16_turned(c16_sub_j(x.difference, x.odd_difference), w2);
    y[2][2] = c16_half_sub(x.sum, x.odd_sum); /* by four, which is -j, below */
    /* by six: the negative of a turn back by two */
    y[3][2] = c16_turned_back(c16_add_j(x.difference, x.odd_difference), w2);
    SETTLE(y);
    x = four_columns(cell + 3 * CELL);
    y[0][3] = c16_half_add(x.sum, x.odd_sum);
    y[1][3] = c16_turned(c16_sub_j(x.difference, x.odd_difference), w3);
    y[2][3] = c16_turned_back(c16_sub(x.sum, x.odd_sum), w2); /* by six */
    y[3][3] = c16_turned(c16_add_j(x.difference, x.odd_difference), w1); /* by nine: the negative of one */
    SETTLE(y);
    put_four(up, down, 0, four(y[0][0], y[0][1], y[0][2], y[0][3]));
    SETTLE(y);
    put_four(up, down, 1, four(y[1][0], y[1][1], y[1][2], y[1][3]));
    SETTLE(y);
    {
        const int32_t a = y[2][0], b = y[2][1], c = y[2][2], d = y[2][3];
        put_four(up, down, 2, (four_t){c16_sub_j(a, c), c16_add_j(a, c), c16_sub(b, d), c16_add(b, d)});
    }
    SETTLE(y);
    {
        const int32_t a = y[3][0], b = y[3][1], c = y[3][2], d = y[3][3];
        put_four(up, down, 3, (four_t){c16_sub(a, c), c16_add(a, c), c16_sub(b, d), c16_add(b, d)});
    }
}

/* Row 0, real: bins 8, 16 .. 56. Each word holds two columns. */
TUSSIS_INLINE void row0_powers(const int32_t *pairs, float *spectrum)
{
    int32_t u[4], v[4];
    TUSSIS_UNROLL
    for (int m = 0; m < 4; m++) {
        const int32_t early = pairs[2 * CELL * m], late = pairs[2 * CELL * (m + 4)];
        u[m] = c16_half_add(early, late);
        v[m] = c16_half_sub(early, late);
    }
    const int32_t s01 = c16_add(u[0], u[2]), s23 = c16_add(u[1], u[3]);
    const int32_t d01 = c16_sub(u[0], u[2]), d23 = c16_sub(u[1], u[3]);
    const int32_t ahead = c16_halved(tussis_lows(d01, d23));
    const int32_t across = c16_turned(tussis_highs(d01, d23), TUSSIS_TURN_4);
    put_power(&spectrum[32], c16_half_sub(s01, s23));
    put_power(&spectrum[16], c16_add_j(ahead, across));
    put_power(&spectrum[48], c16_sub_j(ahead, across));
    const four_t x = four(c16_halved(tussis_lows(v[0], v[2])), c16_turned_back(tussis_highs(v[0], v[2]), TUSSIS_TURN_2),
                          c16_turned_back(tussis_lows(v[1], v[3]), TUSSIS_TURN_4),
                          c16_turned_back(tussis_highs(v[1], v[3]), TUSSIS_TURN_6));
    put_power(&spectrum[8], c16_add(x.sum, x.odd_sum));
    put_power(&spectrum[56], c16_sub(x.sum, x.odd_sum));
    put_power(&spectrum[24], c16_sub_j(x.difference, x.odd_difference));
    put_power(&spectrum[40], c16_add_j(x.difference, x.odd_difference));
}

/* Row 4, the odd frequencies of real numbers: bins 4, 12 .. 60, by a transform of eight. */
TUSSIS_INLINE void row4_powers(const int32_t *pairs, float *spectrum)
{
    static const int32_t turns[8] = {0,             TUSSIS_TURN_1, TUSSIS_TURN_2, TUSSIS_TURN_3,
                                     TUSSIS_TURN_4, TUSSIS_TURN_5, TUSSIS_TURN_6, TUSSIS_TURN_7};
    int32_t x[8];
    TUSSIS_UNROLL
    for (int m = 0; m < 4; m++) {
        const int32_t early = pairs[2 * CELL * m], late = pairs[2 * CELL * (m + 4)];
        const int32_t first = tussis_lows(early, late);
        x[2 * m] = m == 0 ? c16_halved(first) : c16_turned_back(first, turns[2 * m]);
        x[2 * m + 1] = c16_turned_back(tussis_highs(early, late), turns[2 * m + 1]);
    }
    const four_t even = four(x[0], x[2], x[4], x[6]), odd = four(x[1], x[3], x[5], x[7]);
    const int32_t c0 = c16_half_add(even.sum, even.odd_sum), c1 = c16_half_sub_j(even.difference, even.odd_difference);
    const int32_t c2 = c16_half_sub(even.sum, even.odd_sum), c3 = c16_half_add_j(even.difference, even.odd_difference);
    const int32_t e0 = c16_half_add(odd.sum, odd.odd_sum), e1 = c16_half_sub_j(odd.difference, odd.odd_difference);
    const int32_t e2 = c16_half_sub(odd.sum, odd.odd_sum), e3 = c16_half_add_j(odd.difference, odd.odd_difference);
    /* by an eighth of a turn, not halved again */
    const int32_t w = TUSSIS_TURN_4;
    const int32_t f1 = tussis_highs(tussis_dual_plus(e1, w) * 2 + C16_ROUND, tussis_dual_minus(e1, w) * -2 + C16_ROUND);
    const int32_t f3 = tussis_highs(tussis_dual_minus(e3, w) * 2 + C16_ROUND, tussis_dual_plus(e3, w) * 2 + C16_ROUND);
    put_power(&spectrum[4], c16_add(c0, e0));
    put_power(&spectrum[12], c16_add(c1, f1));
    put_power(&spectrum[28], c16_sub_j(c2, e2));
    put_power(&spectrum[44], c16_sub(c3, f3));
    put_power(&spectrum[60], c16_sub(c0, e0));
    put_power(&spectrum[52], c16_sub(c1, f1));
    put_power(&spectrum[36], c16_add_j(c2, e2));
    put_power(&spectrum[20], c16_add(c3, f3));
}

/* Integers in place of floats, to floats times a scale. */
TUSSIS_INLINE void to_floats(float *spectrum, float scale)
{
    for (const float *end = spectrum + TUSSIS_FRAME / 2; spectrum < end;) {
#if TUSSIS_GCC_ROWS
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

void tussis_frame_power(const int16_t frame[TUSSIS_FRAME], uint32_t mean_square, float spectrum[TUSSIS_FRAME / 2])
{
    int32_t cells[COLUMNS * CELL];
    const float fit = TUSSIS_FFT_FIT / tussis_sqrt((float)mean_square + 1.0F);
    const int32_t scale = (int32_t)(fit * TUSSIS_FFT_ONE);
    const float factor = (float)scale;
    transform_columns(frame, cells, scale, (int32_t)(factor * SQRT_HALF));
    SETTLE(cells);
    spectrum[0] = 0.0F;
    row0_powers(&cells[REALS], spectrum);
    SETTLE(cells);
    row4_powers(&cells[CELL + REALS], spectrum);
    SETTLE(cells);
    for (int i = 0; i < 3; i++) {
        const int row = i == 0 ? 7 : i + 1;
        row_powers(&cells[i], spectrum + row, spectrum + 8 - row);
    }
    to_floats(spectrum, TUSSIS_FFT_UNIT / (factor * factor));
}

#endif
