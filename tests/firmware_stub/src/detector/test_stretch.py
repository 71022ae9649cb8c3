"""A change of the mode: its work is spread over later calls, and the events are those of doing it at once."""

from __future__ import annotations

import random

import pytest

from tussis.export.build.host_library import HostDetector, host_library
from tussis.export.build.toolchain import find_arm_toolchain
from tussis.export.codegen.project import export_project
from tussis.export.emulator.board_library import BoardDetector
from tussis.export.emulator.virtual_board import VirtualBoard
from tussis.selection.detector.microphone import Microphone

from ....export.conftest import make_detector, make_recording
from ....toolchains import BOTH_TOOLCHAINS

BUSY = -39
LOST_EVENT = -3
VARIANTS = {
    "usual": ({}, {}),
    "raw": ({"pre_roll": "raw"}, {}),
    "gated microphone": ({"microphone": Microphone.parse("gated")}, {}),
    "short ring": ({}, {"TUSSIS_SKEW_MS": 16}),
    "long ring": ({}, {"TUSSIS_SKEW_MS": 4000}),
}


@pytest.fixture(scope="module", params=VARIANTS)
def host(request, tmp_path_factory):
    options, defines = VARIANTS[request.param]
    project = export_project(make_detector(), tmp_path_factory.mktemp("stretch") / "firmware", **options)
    return HostDetector(
        host_library(project, defines={"TUSSIS_SKEW_MS": 256, "TUSSIS_EVENT_QUEUE": 64, **defines})
    )


def run(c: HostDetector, seed: int, at_once: bool):
    """Push a recording in random pieces and change the mode now and then; return events and busy pushes."""
    draw = random.Random(seed)
    recording = make_recording(300 + seed % 5, seconds=8)
    c.start(draw.choice(["audio", "gated", "imu"]))
    lag = draw.choice([0, 5, 20])
    audio = imu = busy = 0
    change = draw.choice([300, 2000, 6000, 30000])
    records = []

    def fetch():
        while (record := c.next_record()) is not None:
            fields = record.onset_ticks, record.offset_ticks, record.peak_ticks, record.id
            records.append((*fields, record.confidence, record.mode))

    while audio < len(recording.audio):
        n = draw.choice([1, 100, 256, 256, 256, 1000])
        if audio >= change and not c.busy():
            change = audio + draw.choice([4000, 9000, 25000])
            c.set_mode(draw.choice(["audio", "imu", "gated"]))
            while at_once and c.busy():
                c.flush_step()
        busy += c.busy()
        c.push_audio(recording.audio[audio : audio + n])
        audio += n
        until = max(imu, audio // 160 - lag)
        c.push_imu(recording.imu[imu:until])
        imu = until
        fetch()
    c.flush()
    fetch()
    return records, busy


def test_the_events_are_those_of_finishing_at_once(host):
    found = busy = 0
    for seed in range(40):
        spread, pushes = run(host, seed, at_once=False)
        whole, none = run(host, seed, at_once=True)
        assert spread == whole, seed
        assert none == 0
        found += len(whole)
        busy += pushes
    assert found > 60
    assert busy > 10


def test_ids_count_up_and_peaks_lie_inside(host):
    records, _ = run(host, 3, at_once=False)
    assert records
    assert [record[3] for record in records] == list(range(len(records)))
    assert all(onset <= peak < offset for onset, offset, peak, *_ in records)


def test_samples_between_the_steps_of_a_flush_belong_to_what_follows(host):
    recording = make_recording(311, seconds=6)
    results = []
    for between in (False, True):
        host.start("audio")
        host.push_audio(recording.audio[:5000])  # shorter than a first window
        audio, more = 5000, True
        while more:
            more = host.flush_step()
            if between and more:
                host.push_audio(recording.audio[audio : audio + 256])
                audio += 256
        assert not between or audio > 5000
        host.push_audio(recording.audio[audio:])
        host.flush()
        results.append(host.events())
    assert results[0] == results[1] != []


@pytest.fixture(scope="module", params=BOTH_TOOLCHAINS)
def board(request, tmp_path_factory, tool):
    if request.param == "gcc":
        tool("arm-none-eabi-gcc")
    project = export_project(make_detector(), tmp_path_factory.mktemp("stretch") / "firmware")
    return BoardDetector(VirtualBoard(find_arm_toolchain(request.param).compile_elf(project)).count())


@pytest.mark.parametrize(
    ("before", "after", "seconds", "lag"),
    [
        ("gated", "audio", 3.0, 24),
        ("gated", "imu", 3.0, 24),
        ("gated", "audio", 0.45, 0),
        ("gated", "imu", 0.45, 45),
        ("audio", "imu", 0.45, 0),
        ("audio", "gated", 0.45, 0),
        ("imu", "gated", 3.0, 0),
    ],
)
def test_no_call_is_longer_than_the_longest_push(board, before, after, seconds, lag):
    recording = make_recording(41, seconds=8)
    core = board.board

    def push(start, costs):
        until = max(0, (start + 256) // 160 - lag)
        for sample in recording.imu[max(0, start // 160 - lag) : until]:
            board.push_imu(sample[None])
            costs.append(core.last_call.instructions)
        board.push_audio(recording.audio[start : start + 256])
        costs.append(core.last_call.instructions)

    usual: list[int] = []
    board.start("gated")
    for start in range(0, len(recording.audio), 256):
        push(start, usual)
    board.start(before)
    stop = int(seconds * 16000) // 256 * 256 + 100
    for start in range(0, stop - 256, 256):
        push(start, usual)
    board.push_audio(recording.audio[stop - 100 - stop % 256 : stop][:100])
    mode = ["audio", "imu", "gated"].index(after)
    assert core.call("tussis_set_mode", board._state, mode) == 0
    costs = [core.last_call.instructions]
    assert core.call("tussis_mode", board._state) == mode
    pushes = 0
    while core.call("tussis_set_mode", board._state, mode) == BUSY:
        push(stop + 256 * pushes, costs)
        pushes += 1
        assert pushes < 20  # 256 ms of skew and a window: some 12 steps
    for start in range(stop + 256 * pushes, len(recording.audio) - 256, 256):
        push(start, costs)
    assert max(costs) <= 1.05 * max(usual)  # what a window costs depends on its sound by a few percent


def test_an_event_that_a_change_of_the_mode_loses_is_told_at_once(tmp_path):
    """Ending the motion's stretch closes an open event while another still waits in a queue of one."""
    project = export_project(make_detector(), tmp_path / "firmware")
    c = HostDetector(host_library(project, defines={"TUSSIS_EVENT_QUEUE": 1}))
    recording = make_recording(301, seconds=8)
    told = []
    for n in range(100, len(recording.imu), 20):
        c.start("imu")
        c.push_imu(recording.imu[:n])
        before = c.totals().lost_events
        status = c._c.tussis_set_mode(c._state, 0)
        assert status == (LOST_EVENT if c.totals().lost_events > before else 0)
        told.append(status)
    assert LOST_EVENT in told
    assert 0 in told
