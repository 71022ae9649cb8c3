"""A pipe, device or socket where a file is wanted is refused at once, wherever a path is given."""

from __future__ import annotations

import os
import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tussis.cli.app import main
from tussis.data.synthesis.dataset import write_dataset
from tussis.selection.detector.shipped import DEFAULT_PATH

LIMIT_S = 20
MODEL = DEFAULT_PATH


@contextmanager
def in_time() -> Iterator[None]:
    """Fail, instead of waiting for ever, where a pipe is opened after all."""

    def late(number: int, frame: object) -> None:
        raise TimeoutError("waited for a pipe")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(LIMIT_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = write_dataset(
        tmp_path_factory.mktemp("plain") / "set", subjects=1, sessions_per_subject=1, session_s=10.0, seed=3
    )
    return next(path.parent for path in out.glob("*/audio.wav"))


def _pipe(place: Path) -> None:
    os.mkfifo(place)


def _device(place: Path) -> None:
    place.symlink_to("/dev/zero")


def _socket(place: Path) -> None:
    here = os.getcwd()
    os.chdir(place.parent)  # the path of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(place.name)
    finally:
        os.chdir(here)


KINDS: dict[str, Callable[[Path], None]] = {"pipe": _pipe, "device": _device, "socket": _socket}

COMMANDS = {
    "detect a file": ("detect", "{odd}.wav"),
    "detect a flac": ("detect", "{odd}.flac"),
    "trees": ("trees", "{odd}.json", "{out}.c"),
    "model of detect": ("detect", "{session}", "--model", "{odd}.json"),
    "export": ("export", "{odd}.json", "{out}"),
    "budget": ("train", "{session}", "--budget", "{odd}.toml", "--out", "{out}.json"),
    "recipe": ("train", "{session}", "--recipe", "{odd}.toml", "--out", "{out}.json"),
    "log": ("log", "{odd}.bin"),
    "profile": ("profile", "{odd}.elf"),
    "devices": ("estimate", "{model}", "--recording", "{session}", "--device-file", "{odd}.toml"),
    "scale": ("estimate", "{model}", "--recording", "{session}", "--scale", "{odd}.json"),
    "counts": ("estimate", "{model}", "--recording", "{session}", "--measured", "{odd}.json"),
    "current": ("estimate", "{model}", "--recording", "{session}", "--measured-current", "{odd}.csv"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("command", COMMANDS)
def test_an_argument_that_is_not_a_plain_file(
    kind: str, command: str, session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [
        word.format(odd=tmp_path / "odd", out=tmp_path / "out", session=session, model=MODEL)
        for word in COMMANDS[command]
    ]
    odd = next(Path(word) for word in words if "/odd." in word)
    KINDS[kind](odd)
    with in_time():
        assert main(words) == 2
    said = capsys.readouterr().err
    assert odd.name in said
    assert "not a plain file" in said


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["audio.wav", "imu.csv", "labels.txt", "session.json", "notes.txt"])
@pytest.mark.parametrize("verb", ["detect", "info", "score"])
def test_a_part_of_a_session_that_is_not_a_plain_file(
    kind: str, name: str, verb: str, session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "session"
    shutil.copytree(session, place)
    (place / name).unlink(missing_ok=True)
    KINDS[kind](place / name)
    with in_time():
        code = main([verb, str(place)])
    streams = capsys.readouterr()
    assert code in (0, 1, 2)
    assert "internal error" not in streams.err
    if code == 0 and name in ("audio.wav", "imu.csv") and verb == "detect":
        assert name in streams.err + streams.out  # never left out in silence
