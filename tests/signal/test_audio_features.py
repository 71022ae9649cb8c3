import tracemalloc

import numpy as np
import pytest

from tussis.signal.audio_features import audio_features
from tussis.signal.catalogue import feature_ids
from tussis.signal.frames import audio_frames
from tussis.signal.plan import AudioPlan

HOP = 2048  # input samples per block at 16 kHz


def test_times_follow_the_plan(sounds):
    found = audio_features(sounds["noise"], ids=["rms"])
    assert found.start_s == pytest.approx(np.arange(len(found.values)) * 0.128)
    assert found.end_s - found.start_s == pytest.approx(np.full(len(found.values), 0.512))
    assert len(found.level) == 2 * 8000 // 128
    assert len(found.values) == len(found.level) // 8 - 3


def test_a_window_depends_on_its_own_frames_only(sounds):
    """The gate may skip what comes before: a recording cut at a block gives the same features from there."""
    pcm = sounds["bursts"]
    whole = audio_features(pcm)
    # the cut lets the filter start from silence, so the cut has to lie in silence
    quiet = pcm.copy()
    quiet[3 * HOP - 16 : 3 * HOP] = 0
    whole = audio_features(quiet)
    cut = audio_features(quiet[3 * HOP :])
    assert np.array_equal(cut.values, whole.values[3:])
    assert np.array_equal(cut.level, whole.level[24:])


def test_chosen_ids_give_the_same_columns(sounds):
    everything = audio_features(sounds["chirp"])
    ids = np.random.default_rng(0).permutation(feature_ids("audio"))[:40].tolist()
    chosen = audio_features(sounds["chirp"], ids=ids)
    columns = [everything.ids.index(name) for name in ids]
    assert np.array_equal(chosen.values, everything.values[:, columns])


def test_a_table_computed_before_is_used(sounds):
    table = audio_frames(sounds["noise"], AudioPlan())
    again = audio_features(sounds["noise"], tables=[table])
    assert np.array_equal(again.values, audio_features(sounds["noise"]).values)


@pytest.mark.parametrize("n", [0, 1, 254, 255, 8190, 8191])
def test_short_recordings(n):
    found = audio_features(np.zeros(n, np.int16))
    assert found.values.shape == (int(n >= 8191), len(feature_ids("audio")))
    assert len(found.level) == (n + 1) // 2 // 128  # the last sample of a frame needs its first input only


def test_only_int16_is_taken():
    with pytest.raises(TypeError, match="int16"):
        audio_features(np.zeros(16000, np.float32))
    with pytest.raises(TypeError, match="one-dimensional"):
        audio_features(np.zeros((16000, 2), np.int16))


def test_memory_does_not_grow_with_the_recording():
    def peak(seconds: int) -> int:
        pcm = np.zeros(16000 * seconds, np.int16)
        tracemalloc.start()
        audio_features(pcm, ids=["rms", "mel00_std"])
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    # a table of frames lasts for nine minutes; then two features of a window, and the level of a frame stay
    assert (peak(1800) - peak(1200)) / 600 < 600


def test_no_sound_gives_nan_or_infinity(sounds):
    for name, pcm in sounds.items():
        assert np.isfinite(audio_features(pcm).values).all(), name


def test_extraction_is_hundreds_of_times_faster_than_real_time(sounds):
    """Against a loop of FFTs of the same length, so that the machine's load cancels."""
    import time

    pcm = np.tile(sounds["bursts"], 15)
    frames = np.random.default_rng(0).standard_normal((len(pcm) // 256, 128))

    def fastest(work) -> float:
        times = []
        for _ in range(3):
            start = time.process_time()
            work()
            times.append(time.process_time() - start)
        return min(times)

    ours = fastest(lambda: audio_features(pcm))
    loop = fastest(lambda: [np.abs(np.fft.rfft(frame)) ** 2 for frame in frames])
    assert ours < 5 * loop  # one NumPy FFT per frame costs 4 us: a second of audio in 1.3 ms
