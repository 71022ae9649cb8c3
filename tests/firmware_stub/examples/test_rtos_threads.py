"""The RTOS example with POSIX threads, under a thread sanitizer."""

from __future__ import annotations

import os
import re
import struct
import subprocess

import pytest

from tussis.export.build.project_files import include_folders, library_sources
from tussis.export.build.toolchain import find_host_compiler
from tussis.export.codegen.project import export_project
from tussis.selection.detector.inference import detect

SANITIZED = ["-fsanitize=thread", "-g"]


@pytest.fixture(scope="module")
def root(made, tmp_path_factory):
    return export_project(made.make_detector(), tmp_path_factory.mktemp("export") / "firmware").path


def build(root, main, flags):
    posix = root / "examples/rtos/posix"
    return find_host_compiler().build(
        [*library_sources(root), main, *sorted(posix.glob("*.c"))], "program",
        include=include_folders(root), extra_flags=["-pthread", "-Werror", *flags],
    )  # fmt: skip


def run(program, recording, tmp_path):
    recording.audio.astype("<i2").tofile(tmp_path / "audio.s16")
    recording.imu.astype("<f4").tofile(tmp_path / "imu.f32")
    names = {"TUSSIS_AUDIO": str(tmp_path / "audio.s16"), "TUSSIS_IMU": str(tmp_path / "imu.f32")}
    return subprocess.run(
        [program], env={**os.environ, **names}, capture_output=True, text=True, check=False, timeout=60
    )


def test_three_threads_give_the_events_of_detect_without_a_race(root, made, tmp_path):
    recording = made.make_recording(3, seconds=6.0)
    done = run(build(root, root / "examples/rtos/main.c", SANITIZED), recording, tmp_path)
    assert done.returncode == 0, done.stderr
    found = [
        struct.unpack("<QQQIfB7x", bytes.fromhex(line.split()[1]))[:2]
        for line in done.stdout.splitlines()
        if line.startswith("EVENT")
    ]
    wanted = detect(recording, made.make_detector(), "gated").events
    assert found == [(round(e.start_s * 16000), round(e.end_s * 16000)) for e in wanted] != []


def test_the_sanitizer_finds_calls_without_the_mutex(root, made, tmp_path):
    """Whether two threads meet depends on how they run, so it may take several runs."""
    text = (root / "examples/rtos/main.c").read_text()
    main = root / "examples/rtos/careless.c"
    main.write_text(re.sub(r"os_(un)?lock\(&detector_mutex\);", "(void)detector_mutex;", text))
    try:
        program = build(root, main, SANITIZED)
    finally:
        main.unlink()
    recording = made.make_recording(3, seconds=6.0)
    assert any("data race" in run(program, recording, tmp_path).stderr for _ in range(20))
