"""``tussis board``: an exported project on an emulated board, until Ctrl-C."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from ...data.input_error import InputError
from .board_kind import BOARDS, BoardKind
from .emulated_firmware import build_firmware
from .qemu_board import QemuBoard, build_qemu_firmware, find_qemu
from .virtual_serial import VirtualSerialBoard

__all__ = ["run_board", "serve_board"]


def run_board(
    project: Path, *, port: str = "pty", board: BoardKind = "virtual", count_cycles: bool = False
) -> VirtualSerialBoard | QemuBoard:
    """Build an exported project and start it on an emulated board.

    Parameters
    ----------
    project
        Folder that ``tussis export`` wrote.
    port
        Where the board's UART is reached: ``"pty"`` or ``"tcp:N"``, N = 0 for any free port.
    board
        ``"virtual"``: the emulated core of ``tussis verify`` and ``estimate``; ``"mps2-an505"``: QEMU.
    count_cycles
        Only ``"virtual"``: report modelled cycles in STATS, at a fraction of the speed.

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
        return VirtualSerialBoard(build_firmware(project), port, count_cycles=count_cycles)
    if board != "mps2-an505":
        raise InputError("--board", f"{board!r} is unknown", remedy=f"use one of {', '.join(BOARDS)}")
    if count_cycles:
        raise InputError("--cycles", "QEMU does not model cycles", remedy="use --board virtual")
    find_qemu()
    return QemuBoard(build_qemu_firmware(project), port)


def serve_board(
    project: Path,
    *,
    port: str = "pty",
    board: BoardKind = "virtual",
    count_cycles: bool = False,
    say: Callable[[str], None],
    building: AbstractContextManager[None] | None = None,
) -> None:
    """Run a board in the foreground until Ctrl-C; `say` is called with the place where it can be reached.

    `building` is entered while the firmware is built.
    """
    with building or nullcontext():
        made = run_board(project, port=port, board=board, count_cycles=count_cycles)
    with made as running:
        say(
            f"the board listens at {running.url}; try: tussis replay SESSION --port {running.url} --speed max"
        )
        say("Ctrl-C ends it")
        running.wait()
