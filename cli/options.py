"""Options that several verbs share, and their choices."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "Board",
    "Dataset",
    "Json",
    "MicrophoneOption",
    "Mode",
    "ModeOption",
    "Model",
    "Package",
    "PreRoll",
    "Project",
    "Trees",
]


class Mode(StrEnum):
    """Which of the two models decide."""

    audio = "audio"
    imu = "imu"
    gated = "gated"


class Trees(StrEnum):
    """How the models become C."""

    table = "table"
    m2cgen = "m2cgen"


class Package(StrEnum):
    """The build system that the exported project is laid out for."""

    cmake = "cmake"
    platformio = "platformio"
    zephyr = "zephyr"
    arduino = "arduino"


class Board(StrEnum):
    """Which emulated board runs the firmware."""

    virtual = "virtual"
    mps2_an505 = "mps2-an505"


class PreRoll(StrEnum):
    """How the firmware keeps the sound that comes before an IMU hit."""

    decimated = "decimated"
    raw = "raw"


Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Model = Annotated[str, typer.Option(help="A detector file, or 'default' for the shipped one.")]
ModeOption = Annotated[
    Mode | None,
    typer.Option(help="Which models decide. Default: gated where a session has an IMU file, else audio."),
]
MicrophoneOption = Annotated[
    str,
    typer.Option(
        metavar="always|gated[:MS]",
        help="In gated mode: always on, or off until motion opens the gate and MS more ms have passed (32).",
    ),
]
Dataset = Annotated[Path, typer.Argument(help="A folder of sessions, one session, or one WAV file.")]
Project = Annotated[Path, typer.Argument(help="A folder that `tussis export` wrote.")]
