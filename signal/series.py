"""Statistics of a short integer series: one value per frame over a window, int16 on the chip.

Every frame-rate scalar (level, flux, tilt, zero crossings...) is such a series, so each statistic exists once
here and once in ``firmware_stub/src/dsp/envelope.h``. Sums are exact integers; a division or a square root
comes last.

Arrays are (frames, windows); results are float32 (windows,) in the unit of the series divided by `scale`,
which is 256 for series in 1/256 octave.
"""

from __future__ import annotations

import numpy as np

from .elementary import Float32, Int

_F = np.float32
THREE_DB = 255
SIX_DB = 510
TWELVE_DB = 1020
TWENTY_DB = 1701


def variance_shift(n: int) -> int:
    """Return the right shift that lets ``n**2`` times any variance of 13-bit values fit 32 bits.

    ``max(0, 2 ceil(log2 n) - 6)``.

    Parameters
    ----------
    n : int
        Frames, 64 at most.

    Examples
    --------
    >>> [variance_shift(n) for n in (16, 32, 64)]
    [2, 4, 6]
    """
    return max(0, 2 * (n - 1).bit_length() - 6)


def to_float(x: Int) -> Float32:
    """Convert integers to float32 of the same shape, rounded once.

    Examples
    --------
    >>> to_float(np.array([3, 2**24 + 1])).tolist()
    [3.0, 16777216.0]
    """
    return np.asarray(x, dtype=np.int64).astype(np.float32)


def mean_q8(total: Int, n: int) -> Float32:
    """Mean in octaves from a sum of `n` values in 1/256 octave: ``total / (256 n)``.

    Parameters
    ----------
    total : integer array, shape (windows,)
        Sum in 1/256 octave.
    n : int
        Values summed.

    Returns
    -------
    float32 array, shape (windows,), octaves

    Examples
    --------
    >>> mean_q8(np.array([1024, 768]), 2).tolist()
    [2.0, 1.5]
    """
    return to_float(total) / _F(256 * n)


def std_q8(total: Int, square_total: Int, n: int, scale: int = 256) -> Float32:
    """Compute the population standard deviation from exact sums.

    ``sqrt(float((n S2 - S1^2) >> s) * (2^s / (n scale)^2))``: the difference is formed in integers, so
    nothing cancels; `s` is :func:`variance_shift`. It is ``sqrt(mean(x^2) - mean(x)^2)`` in the unit of
    `scale`.

    Parameters
    ----------
    total, square_total : integer arrays, shape (windows,)
        Sums of the values and of their squares.
    n : int
        Values summed.
    scale : int
        Units of the series in one unit of the result; ``(n scale)^2`` fits 31 bits.

    Returns
    -------
    float32 array, shape (windows,)

    Examples
    --------
    >>> values = np.array([0, 512, 0, 512])
    >>> std_q8(values.sum(keepdims=True), (values**2).sum(keepdims=True), 4).tolist()
    [1.0]
    """
    shift = variance_shift(n)
    scatter = (n * np.asarray(square_total, np.int64) - np.asarray(total, np.int64) ** 2) >> shift
    variance: Float32 = to_float(scatter) * (_F(2**shift) / _F((n * scale) ** 2))
    return np.sqrt(variance)


def mean(s: Int, scale: int = 256) -> Float32:
    """Mean over frames, ``sum_f s[f] / (N scale)``.

    Parameters
    ----------
    s : integer array, shape (frames, windows)
        Series, oldest frame first.
    scale : int
        Units of the series in one unit of the result.

    Returns
    -------
    float32 array, shape (windows,)

    Examples
    --------
    >>> mean(np.array([[0], [256], [512]])).tolist()
    [1.0]
    """
    return to_float(s.sum(axis=0, dtype=np.int64)) / _F(scale * len(s))


def std(s: Int, scale: int = 256) -> Float32:
    """Compute the population standard deviation over frames.

    ``sqrt(mean_f s^2 - (mean_f s)^2) / scale``, from exact sums as in `std_q8`.

    Parameters
    ----------
    s : integer array, shape (frames, windows)
        Values within +-8191.
    scale : int
        Units of the series in one unit of the result.

    Returns
    -------
    float32 array, shape (windows,)

    Examples
    --------
    >>> std(np.array([[0], [512], [0], [512]])).tolist()
    [1.0]
    """
    wide = s.astype(np.int64)
    return std_q8(wide.sum(axis=0), (wide * wide).sum(axis=0), len(s), scale)


def largest(s: Int, scale: int = 256) -> Float32:
    """Return the largest value, ``max_f s[f] / scale``, float32 (windows,).

    Examples
    --------
    >>> largest(np.array([[256], [640], [0]])).tolist()
    [2.5]
    """
    return to_float(s.max(axis=0)) / _F(scale)


def smallest(s: Int, scale: int = 256) -> Float32:
    """Return the smallest value, ``min_f s[f] / scale``, float32 (windows,).

    Examples
    --------
    >>> smallest(np.array([[256], [640], [0]])).tolist()
    [0.0]
    """
    return to_float(s.min(axis=0)) / _F(scale)


def argmax(s: Int) -> Int:
    """Return the index of the first largest value, integers (windows,).

    Examples
    --------
    >>> argmax(np.array([[256], [640], [640]])).tolist()
    [1]
    """
    return np.asarray(s.argmax(axis=0))


def at(s: Int, index: Int) -> Int:
    """Value at one frame per window; an index outside the window counts as its nearest end.

    Parameters
    ----------
    s : integer array, shape (frames, windows)
    index : integer array, shape (windows,)

    Returns
    -------
    integer array, shape (windows,), in units of the series

    Examples
    --------
    >>> at(np.array([[1, 1], [2, 2], [3, 3]]), np.array([1, 9])).tolist()
    [2, 3]
    """
    clipped = np.clip(index, 0, len(s) - 1)
    return np.asarray(np.take_along_axis(s, clipped[None, :], axis=0)[0])


def rise(s: Int, frames: int, scale: int = 256) -> Float32:
    """Largest increase over `frames` frames, ``max_f (s[f] - s[f - frames]) / scale``, float32 (windows,).

    Examples
    --------
    >>> rise(np.array([[0], [256], [1024], [512]]), 1).tolist()
    [3.0]
    """
    return to_float((s[frames:] - s[:-frames]).max(axis=0)) / _F(scale)


def rise_position(s: Int, frames: int) -> Int:
    """Frame at which the first largest increase over `frames` frames is complete, integers (windows,).

    ``argmax_f (s[f] - s[f - frames])``, f counted in the window.

    Examples
    --------
    >>> rise_position(np.array([[0], [256], [1024], [512]]), 1).tolist()
    [2]
    """
    return np.asarray((s[frames:] - s[:-frames]).argmax(axis=0) + frames)


def fall(s: Int, frames: int, scale: int = 256) -> Float32:
    """Largest decrease over `frames` frames, ``max_f (s[f - frames] - s[f]) / scale``, float32 (windows,).

    Examples
    --------
    >>> fall(np.array([[0], [256], [1024], [512]]), 1).tolist()
    [2.0]
    """
    return to_float((s[:-frames] - s[frames:]).max(axis=0)) / _F(scale)


def above(s: Int, drop: int) -> Int:
    """Count frames within `drop` of the largest value: those with ``s[f] >= max s - drop``.

    Parameters
    ----------
    s : integer array, shape (frames, windows)
    drop : int
        Distance below the top, in units of the series, for instance `SIX_DB`.

    Returns
    -------
    integer array, shape (windows,), frames

    Examples
    --------
    >>> above(np.array([[2000], [0], [1600], [1900]]), SIX_DB).tolist()
    [3]
    """
    return np.asarray((s >= s.max(axis=0) - drop).sum(axis=0))


def run(s: Int, drop: int) -> Int:
    """Length of the unbroken stretch around the largest value that stays within `drop` of it.

    Parameters
    ----------
    s : integer array, shape (frames, windows)
    drop : int
        Distance below the top, in units of the series, for instance `SIX_DB`.

    Returns
    -------
    integer array, shape (windows,), frames

    Examples
    --------
    >>> run(np.array([[2000], [0], [1600], [1900]]), SIX_DB).tolist()
    [1]
    """
    keep = s >= s.max(axis=0) - drop
    peak = argmax(s)
    n, frame = len(s), np.arange(len(s))[:, None]
    left = np.where(~keep & (frame < peak), frame, -1).max(axis=0)
    right = np.where(~keep & (frame > peak), frame, n).min(axis=0)
    return np.asarray(right - left - 1)


def peaks(s: Int, prominence: int = THREE_DB) -> Int:
    """Count maxima that stand out by more than `prominence` on both sides, in one pass.

    A maximum counts once the series has fallen by more than `prominence` below it; the next one is looked for
    after a rise by more than `prominence` above the valley (two-threshold peak detection).

    Parameters
    ----------
    s : integer array, shape (frames, windows)
    prominence : int
        Least prominence of a peak, in units of the series.

    Returns
    -------
    int64 array, shape (windows,)

    Examples
    --------
    >>> peaks(np.array([[0], [900], [0], [100], [0], [900], [0]])).tolist()
    [2]
    """
    high, low = s[0].copy(), s[0].copy()
    looking_for_peak = np.ones(s.shape[1], dtype=bool)
    count = np.zeros(s.shape[1], dtype=np.int64)
    for value in s:
        np.maximum(high, value, out=high)
        np.minimum(low, value, out=low)
        peak = looking_for_peak & (value < high - prominence)
        valley = ~looking_for_peak & (value > low + prominence)
        count += peak
        low = np.where(peak, value, low)
        high = np.where(valley, value, high)
        looking_for_peak = (looking_for_peak & ~peak) | valley
    return count


def second(s: Int, guard: int) -> tuple[Int, Int]:
    """Largest value `guard` or more frames from the peak, and its distance (0 where nothing stands out).

    ``max s[f] over |f - argmax s| >= guard``.

    Parameters
    ----------
    s : integer array, shape (frames, windows)
    guard : int
        Number of frames left out on both sides of the peak.

    Returns
    -------
    value : integer array, shape (windows,)
        In units of the series; the smallest value of all where no frame is far enough.
    distance : integer array, shape (windows,)
        Frames after the peak; negative before it.

    Examples
    --------
    >>> value, distance = second(np.array([[900], [800], [0], [500], [0]]), guard=2)
    >>> value.tolist(), distance.tolist()
    ([500], [3])
    """
    peak = argmax(s)
    frame = np.arange(len(s))[:, None]
    far = np.abs(frame - peak) >= guard
    masked = np.where(far, s, s.min(axis=0))
    where = masked.argmax(axis=0)
    value = at(masked, where)
    return value, np.where(value > s.min(axis=0), where - peak, 0)


def late_minus_early(s: Int, scale: int = 256) -> Float32:
    """Mean of the second half minus mean of the first half, over `scale`, float32 (windows,).

    Parameters
    ----------
    s : integer array, shape (frames, windows)
        An even number of frames.
    scale : int
        Units of the series in one unit of the result.

    Examples
    --------
    >>> late_minus_early(np.array([[0], [0], [256], [512]])).tolist()
    [1.5]
    """
    half = len(s) // 2
    return to_float(s[half:].sum(axis=0, dtype=np.int64) - s[:half].sum(axis=0, dtype=np.int64)) / _F(
        scale * half
    )


def quarter_minus_mean(s: Int, quarter: int, scale: int = 256) -> Float32:
    """Mean of one quarter of the window (0 = oldest) minus the mean of the whole, float32 (windows,).

    Parameters
    ----------
    s : integer array, shape (frames, windows)
        A multiple of four frames.
    quarter : int
        0 to 3.
    scale : int
        Units of the series in one unit of the result.

    Examples
    --------
    >>> quarter_minus_mean(np.array([[0], [0], [256], [512]]), 3).tolist()
    [1.25]
    """
    size = len(s) // 4
    part = s[quarter * size : (quarter + 1) * size].sum(axis=0, dtype=np.int64)
    return to_float(4 * part - s.sum(axis=0, dtype=np.int64)) / _F(scale * 4 * size)
