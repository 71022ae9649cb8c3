"""The exported C under a static checker and under address and undefined-behaviour sanitizers."""

from __future__ import annotations

import os
import shutil
import subprocess

import numpy as np
import pytest

from tussis.export.build.project_files import include_folders, library_sources
from tussis.export.build.toolchain import find_host_compiler
from tussis.export.codegen.project import export_project
from tussis.selection.detector.inference import detect
from tussis.selection.detector.microphone import Microphone
from tussis.selection.detector.sound_level import SoundLevel

from ....export.conftest import make_detector, make_recording

# Those marked slow differ from a firmware that is checked in any case by a few lines under #if.
VARIANTS = [
    pytest.param("table", marks=pytest.mark.slow),
    "branches",
    pytest.param("m2cgen", marks=pytest.mark.slow),
    "gated",
    pytest.param("raw", marks=pytest.mark.slow),
    pytest.param("sound-level", marks=pytest.mark.slow),
    "flash-blob",
]
SANITIZE = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g")


@pytest.fixture(scope="module", params=VARIANTS)
def variant(request):
    return request.param


@pytest.fixture(scope="module")
def project(variant, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "firmware"
    level = {"sound_level": SoundLevel()} if variant == "sound-level" else {}
    return export_project(
        make_detector().model_copy(update=level),
        folder,
        trees=variant if variant in ("branches", "m2cgen") else "table",
        microphone=Microphone.parse("gated" if variant == "gated" else "always"),
        pre_roll="raw" if variant == "raw" else None,
        model_in="flash-blob" if variant == "flash-blob" else "code",
    )


@pytest.mark.parametrize(
    "variant",
    [
        one if one == "branches" else pytest.param(one, marks=pytest.mark.slow)
        for one in ("branches", "table", "m2cgen", "gated", "raw", "sound-level", "flash-blob")
    ],
    indirect=True,
)
def test_cppcheck_finds_nothing(project, variant):
    if shutil.which("cppcheck") is None:
        if os.environ.get("CI"):
            pytest.fail("cppcheck is missing")
        pytest.skip("cppcheck is not installed")
    checks = [
        "--enable=warning,style,performance,portability",
        "--std=c11",
        "--error-exitcode=1",
        "-q",
        "-j2",
        "--inline-suppr",
    ]
    # a vector table is read by the core, not by C
    ignored = ["--suppress=missingIncludeSystem", "--suppress=unusedStructMember:*/startup.c"]
    folders = ["src", "generated", "app"]
    if variant == "table":  # examples and ports are the same in all
        folders += ["examples", *(f"ports/{p.name}" for p in sorted((project.path / "ports").iterdir()))]
    ran = subprocess.run(
        ["cppcheck", *checks, *ignored, "-Iinclude", "-Igenerated", *folders],
        cwd=project.path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


@pytest.fixture(scope="module")
def sanitized(project):
    root = project.path
    try:
        return find_host_compiler().build(
            [*library_sources(root), root / "ports" / "host" / "main.c"],
            "program",
            include=include_folders(root),
            opt="O1",
            extra_flags=SANITIZE,
        )
    except RuntimeError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"this compiler brings no sanitizers: {str(error).splitlines()[-1]}")


@pytest.mark.parametrize("mode", ["audio", "imu", "gated"])
@pytest.mark.parametrize("sound", ["bursts", "full scale noise", "silence", "square", "short"])
def test_no_sanitizer_speaks(sanitized, project, tmp_path, mode, sound):
    recording = make_recording(80, seconds=6)
    rng = np.random.default_rng(1)
    audio = {
        "bursts": recording.audio,
        "full scale noise": rng.integers(-32768, 32768, 96000).astype(np.int16),
        "silence": np.zeros(96000, np.int16),
        "short": recording.audio[40000:43001],
        "square": np.where(np.arange(96000) // 40 % 2, 32767, -32768).astype(np.int16),
    }[sound]
    imu = recording.imu if sound == "bursts" else (recording.imu * 1000).astype(np.float32)
    imu = imu[:19] if sound == "short" else imu
    imu.tofile(tmp_path / "imu.f32")
    ran = subprocess.run(
        [sanitized, "-m", mode, "-i", tmp_path / "imu.f32"],
        input=audio.tobytes(),
        capture_output=True,
        check=False,
        env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"},
    )
    assert ran.returncode == 0, ran.stderr.decode()[-2000:]
    changed = type(recording)("x", audio, 16000, imu, 100.0, (), False)
    assert len(ran.stdout.splitlines()) == len(
        detect(changed, project.detector, mode, microphone=project.microphone).events
    )
