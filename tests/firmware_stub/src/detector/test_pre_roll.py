"""The raw pre-roll against the decimated one: the same after every call, for less work and more RAM."""

from __future__ import annotations

import ctypes
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tussis.cli.app import main
from tussis.data.input_error import InputError
from tussis.export.build.host_library import HostDetector, host_library
from tussis.export.build.toolchain import find_arm_toolchain
from tussis.export.codegen.project import export_project, load_project
from tussis.export.emulator.board_library import BoardDetector
from tussis.export.emulator.execution import run_recording
from tussis.export.emulator.virtual_board import VirtualBoard
from tussis.selection.detector.inference import detect
from tussis.selection.detector.microphone import Microphone
from tussis.selection.detector.pre_roll import PRE_ROLLS
from tussis.signal.catalogue import feature_ids
from tussis.signal.decimator import decimate
from tussis.signal.plan import INPUT_RATES_HZ, AudioPlan

from ....export.conftest import make_detector, make_recording
from .conftest import stub_detector
from .test_control import PIECES, expected, feed, make_script

PUSH_LIMIT = 60_000
MODES = ("audio", "imu", "gated")


def small_detector(rate_hz: int = 16000):
    """A few features suffice: a window differs if a sample of it does."""
    plan = AudioPlan(input_rate_hz=rate_hz)
    ids = feature_ids("audio", plan)[::40], feature_ids("imu")[::20]
    return make_detector(*ids, n_trees=5, audio_plan=plan)


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """The host's C with each pre-roll, by the microphone's rate."""
    built: dict[tuple[int, int], list[HostDetector]] = {}

    def build(rate_hz: int = 16000, skew_ms: int = 256) -> list[HostDetector]:
        if (rate_hz, skew_ms) not in built:
            folder = tmp_path_factory.mktemp("pre_roll")
            built[rate_hz, skew_ms] = [
                HostDetector(
                    host_library(
                        export_project(small_detector(rate_hz), folder / name, pre_roll=name),
                        defines={"TUSSIS_SKEW_MS": skew_ms, "TUSSIS_EVENT_QUEUE": 64},
                    )
                )
                for name in PRE_ROLLS
            ]
        return built[rate_hz, skew_ms]

    return build


class Input:
    """A recording taken in pieces; decimated ones hold any samples."""

    def __init__(self, seed: int, rate_hz: int) -> None:
        self.recording = make_recording(seed, seconds=8.0, rate_hz=rate_hz)
        self.audio = self.imu = 0
        self.per_imu = rate_hz // 100

    def act(self, detector: HostDetector, kind: str, n: int) -> list[object]:
        """Do one thing; everything a caller can see of it."""
        pcm = self.recording.audio[self.audio : self.audio + n]
        result: object = None
        if kind == "audio":
            result = detector.push_audio(pcm)
        elif kind == "decimated":
            result = detector.push_audio_decimated(pcm)
        elif kind == "imu":
            result = detector.push_imu(self.recording.imu[self.imu : self.imu + n // self.per_imu])
        elif kind == "flush":
            detector.flush()
        else:
            try:
                detector.set_mode(kind)
            except RuntimeError as busy:
                result = str(busy)
        windows = [detector.audio_window(), detector.imu_window()]
        seen = [(w.index, w.count, float(w.margin), w.features.tobytes()) for w in windows]
        return [result, detector.events(), detector.totals(), seen]

    def go_on(self, kind: str, n: int) -> None:
        self.audio += n if kind in ("audio", "decimated") else 0
        self.imu += n // self.per_imu if kind == "imu" else 0


def same_after_every_step(detectors, seed, rate_hz, mode, steps) -> int:
    """Run the steps on both; windows seen."""
    source = Input(seed, rate_hz)
    for detector in detectors:
        detector.start(mode)
    for number, (kind, n) in enumerate(steps):
        decimated, raw = (source.act(detector, kind, n) for detector in detectors)
        assert raw == decimated, (number, kind, n)
        source.go_on(kind, n)
    return detectors[0].audio_window().count


N = st.one_of(st.integers(0, 20), st.integers(100, 600), st.integers(0, 20000))
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["audio"] * 6 + ["imu"] * 5 + ["decimated", "flush", *MODES]), N
    ),
    max_size=60,
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 3),
    build=st.sampled_from([*((rate_hz, 256) for rate_hz in INPUT_RATES_HZ), (16000, 8000)]),
    mode=st.sampled_from(MODES),
    steps=STEPS,
)
def test_both_give_the_same_after_every_call(both, seed, build, mode, steps):
    """Odd pieces, gaps, changes of mode and of form inside a frame, ends and what follows them."""
    same_after_every_step(both(*build), seed, build[0], mode, steps)


@pytest.mark.parametrize("rate_hz", INPUT_RATES_HZ)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("chunk", [1, pytest.param(7, marks=pytest.mark.slow), 255, 256, 257, 3000])
def test_a_stream_in_equal_chunks(both, rate_hz, mode, chunk):
    """With the device's own skew: the IMU sample by sample, the audio some chunks behind or before."""
    total = 4 * rate_hz if chunk > 1 else rate_hz
    steps, given_imu = [], 0
    for done in range(0, total, chunk):
        steps.append(("audio", chunk))
        due = (done + chunk) // (rate_hz // 100) - given_imu
        if due > 0:
            steps.append(("imu", due * (rate_hz // 100)))
            given_imu += due
    windows = same_after_every_step(both(rate_hz), 1, rate_hz, mode, [*steps, ("flush", 0)])
    assert windows >= {"audio": 4, "gated": 2 if chunk > 1 else 0, "imu": 0}[mode]


@pytest.mark.parametrize("rate_hz", INPUT_RATES_HZ)
def test_a_stream_shorter_than_a_window_at_every_remainder(both, rate_hz):
    step = rate_hz // 8000
    per_frame = 128 * step
    for n in [1, step, step + 1, per_frame - step, per_frame - step + 1, per_frame, 9 * per_frame + 77]:
        for mode in ("audio", "gated"):
            steps = [
                ("imu", rate_hz // 4),
                ("audio", n),
                ("flush", 0),
                ("audio", 40 * per_frame + 3),
                ("flush", 0),
            ]
            windows = same_after_every_step(both(rate_hz), 2, rate_hz, mode, steps)
            assert windows >= (2 if mode == "audio" else 0)


@pytest.mark.parametrize("rate_hz", INPUT_RATES_HZ)
@pytest.mark.parametrize("first", [1, 63, 64, 1000, 10001])
def test_a_stream_that_changes_its_form_inside_a_frame_loses_nothing(both, rate_hz, first):
    """There and back: what came raw is filtered, the rest is not, and the FIR goes on."""
    steps = [("audio", first), ("decimated", 37), ("audio", 9), ("decimated", 300), ("decimated", 1)]
    steps += [("audio", 5), ("audio", 3000), ("decimated", 128), ("audio", 3 * rate_hz + 1), ("flush", 0)]
    assert same_after_every_step(both(rate_hz), 3, rate_hz, "audio", steps) > 3
    assert both(rate_hz)[1].totals().audio_frames > 20


def test_audio_that_was_decimated_before_gives_the_same_events(both):
    recording = make_recording(61, seconds=5)
    raw = both()[1]
    whole = run_recording(raw, recording, "audio")
    raw.start("audio")
    raw.push_audio_decimated(decimate(recording.audio, AudioPlan()))
    raw.flush()
    assert whole.events
    assert raw.events() == whole.events


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), mode=st.sampled_from(MODES), cuts=PIECES)
def test_any_chunking_gives_the_reference_events(stub_library, seed, mode, cuts):
    """Made-up gates and margins: every pattern of sleeping and waking, against the reference."""
    script = make_script(seed)
    raw = stub_library(pre_roll="raw", TUSSIS_SKEW_MS=12000, TUSSIS_EVENT_QUEUE=64)
    assert feed(raw, script, mode, cuts) == expected(script, mode, stub_detector())
    assert not raw.totals().losses()


class ByDma(HostDetector):
    """Samples are written into the ring, the frame after the one being filled before that is pushed."""

    in_place = 0

    def place(self, after: bool) -> tuple[int, int]:
        """Address and number of samples."""
        n = ctypes.c_size_t()
        self._c.tussis_audio_ring.restype = ctypes.c_void_p
        address = self._c.tussis_audio_ring(self._state, ctypes.c_bool(after), ctypes.byref(n))
        return address or 0, n.value

    def push_audio(self, pcm: np.ndarray) -> int:
        """What DMA runs ahead with may be anything yet; it is right once its turn comes."""
        worst = 0
        while len(pcm):
            now, room = self.place(False)
            after, more = self.place(True)
            assert (now == 0) == (after == 0) == (room == 0) == (more == 0)
            if not now:
                return min(worst, super().push_audio(pcm))
            n = min(room, len(pcm))
            ctypes.memmove(now, np.ascontiguousarray(pcm[:n]).ctypes.data, 2 * n)
            ctypes.memset(after, 0x5A, 2 * more)
            worst = min(worst, self._c.tussis_push_audio(self._state, now, n))
            self.in_place += n
            if n == room and self.place(False)[0]:
                assert self.place(False) == (after, more)
            pcm = pcm[n:]
        return worst


def same_as_copied(detectors, seed, rate_hz, mode, steps) -> int:
    """Run the steps on both; what is seen after each is the same. Samples that were not copied."""
    source = Input(seed, rate_hz)
    for detector in detectors:
        detector.start(mode)
    for number, (kind, n) in enumerate(steps):
        copied, by_dma = (source.act(detector, kind, n)[1:] for detector in detectors)
        assert by_dma == copied, (number, kind, n)
        source.go_on(kind, n)
    return detectors[1].in_place


def by_dma_and_copied(both, rate_hz: int) -> tuple[HostDetector, ByDma]:
    raw = both(rate_hz)[1]
    return raw, ByDma(raw._c)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 3), rate_hz=st.sampled_from(INPUT_RATES_HZ), mode=st.sampled_from(MODES), steps=STEPS
)
def test_samples_that_dma_wrote_into_the_ring_are_as_good_as_copied_ones(both, seed, rate_hz, mode, steps):
    """Chunks of any length, wraps of the ring, changes of mode and of form, ends and what follows them."""
    same_as_copied(by_dma_and_copied(both, rate_hz), seed, rate_hz, mode, steps)


@pytest.mark.parametrize("rate_hz", INPUT_RATES_HZ)
@pytest.mark.parametrize("mode", ["audio", "gated"])
def test_dma_goes_around_the_ring_while_motion_waits_or_not(both, rate_hz, mode):
    """The gate waits for motion that comes late, so that the ring is full; then the other way round."""
    frame = rate_hz // 125 * 2
    late = [("audio", frame)] * 90 + [("imu", rate_hz * 2)] + [("audio", frame), ("imu", frame)] * 90
    in_place = same_as_copied(by_dma_and_copied(both, rate_hz), 1, rate_hz, mode, [*late, ("flush", 0)])
    assert in_place == 180 * frame


def test_only_a_raw_pre_roll_has_a_ring_for_dma(both):
    decimated, raw = both()
    places = [ByDma(detector._c) for detector in (decimated, raw)]
    assert places[0].place(False) == places[0].place(True) == (0, 0)
    now, after = places[1].place(False), places[1].place(True)
    assert (now[1], after[1]) == (255, 256)


@pytest.mark.parametrize("rate_hz", INPUT_RATES_HZ)
def test_a_dma_of_whole_words_finds_frames_aligned(tmp_path, both, rate_hz):
    project = export_project(small_detector(rate_hz), tmp_path / "raw", pre_roll="raw")
    defines = {"TUSSIS_DMA_WORDS": 1, "TUSSIS_SKEW_MS": 256, "TUSSIS_EVENT_QUEUE": 64}
    words = ByDma(host_library(project, defines=defines))
    frame = rate_hz // 125 * 2
    steps = [step for _ in range(90) for step in [("audio", frame), ("imu", frame)]]
    assert same_as_copied((both(rate_hz)[1], words), 1, rate_hz, "gated", steps) == 90 * frame
    assert words.place(True)[0] % 4 == 0


class Spent(NamedTuple):
    """Cycles of a recording, of them in pushes of audio, and instructions of the longest of these."""

    cycles: int
    audio: int
    longest: int


class Board(BoardDetector):
    """On the emulated core, with what a recording costs from start to end."""

    def spent(self, recording, mode: str) -> Spent:
        """Feed it 16 ms by 16 ms."""
        self.start(mode)
        self.board.clear_counts()
        longest = done = audio = 0
        for start in range(0, len(recording.audio), 256):
            until = (start + 256) // 160
            if until > done:
                self.push_imu(recording.imu[done:until])
                done = until
            self.push_audio(recording.audio[start : start + 256])
            longest = max(longest, self.board.last_call.instructions)
            audio += self.board.last_call.cycles
        return Spent(self.board.cycles, audio, longest)


def boards_of(detector, folder) -> dict[str, Board]:
    toolchain = find_arm_toolchain()
    projects = {name: export_project(detector, folder / name, pre_roll=name) for name in PRE_ROLLS}
    images = {name: toolchain.compile_elf(project) for name, project in projects.items()}
    return {name: Board(VirtualBoard(image).count()) for name, image in images.items()}


@pytest.fixture(scope="module")
def boards(tmp_path_factory):
    """Every fifth audio and every fourth motion feature."""
    return boards_of(make_detector(), tmp_path_factory.mktemp("boards"))


@pytest.fixture(scope="module")
def small_boards(tmp_path_factory):
    return boards_of(small_detector(), tmp_path_factory.mktemp("small"))


def quiet(seconds: float = 4.0):
    """Nothing moves: the gate never opens."""
    recording = make_recording(40, seconds=seconds)
    recording.imu[:] = (0, 0, 9.81, 0, 0, 0)
    return recording


def test_asleep_the_audio_path_costs_a_copy(small_boards):
    """All of gated mode, motion included, and what audio takes of it.

    The bounds are cycles: 61 and 42 or 44 % of what the decimated one took before its FIR became faster.
    """
    recording = quiet()
    spent = {name: board.spent(recording, "gated") for name, board in small_boards.items()}
    print(f"asleep {spent}")
    assert all(board.totals().computed_frames == 0 for board in small_boards.values())
    most_cycles, most_audio = {"gcc": (426_535, 201_273), "zig": (454_670, 239_465)}[
        find_arm_toolchain().name
    ]
    assert spent["raw"].cycles < min(most_cycles, spent["decimated"].cycles)
    assert spent["raw"].audio < min(most_audio, spent["decimated"].audio)


def test_awake_it_costs_little_more(boards):
    recording = make_recording(40, seconds=4)
    spent = {name: board.spent(recording, "audio").cycles for name, board in boards.items()}
    assert spent["raw"] < 1.06 * spent["decimated"]


def test_no_push_is_long_while_it_catches_up(boards):
    """Waking computes four frames per frame, now with their FIR; the stack stays small."""
    board = boards["raw"]
    board.board.clear_stack()
    recording = make_recording(41, seconds=8)
    longest = {mode: board.spent(recording, mode).longest for mode in ("gated", "audio")}
    print(f"longest push {longest}")
    assert board.audio_window().count > 5
    assert 5_000 < longest["audio"] < longest["gated"] <= PUSH_LIMIT
    assert board.board.stack_high_water <= 2048


def test_the_emulated_core_hears_what_the_host_hears(boards):
    recording = make_recording(42, seconds=8)
    for mode in ("audio", "gated"):
        traces = [run_recording(board, recording, mode) for board in boards.values()]
        assert traces[0].events == traces[1].events
        assert traces[0].events
        assert traces[0].audio.keys() == traces[1].audio.keys()
        for number, window in traces[0].audio.items():
            assert np.array_equal(window.features, traces[1].audio[number].features)
    host = detect(recording, make_detector(), "gated")
    assert [event.confidence for event in traces[1].events] == [event.confidence for event in host.events]


def test_ram_is_what_the_documentation_says(boards):
    """49 frames: 256 samples for 128, eight of history, an even number, a flag each; one more for DMA."""
    sizes = {name: board.state_bytes for name, board in boards.items()}
    more = 49 * (2 * (266 - 128) + 1) + 1 + 2 * 266 + 1
    assert sizes["raw"] - sizes["decimated"] == pytest.approx(more, abs=8)
    assert sizes["decimated"] < 24_576
    assert sizes["raw"] < 36_000


@pytest.mark.parametrize("lacking", ["audio", "imu"])
def test_raw_needs_something_that_sleeps(tmp_path, lacking):
    lone = make_detector().model_copy(update={lacking: None})
    with pytest.raises(InputError, match=r"--pre-roll: raw needs .* --pre-roll decimated"):
        export_project(lone, tmp_path / "firmware", pre_roll="raw")
    export_project(lone, tmp_path / "firmware")


def test_the_command_line_refuses_in_one_line(tmp_path, capsys):
    out = str(tmp_path / "firmware")
    assert main(["export", "default", out, "--pre-roll", "raw", "--microphone", "gated"]) == 2
    told = capsys.readouterr().err
    assert "--pre-roll: raw does not go with --microphone gated" in told
    assert len(told.strip().splitlines()) == 1
    assert not (tmp_path / "firmware").exists()
    assert main(["export", "default", out, "--pre-roll", "raw"]) == 0
    assert load_project(out).pre_roll == "raw"


def test_raw_and_a_microphone_that_is_off_exclude_each_other(tmp_path):
    with pytest.raises(InputError, match=r"--pre-roll: raw .*--microphone gated"):
        export_project(
            make_detector(), tmp_path / "firmware", microphone=Microphone.parse("gated"), pre_roll="raw"
        )
    assert not (tmp_path / "firmware").exists()
