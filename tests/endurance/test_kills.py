"""Commands that are killed at any moment: what is there is whole, and the next run leaves nothing behind.

``make test-long`` kills each at 50 moments (``TUSSIS_KILLS``); without it a few are tried.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

from tussis.data.dataset import iter_dataset
from tussis.data.input_error import InputError
from tussis.data.session_set import UNFINISHED_FILE
from tussis.export.codegen.project import load_project
from tussis.selection.detector.detector_file import load_detector

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
BOARD_CPU_S = 6.0
"""More than a board takes to be ready; then it is killed."""
KILLS = int(os.environ.get("TUSSIS_KILLS", "2"))
CHANGING = ("report.html", "summary.json")
"""Files of the demo that hold the time it took."""


@dataclass(frozen=True)
class Place:
    """Where a command works: a folder of its own, and what it works on."""

    folder: Path
    made: Path
    port: str = ""

    @property
    def dataset(self) -> Path:
        """A dataset of eight short sessions."""
        return self.made / "dataset"

    @property
    def session(self) -> Path:
        """One of them."""
        return sorted(path for path in self.dataset.iterdir() if path.is_dir())[0]

    @property
    def project(self) -> Path:
        """Exported firmware."""
        return self.made / "project"

    @property
    def out(self) -> Path:
        """What the command makes, in a folder where nothing else is; pictures must be named so."""
        return self.folder / "out" / "made.svg"


@dataclass(frozen=True)
class Verb:
    """A command that is killed, and what must be true of its output whatever happened.

    Attributes
    ----------
    words
        The command's words after ``tussis``, or after the program where another is named.
    whole
        Fails if what is there is not whole; not called where nothing is there.
    same_bytes
        Whether its output is the same in every run; a replay's holds how long it took.
    endless
        Whether it runs until it is ended.
    program
        What Python runs.
    """

    words: Callable[[Place], list[str]]
    whole: Callable[[Path], object]
    same_bytes: bool = True
    endless: bool = False
    program: tuple[str, ...] = ("-m", "tussis")


def whole_dataset(out: Path) -> None:
    """Either it says that it is not whole, or every session is there."""
    if (out / UNFINISHED_FILE).exists():
        with pytest.raises(InputError, match="not whole"):
            iter_dataset(out)
    elif any(path.is_dir() for path in out.iterdir()):
        assert len(iter_dataset(out)) == SESSIONS
    for session in out.glob("[!.]*/session.json"):
        json.loads(session.read_text())


def whole_project(out: Path) -> None:
    assert not load_project(out).changed_files


def whole_replay(out: Path) -> None:
    for path in out.iterdir() if out.is_dir() else [out]:
        for line in path.read_text().splitlines():
            json.loads(line)


def whole_demo(out: Path) -> None:
    if (out / "detector.json").exists():
        load_detector(out / "detector.json")
    if (out / "summary.json").exists():
        json.loads((out / "summary.json").read_text())
        assert (out / "report.html").read_text().rstrip().endswith("</html>")


def whole_text(out: Path) -> None:
    assert out.read_text().rstrip().endswith("</svg>")


SESSIONS = 12
SMALL_DEMO = """
import sys
from tussis.export.report.demo import DemoPlan, run_demo
from tussis.selection.training.training_plan import TrainingPlan
training = TrainingPlan(n_splits=2, step=0.6)
plan = DemoPlan(4, held_out=1, sessions=1, session_s=10.0, activity_s=10.0, training=training)
run_demo(sys.argv[1], plan=plan)
"""
"""What `tussis demo` calls, with little to do: the command itself has a minute of work at the least."""
VERBS = {
    "synth": Verb(
        lambda p: ["synth", str(p.out), "--subjects", str(SESSIONS), "--sessions", "1", "--seconds", "5"],
        whole_dataset,
    ),
    "export": Verb(lambda p: ["export", "default", str(p.out)], whole_project),
    "train": Verb(lambda p: ["train", str(p.dataset), "--out", str(p.out)], load_detector),
    "estimate": Verb(
        lambda p: ["estimate", str(p.project), "--recording", str(p.session), "--flame", str(p.out)],
        whole_text,
    ),
    "verify": Verb(lambda p: ["verify", str(p.project), str(p.session)], whole_replay),
    "replay": Verb(
        lambda p: ["replay", str(p.session), "--port", p.port, "--speed", "max", "--out", str(p.out)],
        whole_replay,
        same_bytes=False,
    ),
    "board": Verb(lambda p: ["board", str(p.project), "--port", "pty"], whole_replay, endless=True),
    "demo": Verb(lambda p: [str(p.out)], whole_demo, program=("-c", SMALL_DEMO)),
}
SHORT = ("export",)


TUSSIS = VERBS["export"].program


def tussis(place: Place, words: list[str], program: tuple[str, ...] = TUSSIS) -> subprocess.Popen[str]:
    """Start a command in a session of its own, with a cache of its own."""
    environment = {**os.environ, "TUSSIS_CACHE": str(place.folder / "cache")}
    return subprocess.Popen(
        [sys.executable, *program, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=place.folder,
        env=environment,
        start_new_session=True,
    )


def done(place: Place, words: list[str], program: tuple[str, ...] = TUSSIS) -> float:
    """Run a command to its end, and return how long it and what it started computed, in seconds of CPU."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = tussis(place, words, program)
    said, _ = process.communicate(timeout=7200)
    assert process.returncode == 0, said
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def killed(place: Place, verb: Verb, after_s: float) -> bool:
    """Kill a command after so many seconds of CPU, and wait until what it had started has noticed.

    Returns whether it was still at work: a kill of one that had ended by itself says nothing.
    """
    process = tussis(place, verb.words(place), verb.program)
    while process.poll() is None and spent_s(process.pid) < after_s:
        if verb.endless and is_ready(process):
            break
        time.sleep(0.02)
    at_work = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()
    wait_for_the_rest(process.pid)
    return at_work


def is_ready(process: subprocess.Popen[str]) -> bool:
    """Whether a command that runs until it is ended has said something: from there on it only waits."""
    assert process.stdout is not None
    return bool(select.select([process.stdout], [], [], 0)[0])


def wait_for_the_rest(leader: int) -> None:
    """Wait until no process of a session is left.

    What is left may finish its step, as a compiler does its file: 60 s of CPU, however long that takes on a
    machine that has other work. One that only waits, and nobody answers it, may do so for 60 s.
    """
    start_s, waits_since = spent_s(leader), time.monotonic()
    used_s = start_s
    while left := of_session(leader):
        now_s = spent_s(leader)
        if now_s != used_s or any(one.state in "RD" for one in left):
            used_s, waits_since = now_s, time.monotonic()
        names = [one.name for one in left]
        assert used_s - start_s < 60, f"still at work: {names}"
        assert time.monotonic() - waits_since < 60, f"waiting for nothing: {names}"
        time.sleep(0.05)


class Running(NamedTuple):
    """A process of a session."""

    name: str
    state: str
    cpu_s: float


def of_session(leader: int) -> list[Running]:
    """Processes of a session that still run; their CPU time counts what they waited for as well."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            named, _, rest = stat.read_text().rpartition(")")
            fields = rest.split()
        except OSError:  # it has just ended
            continue
        if int(fields[3]) == leader and fields[0] != "Z":
            found.append(Running(f"{named})", fields[0], sum(map(int, fields[11:15])) / TICKS_PER_S))
    return found


def spent_s(leader: int) -> float:
    """CPU time of the processes of a session so far, in seconds."""
    return sum(one.cpu_s for one in of_session(leader))


def content(folder: Path) -> dict[str, str]:
    """Hash of every file below, by name."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in CHANGING
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A small dataset and firmware that the commands work on."""
    folder = tmp_path_factory.mktemp("made")
    words = ["--subjects", "8", "--sessions", "1", "--seconds", "10"]
    done(Place(folder, folder), ["synth", str(folder / "dataset"), *words])
    done(Place(folder, folder), ["export", "default", str(folder / "project")])
    return Place(folder, folder)


@pytest.fixture
def place(made: Place, tmp_path: Path) -> Place:
    """A folder for one command, with a board to talk to."""
    found = Place(tmp_path, made.made, f"socket://127.0.0.1:{free_port()}")
    (tmp_path / "out").mkdir()
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextlib.contextmanager
def board_for(name: str, place: Place) -> Iterator[None]:
    """Run the board that `replay` talks to."""
    if name != "replay":
        yield
        return
    port = place.port.rpartition(":")[2]
    process = tussis(place, ["board", str(place.project), "--port", f"tcp:{port}"])
    try:
        assert process.stdout is not None
        while port not in process.stdout.readline():
            assert process.poll() is None
        yield
    finally:
        process.terminate()
        process.communicate()


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in SHORT else pytest.mark.slow) for name in VERBS]
)
def test_killed_at_any_moment(name: str, place: Place) -> None:
    verb, out = VERBS[name], place.out
    words = verb.words(place)
    with board_for(name, place):
        length_s = math.inf if verb.endless else done(place, words, verb.program)
        reference = content(out.parent)
        counted = ended = 0
        turn = 0
        while counted < KILLS:
            if turn % 5 == 0:  # from nothing, with nothing compiled; in between it goes on or begins again
                shutil.rmtree(place.folder / "cache", ignore_errors=True)
                shutil.rmtree(out.parent)
                out.parent.mkdir()
            share = (counted + 0.5) / KILLS * 0.9**ended  # less work is left where it goes on
            after_s = BOARD_CPU_S * share if verb.endless else length_s * share
            if killed(place, verb, after_s):
                counted, ended = counted + 1, 0
            else:
                ended += 1
                assert ended < 30, "it has always ended before it could be killed"
            turn += 1
            if out.exists():
                verb.whole(out)
        if not verb.endless:
            done(place, words, verb.program)
    found = content(out.parent)
    assert found == reference if verb.same_bytes else found.keys() == reference.keys()
    left = [path for path in place.folder.rglob(".*") if path.suffix in (".part", ".old")]
    assert [path for path in left if "cache" not in path.parts] == []
