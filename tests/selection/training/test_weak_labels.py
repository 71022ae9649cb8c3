"""Clips of which only the class is known teach coughs, and the rest of them teaches nothing it should not."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from tussis.data.dataset import iter_dataset
from tussis.data.input_error import InputError
from tussis.selection.training.label_tracks import label_clips
from tussis.selection.training.scoring import score
from tussis.selection.training.training import labelled_features, train
from tussis.selection.training.weak_labels import proposed_labels, with_proposed_labels
from tussis.selection.windows.dataset_features import dataset_features
from tussis.selection.windows.window_targets import IGNORED, NEGATIVE, POSITIVE

RATE_HZ = 16000
ONSETS_S = (0.6, 1.5)


def cough_clip(rng):
    """Two bursts that die away in faint noise, 2.4 s."""
    audio = rng.normal(0, 20, round(2.4 * RATE_HZ))
    time = np.arange(round(0.35 * RATE_HZ)) / RATE_HZ
    for onset_s in ONSETS_S:
        first = round((onset_s + rng.uniform(-0.1, 0.1)) * RATE_HZ)
        audio[first : first + len(time)] += rng.normal(size=len(time)) * np.exp(-time / 0.08) * 6000
    return audio


def tone_clip(rng):
    time = np.arange(round(2.0 * RATE_HZ)) / RATE_HZ
    return rng.normal(0, 20, len(time)) + 5000 * np.sin(2 * np.pi * rng.uniform(300, 900) * time)


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    root = tmp_path_factory.mktemp("clips") / "mine"
    for number in range(6):
        rng = np.random.default_rng(number)
        for name, make in (("cough", cough_clip), ("music", tone_clip)):
            folder = root / name
            folder.mkdir(parents=True, exist_ok=True)
            samples = np.clip(make(rng), -32768, 32767).astype(np.int16)
            soundfile.write(folder / f"{number}.flac", samples, RATE_HZ)
    soundfile.write(root / "music" / "again.flac", soundfile.read(root / "music" / "0.flac")[0], RATE_HZ)
    soundfile.write(root / "music" / "mute.flac", np.zeros(RATE_HZ), RATE_HZ)
    (root / "music" / "bad.mp3").write_bytes(b"not sound at all" * 50)
    return root


@pytest.fixture(scope="module")
def features(clips, cache_folder):
    return dataset_features(clips, variants=1, cache_folder=cache_folder)


def test_what_cannot_teach_is_left_out_and_named(features):
    reasons = {left.name: left.reason for left in features.left_out}
    assert reasons.keys() == {"music/again.flac", "music/bad.mp3", "music/mute.flac"}
    assert "cannot be decoded" in reasons["music/bad.mp3"]
    assert "nearly silent" in reasons["music/mute.flac"]
    assert reasons["music/again.flac"] == "holds the same samples as music/0.flac"


def test_each_clip_has_a_varied_copy_of_the_same_group(features):
    named = {session.name: session for session in features.sessions}
    assert len(named) == 24
    for session in features.sessions:
        if session.variant_of:
            original = named[session.variant_of]
            assert session.subject == original.subject
            assert session.audio.values.shape == original.audio.values.shape
            assert not np.array_equal(session.audio.values, original.audio.values)


def test_proposals_lie_where_the_bursts_are(features):
    for session in features.sessions:
        if not session.name.startswith("cough") or session.variant_of:
            continue
        labels = proposed_labels(session, features.audio_plan)
        coughs = [label for label in labels if label.is_cough]
        assert len(coughs) == 2
        for label, onset_s in zip(coughs, ONSETS_S, strict=True):
            assert abs(label.start_s - onset_s) < 0.15
            assert label.end_s - label.start_s < 0.6
        assert sum(label.end_s - label.start_s for label in labels) == pytest.approx(session.duration_s)


def test_the_gaps_between_proposals_are_open_to_doubt(features):
    assert (features.table("audio").target[features.table("audio").kinds.array() == "cough"] == IGNORED).all()
    table = with_proposed_labels(features).table("audio")
    targets = set(table.target[np.char.startswith(table.collections.array(), "mine")].tolist())
    assert targets == {int(IGNORED), int(NEGATIVE), int(POSITIVE)}


def test_models_out_of_fold_clear_the_gaps(clips, cache_folder, small_plan):
    data = labelled_features(clips, replace(small_plan, variants=1), cache_folder)
    original = [session for session in data.sessions if not session.variant_of]
    coughs = [session for session in original if session.name.startswith("cough")]
    assert all(len(session.coughs) == 2 for session in coughs)
    assert all(0.0 < label.confidence <= 1.0 for session in coughs for label in session.coughs)
    copies = {session.variant_of: session for session in data.sessions if session.variant_of}
    assert all(copies[session.name].labels == session.labels for session in coughs)


def test_a_detector_learns_from_clips_alone(clips, cache_folder, small_plan):
    detector = train(clips, plan=small_plan, cache_folder=cache_folder)
    assert detector.imu is None
    assert detector.provenance.scores["out_of_fold"]["audio"]["window_average_precision"] > 0.95
    assert detector.operating_points.balanced.audio.background == "synthetic"
    heard = score(clips, detector.at_threshold(0.5, "audio"), "audio")
    assert (heard.total.tp, heard.total.fp) == (6, 0)
    assert [left.name for left in heard.left_out] == ["music/bad.mp3"]


def test_tracks_for_audacity_are_read_back_as_they_were_written(clips, cache_folder, small_plan, tmp_path):
    mine = tmp_path / "mine"
    shutil.copytree(clips, mine)
    written = label_clips(mine, plan=replace(small_plan, variants=1), cache_folder=cache_folder)
    assert len(written.tracks) == 6
    assert written.coughs == 12
    for reference in iter_dataset(mine):
        if reference.name.startswith("cough"):
            found = [label for label in reference.load().labels if label.is_cough]
            wanted = [label for label in written.labels[reference.name] if label.is_cough]
            assert len(found) == 2
            for one, other in zip(found, wanted, strict=True):
                assert one.start_s == pytest.approx(other.start_s, abs=1e-4)
                assert one.confidence == pytest.approx(other.confidence)
    with pytest.raises(InputError, match="no cough clip is without labels"):
        label_clips(mine, cache_folder=cache_folder)


def test_a_finished_detector_may_check_instead(clips, cache_folder, detector, tmp_path):
    written = label_clips(clips / "cough", out=tmp_path, detector=detector, cache_folder=cache_folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{number}.txt" for number in range(6)]
    assert written.coughs >= 6


def test_coughs_alone_cannot_check_themselves(clips, cache_folder, small_plan, tmp_path):
    with pytest.raises(InputError, match="nothing but coughs"):
        label_clips(clips / "cough", out=tmp_path, plan=small_plan, cache_folder=cache_folder)
    assert not list(tmp_path.iterdir())


def test_provenance_lists_what_was_learned_from_and_what_to_doubt(clips, cache_folder, small_plan):
    detector = train(clips, plan=small_plan, cache_folder=cache_folder)
    (source,) = detector.provenance.sources
    assert (source.collection, source.recordings, source.groups, source.coughs) == ("mine", 12, 12, 12)
    assert source.left_out == 3
    doubts = "\n".join(detector.provenance.doubts)
    assert "it has no background" in doubts
    assert "6 clips say only that coughs are in them" in doubts
    assert "left out: music/bad.mp3: " in doubts
