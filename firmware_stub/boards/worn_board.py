"""Programs of a worn board in QEMU: ``ports/live`` or an example, with sensors that play a recording."""

from __future__ import annotations

import struct
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...data.input_error import InputError
from ...data.recording import Recording
from ...export.build.compiler_run import how_it_ended
from ...export.build.project_files import (
    ProjectFolder,
    include_folders,
    library_sources,
    port_folder,
    project_root,
)
from ...export.build.toolchain import Toolchain, find_arm_toolchain
from ...selection.detector.mode import Mode
from .qemu_board import PORT, find_qemu

__all__ = ["WornEvent", "WornRun", "build_worn_firmware", "run_worn_firmware"]

SENSORS = "live-an505"
_MODES: Mapping[Mode, int] = {"audio": 0, "imu": 1, "gated": 2}
_RECORDING_AT, _FLASH_AT = 0x8000_0000, 0x80F0_0000
_FLASH_BYTES = 4 * 4096
_NANOSECONDS_LOG2 = 6
"""An instruction takes 64 ns of the emulated time: 16 million a second, near the board's 20 MHz."""
_NEVER = 0xFFFF_FFFF
_EVENT = struct.Struct("<QQQIfB7x")


class WornEvent(NamedTuple):
    """An event as a board gave it; times in ticks of 1/16000 s."""

    onset_ticks: int
    offset_ticks: int
    peak_ticks: int
    id: int
    confidence: float
    mode: int


class Heartbeat(NamedTuple):
    """The board's counts at one moment; four are telemetry of the time since the one before.

    The last two are the samples for which the microphone was asleep and how often it was switched.
    """

    ticks: int
    events: int
    lost_halves: int
    lost_imu: int
    unlogged: int
    last_status: int
    skipped_audio: int
    library_lost_imu: int
    duration_ms: int
    faults: int
    new_events: int
    gate_permille: int
    slept_samples: int
    switches: int


@dataclass(frozen=True)
class WornRun:
    """What a board said.

    Attributes
    ----------
    events
        In the order in which they became final.
    heartbeats
        The last one is that of the end.
    status
        What the program ended with: 0, or the code of ``tussis_status_t`` that refused to start. None where
        it did not come to its end.
    fault
        What the board's watchdog or flash found; empty where they found nothing.
    flash
        The pages of its event log.
    """

    events: list[WornEvent]
    heartbeats: list[Heartbeat]
    status: int | None
    fault: str
    flash: bytes


def build_worn_firmware(
    project: ProjectFolder | Path,
    program: str = "ports/live",
    mode: Mode | None = None,
    toolchain: Toolchain | None = None,
    defines: Mapping[str, str | int] | None = None,
) -> Path:
    """Compile a program for QEMU's board with sensors that play a recording.

    Parameters
    ----------
    project
        An exported project.
    program
        Folder with its C files: ``ports/live``, ``examples/bare_metal`` or ``examples/rtos``.
    mode
        What runs; None leaves the choice to ``tussis_init``.
    toolchain
        Compiler; None finds one.
    defines
        Preprocessor definitions besides: ``TUSSIS_LIVE_WAKE_MS`` for a project exported with ``--microphone
        wake``.

    Returns
    -------
    Path
        The ELF image, in the build cache.

    Raises
    ------
    InputError
        The folder is not an exported project, lacks the program, or no compiler was found.
    """
    root = project_root(project)
    board, system = port_folder(root, SENSORS), port_folder(root, PORT)
    own = sorted((root / program).glob("*.c"))
    if not own:
        raise InputError(root, f"has no {program}", remedy="export it again")
    sources = {
        *own, root / "ports" / "live" / "event_log.c", root / "app" / "crc.c",
        *board.glob("*.c"), system / "startup.c",
    }  # fmt: skip
    return (toolchain or find_arm_toolchain()).build(
        [*library_sources(root), *sorted(sources, key=lambda file: file.name)],
        "elf",
        include=include_folders(root),
        linker_script=system / f"{PORT}.ld",
        defines={**({} if mode is None else {"TUSSIS_START_MODE": _MODES[mode]}), **(defines or {})},
    )


def run_worn_firmware(
    elf: Path,
    recording: Recording,
    *,
    flash: bytes = b"",
    silent_imu_after: int = _NEVER,
    late_turns: int = 0,
    timeout_s: float = 120.0,
) -> WornRun:
    """Wear the board through a recording, in emulated time: the same run every time, as fast as QEMU can.

    Parameters
    ----------
    elf
        From `build_worn_firmware`.
    recording
        Audio at the detector's input rate, and motion at its rate.
    flash
        What the log's flash holds at the start; empty for an erased one.
    silent_imu_after
        Number of samples after which the IMU gives none.
    late_turns
        Turns of an empty loop that make the main loop late with every 16th time that it feeds the watchdog.
    timeout_s
        How long QEMU may take.

    Raises
    ------
    InputError
        QEMU is missing, ends with an error, or takes too long.
    """
    imu = np.ascontiguousarray(recording.imu, "<f4") if recording.imu is not None else np.zeros((0, 6), "<f4")
    audio = np.ascontiguousarray(recording.audio, "<i2").tobytes()
    head = struct.pack("<4I", len(recording.audio), len(imu), silent_imu_after, late_turns)
    with tempfile.TemporaryDirectory(prefix="tussis-worn-") as folder:
        played, pages = Path(folder, "recording.bin"), Path(folder, "flash.bin")
        played.write_bytes(head + audio + bytes(-len(audio) % 4) + imu.tobytes())
        pages.write_bytes(flash.ljust(_FLASH_BYTES, b"\xff"))
        command = [
            find_qemu(), "-M", PORT, "-display", "none", "-monitor", "none", "-nodefaults",
            "-serial", "stdio", "-semihosting-config", "enable=on,target=native",
            "-icount", f"shift={_NANOSECONDS_LOG2},sleep=off",
            "-device", f"loader,file={played},addr={_RECORDING_AT:#x},force-raw=on",
            "-device", f"loader,file={pages},addr={_FLASH_AT:#x},force-raw=on",
            "-kernel", str(elf),
        ]  # fmt: skip
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise InputError("qemu-system-arm", f"did not end within {timeout_s:g} s") from None
    if done.returncode != 0:
        raise InputError("qemu-system-arm", f"{how_it_ended(done.returncode)}: {done.stderr.strip()}")
    return _read_lines(done.stdout)


def _read_lines(said: str) -> WornRun:
    events, heartbeats, flash = [], [], bytearray()
    status, fault = None, ""
    for line in said.splitlines():
        word, _, rest = line.partition(" ")
        if word == "FAULT":
            fault = rest
        elif word == "EVENT":
            events.append(WornEvent(*_EVENT.unpack(bytes.fromhex(rest))))
        elif word == "BEAT":
            heartbeats.append(Heartbeat(*struct.unpack("<5Ii8I", bytes.fromhex(rest))))
        elif word == "END":
            (status,) = struct.unpack("<i", bytes.fromhex(rest))
        elif word == "FLASH":
            flash += bytes.fromhex(rest)
    return WornRun(events, heartbeats, status, fault, bytes(flash))
