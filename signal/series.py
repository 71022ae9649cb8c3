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
    """Return the right shift that lets ``n**2`` times any variance of 13-bit values fit 32 bits."""
    return max(0, 2 * (n - 1).bit_length() - 6)


def to_float(x: Int) -> Float32:
    """Convert integers to float32, rounded once."""
    return np.asarray(x, dtype=np.int64).astype(np.float32)


def mean_q8(total: Int, n: int) -> Float32:
    """Mean in octaves from a sum of `n` values in 1/256 octave."""
    return to_float(total) / _F(256 * n)


def std_q8(total: Int, square_total: Int, n: int, scale: int = 256) -> Float32:
    """Compute the population standard deviation from exact sums.

    ``sqrt(float((n S2 - S1^2) >> s) * (2^s / (n scale)^2))``: the difference is formed in integers, so
    nothing cancels; `s` is :func:`variance_shift`.
    """
    shift = variance_shift(n)
    scatter = (n * np.asarray(square_total, np.int64) - np.asarray(total, np.int64) ** 2) >> shift
    variance: Float32 = to_float(scatter) * (_F(2**shift) / _F((n * scale) ** 2))
    return np.sqrt(variance)


def mean(s: Int, scale: int = 256) -> Float32:
    """Mean over frames."""
    return to_float(s.sum(axis=0, dtype=np.int64)) / _F(scale * len(s))


def std(s: Int, scale: int = 256) -> Float32:
    """Compute the population standard deviation over frames; values within +-8191."""
    wide = s.astype(np.int64)
    return std_q8(wide.sum(axis=0), (wide * wide).sum(axis=0), len(s), scale)


def largest(s: Int, scale: int = 256) -> Float32:
    """Largest value."""
    return to_float(s.max(axis=0)) / _F(scale)


def smallest(s: Int, scale: int = 256) -> Float32:
    """Smallest value."""
    return to_float(s.min(axis=0)) / _F(scale)


def argmax(s: Int) -> Int:
    """Index of the first largest value."""
    return np.asarray(s.argmax(axis=0))


def at(s: Int, index: Int) -> Int:
    """Value at one frame per window; an index outside the window counts as its nearest end."""
    clipped = np.clip(index, 0, len(s) - 1)
    return np.asarray(np.take_along_axis(s, clipped[None, :], axis=0)[0])


def rise(s: Int, frames: int, scale: int = 256) -> Float32:
    """Largest increase over `frames` frames."""
    return to_float((s[frames:] - s[:-frames]).max(axis=0)) / _F(scale)


def rise_position(s: Int, frames: int) -> Int:
    """Frame at which the first largest increase over `frames` frames is complete."""
    return np.asarray((s[frames:] - s[:-frames]).argmax(axis=0) + frames)


def fall(s: Int, frames: int, scale: int = 256) -> Float32:
    """Largest decrease over `frames` frames."""
    return to_float((s[:-frames] - s[frames:]).max(axis=0)) / _F(scale)


def above(s: Int, drop: int) -> Int:
    """Count frames within `drop` of the largest value."""
    return np.asarray((s >= s.max(axis=0) - drop).sum(axis=0))


def run(s: Int, drop: int) -> Int:
    """Length of the unbroken stretch around the largest value that stays within `drop` of it."""
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
    """Largest value `guard` or more frames from the peak, and its distance (0 where nothing stands out)."""
    peak = argmax(s)
    frame = np.arange(len(s))[:, None]
    far = np.abs(frame - peak) >= guard
    masked = np.where(far, s, s.min(axis=0))
    where = masked.argmax(axis=0)
    value = at(masked, where)
    return value, np.where(value > s.min(axis=0), where - peak, 0)


def late_minus_early(s: Int, scale: int = 256) -> Float32:
    """Mean of the second half minus mean of the first half."""
    half = len(s) // 2
    return to_float(s[half:].sum(axis=0, dtype=np.int64) - s[:half].sum(axis=0, dtype=np.int64)) / _F(
        scale * half
    )


def quarter_minus_mean(s: Int, quarter: int, scale: int = 256) -> Float32:
    """Mean of one quarter of the window (0 = oldest) minus the mean of the whole."""
    size = len(s) // 4
    part = s[quarter * size : (quarter + 1) * size].sum(axis=0, dtype=np.int64)
    return to_float(4 * part - s.sum(axis=0, dtype=np.int64)) / _F(scale * 4 * size)
