"""Sounds whose envelopes are known: what a cough, a vowel and a knock look like to the features."""

import numpy as np
import pytest

from tussis.signal.audio_features import audio_features
from tussis.signal.envelope import group_features, power_features, tilt
from tussis.signal.plan import AudioPlan

RATE_HZ = 16000


def features_of(sound: np.ndarray) -> dict[str, float]:
    """Features of the first window of at least 0.53 s of sound."""
    found = audio_features(np.clip(np.round(sound), -32768, 32767).astype(np.int16))
    return dict(zip(found.ids, found.values[0].tolist(), strict=True))


def noise(n: int = 9000) -> np.ndarray:
    return np.random.default_rng(4).standard_normal(n)


TIME_S = np.arange(9000) / RATE_HZ


def burst(at_s: float, decay_s: float, level: float = 6000) -> np.ndarray:
    after = TIME_S - at_s
    return noise() * np.where(after >= 0, level * np.exp(-np.maximum(after, 0) / decay_s), 3)


def test_a_cough_has_a_steep_broadband_onset_and_a_decay():
    cough = features_of(burst(0.15, 0.08))
    assert cough["env_attack2"] > 15  # 45 dB in 32 ms
    assert cough["group_joint_attack"] > 8
    assert cough["rising_max"] >= 14
    assert cough["env_pos"] == pytest.approx(0.15, abs=0.033)
    assert cough["group_pos_range"] <= 0.033
    assert 0.02 < cough["env_run12"] < 0.2
    assert cough["env_balance"] > 5
    assert cough["env_before2"] > 15 > cough["env_after2"]


def test_decay_is_the_slope_in_octaves_of_power():
    slow, fast = features_of(burst(0.05, 0.2)), features_of(burst(0.05, 0.05))
    # exp(-2 t / tau) falls by 2 / (tau ln 2) octaves per second
    assert slow["env_decay"] / 0.016 == pytest.approx(2 / 0.2 / np.log(2), rel=0.15)
    assert fast["env_decay"] > 1.5 * slow["env_decay"]
    assert fast["env_above12"] < slow["env_above12"]


def test_a_knock_is_over_after_two_frames():
    knock = features_of(burst(0.2, 0.004, 20000))
    assert knock["env_run12"] <= 0.033
    assert knock["env_spread"] < 0.03
    assert knock["env_crest"] > 4  # a constant sound has 0, one frame of 32 has 5


def test_a_steady_sound_has_a_flat_envelope():
    steady = features_of(noise() * 3000)
    assert steady["env_std"] < 0.5
    assert steady["env_above12"] == pytest.approx(0.512)
    assert steady["env_crest"] < 1
    assert steady["env_centroid"] == pytest.approx(15.5 * 0.016, abs=0.02)
    assert steady["env_spread"] == pytest.approx(np.sqrt((32**2 - 1) / 12) * 0.016, rel=0.05)


def test_a_second_burst_is_found():
    two = burst(0.08, 0.03) + burst(0.30, 0.03, 3000)
    found = features_of(two)
    assert found["env_second_distance"] == pytest.approx(0.22, abs=0.033)
    assert found["env_second"] == pytest.approx(-2, abs=0.8)
    assert found["env_peaks"] >= 2


def test_loudness_moves_levels_and_nothing_else():
    loud, quiet = features_of(burst(0.15, 0.1, 16000)), features_of(burst(0.15, 0.1, 1000))
    assert loud["env_max"] - quiet["env_max"] == pytest.approx(8, abs=0.1)
    assert loud["rms"] - quiet["rms"] == pytest.approx(8, abs=0.1)
    for name in ("env_run6", "env_after4", "mel05_rel", "tilt_at_peak", "spec_centroid", "group2_at_peak"):
        assert loud[name] == pytest.approx(quiet[name], rel=0.03, abs=0.1), name


def test_noise_and_voice_differ_in_tonality():
    voice = sum(np.sin(2 * np.pi * 220 * k * TIME_S + k) for k in range(1, 6)) * 3000
    voiced, hiss = features_of(voice), features_of(noise() * 3000)
    tone = features_of(9000 * np.sin(2 * np.pi * 700 * TIME_S))
    assert tone["tonal_mean"] > hiss["tonal_mean"] + 1
    assert voiced["flat_mean"] < hiss["flat_mean"] - 2
    assert voiced["centroid_mean"] < hiss["centroid_mean"] - 3
    assert voiced["acf_peak"] > 0.35 > hiss["acf_peak"]
    assert voiced["zcr_mean"] < 0.6 * hiss["zcr_mean"]


def test_crest_factor_and_level_of_a_tone():
    tone = features_of(10000 * np.sin(2 * np.pi * 2000 * TIME_S + 0.3))
    assert tone["crest"] == pytest.approx(1, abs=0.05)  # 2 in power: one octave
    gain = 10 ** (-3.1 / 20)  # of the decimator at 2 kHz
    assert tone["rms"] == pytest.approx(np.log2((10000 * gain) ** 2 / 2), abs=0.05)
    assert tone["zcr_mean"] == pytest.approx(0.5, abs=0.01)
    assert tone["spec_dominant"] == 2000


def test_power_moments_against_numpy():
    rng = np.random.default_rng(0)
    power = rng.exponential(1e6, (32, 50)).astype(np.float32)
    level = np.round(256 * np.log2(power)).astype(int)
    found = power_features(power, level, AudioPlan())
    t = np.arange(32)[:, None] * 0.016
    p = power / power.sum(axis=0)
    mean = (t * p).sum(axis=0)
    assert found["env_centroid"] == pytest.approx(mean, rel=1e-5)
    assert found["env_spread"] == pytest.approx(np.sqrt(((t - mean) ** 2 * p).sum(axis=0)), rel=1e-4)
    assert found["env_crest"] == pytest.approx(np.log2(power.max(axis=0) / power.mean(axis=0)), abs=0.003)
    for w, at in enumerate(level.argmax(axis=0)):
        exact = np.log2((1 + power[at:, w].sum()) / (1 + power[:at, w].sum()))
        assert found["env_balance"][w] == pytest.approx(exact, abs=1e-3)


def test_group_features_of_ramps():
    level = np.repeat(np.arange(32)[:, None] * 100, 3, axis=1)
    groups = [level + 256 * g for g in range(4)]
    found = group_features(groups, level, AudioPlan())
    assert found["group_joint_attack"].tolist() == [200 / 256] * 3
    assert found["group_pos_range"].tolist() == [0] * 3
    assert found["group3_at_peak"].tolist() == [1.5] * 3
    assert tilt(groups)[0].tolist() == [2 * 256] * 3
