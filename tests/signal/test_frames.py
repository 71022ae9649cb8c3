import numpy as np
import pytest

from tussis.signal import frames as frames_module
from tussis.signal.audio_features import audio_features
from tussis.signal.decimator import decimate
from tussis.signal.elementary import log2_q8
from tussis.signal.fft import frame_power
from tussis.signal.frames import audio_frames, frame_stretches
from tussis.signal.mel import mel_energies
from tussis.signal.plan import AudioPlan

PLAN = AudioPlan()


@pytest.fixture(scope="module")
def parts(sounds):
    pcm = sounds["bursts"]
    samples = decimate(pcm, PLAN)
    frames = samples[: len(samples) // 128 * 128].reshape(-1, 128)
    energies = mel_energies(frame_power(frames), PLAN)
    return audio_frames(pcm, PLAN), frames, energies, log2_q8(energies).astype(int)


def test_level_is_the_log_of_the_band_energies(parts):
    table, _, energies, _ = parts
    assert table.level == pytest.approx(np.log2(energies.astype(float).sum(axis=0)), abs=0.006)
    assert table.level == pytest.approx(table.series["level"] / 256)


def test_differences_from_frame_to_frame(parts):
    table, _, _, logs = parts
    change = np.diff(logs, axis=1)
    assert np.array_equal(table.series["flux"][1:], np.abs(change).sum(axis=0) // 16)
    assert np.array_equal(table.series["onset"][1:], np.maximum(change, 0).sum(axis=0) // 16)
    assert np.array_equal(table.series["rising"][1:], (change >= 510).sum(axis=0))


def test_differences_run_on_across_chunks():
    pcm = np.random.default_rng(0).integers(-9000, 9000, 256 * 1400).astype(np.int16)
    whole, later = audio_frames(pcm, PLAN), audio_frames(pcm[256 * 500 :], PLAN)
    # the filter's memory touches the first frame, so the first difference to agree is the third frame's
    for name in ("flux", "onset", "rising", "bin_flux", "level"):
        assert np.array_equal(whole.series[name][502:], later.series[name][2:])


def test_colours_of_a_frame(parts):
    table, _, energies, logs = parts
    wide = energies.astype(float)
    flat = logs.mean(axis=0) / 256 - np.log2(wide.mean(axis=0))
    centroid = (np.arange(16)[:, None] * wide).sum(axis=0) / wide.sum(axis=0)
    assert table.series["flat"] / 256 == pytest.approx(flat, abs=0.012)
    assert table.series["centroid"] / 256 == pytest.approx(centroid, abs=0.005)
    for g in range(4):
        exact = logs[4 * g : 4 * g + 4].mean(axis=0)
        assert table.series[f"group{g}"] == pytest.approx(exact, abs=1)


def test_time_domain_series(parts):
    table, frames, _, _ = parts
    wide = frames.astype(float)
    assert table.mean_square == pytest.approx((wide**2).mean(axis=1), abs=1)
    assert table.series["peak"] / 256 == pytest.approx(np.log2(np.abs(wide).max(axis=1) ** 2 + 1), abs=0.006)
    signs = frames < 0
    assert np.array_equal(table.series["zcr"], (signs[:, 1:] != signs[:, :-1]).sum(axis=1))


def test_block_sums(parts):
    table, _, energies, logs = parts
    blocks = table.n_blocks
    cut = logs[:, : 8 * blocks].reshape(16, blocks, 8)
    assert np.array_equal(table.blocks["log_sum"], cut.sum(axis=2))
    assert np.array_equal(table.blocks["log_square_sum"], (cut**2).sum(axis=2))
    assert np.array_equal(table.blocks["log_max"], cut.max(axis=2))
    exact = energies[:, : 8 * blocks].astype(float).reshape(16, blocks, 8).sum(axis=2)
    assert table.blocks["energy_sum"] == pytest.approx(exact, rel=1e-6)
    assert table.blocks["psd"].shape == (61, blocks)


def test_every_series_fits_the_13_bits_of_its_statistics():
    rng = np.random.default_rng(0)
    extremes = [rng.choice([-32768, 32767], 16000), rng.integers(-32768, 32768, 16000), np.zeros(16000)]
    alternating = np.concatenate([x if i % 2 else np.zeros(16000) for i, x in enumerate(extremes * 2)])
    for pcm in (*extremes, alternating):
        for name, series in audio_frames(pcm.astype(np.int16), PLAN).series.items():
            assert np.abs(series.astype(int)).max() < 8192, name


@pytest.mark.parametrize("seconds", [0, 0.3, 0.5, 5.1, 5.24, 5.4, 5.63, 10.3, 17])
@pytest.mark.parametrize("plan", [PLAN, AudioPlan(window_blocks=2), AudioPlan(input_rate_hz=8000)])
def test_stretches_have_the_frames_and_windows_of_the_whole(monkeypatch, seconds, plan):
    monkeypatch.setattr(frames_module, "STRETCH_WINDOWS", 40)
    monkeypatch.setattr(frames_module, "_CHUNK_BLOCKS", 16)
    samples = round(seconds * plan.input_rate_hz)
    pcm = np.random.default_rng(1).integers(-9000, 9000, samples).astype(np.int16)
    whole = audio_frames(pcm, plan)
    overlap = plan.window_frames - plan.block_frames
    stretches = list(frame_stretches(pcm, plan))
    assert len(stretches) > 1 or seconds < 6
    first = windows = 0
    for stretch in stretches:
        frames = slice(first, first + stretch.n_frames)
        for name, series in whole.series.items():
            # what changes from frame to frame is not known of a stretch's first frame, and no window uses it
            assert np.array_equal(series[frames][1:], stretch.series[name][1:]), name
        assert np.array_equal(whole.power[frames], stretch.power)
        assert np.array_equal(whole.level[frames], stretch.level)
        for name, sums in whole.blocks.items():
            blocks = slice(first // plan.block_frames, first // plan.block_frames + stretch.n_blocks)
            assert np.array_equal(sums[:, blocks], stretch.blocks[name]), name
        windows += max(0, stretch.n_blocks - plan.window_blocks + 1)
        first += stretch.n_frames - overlap
    assert first + overlap == whole.n_frames
    assert windows == max(0, whole.n_blocks - plan.window_blocks + 1)
    found = audio_features(pcm, plan, ids=["rms", "bin_flux_mean"])
    at_once = audio_features(pcm, plan, ids=["rms", "bin_flux_mean"], tables=[whole])
    assert np.array_equal(found.values, at_once.values)
    assert np.array_equal(found.level, at_once.level)
