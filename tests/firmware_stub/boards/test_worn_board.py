"""Programs of a worn board in QEMU: through DMA, FIFO and interrupts come the events of `detect`."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace

import pytest

from tussis.data.dataset import load_recording
from tussis.data.input_error import InputError
from tussis.data.synthesis.people.subject import draw_subject
from tussis.data.synthesis.session import synth_session
from tussis.export.build.toolchain import find_arm_toolchain
from tussis.export.codegen.project import export_project
from tussis.firmware_stub.boards.worn_board import build_worn_firmware, run_worn_firmware
from tussis.firmware_stub.protocol.event_log import read_event_log, wall_times
from tussis.selection.detector.detector_file import load_detector
from tussis.selection.detector.inference import detect
from tussis.selection.detector.microphone import ALWAYS, Microphone

from ...toolchains import BOTH_TOOLCHAINS

MORE_WAYS = [pytest.param(way, marks=pytest.mark.slow) for way in ("wake:90", "gated:100")]
PROGRAMS = ["ports/live", "examples/bare_metal", "examples/rtos"]
TICK_HZ = 16000


@pytest.fixture(scope="module")
def detector(made):
    return made.make_detector()


@pytest.fixture(scope="module")
def project(detector, tmp_path_factory):
    return export_project(detector, tmp_path_factory.mktemp("export") / "firmware")


@pytest.fixture(scope="module")
def recording(made):
    """6 s: whole halves of the DMA buffer, and IMU samples below the watermark at the end."""
    return made.make_recording(3, seconds=6.0)


@pytest.fixture
def toolchain(request, tool):
    tool("qemu-system-arm")
    name = getattr(request, "param", None)
    if name == "gcc":
        tool("arm-none-eabi-gcc")
    return find_arm_toolchain(name)


def on_host(recording, detector, mode, microphone=ALWAYS):
    return [
        (round(e.start_s * TICK_HZ), round(e.end_s * TICK_HZ))
        for e in detect(recording, detector, mode, microphone=microphone).events
    ]


def on_board(run):
    return [(e.onset_ticks, e.offset_ticks) for e in run.events]


@pytest.mark.parametrize("toolchain", BOTH_TOOLCHAINS, indirect=True)
@pytest.mark.parametrize("program", PROGRAMS)
def test_the_events_are_those_of_detect(project, detector, recording, program, toolchain):
    run = run_worn_firmware(build_worn_firmware(project, program, "gated", toolchain), recording)
    assert (run.status, run.fault) == (0, "")
    assert on_board(run) == on_host(recording, detector, "gated") != []
    assert [e.id for e in run.events] == list(range(len(run.events)))


@pytest.mark.parametrize("mode", ["audio", "imu"])
def test_the_other_modes(project, detector, recording, mode, toolchain):
    run = run_worn_firmware(build_worn_firmware(project, "ports/live", mode, toolchain), recording)
    assert (run.status, run.fault) == (0, "")
    assert on_board(run) == on_host(recording, detector, mode) != []


@pytest.mark.slow
@pytest.mark.parametrize("toolchain", BOTH_TOOLCHAINS, indirect=True)
@pytest.mark.parametrize("program", PROGRAMS)
def test_real_recordings(recordings, program, toolchain, tmp_path):
    detector = load_detector("default")
    elf = build_worn_firmware(export_project(detector, tmp_path / "firmware"), program, "gated", toolchain)
    for folder in sorted((recordings / "sessions").iterdir()):
        if folder.is_dir():
            real = load_recording(folder)
            assert on_board(run_worn_firmware(elf, real)) == on_host(real, detector, "gated"), folder


class TestSwitchedMicrophone:
    """The board's microphone gives a loud tone until it has settled, and nothing while it sleeps."""

    @pytest.fixture
    def sitting(self):
        return synth_session(draw_subject(7, 3), 7, 24.0, movement="sit")

    @staticmethod
    def build(folder, way, mode="gated"):
        microphone = Microphone.parse(way)
        project = export_project(load_detector("default"), folder / "firmware", microphone=microphone)
        defines = {"TUSSIS_LIVE_WAKE_MS": microphone.start_ms} if microphone.woken else {}
        return build_worn_firmware(project, "ports/live", mode, defines=defines)

    @pytest.mark.parametrize("way", ["wake:32", *MORE_WAYS, "gated:32"])
    def test_the_events_are_those_of_detect(self, sitting, way, tool, tmp_path):
        tool("qemu-system-arm")
        run = run_worn_firmware(self.build(tmp_path, way), sitting)
        last = run.heartbeats[-1]
        assert (run.status, run.fault, last.last_status, last.lost_halves) == (0, "", 0, 0)
        found = on_host(sitting, load_detector("default"), "gated", Microphone.parse(way))
        assert on_board(run) == found != []
        assert 0.3 < last.slept_samples / len(sitting.audio) < 0.95
        assert last.switches >= 5
        assert len(sitting.audio) - 256 < last.ticks <= len(sitting.audio)

    @pytest.mark.parametrize("way", ["wake:32", pytest.param("gated:32", marks=pytest.mark.slow)])
    @pytest.mark.parametrize("mode", ["audio", "imu"])
    def test_the_other_modes(self, sitting, way, mode, tool, tmp_path):
        tool("qemu-system-arm")
        run = run_worn_firmware(self.build(tmp_path, way, mode), sitting)
        assert (run.status, run.fault) == (0, "")
        assert on_board(run) == on_host(sitting, load_detector("default"), mode)
        assert run.heartbeats[-1].slept_samples == (0 if mode == "audio" else len(sitting.audio) // 16 * 16)

    def test_a_sensor_that_dies_leaves_the_microphone_on(self, sitting, tool, tmp_path):
        tool("qemu-system-arm")
        elf = self.build(tmp_path, "wake:32")
        whole = run_worn_firmware(elf, sitting)
        dies = run_worn_firmware(elf, sitting, silent_imu_after=300)
        assert dies.fault == "the watchdog was not fed" != whole.fault

    @pytest.mark.slow
    @pytest.mark.parametrize("way", ["wake:32", "gated:32"])
    def test_real_recordings(self, recordings, way, tool, tmp_path):
        tool("qemu-system-arm")
        elf = self.build(tmp_path, way)
        for folder in sorted((recordings / "sessions").iterdir()):
            if folder.is_dir():
                real, microphone = load_recording(folder), Microphone.parse(way)
                found = on_host(real, load_detector("default"), "gated", microphone)
                assert on_board(run_worn_firmware(elf, real)) == found, folder

    @pytest.mark.parametrize("program", PROGRAMS[1:])
    def test_the_examples_refuse_to_let_it_follow_the_gate(self, detector, program, tool, tmp_path):
        tool("qemu-system-arm")
        project = export_project(detector, tmp_path / "firmware", microphone=Microphone.parse("gated"))
        with pytest.raises(InputError, match="the examples keep the microphone on"):
            build_worn_firmware(project, program)

    def test_a_microphone_that_settles_too_late_is_refused(self, project):
        late = {"TUSSIS_LIVE_WAKE_MS": 32, "TUSSIS_MICROPHONE_SETTLE_MS": 40}
        with pytest.raises(InputError, match="slower than it was exported for"):
            build_worn_firmware(project, "ports/live", defines=late)


class TestLog:
    def test_events_and_clock_are_in_the_flash(self, project, recording, toolchain):
        run = run_worn_firmware(build_worn_firmware(project, "ports/live", "gated", toolchain), recording)
        records = read_event_log(run.flash)
        assert [r.kind for r in records[:2]] == ["start", "anchor"]
        assert records[0].fields["selftest"] == 0
        assert records[0].fields["detector_hash"] == project.manifest["detector_hash"]
        logged = [
            (r.ticks, r.ticks + r.fields["length_ticks"], r.ticks + r.fields["peak_ticks"], r.fields["id"])
            for r in records
            if r.kind == "event"
        ]
        assert logged == [e[:4] for e in run.events] != []
        assert all(time.year == 2026 for time in wall_times(records)[2:])
        assert sum(beat.new_events for beat in run.heartbeats) == len(run.events)
        assert sum(beat.duration_ms for beat in run.heartbeats) == len(recording.audio) // 16
        assert 0 < run.heartbeats[-1].gate_permille <= 1000

    def test_it_goes_on_after_a_restart(self, project, recording, toolchain):
        elf = build_worn_firmware(project, "ports/live", "gated", toolchain)
        first = run_worn_firmware(elf, recording)
        second = run_worn_firmware(elf, recording, flash=first.flash)
        once, both = read_event_log(first.flash), read_event_log(second.flash)
        assert both[: len(once)] == once
        assert [r.number for r in both] == list(range(2 * len(once)))
        assert [r.fields for r in both[len(once) :] if r.kind == "event"] == [
            r.fields for r in once if r.kind == "event"
        ]
        assert {r.boot for r in both} == {1, 2}


class TestFaults:
    def test_a_main_loop_that_comes_too_late_loses_halves_and_counts_them(
        self, project, recording, toolchain
    ):
        elf = build_worn_firmware(project, "ports/live", "gated", toolchain)
        run = run_worn_firmware(elf, recording, late_turns=300_000)
        last = run.heartbeats[-1]
        assert (run.status, run.fault) == (0, "")
        assert last.lost_halves > 0
        assert last.skipped_audio == last.lost_halves * 256
        assert last.faults & 4  # TUSSIS_FAULT_LOST_AUDIO
        assert last.ticks == len(recording.audio)  # time goes on over what was lost
        losses = [r for r in read_event_log(run.flash) if r.kind == "loss"]
        assert losses[-1].fields["lost_audio"] == last.skipped_audio

    @pytest.mark.parametrize("samples", [0, 200])
    def test_a_dead_imu_ends_in_the_watchdog(self, project, recording, samples, toolchain):
        elf = build_worn_firmware(project, "ports/live", "gated", toolchain)
        run = run_worn_firmware(elf, recording, silent_imu_after=samples)
        assert run.fault == "the watchdog was not fed"

    def test_audio_alone_needs_no_imu(self, project, recording, toolchain):
        elf = build_worn_firmware(project, "ports/live", "audio", toolchain)
        assert run_worn_firmware(elf, replace(recording, imu=None)).fault == ""

    @pytest.mark.parametrize("program", PROGRAMS)
    def test_a_core_that_fails_the_self_test_does_not_detect(
        self, project, recording, program, toolchain, tmp_path
    ):
        copy = tmp_path / "damaged"
        shutil.copytree(project.path, copy)
        expected = copy / "generated" / "tussis_selftest_expected.c"
        text, n = re.subn(r"(margins?\w*\[?\w*\]? = \{?\s*)-?\d", r"\g<1>9", expected.read_text())
        assert n > 0, expected.read_text()
        expected.write_text(text)
        run = run_worn_firmware(build_worn_firmware(copy, program, "gated", toolchain), recording)
        assert run.status in (-43, -44)
        assert run.events == []
        if program == "ports/live":
            (record,) = read_event_log(run.flash)
            assert (record.kind, record.fields["selftest"]) == ("start", run.status)


@pytest.mark.parametrize("program", ["ports/live", "ports/template", "examples/bare_metal"])
def test_the_core_sleeps_only_with_interrupts_masked(project, program, tool, tmp_path):
    """Between the look for work and the sleep nothing may come."""
    gcc, objdump = tool("arm-none-eabi-gcc"), tool("arm-none-eabi-objdump")
    include = [f"-I{project.path / name}" for name in ("include", "generated")]
    compiled = tmp_path / "main.o"
    command = [
        gcc,
        "-mcpu=cortex-m33",
        "-O1",
        "-fno-reorder-blocks",
        *include,
        "-c",
        project.path / program / "main.c",
    ]
    subprocess.run([*command, "-o", compiled], check=True)
    listing = subprocess.run([objdump, "-dr", compiled], capture_output=True, text=True, check=True).stdout
    found = re.findall(r"\b(cpsid|cpsie|wfi|R_ARM_THM_CALL\ttussis_board_sleep)\b", listing)
    sleeps = [i for i, word in enumerate(found) if not word.startswith("cps")]
    assert len(sleeps) == 1
    assert (found[sleeps[0] - 1], found[sleeps[0] + 1]) == ("cpsid", "cpsie")


def test_what_is_no_program_is_refused(project):
    with pytest.raises(InputError, match="has no examples/fortran"):
        build_worn_firmware(project, "examples/fortran")
