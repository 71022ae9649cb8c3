"""`tussis calibrate`: what every kernel costs, solved from firmwares measured on the emulated Cortex-M33.

Each design is a firmware of random features and models of random size, exported, built and run like any
other. Cycles are read per stage of the call tree, bytes from the image; costs by kind then follow from least
squares over all designs. Where kinds appear in a random mixture every design adds an equation about each, and
what the compiler does across kernels (inlining, registers) averages out as it does in real detectors.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.atomic import write_text_whole
from ...data.cache_place import cache_place
from ...data.code_hash import code_hash
from ...data.input_error import InputError
from ...data.progress import Progress, silent
from ...data.recording import Recording
from ...data.untrusted import read_json
from ...selection.budget.cost_table import CostTable, PreRollCosts
from ...selection.detector.detector_file import (
    MODALITIES,
    AudioModel,
    Detector,
    EventParameters,
    EventSettings,
    ImuModel,
)
from ...selection.detector.gate_settings import Gating
from ...selection.detector.microphone import ALWAYS, Microphone
from ...selection.detector.mode import Mode
from ...selection.detector.pre_roll import PRE_ROLLS, PreRoll
from ...selection.models.booster import BoosterPlan, booster_json, fit_booster, side_by_side
from ...selection.trees.tree_rounding import round_model
from ...selection.trees.tree_sizes import TreeSizes, tree_sizes
from ...signal.audio_features import audio_features
from ...signal.catalogue import audio_catalogue, imu_catalogue
from ...signal.imu_features import imu_features
from ...signal.plan import AudioPlan, ImuPlan
from ..build.toolchain import Toolchain, find_arm_toolchain
from ..codegen.project import FIRMWARE, export_project
from ..emulator.board_library import BoardDetector
from ..emulator.call_tree import CallTree
from ..emulator.elf_image import ElfImage, load_elf
from ..emulator.execution import Totals, run_recording, run_sleeping
from ..emulator.virtual_board import VirtualBoard
from ..estimate.stages import STAGE_ROOTS
from .cost_solution import solve_costs
from .design import Design, MeasuredDesign, draw_design, refuse_too_few
from .firmware_hash import firmware_hash

__all__ = [
    "Field",
    "calibrate",
    "measure_design",
    "measure_detector",
    "measure_gap",
    "measure_pre_rolls",
    "run_field",
]

N_DESIGNS = 120
SECONDS = 2.6
"""Of sound and motion that each firmware runs on: 16 audio and 9 motion windows."""


OPT = "O2"


def calibrate(
    *,
    n_designs: int = N_DESIGNS,
    toolchain: Toolchain | None = None,
    cache_folder: Path | None = None,
    progress: Progress = silent,
) -> CostTable:
    """Measure designs and solve for the costs of all kinds. An interrupted run, repeated, goes on.

    Parameters
    ----------
    n_designs
        Firmwares to measure; below about 60 the costs of kinds that few of them hold are rough.
    toolchain
        Compiler; None finds one.
    cache_folder
        Folder for finished measurements; None is the user's cache folder.
    progress
        Called after each firmware.

    Returns
    -------
    CostTable

    Raises
    ------
    InputError
        The designs do not hold every kind of feature, or their models not both forms of trees; there is no
        compiler for the Cortex-M33; or the C sources changed meanwhile.
    """
    designs = [draw_design(seed) for seed in range(n_designs)]
    refuse_too_few(designs)
    toolchain = toolchain or find_arm_toolchain()
    code = firmware_hash()
    generators = code_hash("export/codegen", "export/calibration", "selection/models", "selection/trees")
    folder = (cache_folder or cache_place()) / f"calibration-{toolchain.name}-{code[:16]}-{generators[:16]}"
    measured = []
    shared = _Measuring(folder, toolchain, code)
    for number, found in enumerate(
        side_by_side(_measure_kept, shared, [(design,) for design in designs], stage="calibrate")
    ):
        measured.append(found)
        progress("calibrate", number + 1, n_designs)
    pre_rolls = measure_pre_rolls(designs[0], toolchain)
    gap = measure_gap(designs[0], toolchain)
    return solve_costs(
        designs, measured, pre_rolls, gap, toolchain=toolchain.name, opt=OPT, firmware_hash=code
    )


@dataclass(frozen=True)
class _Measuring:
    """What the measurements of all designs share: where they are kept, the compiler, the hash of the C."""

    folder: Path
    toolchain: Toolchain
    code: str


def _measure_kept(shared: _Measuring, design: Design) -> MeasuredDesign:
    found = _kept(shared.folder, design, lambda: measure_design(design, shared.toolchain))
    if firmware_hash() != shared.code:
        raise InputError(FIRMWARE, "the C changed while it was measured", remedy="run calibrate again")
    return found


def measure_design(design: Design, toolchain: Toolchain) -> MeasuredDesign:
    """Export a design, build it, run it in audio and in motion mode, and read its costs.

    Raises
    ------
    CompileError
        The compiler refused the code.
    BoardFault
        The firmware faulted.
    """
    return measure_detector(_detector(design), toolchain)


def measure_detector(
    detector: Detector, toolchain: Toolchain, pre_roll: PreRoll = "decimated"
) -> MeasuredDesign:
    """Export a detector of both modalities, build it, run it in audio and in motion mode, read its costs.

    Raises
    ------
    InputError
        The detector lacks a modality.
    CompileError
        The compiler refused the code.
    BoardFault
        The firmware faulted.
    """
    if detector.audio is None or detector.imu is None:
        raise InputError("detector", "only one with audio and motion models can be measured")
    image = _image(detector, toolchain, pre_roll)
    recording = _recording(detector.audio.plan.input_rate_hz)
    seconds = recording.duration_s
    board = VirtualBoard(image)
    stages: dict[str, float] = {}
    rest = {}
    for mode in MODALITIES:
        execution = Field(board.count())
        run_recording(execution, recording, mode)
        inside = _kernel_cycles(board.tree)
        stages |= {name: cycles / calls for name, (cycles, calls) in inside.items() if calls}
        rest[mode] = (board.cycles - sum(cycles for cycles, _ in inside.values())) / seconds
    return MeasuredDesign(
        detector.audio.plan,
        detector.imu.plan,
        stages,
        rest["audio"],
        rest["imu"],
        sum(s.size for s in image.sections if s.stored),
        sum(s.size for s in image.sections if s.writable),
        tree_sizes(detector.audio.trees),
        tree_sizes(detector.imu.trees),
    )


def measure_pre_rolls(design: Design, toolchain: Toolchain) -> dict[PreRoll, PreRollCosts]:
    """Measure what the audio path costs asleep, and more awake, with each pre-roll.

    Neither depends on features or trees, so one design is measured for all.

    Raises
    ------
    CompileError
        The compiler refused the code.
    BoardFault
        The firmware faulted.
    """
    detector = _detector(design)
    found = {name: measure_detector(detector, toolchain, name) for name in PRE_ROLLS}
    usual = found["decimated"].audio_rest
    return {
        name: PreRollCosts(
            asleep=round(_asleep(detector, toolchain, name), 3),
            silent=round(_asleep(detector, toolchain, name, Microphone.parse("wake")), 3),
            awake_extra=round(one.audio_rest - usual, 3),
        )
        for name, one in found.items()
    }


def measure_gap(design: Design, toolchain: Toolchain) -> float:
    """Measure what the audio path costs while a microphone that follows the gate is off.

    Raises
    ------
    CompileError
        The compiler refused the code.
    BoardFault
        The firmware faulted.
    """
    return round(_asleep(_detector(design), toolchain, "decimated", Microphone.parse("gated")), 3)


def _asleep(
    detector: Detector, toolchain: Toolchain, pre_roll: PreRoll, microphone: Microphone = ALWAYS
) -> float:
    """Cycles per second of the audio path while nothing moves: no window is wanted, and no sound heard."""
    still = np.tile(np.array([0, 0, 9.81, 0, 0, 0], np.float32), (int(SECONDS * 100), 1))
    recording = replace(_recording(), imu=still)
    shut = detector.model_copy(update={"gating": Gating(threshold=1.0 - 1e-6)})
    totals, execution = run_field(shut, recording, toolchain, pre_roll, microphone, heard=None)
    if totals.computed_frames:
        raise AssertionError("a gate that should stay shut has opened")
    return execution.audio_cycles / recording.duration_s


def run_field(
    detector: Detector,
    recording: Recording,
    toolchain: Toolchain,
    pre_roll: PreRoll,
    microphone: Microphone,
    heard: NDArray[np.int64] | None,
) -> tuple[Totals, Field]:
    """Run a detector in gated mode as its port feeds it.

    Parameters
    ----------
    detector, recording
        What runs, and on what.
    toolchain, pre_roll, microphone
        How it is built.
    heard : ndarray of int64, shape (n, 2)
        Of a microphone that movement wakes: the samples that it hears (`HeardRecording.heard`); None: none.
    """
    board = VirtualBoard(_image(detector, toolchain, pre_roll, microphone))
    execution = Field(board.count(), follows=microphone.gated)
    if not microphone.woken:
        return run_recording(execution, recording, "gated").totals, execution
    assert detector.audio is not None
    plan = detector.audio.plan
    block = plan.block_frames * plan.frame * plan.decimation
    heard = np.zeros((0, 2), np.int64) if heard is None else heard
    return run_sleeping(execution, recording, heard, block).totals, execution


def _image(
    detector: Detector, toolchain: Toolchain, pre_roll: PreRoll, microphone: Microphone = ALWAYS
) -> ElfImage:
    with TemporaryDirectory() as folder:
        project = export_project(
            detector, Path(folder) / "firmware", pre_roll=pre_roll, microphone=microphone
        )
        defines = {"TUSSIS_VIRTUAL_WAKE": 1} if microphone.woken else {}
        return load_elf(toolchain.compile_elf(project.path, opt=OPT, defines=defines))


class Field(BoardDetector):
    """A detector in the field, long after its start and long before its end: neither is counted.

    Parameters
    ----------
    board
        A board with the image loaded.
    follows
        Whether the microphone follows the gate: what nobody wants becomes a gap.

    Attributes
    ----------
    audio_cycles
        Of all that takes sound, silence and gaps in.
    """

    def __init__(self, board: VirtualBoard, *, follows: bool = False) -> None:
        self.audio_cycles = 0.0
        self._follows = follows
        super().__init__(board)

    def start(self, mode: Mode) -> None:
        """Begin, and count from here."""
        super().start(mode)
        self.board.clear_counts()
        self.audio_cycles = 0.0

    def push_audio(self, pcm: NDArray[np.int16]) -> int:
        """Push samples, or tell of a gap where the gate expects none."""
        if self._follows:
            wanted = self.wants_audio()
            self.audio_cycles += self.board.last_call.cycles
            if not wanted:
                return self._counted(self.skip_audio(len(pcm)))
        return self._counted(super().push_audio(pcm))

    def push_silence(self, n: int) -> int:
        """Let samples pass while the microphone sleeps."""
        return self._counted(super().push_silence(n))

    def _counted(self, outcome: int) -> int:
        self.audio_cycles += self.board.last_call.cycles
        return outcome

    def flush_step(self) -> bool:
        """End the input uncounted."""
        self.board.count(False)
        return super().flush_step()


def _kernel_cycles(tree: CallTree) -> dict[str, tuple[int, int]]:
    """Cycles with everything called, and calls, by the name of the cost."""
    by_function = {root.function: root.kernel for root in STAGE_ROOTS if root.kernel}
    found = dict.fromkeys(by_function.values(), (0, 0))
    for node in tree.root.walk():
        kernel = by_function.get(tree.name_of(node.function))
        if kernel:
            cycles, calls = found[kernel]
            found[kernel] = (cycles + node.total()[1], calls + node.calls)
    return found


def _kept(folder: Path, design: Design, measure: Callable[[], MeasuredDesign]) -> MeasuredDesign:
    """Read a measurement made before, or make and keep it."""
    name = hashlib.sha256(repr(design).encode()).hexdigest()[:24]
    file = folder / f"{name}.json"
    try:
        return _read(read_json(file))
    except (InputError, ValueError, KeyError, TypeError):
        found = measure()
        plans = ("audio_plan", "imu_plan")
        document = {name: value for name, value in asdict(found).items() if name not in plans}
        write_text_whole(file, json.dumps(document, allow_nan=False))
        return found


def _read(document: dict[str, Any]) -> MeasuredDesign:
    trees = {name: TreeSizes(*document[name]) for name in ("audio_trees", "imu_trees")}
    plans = {"audio_plan": AudioPlan(), "imu_plan": ImuPlan()}
    return MeasuredDesign(**(document | trees | plans))


@cache
def _recording(rate_hz: int = 16000) -> Recording:
    """Bursts of sound and motion over noise: every branch of the kernels is taken."""
    rng = np.random.default_rng(11)
    n, m = int(SECONDS * rate_hz), int(SECONDS * 100)
    time = np.arange(n) / rate_hz
    envelope = sum(np.exp(-np.maximum(time - at, 0) / 0.08) * (time >= at) for at in (0.3, 0.9, 1.1, 1.9))
    audio = 60 * rng.normal(size=n) + 6000 * envelope * rng.normal(size=n)
    imu = rng.normal(0, 0.3, (m, 6)) + np.array([0.0, 0.0, 9.81, 0.0, 0.0, 0.0])
    imu[60:90] += rng.normal(0, 6, (30, 6))
    pcm = np.clip(audio, -32768, 32767).astype(np.int16)
    return Recording("calibration", pcm, rate_hz, imu.astype(np.float32), 100.0, (), labelled=False)


@cache
def _values() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    recording = _recording()
    assert recording.imu is not None
    return audio_features(recording.audio, AudioPlan()).values, imu_features(recording.imu, ImuPlan()).values


def _detector(design: Design) -> Detector:
    """Train the design's models on random classes, so that the trees grow to their full depth."""
    rng = np.random.default_rng([8, design.seed])
    models = []
    for values, ids, catalogue, trees, depth, weight in zip(
        _values(),
        (design.audio, design.imu),
        (audio_catalogue(), imu_catalogue()),
        design.n_trees,
        design.depth,
        design.min_child_weight,
        strict=True,
    ):
        columns = [list(catalogue).index(name) for name in ids]
        seen = np.repeat(values[:, columns], 40, axis=0)
        noisy = seen + rng.normal(size=seen.shape).astype(np.float32) * (seen.std(axis=0) + 1e-3)
        plan = BoosterPlan(trees, depth, min_child_weight=weight, seed=design.seed)
        target = rng.integers(0, 2, len(seen))
        models.append(round_model(booster_json(fit_booster(noisy.astype(np.float32), target, None, plan))))
    return Detector(
        audio=AudioModel(
            plan=AudioPlan(), features=design.audio, model=models[0], threshold=0.5, continue_threshold=0.4
        ),
        imu=ImuModel(
            plan=ImuPlan(), features=design.imu, model=models[1], threshold=0.5, continue_threshold=0.4
        ),
        gating=Gating(threshold=0.3),
        events=EventSettings(audio=EventParameters(), imu=EventParameters()),
    )
