"""Float32 arithmetic in a stated order, so that NumPy and the C kernels give the same bits.

Every function here has a twin in ``firmware_stub/src/dsp/elementary.h`` that performs the same IEEE-754
single-precision operations in the same order. No library transcendental is used: their last bit differs
between C libraries.

The polynomials were fitted by Chebyshev interpolation of the remainder after the end points were pinned, so
that each function is continuous across octaves. Bit-field logarithm: the exponent and mantissa of an IEEE
float, read as one integer, are its logarithm up to a correction of at most 0.086 (Mitchell J. N., "Computer
multiplication and division using binary logarithms", IRE Trans. EC-11, 1962).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Int = NDArray[Any]
"""An integer array of any width."""

ONE_OCTAVE = 256
"""Integer logarithms count 1/256 of an octave of power, that is 0.0118 dB."""

_F = np.float32
LOG2_POLYNOMIAL = tuple(_F(c) for c in (0.442587604, -0.275941809, 0.182647316, -0.0962564941, 0.0256912629))
"""``log2(1+t) = t + t (1-t) Q(t)`` on [0, 1): coefficients of Q, lowest power first."""

EXP2_POLYNOMIAL = tuple(_F(c) for c in (0.306848668, 0.0666918546, 0.010852972, 0.00189646109))
"""``2**t = 1 + t - t (1-t) Q(t)`` on [0, 1): coefficients of Q, lowest power first."""

LOG2_MAX_ERROR = 4.5e-6
"""Largest absolute error of `log2` in octaves, beside the rounding of a large result."""

EXP2_MAX_RELATIVE_ERROR = 3e-7
"""Largest relative error of `exp2`."""

LOG2_Q8_MAX_ERROR = 1.5
"""Largest error of `log2_q8` in its own units, 1/256 octave."""


def _correction_table() -> NDArray[np.uint8]:
    """Return log2(1+t) - t in 1/256 octave, in the middle of 128 mantissa intervals, half a unit added.

    The half unit makes up for the truncation of the integer part it is added to.
    """
    t = (np.arange(128) + 0.5) / 128
    return np.floor(ONE_OCTAVE * (np.log2(1 + t) - t) + 1.0).astype(np.uint8)


LOG2_CORRECTION = _correction_table()
"""uint8 (128,): table of `log2_q8`, indexed by the seven leading mantissa bits."""


def log2_q8(x: Float32) -> NDArray[np.int32]:
    """Integer logarithm: about ``256 log2(x)``, from the bits of the float.

    Parameters
    ----------
    x : float32 array, any shape
        Positive normal numbers.

    Returns
    -------
    int32 array
        Logarithm in 1/256 octave, within `LOG2_Q8_MAX_ERROR`, non-decreasing in `x`.

    Examples
    --------
    >>> import numpy as np
    >>> log2_q8(np.float32([1.0, 2.0, 1024.0])).tolist()
    [1, 257, 2561]
    """
    bits = x.view(np.int32)
    corrected: NDArray[np.int32] = (bits >> 15) - 32512 + LOG2_CORRECTION[(bits >> 16) & 127]
    return corrected


def log2(x: Float32) -> Float32:
    """Logarithm to base two by exponent and polynomial.

    ``log2(2^e (1 + t)) = e + t + t (1 - t) Q(t)`` with Q of degree 4, `LOG2_POLYNOMIAL`.

    Parameters
    ----------
    x : float32 array, any shape
        Positive normal numbers.

    Returns
    -------
    float32 array
        log2(x), absolute error at most `LOG2_MAX_ERROR` near one, plus the rounding of the final sum.

    Examples
    --------
    >>> log2(np.float32([1.0, 8.0, 10.0])).astype(float).round(4).tolist()
    [0.0, 3.0, 3.3219]
    """
    bits = x.view(np.int32)
    exponent = ((bits >> 23) - 127).astype(np.float32)
    t = ((bits & 0x007FFFFF) | 0x3F800000).view(np.float32) - _F(1)
    c0, c1, c2, c3, c4 = LOG2_POLYNOMIAL
    q = c3 + c4 * t
    q = c2 + q * t
    q = c1 + q * t
    q = c0 + q * t
    logarithm: Float32 = exponent + (t + (t * (_F(1) - t)) * q)
    return logarithm


def exp2(x: Float32) -> Float32:
    """Two to the power `x` by exponent and polynomial; `x` is limited to [-126, 126].

    ``2^(n + t) = 2^n (1 + t - t (1 - t) Q(t))`` with Q of degree 3, `EXP2_POLYNOMIAL`.

    Parameters
    ----------
    x : float32 array, any shape
        Exponent; NaN counts as -126.

    Returns
    -------
    float32 array
        2**x, relative error at most `EXP2_MAX_RELATIVE_ERROR`.

    Examples
    --------
    >>> exp2(np.float32([0.0, 3.0, -0.5])).astype(float).round(5).tolist()
    [1.0, 8.0, 0.70711]
    """
    y = np.where(x > _F(-126), x, _F(-126)).astype(np.float32)
    y = np.where(y < _F(126), y, _F(126)).astype(np.float32)
    n = y.astype(np.int32)
    n = n - (n.astype(np.float32) > y)
    t = y - n.astype(np.float32)
    c0, c1, c2, c3 = EXP2_POLYNOMIAL
    q = c2 + c3 * t
    q = c1 + q * t
    q = c0 + q * t
    power = (_F(1) + t) - (t * (_F(1) - t)) * q
    scale = ((n + 127) << 23).astype(np.int32).view(np.float32)
    return np.asarray(power * scale, dtype=np.float32)


LOG2_E = _F(1.44269504)


def sigmoid(x: Float32) -> Float32:
    """Logistic function ``1 / (1 + 2**(-x log2 e))``, the confidence of a margin.

    Parameters
    ----------
    x : float32 array, any shape
        Log-odds.

    Returns
    -------
    float32 array
        Probability in (0, 1].

    Examples
    --------
    >>> sigmoid(np.float32([0.0, 2.0])).astype(float).round(4).tolist()
    [0.5, 0.8808]
    """
    return np.asarray(_F(1) / (_F(1) + exp2(-x * LOG2_E)), dtype=np.float32)


def ordered_sum(x: Float32) -> Float32:
    """Sum over the first axis, first element first, each partial sum rounded to float32.

    ``np.sum`` adds in pairs, which C code would not reproduce.

    Parameters
    ----------
    x : float32 array, shape (n, ...)

    Returns
    -------
    float32 array, shape (...)

    Examples
    --------
    >>> float(ordered_sum(np.float32([1e8, 1.0, -1e8])))
    0.0
    """
    total: Float32 = x[0] + _F(0)  # a negative zero becomes positive, as in C
    for row in x[1:]:
        total += row
    return total


def ordered_dot(weights: Float32, x: Float32) -> Float32:
    """Sum of ``weights[i] * x[i]`` over the first axis, first element first, each step rounded to float32.

    Parameters
    ----------
    weights : float32 array, shape (n,)
    x : float32 array, shape (n, ...)

    Returns
    -------
    float32 array, shape (...)

    Examples
    --------
    >>> float(ordered_dot(np.float32([1, 2]), np.float32([3, 4])))
    11.0
    """
    total = weights[0] * x[0] + _F(0)
    for weight, row in zip(weights[1:], x[1:], strict=True):
        total += weight * row
    return np.asarray(total, dtype=np.float32)
