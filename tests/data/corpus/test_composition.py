"""The composed dataset on disk: same bytes for the same seed, resumable, refused where it cannot be right."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from tussis.data.corpus.cast import GroupShare
from tussis.data.corpus.composition import compose
from tussis.data.dataset import iter_dataset
from tussis.data.input_error import InputError
from tussis.data.inventory import take_inventory

PLAN = {"people": 2, "sessions": 2, "session_s": 8.0, "seed": 5}


def digest(folder: Path) -> str:
    hashed = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            hashed.update(str(file.relative_to(folder)).encode() + b"\0" + file.read_bytes())
    return hashed.hexdigest()


def rows(session: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((session / "events.csv").read_text().splitlines()))


@pytest.fixture(scope="module")
def composed(clips: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compose([clips], tmp_path_factory.mktemp("composed") / "one", **PLAN, jobs=1).path


def test_the_sessions_are_a_dataset_without_problems(composed: Path) -> None:
    inventory = take_inventory(composed)
    assert [entry.name for entry in inventory.sessions] == [
        f"person_{a:03d}_session_{b:03d}" for a in range(2) for b in range(2)
    ]
    assert inventory.problems == ()
    assert {subject.subject for subject in inventory.subjects} <= {f"mine/p{number}" for number in range(6)}
    assert len(inventory.subjects) == 2
    assert inventory.events > 0
    assert all(entry.duration_s == entry.imu_s == 8.0 for entry in inventory.sessions)


def test_same_seed_same_bytes_whatever_the_number_of_processes(
    clips: Path, composed: Path, tmp_path: Path
) -> None:
    assert digest(compose([clips], tmp_path / "two", **PLAN, jobs=2).path) == digest(composed)
    other = compose([clips], tmp_path / "three", **{**PLAN, "seed": 6}, jobs=1).path
    assert digest(other) != digest(composed)


def test_a_stopped_run_goes_on_to_the_same_bytes(clips: Path, composed: Path, tmp_path: Path) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        if (stage, done) == ("compose", 2):
            raise KeyboardInterrupt

    out = tmp_path / "stopped"
    with pytest.raises(KeyboardInterrupt):
        compose([clips], out, **PLAN, jobs=1, progress=stop)
    assert len([path for path in out.iterdir() if path.is_dir()]) == 2
    (out / ".person_001_session_001.abc.part").mkdir()
    seen: list[int] = []

    def note(stage: str, done: int, total: int) -> None:
        if stage == "compose":
            seen.append(done)

    compose([clips], out, **PLAN, jobs=1, progress=note)
    assert seen == [2, 3, 4]
    assert digest(out) == digest(composed)


def test_rows_of_events_are_rows_of_labels_and_groups_are_one_persons(composed: Path) -> None:
    heard: dict[str, set[str]] = {}
    for session in sorted(path for path in composed.iterdir() if path.is_dir()):
        labels = [line.split("\t") for line in (session / "labels.txt").read_text().splitlines()]
        events = rows(session)
        assert [[row["start_s"], row["end_s"], row["label"]] for row in events] == labels
        assert all(row["licence"] == ("CC0" if "/d0." in row["clip"] else "") for row in events)
        heard.setdefault(session.name[:10], set()).update(row["group"] for row in events if row["group"])
        about = json.loads((session / "session.json").read_text())
        assert {row["group"] for row in events if row["label"] == "cough"} <= {about["subject"]}
        assert set(about["composed"]) == {"microphone", "rooms", "motion"}
    one, other = heard.values()
    assert one
    assert other
    assert one.isdisjoint(other)


def test_life_is_a_quiet_day_with_a_night(clips: Path, tmp_path: Path) -> None:
    made = compose(
        [clips],
        tmp_path / "life",
        life=True,
        people=2,
        hours=0.2,
        session_s=40.0,
        coughs_per_hour=150.0,
        seed=1,
    )
    assert made.sessions == 18
    refs = iter_dataset(made.path)
    assert {ref.audio_path.name for ref in refs if ref.audio_path} == {"audio.flac"}
    assert sum(ref.duration_s for ref in refs) == pytest.approx(720.0)
    night = [ref for ref in refs if int(ref.name[-3:]) < 3]
    assert [ref.movement for ref in night] == ["lie"] * 6
    coughs = {ref.name: len(ref.load().coughs) for ref in refs}
    assert sum(coughs.values()) == pytest.approx(30, rel=0.4)
    assert sum(coughs[ref.name] for ref in night) / 6 < 0.7 * sum(coughs.values()) / 18


def test_without_a_gyroscope_its_columns_are_left_out(clips: Path, bodies: Path, tmp_path: Path) -> None:
    made = compose([clips], tmp_path / "new", people=3, sessions=1, session_s=8.0, motion=bodies, jobs=1)
    headers = [(made.path / f"person_00{k}_session_000/imu.csv").read_text().split("\n")[0] for k in range(3)]
    assert ["gyro" in header for header in headers] == [False, False, True]
    assert [line for line in made.doubts(real_motion=True) if "motion" in line] == [
        "1 of 3 people have synthetic motion: there are fewer bodies than people"
    ]
    assert [ref.load().has_gyroscope for ref in iter_dataset(made.path)] == [False, False, True]


def test_sound_alone_is_the_same_sound(clips: Path, composed: Path, tmp_path: Path) -> None:
    alone = compose([clips], tmp_path / "alone", **PLAN, sound_only=True, jobs=1).path
    for session in sorted(file for file in composed.iterdir() if file.is_dir()):
        assert (session / "imu.csv").exists()
        assert not (alone / session.name / "imu.csv").exists()
        for name in ("audio.wav", "events.csv"):
            assert (alone / session.name / name).read_bytes() == (session / name).read_bytes()
    with pytest.raises(InputError, match="exclude each other"):
        compose([clips], tmp_path / "both", **PLAN, sound_only=True, motion=clips)


def test_shares_have_no_group_in_common(clips: Path, tmp_path: Path) -> None:
    groups = []
    for share in ("0-0.5", "0.5-1"):
        made = compose(
            [clips],
            tmp_path / share,
            people=1,
            sessions=1,
            session_s=60.0,
            share=GroupShare.parse(share),
            jobs=1,
        )
        groups.append({row["group"] for row in rows(made.path / "person_000_session_000") if row["group"]})
    assert len(groups[0]) > 3
    assert len(groups[1]) > 3
    assert groups[0].isdisjoint(groups[1])


def test_changed_clips_are_another_plan(clips: Path, composed: Path, tmp_path: Path) -> None:
    copied = Path(shutil.copytree(clips, tmp_path / "mine"))
    (copied / "cough/p1_0.txt").write_text("0.5\t0.9\tcough\n")
    with pytest.raises(InputError, match="another plan: clips is"):
        compose([copied], composed, **PLAN)
    with pytest.raises(InputError, match="seed is 5 there and 9 here"):
        compose([clips], composed, **{**PLAN, "seed": 9})


def test_folders_within_each_other_are_refused(clips: Path, tmp_path: Path) -> None:
    for out in (clips, clips / "new", clips.parent):
        with pytest.raises(InputError, match="apart from what is read"):
            compose([clips], out, **PLAN)
    assert not (clips / "new").exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("people", 0), ("sessions", 0), ("session_s", 4.0), ("session_s", 700.0), ("seed", -1)),
        *(("hours", 0.0), ("coughs_per_hour", -1.0), ("speech_per_hour", float("nan"))),
    ],
)
def test_sizes_out_of_range_are_refused_before_anything_is_written(
    clips: Path, tmp_path: Path, field: str, value: float
) -> None:
    plan = {key: old for key, old in PLAN.items() if field != "hours" or key != "sessions"}
    with pytest.raises(InputError, match="out of range"):
        compose([clips], tmp_path / "new", **{**plan, field: value})
    assert not (tmp_path / "new").exists()


def test_hours_and_sessions_exclude_each_other(clips: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="exclude each other"):
        compose([clips], tmp_path / "new", **PLAN, hours=1.0)


def test_a_minute_of_the_corpus(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[3]
    corpus = Path(os.environ.get("TUSSIS_CORPUS", root.parent / "shared" / "corpus"))
    if not (corpus / "esc-50").is_dir():
        pytest.skip(f"no corpus at {corpus}; set TUSSIS_CORPUS")
    clips = [corpus / "esc-50", corpus / "speech-commands"]
    made = compose(clips, tmp_path / "minute", people=1, sessions=1, session_s=60.0, jobs=1)
    recording = iter_dataset(made.path)[0].load()
    assert recording.coughs
    assert recording.subject.startswith("esc-50/")
    assert all(
        row["licence"] for row in rows(made.path / recording.name) if row["clip"].startswith("esc-50/")
    )
    loud = np.concatenate(
        [recording.audio[int(c.start_s * 16000) : int(c.end_s * 16000)] for c in recording.coughs]
    )
    assert np.mean(loud.astype(float) ** 2) > 4 * np.median(recording.audio.astype(float) ** 2)
