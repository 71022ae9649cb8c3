"""``tussis board``: an exported project on an emulated board, until Ctrl-C."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from ...data.dataset import load_recording
from ...data.input_error import InputError
from ...export.codegen.project import load_project
from .board_kind import BOARDS, BoardKind
from .emulated_firmware import EmulatedFirmware, build_firmware
from .qemu_board import QemuBoard, build_qemu_firmware, find_qemu
from .recorder_firmware import build_recorder, is_recorder
from .virtual_serial import VirtualSerialBoard
from .worn_sensors import WornSensors

__all__ = ["run_board", "serve_board", "worn_sensors"]


def run_board(
    project: Path,
    *,
    port: str = "pty",
    board: BoardKind = "virtual",
    count_cycles: bool = False,
    sensors: WornSensors | None = None,
) -> VirtualSerialBoard | QemuBoard:
    """Build an exported project and start it on an emulated board.

    Parameters
    ----------
    project
        Folder that ``tussis export`` or ``tussis recorder`` wrote.
    port
        Where the board's UART is reached: ``"pty"`` or ``"tcp:N"``, N = 0 for any free port.
    board
        ``"virtual"``: the emulated core of ``tussis verify`` and ``estimate``; ``"mps2-an505"``: QEMU.
    count_cycles
        Only ``"virtual"``: report modelled cycles in STATS, at a fraction of the speed.
    sensors
        Only ``"virtual"``: what its own microphone and IMU give, while no host replays; None: it has none.

    Returns
    -------
    VirtualSerialBoard or QemuBoard
        A context manager with a `url` to open and a `wait`; the board runs inside the ``with`` block.

    Raises
    ------
    InputError
        No such board or port, no exported project, a missing compiler or emulator.
    """
    if board == "virtual":
        watched = sensors is not None
        elf = build_recorder(project) if is_recorder(project) else build_firmware(project, watched=watched)
        return VirtualSerialBoard(EmulatedFirmware(elf, count_cycles=count_cycles), port, sensors=sensors)
    if board != "mps2-an505":
        raise InputError("--board", f"{board!r} is unknown", remedy=f"use one of {', '.join(BOARDS)}")
    if sensors is not None:
        raise InputError("--sensors", "QEMU's board has no sensors", remedy="use --board virtual")
    if count_cycles:
        raise InputError("--cycles", "QEMU does not model cycles", remedy="use --board virtual")
    find_qemu()
    return QemuBoard(build_qemu_firmware(project), port)


def worn_sensors(project: Path, session: Path, speed: float = 1.0) -> WornSensors:
    """Read a recording as what the sensors of a board give that an exported project runs on.

    Raises
    ------
    InputError
        The project or the recording cannot be read; the recording has no sound.
    """
    recording = (
        load_recording(session)
        if is_recorder(project)
        else load_recording(session, **load_project(project).detector.rates)
    )
    if not recording.has_audio:
        raise InputError(session, "has no sound for the board's microphone")
    return WornSensors(recording, speed)


def serve_board(
    project: Path,
    *,
    port: str = "pty",
    board: BoardKind = "virtual",
    count_cycles: bool = False,
    sensors: WornSensors | None = None,
    say: Callable[[str], None],
    building: AbstractContextManager[None] | None = None,
) -> None:
    """Run a board in the foreground until Ctrl-C; `say` is called with the place where it can be reached.

    `building` is entered while the firmware is built.
    """
    with building or nullcontext():
        made = run_board(project, port=port, board=board, count_cycles=count_cycles, sensors=sensors)
    with made as running:
        then = "replay SESSION --speed max" if sensors is None else "monitor"
        if is_recorder(project):
            then = "record SESSION"
            say("this board STREAMS RAW AUDIO while it is asked to")
        say(f"the board listens at {running.url}; try: tussis {then} --port {running.url}")
        say("Ctrl-C ends it")
        running.wait()
