"""The comparator of motion in C, and silence that costs little: as NumPy has it, and as samples of 0 do."""

from __future__ import annotations

import ctypes
from dataclasses import replace

import numpy as np
import pytest

from tussis.data.synthesis.people.subject import draw_subject
from tussis.data.synthesis.session import synth_session
from tussis.export.build.host_library import HostDetector, host_library
from tussis.export.build.toolchain import find_arm_toolchain
from tussis.export.codegen.project import export_project
from tussis.export.emulator.board_library import BoardDetector
from tussis.export.emulator.virtual_board import VirtualBoard
from tussis.selection.detector.detector_file import load_detector
from tussis.selection.detector.inference import detect
from tussis.selection.detector.wake import MotionWake, heard


class Wake(ctypes.Structure):
    _fields_ = (
        ("mean", ctypes.c_int32 * 3),
        ("last", ctypes.c_int32 * 3),
        ("followed", ctypes.c_int32),
        ("same", ctypes.c_uint16 * 3),
        ("any", ctypes.c_bool),
        ("asked", ctypes.c_bool),
        ("newest", ctypes.c_uint64),
        ("off_tick", ctypes.c_uint64),
    )


def motions():
    """Made-up motion at 100 Hz: rest, steps, shocks, nonsense, full scale, and a sensor that hangs."""
    rng = np.random.default_rng(3)
    time = np.arange(3000) / 100
    rest = rng.normal(size=(3000, 6)).astype(np.float32) * np.float32(0.1)
    rest[:, 1] -= np.float32(9.7)
    walk = rest.copy()
    walk[:, 0] += (2.5 * np.sin(12 * time) * (time > 5)).astype(np.float32)
    shocks = rest.copy()
    shocks[rng.integers(0, 3000, 40)] += rng.normal(size=(40, 6)).astype(np.float32) * 5
    nonsense = rest.copy()
    nonsense[rng.integers(0, 3000, 30), rng.integers(0, 3, 30)] = np.nan
    nonsense[rng.integers(0, 3000, 30), rng.integers(0, 3, 30)] = np.inf
    nonsense[rng.integers(0, 3000, 30), rng.integers(0, 3, 30)] = -3e38
    full = np.where(rng.random((3000, 6)) < 0.5, -600, 600).astype(np.float32)
    hangs = rest.copy()
    hangs[700:2200, 2] = hangs[700, 2]
    edge = np.zeros((3000, 6), np.float32)
    edge[::2, :3] = np.float32(0.8)  # at the threshold and around it
    edge[1::3, 0] += np.float32(1 / 4096)
    return {
        "rest": rest,
        "walk": walk,
        "shocks": shocks,
        "nonsense": nonsense,
        "full": full,
        "hangs": hangs,
        "edge": edge,
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return export_project(load_detector("default"), tmp_path_factory.mktemp("wake") / "firmware")


@pytest.fixture(scope="module")
def library(project):
    found = host_library(project)
    size, tick = ctypes.c_size_t, ctypes.c_uint64
    found.tussis_wake_motion.restype = size
    found.tussis_wake_motion.argtypes = (ctypes.c_void_p, ctypes.c_void_p, size, tick)
    found.tussis_wake_ask.restype = None
    found.tussis_wake_ask.argtypes = (ctypes.c_void_p, tick)
    found.tussis_wake_on.restype = ctypes.c_bool
    found.tussis_wake_on.argtypes = (ctypes.c_void_p, tick)
    return found


def on_host(library, imu, cuts):
    """Ticks of frames of 10 ms at which the microphone is on, and how many samples crossed."""
    wake, crossed, on, done = Wake(), 0, [], 0
    for end in [*cuts, len(imu)]:
        block = np.ascontiguousarray(imu[done:end], np.float32)
        crossed += library.tussis_wake_motion(ctypes.byref(wake), block.ctypes.data, len(block), end * 160)
        on += [library.tussis_wake_on(ctypes.byref(wake), end * 160)]
        done = end
    return crossed, on, bytes(wake)


@pytest.mark.parametrize("kind", motions())
def test_each_sample_crosses_as_in_numpy(library, kind):
    imu = motions()[kind]
    crossed = MotionWake().crossings(imu, 100)
    number, on, _ = on_host(library, imu, range(1, len(imu)))
    assert number == crossed.sum()
    stretches = heard(
        (np.flatnonzero(crossed) + 1) * 160, 10**9, len(imu) * 160 + 1, 0, MotionWake().hold_ticks
    )
    expected = np.zeros(len(imu) + 1, np.bool_)
    for first, end in stretches.tolist():
        expected[first // 160 : -(-end // 160)] = True
    assert on == expected[1:].tolist()
    assert kind in ("rest",) or crossed.any()


@pytest.mark.parametrize("kind", ["walk", "nonsense", "hangs"])
def test_the_cut_does_not_matter(library, kind):
    imu = motions()[kind]
    single = on_host(library, imu, range(1, len(imu)))
    cuts = np.sort(np.random.default_rng(1).integers(0, len(imu), 60)).tolist()
    assert on_host(library, imu, cuts)[::2] == single[::2]


def test_without_samples_it_is_on_after_two_seconds(library):
    wake = Wake()
    assert not library.tussis_wake_on(ctypes.byref(wake), 31999)
    assert library.tussis_wake_on(ctypes.byref(wake), 32000)
    library.tussis_wake_ask(ctypes.byref(wake), 500)
    library.tussis_wake_ask(ctypes.byref(wake), 100)
    assert library.tussis_wake_on(ctypes.byref(wake), 500 + 10239)
    assert not library.tussis_wake_on(ctypes.byref(wake), 500 + 10240)


def test_when_the_gate_opened_last(library, session):
    """The end of the newest hit of the motion model, whether or not audio has come to it."""
    model = load_detector("default")
    hits = detect(session, model, "gated").imu_hits
    ends = (model.imu.plan.window + model.imu.plan.hop * np.arange(len(hits))) * 160
    detector = HostDetector(library)
    detector.start("gated")
    assert detector.gate_opened() is None
    seen = set()
    for second in range(len(session.imu) // 100):
        detector.push_imu(session.board_imu[100 * second : 100 * (second + 1)])
        known = np.flatnonzero(hits & (ends <= 16000 * (second + 1)))
        expected = int(ends[known[-1]]) if len(known) else None
        assert detector.gate_opened() == expected
        if second % 3 == 2:  # the audio comes in blocks of three seconds
            detector.push_audio(session.audio[48000 * (second // 3) : 48000 * (second // 3 + 1)])
            assert detector.gate_opened() == expected
        seen.add(expected)
    assert len(seen) > 3


@pytest.fixture(scope="module")
def board(project):
    image = find_arm_toolchain().compile_elf(project, defines={"TUSSIS_VIRTUAL_WAKE": 1})
    return BoardDetector(VirtualBoard(image).count())


@pytest.fixture(scope="module")
def session():
    made = synth_session(draw_subject(7, 3), 7, 24.0, movement="sit")
    audio = made.audio.copy()
    for first in range(0, len(audio), 60_011):  # silence of many lengths, at any place in a frame
        audio[first : first + 1 + first // 7 % 30_000] = 0
    return replace(made, audio=audio)


def silent_runs(audio):
    """Cut into (start, end, silent) where silence lasts for 50 samples or more."""
    quiet = np.concatenate([[0], (audio == 0).astype(np.int8), [0]])
    edges = np.flatnonzero(np.diff(quiet)).reshape(-1, 2)
    done = 0
    for start, end in edges[edges[:, 1] - edges[:, 0] >= 50].tolist():
        yield done, start, False
        yield start, end, True
        done = end
    yield done, len(audio), False


def listen(execution, session, mode, *, silence):
    execution.start(mode)
    events, imu = [], 0
    for start, end, quiet in silent_runs(session.audio):
        while start < end:
            n = min(end - start, 4001)
            due = (start + n) // 160
            execution.push_imu(session.board_imu[imu:due])
            imu = due
            if quiet and silence:
                push_silence(execution, n)
            else:
                execution.push_audio(session.audio[start : start + n])
            start += n
            events += fetched(execution)
    while execution.flush_step():
        pass
    return [tuple(e) for e in events + fetched(execution)]


def push_silence(execution, n):
    if isinstance(execution, HostDetector):
        execution.push_silence(n)
    else:
        execution.board.call("tussis_push_silence", execution._state, n)


def fetched(execution):
    events = []
    while (event := execution.next_event()) is not None:
        events.append(event)
    return events


@pytest.mark.parametrize("pre_roll", ["decimated", "raw"])
@pytest.mark.parametrize("mode", ["audio", "gated", "imu"])
def test_silence_is_what_samples_of_0_are(session, tmp_path, mode, pre_roll):
    firmware = export_project(load_detector("default"), tmp_path / "fw", pre_roll=pre_roll)
    detector = HostDetector(host_library(firmware))
    written = listen(detector, session, mode, silence=False)
    assert listen(detector, session, mode, silence=True) == written
    assert mode == "imu" or written


def test_the_core_agrees(board, library, session):
    detector = HostDetector(library)
    assert listen(board, session, "gated", silence=True) == listen(detector, session, "gated", silence=True)
    wake = board.board.alloc(ctypes.sizeof(Wake))
    samples = board.board.alloc(next(iter(motions().values())).nbytes)
    for kind, imu in motions().items():
        board.board.write(wake, bytes(ctypes.sizeof(Wake)))
        board.board.write(samples, np.ascontiguousarray(imu, np.float32))
        # The 64-bit tick does not fit into the last register: it lies on the stack.
        number = board.board.call("tussis_wake_motion", wake, samples, len(imu), 0, len(imu) * 160, 0)
        assert number == on_host(library, imu, [])[0], kind


def test_what_it_costs(board, session):
    board.start("gated")
    gravity = np.float32([0, -9.7, 0, 0, 0, 0])
    rest = gravity + np.float32(0.3) * (motions()["rest"] - gravity)  # a sensor's noise, which wakes no gate
    for second in range(4):
        board.push_imu(rest[100 * second : 100 * (second + 1)])
        push_silence(board, 12_800)
    spent = []
    for number in range(40):
        board.push_imu(rest[400 + 2 * number : 402 + 2 * number])
        push_silence(board, 256)
        spent.append(board.board.last_call.instructions)
    print(f"silence of 16 ms: {np.mean(spent):.0f} instructions")
    assert np.mean(spent) < 720
