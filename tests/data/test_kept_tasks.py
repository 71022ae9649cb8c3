"""Results outlive whoever is killed, and go when all are there."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest

from tussis.data.dataset import iter_dataset
from tussis.data.input_error import InputError
from tussis.data.kept_tasks import KeptRun, worked_once
from tussis.data.session_ref import SessionRef


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Four clips of a class."""
    folder = tmp_path / "clips" / "speech"
    folder.mkdir(parents=True)
    for number in range(4):
        with wave.open(str(folder / f"{number}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16_000)
            file.writeframes(bytes([number, 0]) * 8000)
    return folder.parent


class Asked:
    """Counts what is asked, and is interrupted at one of them."""

    def __init__(self, stop: int | None = None) -> None:
        self.names: list[str] = []
        self._stop = stop

    def __call__(self, shared: str, reference: SessionRef) -> list[object]:
        if len(self.names) == self._stop:
            raise KeyboardInterrupt
        self.names.append(reference.name)
        return [shared, reference.name]


def kept_run(folder: Path, terms: str = "one") -> KeptRun:
    return KeptRun(folder, terms, lambda found: found, lambda _, document: list(document))


def asked(function: Asked, dataset: Path, run: KeptRun) -> list[object]:
    return list(worked_once(function, iter_dataset(dataset), run, shared="x", stage=""))


def test_an_interrupted_run_goes_on_and_leaves_nothing(dataset: Path, tmp_path: Path) -> None:
    whole = Asked()
    expected = asked(whole, dataset, kept_run(tmp_path / "other"))
    with pytest.raises(KeyboardInterrupt):
        asked(Asked(stop=2), dataset, kept_run(tmp_path))
    assert len([*tmp_path.rglob("*.json")]) == 2
    again = Asked()
    assert asked(again, dataset, kept_run(tmp_path)) == expected
    assert again.names == whole.names[2:]
    assert not [*(tmp_path / "begun").iterdir()]


def test_other_terms_content_and_damage_take_nothing(dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        asked(Asked(stop=2), dataset, kept_run(tmp_path))
    other = Asked()
    asked(other, dataset, kept_run(tmp_path, "two"))
    assert len(other.names) == len(iter_dataset(dataset))
    first, second = sorted(tmp_path.rglob("*.json"))
    first.write_text("{")
    damaged = Asked()
    asked(damaged, dataset, kept_run(tmp_path))
    assert len(damaged.names) == len(other.names) - 1
    assert not second.exists()


def test_what_fails_is_not_kept(dataset: Path, tmp_path: Path) -> None:
    def refuse(_: str, reference: SessionRef) -> list[object]:
        raise InputError(reference.path, "no")

    run = kept_run(tmp_path)
    with pytest.raises(InputError):
        list(worked_once(refuse, iter_dataset(dataset), run, shared="x", stage=""))
    assert not [*tmp_path.rglob("*.json")]
