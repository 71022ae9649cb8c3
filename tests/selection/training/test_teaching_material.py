"""What a set cannot teach or show is said in one sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tussis.data.recording import Label
from tussis.selection.training.teaching_material import doubts_about
from tussis.selection.windows.dataset_features import dataset_features


@pytest.fixture(scope="module")
def features(dataset, cache_folder):
    return dataset_features(dataset, cache_folder=cache_folder)


def relabelled(features, change):
    sessions = tuple(replace(session, labels=tuple(change(session))) for session in features.sessions)
    return replace(features, sessions=sessions)


def test_one_kind_of_other_sound_is_little(features):
    assert doubts_about(features) == [
        "the only sound labelled besides coughs is hum: everyday sound is missing"
    ]


def test_coughs_alone_are_less(features):
    alone = relabelled(features, lambda session: session.coughs)
    assert ["no sound but coughs is labelled" in doubt for doubt in doubts_about(alone)] == [True]


def test_two_kinds_are_enough(features):
    more = relabelled(features, lambda session: [*session.labels, Label(0.1, 0.2, "door")])
    assert doubts_about(more) == []


def test_labels_over_whole_recordings_are_not_bounds(features):
    whole = relabelled(features, lambda session: [Label(0.0, session.duration_s, "cough")])
    said = doubts_about(whole)
    assert "it has no background" in said[0]
    assert "4 coughs are labelled over the whole recording, the first in session_0" in said[1]
