"""`tussis_load_model` and `tussis_set_threshold`: another model's events, and nothing that is damaged."""

from __future__ import annotations

import ctypes
import shutil
import struct
import zlib

import numpy as np
import pytest

from tussis.export.build.host_library import HostDetector, host_library
from tussis.export.build.toolchain import find_arm_toolchain
from tussis.export.codegen.model_blob import model_blob
from tussis.export.codegen.project import export_project
from tussis.export.emulator.board_library import BoardDetector
from tussis.export.emulator.execution import run_recording
from tussis.export.emulator.virtual_board import VirtualBoard
from tussis.selection.detector.detector_file import Detector
from tussis.selection.detector.inference import detect

from ....export.conftest import make_detector, make_recording

MAGIC, FORMAT, ABI, LENGTH, CRC, SIGNATURE, INPUTS, LAYOUT, EVENTS, TREES, STARTED, THRESHOLD = range(
    -45, -57, -1
)
GATE = -57
NULL, MODE, MODEL = -32, -37, -38
AUDIO, IMU, GATED = range(3)
SECTION = 14
"""First word of the audio section."""


def second_model():
    """Other trees, thresholds, event and gate parameters on the same features."""
    document = make_detector(n_trees=9, depth=3).model_dump(mode="json")
    document["audio"]["threshold"], document["audio"]["continue_threshold"] = 0.35, 0.2
    document["events"]["audio"] |= {"min_s": 0.05, "high_db": 9.0}
    document["gating"] |= {"threshold": 0.15, "hold_s": 0.3, "max_consecutive_audio_windows": 2}
    return Detector.model_validate(document)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return export_project(
        make_detector(), tmp_path_factory.mktemp("export") / "firmware", model_in="flash-blob"
    )


@pytest.fixture(scope="module")
def library(project):
    library = host_library(project)
    library.tussis_load_model.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
    library.tussis_set_threshold.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_float)
    return library


class Loaded(HostDetector):
    """A detector that loads a block, or sets a threshold, after every start."""

    block: ctypes.Array | None = None
    threshold: tuple[int, float] | None = None

    def _init(self):
        super()._init()
        if self.block is not None:
            assert self.load(self.block) == 0
        if self.threshold is not None:
            assert self._c.tussis_set_threshold(self._state, *self.threshold) == 0

    def load(self, block):
        return self._c.tussis_load_model(self._state, ctypes.addressof(block), len(block) * 4)


def aligned(block):
    return (ctypes.c_uint32 * (len(block) // 4)).from_buffer_copy(block)


@pytest.mark.parametrize("mode", ["audio", "imu", "gated"])
def test_a_second_model_gives_its_margins_and_events(library, mode):
    detector = Loaded(library)
    recording = make_recording(50, seconds=10)
    before = run_recording(detector, recording, mode)
    detector.block = aligned(model_blob(second_model()))
    after = run_recording(detector, recording, mode)
    expected = detect(recording, second_model(), mode)
    assert len(after.events) == len(expected.events) > 0
    assert [e.confidence for e in after.events] == pytest.approx([e.confidence for e in expected.events])
    if mode != "gated":
        margins = [window.margin for window in getattr(after, mode).values()]
        assert margins == getattr(expected, f"{mode}_margins").tolist()
        assert margins != [window.margin for window in getattr(before, mode).values()]


@pytest.fixture(scope="module")
def board(project):
    kind = "gcc" if shutil.which("arm-none-eabi-gcc") else "zig"
    image = find_arm_toolchain(kind).compile_elf(project, defines={"TUSSIS_VIRTUAL_MODEL": 1})
    return VirtualBoard(image)


def test_the_core_agrees(board, library):
    block = model_blob(second_model())
    place = board.alloc(len(block))
    board.write(place, block)

    class Core(BoardDetector):
        def _init(self):
            super()._init()
            assert self.board.call("tussis_load_model", self._state, place, len(block)) == 0
            assert self.board.call("tussis_set_threshold", self._state, AUDIO, 0.27) == 0

    detector = Loaded(library)
    detector.block, detector.threshold = aligned(block), (AUDIO, 0.27)
    recording = make_recording(51, seconds=5)
    on_core = run_recording(Core(board), recording, "audio")
    here = run_recording(detector, recording, "audio")
    assert on_core.events == here.events
    assert [w.margin for w in on_core.audio.values()] == [w.margin for w in here.audio.values()]
    expected = detect(recording, second_model().at_threshold(0.27, "audio"), "audio")
    assert len(here.events) == len(expected.events) > 0


# --- thresholds ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ratio", [(0.51, 0.3), (0.9, 0.9), (0.6, 0.0001), (0.123, 0.0456)])
def test_thresholds_have_the_bits_of_python(library, ratio):
    detector = Loaded(library)
    document = make_detector().model_dump(mode="json")
    document["audio"]["threshold"], document["audio"]["continue_threshold"] = ratio
    like = Detector.model_validate(document)
    block = model_blob(like)
    held = aligned(block)
    assert detector.load(held) == 0
    raw = bytes(detector._state)
    events = block[4 * SECTION : 4 * SECTION + 16]  # where the state holds both margins
    assert raw.count(events) == 1
    place = raw.index(events)
    rng = np.random.default_rng(3)
    numbers = [1000, 999000, 500000, 500001, *rng.integers(1000, 999001, 120).tolist()]
    for number in numbers:
        assert library.tussis_set_threshold(detector._state, AUDIO, number / 1e6) == 0
        plan = like.at_threshold(number / 1e6, "audio").audio_events
        found = struct.unpack_from("<2f", bytes(detector._state), place)
        assert found == (plan.open_margin, plan.continue_margin), number


def test_a_threshold_acts_on_the_model_that_decides(library):
    recording = make_recording(52, seconds=10)
    for mode, number, part in (("audio", AUDIO, "audio"), ("imu", IMU, "imu"), ("gated", GATED, "audio")):
        detector = Loaded(library)
        detector.threshold = (number, 0.2)
        expected = detect(recording, make_detector().at_threshold(0.2, part), mode)
        found = run_recording(detector, recording, mode).events
        assert len(found) == len(expected.events) > 0
        assert [e.confidence for e in found] == pytest.approx([e.confidence for e in expected.events])


def test_thresholds_out_of_range_change_nothing(library):
    detector = Loaded(library)
    before = bytes(detector._state)
    for wrong in (0.0, 0.00099, 0.9991, 1.0, -1.0, float("nan"), float("inf")):
        assert library.tussis_set_threshold(detector._state, AUDIO, wrong) == THRESHOLD
    assert library.tussis_set_threshold(detector._state, 7, 0.5) == MODE
    assert bytes(detector._state) == before


def test_a_threshold_of_a_model_that_is_lacking(tmp_path):
    alone = Detector(audio=make_detector().audio, imu=None)
    c = host_library(export_project(alone, tmp_path / "firmware", model_in="flash-blob"))
    c.tussis_set_threshold.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_float)
    detector = HostDetector(c)
    assert c.tussis_set_threshold(detector._state, IMU, 0.5) == MODEL


# --- refusals -----------------------------------------------------------------------------------------------


def with_words(changes, *, crc=True):
    """The exported model's block with other words, and a CRC that is right again."""
    words = np.frombuffer(model_blob(make_detector()), np.uint32).copy()
    for place, value in changes.items():
        words[place] = value
    if crc:
        words[-1] = zlib.crc32(words[:-1].tobytes())
    return words.tobytes()


def bits(value):
    return int(np.float32(value).view(np.uint32))


NOT_A_NUMBER = bits(np.nan)
FIRST_TREE = SECTION + 14


def first_node():
    """Word of the root of the first audio tree; nodes are wide here."""
    words = np.frombuffer(model_blob(make_detector()), np.uint32)
    assert words[SECTION + 9] == 1
    return FIRST_TREE + int(words[SECTION + 12])


REFUSED = {
    "magic": ({0: 1}, MAGIC),
    "format": ({1: 1}, FORMAT),
    "interface": ({2: 99}, ABI),
    "length": ({3: 8}, LENGTH),
    "inputs": ({4: 5}, INPUTS),
    "gate": ({6: NOT_A_NUMBER}, GATE),
    "hold": ({7: 160001}, GATE),
    "consecutive": ({8: 256}, GATE),
    "busy threshold": ({9: bits(np.inf)}, GATE),
    "busy from": ({10: NOT_A_NUMBER}, GATE),
    "busy from -inf": ({10: bits(-np.inf)}, GATE),
    "weight below 0": ({11: bits(-1e-9)}, GATE),
    "weight above 1": ({11: bits(1.0000001)}, GATE),
    "weight": ({11: NOT_A_NUMBER}, GATE),
    "audio words": ({12: 15}, LAYOUT),
    "no audio": ({12: 0}, LAYOUT),
    "audio words beyond": ({12: 0xFFFFFFFF}, LAYOUT),
    "imu words": ({13: 0x80000000}, LAYOUT),
    "open margin": ({SECTION: NOT_A_NUMBER}, EVENTS),
    "continue above open": ({SECTION + 1: bits(50.0)}, EVENTS),
    "high drop": ({SECTION + 2: bits(-1.0)}, EVENTS),
    "low above high": ({SECTION + 3: bits(0.0)}, EVENTS),
    "no shortest": ({SECTION + 4: 4}, EVENTS),
    "merge": ({SECTION + 4: 0xFFFF | 1 << 16}, EVENTS),
    "longest": ({SECTION + 5: 0 | 128 << 16}, EVENTS),
    "region too long": ({SECTION + 5: 30 | 0xFFFF << 16}, EVENTS),
    "region too short": ({SECTION + 5: 120 | 128 << 16}, EVENTS),
    "unused": ({SECTION + 6: 1}, EVENTS),
    "share": ({SECTION + 8: 257}, EVENTS),
    "form": ({SECTION + 9: 2}, LAYOUT),
    "narrow with words of wide": ({SECTION + 9: 0}, LAYOUT),
    "base": ({SECTION + 10: NOT_A_NUMBER}, TREES),
    "trees": ({SECTION + 12: 0xFFFFFFFF}, LAYOUT),
    "nodes": ({SECTION + 13: 0x80000001}, LAYOUT),
    "first root": ({FIRST_TREE: 1}, TREES),
    "second root": ({FIRST_TREE + 1: 0}, TREES),
    "root beyond": ({FIRST_TREE + 1: 0xFFFFFFF0}, TREES),
    "child outside its tree": ({first_node() + 1: 0xFFFF}, TREES),
    "column": ({first_node() + 1: 0xFF0001}, TREES),
    "leaf": ({first_node(): NOT_A_NUMBER, first_node() + 1: 0}, TREES),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_has_a_code_of_its_own_and_changes_nothing(library, name):
    changes, code = REFUSED[name]
    detector = Loaded(library)
    before = bytes(detector._state)
    assert detector.load(aligned(with_words(changes))) == code
    assert bytes(detector._state) == before


def test_damage_without_a_right_crc(library):
    detector = Loaded(library)
    for place in (5, SECTION, first_node(), -1):
        damaged = with_words({place: 0x12345678}, crc=False)
        assert detector.load(aligned(damaged)) == CRC


def test_a_block_that_is_cut_off_or_too_long(library):
    detector = Loaded(library)
    block = model_blob(make_detector())
    held = aligned(block + bytes(8))
    for size in (*range(0, 70), len(block) // 2, *range(len(block) - 9, len(block)), len(block) + 4):
        code = library.tussis_load_model(detector._state, ctypes.addressof(held), size)
        assert code == LENGTH, size
    assert library.tussis_load_model(detector._state, None, len(block)) == NULL
    assert library.tussis_load_model(detector._state, ctypes.addressof(held) + 2, len(block)) == MAGIC
    assert library.tussis_load_model(detector._state, ctypes.addressof(held), len(block)) == 0


def test_other_features_are_refused(library):
    features = make_detector().audio.features
    other = model_blob(make_detector(audio_ids=(*features[1:], features[0])))
    assert Loaded(library).load(aligned(other)) == INPUTS


def begin_with_mode(mode):
    """A mode that is being left, with samples that only count meanwhile."""

    def act(detector):
        detector.start("gated")
        detector.push_audio(np.zeros(9000, np.int16))
        detector.set_mode(mode)
        detector.push_audio(np.zeros(1, np.int16))

    return act


BEGUN = {
    "a sample of sound": lambda c: c.push_audio(np.zeros(1, np.int16)),
    "sound": lambda c: c.push_audio(np.zeros(1000, np.int16)),
    "lost sound": lambda c: c.skip_audio(1),
    "lost sound, whole frames": lambda c: c.skip_audio(256 * 2**20),
    "sound beyond where the counters start over": lambda c: c.skip_audio(256 * (2**32 + 2**30)),
    "sound for ten years": lambda c: c.skip_audio(16000 * 315_576_000),
    "a sample of motion": lambda c: c.push_imu(np.zeros((1, 6), np.float32)),
    "motion before the sound": lambda c: c.push_imu_at(np.zeros((10, 6), np.float32), 50),
    "lost motion": lambda c: c.skip_imu(1),
    "motion up to where the counters start over": lambda c: c.skip_imu(2**30),
    "motion beyond it": lambda c: c.skip_imu(2**32),
    "motion for ten years": lambda c: c.skip_imu(100 * 315_576_000),
    "a change to motion": begin_with_mode("imu"),
    "a change to sound": begin_with_mode("audio"),
}


@pytest.mark.parametrize("mode", ["audio", "imu", "gated"])
@pytest.mark.parametrize("what", BEGUN)
def test_samples_come_afterwards(library, what, mode):
    detector = Loaded(library)
    block = aligned(model_blob(second_model()))
    detector.start(mode)
    detector.flush()
    assert detector.load(block) == 0, "a mode and a flush are no samples"
    BEGUN[what](detector)
    assert detector.load(block) == STARTED
    detector.flush()
    assert detector.load(block) == STARTED
    detector._init()
    assert detector.load(block) == 0


def test_the_signature_is_asked_before_the_content(library):
    verify_type = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
    asked = []

    def load(block, answer):
        @verify_type
        def verify(context, data, size):
            asked.append((context, ctypes.string_at(data, size)))
            return answer

        held = aligned(block)
        function = library.tussis_load_model_signed
        function.argtypes = (*library.tussis_load_model.argtypes, ctypes.c_void_p, ctypes.c_void_p)
        return function(
            Loaded(library)._state,
            ctypes.addressof(held),
            len(block),
            ctypes.cast(verify, ctypes.c_void_p),
            77,
        )

    block = model_blob(second_model())
    assert load(block, True) == 0
    assert load(block, False) == SIGNATURE
    assert asked == [(77, block)] * 2
    spoiled = with_words({4: 5})
    assert load(spoiled, False) == SIGNATURE
    assert load(spoiled, True) == INPUTS
    asked.clear()
    assert load(with_words({5: 5}, crc=False), True) == CRC
    assert not asked


def test_a_firmware_whose_own_block_is_damaged_does_not_start(tmp_path):
    project = export_project(make_detector(), tmp_path / "firmware", model_in="flash-blob")
    source = project.path / "generated/tussis_model_blob.c"
    head, tail = source.read_text().split("] = {\n", 1)
    first, rest = tail.lstrip().split(",", 1)
    source.write_text(f"{head}] = {{\n    {int(first.rstrip('U'), 0) ^ 1}U,{rest}")
    with pytest.raises(AssertionError, match="refuses"):
        HostDetector(host_library(project))
