"""A varied copy is the same event at the same time, heard by other means."""

from __future__ import annotations

import numpy as np
import pytest

from tussis.data.corpus.variation import varied


@pytest.fixture
def burst():
    rng = np.random.default_rng(0)
    audio = rng.normal(0, 5, 32000)
    time = np.arange(5600) / 16000
    audio[8000:13600] += rng.normal(size=5600) * np.exp(-time / 0.08) * 9000
    return np.clip(audio, -32768, 32767).astype(np.int16)


def test_the_event_stays_where_it_was(burst):
    for seed in range(40):
        copy = varied(burst, seed)
        assert copy.dtype == np.int16
        assert len(copy) == len(burst)
        energy = np.square(copy.astype(float)).reshape(-1, 320).sum(axis=1)
        assert 8000 - 320 <= 320 * int(energy.argmax()) < 8000 + 3200


def test_levels_differ_and_some_are_clipped(burst):
    peaks = [int(np.abs(varied(burst, seed).astype(int)).max()) for seed in range(60)]
    assert min(peaks) < 2000
    assert sum(peak >= 32767 for peak in peaks) >= 5
