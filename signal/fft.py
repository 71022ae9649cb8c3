"""Power spectrum of a 128-sample frame: Hamming window and a transform for real input, in 16-bit integers.

128 = 8 x 16 (Cooley and Tukey, 1965). The sixteen columns are 8-point transforms of real numbers, of which
only bins 0 to 4 exist; after the twiddle factors, rows 2, 3 and 7 (the conjugate of 1) are 16-point complex
transforms, whose sixteen bins are all different bins of the real spectrum. Row 0 is a 16-point real
transform, and row 4, the odd frequencies of sixteen real numbers, an 8-point complex one (Sorensen et al.,
"Real-valued fast Fourier transform algorithms", IEEE Trans. ASSP-35, 1987).

Columns are computed in 32 bits. One scale per frame, from its mean square, brings them to 16 bits: by Cauchy
and Schwarz a sum of windowed samples is at most the root of the window's energy times the frame's, so nothing
overflows. A product with a twiddle factor halves, and what is added to it is halved too.

Arrays run (bins, frames), so that one bin of all frames is contiguous. Each expression is evaluated and
rounded as ``firmware_stub/src/dsp/fft.c`` does: the bits are equal.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .elementary import Float32, Int
from .plan import FIRST_BIN, LAST_BIN

FRAME = 128
POWER_SCALE_LOG2 = 42
"""Powers times 2**-42 are in squared LSB: 2**30 from the window, 2**12 from the transform's length."""

_F = np.float32
FIT = _F(1621.9)
"""What a frame's root mean square becomes, times 2**13 for the window.

18,350 / sqrt(128): the root of the window's energy is 7.132, and a quarter of 7.132 x 18,350 is 32,720, which
is 47 below the limit of 16 bits, more than all roundings together.
"""
ONE = _F(2.0**19)
"""The scale of a frame counts 2**-19: a product keeps its upper 32 bits, and the window has 13."""
UNIT = _F(2.0**72)
"""Powers in integers times this, by the square of the scale, have `POWER_SCALE_LOG2`."""

_SQRT_HALF = _F(0.707106769)
_COLUMNS = 16
_ROWS = (7, 2, 3)
"""Rows that are complex."""


class _Complex(NamedTuple):
    """Numbers of 16 bits, in wider integers."""

    re: Int
    im: Int

    def power(self) -> Int:
        return np.asarray(self.re * self.re + self.im * self.im)


def hamming_window() -> NDArray[np.int16]:
    """Return the symmetric Hamming window in Q15, int16 (128,).

    ``w[n] = round(32767 (0.54 - 0.46 cos(2 pi n / 127)))``.

    Examples
    --------
    >>> hamming_window()[[0, 63, 127]].tolist()
    [2621, 32762, 2621]
    """
    phase = 2 * np.pi * np.arange(FRAME) / (FRAME - 1)
    return np.round(32767 * (0.54 - 0.46 * np.cos(phase))).astype(np.int16)


def turn_q15(turns: float) -> tuple[int, int]:
    """Return cosine and sine of an angle in turns, in Q15.

    Examples
    --------
    >>> turn_q15(0), turn_q15(1 / 8)
    ((32767, 0), (23170, 23170))
    """
    cos, sin = np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)
    return min(round(32768 * cos), 32767), min(round(32768 * sin), 32767)


def packed(low: int, high: int) -> int:
    """Return two 16-bit integers as one of 32, as the C holds them.

    Examples
    --------
    >>> packed(1, 2), packed(-1, -1)
    (131073, -1)
    """
    return (high << 16) + (low & 0xFFFF)


def column_words() -> NDArray[np.int32]:
    """Return what the C reads for each column, int32 (16, 7).

    Four pairs of the window in Q13, half a frame apart, of rows 0, 2, 1 and 3, then the twiddle factors of
    `_ROWS` as (cos, sin).

    Examples
    --------
    >>> words = column_words()
    >>> words.shape, (words[0, 0] & 0xFFFF).item(), (words[0, 0] >> 16).item()  # 8 % and all of 2**13
    ((16, 7), 655, 8190)
    """
    window = _window_q13().reshape(2, 8 // 2, _COLUMNS)
    pairs = [[packed(*map(int, window[:, row, n])) for row in (0, 2, 1, 3)] for n in range(_COLUMNS)]
    turns = [[packed(*turn_q15(n * row / FRAME)) for row in _ROWS] for n in range(_COLUMNS)]
    return np.hstack([pairs, turns]).astype(np.int32)


def _window_q13() -> NDArray[np.int16]:
    return np.round(hamming_window() / 4).astype(np.int16)


def _add(a: _Complex, b: _Complex) -> _Complex:
    return _Complex(a.re + b.re, a.im + b.im)


def _sub(a: _Complex, b: _Complex) -> _Complex:
    return _Complex(a.re - b.re, a.im - b.im)


def _add_j(a: _Complex, b: _Complex) -> _Complex:
    """Return a + j b."""
    return _Complex(a.re - b.im, a.im + b.re)


def _sub_j(a: _Complex, b: _Complex) -> _Complex:
    """Return a - j b."""
    return _Complex(a.re + b.im, a.im - b.re)


def _halved(x: _Complex) -> _Complex:
    return _Complex(x.re >> 1, x.im >> 1)


def _rounded(x: Int) -> Int:
    """Return the upper half of 32 bits, rounded."""
    return (x + 0x8000) >> 16


def _turned(x: _Complex, cos: Int | int, sin: Int | int) -> _Complex:
    """Return x (cos - j sin) / 2, of factors in Q15."""
    return _Complex(_rounded(x.re * cos + x.im * sin), _rounded(x.im * cos - x.re * sin))


def _turned_back(x: _Complex, cos: Int | int, sin: Int | int) -> _Complex:
    """Return x (cos + j sin) / 2, of factors in Q15."""
    return _Complex(_rounded(x.re * cos - x.im * sin), _rounded(x.im * cos + x.re * sin))


def _high_product(a: Int, b: Int) -> Int:
    """Return the upper 32 bits of a product of 32-bit integers, rounded."""
    return ((a.astype(np.int64) * b + 0x80000000) >> 32).astype(np.int32)


class _Rows(NamedTuple):
    """Rows of all columns, (16, frames): real ones, and `_ROWS`, turned."""

    row0: Int
    row4: Int
    turned: list[_Complex]


def _transform_columns(frames: NDArray[np.int16], scale: Int) -> _Rows:
    products = frames.astype(np.int32) * _window_q13().astype(np.int32)
    early, late = np.ascontiguousarray(products.T).reshape(2, 4, _COLUMNS, -1)
    s, d = early + late, early - late
    scale_half = (scale.astype(np.float32) * _SQRT_HALF).astype(np.int32)
    even, odd = s[0] + s[2], s[1] + s[3]
    ahead = _Complex(_high_product(d[0], scale), _high_product(d[2], scale))
    across = _Complex(_high_product(d[1] - d[3], scale_half), _high_product(d[1] + d[3], scale_half))
    row2 = _Complex(_high_product(s[0] - s[2], scale), _high_product(s[3] - s[1], scale))
    rows = zip(_ROWS, (_add(ahead, across), row2, _sub(ahead, across)), strict=True)
    turned = []
    for row, x in rows:
        cos, sin = np.array([turn_q15(n * row / FRAME) for n in range(_COLUMNS)]).T[:, :, None]
        turned.append(_turned(x, cos.astype(np.int32), sin.astype(np.int32)))
    return _Rows(_high_product(even + odd, scale), _high_product(even - odd, scale), turned)


class _Four(NamedTuple):
    """A transform of four before its last additions."""

    sum: _Complex
    difference: _Complex
    odd_sum: _Complex
    odd_difference: _Complex

    @classmethod
    def of(cls, a: _Complex, b: _Complex, c: _Complex, d: _Complex) -> _Four:
        return cls(_add(a, c), _sub(a, c), _add(b, d), _sub(b, d))

    def bins(self) -> list[_Complex]:
        return [
            _add(self.sum, self.odd_sum),
            _sub_j(self.difference, self.odd_difference),
            _sub(self.sum, self.odd_sum),
            _add_j(self.difference, self.odd_difference),
        ]


def _put(four: _Four, k: int, row: int, power: Int) -> None:
    """Fill in bins ``row + 8 m``, m = k, k + 4, k + 8 and k + 12; the latter two by their mirror images."""
    x0, x4, x8, x12 = (x.power() for x in four.bins())
    power[row + 8 * k], power[row + 8 * (k + 4)] = x0, x4
    power[8 * (8 - k) - row], power[8 * (4 - k) - row] = x8, x12


def _row_powers(x: _Complex, row: int, power: Int) -> None:
    """Fill in bins ``row + 8 k`` and their mirror images from row 7, 2 or 3."""
    w1, w2, w3 = (turn_q15(k / 16) for k in (1, 2, 3))
    fours = [_Four.of(*(_Complex(x.re[m], x.im[m]) for m in range(n, _COLUMNS, 4))).bins() for n in range(4)]
    (a0, a1, a2, a3), (b0, b1, b2, b3), (c0, c1, c2, c3), (d0, d1, d2, d3) = fours
    _put(_Four.of(_halved(a0), _halved(b0), _halved(c0), _halved(d0)), 0, row, power)
    _put(_Four.of(_halved(a1), _turned(b1, *w1), _turned(c1, *w2), _turned(d1, *w3)), 1, row, power)
    a, b = _halved(a2), _turned(b2, *w2)
    c, d = _halved(c2), _turned_back(d2, *w2)  # by four sixteenths, which is -j; the negative of six
    _put(_Four(_sub_j(a, c), _add_j(a, c), _sub(b, d), _add(b, d)), 2, row, power)
    a, b = _halved(a3), _turned(b3, *w3)
    c, d = _turned_back(c3, *w2), _turned(d3, *w1)  # the negatives of six and of nine
    _put(_Four(_sub(a, c), _add(a, c), _sub(b, d), _add(b, d)), 3, row, power)


def _row0_powers(x: Int, power: Int) -> None:
    """Fill in bins 8, 16 .. 56 from the real row 0."""
    w1, w2, w3 = (turn_q15(k / 16) for k in (1, 2, 3))
    u, v = (x[:8] + x[8:]) >> 1, (x[:8] - x[8:]) >> 1
    s, d = u[:4] + u[4:], u[:4] - u[4:]
    ahead, across = _halved(_Complex(d[0], d[2])), _turned(_Complex(d[1], d[3]), *w2)
    four = _Four.of(
        _halved(_Complex(v[0], v[4])),
        _turned_back(_Complex(v[1], v[5]), *w1),
        _turned_back(_Complex(v[2], v[6]), *w2),
        _turned_back(_Complex(v[3], v[7]), *w3),
    )
    power[32] = _Complex((s[0] - s[2]) >> 1, (s[1] - s[3]) >> 1).power()
    power[16], power[48] = _add_j(ahead, across).power(), _sub_j(ahead, across).power()
    power[8], power[24], power[56], power[40] = (x.power() for x in four.bins())


def _row4_powers(x: Int, power: Int) -> None:
    """Fill in bins 4, 12 .. 60, the odd frequencies of the real row 4, by a transform of eight."""
    g = [_halved(_Complex(x[0], x[8]))]
    g += [_turned_back(_Complex(x[m], x[m + 8]), *turn_q15(m / 32)) for m in range(1, 8)]
    c0, c1, c2, c3 = (_halved(x) for x in _Four.of(*g[0::2]).bins())
    e0, e1, e2, e3 = (_halved(x) for x in _Four.of(*g[1::2]).bins())
    eighth, _ = turn_q15(1 / 8)  # not halved again
    plus, minus = 2 * eighth * (e1.re + e1.im), 2 * eighth * (e1.re - e1.im)
    f1 = _Complex(_rounded(plus), _rounded(-minus))
    plus, minus = 2 * eighth * (e3.re + e3.im), 2 * eighth * (e3.re - e3.im)
    f3 = _Complex(_rounded(minus), _rounded(plus))
    power[4], power[60] = _add(c0, e0).power(), _sub(c0, e0).power()
    power[12], power[52] = _add(c1, f1).power(), _sub(c1, f1).power()
    power[28], power[36] = _sub_j(c2, e2).power(), _add_j(c2, e2).power()
    power[44], power[20] = _sub(c3, f3).power(), _add(c3, f3).power()


def frame_power(frames: NDArray[np.int16]) -> Float32:
    """Power spectrum of frames, bins `FIRST_BIN` to `LAST_BIN`.

    ``P[k] = |sum_n w[n] x[n] exp(-2 pi j k n / 128)|^2`` with the Hamming window w in Q15 (Cooley J. and
    Tukey J., Math. Comp. 19, 1965), in 16 bits: amplitudes differ from the exact ones by at most 1/4,500 of
    the largest that a frame with one squared LSB more can give.

    Parameters
    ----------
    frames : int16 array, shape (n, 128)
        Frames at 8 kHz.

    Returns
    -------
    float32 array, shape (61, n)
        Times ``2**-42`` in squared LSB.

    Examples
    --------
    >>> tone = (8000 * np.sin(2 * np.pi * 1000 * np.arange(128) / 8000)).astype(np.int16)
    >>> int(frame_power(tone[None]).argmax()) + FIRST_BIN  # times 62.5 Hz
    16
    """
    fit = FIT / np.sqrt(mean_square(frames).astype(np.float32) + _F(1))
    scale = (fit * ONE).astype(np.int32)
    factor = scale.astype(np.float32)
    columns = _transform_columns(frames, scale)
    power = np.empty((FRAME // 2, frames.shape[0]), dtype=np.int32)
    _row0_powers(columns.row0, power)
    _row4_powers(columns.row4, power)
    for row, x in zip(_ROWS, columns.turned, strict=True):
        _row_powers(x, row, power)
    unit: Float32 = UNIT / (factor * factor)
    return power[FIRST_BIN : LAST_BIN + 1].astype(np.float32) * unit


def mean_square(frames: NDArray[np.int16]) -> NDArray[np.int64]:
    """Mean square of frames of 128 samples, truncated to an integer: int64 (n,) from (n, 128).

    Examples
    --------
    >>> mean_square(np.full((1, 128), -3, np.int16)).tolist()
    [9]
    """
    wide = frames.astype(np.int64)
    return np.asarray((wide * wide).sum(axis=1) // FRAME)
