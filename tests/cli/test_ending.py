"""SIGTERM, SIGHUP and Ctrl-C, to a command or to all of its processes: one promise."""

from __future__ import annotations

import ctypes
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tussis.cli.ending import Ending
from tussis.data.dataset import load_recording
from tussis.export.build.compiler_run import CompileError
from tussis.export.build.toolchain import find_host_compiler

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def started(place: Path, *words: object, **keywords: object) -> subprocess.Popen[str]:
    """Start a command in a session of its own, whose cache and temporary folder are its own too."""
    (place / "tmp").mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "TUSSIS_CACHE": str(place / "cache"), "TMPDIR": str(place / "tmp")}
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(
        [sys.executable, "-m", "tussis", *map(str, words)],
        **{**pipes, **keywords},  # type: ignore[arg-type]
        env=environment,
        text=True,
        start_new_session=True,
    )


def of_session(leader: int) -> list[str]:
    """Names of the processes of a session that still run."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            named, _, rest = stat.read_text().rpartition(")")
        except OSError:  # it has just ended
            continue
        if int(rest.split()[3]) == leader and rest.split()[0] != "Z":
            found.append(named)
    return found


def until(holds: Callable[[], object], what: str, most_s: float = 60.0) -> None:
    end_s = time.monotonic() + most_s
    while not holds():
        assert time.monotonic() < end_s, what
        time.sleep(0.05)


def ended(process: subprocess.Popen[str], sent: signal.Signals, *, all_of_them: bool) -> tuple[str, str]:
    """Send a signal to a command, or to its group; nothing of what it has started outlives it for long."""
    (os.killpg if all_of_them else os.kill)(process.pid, sent)
    said = process.communicate(timeout=60)
    until(lambda: not of_session(process.pid), f"left: {of_session(process.pid)}", 10.0)
    return said


def begun(place: Path) -> bool:
    return any((place / "out").glob("*/session.json"))


def compiling(place: Path) -> bool:
    """Whether something is being built; each build has a folder of its own in the cache."""
    return any((place / "cache" / "builds").glob(".*.part"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    for words in (
        ("synth", folder / "set", "--subjects", 6, "--sessions", 1, "--seconds", 5),
        ("export", "default", folder / "fw"),
        ("recorder", folder / "recorder"),
    ):
        process = started(folder, *words)
        assert process.wait(300) == 0
    return folder


AT_WORK: dict[str, tuple[list[str], Callable[[Path], bool]]] = {
    "workers": (["synth", "OUT", "--subjects", "300", "--seconds", "5", "--jobs", "2"], begun),
    "compilers": (["verify", "MADE/fw", "MADE/set"], compiling),
    "a board that starts": (["board", "MADE/fw"], compiling),
}


@pytest.mark.parametrize("all_of_them", [False, True], ids=["it alone", "its group"])
@pytest.mark.parametrize("sent", SIGNALS)
@pytest.mark.parametrize("kind", AT_WORK)
def test_a_signal_ends_all_of_a_command_and_leaves_nothing(
    kind: str, sent: signal.Signals, all_of_them: bool, made: Path, tmp_path: Path
) -> None:
    words, is_at_work = AT_WORK[kind]
    places = {"OUT": str(tmp_path / "out"), "MADE": str(made)}
    for name, place in places.items():
        words = [word.replace(name, place) for word in words]
    process = started(tmp_path, *words)
    until(lambda: is_at_work(tmp_path), "it did not begin")
    sent_s = time.monotonic()
    _, complaint = ended(process, sent, all_of_them=all_of_them)
    is_switched_off = kind.startswith("a board")  # as Ctrl-C does it
    assert process.returncode == (0 if is_switched_off else 128 + sent)
    assert time.monotonic() - sent_s < 30.0
    (line,) = complaint.splitlines() or ["what is written is whole" * is_switched_off]
    assert line.endswith("what is written is whole")
    assert not [path for path in tmp_path.rglob(".*") if path.suffix in (".part", ".old")]
    assert not list((tmp_path / "tmp").iterdir())
    for session in (tmp_path / "out").glob("*/"):
        assert (session / "session.json").is_file()


@contextmanager
def on_a_terminal(place: Path, *words: object) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run a command whose terminal is the one that is yielded."""
    ours, theirs = pty.openpty()
    hold = [sys.executable, "-c", HOLD, sys.executable, "-m", "tussis", *map(str, words)]
    environment = {**os.environ, "TUSSIS_CACHE": str(place / "cache")}
    try:
        with subprocess.Popen(
            hold,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
            start_new_session=True,
            text=True,
        ) as process:
            os.close(theirs)
            try:
                yield process, ours
            finally:
                process.kill()
    finally:
        pass


HOLD = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Takes the terminal as its own, as a shell does, and becomes the command."""


def test_a_terminal_that_is_closed_ends_it_well(tmp_path: Path) -> None:
    words = ("synth", tmp_path / "out", "--subjects", 300, "--seconds", 5, "--jobs", 2)
    with on_a_terminal(tmp_path, *words) as (process, terminal):
        until(lambda: begun(tmp_path), "it did not begin")
        os.close(terminal)
        assert process.wait(60) == 128 + signal.SIGHUP
        until(lambda: not of_session(process.pid), f"left: {of_session(process.pid)}", 10.0)
    assert not list((tmp_path / "out").glob(".*.part"))


def test_nohup_lets_it_go_on(tmp_path: Path) -> None:
    words = ("synth", tmp_path / "out", "--subjects", 3, "--sessions", 1, "--seconds", 5)
    code = "import os, signal, sys; signal.signal(1, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
    process = subprocess.Popen(
        [sys.executable, "-c", code, sys.executable, "-m", "tussis", *map(str, words)],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until(lambda: begun(tmp_path), "it did not begin")
    os.killpg(process.pid, signal.SIGHUP)
    assert process.wait(120) == 0
    assert len(list((tmp_path / "out").glob("*/session.json"))) == 3


@pytest.mark.parametrize("sent", SIGNALS)
def test_what_a_board_recorded_until_then_is_kept(sent: signal.Signals, made: Path, tmp_path: Path) -> None:
    session = next(path for path in (made / "set").iterdir() if path.is_dir())
    board = started(
        made, "board", made / "recorder", "--port", "tcp:0", "--sensors", session, "--speed", "0.5"
    )
    try:
        assert board.stderr is not None
        line = next(line for line in board.stderr if "listens at" in line)
        url = line.split(" at ")[1].split(";")[0]
        process = started(tmp_path, "record", tmp_path / "out", "--port", url, stdin=subprocess.PIPE)
        partial = tmp_path / ".out.tussis.part" / "audio.wav"
        until(lambda: partial.exists() and partial.stat().st_size > 20_000, "nothing was recorded")
        _, complaint = ended(process, sent, all_of_them=True)
    finally:
        board.terminate()
        board.communicate(timeout=60)
    assert process.returncode == 0, complaint
    assert load_recording(tmp_path / "out").duration_s > 0.3


SLOW_DRIVER = """#!/bin/sh
[ "$1" = --version ] && echo slow && exit 0
sleep 300 &
echo $! > "$0.part"
wait
"""
"""A driver that has started the compiler proper, as gcc does; that must end with it."""


def slow_compiler(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    driver = folder / "mycc"
    driver.write_text(SLOW_DRIVER)
    driver.chmod(0o755)
    monkeypatch.setenv("CC", str(driver))
    monkeypatch.setenv("TUSSIS_CACHE", str(folder / "cache"))
    return folder / "mycc.part"


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_compiler_that_takes_too_long_ends_with_all_that_it_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    started_by_it = slow_compiler(tmp_path, monkeypatch)
    monkeypatch.setattr("tussis.export.build.compiler_run._FILE_S", 1.0)
    (tmp_path / "a.S").write_text("")
    with pytest.raises(CompileError, match="did not end within 1 s"):
        find_host_compiler().build([tmp_path / "a.S"], "object")
    until(lambda: is_gone(int(started_by_it.read_text())), "it runs on", 5.0)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_compilers_of_threads(
    sent: signal.Signals, made: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    started_by_it = slow_compiler(tmp_path, monkeypatch)
    process = started(tmp_path, "verify", made / "fw", made / "set")
    until(started_by_it.exists, "no compiler was started")
    sent_s = time.monotonic()
    ended(process, sent, all_of_them=False)
    assert process.returncode == 128 + sent
    assert time.monotonic() - sent_s < 20.0
    until(lambda: is_gone(int(started_by_it.read_text())), "it runs on", 5.0)


def test_signals_that_follow_at_once_are_one_and_later_ones_interrupt_again() -> None:
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    clock = 100.0
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("tussis.cli.ending.time.monotonic", lambda: clock)
            ending = Ending()
            ending.watch()
            assert not ending.came
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGHUP)
            assert (ending.came, ending.code) == (True, 143)
            clock += 3.0
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGHUP)
            assert ending.code == 129
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


class RaisesAsItGoes:
    def __init__(self, number: signal.Signals) -> None:
        self.number = number

    def __del__(self) -> None:
        signal.raise_signal(self.number)


def in_a_function_that_c_calls(number: signal.Signals) -> None:
    ctypes.CFUNCTYPE(None)(lambda: signal.raise_signal(number))()


def as_an_object_is_deleted(number: signal.Signals) -> None:
    RaisesAsItGoes(number)


def lost_three_times(lose: Callable[[signal.Signals], None], number: signal.Signals) -> None:
    """Lose an interrupt, and those that are sent in its place, then wait for one that is not lost."""
    for _ in range(3):
        lose(number)
    time.sleep(10.0)


@pytest.mark.parametrize("lose", [in_a_function_that_c_calls, as_an_object_is_deleted])
@pytest.mark.parametrize("number", SIGNALS)
def test_an_interrupt_that_python_can_tell_nobody_comes_again(
    number: signal.Signals, lose: Callable[[signal.Signals], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers = {each: signal.getsignal(each) for each in SIGNALS}
    passed_on: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", passed_on.append)
    try:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        ending = Ending()
        ending.watch()
        with pytest.raises(KeyboardInterrupt):
            lost_three_times(lose, number)
        time.sleep(0.2)  # nothing more comes
        assert (ending.code, passed_on) == (128 + number, [])
    finally:
        for each, handler in handlers.items():
            signal.signal(each, handler)


def test_other_exceptions_that_python_can_tell_nobody_are_told_as_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    handlers = {each: signal.getsignal(each) for each in SIGNALS}
    passed_on: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda lost: passed_on.append(lost.exc_type))
    try:
        Ending().watch()
        ctypes.CFUNCTYPE(None)(lambda: os.environ["NO SUCH NAME"])()
        assert passed_on == [KeyError]
    finally:
        for each, handler in handlers.items():
            signal.signal(each, handler)


def test_an_ignored_signal_stays_ignored() -> None:
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        Ending().watch()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
