"""A disk that is full: the output, or the cache, is named in one line, and never a file that was read."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MOUNT = 'mount -t tmpfs -o size="$0"k tmpfs "$1" && shift && exec "$@"'
"""A small disk that only the command sees, in a mount namespace of its own."""


def namespaces() -> bool:
    found = subprocess.run(
        ["unshare", "-rm", "sh", "-c", MOUNT, "64", "/mnt", "true"], capture_output=True, check=False
    )
    return found.returncode == 0


needs_small_disk = pytest.mark.skipif(
    (shutil.which("unshare") is None or not namespaces()) and not os.environ.get("CI"),
    reason="this machine lets nobody mount a small disk: full disks are not tried here",
)


def on_small_disk(
    disk: Path, kilobytes: int, words: list[str], **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command that sees a disk of that size at a folder."""
    command = ["unshare", "-rm", "sh", "-c", MOUNT, str(kilobytes), str(disk), sys.executable, *words]
    return subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **environment}, check=False
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of one session, and firmware."""
    folder = tmp_path_factory.mktemp("made")
    for words in (
        ["synth", str(folder / "set"), "--subjects", "1", "--sessions", "1", "--seconds", "20"],
        ["export", "default", str(folder / "fw")],
    ):
        subprocess.run([sys.executable, "-m", "tussis", *words], check=True, capture_output=True)
    return folder


SMALL_DEMO = """
import sys
from tussis.cli.console import explain
from tussis.data.input_error import InputError
from tussis.export.report.demo import DemoPlan, run_demo
from tussis.selection.training.training_plan import TrainingPlan
try:
    training = TrainingPlan(n_splits=2, step=0.6)
    plan = DemoPlan(4, held_out=1, sessions=1, session_s=10.0, activity_s=10.0, training=training)
    run_demo(sys.argv[1], plan=plan)
except (InputError, OSError) as error:
    sys.exit(explain(error))
"""
"""What `tussis demo` calls, with little to do."""

OUTPUTS: dict[str, tuple[int, list[str]]] = {
    "export": (200, ["-m", "tussis", "export", "default", "OUT"]),
    "export for Arduino": (900, ["-m", "tussis", "export", "default", "OUT", "--package", "arduino"]),
    "synth": (200, ["-m", "tussis", "synth", "OUT", "--subjects", "1", "--sessions", "2", "--seconds", "5"]),
    "synth --day": (40, ["-m", "tussis", "synth", "OUT", "--day", "--compressed", "--seconds", "10"]),
    "golden": (40, ["-m", "tussis", "golden", "SET", "--out", "OUT"]),
    "evaluate --listen": (4, ["-m", "tussis", "evaluate", "SET", "--threshold", "0.99", "--listen", "OUT"]),
    "recorder": (4, ["-m", "tussis", "recorder", "OUT"]),
    "demo": (100, ["-c", SMALL_DEMO, "OUT"]),
}
"""Kilobytes of the disk, and what is to be written there."""


@needs_small_disk
@pytest.mark.parametrize("kind", OUTPUTS)
def test_the_output_is_named(kind: str, made: Path, tmp_path: Path) -> None:
    kilobytes, words = OUTPUTS[kind]
    disk = tmp_path / "disk"
    disk.mkdir()
    (session,) = (path for path in (made / "set").iterdir() if path.is_dir())
    places = {"OUT": str(disk / "out"), "SET": str(session)}
    found = on_small_disk(disk, kilobytes, [places.get(word, word) for word in words])
    assert found.returncode == 2, found.stderr
    last = found.stderr.splitlines()[-1]
    assert last.startswith(f"tussis: {disk / 'out'}"), found.stderr
    assert "cannot be written: No space left on device; make room on that disk" in last
    assert ".part" not in last
    assert "internal error" not in found.stderr


@needs_small_disk
@pytest.mark.parametrize("variable", ["TUSSIS_CACHE", "TMPDIR"])
@pytest.mark.parametrize("verb", ["verify", "board"])
def test_the_room_that_a_build_needs_is_named(verb: str, variable: str, made: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    kept = {"TUSSIS_CACHE": str(tmp_path / "cache"), "TMPDIR": str(tmp_path)}
    words = ["-m", "tussis", verb, str(made / "fw"), *([str(made / "set")] if verb == "verify" else [])]
    found = on_small_disk(disk, 24, words, **{**kept, variable: str(disk)})
    assert found.returncode == 2, found.stderr
    last = found.stderr.splitlines()[-1]
    assert last.startswith("tussis: "), found.stderr
    assert "No space left on device" in last
    assert "make room on " in last
    assert str(disk) in last
    assert "internal error" not in found.stderr
