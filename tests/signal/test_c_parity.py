"""NumPy and the C compiled for this machine give the same bits, for every feature of the catalogue."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tussis.signal.audio_features import audio_features
from tussis.signal.catalogue import feature_ids
from tussis.signal.decimator import decimate
from tussis.signal.elementary import exp2, log2, log2_q8, sigmoid
from tussis.signal.fft import frame_power
from tussis.signal.imu_features import imu_features
from tussis.signal.plan import AudioPlan, ImuPlan

SOUNDS = (
    *("silence", "noise", "one_lsb", "full_scale_noise", "tone", "clipped_tone"),
    *("square", "nyquist", "clicks", "offset", "bursts", "chirp"),
)


def check_audio(c, pcm, plan, same_bits):
    reference = audio_features(pcm, plan, ids=[row.id for row in c.front.audio])
    samples = decimate(pcm, plan)
    assert np.array_equal(c.decimate(pcm, [len(pcm)]), samples)
    level, values = c.audio(samples)
    same_bits(level, reference.level)
    same_bits(values, reference.values, reference.ids)
    assert np.isfinite(reference.values).all()


def check_imu(c, imu, same_bits, plan=None):
    plan = plan or ImuPlan()
    reference = imu_features(imu, plan, ids=[row.id for row in c.front.imu])
    n = len(reference.values)
    found = [c.imu(imu[plan.hop * j :][: plan.window], plan.hop * j % plan.window) for j in range(n)]
    same_bits(np.array(found), reference.values, reference.ids)
    assert np.isfinite(reference.values).all()


@pytest.mark.parametrize("name", SOUNDS)
def test_every_audio_feature_of_known_sounds(name, sounds, c_front_end, same_bits):
    check_audio(c_front_end, sounds[name], AudioPlan(), same_bits)


def test_every_audio_feature_of_real_recordings(recordings, c_front_end, same_bits):
    for file in sorted((recordings / "sessions").glob("*/audio.wav")):
        pcm, rate = soundfile.read(file, dtype="int16")
        assert rate == 16000
        check_audio(c_front_end, pcm, AudioPlan(), same_bits)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pattern=arrays(np.int16, 16, elements=st.integers(-32768, 32767)),
    seed=st.integers(0, 2**31),
    repeat=st.integers(1, 400),
)
def test_every_audio_feature_of_drawn_sounds(pattern, seed, repeat, c_front_end, same_bits):
    rng = np.random.default_rng(seed)
    steps = np.repeat(pattern, repeat)
    pcm = np.resize(steps, 16000) // rng.integers(1, 200) + rng.integers(-3, 4, 16000)
    check_audio(c_front_end, np.clip(pcm, -32768, 32767).astype(np.int16), AudioPlan(), same_bits)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frame=arrays(np.int16, 128, elements=st.integers(-32768, 32767)))
def test_power_spectrum_of_drawn_frames(frame, c_front_end, same_bits):
    same_bits(c_front_end.power(frame), frame_power(frame[None])[:, 0])


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chunks=st.lists(st.integers(0, 40), max_size=40), seed=st.integers(0, 2**31))
def test_the_decimator_takes_any_chunks(chunks, seed, c_front_end):
    pcm = np.random.default_rng(seed).integers(-32768, 32768, sum(chunks)).astype(np.int16)
    assert np.array_equal(c_front_end.decimate(pcm, chunks), decimate(pcm, AudioPlan()))


@pytest.mark.parametrize("rate_hz", [8000, 16000, 32000, 48000])
def test_the_decimator_at_every_rate(rate_hz, make_c_front_end):
    plan = AudioPlan(input_rate_hz=rate_hz)
    c = make_c_front_end(plan, ["env_mean"], ["accx_rms"])
    rng = np.random.default_rng(rate_hz)
    noise = rng.integers(-32768, 32768, 5001).astype(np.int16)
    for pcm in (noise, np.resize(np.int16([32767, -32768]), 999)):
        for step in (1, 5, 31, 128, 1000, len(pcm)):
            chunks = [min(step, len(pcm) - start) for start in range(0, len(pcm), step)]
            assert np.array_equal(c.decimate(pcm, chunks), decimate(pcm, plan))


@pytest.mark.parametrize(
    "plan",
    [
        AudioPlan(window_blocks=2),
        AudioPlan(window_blocks=3, mel_bands=8, mel_fmax_hz=3500.0),
        AudioPlan(window_blocks=8, mel_bands=24),
        AudioPlan(input_rate_hz=8000, mel_fmin_hz=200.0),
    ],
    ids=str,
)
def test_every_audio_feature_in_other_plans(plan, sounds, make_c_front_end, same_bits):
    c = make_c_front_end(plan)
    for name in ("bursts", "full_scale_noise", "square", "silence"):
        check_audio(c, sounds[name], plan, same_bits)


@pytest.mark.parametrize("seed", range(4))
def test_detectors_with_few_features(seed, sounds, make_c_front_end, same_bits):
    rng = np.random.default_rng(seed)
    audio = rng.choice(feature_ids("audio"), 3 + 4 * seed, replace=False).tolist()
    imu = rng.choice(feature_ids("imu"), 2 + 3 * seed, replace=False).tolist()
    c = make_c_front_end(None, audio, imu)
    check_audio(c, sounds["bursts"], AudioPlan(), same_bits)
    check_imu(c, motion()["walk"], same_bits)


def motion(n: int = 400) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    t = np.arange(n) / 100
    gravity = np.float32([0.3, -4.0, 8.9, 0, 0, 0])
    walk = gravity + np.sin(2 * np.pi * 2 * t)[:, None] * [2, 1, 3, 30, 20, 10] + rng.standard_normal((n, 6))
    jerk = gravity + rng.standard_normal((n, 6)) * 0.02
    jerk[100:140] += (np.sin(np.arange(40)) * np.exp(-np.arange(40) / 10))[:, None] * [5, 3, 8, 90, 40, 60]
    extreme = rng.choice([-160.0, 160.0, 0.0], (n, 6))
    ramp = np.outer(t, np.ones(6))
    spike = np.zeros((n, 6))
    spike[::33] = 50
    signals = {
        "rest": gravity + rng.standard_normal((n, 6)) * 0.01,
        "still": np.tile(gravity, (n, 1)),
        "zero": np.zeros((n, 6)),
        "negative_zero": np.full((n, 6), -0.0),
        "both_zeros": np.copysign(0.0, rng.standard_normal((n, 6))),
        "walk": walk,
        "jerk": jerk,
        "extreme": extreme,
        "ramp": ramp,
        "spike": spike,
        "tiny": rng.standard_normal((n, 6)) * 1e-6,
    }
    return {name: signal.astype(np.float32) for name, signal in signals.items()}


@pytest.mark.parametrize("name", motion())
def test_every_motion_feature_of_known_motions(name, c_front_end, same_bits):
    check_imu(c_front_end, motion()[name], same_bits)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    window=arrays(np.float32, (50, 6), elements=st.floats(-2000, 2000, width=32, allow_subnormal=False)),
    oldest=st.integers(0, 49),
)
def test_every_motion_feature_of_drawn_windows(window, oldest, c_front_end, same_bits):
    reference = imu_features(window)
    same_bits(c_front_end.imu(window, oldest), reference.values[0])
    assert np.isfinite(reference.values).all()


def test_another_motion_plan(make_c_front_end, same_bits):
    plan = ImuPlan(rate_hz=50, window=32, hop=8, frame=4)
    check_imu(make_c_front_end(None, ["env_mean"], None, plan), motion()["walk"], same_bits, plan)


def test_elementary_functions(c_front_end, same_bits):
    rng = np.random.default_rng(5)
    bits = rng.integers(0x00800000, 0x7F000000, 200_000).astype(np.uint32)
    positive = np.concatenate([bits.view(np.float32), np.float32([1, 2, 0.5, 1e-37, 3e38, 0.99999994])])
    q8, logarithm, _, _ = c_front_end.elementary(positive)
    assert np.array_equal(q8, log2_q8(positive))
    same_bits(logarithm, log2(positive))
    margins = np.concatenate(
        [rng.uniform(-140, 140, 200_000), [0, -0.0, 1, -1, 126, -126, 1e30, -1e30, np.nan]]
    ).astype(np.float32)
    _, _, power, probability = c_front_end.elementary(margins)
    same_bits(power, exp2(margins))
    same_bits(probability, sigmoid(margins))
