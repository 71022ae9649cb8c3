import re

import numpy as np
import pytest

from tussis.signal.audio_features import audio_features
from tussis.signal.catalogue import audio_catalogue, catalogue, feature_ids, features, imu_catalogue
from tussis.signal.imu_features import imu_features
from tussis.signal.plan import AudioPlan


def test_ids_are_snake_case_and_each_row_is_whole():
    rows = catalogue()
    assert len(rows) == len(audio_catalogue()) + len(imu_catalogue())
    for name, row in rows.items():
        assert row.id == name
        assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
        assert all((row.unit, row.description, row.formula, row.source, str(row.value), row.nodes))
        assert row.tolerance == 0
        assert all(re.fullmatch(r"[a-z0-9_]+", node) for node in row.needs)


def test_there_are_the_promised_families():
    families = {row.family for row in catalogue().values()}
    assert families >= {
        "mel",
        "mfcc",
        "spectrum",
        "band_power",
        "time",
        "flux",
        "envelope",
        "voicing",
        "azc",
        "velocity",
    }
    assert len(audio_catalogue()) >= 180
    assert len(imu_catalogue()) >= 110


@pytest.mark.parametrize(
    "plan", [AudioPlan(), AudioPlan(mel_bands=8), AudioPlan(mel_bands=24, window_blocks=2)], ids=str
)
def test_the_reference_computes_every_row(plan):
    pcm = np.random.default_rng(0).integers(-9000, 9000, 16000).astype(np.int16)
    found = audio_features(pcm, plan)
    assert found.ids == feature_ids("audio", plan)
    assert found.values.shape[1] == len(found.ids)
    assert len({column.tobytes() for column in found.values.T}) > 0.95 * len(found.ids)


def test_the_motion_reference_computes_every_row():
    imu = np.random.default_rng(0).standard_normal((200, 6)).astype(np.float32)
    found = imu_features(imu)
    assert found.ids == feature_ids("imu")
    assert len({column.tobytes() for column in found.values.T}) > 0.95 * len(found.ids)


def test_an_unknown_id_is_named_with_its_neighbour():
    with pytest.raises(KeyError, match=r"'env_atack2' is not an audio feature; did you mean 'env_attack2'"):
        features(["env_atack2"], "audio")
    with pytest.raises(KeyError, match="'mel03_std' is not an imu feature"):
        features(["mel03_std"], "imu")


def test_rows_keep_the_order_asked_for():
    assert [row.id for row in features(("rms", "mel03_std", "crest"), "audio")] == [
        "rms",
        "mel03_std",
        "crest",
    ]
