"""An exported firmware run on a recording in every mode, with each push metered: what `estimate` prices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...data.input_error import InputError
from ...data.progress import Progress, silent
from ...data.recording import Recording
from ...selection.detector.inference import as_heard
from ...selection.detector.microphone import ALWAYS, Microphone
from ...selection.detector.mode import MODES, Mode
from ...selection.detector.motion_need import MotionNeed
from ...signal.plan import ImuPlan
from ..build.toolchain import Toolchain
from ..codegen.project import Project, load_project
from ..emulator.board_library import BoardDetector
from ..emulator.call_tree import CallNode, FunctionCost
from ..emulator.cycle_bounds import CycleBounds, cycle_bounds
from ..emulator.elf_image import ElfImage, load_elf
from ..emulator.execution import Totals, Trace, run_recording, run_sleeping
from ..emulator.instructions import Block
from ..emulator.virtual_board import CallCost, VirtualBoard
from .memory import MemoryUse, build_measured, build_sleeping, measure_memory
from .stages import POST_PROCESSING_FILE, Stage, stage_roots

__all__ = ["ENTRIES", "CallNode", "Measurement", "ModeRun", "Push", "measure_project"]

ENTRIES = ("tussis_init_as", "tussis_push_audio", "tussis_push_imu", "tussis_flush", "tussis_next_event")
"""Functions a firmware calls; the stack is bounded from these."""

_SAMPLE_BLOCKS = 150_000


@dataclass(frozen=True)
class Push:
    """One call into the firmware: which function, what it cost, whether it finished a window."""

    function: str
    cost: CallCost
    window: bool


@dataclass(frozen=True)
class ModeRun:
    """What one mode executed on the recording.

    Attributes
    ----------
    seconds
        Length of the recording.
    instructions, cycles
        Over the whole recording; cycles by the model, without wait states.
    pushes
        Every push in order.
    functions
        Cost by function, most cycles first.
    tree
        The call tree.
    stages
        Cost by (path, stage), path ``"audio"`` or ``"imu"``; everything not in a stage is control.
    audio_windows, imu_windows, events
        Numbers of windows evaluated and of events found.
    totals
        The firmware's own counters.
    sample
        Blocks of a stretch of the run in order, for the model of flash and cache.
    bounds
        Bounds of the cycles, by the rules without a published number.
    stack_high_water
        Bytes of stack used by the deepest call.
    microphone_duty
        Share of the time for which the microphone is on; None where it does not follow the gate.
    """

    seconds: float
    instructions: int
    cycles: int
    pushes: tuple[Push, ...]
    functions: tuple[FunctionCost, ...]
    tree: CallNode
    names: Mapping[int, str]
    stages: Mapping[tuple[str, Stage], CallCost]
    audio_windows: int
    imu_windows: int
    events: int
    totals: Totals
    sample: tuple[Sequence[Block], NDArray[np.int64]]
    bounds: CycleBounds
    stack_high_water: int
    microphone_duty: float | None = None

    @property
    def audio_duty(self) -> float:
        """Share of the time for which the audio path computed frames, 0..1."""
        frames = self.totals.audio_frames  # fewer than were computed where silence filled up a window
        return min(1.0, self.totals.computed_frames / frames) if frames else 0.0

    def worst(self, function: str) -> CallCost:
        """Return the most expensive push through `function`, zero if there was none."""
        pushes = [p.cost for p in self.pushes if p.function == function]
        return max(pushes, key=lambda c: (c.cycles, c.instructions), default=CallCost(0, 0))

    def calls_of(self, name: str) -> FunctionCost | None:
        """Return the cost of the function `name`, None if it did not run."""
        return next((f for f in self.functions if f.name == name), None)


@dataclass(frozen=True)
class Measurement:
    """A firmware and a recording, measured once; any number of devices can be priced from it.

    `need` is what its detector asks of the motion sensor. `ways` is gated mode by what the microphone does,
    as `Microphone` writes it: that of the export, and where the same firmware can do both, always on and
    woken by movement.
    """

    project: Path
    recording: str
    toolchain: str
    opt: str
    memory: MemoryUse
    image: ElfImage
    modes: Mapping[Mode, ModeRun] = field(default_factory=dict)
    need: MotionNeed = field(default_factory=lambda: MotionNeed.of(ImuPlan(), gyroscope=True))
    ways: Mapping[str, ModeRun] = field(default_factory=dict)

    @property
    def stack_bytes(self) -> int:
        """Stack to reserve: the deepest call path, or what ran deeper where that is no bound."""
        return max(self.memory.stack.bytes, *(run.stack_high_water for run in self.modes.values()))


class _Meter(BoardDetector):
    """A detector on the virtual board that notes the cost of every push.

    Where `follows`, samples that nobody wants are skipped, as by a firmware whose microphone follows the
    gate.
    """

    def __init__(self, board: VirtualBoard, *, follows: bool = False) -> None:
        self.pushes: list[Push] = []
        self._follows = follows
        self._windows = (0, 0)
        super().__init__(board)

    def start(self, mode: Mode) -> None:
        super().start(mode)
        self.board.clear_counts()
        self.board.clear_stack()
        self.board.tree.sample_limit = _SAMPLE_BLOCKS

    def flush_step(self) -> bool:
        """End the input uncounted: a device in the field never does."""
        self.board.count(False)
        return super().flush_step()

    def push_audio(self, pcm: NDArray[np.int16]) -> int:
        """Push samples, or skip them where the gate expects none."""
        if not self._follows or self.wants_audio():
            return super().push_audio(pcm)
        return self._noted("tussis_skip_audio", self.skip_audio(len(pcm)))

    def push_silence(self, n: int) -> int:
        """Let samples pass while the microphone sleeps."""
        return self._noted("tussis_push_silence", super().push_silence(n))

    def _push(self, function: str, data: NDArray[np.int16] | NDArray[np.float32]) -> int:
        return self._noted(function, super()._push(function, data))

    def _noted(self, function: str, result: int) -> int:
        cost = self.board.last_call
        now = (self.audio_window().count, self.imu_window().count)
        self.pushes.append(Push(function, cost, now != self._windows))
        self._windows = now
        return result


def measure_project(
    project: Path,
    recording: Recording,
    toolchain: Toolchain,
    *,
    opt: str = "O2",
    progress: Progress = silent,
) -> Measurement:
    """Build a project, run it on a recording in every mode it and the recording allow, and meter everything.

    Parameters
    ----------
    project
        Folder of an exported project.
    recording
        Audio, and IMU where modes ``imu`` and ``gated`` are to run, at the detector's rates.
    toolchain, opt
        Compiler and optimisation to build with.
    progress
        Called when a mode begins.

    Raises
    ------
    InputError
        No project, an empty recording, or no mode can run on it.
    BoardFault
        The firmware faulted.
    """
    build = build_measured(project, toolchain, opt)
    image = load_elf(build.elf)
    memory = measure_memory(image, ENTRIES, usage=build.usage, objects=build.objects)
    owners = {s.name: name for name, symbols in build.objects.items() for s in symbols}
    loaded = load_project(project)
    runs: dict[tuple[Mode, Microphone], ModeRun] = {}
    wanted = list(_wanted(recording, loaded))
    boards = {False: VirtualBoard(image)}
    for number, (mode, microphone) in enumerate(wanted):
        progress("estimate", number, len(wanted))
        sleeps = mode == "gated" and microphone.woken
        if sleeps:
            boards[sleeps] = VirtualBoard(load_elf(build_sleeping(project, toolchain, opt)))
        try:
            runs[mode, microphone] = _run(boards[sleeps], recording, mode, owners, loaded, microphone)
        except InputError:
            continue  # the detector has no model for this mode
    progress("estimate", len(wanted), len(wanted))
    if not runs:
        raise InputError(project, f"can run in no mode on {recording.name}", remedy="give a session with IMU")
    modes = {mode: run for (mode, microphone), run in runs.items() if microphone == loaded.microphone}
    ways = {str(microphone): run for (mode, microphone), run in runs.items() if mode == "gated"}
    return Measurement(project, recording.name, toolchain.name, opt, memory, image, modes, ways=ways)


def _wanted(recording: Recording, project: Project) -> Iterator[tuple[Mode, Microphone]]:
    """Yield the modes to run, and what the microphone does in each."""
    detector, own = project.detector, project.microphone
    for mode in MODES:
        if mode == "audio" or recording.imu is not None:
            yield mode, own
    both = detector.audio is not None and detector.imu is not None and recording.imu is not None
    if both and not own.gated:
        yield "gated", ALWAYS if own.woken else Microphone.parse("wake")


def _run(
    board: VirtualBoard,
    recording: Recording,
    mode: Mode,
    owners: Mapping[str, str],
    project: Project,
    microphone: Microphone,
) -> ModeRun:
    gated, detector = mode == "gated", project.detector
    meter = _Meter(board.count(), follows=gated and microphone.gated)
    heard = as_heard(recording, detector, mode, microphone)
    if gated and microphone.woken and detector.audio is not None:
        plan = detector.audio.plan
        hop = plan.block_frames * plan.frame * plan.decimation
        trace = run_sleeping(meter, heard.recording, heard.heard, hop)
    else:
        trace = run_recording(meter, heard.recording, mode)
    tree = board.tree
    return ModeRun(
        seconds=recording.duration_s,
        instructions=tree.instructions,
        cycles=tree.cycles,
        pushes=tuple(meter.pushes),
        functions=tuple(tree.functions()),
        tree=tree.root,
        names={node.function: tree.name_of(node.function) for node in tree.root.walk()},
        stages=_stages(tree.root, tree.name_of, owners),
        audio_windows=len(trace.audio),
        imu_windows=len(trace.imu),
        events=len(trace.events),
        totals=trace.totals,
        sample=(tuple(board.blocks.blocks), tree.sample()),
        bounds=cycle_bounds(board.blocks.blocks, tree.executions),
        stack_high_water=board.stack_high_water,
        microphone_duty=heard.duty
        if microphone.woken and gated
        else _microphone_duty(project, recording, trace, mode),
    )


def _microphone_duty(project: Project, recording: Recording, trace: Trace, mode: Mode) -> float | None:
    audio, imu = project.detector.audio, project.detector.imu
    if mode != "gated" or not project.microphone.gated or audio is None or imu is None:
        return None
    frames = len(recording.audio) // audio.plan.decimation // audio.plan.frame
    windows = frames // audio.plan.block_frames - audio.plan.window_blocks + 1
    evaluated = np.zeros(max(windows, 0), np.bool_)
    evaluated[list(trace.audio)] = True
    margins = np.array([trace.imu[number].margin for number in sorted(trace.imu)], np.float32)
    hits = project.detector.gating.fired(margins, imu.plan.hop_s)
    return project.microphone.duty(audio.plan, imu.plan, hits, evaluated)


def _stages(
    root: CallNode, name_of: Callable[[int], str], owners: Mapping[str, str]
) -> dict[tuple[str, Stage], CallCost]:
    """Share the cost out: a subtree belongs to the stage of the first function in it that begins one."""
    costs: dict[tuple[str, Stage], CallCost] = {}
    roots = stage_roots()
    waiting: list[tuple[CallNode, str, Stage]] = [
        (node, "imu" if "imu" in name_of(node.function) else "audio", "control")
        for node in root.children.values()
    ]
    while waiting:
        node, path, stage = waiting.pop()
        name = name_of(node.function)
        if stage == "control":
            if owners.get(name) == POST_PROCESSING_FILE:
                stage = "post-processing"
            elif name in roots:
                path, stage = roots[name].modality, roots[name].stage
        so_far = costs.get((path, stage), CallCost(0, 0))
        costs[path, stage] = CallCost(so_far.instructions + node.instructions, so_far.cycles + node.cycles)
        waiting.extend((child, path, stage) for child in node.children.values())
    return costs
