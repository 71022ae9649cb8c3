"""Power spectrum of a 128-sample frame: integer Hamming window and a transform for real input.

128 = 8 x 16 (Cooley and Tukey, 1965). The sixteen columns are 8-point transforms of real numbers, of which
only bins 0 to 4 exist; after the twiddle factors, rows 1, 2 and 3 are 16-point complex transforms, whose
sixteen bins are all different bins of the real spectrum. Row 0 is a 16-point real transform, and row 4, the
odd frequencies of sixteen real numbers, an 8-point complex one (Sorensen et al., "Real-valued fast Fourier
transform algorithms", IEEE Trans. ASSP-35, 1987). About 1,300 operations, and two passes over memory.

Arrays run (bins, frames), so that one bin of all frames is contiguous. Each expression is evaluated as it
stands, as ``firmware_stub/src/dsp/fft.c`` does: the bits are equal.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .elementary import Float32
from .plan import FIRST_BIN, LAST_BIN

FRAME = 128
POWER_SCALE_LOG2 = 42
"""Powers times 2**-42 are in squared LSB: 2**30 from the window, 2**12 from the transform's length."""

_F = np.float32
_SQRT_HALF = _F(0.707106769)
_COLUMNS = 16


class _Complex(NamedTuple):
    re: Float32
    im: Float32

    def power(self) -> Float32:
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


def paired_window() -> NDArray[np.int16]:
    """Return the window in the order in which the C reads it, int16 (128,).

    Two neighbouring columns at a time: from each of their first four rows, for each of the two, a value and
    the one half a frame later.

    Examples
    --------
    >>> bool((paired_window()[:4] == hamming_window()[[0, 64, 1, 65]]).all())
    True
    """
    halves, rows, pairs, columns = 2, 4, _COLUMNS // 2, 2
    return hamming_window().reshape(halves, rows, pairs, columns).transpose(2, 1, 3, 0).ravel()


def column_twiddles() -> tuple[Float32, Float32]:
    """Return cos and sin of ``2 pi n1 k2 / 128``, float32 (16, 3) [n1, k2 - 1]; the factor is cos - j sin.

    Examples
    --------
    >>> cos, sin = column_twiddles()
    >>> cos.shape, float(cos[0, 0]), float(sin[0, 0])
    ((16, 3), 1.0, 0.0)
    """
    angle = 2 * np.pi * np.outer(np.arange(_COLUMNS), [1, 2, 3]) / FRAME
    return np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)


def odd_twiddles() -> tuple[Float32, Float32]:
    """Return cosine and sine of ``2 pi m / 32`` for m = 0..7, float32 (8,); the factor is cos + j sin.

    Examples
    --------
    >>> cos, sin = odd_twiddles()
    >>> cos[[0, 4]].astype(float).round(4).tolist(), sin[[0, 4]].astype(float).round(4).tolist()
    ([1.0, 0.7071], [0.0, 0.7071])
    """
    angle = 2 * np.pi * np.arange(8) / 32
    return np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)


def row_twiddles() -> tuple[Float32, Float32]:
    """Return cosine and sine of ``2 pi k / 16`` for k = 0..7, float32 (8,); the factor is cos - j sin.

    Examples
    --------
    >>> cos, sin = row_twiddles()
    >>> cos[[0, 2]].astype(float).round(4).tolist(), sin[[0, 2]].astype(float).round(4).tolist()
    ([1.0, 0.7071], [0.0, 0.7071])
    """
    angle = 2 * np.pi * np.arange(8) / 16
    return np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)


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


def _turn(x: _Complex, cos: Float32, sin: Float32) -> _Complex:
    """Return x (cos - j sin)."""
    return _Complex(x.re * cos + x.im * sin, x.im * cos - x.re * sin)


def _real_dft8(s: Float32, d: Float32) -> tuple[Float32, Float32, _Complex, _Complex, _Complex]:
    """Transform 8 real numbers r: bins 0 and 4, which are real, and 1, 2, 3.

    s is r[:4] + r[4:], d is r[:4] - r[4:].
    """
    s0, s1, s2, s3 = s
    d0, d1, d2, d3 = d
    even, odd = s0 + s2, s1 + s3
    minus, plus = _SQRT_HALF * (d1 - d3), _SQRT_HALF * (d1 + d3)
    bin1 = _Complex(d0 + minus, -(d2 + plus))
    bin3 = _Complex(d0 - minus, d2 - plus)
    return even + odd, even - odd, bin1, _Complex(s0 - s2, s3 - s1), bin3


def _dft8(x: list[_Complex]) -> list[_Complex]:
    """Transform 8 complex numbers: an even and an odd 4-point transform, turned and added."""
    b0, b1, b2, b3 = _add(x[0], x[4]), _sub(x[0], x[4]), _add(x[2], x[6]), _sub(x[2], x[6])
    d0, d1, d2, d3 = _add(x[1], x[5]), _sub(x[1], x[5]), _add(x[3], x[7]), _sub(x[3], x[7])
    c0, c1, c2, c3 = _add(b0, b2), _sub_j(b1, b3), _sub(b0, b2), _add_j(b1, b3)
    e0, e1, e2, e3 = _add(d0, d2), _sub_j(d1, d3), _sub(d0, d2), _add_j(d1, d3)
    f1 = _Complex(_SQRT_HALF * (e1.re + e1.im), _SQRT_HALF * (e1.im - e1.re))
    f3 = _Complex(_SQRT_HALF * (e3.im - e3.re), _SQRT_HALF * (e3.re + e3.im))  # its imaginary part negated
    b3, b7 = _Complex(c3.re + f3.re, c3.im - f3.im), _Complex(c3.re - f3.re, c3.im + f3.im)
    return [_add(c0, e0), _add(c1, f1), _sub_j(c2, e2), b3, _sub(c0, e0), _sub(c1, f1), _add_j(c2, e2), b7]


def _row_powers(row: _Complex, k2: int, power: Float32) -> None:
    """Fill in bins ``k2 + 8 k1`` and their mirror images from row `k2`, 1 to 3."""
    even = _dft8([_Complex(row.re[n], row.im[n]) for n in range(0, _COLUMNS, 2)])
    odd = _dft8([_Complex(row.re[n], row.im[n]) for n in range(1, _COLUMNS, 2)])
    cos, sin = row_twiddles()
    for k in range(8):
        x = odd[k]
        if k == 0:
            turned = x
        elif k == 2:
            turned = _Complex(_SQRT_HALF * (x.re + x.im), _SQRT_HALF * (x.im - x.re))
        elif k == 4:
            turned = _Complex(x.im, -x.re)
        elif k == 6:
            turned = _Complex(_SQRT_HALF * (x.im - x.re), -(_SQRT_HALF * (x.re + x.im)))
        else:
            turned = _turn(x, cos[k], sin[k])
        power[k2 + 8 * k] = _add(even[k], turned).power()
        power[8 * (8 - k) - k2] = _sub(even[k], turned).power()


def _row0_powers(a: Float32, power: Float32) -> None:
    """Fill in bins 8, 16 .. 56 from the real row 0."""
    u = a[:8] + a[8:]
    _, _, bin16, bin32, bin48 = _real_dft8(u[:4] + u[4:], u[:4] - u[4:])
    power[16], power[32], power[48] = bin16.power(), bin32.power(), bin48.power()
    v = a[:8] - a[8:]
    cos, sin = row_twiddles()
    g = [_Complex(v[m] * cos[m] - v[m + 4] * sin[m], v[m + 4] * cos[m] + v[m] * sin[m]) for m in range(4)]
    b0, b1, b2, b3 = _add(g[0], g[2]), _sub(g[0], g[2]), _add(g[1], g[3]), _sub(g[1], g[3])
    power[8], power[56] = _add(b0, b2).power(), _sub(b0, b2).power()
    power[24], power[40] = _sub_j(b1, b3).power(), _add_j(b1, b3).power()


def _row4_powers(a: Float32, power: Float32) -> None:
    """Fill in bins 4, 12 .. 60, the odd frequencies of the real row 4."""
    cos, sin = odd_twiddles()
    g = [_Complex(a[m] * cos[m] - a[m + 8] * sin[m], a[m + 8] * cos[m] + a[m] * sin[m]) for m in range(8)]
    for k, x in zip((4, 12, 28, 44, 60, 52, 36, 20), _dft8(g), strict=True):
        power[k] = x.power()


def frame_power(frames: NDArray[np.int16]) -> Float32:
    """Power spectrum of frames, bins `FIRST_BIN` to `LAST_BIN`.

    ``P[k] = |sum_n w[n] x[n] exp(-2 pi j k n / 128)|^2`` with the Hamming window w in Q15 (Cooley J. and
    Tukey J., Math. Comp. 19, 1965).

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
    products = frames.astype(np.int32) * hamming_window().astype(np.int32)
    early, late = np.ascontiguousarray(products.T).reshape(2, 4, _COLUMNS, -1)
    row0, row4, *rows = _real_dft8((early + late).astype(np.float32), (early - late).astype(np.float32))
    cos, sin = column_twiddles()
    power = np.empty((FRAME // 2, frames.shape[0]), dtype=np.float32)
    for i, row in enumerate(rows):
        _row_powers(_turn(row, cos[:, i, None], sin[:, i, None]), i + 1, power)
    _row0_powers(row0, power)
    _row4_powers(row4, power)
    return power[FIRST_BIN : LAST_BIN + 1]
