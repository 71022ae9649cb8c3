"""While the wearer moves the gate asks for more: C as NumPy, in code and as data, in any chunking."""

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
from tussis.export.codegen.model_blob import model_blob
from tussis.export.codegen.project import export_project
from tussis.export.emulator.board_library import BoardDetector
from tussis.export.emulator.execution import run_recording
from tussis.export.emulator.virtual_board import VirtualBoard
from tussis.selection.detector.gate_settings import Gating
from tussis.selection.detector.inference import detect

from ....export.conftest import BUSY, make_detector, make_restless_recording
from .conftest import stub_detector
from .test_control import PIECES, expected, feed, make_script

RULE = Gating(threshold=0.5, busy_threshold=0.8, busy_from=0.4, follow_s=1.0)
HOP = 25
HOP_S = 0.25


def with_gate(gating, detector=None):
    return (detector or stub_detector()).model_copy(update={"gating": gating})


def restless_script(seed, n_frames=1200):
    """A script whose wearer moves in the second quarter and the last one."""
    script = make_script(seed, n_frames)
    n = len(script.imu_margins)
    raised = script.imu_margins.copy()
    raised[n // 4 : n // 2] += 2.0
    raised[3 * n // 4 :] += 2.0
    return replace(script, imu_margins=raised)


def margins_of(script, first=0):
    return script.imu_margins[first : len(script.imu_margins) - 49 : HOP]


@pytest.fixture(scope="module")
def patient(stub_library):
    return stub_library(with_gate(RULE), TUSSIS_SKEW_MS=12000, TUSSIS_EVENT_QUEUE=64)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), cuts=PIECES)
def test_any_chunking_gives_the_reference_hits_and_events(patient, seed, cuts):
    script = restless_script(seed, 600)
    assert feed(patient, script, "gated", cuts) == expected(script, "gated", with_gate(RULE))
    assert patient.totals().imu_hits == RULE.fired(margins_of(script), HOP_S).sum()
    assert not patient.totals().losses()


def test_the_rule_changes_hits_and_events_of_these_scripts():
    plain = RULE.model_copy(update={"busy_threshold": None})
    fewer = other = 0
    for seed in range(10):
        script = restless_script(seed)
        margins = margins_of(script)
        fewer += plain.fired(margins, HOP_S).sum() - RULE.fired(margins, HOP_S).sum()
        found = [expected(script, "gated", with_gate(gating)) for gating in (plain, RULE)]
        other += found[0] != found[1]
    assert fewer > 100
    assert other >= 3


def test_lost_samples_neither_fire_nor_count(stub_library):
    detector = stub_library(with_gate(RULE), TUSSIS_SKEW_MS=12000, TUSSIS_EVENT_QUEUE=64)
    script = restless_script(3)
    imu, margins = script.imu(), margins_of(script)
    first, last = 400, 600  # what follows it finds the wearer still at rest
    starts = HOP * np.arange(len(margins))
    measured = (starts + 50 <= first) | (starts >= last)
    detector.start("gated")
    detector.push_imu(imu[:first])
    detector.skip_imu(last - first)
    detector.push_imu(imu[last:])
    totals = detector.totals()
    assert totals.blind_windows == (~measured).sum() == 9
    fired = RULE.fired(margins, HOP_S, measured)
    assert totals.imu_hits == fired.sum()
    assert (fired != (RULE.fired(margins, HOP_S) & measured)).any(), "the rule follows what was measured"


@pytest.mark.parametrize("mode", ["audio", "imu"])
def test_a_gate_that_begins_to_look_finds_the_wearer_at_rest(stub_library, mode):
    """As if the recording began there."""
    detector = stub_library(with_gate(RULE), TUSSIS_SKEW_MS=2000, TUSSIS_EVENT_QUEUE=64)
    script = restless_script(5, 2400)
    pcm, imu = script.pcm(), script.imu()
    detector.start("gated")

    def play(first_s, last_s):
        before = detector.totals().imu_hits
        for second in range(first_s, last_s):
            detector.push_imu(imu[100 * second : 100 * second + 100])
            detector.push_audio(pcm[16000 * second : 16000 * second + 16000])
        return detector.totals().imu_hits - before

    assert play(0, 15) == RULE.fired(margins_of(script)[:59], HOP_S).sum()
    detector.set_mode(mode)
    assert play(15, 16) == 0
    detector.set_mode("gated")
    later = margins_of(script, 1600)[:11]
    assert play(16, 19) == RULE.fired(later, HOP_S).sum()
    stale = np.concatenate([margins_of(script)[:59], later])
    assert RULE.fired(stale, HOP_S)[59:].sum() != RULE.fired(later, HOP_S).sum()


def test_hits_near_a_wrap_are_those_of_the_start(stub_library):
    detector = stub_library(with_gate(RULE), TUSSIS_SKEW_MS=2000, TUSSIS_EVENT_QUEUE=64)
    script = restless_script(6)
    for samples in (2**30, 2**31, 2**32):
        detector.start("gated")
        first = (samples - len(script.imu()) // 2) // 1600 * 1600  # 16 s: whole hops and blocks
        detector.skip_imu(first)
        detector.skip_audio(160 * first)
        detector.push_imu(script.imu())
        assert detector.totals().imu_hits == RULE.fired(margins_of(script), HOP_S).sum(), samples


# --- on real features ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def firmware(tmp_path_factory):
    """Exported projects by the form of the model and whether they were exported with the rule."""
    made = {}

    def export(model_in, busy):
        if (model_in, busy) not in made:
            detector = with_gate(BUSY, make_detector()) if busy else make_detector()
            root = tmp_path_factory.mktemp("export") / "firmware"
            made[model_in, busy] = export_project(detector, root, model_in=model_in)
        return made[model_in, busy]

    return export


def agrees(execution, recording, detector):
    """Compare an execution's gated mode with NumPy; return the hits."""
    trace = run_recording(execution, recording, "gated")
    reference = detect(recording, detector, "gated")
    assert sorted(trace.audio) == np.flatnonzero(reference.evaluated).tolist()
    assert [event.confidence for event in trace.events] == [
        np.float32(e.confidence) for e in reference.events
    ]
    assert len(trace.events) > 1
    assert execution.totals().imu_hits == reference.imu_hits.sum()
    return reference.imu_hits


def a_board(project, **defines):
    kind = "gcc" if shutil.which("arm-none-eabi-gcc") else "zig"
    return VirtualBoard(find_arm_toolchain(kind).compile_elf(project, defines=defines))


@pytest.mark.parametrize("model_in", ["code", "flash-blob"])
def test_three_executions_agree_while_the_wearer_moves(firmware, model_in):
    recording, detector = make_restless_recording(60), with_gate(BUSY, make_detector())
    project = firmware(model_in, True)
    hits = agrees(HostDetector(host_library(project)), recording, detector)
    agrees(BoardDetector(a_board(project)), recording, detector)
    without = detect(recording, make_detector(), "gated").imu_hits
    assert (without & ~hits)[20:44].sum() > 8, "busy windows that do not fire"
    assert not (hits & ~without).any()


class Loaded(HostDetector):
    """A detector that loads a block after every start."""

    block: ctypes.Array | None = None

    def _init(self):
        super()._init()
        if self.block is not None:
            load = self._c.tussis_load_model
            load.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
            assert load(self._state, ctypes.addressof(self.block), len(self.block) * 4) == 0


BLOCKS = {
    "without": Gating(threshold=0.3),
    "with": BUSY,
    "another": Gating(threshold=0.2, busy_threshold=0.7, busy_from=0.3, follow_s=1.0),
    "slow": Gating(threshold=0.2, busy_threshold=0.75, busy_from=0.2, follow_s=600.0),
    "always": Gating(threshold=0.0),
}


@pytest.mark.parametrize("exported", [False, True], ids=["exported-without", "exported-with"])
@pytest.mark.parametrize("loaded", BLOCKS)
def test_any_block_loads_into_any_firmware(firmware, exported, loaded):
    detector = with_gate(BLOCKS[loaded], make_detector(n_trees=9, depth=3))
    block = model_blob(detector)
    c = Loaded(host_library(firmware("flash-blob", exported)))
    c.block = (ctypes.c_uint32 * (len(block) // 4)).from_buffer_copy(block)
    for seed in (61, 62):
        agrees(c, make_restless_recording(seed), detector)


@pytest.mark.parametrize("exported", [False, True], ids=["exported-without", "exported-with"])
def test_the_core_agrees_on_a_block_of_the_other_kind(firmware, exported):
    detector = make_detector() if exported else with_gate(BUSY, make_detector())
    board = a_board(firmware("flash-blob", exported), TUSSIS_VIRTUAL_MODEL=1)
    block = model_blob(detector)
    place = board.alloc(len(block))
    board.write(place, block)

    class Core(BoardDetector):
        def _init(self):
            super()._init()
            assert self.board.call("tussis_load_model", self._state, place, len(block)) == 0

    agrees(Core(board), make_restless_recording(61), detector)
