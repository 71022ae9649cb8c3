"""libFuzzer, ASan and UBSan on the C that reads bytes from the wire.

The short run replays the corpus and fuzzes for a few seconds. The long one is `slow`; by hand it is

    pytest -m slow tests/firmware_stub/app/test_fuzz.py            (ten minutes)

and what it finds is kept: copy the crash file it names into tests/firmware_stub/app/corpus/.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FLAGS = (
    "-std=c11", "-g", "-O1", "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=undefined",
)  # fmt: skip
CORPUS = "corpus"


def compile_into(folder, kit, sources):
    """Compile C files, one object each."""
    folder.mkdir()
    include = [f"-I{place}" for place in (*kit.INCLUDE, kit.FIRMWARE / "app")]
    subprocess.run(["clang", *FLAGS, *include, "-c", *map(str, sources)], cwd=folder, check=True)
    return sorted(folder.glob("*.o"))


def link(objects, program):
    command = ["clang", *FLAGS, *map(str, objects), "-o", str(program)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    if "libclang_rt" in built.stderr or "cannot find" in built.stderr:
        assert not os.environ.get("CI"), built.stderr
        pytest.skip(f"clang has no sanitizers here: {built.stderr.splitlines()[0]}")
    assert built.returncode == 0, built.stderr


@pytest.fixture(scope="module")
def objects(kit, tmp_path_factory, tool):
    """What reads bytes from the wire, compiled."""
    tool("clang")
    sources = [HERE / "fuzz_receiver.c", kit.STUB / "tussis.c", *kit.SOURCES]
    return compile_into(tmp_path_factory.mktemp("fuzz") / "objects", kit, sources)


@pytest.fixture(scope="module")
def fuzzer(objects):
    program = objects[0].parent / "fuzz"
    link(objects, program)
    return program


def fuzz(program, kit, folder, seconds):
    for file in (HERE / CORPUS).iterdir():
        shutil.copy(file, folder)
    command = [
        str(program),
        f"-max_total_time={seconds}",
        "-max_len=2048",
        "-seed=1",
        "-print_final_stats=1",
        str(folder),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder.parent)
    assert done.returncode == 0, done.stderr[-4000:]
    runs = next(line for line in done.stderr.splitlines() if "number_of_executed_units" in line)
    return int(runs.split()[-1])


def test_corpus(fuzzer, kit):
    files = sorted((HERE / CORPUS).iterdir())
    assert len(files) > 10
    done = subprocess.run([str(fuzzer), *map(str, files)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]


def test_a_few_seconds(fuzzer, kit, tmp_path):
    folder = tmp_path / "corpus"
    folder.mkdir()
    assert fuzz(fuzzer, kit, folder, 5) > 500


def test_the_fuzzer_can_find(fuzzer, objects, kit, tmp_path):
    """The harness finds a planted fault: samples taken beyond what HELLO announced, as once was the case."""
    broken = tmp_path / "interleave.c"
    source = (kit.FIRMWARE / "app/interleave.c").read_text()
    healthy = "return a < b ? a : b;"
    assert healthy in source
    broken.write_text(source.replace(healthy, "return a < b ? b : a;"))
    others = [file for file in objects if file.stem != broken.stem]
    program = tmp_path / "fuzz"
    link([*others, *compile_into(tmp_path / "objects", kit, [broken])], program)
    files = sorted((HERE / CORPUS).iterdir())
    done = subprocess.run(
        [str(program), *map(str, files)], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode != 0
    assert "SUMMARY: " in done.stderr  # of AddressSanitizer, UndefinedBehaviorSanitizer or libFuzzer itself


@pytest.mark.slow
def test_ten_minutes(fuzzer, kit, tmp_path):
    folder = tmp_path / "corpus"
    folder.mkdir()
    print(fuzz(fuzzer, kit, folder, int(os.environ.get("TUSSIS_FUZZ_SECONDS", "600"))), "inputs")
