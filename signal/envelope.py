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
    """Convert a count of frames to seconds."""
    return stat.to_float(frames) * _F(plan.frame_s)


def octaves(value: Int) -> Float32:
    """Convert 1/256 octave to octaves."""
    return stat.to_float(value) / _F(256)


def level_features(level: Int, plan: AudioPlan) -> dict[str, Float32]:
    """Shape of the level envelope, ``env_*``; `level` (frames, windows)."""
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
    """Moments of the linear power over time; `power` float32 (frames, windows), summed oldest frame first.

    ``env_centroid`` and ``env_spread`` are the mean and standard deviation of time weighted by power,
    ``env_balance`` the energy from the peak on against the energy before it, ``env_crest`` the largest
    against the mean power.
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
    """Envelopes of four groups of mel bands, ``groupG_*``, and how they move together."""
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
    """Upper half of the bands against the lower half, in 1/256 octave."""
    wide = [g.astype(np.int32) for g in groups]
    return (wide[2] + wide[3] - wide[0] - wide[1]) >> 1


def colour_features(name: str, s: Int, level: Int, scale: int = 256) -> dict[str, Float32]:
    """Mean, standard deviation, extremes and value at the level's peak of a frame-rate series."""
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
    """Mean, standard deviation, largest value and its time of a series of differences, from frame 1."""
    return {
        f"{name}_mean": stat.mean(s[1:], scale),
        f"{name}_std": stat.std(s[1:], scale),
        f"{name}_max": stat.largest(s[1:], scale),
        f"{name}_pos": seconds(stat.argmax(s[1:]) + 1, plan),
    }


def loudness_features(energy: Int, peak: Int, mean_square: Int) -> dict[str, Float32]:
    """``rms`` and ``peak`` in octaves of power, ``crest`` between them, and the crest of single frames."""
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
