import ctypes
from pathlib import Path

import numpy as np
import pytest

from tussis.export.build.toolchain import find_host_compiler
from tussis.export.codegen.feature_source import feature_source
from tussis.export.codegen.front_end import FrontEnd
from tussis.signal.audio_features import audio_features
from tussis.signal.flux import BIN_FLUX_ONE, band_changes, bin_flux, with_frame_before
from tussis.signal.frames import audio_frames
from tussis.signal.plan import AudioPlan

FIRMWARE = Path(__file__).resolve().parents[2] / "firmware_stub"
BIN_FLUX = [f"bin_flux_{name}" for name in ("mean", "std", "max", "pos")]


def tone(hz: float, seconds: float = 1.0) -> np.ndarray:
    return 8000 * np.sin(2 * np.pi * hz * np.arange(int(16000 * seconds)) / 16000)


def pcm(*pieces: np.ndarray) -> np.ndarray:
    return np.concatenate(pieces).astype(np.int16)


def test_the_first_frame_of_all_differs_by_nothing():
    logs = np.array([[700, 100], [300, 900]])
    first = band_changes(with_frame_before(logs, None))
    assert [series.tolist() for series in first.values()] == [[0, 600], [0, 300], [0, 1]]


def test_frames_that_come_in_pieces_give_the_same():
    logs = np.random.default_rng(0).integers(0, 7600, (16, 20))
    whole = band_changes(with_frame_before(logs, None))
    later = band_changes(with_frame_before(logs[:, 12:], logs[:, 11:12]))
    for name, series in whole.items():
        assert np.array_equal(series[12:], later[name])


def test_no_frame_gives_no_difference():
    assert band_changes(with_frame_before(np.zeros((16, 0), int), None))["flux"].shape == (0,)
    assert bin_flux(with_frame_before(np.zeros((61, 0), np.float32), None)).shape == (0,)


def test_a_rise_counts_from_six_decibels_on():
    assert band_changes(np.array([[0, 509], [0, 510]]).reshape(2, 2))["rising"].tolist() == [1]


def test_bin_flux_is_the_weighted_share_of_what_rose():
    rng = np.random.default_rng(1)
    magnitude = (rng.random((61, 9)) * 1e10).astype(np.float32)
    weight = np.arange(2, 63)[:, None]
    rise = (weight * np.maximum(np.diff(magnitude.astype(float), axis=1), 0)).sum(axis=0)
    exact = rise / (weight * magnitude[:, 1:]).sum(axis=0)
    assert bin_flux(magnitude) / BIN_FLUX_ONE == pytest.approx(exact, abs=1 / BIN_FLUX_ONE)


def test_bin_flux_of_silence_and_of_a_first_sound():
    series = audio_frames(pcm(np.zeros(2560), tone(1000)), AudioPlan()).series["bin_flux"]
    assert series[:10].tolist() == [0] * 10
    assert series[10] > 0.99 * BIN_FLUX_ONE


def test_bin_flux_does_not_follow_the_gain():
    noise = np.random.default_rng(2).standard_normal(16000) * 300
    quiet, loud = (audio_features(pcm(gain * noise), ids=BIN_FLUX).values for gain in (1, 16))
    assert loud == pytest.approx(quiet, abs=0.01)


def test_a_tone_that_moves_within_its_band_shows_in_bin_flux_only():
    """From 3000 to 3250 Hz: four bins further, half of the energy stays in its mel band."""
    moved = audio_frames(pcm(tone(3000), tone(3250)), AudioPlan()).series
    steady, at_step = slice(10, 60), 62
    assert moved["bin_flux"][steady].max() < 0.1 * BIN_FLUX_ONE
    assert moved["bin_flux"][at_step : at_step + 2].max() > 0.4 * BIN_FLUX_ONE


def test_a_window_does_not_know_the_frame_before_it():
    rng = np.random.default_rng(3)
    window = rng.integers(-9000, 9000, 32 * 256)
    before = [np.zeros(8 * 256), rng.integers(-30000, 30000, 8 * 256)]
    before = [np.concatenate([b[:-16], np.zeros(16)]) for b in before]  # nothing left in the decimator
    one, other = (audio_features(pcm(b, window), ids=BIN_FLUX).values for b in before)
    assert np.array_equal(one[1], other[1])
    assert not np.array_equal(one[0], other[0])


def test_a_position_counts_from_the_windows_start():
    found = audio_features(pcm(np.zeros(20 * 256), tone(900)), ids=["bin_flux_pos", "bin_flux_max"])
    assert found.values[0] == pytest.approx([20 * 0.016, 1.0], abs=0.01)


def test_who_does_not_ask_for_it_keeps_nothing_for_it(c_sources, tmp_path):
    """The state of a detector without it is smaller by the magnitudes and the series' ring."""

    def state_bytes(ids: list[str]) -> int:
        sources = c_sources(FrontEnd.of(AudioPlan(), ids, None, ()))
        function = "int size(void) { return (int)sizeof(tussis_audio_path_t); }"
        text = f'#include "dsp/audio_path.h"\nint size(void);\n{function}\n'
        (tmp_path / "size.c").write_text(text)
        include = [FIRMWARE / "include", FIRMWARE / "src", sources[-1].parent]
        library = find_host_compiler().build([tmp_path / "size.c"], "shared", include=include)
        return int(ctypes.CDLL(str(library)).size())

    without, of_both = state_bytes(["flux_mean"]), state_bytes(["flux_mean", "bin_flux_mean"])
    assert of_both - without == 61 * 4 + 2 * 2 * AudioPlan().window_frames
    text = feature_source(FrontEnd.of(AudioPlan(), ["flux_mean"], None, ()))
    assert "bin_flux" not in text
