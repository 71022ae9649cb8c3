"""How a window's sound grows and dies away: one pass over its frame-rate series.

A cough is an explosive broadband onset within 10 to 30 ms, a noisy decay of 0.2 to 0.6 s and often a second,
voiced burst; speech and laughter rise more slowly, breathe between syllables and stay tonal; a knock is over
after one or two frames. The features measure just that: rises and falls over one to eight frames, the width
of the burst at several depths, what follows the peak, whether all bands rise together, and the colour of the
sound at its peak.

All series are integers (1/256 octave unless stated, see :class:`tussis.signal.frames.FrameTable`); arrays are
(frames, windows). Times are in seconds, ratios of power in octaves (1 octave = 3.01 dB).
"""

from __future__ import annotations

import numpy as np

from . import series as stat
from .elementary import Float32, Int, log2, ordered_dot, ordered_sum
from .frames import GROUP_NAMES
from .plan import GROUPS, AudioPlan

_F = np.float32
SECOND_GUARD = 6
"""Frames (96 ms) that a second burst keeps from the main peak."""

QUARTERS = 4


def seconds(frames: Int, plan: AudioPlan) -> Float32:
    """Convert a count of frames to seconds: 16 ms each.

    Examples
    --------
    >>> seconds(np.array([10]), AudioPlan()).astype(float).round(3).tolist()
    [0.16]
    """
    return stat.to_float(frames) * _F(plan.frame_s)


def octaves(value: Int) -> Float32:
    """Convert 1/256 octave to octaves.

    Examples
    --------
    >>> octaves(np.array([384])).tolist()
    [1.5]
    """
    return stat.to_float(value) / _F(256)


def level_features(level: Int, plan: AudioPlan) -> dict[str, Float32]:
    """Shape of the level envelope, ``env_*``.

    With ``l`` the level in octaves and ``a`` the frame of its peak: mean, standard deviation, extremes,
    rises and falls over one to three frames, slope after the peak, time within 6, 12 and 20 dB of it, the
    level 2, 4 and 8 frames around it, the second burst, the number of peaks and the four quarters.
    ``docs/features.md`` gives the formula of each. Defined here; the phases of a cough it follows are in
    Morice et al., Eur. Respir. J. 29, 2007.

    Parameters
    ----------
    level : integer array, shape (frames, windows)
        In 1/256 octave.
    plan : AudioPlan
        Length of a frame.

    Returns
    -------
    dict of float32 arrays, shape (windows,)
        Octaves, seconds, counts, and octaves per frame for ``env_decay``.

    Examples
    --------
    >>> burst = np.array([[1024]] * 8 + [[4096]] + [[2048]] * 7)
    >>> found = level_features(burst, AudioPlan())
    >>> [round(float(found[f"env_{name}"][0]), 3) for name in ("max", "attack1", "pos", "run12", "after2")]
    [16.0, 12.0, 0.128, 0.016, 8.0]
    """
    n = len(level)
    at = stat.argmax(level)
    top = level.max(axis=0)
    second, distance = stat.second(level, SECOND_GUARD)
    tail = stat.at(level, np.full_like(at, n - 1))
    out = {
        "env_mean": stat.mean(level),
        "env_std": stat.std(level),
        "env_max": octaves(top),
        "env_min": stat.smallest(level),
        "env_range": octaves(top - level.min(axis=0)),
        "env_peak_mean": octaves(top) - stat.mean(level),
        "env_pos": seconds(at, plan),
        "env_attack1": stat.rise(level, 1),
        "env_attack2": stat.rise(level, 2),
        "env_attack3": stat.rise(level, 3),
        "env_attack_pos": seconds(stat.rise_position(level, 2), plan),
        "env_fall1": stat.fall(level, 1),
        "env_fall3": stat.fall(level, 3),
        "env_decay": octaves(top - tail) / stat.to_float(np.maximum(n - 1 - at, 1)),
        "env_above6": seconds(stat.above(level, stat.SIX_DB), plan),
        "env_above12": seconds(stat.above(level, stat.TWELVE_DB), plan),
        "env_above20": seconds(stat.above(level, stat.TWENTY_DB), plan),
        "env_run6": seconds(stat.run(level, stat.SIX_DB), plan),
        "env_run12": seconds(stat.run(level, stat.TWELVE_DB), plan),
        "env_peaks": stat.to_float(stat.peaks(level)),
        "env_second": octaves(second - top),
        "env_second_distance": seconds(distance, plan),
        "env_late_early": stat.late_minus_early(level),
    }
    for k in (2, 4, 8):
        out[f"env_before{k}"] = octaves(top - stat.at(level, at - k))
        out[f"env_after{k}"] = octaves(top - stat.at(level, at + k))
    for quarter in range(QUARTERS):
        out[f"env_quarter{quarter}"] = stat.quarter_minus_mean(level, quarter)
    return out


def power_features(power: Float32, level: Int, plan: AudioPlan) -> dict[str, Float32]:
    """Moments of the linear power over time, summed oldest frame first.

    ``env_centroid`` ``t = sum_f t_f p[f] / sum_f p[f]`` and ``env_spread`` ``sqrt(sum_f (t_f - t)^2 p /
    sum_f p)`` in seconds (Peeters 2004, temporal centroid); ``env_balance`` ``log2(1 + sum_(f >= a) p) -
    log2(1 + sum_(f < a) p)`` and ``env_crest`` ``max_f l - log2(mean_f p)`` in octaves.

    Parameters
    ----------
    power : float32 array, shape (frames, windows)
        In squared LSB.
    level : integer array, shape (frames, windows)
        Its logarithm in 1/256 octave.
    plan : AudioPlan
        Length of a frame.

    Returns
    -------
    dict of float32 arrays, shape (windows,)

    Examples
    --------
    >>> from tussis.signal.elementary import log2_q8
    >>> power = np.float32([[1], [1024], [1], [1]])
    >>> found = power_features(power, log2_q8(power), AudioPlan())
    >>> {name: round(float(value[0]), 3) for name, value in found.items()}
    {'env_centroid': 0.016, 'env_spread': 0.001, 'env_balance': 9.004, 'env_crest': 2.0}
    """
    n = len(power)
    total = ordered_sum(power)
    frame = np.arange(n, dtype=np.float32)
    centroid = ordered_dot(frame, power) / total
    spread = np.zeros_like(total)
    before = np.ones_like(total)
    after = np.ones_like(total)
    at = stat.argmax(level)
    for i in range(n):
        d = frame[i] - centroid
        spread += d * d * power[i]
        before = np.where(i < at, before + power[i], before).astype(np.float32)
        after = np.where(i < at, after, after + power[i]).astype(np.float32)
    return {
        "env_centroid": centroid * _F(plan.frame_s),
        "env_spread": np.sqrt(spread / total) * _F(plan.frame_s),
        "env_balance": log2(after) - log2(before),
        "env_crest": stat.largest(level) - log2(total * (_F(1) / _F(n))),
    }


def group_features(groups: list[Int], level: Int, plan: AudioPlan) -> dict[str, Float32]:
    """Envelopes of four groups of mel bands, ``groupG_*``, and how they move together.

    For the mean logarithm of each group: standard deviation, number of peaks, time of the peak, peak minus
    mean, largest rise over two frames, time within 12 dB, value at the level's peak minus all groups',
    quarters. For all groups: ``group_pos_range``, the time between the first and the last group's peak, and
    ``group_joint_attack`` ``max_f min_g (s_g[f] - s_g[f - 2])``. Defined here; see ``docs/features.md``.

    Parameters
    ----------
    groups : list of integer arrays, shape (frames, windows)
        Mean logarithms in 1/256 octave, lowest group first.
    level : integer array, shape (frames, windows)
        In 1/256 octave.
    plan : AudioPlan
        Length of a frame.

    Returns
    -------
    dict of float32 arrays, shape (windows,)
        Octaves, seconds and counts.

    Examples
    --------
    >>> rising = np.arange(0, 4096, 256)[:, None]
    >>> found = group_features([rising] * 4, rising, AudioPlan())
    >>> [float(found[name][0]) for name in ("group0_attack", "group_joint_attack", "group_pos_range")]
    [2.0, 2.0, 0.0]
    """
    out: dict[str, Float32] = {}
    at = stat.argmax(level)
    mean_at_peak = sum((stat.at(g, at) for g in groups[1:]), stat.at(groups[0], at))
    for name, g in zip(GROUP_NAMES, groups, strict=True):
        out[f"{name}_std"] = stat.std(g)
        out[f"{name}_peaks"] = stat.to_float(stat.peaks(g))
        out[f"{name}_pos"] = seconds(stat.argmax(g), plan)
        out[f"{name}_prominence"] = stat.largest(g) - stat.mean(g)
        out[f"{name}_attack"] = stat.rise(g, 2)
        out[f"{name}_run12"] = seconds(stat.run(g, stat.TWELVE_DB), plan)
        out[f"{name}_at_peak"] = octaves(GROUPS * stat.at(g, at) - mean_at_peak) * _F(1 / GROUPS)
        for quarter in range(QUARTERS):
            out[f"{name}_quarter{quarter}"] = stat.quarter_minus_mean(g, quarter)
    positions = np.stack([stat.argmax(g) for g in groups])
    out["group_pos_range"] = seconds(positions.max(axis=0) - positions.min(axis=0), plan)
    slowest = np.stack([g[2:] - g[:-2] for g in groups]).min(axis=0)
    out["group_joint_attack"] = octaves(slowest.max(axis=0))
    return out


def tilt(groups: list[Int]) -> Int:
    """Upper half of the bands against the lower half: ``(s_2 + s_3 - s_0 - s_1) / 2``, rounded down.

    Parameters
    ----------
    groups : list of integer arrays, any shape
        Mean logarithms of the four band groups in 1/256 octave.

    Returns
    -------
    int32 array, in 1/256 octave

    Examples
    --------
    >>> tilt([np.array([g]) for g in (512, 512, 256, 255)]).tolist()
    [-257]
    """
    wide = [g.astype(np.int32) for g in groups]
    return (wide[2] + wide[3] - wide[0] - wide[1]) >> 1


def colour_features(name: str, s: Int, level: Int, scale: int = 256) -> dict[str, Float32]:
    """Mean, standard deviation, extremes and value at the level's peak of a frame-rate series.

    ``mean_f s``, ``std_f s``, ``max_f s``, ``min_f s``, ``s[a]`` at the level's peak a, and the mean of the
    second half of the window minus that of the first. What s is decides the source: zero crossings (Kedem
    B., Proc. IEEE 74, 1986), flatness and centroid (Peeters 2004), tonality and tilt (defined here).

    Parameters
    ----------
    name : str
        Prefix of the ids.
    s, level : integer arrays, shape (frames, windows)
        Series, and level in 1/256 octave.
    scale : int
        Units of the series in one unit of the result.

    Returns
    -------
    dict of float32 arrays, shape (windows,)

    Examples
    --------
    >>> s, level = np.array([[256], [512], [0], [0]]), np.array([[0], [0], [900], [0]])
    >>> {name: float(value[0]) for name, value in colour_features("x", s, level).items() if name != "x_std"}
    {'x_mean': 0.75, 'x_max': 2.0, 'x_min': 0.0, 'x_at_peak': 0.0, 'x_late_early': -1.5}
    """
    at = stat.argmax(level)
    return {
        f"{name}_mean": stat.mean(s, scale),
        f"{name}_std": stat.std(s, scale),
        f"{name}_max": stat.largest(s, scale),
        f"{name}_min": stat.smallest(s, scale),
        f"{name}_at_peak": stat.to_float(stat.at(s, at)) / _F(scale),
        f"{name}_late_early": stat.late_minus_early(s, scale),
    }


def change_features(name: str, s: Int, plan: AudioPlan, scale: int = 256) -> dict[str, Float32]:
    """Mean, standard deviation, largest value and its time of a series of differences, from frame 1.

    ``mean_f s``, ``std_f s``, ``max_f s``, ``t_f at argmax_f s`` over f >= 1: the difference of the first
    frame belongs to the frame before the window. :mod:`tussis.signal.flux` says what the series are.

    Parameters
    ----------
    name : str
        Prefix of the ids.
    s : integer array, shape (frames, windows)
        Series of one value for each frame.
    plan : AudioPlan
        Length of a frame.
    scale : int
        Units of the series in one unit of the result.

    Returns
    -------
    dict of float32 arrays, shape (windows,)
        ``_pos`` in seconds.

    Examples
    --------
    >>> found = change_features("x", np.array([[9999], [0], [512], [256]]), AudioPlan())
    >>> float(found["x_mean"][0]), float(found["x_max"][0]), round(float(found["x_pos"][0]), 3)
    (1.0, 2.0, 0.032)
    """
    return {
        f"{name}_mean": stat.mean(s[1:], scale),
        f"{name}_std": stat.std(s[1:], scale),
        f"{name}_max": stat.largest(s[1:], scale),
        f"{name}_pos": seconds(stat.argmax(s[1:]) + 1, plan),
    }


def loudness_features(energy: Int, peak: Int, mean_square: Int) -> dict[str, Float32]:
    """Loudness of the waveform: ``rms``, ``peak``, ``crest``, and the crest factor of single frames.

    ``rms`` is ``log2(mean_n x^2 + 1)``, ``peak`` ``log2(max_n x^2 + 1)``, ``crest`` their difference,
    ``frame_crest_max`` and ``frame_crest_mean`` the largest and mean ``peak - rms`` of a frame, all in
    octaves of power. The crest factor is the usual peak over root mean square.

    Parameters
    ----------
    energy, peak : integer arrays, shape (frames, windows)
        Logarithms of each frame's mean square and squared peak, in 1/256 octave.
    mean_square : int32 array, shape (frames, windows)
        In squared LSB.

    Returns
    -------
    dict of float32 arrays, shape (windows,)

    Examples
    --------
    >>> found = loudness_features(np.array([[2048]] * 2), np.array([[2560]] * 2), np.array([[255]] * 2))
    >>> {name: round(float(value[0]), 2) for name, value in found.items()}
    {'rms': 8.0, 'peak': 10.0, 'crest': 2.0, 'frame_crest_max': 2.0, 'frame_crest_mean': 2.0}
    """
    total = ordered_sum(stat.to_float(mean_square))
    rms = log2(total * (_F(1) / _F(len(mean_square))) + _F(1))
    top = stat.largest(peak)
    return {
        "rms": rms,
        "peak": top,
        "crest": top - rms,
        "frame_crest_max": stat.largest(peak - energy),
        "frame_crest_mean": stat.mean(peak - energy),
    }
