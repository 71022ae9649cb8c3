"""The dataset on disk: same bytes for the same seed, resumable, and readable as any other recording."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from tussis.data.input_error import InputError
from tussis.data.synthesis.dataset import write_dataset
from tussis.data.synthesis.people.subject import draw_subject
from tussis.data.synthesis.session import synth_session

PLAN = {"subjects": 2, "sessions_per_subject": 2, "session_s": 6.0, "seed": 5}


def digest(folder: Path) -> str:
    hashed = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            hashed.update(str(file.relative_to(folder)).encode() + b"\0" + file.read_bytes())
    return hashed.hexdigest()


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("synth") / "one", **PLAN, jobs=1)


def test_layout_and_names(dataset: Path) -> None:
    folders = sorted(path.name for path in dataset.iterdir() if path.is_dir())
    assert folders == [f"subject_{a:03d}_session_{b:02d}" for a in range(2) for b in range(2)]
    for folder in folders:
        files = sorted(path.name for path in (dataset / folder).iterdir())
        assert files == ["audio.wav", "imu.csv", "labels.txt", "session.json"]


def test_same_seed_same_bytes_whatever_the_number_of_processes(dataset: Path, tmp_path: Path) -> None:
    assert digest(write_dataset(tmp_path / "two", **PLAN, jobs=2)) == digest(dataset)
    other = write_dataset(tmp_path / "three", **{**PLAN, "seed": 6}, jobs=1)
    assert digest(other) != digest(dataset)


def test_a_stopped_run_goes_on_to_the_same_bytes(dataset: Path, tmp_path: Path) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    out = tmp_path / "stopped"
    with pytest.raises(KeyboardInterrupt):
        write_dataset(out, **PLAN, jobs=1, progress=stop)
    assert len([path for path in out.iterdir() if path.is_dir()]) == 2
    seen: list[tuple[int, int]] = []
    write_dataset(out, **PLAN, jobs=1, progress=lambda stage, done, total: seen.append((done, total)))
    assert seen == [(2, 4), (3, 4), (4, 4)]
    assert digest(out) == digest(dataset)


def test_a_larger_dataset_contains_the_smaller_ones_sessions(dataset: Path, tmp_path: Path) -> None:
    more = write_dataset(tmp_path / "more", **{**PLAN, "subjects": 3, "sessions_per_subject": 1}, jobs=1)
    name = "subject_001_session_00"
    assert (more / name / "audio.wav").read_bytes() == (dataset / name / "audio.wav").read_bytes()


def test_foreign_folders_and_other_plans_are_refused(dataset: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        write_dataset(tmp_path, **PLAN)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    with pytest.raises(InputError, match="another plan"):
        write_dataset(dataset, **{**PLAN, "seed": 99})


@pytest.mark.parametrize(
    ("field", "value"), [("subjects", 0), ("sessions_per_subject", 0), ("session_s", 1.0), ("seed", -1)]
)
def test_sizes_out_of_range_are_refused_before_anything_is_written(
    tmp_path: Path, field: str, value: float
) -> None:
    with pytest.raises(InputError, match="out of range"):
        write_dataset(tmp_path / "new", **{**PLAN, field: value})
    assert not (tmp_path / "new").exists()


def test_a_session_reads_back_as_it_was_made(dataset: Path) -> None:
    from tussis.data.dataset import iter_dataset

    references = list(iter_dataset(dataset))
    assert len(references) == 4
    for reference in references:
        read = reference.load()
        subject, session = int(read.name[8:11]), int(read.name[-2:])
        made = synth_session(draw_subject(5, subject), 5, 6.0, index=session)
        assert np.array_equal(read.audio, made.audio)
        assert read.imu is not None
        assert made.imu is not None
        assert read.imu.shape == made.imu.shape
        assert np.allclose(read.imu, made.imu, atol=1e-3)
        assert [label.name for label in read.labels] == [label.name for label in made.labels]
        assert np.allclose(
            [label.start_s for label in read.labels], [label.start_s for label in made.labels], atol=1e-3
        )
        assert (read.subject, read.movement) == (made.subject, made.movement)
        assert read.background == made.background
