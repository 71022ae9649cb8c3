"""The synthetic sound that stands in for a background."""

import numpy as np
import pytest

from tussis.selection.models.fitted_model import FittedModel
from tussis.selection.training import reference_sound
from tussis.selection.training.operating_points import background_s
from tussis.selection.training.training_plan import TrainingPlan
from tussis.signal.plan import AudioPlan


@pytest.fixture(scope="module", autouse=True)
def two_people():
    """Two of the twelve: they are made in the same way."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reference_sound, "SUBJECTS", 2)
        reference_sound._recordings.cache_clear()
        yield
    reference_sound._recordings.cache_clear()


def fitted(model):
    return FittedModel(model.features, model.trees, model.model, np.zeros(0, np.float32), 0.0)


@pytest.mark.parametrize("modality", ["audio", "imu"])
def test_the_model_answers_every_window_and_the_same_each_time(detector, modality):
    plan, model = TrainingPlan(), fitted(getattr(detector, modality))
    tracks = reference_sound.reference_tracks(plan, modality, model)
    assert [track.duration_s for track in tracks] == [60.0, 60.0]
    assert background_s(tracks) > 60.0
    assert len(tracks[0].margins) > 200
    assert len(set(tracks[0].margins.tolist())) > 4
    reference_sound._recordings.cache_clear()
    again = reference_sound.reference_tracks(plan, modality, model)
    assert all(np.array_equal(a.margins, b.margins) for a, b in zip(tracks, again, strict=True))


def test_at_another_rate(detector):
    plan = TrainingPlan(audio_plan=AudioPlan(input_rate_hz=8000))
    (usual, *_), (narrow, *_) = (
        reference_sound.reference_tracks(one, "audio", fitted(detector.audio))
        for one in (TrainingPlan(), plan)
    )
    assert len(usual.margins) == len(narrow.margins)
    assert np.corrcoef(usual.level, narrow.level)[0, 1] > 0.95
