"""A wall clock that is wrong, or set while a command works, changes no result and no cache."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

CLOCKS = {
    "1970, no battery": "0",
    "1979, before zip files": "315360000",
    "2038, the end of 31 bits": str(2**31 - 2),
    "2106, the end of 32 bits": str(2**32 - 2),
    "set ahead and back, four times a second": "jumps",
}
SOURCE = Path(__file__).parent / "clocks" / "set_clock.c"


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("no compiler, or no Linux: the clock of a process cannot be set here")
    out = tmp_path_factory.mktemp("shim") / "set_clock.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", str(SOURCE), "-o", str(out), "-ldl"], check=True)
    return out


def environment(shim: Path | None, clock: str, cache: Path) -> dict[str, str]:
    own = {"TUSSIS_CACHE": str(cache)}
    return {**os.environ, **own} | (
        {"LD_PRELOAD": str(shim), "TUSSIS_TEST_CLOCK": CLOCKS[clock]} if shim else {}
    )


def run(words: tuple[object, ...], variables: dict[str, str]) -> str:
    command = [sys.executable, "-m", "tussis", *map(str, words)]
    found = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    return found.stdout


def content(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What commands give under the clock of this machine, and the cache that they left."""
    folder = tmp_path_factory.mktemp("made")
    make(folder, environment(None, "", folder / "cache"))
    return folder


def make(folder: Path, variables: dict[str, str], dataset: Path | None = None) -> None:
    words = ("--subjects", 2, "--sessions", 1, "--seconds", 8)
    run(("synth", folder / "set", *words), variables)
    run(("export", "default", folder / "fw"), variables)
    dataset = dataset or folder / "set"
    (folder / "score.json").write_text(run(("score", dataset, "--json"), variables))


@pytest.mark.parametrize("clock", CLOCKS)
def test_the_shim_is_the_clock_and_files_have_another(clock: str, shim: Path, tmp_path: Path) -> None:
    code = "import time; print(time.time(), time.monotonic() > 0)"
    said = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(shim, clock, tmp_path),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert abs(float(said.split()[0]) - time.time()) > 1e8


@pytest.mark.parametrize("clock", CLOCKS)
def test_results_are_the_same_bytes_under_any_clock(
    clock: str, shim: Path, made: Path, tmp_path: Path
) -> None:
    make(tmp_path, environment(shim, clock, tmp_path / "cache"), made / "set")
    for name in ("set", "fw"):
        assert content(tmp_path / name) == content(made / name)
    assert (tmp_path / "score.json").read_bytes() == (made / "score.json").read_bytes()


COMPUTE = """
import sys
from pathlib import Path
from tussis.selection.windows.dataset_features import dataset_features
dataset_features(sys.argv[1], cache_folder=Path(sys.argv[2]))
"""
"""The features that `train` computes or finds."""


def compute(dataset: Path, variables: dict[str, str]) -> None:
    words = [sys.executable, "-c", COMPUTE, str(dataset), variables["TUSSIS_CACHE"]]
    subprocess.run(words, env=variables, check=True, capture_output=True)


@pytest.mark.parametrize("clock", CLOCKS)
def test_what_is_cached_stays_valid_and_what_changed_does_not(
    clock: str, shim: Path, made: Path, tmp_path: Path
) -> None:
    """Features and builds are keyed by content: neither the time of a file nor that of now decides."""
    shutil.copytree(made / "set", tmp_path / "set")
    compute(tmp_path / "set", environment(None, "", tmp_path / "cache"))
    for number, path in enumerate(sorted((tmp_path / "set").rglob("*"))):
        os.utime(path, (number * 3e7, number * 3e7))
    before = content(tmp_path / "cache" / "features")
    variables = environment(shim, clock, tmp_path / "cache")
    compute(tmp_path / "set", variables)
    assert before
    assert content(tmp_path / "cache" / "features") == before
    audio = next((tmp_path / "set").glob("*/audio.wav"))
    times = audio.stat()
    data = bytearray(audio.read_bytes())
    data[5000:9000] = bytes(4000)
    audio.write_bytes(bytes(data))
    os.utime(audio, ns=(times.st_atime_ns, times.st_mtime_ns))  # no time tells it
    compute(tmp_path / "set", variables)
    assert content(tmp_path / "cache" / "features") != before
