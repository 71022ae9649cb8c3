"""Sessions, edge-AI recordings and lone WAV files, found and read."""

from __future__ import annotations

import json
import re
import shutil
import time
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile
import soxr

from tussis.data.dataset import find_sessions, iter_dataset, load_recording
from tussis.data.input_error import InputError
from tussis.data.recording import Label
from tussis.data.session_ref import ALL_PARTS, Part


def test_a_session_has_audio_motion_labels_and_names(tmp_path: Path, made: ModuleType) -> None:
    info = {"subject": 7, "movement": "walk", "background": "traffic", "comment": ["ignored"]}
    folder = made.write_session(tmp_path / "monday", duration_s=2.0, info=info)
    recording = load_recording(folder)
    assert (recording.name, recording.subject, recording.movement) == ("monday", "7", "walk")
    assert recording.background == "traffic"
    assert recording.duration_s == 2.0
    assert recording.imu is not None
    assert recording.imu.shape == (200, 6)
    assert recording.labelled
    assert recording.coughs == (Label(0.2, 0.5, "cough"),)
    assert recording.path == folder


def test_a_session_needs_no_more_than_audio(tmp_path: Path, made: ModuleType) -> None:
    folder = made.write_session(tmp_path / "bare", imu=None, labels=None)
    recording = load_recording(folder)
    assert recording.imu is None
    assert not recording.labelled
    assert recording.coughs == ()
    assert recording.subject == "bare"


def test_file_names_may_be_in_capitals(tmp_path: Path, made: ModuleType) -> None:
    folder = made.write_session(tmp_path / "s")
    for name in ("audio.wav", "imu.csv", "labels.txt"):
        (folder / name).rename(folder / name.upper())
    recording = load_recording(folder)
    assert recording.imu is not None
    assert len(recording.coughs) == 1


def test_other_rates_can_be_asked_for(tmp_path: Path, made: ModuleType) -> None:
    recording = load_recording(made.write_session(tmp_path / "s"), audio_rate_hz=8000, imu_rate_hz=50.0)
    assert (len(recording.audio), recording.audio_rate_hz) == (8000, 8000)
    assert recording.imu is not None
    assert (len(recording.imu), recording.imu_rate_hz) == (50, 50.0)


def test_a_motion_file_that_ends_long_before_the_audio_is_refused(tmp_path: Path, made: ModuleType) -> None:
    short = made.imu_text(made.imu_rows(1.0))
    folder = made.write_session(tmp_path / "s", duration_s=3.0, imu=short)
    with pytest.raises(InputError, match=r"imu\.csv: time_s: ends at 1\.00 s, the audio at 3\.00 s"):
        load_recording(folder)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", r"session\.json: line 1, column 2: not a JSON document"),
        ("[1]", "no JSON object"),
        ('{"subject": {"id": 1}}', "subject: .* is not a name"),
        ('{"subject": true}', "subject: True is not a name"),
    ],
)
def test_a_bad_session_file_is_refused(tmp_path: Path, made: ModuleType, text: str, said: str) -> None:
    folder = made.write_session(tmp_path / "s")
    (folder / "session.json").write_text(text)
    with pytest.raises(InputError, match=said):
        load_recording(folder)


def test_a_lone_wav_is_a_recording_without_labels(tmp_path: Path, made: ModuleType) -> None:
    path = tmp_path / "my cough.WAV"
    stereo = np.stack([made.tone(1.0, 44100)] * 2, axis=1)
    path.write_bytes(made.wav_bytes(stereo.tobytes(), channels=2, rate_hz=44100))
    recording = load_recording(path)
    assert (recording.name, recording.labelled, recording.imu) == ("my cough.WAV", False, None)
    assert len(recording.audio) == 16000


def test_a_dataset_is_any_tree_in_the_order_of_names(tmp_path: Path, made: ModuleType) -> None:
    made.write_session(tmp_path / "b" / "two", info={"subject": "s2"})
    made.write_session(tmp_path / "b" / "one")
    made.write_session(tmp_path / "alone")
    made.write_session(tmp_path / ".hidden" / "x")
    made.write_session(tmp_path / "__MACOSX" / "x")
    (tmp_path / "z.wav").write_bytes(made.wav_bytes(made.tone().tobytes()))
    (tmp_path / "._z.wav").write_bytes(b"macOS leaves these behind")
    (tmp_path / "README.md").write_text("hello")
    refs = iter_dataset(tmp_path)
    assert [(ref.name, ref.layout, ref.subject) for ref in refs] == [
        ("alone", "session", "alone"),
        ("b/one", "session", "b"),
        ("b/two", "session", "s2"),
        ("z.wav", "wav", "z.wav"),
    ]
    assert [(ref.has_imu, ref.labelled, ref.duration_s) for ref in refs[:1]] == [(True, True, 1.0)]
    loaded = [ref.load() for ref in refs]
    assert [(recording.name, recording.subject) for recording in loaded] == [
        (ref.name, ref.subject) for ref in refs
    ]


def test_links_are_followed_once(tmp_path: Path, made: ModuleType) -> None:
    made.write_session(tmp_path / "store" / "s")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "link").symlink_to(tmp_path / "store", target_is_directory=True)
    (tmp_path / "data" / "loop").symlink_to(tmp_path / "data", target_is_directory=True)
    assert [ref.name for ref in iter_dataset(tmp_path / "data")] == ["link/s"]


def test_wrong_paths_say_what_to_do(tmp_path: Path, made: ModuleType) -> None:
    folder = made.write_session(tmp_path / "sessions" / "session_01")
    made.write_session(tmp_path / "sessions" / "session_02")
    (tmp_path / "empty").mkdir()
    (tmp_path / "data.zip").write_bytes(b"PK\3\4")
    for path, said in (
        (tmp_path / "sesions", "did you mean"),
        (tmp_path / "nowhere" / "at" / "all", "check the spelling"),
        (tmp_path / "empty", "no recordings in the folder"),
        (tmp_path / "sessions", "2 recordings, one is wanted"),
        (folder / "imu.csv", "part of a session; name its folder"),
        (tmp_path / "data.zip", "unpack it"),
    ):
        with pytest.raises(InputError) as caught:
            load_recording(path)
        assert said in str(caught.value)


def test_a_session_without_its_audio_is_refused(tmp_path: Path, made: ModuleType) -> None:
    folder = made.write_session(tmp_path / "s")
    (folder / "audio.wav").rename(folder / "mic.wav")
    with pytest.raises(
        InputError, match=r"no audio\.wav in the session folder; rename mic\.wav to audio\.wav"
    ):
        iter_dataset(tmp_path)


def test_edge_ai_recordings_are_read_as_published(tmp_path: Path, made: ModuleType) -> None:
    root = tmp_path / "public_dataset"
    made.write_edge_ai(root)
    made.write_edge_ai(root, sound="laugh", background="someone_else_cough", movement="walk", trial=3)
    made.write_edge_ai(root, subject="97706", sound="deep_breathing", background="music")
    refs = iter_dataset(tmp_path)
    assert [ref.layout for ref in refs] == ["edge-ai"] * 3
    assert [(ref.subject, ref.movement, ref.background) for ref in refs] == [
        ("14287", "sit", "nothing"),
        ("14287", "walk", "someone_else_cough"),
        ("97706", "sit", "music"),
    ]
    cough, laugh, _ = (ref.load() for ref in refs)
    assert cough.name == "public_dataset/14287/trial_1/mov_sit/background_noise_nothing/cough"
    assert cough.coughs == (Label(0.5, 0.9, "cough"), Label(1.0, 1.4, "cough"))
    np.testing.assert_array_equal(cough.audio, made.tone(2.0))
    assert cough.imu is not None
    np.testing.assert_allclose(np.linalg.norm(cough.imu[:, :3], axis=1), 9.81, atol=0.02)
    assert laugh.labelled
    assert laugh.coughs == ()


@pytest.mark.parametrize("depth", range(6))
def test_an_edge_ai_tree_may_be_entered_at_any_folder(tmp_path: Path, made: ModuleType, depth: int) -> None:
    leaf = made.write_edge_ai(tmp_path / "public_dataset")
    entry = [leaf, *leaf.parents][depth]
    recording = load_recording(entry)
    assert (recording.subject, recording.movement, recording.background) == ("14287", "sit", "nothing")
    assert len(recording.coughs) == 2


@pytest.mark.parametrize(
    ("truth", "said"),
    [
        ({"start_times": [1.0], "end_times": []}, "1 start_times and 0 end_times"),
        ({"start_times": 1.0, "end_times": [2.0]}, "start_times: no list of times"),
        ({"end_times": [2.0]}, "start_times: no list of times"),
        ({"start_times": ["a"], "end_times": [2.0]}, r"start_times\[0\]: 'a' is not a time"),
        ({"start_times": [1.5], "end_times": [1.0]}, "cough 1: .* ends before it starts"),
        ({"start_times": [50.0], "end_times": [51.0]}, "cough 1: .* lies outside the audio"),
    ],
)
def test_bad_edge_ai_annotations_are_refused(
    tmp_path: Path, made: ModuleType, truth: dict[str, object], said: str
) -> None:
    folder = made.write_edge_ai(tmp_path / "d", truth=truth)
    with pytest.raises(InputError, match=said):
        load_recording(folder)


def test_edge_ai_coughs_without_annotation_are_not_labelled(tmp_path: Path, made: ModuleType) -> None:
    folder = made.write_edge_ai(tmp_path / "d")
    (folder / "ground_truth.json").unlink()
    assert not iter_dataset(folder)[0].labelled
    assert not load_recording(folder).labelled


def test_edge_ai_files_outside_their_layout_are_refused(tmp_path: Path, made: ModuleType) -> None:
    leaf = made.write_edge_ai(tmp_path / "d")
    shutil.copytree(leaf, tmp_path / "elsewhere")
    with pytest.raises(InputError, match="outside its layout"):
        iter_dataset(tmp_path / "elsewhere")


def test_a_second_reading_gives_the_same_bytes(tmp_path: Path, made: ModuleType) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(made.wav_bytes(made.tone(1.0, 44100).tobytes(), rate_hz=44100))
    assert load_recording(path).audio.tobytes() == load_recording(path).audio.tobytes()


def test_the_real_sessions_are_read_much_faster_than_they_lasted(recordings: Path) -> None:
    refs = iter_dataset(recordings / "sessions")
    assert len(refs) == 8
    began = time.perf_counter()
    loaded = [ref.load() for ref in refs]
    spent_s = time.perf_counter() - began
    assert sum(recording.duration_s for recording in loaded) > 100 * spent_s
    for ref, recording in zip(refs, loaded, strict=True):
        theirs, _ = soundfile.read(ref.audio_path, dtype="int16")
        np.testing.assert_array_equal(recording.audio, theirs)
        rows = np.loadtxt(ref.path / "imu.csv", delimiter=",", skiprows=1)
        np.testing.assert_array_equal(recording.imu, rows[:, 1:].astype(np.float32))
        assert recording.subject == json.loads((ref.path / "session.json").read_text())["subject"]
        assert len(recording.coughs) == 6


@pytest.mark.parametrize(("rate_hz", "channels"), [(44100, 2), (8000, 1)])
def test_a_real_session_at_another_rate_is_the_same_sound(
    recordings: Path, tmp_path: Path, rate_hz: int, channels: int
) -> None:
    original = load_recording(recordings / "sessions" / "session_01").audio
    other = soxr.resample(original.astype(float) / 32768, 16000, rate_hz, quality="VHQ")
    soundfile.write(tmp_path / "a.wav", np.stack([other] * channels, axis=1), rate_hz, subtype="PCM_16")
    again = load_recording(tmp_path / "a.wav").audio
    assert abs(len(again) - len(original)) <= 2
    # Compare below 4 kHz, what the detector hears; above, the two filters may end at different places.
    ours, wanted = (
        soxr.resample(signal.astype(float), 16000, 8000, quality="VHQ") for signal in (again, original)
    )
    frames = min(len(ours), len(wanted)) - 100
    if rate_hz == 8000:
        wanted = other * 32768
    error = np.abs(np.fft.rfft(ours[:frames] - wanted[:frames]))
    below_3600_hz = slice(0, int(0.9 * len(error)))
    level = np.abs(np.fft.rfft(wanted[:frames]))[below_3600_hz]
    assert np.sqrt(np.mean(error[below_3600_hz] ** 2) / np.mean(level**2)) < 2e-3


def test_a_session_may_hold_flac(tmp_path: Path, made: ModuleType) -> None:
    folder = made.write_session(tmp_path / "s", duration_s=2.0)
    whole = load_recording(folder)
    (folder / "audio.wav").unlink()
    soundfile.write(folder / "audio.flac", whole.audio, 16000)
    np.testing.assert_array_equal(load_recording(folder).audio, whole.audio)


def test_a_session_may_hold_motion_only(tmp_path: Path, made: ModuleType) -> None:
    folder = made.write_session(tmp_path / "s", duration_s=2.0)
    (folder / "audio.wav").unlink()
    (ref,) = iter_dataset(folder)
    assert (ref.audio_path, ref.has_imu, ref.duration_s) == (None, True, 2.0)
    recording = ref.load()
    assert not recording.has_audio
    assert recording.duration_s == 2.0
    assert recording.coughs == (Label(0.2, 0.5, "cough"),)
    assert recording.has_gyroscope


def test_a_board_gets_zeros_for_a_missing_gyroscope(tmp_path: Path, made: ModuleType) -> None:
    folder = made.write_session(tmp_path / "s")
    rows = made.imu_rows()[:, :4]
    (folder / "imu.csv").write_text(made.imu_text(rows, "time_s,acc_x_ms2,acc_y_ms2,acc_z_ms2"))
    recording = load_recording(folder)
    assert not recording.has_gyroscope
    assert not recording.board_imu[:, 3:].any()
    np.testing.assert_allclose(recording.board_imu[:, :3], rows[:, 1:], atol=1e-4)


@pytest.mark.parametrize(
    ("file", "part"),
    [("imu.csv", "imu"), ("labels.txt", "labels"), ("session.json", "names"), ("audio.wav", "audio")],
)
@pytest.mark.parametrize("content", [b"", b"\xff\xfe\0x", b"toux s\xe8che", b"{}[]"])
def test_a_fault_of_a_part_that_is_not_used_stops_nothing(
    tmp_path: Path, made: ModuleType, file: str, part: Part, content: bytes
) -> None:
    folder = made.write_session(tmp_path / "s", info={"subject": "a"})
    whole = load_recording(folder)
    (folder / file).write_bytes(content)
    ref = find_sessions(folder, on_fault=lambda fault: None)[0]
    recording = ref.load(needs=ALL_PARTS - {part})
    assert part == "audio" or np.array_equal(recording.audio, whole.audio)
    assert part == "imu" or np.array_equal(recording.imu, whole.imu)
    assert part == "labels" or recording.labels == whole.labels
    if (file, content) != ("labels.txt", b""):  # nothing was heard
        with pytest.raises(InputError, match=re.escape(file)):
            ref.load(needs=frozenset((part, "imu")))


def test_a_gap_in_the_motion_stops_what_needs_motion_only(tmp_path: Path, made: ModuleType) -> None:
    folder = made.write_session(tmp_path / "s")
    rows = made.imu_rows()
    (folder / "imu.csv").write_text(made.imu_text(np.delete(rows, slice(20, 60), axis=0)))
    ref = iter_dataset(folder)[0]
    assert ref.load(needs=frozenset(("audio", "labels"))).imu is None
    with pytest.raises(InputError, match=r"imu\.csv"):
        ref.load()


def test_a_dataset_that_was_interrupted_is_not_a_whole_one(tmp_path: Path, made: ModuleType) -> None:
    made.write_session(tmp_path / "set" / "s1")
    mark = tmp_path / "set" / "unfinished.json"
    mark.write_text('{"sessions": 2}\n')
    for path in (tmp_path, tmp_path / "set"):
        with pytest.raises(InputError, match=r"unfinished.json: the dataset is not whole: .* again"):
            iter_dataset(path)
        faults: list[InputError] = []
        assert [ref.name.split("/")[-1] for ref in find_sessions(path, on_fault=faults.append)] == ["s1"]
        assert len(faults) == 1
    assert len(iter_dataset(tmp_path / "set" / "s1")) == 1  # one session is asked for, and is whole
    mark.unlink()
    assert len(iter_dataset(tmp_path)) == 1
