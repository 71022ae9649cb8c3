"""While all is quiet nothing is computed: C as NumPy, level by level and window by window, and its cost."""

from __future__ import annotations

import ctypes
import shutil
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tussis.export.build.host_library import HostDetector, host_library
from tussis.export.build.toolchain import find_arm_toolchain
from tussis.export.codegen.project import export_project
from tussis.export.emulator.board_library import BoardDetector
from tussis.export.emulator.execution import run_recording
from tussis.export.emulator.virtual_board import VirtualBoard
from tussis.selection.detector.inference import detect
from tussis.selection.detector.sound_level import FALL_SHIFT, LEARNING_FRAMES, SoundLevel
from tussis.signal.decimator import decimate, decimator_taps
from tussis.signal.plan import INPUT_RATES_HZ, AudioPlan
from tussis.signal.sound_level import frame_levels

from ....export.conftest import make_recording
from ....toolchains import BOTH_TOOLCHAINS
from .conftest import stub_detector
from .test_control import PIECES, expected, feed, make_script
from .test_pre_roll import small_detector

RULE = SoundLevel(margin_db=6.0, rise_db_per_s=1.0)
PLAN = AudioPlan()


def with_level(detector, rule=RULE):
    return detector.model_copy(update={"sound_level": rule})


def toolchain():
    return find_arm_toolchain("gcc" if shutil.which("arm-none-eabi-gcc") else "zig")


@pytest.fixture(scope="module")
def projects(tmp_path_factory):
    """Exports by the microphone's rate, the rule, and whether there is an IMU model."""
    made = {}

    def export(rate_hz=16000, rule=RULE, imu=True):
        key = (rate_hz, rule, imu)
        if key not in made:
            detector = with_level(small_detector(rate_hz), rule)
            detector = detector if imu else detector.model_copy(update={"imu": None})
            made[key] = export_project(detector, tmp_path_factory.mktemp("level") / "firmware")
        return made[key]

    return export


@pytest.fixture(scope="module")
def hosts(projects):
    built = {}

    def build(*key, **named):
        project = projects(*key, **named)
        if project.path not in built:
            built[project.path] = HostDetector(host_library(project, defines={"TUSSIS_SKEW_MS": 256}))
        return built[project.path]

    return build


@pytest.fixture(scope="module")
def board(projects):
    return VirtualBoard(toolchain().compile_elf(projects())).count()


# --- levels -------------------------------------------------------------------------------------------------


def adversarial_frames(n):
    """Frames of n samples that strain sums, offsets and the logarithm."""
    rng = np.random.default_rng(1)
    sign = np.where(np.arange(n) % 2, 1, -1)
    click = np.zeros((n, n), np.int64)
    click[np.arange(n), np.arange(n)] = -32768
    rows = [
        np.where(sign > 0, 32767, -32768),
        np.repeat([-32768, 32767], n // 2),
        np.full(n, -32768),
        np.full(n, 32767),
        np.zeros(n),
        np.full(n, 1),
        (sign + 1) // 2,
        np.arange(n) % 16,
        *(np.round(30000 * np.sin(2 * np.pi * np.arange(n) / period)) for period in (2, 4, 8, 16, 32, 7.3)),
        *(rng.integers(-(2**bits), 2**bits, n) for bits in range(16)),
        *(rng.integers(-4, 4, n) + offset for offset in (-32000, 32000, 1000)),
    ]
    return np.concatenate([click, np.array(rows, np.int64)]).astype(np.int16)


def levels_of(frames, plan):
    """Levels by NumPy of frames as they lie in a slot: the decimator's inputs."""
    lead, n = plan.decimation - 1, plan.frame * plan.decimation
    pcm = np.concatenate([np.zeros(n - lead, np.int16), frames.reshape(-1)])
    return frame_levels(pcm, plan, len(frames) + 1)[1:]


@pytest.mark.parametrize("rate_hz", INPUT_RATES_HZ)
def test_every_level_is_that_of_numpy(hosts, rate_hz):
    plan = AudioPlan(input_rate_hz=rate_hz)
    frames = np.ascontiguousarray(adversarial_frames(plan.frame * plan.decimation))
    level = hosts(rate_hz)._c.tussis_sound_level_of
    level.argtypes, level.restype = (ctypes.c_void_p,), ctypes.c_int32
    found = [level(row.ctypes.data) for row in frames]
    assert found == levels_of(frames, plan).tolist()
    assert (min(found), max(found)) == (0, 7679)


def test_every_level_on_the_core_is_that_of_numpy(board):
    frames = adversarial_frames(256)
    place = board.alloc(516)
    found = []
    for row in frames:
        board.write(place + 2, row)
        found.append(board.call("tussis_sound_level_of", place + 2))
    assert found == levels_of(frames, PLAN).tolist()


def test_the_slot_is_as_the_level_takes_it():
    """Where the samples begin that are looked at follows the taps; NumPy states it by the decimation."""
    for rate_hz in INPUT_RATES_HZ:
        plan = AudioPlan(input_rate_hz=rate_hz)
        history = len(decimator_taps(plan)) - plan.decimation
        odd = (1 + history) % 2
        assert -(plan.decimation - 1) + odd == -2 * ((plan.decimation - 1) // 2)


# --- the floor ----------------------------------------------------------------------------------------------

RING = 32 + 16 + 1  # frames of a window, of 256 ms, and the one that is filled


class Sound(ctypes.Structure):
    """``tussis_sound_level_t``."""

    _fields_ = (
        ("floor", ctypes.c_int32),
        ("learned", ctypes.c_uint8),
        ("run", ctypes.c_uint8),
        ("quiet", ctypes.c_uint8 * RING),
    )


def square(level):
    """Make a frame whose level is near the one asked for."""
    size = round((2 ** (level / 256) - 1) ** 0.5)
    return np.tile(np.array([size, -size], np.int64).clip(-32768, 32767).astype(np.int16), 128)


@pytest.fixture(scope="module")
def hear(hosts):
    call = hosts()._c.tussis_sound_level_hear
    call.argtypes, call.restype = (ctypes.POINTER(Sound), ctypes.c_uint32, ctypes.c_void_p), None

    def frame(sound, number, pcm):
        call(ctypes.byref(sound), number, None if pcm is None else pcm.ctypes.data)
        return sound.run == 0

    return frame


def streams():
    """Sequences of levels: steps, clicks, silence, full scale, and walks."""
    rng = np.random.default_rng(5)
    yield [0] * 200
    yield [7680] * 100 + [0] * 100 + [7680] * 100
    yield [2000] * 80 + [7000] + [2000] * 80 + [0] + [2000] * 300
    for _ in range(6):
        yield np.clip(2000 + np.cumsum(rng.normal(0, 60, 1500)), 0, 7680).tolist()


def test_every_frame_is_decided_as_by_numpy(hear):
    margins = 0
    for levels in streams():
        frames = np.stack([square(level) for level in levels])
        wanted = RULE.loud_frames(levels_of(frames, PLAN), PLAN)
        sound = Sound()
        found = [hear(sound, number, frame) for number, frame in enumerate(frames)]
        assert found == wanted.tolist()
        margins += (~wanted).sum()
    assert margins > 1000


def test_floor_and_margin_at_every_distance(hear):
    """From any floor, as after hours of drift: one step, in fine units, at, below and above the margin."""
    rise, margin = RULE.rise(PLAN), RULE.margin
    for level in (0, 1, 1000, 4321, 7680):
        frame = square(level)
        fine = int(levels_of(frame[None], PLAN)[0]) << 8
        steps = (-margin - 1, -margin, -margin + 1, -rise - 1, -rise, -1, 0, 1, 2, 3, 4, 5, 9999)
        for floor in (*(fine + step for step in steps), 0, 7680 << 8):
            if not 0 <= floor <= 7680 << 8:
                continue
            sound = Sound(floor=floor, learned=LEARNING_FRAMES, run=7)
            assert hear(sound, 3, frame) == (fine >= floor + margin)
            step = -((floor - fine) >> FALL_SHIFT) if fine < floor else min(fine - floor, rise)
            assert sound.floor == floor + step


def test_ten_hours_of_slow_drift_stay_quiet(hear):
    """The floor is put where the drift has brought it, every ten minutes of ten hours."""
    for minute in range(0, 600, 10):
        level = 500 + round(minute * 10)
        frame = square(level)
        exact = int(levels_of(frame[None], PLAN)[0])
        sound = Sound(floor=(exact - 2) << 8, learned=LEARNING_FRAMES, run=255)
        assert not any(hear(sound, number, frame) for number in range(2**32 - 10, 2**32 + 10))
        assert sound.run == 255, "it does not wrap"
        assert sound.floor == exact << 8


def test_a_frame_that_is_not_known_is_loud_and_moves_nothing(hear):
    sound = Sound(floor=1234567, learned=LEARNING_FRAMES, run=9)
    assert hear(sound, 5, None)
    assert (sound.floor, sound.learned, sound.quiet[5]) == (1234567, LEARNING_FRAMES, 0)


# --- the detector -------------------------------------------------------------------------------------------


def quiet_recording(seed=8, seconds=12.0, rate_hz=16000):
    """Few bursts, with quiet between them."""
    recording = make_recording(seed, seconds, rate_hz)
    audio = recording.audio.copy()
    for first, last in ((2.0, 4.5), (6.0, 9.0)):
        part = slice(round(first * rate_hz), round(last * rate_hz))
        audio[part] = np.random.default_rng(seed).normal(0, 40, part.stop - part.start)
    return replace(recording, audio=audio)


def agrees(execution, recording, detector, mode):
    trace = run_recording(execution, recording, mode)
    reference = detect(recording, detector, mode)
    assert sorted(trace.audio) == np.flatnonzero(reference.evaluated).tolist()
    for number, window in trace.audio.items():
        assert window.margin == reference.audio_margins[number]
    assert [event.confidence for event in trace.events] == [
        np.float32(e.confidence) for e in reference.events
    ]
    assert not trace.totals.losses()
    return reference


@pytest.mark.parametrize("rate_hz", INPUT_RATES_HZ)
@pytest.mark.parametrize("imu", [True, False], ids=["both-models", "audio-only"])
def test_audio_mode_agrees_with_numpy(hosts, projects, rate_hz, imu):
    project = projects(rate_hz, imu=imu)
    found = agrees(hosts(rate_hz, imu=imu), quiet_recording(rate_hz=rate_hz), project.detector, "audio")
    assert 0.1 < found.audio_duty < 0.9
    assert found.events


@pytest.mark.parametrize(
    "combine",
    ["both", "sound", *(pytest.param(name, marks=pytest.mark.slow) for name in ("either", "motion"))],
)
def test_gated_mode_agrees_with_numpy(hosts, projects, combine):
    rule = SoundLevel(combine=combine)
    duties = set()
    for seed in (8, 9):
        recording = quiet_recording(seed)
        key = (16000, rule)
        duties.add(agrees(hosts(*key), recording, projects(*key).detector, "gated").audio_duty)
        agrees(hosts(*key), recording, projects(*key).detector, "audio")
    assert all(0 < duty < 1 for duty in duties)


def test_sound_alone_in_gated_mode_is_audio_mode(hosts, projects):
    rule = SoundLevel(combine="sound")
    for seed in (8, 9):
        recording, detector = quiet_recording(seed), projects(16000, rule).detector
        gated, audio = (detect(recording, detector, mode) for mode in ("gated", "audio"))
        assert gated.evaluated.tolist() == audio.evaluated.tolist()
        assert gated.events == audio.events != ()
        assert 0 < gated.audio_duty < 1
        found = [run_recording(hosts(16000, rule), recording, mode) for mode in ("gated", "audio")]
        assert sorted(found[0].audio) == sorted(found[1].audio)


@pytest.mark.parametrize("mode", ["audio", "gated", "imu"])
def test_the_core_agrees_with_numpy(board, projects, mode):
    agrees(BoardDetector(board), quiet_recording(), projects().detector, mode)


def loud_expected(script, mode, detector):
    """Events by the reference's gate, level and segmenter on a made-up script."""
    n_windows = max(len(script.levels) // 8 - 3, 0)
    loud = detector.sound_level.loud_windows(script.pcm(), PLAN, n_windows)
    return expected(script, mode, detector, loud=loud)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    mode=st.sampled_from(["audio", "gated"]),
    combine=st.sampled_from(["both", "either", "motion", "sound"]),
    cuts=PIECES,
)
def test_any_chunking_gives_the_reference_events(stub_library, seed, mode, combine, cuts):
    detector = with_level(stub_detector(), SoundLevel(margin_db=10.0, combine=combine))
    c = stub_library(detector, pre_roll="raw", TUSSIS_SKEW_MS=12000, TUSSIS_EVENT_QUEUE=64)
    script = make_script(seed)
    assert feed(c, script, mode, cuts) == loud_expected(script, mode, detector)
    assert not c.totals().losses()


def test_the_level_changes_events_of_these_scripts():
    detector = with_level(stub_detector(), SoundLevel(margin_db=10.0))
    other = [
        loud_expected(script, mode, detector) != expected(script, mode, detector)
        for script in map(make_script, range(10))
        for mode in ("audio", "gated")
    ]
    assert sum(other) >= 4


def test_counters_that_start_again_change_nothing(stub_library):
    detector = with_level(stub_detector(), SoundLevel(margin_db=10.0))
    script = make_script(3, 4000)
    found = [
        feed(stub_library(detector, pre_roll="raw", TUSSIS_EVENT_QUEUE=64, **defines), script, "audio", [])
        for defines in ({"TUSSIS_SKEW_MS": 256}, {"TUSSIS_SKEW_MS": 256, "TUSSIS_FORGET_AT": 500})
    ]
    assert found[0] == found[1] == loud_expected(script, "audio", detector)
    assert len(found[0]) > 1


# --- what makes it listen again -----------------------------------------------------------------------------


def hush(seconds, seed=1):
    return np.random.default_rng(seed).normal(0, 40, round(16000 * seconds)).astype(np.int16)


@pytest.fixture
def asleep(hosts):
    """A detector in audio mode that has heard nothing but quiet for five seconds."""
    detector = hosts()
    detector.start("audio")
    detector.push_audio(hush(5))
    assert 0 < detector.totals().computed_frames < 100, "the frames in which the floor was not known"
    before = detector.totals().computed_frames
    detector.push_audio(hush(2, 2))
    assert detector.totals().computed_frames == before
    return detector


def computed(detector, pcm, push="push_audio"):
    before = detector.totals().computed_frames
    getattr(detector, push)(pcm)
    return detector.totals().computed_frames - before


def test_lost_samples(asleep):
    asleep.skip_audio(300)
    assert computed(asleep, hush(4, 3)) >= LEARNING_FRAMES
    assert computed(asleep, hush(2, 4)) == 0


def test_a_change_of_the_mode_and_back(asleep):
    for mode in ("imu", "audio"):
        asleep.set_mode(mode)
        asleep.push_audio(hush(1, 5))
    assert computed(asleep, hush(3, 6)) >= 10
    assert computed(asleep, hush(2, 7)) == 0


def test_a_flush(asleep):
    asleep.flush()
    assert computed(asleep, hush(4, 3)) >= LEARNING_FRAMES


def test_decimated_samples_are_always_computed(asleep):
    y = decimate(hush(3, 3), PLAN)
    assert computed(asleep, y, "push_audio_decimated") > 170


def test_what_is_loud(asleep):
    assert computed(asleep, hush(0.5, 3) * 8) > 20


def test_a_stream_shorter_than_a_window(hosts, projects):
    for imu in (True, False):
        detector = hosts(imu=imu)
        short = replace(quiet_recording(), audio=hush(0.2), imu=None)
        assert agrees(detector, short, projects(imu=imu).detector, "audio").evaluated.tolist() == [True]


# --- cost ---------------------------------------------------------------------------------------------------

FRAME_COST = {"gcc": {256: 685, 1024: 558.25}, "zig": {256: 688, 1024: 546.25}}
"""Instructions for a quiet frame of 16 ms at 16 kHz, all of `tussis_push_audio`, by samples a call."""
LEVEL_COST = {"gcc": 167, "zig": 173}
"""Of them for level and floor."""
QUIET_FRAME = 700
QUIET_PER_SECOND = 50_000


@pytest.mark.parametrize("kind", BOTH_TOOLCHAINS)
def test_what_a_quiet_frame_costs(projects, kind, tool):
    if kind == "gcc":
        tool("arm-none-eabi-gcc")
    board = VirtualBoard(find_arm_toolchain(kind).compile_elf(projects())).count()
    detector = BoardDetector(board)
    for chunk, known in FRAME_COST[kind].items():
        detector.start("audio")
        quiet, costs = hush(6), []
        before = 0
        for start in range(0, len(quiet) - chunk, chunk):
            detector.push_audio(quiet[start : start + chunk])
            costs.append(board.last_call.instructions)
            before = before if start < 64000 else before or detector.totals().computed_frames
        late = np.array(costs[64000 // chunk :])
        assert detector.totals().computed_frames == before
        print(kind, chunk, "quiet frame", late.min() * 256 / chunk, "per second", late.mean() * 16000 / chunk)
        assert late.min() * 256 / chunk == known <= QUIET_FRAME
        assert late.mean() * 16000 / chunk <= QUIET_PER_SECOND
    board.clear_counts()
    detector.push_audio(quiet[:256])
    parts = {f.name: f.instructions for f in board.tree.functions()}
    assert parts["tussis_sound_level_of"] + parts["tussis_sound_level_hear"] == LEVEL_COST[kind]


def test_no_push_is_long_while_it_catches_up(board):
    """A window that is admitted at its end is computed four frames at a time."""
    detector = BoardDetector(board)
    detector.start("audio")
    longest = 0
    recording = quiet_recording()
    for start in range(0, len(recording.audio), 256):
        detector.push_audio(recording.audio[start : start + 256])
        longest = max(longest, board.last_call.instructions)
    assert 10_000 < longest < 60_000
    assert detector.totals().computed_frames > 200
