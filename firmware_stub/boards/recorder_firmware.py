"""The recorder, firmware that streams raw audio: its sources as a folder, and built for the emulated core."""

from __future__ import annotations

import shutil
from os import PathLike
from pathlib import Path

from ...data.atomic import folder_whole
from ...data.recording import AUDIO_RATE_HZ, IMU_RATE_HZ
from ...export.build.toolchain import Toolchain, find_arm_toolchain

__all__ = ["build_recorder", "export_recorder", "is_recorder"]

_FIRMWARE = Path(__file__).resolve().parents[1]
_SHARED = ("link.c", "link.h", "cobs.c", "cobs.h", "crc.c", "crc.h", "wire.h")
"""How messages look on the wire, which it has in common with the shipped firmware; in ``app/``."""

_LINKER_SCRIPT = _FIRMWARE / "ports" / "virtual" / "virtual.ld"


def export_recorder(out: str | PathLike[str]) -> Path:
    """Write the recorder as a project of its own.

    Parameters
    ----------
    out
        A new or empty folder.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    InputError
        It has content, or cannot be written.
    """
    with folder_whole(out) as folder:
        for file in sorted((_FIRMWARE / "recorder").iterdir()):
            shutil.copyfile(file, folder / file.name)
        for name in _SHARED:
            shutil.copyfile(_FIRMWARE / "app" / name, folder / name)
    return Path(out)


def is_recorder(project: Path) -> bool:
    """Whether a folder is one that `export_recorder` wrote, and no detector's."""
    return (project / "recorder.c").is_file()


def build_recorder(project: Path, toolchain: Toolchain | None = None) -> Path:
    """Compile an exported recorder for the emulated core.

    Parameters
    ----------
    project
        Folder that `export_recorder` wrote.
    toolchain
        Compiler; None finds one.

    Returns
    -------
    Path
        An image for `tussis.firmware_stub.boards.emulated_firmware.EmulatedFirmware`.
    """
    return (toolchain or find_arm_toolchain()).build(
        sorted(project.glob("*.c")),
        "elf",
        include=[project],
        linker_script=_LINKER_SCRIPT,
        defines={
            "TUSSIS_VIRTUAL_SERIAL": 1,
            "TUSSIS_RECORDER_AUDIO_HZ": f"{AUDIO_RATE_HZ}U",
            "TUSSIS_RECORDER_IMU_HZ": f"{IMU_RATE_HZ:.0f}U",
        },
    )
