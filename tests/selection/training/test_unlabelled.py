"""Unlabelled recordings may teach, and only if held-out scores rise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tussis.data.progress import silent
from tussis.selection.training import unlabelled
from tussis.selection.training.training import fit_modality, labelled_features, train
from tussis.selection.training.unlabelled import UnlabelledTrial, learned_from_unlabelled


@pytest.fixture(scope="module")
def more(tmp_path_factory, write_session):
    root = tmp_path_factory.mktemp("unlabelled")
    for number in range(3):
        folder = write_session(root / f"recording_{number}", f"stranger_{number}", 50 + number)
        (folder / "labels.txt").unlink()
    return root


def test_it_is_kept_only_if_scores_rise():
    trial = UnlabelledTrial(1, 10, 5, 2, before=0.9, after=0.91)
    assert trial.kept
    assert not replace(trial, after=0.9).kept
    assert not replace(trial, after=0.5).kept


def test_the_better_model_is_returned(dataset, more, cache_folder, small_plan, monkeypatch):
    monkeypatch.setattr(unlabelled, "CONFIDENT", 0.8)
    data = labelled_features(dataset, small_plan, cache_folder)
    fitted = fit_modality(data, "audio", small_plan, cache_folder, silent)
    found, trial = learned_from_unlabelled(data, fitted, more, small_plan, cache_folder)
    assert trial.recordings == 3
    assert 0 < trial.coughs < trial.confident <= trial.windows
    assert trial.before == fitted.average_precision
    assert found.average_precision == max(trial.before, trial.after if trial.kept else 0.0)
    assert (found is fitted) == (not trial.kept)
    monkeypatch.setattr(unlabelled, "MIN_GAIN", -1.0)
    taken, again = learned_from_unlabelled(data, fitted, more, small_plan, cache_folder)
    assert again.kept
    assert taken.average_precision == trial.after
    assert not np.array_equal(taken.margins, fitted.margins)


def test_training_reports_it_apart(dataset, more, cache_folder, small_plan):
    detector = train(dataset, plan=small_plan, unlabelled=more, cache_folder=cache_folder)
    trial = detector.provenance.scores["unlabelled"]
    assert trial["recordings"] == 3
    assert trial["kept"] == (trial["after"] > trial["before"] + unlabelled.MIN_GAIN)
