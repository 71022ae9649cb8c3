"""The linked image: no heap, no double, bounded RAM, no long call, any chunking on real features."""

from __future__ import annotations

import os
import re
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tussis.export.build.host_library import HostDetector, host_library
from tussis.export.build.project_files import firmware_sources, include_folders
from tussis.export.build.toolchain import find_arm_toolchain
from tussis.export.codegen.project import export_project
from tussis.export.emulator.board_library import BoardDetector
from tussis.export.emulator.execution import run_recording
from tussis.export.emulator.virtual_board import VirtualBoard
from tussis.selection.detector.microphone import Microphone

from ....export.conftest import make_detector, make_recording
from ....toolchains import BOTH_TOOLCHAINS

FORBIDDEN = re.compile(
    r"_?(malloc|calloc|realloc|free|sbrk)(_r)?$|__aeabi_[df]|__(add|sub|mul|div|extend|trunc|fix|float)\w*[sd]f"
    r"|(exp|log|pow|sin|cos|tan)f?$|printf"
)
PUSH_LIMIT = 60_000
RAM_LIMIT = 24 * 1024


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return export_project(make_detector(), tmp_path_factory.mktemp("export") / "firmware")


@pytest.fixture(scope="module", params=BOTH_TOOLCHAINS)
def board(request, project):
    if request.param == "gcc" and shutil.which("arm-none-eabi-gcc") is None:
        if os.environ.get("CI"):
            pytest.fail("arm-none-eabi-gcc is missing")
        pytest.skip("arm-none-eabi-gcc is not installed; zig is tested")
    return VirtualBoard(find_arm_toolchain(request.param).compile_elf(project)).count()


def state_bytes(board):
    return BoardDetector(board).state_bytes


def test_no_heap_no_double_no_libm(board):
    assert board.image.hard_float
    assert [s.name for s in board.image.symbols if FORBIDDEN.match(s.name)] == []


def test_ram_is_static_and_small(board):
    ram = sum(s.size for s in board.image.sections if s.writable)
    assert state_bytes(board) <= ram <= RAM_LIMIT
    assert ram - state_bytes(board) < 64  # nothing but the state: no globals


def test_a_microphone_that_follows_the_gate_needs_no_preroll(board, tmp_path):
    """16 frames of ring instead of 49, and no push is longer than with the microphone on."""
    toolchain = find_arm_toolchain("gcc" if "gcc-" in str(board.image.path) else "zig")
    project = export_project(make_detector(), tmp_path / "fw", microphone=Microphone.parse("gated"))
    gated = BoardDetector(VirtualBoard(toolchain.compile_elf(project)).count())
    assert gated.state_bytes < state_bytes(board) - 33 * 256 + 64
    assert [s.name for s in gated.board.image.symbols if FORBIDDEN.match(s.name)] == []
    recording = make_recording(41, seconds=4)
    gated.start("gated")
    worst = 0
    for start in range(0, len(recording.audio), 256):
        for sample in recording.imu[start // 160 : (start + 256) // 160]:
            gated.push_imu(sample[None])
        gated.push_audio(recording.audio[start : start + 256])
        worst = max(worst, gated.board.last_call.instructions)
    assert 10_000 < worst < PUSH_LIMIT
    assert gated.audio_window().count > 5
    asked = gated.board.call("tussis_microphone_wanted", gated._state)
    assert asked in (0, 1)
    assert gated.board.last_call.instructions < 150


def test_products_and_sums_stay_apart_whatever_the_flags_say(project, board):
    """A build system that cannot pass ``-ffp-contract=off`` must not change bits."""
    toolchain = find_arm_toolchain("zig" if "zig" in board.image.path.parts[-2] else "gcc")
    flags = ["-ffp-contract=fast" if toolchain.name == "gcc" else "-ffp-contract=on"]
    root, port = project.path, project.path / "ports" / "virtual"
    image = toolchain.build(
        [*firmware_sources(root), *port.glob("*.c")],
        "elf",
        include=[*include_folders(root), port],
        linker_script=port / "virtual.ld",
        extra_flags=flags,
    )
    recording = make_recording(40, seconds=4)
    traces = [
        run_recording(BoardDetector(VirtualBoard(elf)), recording, "gated") for elf in (image, board.image)
    ]
    assert traces[0].events
    assert traces[0].events == traces[1].events
    for number, window in traces[0].audio.items():
        assert np.array_equal(window.features, traces[1].audio[number].features)


def test_no_call_is_long_and_the_stack_is_bounded(board):
    recording = make_recording(41, seconds=8)
    c = BoardDetector(board)
    c.start("gated")
    board.clear_stack()
    longest, done = {"audio": 0, "imu": 0}, 0
    for start in range(0, len(recording.audio), 256):
        until = (start + 256) // 160
        for sample in recording.imu[done:until]:
            c.push_imu(sample[None])
            longest["imu"] = max(longest["imu"], board.last_call.instructions)
        done = max(done, until)
        c.push_audio(recording.audio[start : start + 256])
        longest["audio"] = max(longest["audio"], board.last_call.instructions)
    assert c.audio_window().count > 5
    assert 5_000 < longest["audio"] <= PUSH_LIMIT
    assert longest["imu"] <= PUSH_LIMIT
    assert board.stack_high_water <= 2048


@pytest.fixture(scope="module")
def host(project):
    return HostDetector(host_library(project, defines={"TUSSIS_EVENT_QUEUE": 64}))


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 3),
    mode=st.sampled_from(["audio", "imu", "gated"]),
    pieces=st.lists(
        st.tuples(st.booleans(), st.one_of(st.integers(1, 300), st.integers(1, 16000))), max_size=40
    ),
)
def test_any_chunking_gives_the_same_events(host, seed, mode, pieces):
    recording = make_recording(50 + seed, seconds=5)
    whole = run_recording(host, recording, mode)
    assert whole.events
    host.start(mode)
    events, audio, imu = [], 0, 0
    for is_audio, n in [*pieces, (True, 10**6), (False, 10**6)]:
        if is_audio:
            host.push_audio(recording.audio[audio : audio + n])
            audio += n
        else:
            host.push_imu(recording.imu[imu : imu + n // 160 + 1])
            imu += n // 160 + 1
        events += host.events()
    host.flush()
    assert events + host.events() == whole.events
    assert host.totals().late_imu == 0


def test_one_sample_at_a_time(host):
    recording = make_recording(60, seconds=3)
    whole = run_recording(host, recording, "gated")
    host.start("gated")
    for number, sample in enumerate(recording.audio):
        if number % 160 == 0:
            host.push_imu(recording.imu[number // 160][None])
        host.push_audio(sample[None])
    host.flush()
    assert host.events() == whole.events


def test_decimated_audio_gives_the_same_events(host):
    from tussis.signal.decimator import decimate

    recording = make_recording(61, seconds=5)
    whole = run_recording(host, recording, "audio")
    host.start("audio")
    host.push_audio_decimated(decimate(recording.audio, make_detector().audio.plan))
    host.flush()
    assert host.events() == whole.events


def test_two_detectors_share_nothing(project, host):
    other = HostDetector(host._c)
    recording = make_recording(62, seconds=5)
    whole = run_recording(host, recording, "audio")
    host.start("audio")
    other.start("audio")
    for start in range(0, len(recording.audio), 4000):
        host.push_audio(recording.audio[start : start + 4000])
        other.push_audio(-recording.audio[start : start + 4000])
    host.flush()
    assert host.events() == whole.events


def test_the_device_s_queue_keeps_the_newest_and_counts_the_rest(project):
    small = HostDetector(host_library(project, defines={"TUSSIS_EVENT_QUEUE": 2}))
    recording = make_recording(63, seconds=8)
    whole = run_recording(small, recording, "audio").events
    small.start("audio")
    assert small.push_audio(recording.audio) == -3  # TUSSIS_LOST_EVENT
    small.flush()
    assert small.events() == whole[-2:]
    assert small.totals().lost_events == len(whole) - 2


def test_values_that_are_not_numbers_are_counted_and_do_no_harm(host):
    recording = make_recording(64, seconds=5)
    imu = recording.imu.copy()
    imu[100, 2] = np.nan
    imu[200, 5] = np.inf
    clean = np.where(np.isfinite(imu), imu, np.float32(0))
    results = []
    for samples in (imu, clean):
        host.start("imu")
        host.push_imu(samples)
        host.flush()
        results.append((host.events(), host.totals().bad_imu))
    assert results[0][0] == results[1][0]
    assert (results[0][1], results[1][1]) == (2, 0)


def test_audio_that_runs_away_from_the_imu_is_counted(project):
    device = HostDetector(host_library(project, defines={"TUSSIS_SKEW_MS": 256}))
    recording = make_recording(65, seconds=4)
    device.start("gated")
    assert device.push_audio(recording.audio) == -1  # TUSSIS_LATE_IMU
    # 250 frames: window w is given up when frame 8 w + 48 is whole. From 2.25 s on the sensor counts as dead.
    assert device.totals().late_imu == 23
    assert device.totals().open_windows == 9
    device.push_imu(recording.imu)
    device.flush()  # the IMU samples came too late to wake anything but the newest windows
    assert device.totals().computed_frames < 100


def test_the_imu_may_be_ahead_but_not_without_limit(project):
    device = HostDetector(host_library(project, defines={"TUSSIS_SKEW_MS": 256}))
    long = make_recording(66, seconds=20)
    device.start("gated")
    assert device.push_imu(long.imu[:700]) >= 0
    assert device.push_imu(long.imu[700:]) == -2  # TUSSIS_LOST_HIT
    assert device.totals().lost_hits > 0


class TestModeChange:
    def test_a_mode_change_acts_like_an_end_and_a_beginning(self, host):
        recording = make_recording(67, seconds=8)
        half, imu_half = 64000, 400
        whole = run_recording(host, recording, "audio").events
        host.start("audio")
        host.push_audio(recording.audio[:half])
        host.push_imu(recording.imu[:imu_half])
        host.set_mode("imu")
        first = host.events()
        assert first
        assert set(first) & set(whole)
        assert all(e.end_ticks <= half for e in first)
        host.push_audio(recording.audio[half:])
        host.push_imu(recording.imu[imu_half:])
        host.flush()
        motion = host.events()
        assert motion
        assert all(e.start_ticks >= half and e.start_ticks % 800 == 0 for e in motion)

    @pytest.mark.parametrize("piece", [100, 3000, 64000])
    def test_time_goes_on_while_audio_is_only_counted(self, host, piece):
        recording = make_recording(68, seconds=10)
        skipped = 48000 + 37
        host.start("imu")
        for start in range(0, skipped, piece):
            host.push_audio(recording.audio[start : min(start + piece, skipped)])
        host.push_imu(recording.imu[:300])
        host.set_mode("audio")
        host.events()  # of the motion
        host.push_audio(recording.audio[skipped:])
        host.flush()
        found = host.events()
        assert found
        whole = run_recording(host, recording, "audio").events
        late = [e for e in whole if e.start_ticks > skipped + 16000]
        starts = [e.start_ticks for e in found]
        assert all(min(abs(e.start_ticks - s) for s in starts) <= 1024 for e in late)
        assert all(e.start_ticks >= skipped for e in found)

    def test_the_mode_in_force_can_be_set_again(self, host):
        recording = make_recording(69, seconds=5)
        whole = run_recording(host, recording, "gated").events
        host.start("gated")
        for start in range(0, len(recording.audio), 1600):
            host.push_imu(recording.imu[start // 160 : start // 160 + 10])
            host.push_audio(recording.audio[start : start + 1600])
            host.set_mode("gated")
        host.flush()
        assert host.events() == whole


def test_flush_in_steps_is_flush_and_input_may_go_on(host):
    recording = make_recording(70, seconds=6)
    host.start("gated")
    host.push_audio(recording.audio[:48000])
    host.push_imu(recording.imu[:100])
    steps = 0
    while host.flush_step():
        steps += 1
    assert steps > 0
    assert not host.flush_step()
    host.push_imu(recording.imu[100:])
    host.push_audio(recording.audio[48000:])
    host.flush()
    assert host.audio_window().count > 0
