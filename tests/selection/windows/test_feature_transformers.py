"""Features as transformers of scikit-learn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from tussis import (
    AudioFeatures,
    BudgetedRFECV,
    MotionFeatures,
    imu_features,
    labelled_windows,
    load_recording,
)
from tussis.data.input_error import InputError
from tussis.data.synthesis.dataset import write_dataset
from tussis.signal.audio_features import audio_features


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("data") / "recordings"
    return write_dataset(out, subjects=2, sessions_per_subject=1, session_s=10.0, jobs=1)


@parametrize_with_checks([AudioFeatures(ids=["mel03_std", "spec_centroid"], short="fill")])
def test_scikit_learns_estimator_checks(estimator, check):
    check(estimator)


def test_a_row_gives_what_the_reference_gives_for_the_window(dataset: Path) -> None:
    recording = load_recording(dataset / "subject_000_session_00")
    ids = ["mel00_mean", "spec_centroid", "spec_dominant"]
    rows = AudioFeatures(ids=ids).fit_transform(recording.audio[: 3 * 8192].reshape(3, 8192))
    for row, start in zip(rows, range(0, 3 * 8192, 8192), strict=True):
        alone = audio_features(recording.audio[start : start + 8192], ids=ids).values
        assert np.array_equal(row, alone[0])
    assert recording.imu is not None
    both = MotionFeatures().fit_transform(recording.imu[:100].reshape(2, 50, 6))
    assert np.array_equal(both[0], imu_features(recording.imu[:50]).values[0], equal_nan=True)
    assert np.array_equal(
        both, MotionFeatures().fit_transform(recording.imu[:100].reshape(2, 300)), equal_nan=True
    )


def test_rows_that_are_no_windows_are_refused() -> None:
    with pytest.raises(ValueError, match="rows have 100 values, a window has 8192"):
        AudioFeatures().fit(np.zeros((2, 100)))
    with pytest.raises(ValueError, match="no whole samples of 6"):
        MotionFeatures().fit(np.zeros((2, 301)))
    with pytest.raises(ValueError, match="short is 'maybe'"):
        AudioFeatures(short="maybe").fit(np.zeros((2, 9000)))
    with pytest.raises(KeyError, match="nonsense"):
        AudioFeatures(ids=["nonsense"]).fit(np.zeros((2, 9000)))


def test_selection_works_behind_them_and_columns_keep_their_names(dataset: Path) -> None:
    X, y, groups = labelled_windows(dataset)
    assert len(X) == len(y) == len(groups)
    assert 0 < y.sum() < len(y)
    ids = ["mel03_std", "mel08_peak", "spec_centroid", "spec_flatness"]
    pipeline = make_pipeline(AudioFeatures(ids=ids), BudgetedRFECV(cv=2, step=0.5))
    pipeline.set_output(transform="pandas")
    found = clone(pipeline).fit(X, y, budgetedrfecv__groups=groups).transform(X)
    assert set(found.columns) <= set(ids)


def test_windows_of_motion_have_six_values_a_sample(dataset: Path, tmp_path: Path) -> None:
    X, y, _ = labelled_windows(dataset, "imu")
    assert X.shape == (len(y), 300)
    assert MotionFeatures().fit(X).get_feature_names_out().size == 140
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError):
        labelled_windows(tmp_path / "empty")
