"""The calls of tussis.h: status codes, what init refuses, snapshots, checks, and the size of the state."""

from __future__ import annotations

import ctypes
import itertools
import subprocess

import numpy as np
import pytest

from tussis.export.build.compiler_run import CompileError
from tussis.export.build.host_library import EventRecord, HostDetector, host_library
from tussis.export.build.project_files import include_folders, library_sources
from tussis.export.build.toolchain import find_arm_toolchain, find_host_compiler
from tussis.export.codegen.config_source import detector_hash
from tussis.export.codegen.project import export_project
from tussis.export.emulator.execution import run_recording
from tussis.selection.detector.microphone import Microphone

from ....export.conftest import make_detector, make_recording

NULL, STATE, ABI, OPTIONS, SIZE, MODE, MODEL = range(-32, -39, -1)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return export_project(make_detector(), tmp_path_factory.mktemp("interface") / "firmware")


@pytest.fixture(scope="module")
def host(project):
    return HostDetector(host_library(project))


def test_the_library_says_what_it_is(host, project):
    info = host.info
    config = (project.path / "generated" / "tussis" / "tussis_config.h").read_text()
    assert f'#define TUSSIS_VERSION "{info.version.decode()}"' in config
    assert info.detector_hash == detector_hash(project.detector)
    assert (info.audio_rate_hz, info.imu_rate_hz, info.tick_hz) == (16000, 100, 16000)
    assert (info.skew_ms, info.event_queue, info.microphone, info.pre_roll) == (8000, 8, 0, 0)
    assert info.audio_features == len(project.detector.audio.features)
    assert info.imu_features == len(project.detector.imu.features)
    assert info.checked == 1


def test_init_refuses_what_was_compiled_otherwise(host):
    c, info = host._c, host.info
    state = (ctypes.c_uint64 * (info.state_bytes // 8))(*[7] * (info.state_bytes // 8))
    right = (info.state_bytes, info.abi, info.options)
    for place, status in ((0, SIZE), (1, ABI), (2, OPTIONS)):
        wrong = list(right)
        wrong[place] += 8
        assert c.tussis_init_as(state, *wrong) == status
        assert set(state) == {7}  # untouched
        assert c.tussis_push_audio(state, None, 0) == STATE
    assert c.tussis_init_as(None, *right) == NULL
    assert c.tussis_init_as(state, *right) == 0
    assert c.tussis_push_audio(state, None, 0) == 0


PROGRAM = """
#include "tussis.h"
#include <stdio.h>
static struct { tussis_t detector; unsigned char behind[64]; } memory;
int main(void)
{
    for (unsigned i = 0; i < sizeof memory.behind; i++) { memory.behind[i] = 0xA5; }
    printf("%d", tussis_init(&memory.detector));
    for (unsigned i = 0; i < sizeof memory.behind; i++) {
        if (memory.behind[i] != 0xA5) { printf(" overrun"); }
    }
    return 0;
}
"""


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ([], 0),
        (["-DTUSSIS_SKEW_MS=200"], OPTIONS),
        (["-DTUSSIS_SKEW_MS=257"], OPTIONS),  # the same size
        (["-DTUSSIS_EVENT_QUEUE=4"], OPTIONS),
        (["-DTUSSIS_MICROPHONE_START_MS=40"], OPTIONS),
        (["-DTUSSIS_PRE_ROLL=TUSSIS_PRE_ROLL_RAW"], OPTIONS),
        (["-DTUSSIS_MICROPHONE=TUSSIS_MICROPHONE_GATED"], OPTIONS),
        (["-DTUSSIS_DETECTOR_HASH=1"], OPTIONS),
        (["-DTUSSIS_CHECKED=0", "-DNDEBUG"], 0),  # changes no layout
    ],
)
def test_an_application_with_other_options_than_the_library_is_told(project, tmp_path, options, status, tool):
    """It linked, and wrote beyond its memory."""
    tool("gcc")
    root, compiler = project.path, find_host_compiler()
    include = include_folders(root)
    objects = [compiler.build([source], "object", include=include) for source in library_sources(root)]
    text = PROGRAM
    if options == ["-DTUSSIS_DETECTOR_HASH=1"]:  # another detector of the same size
        text = text.replace(
            "#include <stdio.h>",
            "#undef TUSSIS_DETECTOR_HASH\n#define TUSSIS_DETECTOR_HASH 1U\n#include <stdio.h>",
        )
        options = []
    (tmp_path / "program.c").write_text(text)
    command = [
        "gcc",
        *options,
        *(f"-I{folder}" for folder in include),
        tmp_path / "program.c",
        *objects,
        "-lm",
    ]
    subprocess.run([*command, "-o", tmp_path / "program"], check=True)
    said = subprocess.run([tmp_path / "program"], capture_output=True, text=True, check=True).stdout
    assert said == str(status)


def test_a_mode_is_one_of_three(host):
    host.start("gated")
    for number in (-1, 3, 99):
        assert host._c.tussis_set_mode(host._state, number) == MODE
    assert host._c.tussis_mode(host._state) == 2


@pytest.mark.parametrize("lacking", ["audio", "imu"])
def test_a_model_that_is_not_there_is_an_error_of_its_own(tmp_path, lacking):
    lone = make_detector().model_copy(update={lacking: None})
    c = HostDetector(host_library(export_project(lone, tmp_path / "firmware")))
    there = 1 if lacking == "audio" else 0
    for number in range(3):
        assert c._c.tussis_set_mode(c._state, number) == (0 if number == there else MODEL)
    window = (ctypes.c_uint32 * 4)(*[9] * 4)
    take = getattr(c._c, f"tussis_get_{lacking}_window")
    take.argtypes = None
    assert take(c._state, window, None, ctypes.c_size_t(0)) == MODEL
    assert list(window) == [0] * 4


def test_pointers_are_checked(host):
    c, state, pcm = host._c, host._state, np.zeros(4, np.int16)
    host.start("gated")
    for call in (c.tussis_push_audio, c.tussis_push_audio_decimated, c.tussis_push_imu):
        assert call(None, pcm.ctypes.data, 0) == NULL
        assert call(state, None, 1) == NULL
        assert call(state, None, 0) == 0
    assert c.tussis_get_totals(state, None) == NULL
    assert c.tussis_get_audio_window(state, None, None, 0) == NULL
    assert c.tussis_flush(None) == NULL
    assert c.tussis_set_mode(None, 0) == NULL
    assert not c.tussis_next_event(state, None)
    assert not c.tussis_next_event(None, ctypes.byref(EventRecord()))
    assert not c.tussis_flush_step(None)
    assert c.tussis_events_waiting(None) == 0


def test_checks_change_no_event_and_can_be_left_out(project, host):
    bare = HostDetector(host_library(project, defines={"TUSSIS_CHECKED": 0}))
    assert bare.info.checked == 0
    assert bare.info.options == host.info.options
    assert bare.info.state_bytes == host.info.state_bytes
    recording = make_recording(21)
    expected = run_recording(host, recording, "gated")
    assert run_recording(bare, recording, "gated").events == expected.events
    assert expected.events


def test_counts_are_apart_from_codes(host):
    recording = make_recording(22)
    host.start("audio")
    assert host.push_audio(recording.audio) == 0
    host.flush()
    waiting = host.events_waiting()
    assert waiting > 2
    assert len(host.events()) == waiting
    assert host.events_waiting() == 0


def test_snapshots_stay_as_they_were(host):
    recording = make_recording(23, seconds=4)
    host.start("audio")
    host.push_audio(recording.audio[:16000])
    window, totals = host.audio_window(), host.totals()
    kept = window.features.copy()
    host.push_audio(recording.audio[16000:])
    assert host.audio_window().index > window.index
    assert np.array_equal(window.features, kept)
    assert host.totals() != totals
    few = (ctypes.c_float * 4)(*[5.0] * 4)
    out = (ctypes.c_uint32 * 4)()
    take = ctypes.CFUNCTYPE(ctypes.c_int, *[ctypes.c_void_p] * 3, ctypes.c_size_t)(
        ctypes.cast(host._c.tussis_get_audio_window, ctypes.c_void_p).value
    )
    assert take(ctypes.addressof(host._state), ctypes.addressof(out), ctypes.addressof(few), 2) == 0
    assert out[3] == host.info.audio_features
    assert list(few) == [*host.audio_window().features[:2], 5.0, 5.0]


def test_a_detector_may_be_copied(host):
    recording = make_recording(24)
    whole = run_recording(host, recording, "audio").events
    host.start("audio")
    host.push_audio(recording.audio[:80000])
    other = HostDetector(host._c)
    ctypes.memmove(other._state, host._state, host.info.state_bytes)
    host.start("imu")  # what the copy does not notice
    other.push_audio(recording.audio[80000:])
    other.flush()
    assert other.events() == whole != []


OPTIONS_THERE = {
    "TUSSIS_SKEW_MS": (0, 256, 1000),
    "TUSSIS_EVENT_QUEUE": (1, 8, 33),
    "TUSSIS_MICROPHONE": (0, 1),
    "TUSSIS_PRE_ROLL": (0, 1),
}


@pytest.mark.parametrize("model_in", ["code", "flash-blob"])
@pytest.mark.parametrize("where", ["host", "arm"])
def test_the_size_in_the_header_is_right_for_every_option(tmp_path, where, model_in):
    """The library asserts that it is enough and at most 64 bytes too much: compiling is the test."""
    compiler = find_host_compiler() if where == "host" else find_arm_toolchain()
    detector = make_detector()
    projects = [export_project(detector, tmp_path / "both", model_in=model_in)]
    projects += [
        export_project(detector.model_copy(update={part: None}), tmp_path / part, model_in=model_in)
        for part in ("audio", "imu")
    ]
    for project in projects:
        (source,) = (file for file in library_sources(project.path) if file.name == "tussis.c")
        include = include_folders(project.path)
        for values in itertools.product(*OPTIONS_THERE.values()):
            options = dict(zip(OPTIONS_THERE, values, strict=True))
            special = options["TUSSIS_MICROPHONE"] + options["TUSSIS_PRE_ROLL"]
            if special == 2 or (special and project is not projects[0]):
                continue  # the library refuses it
            compiler.build([source], "object", include=include, defines=options, opt="O0")


@pytest.mark.parametrize(
    ("path", "reason"), [(8, "leaves something out"), (9999, "counts what is not there")]
)
def test_a_size_that_is_wrong_does_not_compile(project, path, reason):
    (source,) = (file for file in library_sources(project.path) if file.name == "tussis.c")
    wrong = {"TUSSIS_AUDIO_PATH_BYTES": path, "TUSSIS_DECIMATOR_BYTES": 42}
    with pytest.raises(CompileError, match=reason):
        find_host_compiler().build([source], "object", include=include_folders(project.path), defines=wrong)


def test_every_exported_file_names_its_licence(tmp_path):
    for package in ("cmake", "platformio", "zephyr", "arduino"):
        root = export_project(
            make_detector(), tmp_path / package, package=package, microphone=Microphone.parse("gated")
        ).path
        assert "Apache License" in (root / "LICENSE").read_text()
        files = [
            file for file in root.rglob("*") if file.suffix in (".c", ".h", ".ld", ".S", ".cmake", ".txt")
        ]
        assert len(files) > 60
        for file in files:
            assert "SPDX-License-Identifier: Apache-2.0" in file.read_text().splitlines()[0], file
