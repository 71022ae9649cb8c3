"""`tussis_selftest` passes where the code is whole, and finds what is broken."""

from __future__ import annotations

import ctypes
import shutil

import pytest

from tussis.export.build.host_library import HostDetector, host_library
from tussis.export.build.toolchain import find_arm_toolchain
from tussis.export.codegen.project import export_project
from tussis.export.emulator.virtual_board import VirtualBoard
from tussis.selection.detector.detector_file import Detector, load_detector

from ....export.conftest import make_detector
from ....toolchains import BOTH_TOOLCHAINS

ROUNDING, WINDOWS, FEATURES, MARGIN = -40, -42, -43, -44
ROUND_TO_ZERO = 0xC00
"""``FE_TOWARDZERO`` of x86."""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return export_project(load_detector("default"), tmp_path_factory.mktemp("export") / "firmware")


def host_outcome(project, edit=None):
    if edit is not None:
        copy = project.path.parent / "edited"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(project.path, copy)
        edit(copy / "generated" / "tussis_selftest_expected.c")
        library = host_library(copy)
    else:
        library = host_library(project)
    detector = HostDetector(library)
    return library, library.tussis_selftest(detector._state)


def test_it_passes_on_this_machine(project):
    assert host_outcome(project)[1] == 0


@pytest.mark.parametrize("lacking", ["audio", "imu"])
def test_it_passes_where_a_model_is_lacking(lacking, tmp_path):
    detector = make_detector()
    models = {"audio": detector.audio, "imu": detector.imu, lacking: None}
    project = export_project(Detector(events=detector.events, **models), tmp_path / "firmware")
    assert host_outcome(project)[1] == 0


@pytest.mark.parametrize("toolchain", BOTH_TOOLCHAINS)
def test_it_passes_on_the_core_within_its_cost(project, toolchain):
    if toolchain == "gcc" and shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("arm-none-eabi-gcc is not installed; zig is tested")
    image = find_arm_toolchain(toolchain).compile_elf(project, defines={"TUSSIS_VIRTUAL_SELFTEST": 1})
    board = VirtualBoard(image).count()
    assert board.call("tussis_selftest", board.symbol("tussis_virtual_detector")) == 0
    assert board.last_call.instructions < 1_000_000


def test_the_detector_can_start_afterwards(project):
    library, outcome = host_outcome(project)
    detector = HostDetector(library)
    assert outcome == 0
    assert library.tussis_selftest(detector._state) == 0
    assert library.tussis_events_waiting(detector._state) == 0
    detector.start("audio")


def broken(name, digit):
    """Another number at one place of an array."""

    def edit(file):
        text = file.read_text()
        head, tail = text.split(f"static const float {name}[", 1)
        count, body = tail.split("= {\n", 1)
        _, rest = body.lstrip().split(",", 1)
        file.write_text(f"{head}static const float {name}[{count}= {{\n    {digit}F,{rest}")

    return edit


def test_it_finds_a_wrong_feature_and_a_wrong_margin(project):
    assert host_outcome(project, broken("audio_features", "12345.0"))[1] == FEATURES
    assert host_outcome(project, broken("imu_margins", "0.12345"))[1] == MARGIN


def test_it_finds_a_window_too_few(project):
    def edit(file):
        text = file.read_text()
        changed = text.replace("imu_features, 2U", "imu_features, 9U")
        assert changed != text
        file.write_text(changed)

    assert host_outcome(project, edit)[1] == WINDOWS


def test_it_finds_another_rounding_mode(project):
    library, _ = host_outcome(project)
    detector = HostDetector(library)
    mathematics = ctypes.CDLL("libm.so.6")
    before = mathematics.fegetround()
    try:
        mathematics.fesetround(ROUND_TO_ZERO)
        outcome = library.tussis_selftest(detector._state)
    finally:
        mathematics.fesetround(before)
    assert outcome == ROUNDING


def test_it_refuses_no_memory(project):
    assert host_outcome(project)[0].tussis_selftest(None) == -32
