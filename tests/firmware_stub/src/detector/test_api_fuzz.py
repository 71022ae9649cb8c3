"""libFuzzer, ASan and UBSan on the calls of the library, in any order, with any samples and stamps.

The short run fuzzes for a few seconds from a corpus that is made here. The long one is `slow`; by hand it is

    pytest -m slow tests/firmware_stub/src/detector/test_api_fuzz.py            (ten minutes)
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from tussis.export.codegen.project import Project, export_project

from ....export.conftest import make_detector

HERE = Path(__file__).parent
FLAGS = (
    "-std=c11", "-g", "-O1", "-ffp-contract=off", "-DTUSSIS_CHECKED=1",
    "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=undefined",
)  # fmt: skip
CALL_BYTES, N_CALLS = 3, 18


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return export_project(make_detector(), tmp_path_factory.mktemp("fuzzed") / "firmware")


def compile_into(folder: Path, project: Project, sources: list[Path]) -> list[Path]:
    """Compile C files of a project, one object each."""
    folder.mkdir()
    include = [f"-I{project.path / name}" for name in ("include", "generated", "src")]
    subprocess.run(["clang", *FLAGS, *include, "-c", *map(str, sources)], cwd=folder, check=True)
    return sorted(folder.glob("*.o"))


def link(objects: list[Path], program: Path) -> None:
    command = ["clang", *FLAGS, *map(str, objects), "-lm", "-o", str(program)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    if "libclang_rt" in built.stderr or "cannot find" in built.stderr:
        assert not os.environ.get("CI"), built.stderr
        pytest.skip(f"clang has no sanitizers here: {built.stderr.splitlines()[0]}")
    assert built.returncode == 0, built.stderr


FOUND = Path(__file__).parent / "fuzz_calls"
"""Lists of calls that once failed, each named by what it showed."""


def write_corpus(folder: Path) -> None:
    """Write lists of calls: sound and motion side by side, changes of mode, gaps, odd values, old finds."""
    shutil.copytree(FOUND, folder)
    rng = random.Random(1)
    for number in range(24):
        calls = bytearray()
        for _ in range(rng.randrange(60, 200)):
            likely = rng.choice((0, 0, 0, 4, 6, 14, rng.randrange(N_CALLS)))
            kind = rng.choice((rng.randrange(256), 3 + 4 * 12, 63))
            calls += bytes((likely, rng.randrange(256), kind))
        (folder / f"life_{number:02d}").write_bytes(bytes(calls))


def fuzz(program: Path, folder: Path, seconds: int) -> int:
    command = [
        str(program), f"-max_total_time={seconds}", f"-max_len={200 * CALL_BYTES}", "-seed=1",
        "-print_final_stats=1", str(folder),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder.parent)
    assert done.returncode == 0, done.stderr[-4000:]
    runs = next(line for line in done.stderr.splitlines() if "number_of_executed_units" in line)
    return int(runs.split()[-1])


@pytest.fixture(scope="module")
def objects(project: Project, tmp_path_factory: pytest.TempPathFactory, tool: object) -> list[Path]:
    """The library as exported and the calls, compiled."""
    tool("clang")  # type: ignore[operator]
    sources = [*project.path.glob("src/*/*.c"), *project.path.glob("generated/*.c"), HERE / "fuzz_api.c"]
    return compile_into(tmp_path_factory.mktemp("fuzz_api") / "objects", project, sources)


@pytest.fixture(scope="module")
def fuzzer(objects: list[Path]) -> Path:
    program = objects[0].parent / "fuzz"
    link(objects, program)
    return program


def test_a_few_seconds(fuzzer: Path, tmp_path: Path) -> None:
    write_corpus(tmp_path / "corpus")
    assert fuzz(fuzzer, tmp_path / "corpus", 5) > 30


def test_the_fuzzer_can_find(project: Project, tmp_path: Path, objects: list[Path], fuzzer: Path) -> None:
    """The harness finds a planted fault: a push that counts one sample too many."""
    healthy = "tussis_audio_stage_push(&run, pcm + taken, n - taken);"
    write_corpus(tmp_path / "corpus")
    (source,) = (file for file in project.path.glob("src/*/*.c") if healthy in file.read_text())
    wrong = source.with_name(f"wrong_{source.name}")
    wrong.write_text(source.read_text().replace(healthy, healthy.replace("n - taken", "n - taken + 1U")))
    others = [file for file in objects if file.stem != source.stem]
    link([*others, *compile_into(tmp_path / "objects", project, [wrong])], tmp_path / "wrong")
    files = sorted((tmp_path / "corpus").iterdir())
    done = subprocess.run(
        [str(tmp_path / "wrong"), *map(str, files)], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode != 0
    assert "SUMMARY: " in done.stderr


@pytest.mark.slow
def test_ten_minutes(fuzzer: Path, tmp_path: Path) -> None:
    write_corpus(tmp_path / "corpus")
    print(fuzz(fuzzer, tmp_path / "corpus", int(os.environ.get("TUSSIS_FUZZ_SECONDS", "600"))), "inputs")
