"""CMake's files of an exported project, run by CMake: every program finds the reference's events."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time

import pytest

from tussis.data.input_error import InputError
from tussis.export.codegen.project import export_project
from tussis.firmware_stub.boards.qemu_board import QemuBoard
from tussis.firmware_stub.boards.serial_board import SerialBoard
from tussis.firmware_stub.boards.worn_board import run_worn_firmware
from tussis.firmware_stub.replay.replay import replay_recording
from tussis.selection.detector.inference import detect

from ..conftest import make_recording


@pytest.fixture(scope="module")
def host_build(project, tmp_path_factory, tool):
    """The exported package built by cmake for this machine."""
    tool("cmake")
    build = tmp_path_factory.mktemp("cmake_host") / "build"
    cmake("-S", project.path, "-B", build, "-DTUSSIS_WERROR=ON")
    cmake("--build", build, "--parallel", "2")
    return build


def test_cmake_builds_the_library_and_the_program_finds_the_same_events(detector, host_build, tmp_path):
    recording = make_recording(21)
    recording.imu.tofile(tmp_path / "imu.f32")
    for mode in ("audio", "imu", "gated"):
        arguments = [host_build / "tussis_host", "-m", mode, "-i", tmp_path / "imu.f32"]
        ran = subprocess.run(arguments, input=recording.audio.tobytes(), capture_output=True, check=True)
        found = [tuple(map(float, line.split("\t"))) for line in ran.stdout.decode().splitlines()]
        expected = detect(recording, detector, mode).events
        assert len(expected) > 2
        assert found == [(round(e.start_s, 3), round(e.end_s, 3), round(e.confidence, 6)) for e in expected]


def cmake(*arguments, **more):
    words = list(map(str, arguments))
    done = subprocess.run(["cmake", *words], capture_output=True, text=True, check=False, **more)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.fixture(scope="module")
def m33_build(project, tmp_path_factory, tool):
    """The exported package built by cmake for QEMU's board."""
    for program in ("cmake", "arm-none-eabi-gcc", "qemu-system-arm"):
        tool(program)
    build = tmp_path_factory.mktemp("cmake") / "build"
    file = project.path / "cmake" / "cortex-m33.cmake"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [f"-DCMAKE_TOOLCHAIN_FILE={file}", "-DTUSSIS_WERROR=ON", f"-DTUSSIS_QEMU_PORT={port}"]
    cmake("-S", project.path, "-B", build, *options)
    cmake("--build", build, "--parallel", "2")
    return build, port


def test_cmake_builds_a_firmware_that_boots_and_finds_the_same_events(detector, m33_build):
    recording = make_recording(21, seconds=6)
    with QemuBoard(m33_build[0] / "tussis_mps2_an505.elf") as running:
        board = SerialBoard(running.url)
        result = replay_recording(recording, board, detector)
        board.close()
    assert result.passed, result.as_dict()["difference"]
    assert len(result.as_dict()["events"]) == len(detect(recording, detector, "gated").events) >= 2
    assert result.as_dict()["log"][0]["text"] == "mps2-an505"


@pytest.mark.parametrize("program", ["live", "bare_metal", "rtos"])
def test_cmake_builds_programs_of_a_worn_board_that_find_the_same_events(detector, m33_build, program):
    cmake("--build", m33_build[0], "--target", f"tussis_{program}_an505", "--parallel", "2")
    recording = make_recording(21, seconds=6)
    run = run_worn_firmware(m33_build[0] / f"tussis_{program}_an505.elf", recording)
    assert (run.status, run.fault) == (0, "")
    found = [(event.onset_ticks, event.offset_ticks) for event in run.events]
    expected = detect(recording, detector, "gated").events
    assert found == [(round(e.start_s * 16000), round(e.end_s * 16000)) for e in expected] != []


OWN_FIRMWARE = """cmake_minimum_required(VERSION 3.16)
project(mine C)
add_subdirectory({project} PREFIX)
target_compile_definitions(PREFIX_live PUBLIC TUSSIS_IMU_WATERMARK=8)
add_executable(mine board.c {port}/startup.c)
target_link_libraries(mine PRIVATE PREFIX::live)
target_include_directories(mine PRIVATE {port})
target_link_options(mine PRIVATE -nostartfiles -static -Wl,--gc-sections -Wl,-T,{port}/mps2-an505.ld)
"""


@pytest.mark.parametrize("prefix", [pytest.param("tussis", marks=pytest.mark.slow), "night"])
def test_a_board_of_ones_own_takes_the_main_loop_from_cmake(detector, prefix, tmp_path, tool):
    """Its board.c lies elsewhere, and a definition that it shares with the loop is given once."""
    for program in ("cmake", "arm-none-eabi-gcc", "qemu-system-arm"):
        tool(program)
    project = export_project(detector, tmp_path / "firmware", prefix=prefix).path
    port = project / "ports" / "mps2-an505"
    text = OWN_FIRMWARE.format(project=project.as_posix(), port=port.as_posix())
    text = text.replace("TUSSIS", prefix.upper()).replace("PREFIX", prefix)
    (tmp_path / "CMakeLists.txt").write_text(text)
    board = (project / "ports/live-an505/board.c").read_text()
    board = board.replace('"../live/board.h"', '"live/board.h"').replace('"../mps2-an505/mps2.h"', '"mps2.h"')
    macro = f"{prefix.upper()}_IMU_WATERMARK"
    (tmp_path / "board.c").write_text(f'{board}\n_Static_assert({macro} == 8, "the loop\'s");\n')
    file = project / "cmake" / "cortex-m33.cmake"
    cmake("-S", tmp_path, "-B", tmp_path / "build", f"-DCMAKE_TOOLCHAIN_FILE={file}")
    cmake("--build", tmp_path / "build", "--target", "mine", "--parallel", "2")
    recording = make_recording(21, seconds=4)
    run = run_worn_firmware(tmp_path / "build" / "mine", recording)
    assert (run.status, run.fault) == (0, "")
    assert len(run.events) == len(detect(recording, detector, "gated").events) > 0


def test_cmake_builds_the_rtos_example_for_this_machine(detector, host_build, tmp_path):
    recording = make_recording(21, seconds=6)
    cmake("--build", host_build, "--target", "tussis_rtos_host", "--parallel", "2")
    recording.audio.astype("<i2").tofile(tmp_path / "audio.s16")
    recording.imu.astype("<f4").tofile(tmp_path / "imu.f32")
    files = {"TUSSIS_AUDIO": str(tmp_path / "audio.s16"), "TUSSIS_IMU": str(tmp_path / "imu.f32")}
    ran = subprocess.run(
        [host_build / "tussis_rtos_host"],
        env={**os.environ, **files},
        capture_output=True,
        text=True,
        check=True,
    )
    found = [line for line in ran.stdout.splitlines() if line.startswith("EVENT")]
    assert len(found) == len(detect(recording, detector, "gated").events) > 0


def test_cmake_starts_the_board(detector, m33_build):
    build, port = m33_build
    command = ["cmake", "--build", str(build), "--target", "run_mps2_an505"]
    recording = make_recording(21, seconds=2)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True) as running:
        try:
            board = _opened(f"socket://127.0.0.1:{port}", running)
            result = replay_recording(recording, board, detector)
            board.close()
        finally:
            os.killpg(running.pid, signal.SIGTERM)
    assert result.passed, result.as_dict()


def test_a_firmware_of_ones_own_takes_the_library_alone(project, tmp_path, tool):
    for program in ("cmake", "arm-none-eabi-gcc"):
        tool(program)
    text = f"""cmake_minimum_required(VERSION 3.16)
project(mine C)
add_subdirectory({project.path.as_posix()} tussis)
add_executable(mine EXCLUDE_FROM_ALL main.c)
target_link_libraries(mine PRIVATE tussis::tussis)
"""
    (tmp_path / "CMakeLists.txt").write_text(text)
    (tmp_path / "main.c").write_text('#include "tussis.h"\nint main(void) { return 0; }\n')
    build = tmp_path / "build"
    file = project.path / "cmake" / "cortex-m33.cmake"
    cmake("-S", tmp_path, "-B", build, f"-DCMAKE_TOOLCHAIN_FILE={file}", "-G", "Unix Makefiles")
    targets = subprocess.run(
        ["cmake", "--build", build, "--target", "help"], capture_output=True, text=True, check=True
    ).stdout
    assert "tussis_objects" in targets
    assert "mps2" not in targets


def _opened(url, running):
    """Wait for the emulator's port."""
    while running.poll() is None:
        try:
            return SerialBoard(url)
        except InputError:
            time.sleep(0.1)
    pytest.fail("cmake's target ended before the board answered")
