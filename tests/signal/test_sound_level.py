"""Levels of raw frames: exact integers, blind to an offset, and at the right place in time."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tussis.signal.plan import INPUT_RATES_HZ, AudioPlan
from tussis.signal.sound_level import frame_levels, log2_linear_q8


@given(st.integers(1, 2**53))
def test_the_logarithm_is_near_the_true_one(x):
    error = 256 * math.log2(x) - int(log2_linear_q8(np.array([x]))[0])
    assert -1e-9 <= error < 23.1


def test_the_logarithm_never_decreases():
    x = np.unique(np.concatenate([np.arange(1, 5000), *(2**k + np.arange(-3, 4) for k in range(3, 53))]))
    assert (np.diff(log2_linear_q8(x.astype(np.int64))) >= 0).all()


def plain_levels(pcm, plan, n_frames):
    """As the docstring states it, with Python's integers."""
    r, n = plan.decimation, 64
    levels = []
    for frame in range(n_frames):
        first = 128 * r * frame - 2 * ((r - 1) // 2)
        at = [first + 8 * r * k + j for k in range(16) for j in (0, 1, 6, 7)]
        x = [int(pcm[i]) if 0 <= i < len(pcm) else 0 for i in at]
        u = n * sum(v * v for v in x) - sum(x) ** 2 + n * n
        logs = [((e := v.bit_length() - 1) << 8) + (v << 8 >> e) - 256 for v in (u, n * n)]
        levels.append(logs[0] - logs[1])
    return levels


@pytest.mark.parametrize("rate_hz", INPUT_RATES_HZ)
def test_levels_are_those_of_python_integers(rate_hz):
    plan = AudioPlan(input_rate_hz=rate_hz)
    n = plan.frame * plan.decimation
    rng = np.random.default_rng(1)
    full = np.tile(np.array([-32768, 32767], np.int16), n // 2)
    click = np.zeros(n, np.int16)
    click[n // 2] = -32768
    parts = [
        full,
        np.zeros(n, np.int16),
        np.full(n, -32768, np.int16),
        click,
        rng.integers(-9, 9, n),
        full[:77],
    ]
    pcm = np.concatenate(parts).astype(np.int16)
    assert frame_levels(pcm, plan, 7).tolist() == plain_levels(pcm, plan, 7)
    assert frame_levels(pcm, plan, 0).tolist() == []


def test_an_offset_does_not_count_and_silence_is_zero():
    plan = AudioPlan()
    noise = np.random.default_rng(2).integers(-300, 300, 8 * 256).astype(np.int16)
    np.testing.assert_array_equal(
        frame_levels(noise, plan, 8)[1:], frame_levels((noise + 9000).astype(np.int16), plan, 8)[1:]
    )
    assert frame_levels(np.full(1024, 77, np.int16), plan, 4)[1:].tolist() == [0, 0, 0]


def test_the_level_is_the_variance_in_db():
    noise = np.random.default_rng(3).normal(0, 1000, 256 * 500).astype(np.int16)
    mean_db = frame_levels(noise, AudioPlan(), 500).mean() * 10 * math.log10(2) / 256
    assert mean_db == pytest.approx(59.75, abs=0.05)  # the linear mantissa is 0.17 dB low, 64 samples 0.07
