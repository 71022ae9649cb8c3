"""The inventory counts what is there and lists all that is wrong, and never stops at it."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile

from tussis.data.input_error import InputError
from tussis.data.inventory import Inventory, take_inventory


def problems_of(inventory: Inventory, severity: str) -> list[str]:
    return [str(problem) for problem in inventory.problems if problem.severity == severity]


def test_counts_subjects_hours_and_events(tmp_path: Path, made: ModuleType) -> None:
    made.write_session(tmp_path / "a", duration_s=3.6, info={"subject": "s1"})
    made.write_session(tmp_path / "b", duration_s=1.8, info={"subject": "s2"}, labels="0.1\t0.3\tlaugh\n")
    made.write_session(tmp_path / "c", duration_s=1.8, info={"subject": "s1"}, labels=None, imu=None)
    calls: list[tuple[str, int, int]] = []
    inventory = take_inventory(tmp_path, progress=lambda *call: calls.append(call))
    assert calls == [("check", number, 3) for number in range(4)]
    assert inventory.problems == ()
    document = json.loads(json.dumps(inventory.as_json()))
    assert (document["subjects"], document["sessions"], document["events"]) == (2, 3, 1)
    assert document["hours"] == pytest.approx(0.002)
    assert document["labelled_hours"] == pytest.approx(0.0015)
    assert document["imu_hours"] == pytest.approx(0.0015)
    assert document["labels"] == {"cough": 1, "laugh": 1}
    assert document["by_subject"] == [
        {"subject": "s1", "sessions": 2, "hours": pytest.approx(0.0015), "events": 1},
        {"subject": "s2", "sessions": 1, "hours": pytest.approx(0.0005), "events": 0},
    ]
    first = document["recordings"][0]
    assert first["audio_format"] == "16-bit pcm, 16000 Hz, 1 channel"
    assert first["usable"]


def test_lists_every_problem_of_every_file(tmp_path: Path, made: ModuleType) -> None:
    made.write_session(tmp_path / "good", info={"subject": "s1"})
    bad = made.write_session(tmp_path / "bad", labels="2\t1\tcough\nx\n0.1\t0.2\tcough\n")
    lines = made.imu_text(made.imu_rows()).splitlines()
    lines[5] = lines[5].replace(",", ",oops,", 1).rsplit(",", 1)[0]
    lines[9] = "1,2,3"
    (bad / "imu.csv").write_text("\n".join(lines))
    (bad / "session.json").write_text("{")
    deaf = made.write_session(tmp_path / "deaf", info={"subject": "s2"}, labels="late\t1\tcough\n")
    (deaf / "audio.wav").write_bytes(b"")
    (deaf / "imu.csv").write_text("time\n")
    mute = made.write_session(tmp_path / "mute")
    (mute / "audio.wav").rename(mute / "mic.wav")
    inventory = take_inventory(tmp_path)
    errors = problems_of(inventory, "error")
    for said in (
        "mute: no audio.wav in the session folder",
        "bad/session.json: line 1, column 2: not a JSON document",
        "bad/labels.txt: line 1: cough at 2.000 s ends before it starts",
        "bad/labels.txt: line 2: no label row",
        "bad/imu.csv: line 10: 3 fields, the header has 7",
        "deaf/audio.wav: the file is empty",
        "deaf/imu.csv: line 1: no column",
        "deaf/labels.txt: line 1, start: 'late' is not a time",
    ):
        assert sum(said in error for error in errors) == 1, said
    assert len(errors) == 8
    assert [session.name for session in inventory.sessions] == ["bad", "deaf", "good"]
    assert [session.usable for session in inventory.sessions] == [False, False, True]
    assert inventory.events == 2
    assert len(inventory.errors) == 8


def spoilt(rows: list[list[str]], kind: str) -> str:
    """Put one fault into many rows of a motion file."""
    times = 100.0
    for number, row in enumerate(rows[40:80:2]):
        if kind == "no number":
            row[3] = f"x{number}"
        elif kind == "empty":
            row[2] = ""
        elif kind == "infinite":
            row[4] = "inf"
        elif kind == "short":
            del row[-1]
    if kind == "time falls":
        for number, row in enumerate(rows[1:]):
            row[0] = f"{-number}.5"
    elif kind == "gaps":
        times = 0.0
        for number, row in enumerate(rows[1:]):
            times += 0.01 if (number + 1) % 20 else 0.2
            row[0] = f"{times:.3f}"
    return "\n".join(",".join(row) for row in rows) + "\n"


MANY = {
    "no number": ("line 41, acc_z_ms2: 'x0' is not a number (and 19 more like it in this file)", 20),
    "empty": ("line 41, acc_y_ms2: the cell is empty (and 19 more", 20),
    "infinite": ("line 41, gyro_x_dps: the value is inf (and 19 more", 20),
    "short": ("line 41: 6 fields, the header has 7 (and 19 more", 20),
    "time falls": ("time goes back", 100),
    "gaps": ("gap of 0.200 s", 10),
}


@pytest.mark.parametrize("kind", MANY)
def test_one_fault_of_many_lines_is_said_once_with_their_number(
    kind: str, tmp_path: Path, made: ModuleType
) -> None:
    folder = made.write_session(tmp_path / "s", duration_s=2.0)
    rows = [line.split(",") for line in made.imu_text(made.imu_rows()).splitlines()]
    (folder / "imu.csv").write_text(spoilt(rows, kind))
    (error,) = take_inventory(tmp_path).errors
    said, number = MANY[kind]
    assert said in str(error)
    assert error.more + 1 >= number * 0.45
    assert str(error).count("more like it") == 1


def test_bad_labels_are_said_once_a_kind_and_other_kinds_beside(tmp_path: Path, made: ModuleType) -> None:
    lines = [f"{at}.5\t{at}.1\tcough" for at in range(30)] + ["x", "y z", "late\t1\tcough"]
    made.write_session(tmp_path / "s", labels="\n".join(lines) + "\n")
    rows, time, order = take_inventory(tmp_path).errors
    assert (rows.more, time.more, order.more) == (1, 0, 29)
    assert "cough at 0.500 s ends before it starts" in str(order)


def test_each_file_has_its_own_count(tmp_path: Path, made: ModuleType) -> None:
    for name in "abc":
        folder = made.write_session(tmp_path / name, info={"subject": name})
        rows = [line.split(",") for line in made.imu_text(made.imu_rows()).splitlines()]
        (folder / "imu.csv").write_text(spoilt(rows, "empty"))
    errors = take_inventory(tmp_path).errors
    assert [(Path(error.file).parent.name, error.more) for error in errors] == [(n, 19) for n in "abc"]


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ("0.1\t0.4\tcough\n0.3\t0.6\tcough\n", "it overlaps the one at 0.100 s"),
        ("0.1\t0.4\tcough\n0.1\t0.4\tcough\n", "it is there twice"),
        ("0.1\t3.9\tcough\n", "label each cough of a bout by itself"),
        ("0.1\t0.4\tcough\n0.5\t0.6\n", "1 labels have no name and count for nothing"),
        ("0.1\t0.4\tcough\n0.5\t0.6\tCough?\n", "1 labels may mean a cough ('Cough?')"),
        ("0.1\t0.4\tcough or laugh\n", "1 labels may mean a cough ('cough or laugh')"),
    ],
)
def test_doubts_labels(tmp_path: Path, made: ModuleType, labels: str, said: str) -> None:
    made.write_session(tmp_path / "s", duration_s=4.0, labels=labels)
    inventory = take_inventory(tmp_path)
    assert inventory.errors == ()
    assert len(inventory.problems) == 1
    assert said in str(inventory.problems[0])
    assert inventory.sessions[0].usable


@pytest.mark.parametrize("name", ["labels.txt", "imu.csv", "session.json", "audio.wav"])
@pytest.mark.parametrize(
    "content",
    ["toux sèche".encode("latin-1"), "time_s".encode("utf-16"), b"\0" * 200, b"", None],
    ids=["latin-1", "utf-16", "zeros", "empty", "folder"],
)
def test_one_unreadable_file_is_one_error_and_the_others_are_read(
    tmp_path: Path, made: ModuleType, name: str, content: bytes | None
) -> None:
    for session in "abc":
        made.write_session(tmp_path / session, info={"subject": session})
    bad = tmp_path / "b" / name
    bad.unlink()
    if content is None:
        bad.mkdir()
    else:
        bad.write_bytes(content)
    inventory = take_inventory(tmp_path)
    assert {session.name for session in inventory.sessions} >= {"a", "c"}
    assert all(session.usable for session in inventory.sessions if session.name != "b")
    if (name, content) != ("labels.txt", b""):  # nothing was heard
        assert len(inventory.errors) == 1
        assert str(tmp_path / "b") in str(inventory.errors[0])


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (np.zeros(16000, "<i2"), "silent: the largest sample is 0"),
        (
            np.where(np.arange(16000) % 100 < 50, 32767, -32768).astype("<i2"),
            "100.0 % of the samples are clipped",
        ),
        (np.tile(np.array([9000, 11000], "<i2"), 8000), "the mean is 31 % of full scale"),
    ],
)
def test_doubts_audio(tmp_path: Path, made: ModuleType, samples: np.ndarray, said: str) -> None:
    folder = made.write_session(tmp_path / "s")
    (folder / "audio.wav").write_bytes(made.wav_bytes(samples.tobytes()))
    warnings = problems_of(take_inventory(tmp_path), "warning")
    assert len(warnings) == 1
    assert said in warnings[0]


def test_doubts_motion_that_does_not_fit(tmp_path: Path, made: ModuleType) -> None:
    made.write_session(tmp_path / "s", duration_s=1.0, imu=made.imu_text(made.imu_rows(5.0)))
    warnings = problems_of(take_inventory(tmp_path), "warning")
    assert len(warnings) == 1
    assert "the motion lasts 5.00 s, the audio 1.00 s" in warnings[0]


def test_doubts_radians(tmp_path: Path, made: ModuleType) -> None:
    rows = made.imu_rows(2.0)
    rows[:, 3] += 3 * np.sin(2 * np.pi * 2 * rows[:, 0])
    rows[:, 4:] = np.deg2rad(rows[:, 4:])
    made.write_session(tmp_path / "s", duration_s=2.0, imu=made.imu_text(rows))
    warnings = problems_of(take_inventory(tmp_path), "warning")
    assert len(warnings) == 1
    assert "check that the unit is deg/s" in warnings[0]


def test_says_where_no_subject_is_named(tmp_path: Path, made: ModuleType) -> None:
    made.write_session(tmp_path / "a")
    made.write_session(tmp_path / "b", info={"subject": "s1"})
    made.write_session(tmp_path / "s2" / "c")
    warnings = problems_of(take_inventory(tmp_path), "warning")
    assert len(warnings) == 1
    assert "a: subject: no subject is named" in warnings[0]


def test_edge_ai_recordings_are_inventoried(tmp_path: Path, made: ModuleType) -> None:
    leaf = made.write_edge_ai(tmp_path)
    made.write_edge_ai(tmp_path, trial=2)
    made.write_edge_ai(tmp_path, subject="97706", sound="laugh")
    (tmp_path / "97706" / "biodata.json").write_text('{"Gender": "Male", "BMI": "tall"}')
    (leaf / "ground_truth.json").unlink()
    inventory = take_inventory(tmp_path)
    assert (len(inventory.subjects), inventory.events) == (2, 2)
    assert [str(problem) for problem in inventory.problems] == [
        f"{leaf}: coughs without ground_truth.json; unpack the dataset again",
        f"{tmp_path}/97706/biodata.json: BMI: 'tall' is not a number; write kg/m^2",
    ]


def test_a_wrong_path_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no recordings"):
        take_inventory(tmp_path)


def test_the_real_sessions_have_no_problems(recordings: Path) -> None:
    inventory = take_inventory(recordings / "sessions")
    assert inventory.problems == ()
    assert (len(inventory.subjects), len(inventory.sessions), inventory.events) == (4, 8, 48)
    assert inventory.hours == pytest.approx(240 / 3600)


def test_names_the_channel_that_is_read(tmp_path: Path) -> None:
    sound = np.random.default_rng(0).normal(0, 0.1, 16000)
    for name, channels in (("dead", [0 * sound, sound]), ("pair", [sound, 1.1 * sound])):
        (tmp_path / name).mkdir()
        soundfile.write(tmp_path / name / "audio.wav", np.stack(channels, axis=1), 16000)
    dead, pair = take_inventory(tmp_path).sessions
    assert dead.audio_format == "16-bit pcm, 16000 Hz, 2 channels, of which the channel 2 is read"
    assert pair.audio_format == "16-bit pcm, 16000 Hz, 2 channels"


@pytest.mark.parametrize(
    ("rows", "columns", "said"),
    [
        (slice(150, 450), slice(1, 7), "no value changes from 1.50 s to 4.50 s: the sensor hangs"),
        (slice(0, 1200), slice(1, 7), "no value changes from 0.00 s to 12.00 s"),
        (slice(300, 1200), slice(1, 7), "no value changes from 3.00 s to 12.00 s"),
        (slice(0, 1200), slice(2, 3), "acc_y_ms2: the value never changes while others do"),
        (slice(0, 1200), slice(5, 7), "gyro_y_dps, gyro_z_dps: the value never changes"),
    ],
)
def test_doubts_a_motion_sensor_that_hangs(
    tmp_path: Path, made: ModuleType, rows: slice, columns: slice, said: str
) -> None:
    values = made.imu_rows(12.0)
    values[:, 1:] += np.random.default_rng(1).normal(0.0, 0.05, values[:, 1:].shape)
    folder = made.write_session(tmp_path / "s", duration_s=12.0, imu=made.imu_text(values))
    assert take_inventory(folder).problems == ()
    values[rows, columns] = values[rows.start, columns]
    (folder / "imu.csv").write_text(made.imu_text(values))
    assert any(said in str(problem) for problem in take_inventory(folder).problems)
