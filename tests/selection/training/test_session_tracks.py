"""Sessions that event parameters are chosen on: all up to a bound, of more a sample."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tussis.selection.training import session_tracks as module
from tussis.selection.training.session_tracks import drawn_tracks
from tussis.selection.training.thresholds import Track
from tussis.selection.windows.dataset_features import dataset_features


@pytest.fixture(scope="module")
def data(dataset, cache_folder):
    return dataset_features(dataset, cache_folder=cache_folder)


def tracks_of(data):
    return {
        number: Track(one.references, one.duration_s, np.zeros(len(one.audio), np.float32), one.audio.level)
        for number, one in enumerate(data.sessions)
    }


def windows(tracks):
    return sum(len(track.margins) for track in tracks.values())


def test_no_more_than_the_bound_is_taken_as_it_is(data):
    tracks = tracks_of(data)
    assert drawn_tracks(data, "audio", tracks, windows(tracks)) is tracks
    assert drawn_tracks(data, "audio", {}, 0) == {}


@pytest.mark.parametrize("share", [0.1, 0.4, 0.7])
def test_a_sample_is_whole_sessions_up_to_the_bound(data, share, monkeypatch):
    monkeypatch.setattr(module, "DRAWN_COUGHS", 0)
    tracks = tracks_of(data)
    bound = int(share * windows(tracks))
    drawn = drawn_tracks(data, "audio", tracks, bound)
    largest = max(len(track.margins) for track in tracks.values())
    assert bound <= windows(drawn) < bound + largest
    assert all(drawn[number] is tracks[number] for number in drawn)
    assert list(drawn) == sorted(drawn)


def test_rare_coughs_make_the_sample_larger(data, monkeypatch):
    tracks = tracks_of(data)
    coughs = sum(label.is_cough for track in tracks.values() for label in track.references)
    assert coughs < module.DRAWN_COUGHS
    assert drawn_tracks(data, "audio", tracks, 1) == tracks
    monkeypatch.setattr(module, "DRAWN_COUGHS", coughs // 2)
    drawn = drawn_tracks(data, "audio", tracks, 1)
    assert 0 < len(drawn) < len(tracks)
    assert sum(label.is_cough for one in drawn.values() for label in one.references) >= coughs // 2


def test_the_order_of_sessions_does_not_matter(data, monkeypatch):
    monkeypatch.setattr(module, "DRAWN_COUGHS", 0)
    bound = windows(tracks_of(data)) // 2
    turned = replace(data, sessions=data.sessions[::-1])
    drawn = [
        {one.sessions[number].name for number in drawn_tracks(one, "audio", tracks_of(one), bound)}
        for one in (data, turned)
    ]
    assert drawn[0] == drawn[1]
