"""Features on disk: computed once, computed anew when the files change, in the dataset's order."""

import shutil
import wave
from dataclasses import replace

import numpy as np
import pytest

from tussis.data.corpus.scene import Event, events_csv
from tussis.data.corpus.sleeping_microphone import audible_labels, awake_stretches, heard_late, late_windows
from tussis.data.dataset import iter_dataset
from tussis.selection.windows import feature_files as module
from tussis.selection.windows.dataset_features import dataset_features
from tussis.selection.windows.window_targets import IGNORED, window_targets
from tussis.signal.audio_features import audio_features
from tussis.signal.imu_features import imu_features
from tussis.signal.imu_health import stuck_windows
from tussis.signal.motion_sensor import MotionSensor
from tussis.signal.plan import ImuPlan


def write_wav(path, audio):
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(audio.astype("<i2").tobytes())


@pytest.fixture
def copied(dataset, tmp_path):
    shutil.copytree(dataset, tmp_path / "data")
    return tmp_path / "data"


def test_tables_hold_every_window(dataset, cache_folder):
    features = dataset_features(dataset, cache_folder=cache_folder)
    assert [session.name for session in features.sessions] == [f"session_{k}" for k in range(4)]
    audio, imu = features.table("audio"), features.table("imu")
    assert audio.values.dtype == np.float32
    assert audio.values.shape == (
        sum(len(s.audio.values) for s in features.sessions),
        len(features.audio_ids),
    )
    assert set(audio.subjects.array()) == {f"subject_{k}" for k in range(4)}
    assert (np.diff(audio.session) >= 0).all()
    assert set(audio.kinds.array()) == {"", "cough", "hum"}
    assert (audio.target == 1).any()
    assert len(imu.values) == len(imu.target)


def test_values_are_those_of_the_feature_code(dataset, cache_folder):
    from tussis.data.dataset import iter_dataset

    features = dataset_features(dataset, cache_folder=cache_folder)
    direct = audio_features(iter_dataset(dataset)[2].load().audio, features.audio_plan)
    np.testing.assert_array_equal(features.sessions[2].audio.values, direct.values)
    np.testing.assert_array_equal(features.sessions[2].audio.level, direct.level)


def test_motion_goes_through_the_sensor_before_features(dataset, cache_folder):
    part = MotionSensor(100.0, 39.2, 8, 0.1, 50.0, name="part:coarse")
    found = dataset_features(dataset, motion_sensor=part, cache_folder=cache_folder)
    plain = dataset_features(dataset, cache_folder=cache_folder)
    recording = iter_dataset(dataset)[1].load()
    expected = imu_features(part.samples(recording.imu), ImuPlan())
    np.testing.assert_array_equal(found.sessions[1].imu.values, expected.values)
    np.testing.assert_array_equal(found.sessions[1].audio.values, plain.sessions[1].audio.values)
    assert found.data_hash != plain.data_hash
    assert found.kept_under("audio") == plain.kept_under("audio") == plain.data_hash[:16]
    assert found.kept_under("imu") == found.data_hash[:16]
    renamed = dataset_features(dataset, motion_sensor=replace(part, name="x:y"), cache_folder=cache_folder)
    assert renamed.data_hash == found.data_hash


def test_copies_heard_late_stand_behind_all_others_and_count_for_nothing(dataset, cache_folder):
    plain = dataset_features(dataset, cache_folder=cache_folder)
    found = dataset_features(dataset, late_copies=2, cache_folder=cache_folder)
    assert (found.data_hash, found.sound_hash) == (plain.data_hash, plain.sound_hash)
    assert [one.name for one in found.sessions] == [one.name for one in plain.sessions]
    assert [one.name for one in found.late[:3]] == ["session_0~late1", "session_0~late2", "session_1~late1"]
    np.testing.assert_array_equal(found.table("audio").values, plain.table("audio").values)
    whole, both = found.table("audio"), found.table("audio", late=True)
    n = len(whole.target)
    assert not whole.late.any()
    assert both.late.tolist() == [False] * n + [True] * (len(both.target) - n)
    np.testing.assert_array_equal(both.target[:n], whole.target)
    recording = iter_dataset(dataset)[1].load()
    awake = awake_stretches(recording.duration_s, recording.audio_sha256, 2)
    direct = audio_features(heard_late(recording.audio, 16000, awake), found.audio_plan)
    kept = late_windows(awake, direct.start_s, direct.end_s, found.audio_plan.hop_s)
    assert 20 < kept.sum() < len(kept) / 2
    np.testing.assert_array_equal(found.late[3].audio.values, direct.values[kept])
    own = np.flatnonzero(both.late)[sum(len(one.audio) for one in found.late[:3]) :][: kept.sum()]
    assert set(both.session[own]) == {1}
    assert set(both.groups[own].array()) == {"subject_1"}
    heard = audible_labels(recording.labels, awake)
    expected = window_targets(heard, direct.start_s[kept], direct.end_s[kept])
    np.testing.assert_array_equal(both.target[own], expected)
    assert 0 < (expected == 1).sum() < len(expected)
    assert len(found.table("imu", late=True).target) == len(plain.table("imu").target)
    renamed = replace(found, sessions=tuple(replace(one, labels=()) for one in found.sessions))
    assert not (renamed.table("audio", late=True).target == 1).any()  # copies have the labels of today


def test_clips_that_are_left_out_are_not_heard_late_either(tmp_path):
    sound = np.random.default_rng(1).normal(0, 2000, 48000).astype(np.int16)
    for name in ("a", "b"):
        write_wav(tmp_path / f"clips/cough/{name}.wav", sound)
    write_wav(tmp_path / "clips/dog/c.wav", sound[::-1])
    found = dataset_features(tmp_path / "clips", variants=1, late_copies=1, cache_folder=tmp_path / "cache")
    assert len(found.left_out) == 1
    assert [one.variant_of for one in found.late] == [
        one.name for one in found.sessions if not one.variant_of
    ]


def test_nothing_is_computed_twice_and_a_changed_session_is(copied, tmp_path, monkeypatch):
    first = dataset_features(copied, cache_folder=tmp_path / "cache")
    made = []
    real = module._write_session
    monkeypatch.setattr(
        module, "_write_session", lambda ref, *rest: (made.append(ref.name), real(ref, *rest))
    )
    again = dataset_features(copied, cache_folder=tmp_path / "cache")
    assert made == []
    assert again.data_hash == first.data_hash
    (copied / "session_2" / "labels.txt").write_text("1.0\t1.5\tcough\n")
    changed = dataset_features(copied, cache_folder=tmp_path / "cache")
    assert made == ["session_2"]
    assert changed.data_hash != first.data_hash
    assert len(changed.sessions[2].coughs) == 1


def test_sessions_without_labels_are_left_out_and_named(copied, tmp_path):
    (copied / "session_1" / "labels.txt").unlink()
    features = dataset_features(copied, cache_folder=tmp_path / "cache")
    assert features.unlabelled == ("session_1",)
    assert [session.name for session in features.sessions] == ["session_0", "session_2", "session_3"]


def test_sessions_without_an_imu_are_in_the_audio_table_only(write_session, copied, tmp_path):
    write_session(copied / "session_9", "subject_9", 9, with_imu=False)
    features = dataset_features(copied, cache_folder=tmp_path / "cache")
    assert "subject_9" in features.table("audio").subjects.array()
    assert "subject_9" not in features.table("imu").subjects.array()


def test_progress_reaches_its_total(copied, tmp_path):
    told = []
    dataset_features(copied, cache_folder=tmp_path / "cache", progress=lambda *args: told.append(args))
    assert told[0] == ("features", 0, 4)
    assert ("features", 4, 4) in told
    assert told[-1] == ("gain sensitivity", 4, 4)


def test_a_composed_session_joins_those_whose_clips_it_holds(copied, tmp_path):
    events = [
        Event(0.5, 0.9, "cough", "a.wav", "subject_0"),
        Event(1.5, 1.9, "hum", "b.wav", "subject_3"),
        Event(2.0, 2.5, "startle"),
    ]
    (copied / "session_0" / "events.csv").write_text(events_csv(events))
    (copied / "session_1" / "events.csv").write_bytes(b"group,what\nsubject_2,M\xfcll\n")  # somebody else's
    features = dataset_features(copied, cache_folder=tmp_path / "cache")
    table = features.table("audio")
    assert features.sessions[0].heard == ("subject_0", "subject_3")
    assert features.sessions[1].heard == ()
    group, subject = table.groups.array(), table.subjects.array()
    joined = {name: set(group[subject == name]) for name in set(subject)}
    assert joined == {
        "subject_0": {"subject_0"},
        "subject_1": {"subject_1"},
        "subject_2": {"subject_2"},
        "subject_3": {"subject_0"},
    }


DAMAGE = {
    "cut": lambda data: data[: len(data) // 2],
    "cut by a byte": lambda data: data[:-1],
    "empty": lambda data: b"",
    "a flipped bit": lambda data: data[:1000] + bytes([data[1000] ^ 1]) + data[1001:],
    "zeros": lambda data: bytes(len(data)),
    "another file": lambda data: b"chapter one",
}


@pytest.mark.parametrize(
    ("damage", "part"),
    [(damage, "part=audio/*.parquet") for damage in DAMAGE]
    + [(damage, "part=sessions/*.sha256") for damage in ("cut", "empty", "zeros")],
)
def test_a_damaged_feature_file_is_computed_again_and_said(copied, tmp_path, damage, part):
    whole = dataset_features(copied, cache_folder=tmp_path / "cache")
    assert not any("damaged" in doubt for doubt in whole.doubts)
    file = sorted((tmp_path / "cache").rglob(part))[1]
    good = file.read_bytes()
    file.write_bytes(DAMAGE[damage](good))
    again = dataset_features(copied, cache_folder=tmp_path / "cache")
    assert sum("1 damaged feature file, computed again" in doubt for doubt in again.doubts) == 1
    assert again.data_hash == whole.data_hash
    assert len(again.sessions) == len(whole.sessions)
    assert file.read_bytes() == good


def test_windows_of_a_motion_sensor_that_hangs_are_not_learned_from(copied, tmp_path):
    """The definition is the device's: from the sixteenth flat window on, and again once it moves."""
    path = copied / "session_1" / "imu.csv"
    lines = path.read_text().splitlines()
    first, last = 600, 1500
    hung = [
        f"{line.split(',', 1)[0]},{lines[first].split(',', 1)[1]}" if first <= number <= last else line
        for number, line in enumerate(lines)
    ]
    path.write_text("\n".join(hung) + "\n")
    features = dataset_features(copied, cache_folder=tmp_path / "cache")
    motion = iter_dataset(copied)[1].load().imu
    stuck = stuck_windows(motion, features.imu_plan)
    assert stuck.sum() > 10
    table = features.table("imu")
    own = table.target[table.session == 1]
    assert (own[stuck] == IGNORED).all()
    assert (own[~stuck] != IGNORED).any()
    plain = window_targets(
        features.sessions[1].labels, features.sessions[1].imu.start_s, features.sessions[1].imu.end_s
    )
    np.testing.assert_array_equal(own[~stuck], plain[~stuck])
    assert (plain[stuck] != IGNORED).any()
    assert all(not session.imu.stuck for session in (features.sessions[0], features.sessions[2]))
