"""Power spectrum of a 128-sample frame: integer Hamming window, 64-point complex FFT of radix 8, real split.

The even and odd samples of the frame are the real and imaginary parts of 64 complex samples. 64 = 8 x 8:
eight 8-point transforms of the columns, 49 twiddle products, eight 8-point transforms of the rows (Cooley and
Tukey 1965; the 8-point transform is the usual split of an even and an odd 4-point transform, Sorensen et al.,
IEEE Trans. ASSP-35, 1987). Two passes over memory instead of three, and the transposed store replaces a digit
reversal. The real split is Press et al., Numerical Recipes, section 12.3, without its factors of one half:
the power is four times ``|X|^2``.

Arrays run (bins, frames), so that one bin of all frames is contiguous.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .elementary import Float32
from .plan import FIRST_BIN, N_BINS

FRAME = 128
POWER_SCALE_LOG2 = 44
"""Powers times 2**-44 are in squared LSB: 2**30 from the window, 2**12 from the length, 4 from the split."""

_F = np.float32
_SQRT_HALF = _F(0.707106769)


def hamming_window() -> NDArray[np.int16]:
    """Return the symmetric Hamming window in Q15, int16 (128,)."""
    return np.round(32767 * (0.54 - 0.46 * np.cos(2 * np.pi * np.arange(FRAME) / (FRAME - 1)))).astype(
        np.int16
    )


def twiddles() -> tuple[Float32, Float32]:
    """Return cosine and sine of ``2 pi n1 k2 / 64``, float32 (8, 8) [n1, k2]; the factor is cos - j sin."""
    angle = 2 * np.pi * np.outer(np.arange(8), np.arange(8)) / 64
    return np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)


def split_twiddles() -> tuple[Float32, Float32]:
    """Return the cosine and sine of ``2 pi k / 128`` for k = 0..32, float32 (33,)."""
    angle = 2 * np.pi * np.arange(33) / FRAME
    return np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)


def _dft8(re: list[Float32], im: list[Float32]) -> tuple[list[Float32], list[Float32]]:
    """Transform 8 points, ``X[k] = sum_n x[n] exp(-2 pi j n k / 8)``, in the order of the C kernel."""
    br = [re[0] + re[4], re[0] - re[4], re[2] + re[6], re[2] - re[6]]
    bi = [im[0] + im[4], im[0] - im[4], im[2] + im[6], im[2] - im[6]]
    dr = [re[1] + re[5], re[1] - re[5], re[3] + re[7], re[3] - re[7]]
    di = [im[1] + im[5], im[1] - im[5], im[3] + im[7], im[3] - im[7]]
    cr = [br[0] + br[2], br[1] + bi[3], br[0] - br[2], br[1] - bi[3]]
    ci = [bi[0] + bi[2], bi[1] - br[3], bi[0] - bi[2], bi[1] + br[3]]
    er = [dr[0] + dr[2], dr[1] + di[3], dr[0] - dr[2], dr[1] - di[3]]
    ei = [di[0] + di[2], di[1] - dr[3], di[0] - di[2], di[1] + dr[3]]
    # e1 W8, e2 W8^2 (= -j), e3 W8^3
    e1r, e1i = _SQRT_HALF * (er[1] + ei[1]), _SQRT_HALF * (ei[1] - er[1])
    e3r, e3i = _SQRT_HALF * (ei[3] - er[3]), _SQRT_HALF * (er[3] + ei[3])
    xr = [
        cr[0] + er[0],
        cr[1] + e1r,
        cr[2] + ei[2],
        cr[3] + e3r,
        cr[0] - er[0],
        cr[1] - e1r,
        cr[2] - ei[2],
        cr[3] - e3r,
    ]
    xi = [
        ci[0] + ei[0],
        ci[1] + e1i,
        ci[2] - er[2],
        ci[3] - e3i,
        ci[0] - ei[0],
        ci[1] - e1i,
        ci[2] + er[2],
        ci[3] + e3i,
    ]
    return xr, xi


def complex_fft64(re: Float32, im: Float32) -> tuple[Float32, Float32]:
    """64-point complex transform along the first axis.

    Parameters
    ----------
    re, im : float32 arrays, shape (64, n)
        Real and imaginary parts.

    Returns
    -------
    re, im : float32 arrays, shape (64, n)
        Spectrum in natural order.
    """
    n = re.shape[1]
    columns_r, columns_i = re.reshape(8, 8, n), im.reshape(8, 8, n)  # [n2, n1]: sample n1 + 8 n2
    ar, ai = _dft8(list(columns_r), list(columns_i))
    cos, sin = twiddles()
    rows_r = np.empty((8, 8, n), dtype=np.float32)  # [n1, k2]
    rows_i = np.empty_like(rows_r)
    for k2 in range(8):
        c, s = cos[:, k2, None], sin[:, k2, None]
        rows_r[:, k2] = ar[k2] * c + ai[k2] * s
        rows_i[:, k2] = ai[k2] * c - ar[k2] * s
    xr, xi = _dft8(list(rows_r), list(rows_i))
    return np.concatenate(xr), np.concatenate(xi)  # [k1][k2]: bin k2 + 8 k1


def frame_power(frames: NDArray[np.int16]) -> Float32:
    """Power spectrum of frames, bins `FIRST_BIN` to `LAST_BIN`.

    Parameters
    ----------
    frames : int16 array, shape (n, 128)
        Frames at 8 kHz.

    Returns
    -------
    float32 array, shape (61, n)
        ``4 |X[k]|^2`` of the Q15-windowed integer samples; times ``2**-44`` it is in squared LSB.
    """
    products = frames.astype(np.int32) * hamming_window().astype(np.int32)
    windowed = np.ascontiguousarray(products.T).astype(np.float32)
    zr, zi = complex_fft64(windowed[0::2], windowed[1::2])
    low = np.arange(FIRST_BIN, 32)
    mirror = 64 - low
    cos, sin = (table[low][:, None] for table in split_twiddles())
    even_r, even_i = zr[low] + zr[mirror], zi[low] - zi[mirror]
    odd_r, odd_i = zi[low] + zi[mirror], zr[mirror] - zr[low]
    turned_r, turned_i = odd_r * cos + odd_i * sin, odd_i * cos - odd_r * sin
    power = np.empty((N_BINS, frames.shape[0]), dtype=np.float32)
    plus_r, plus_i = even_r + turned_r, even_i + turned_i
    power[low - FIRST_BIN] = plus_r * plus_r + plus_i * plus_i
    minus_r, minus_i = even_r - turned_r, even_i - turned_i
    power[mirror - FIRST_BIN] = minus_r * minus_r + minus_i * minus_i
    power[32 - FIRST_BIN] = _F(4) * (zr[32] * zr[32] + zi[32] * zi[32])
    return power
