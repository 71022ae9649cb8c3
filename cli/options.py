"""Options that several verbs share, and their choices."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from ..selection.detector.mode import Mode

if TYPE_CHECKING:
    from ..selection.detector.detector_file import Detector
    from ..selection.detector.microphone import Microphone

__all__ = [
    "Dataset",
    "Json",
    "MicrophoneOption",
    "ModeOption",
    "Model",
    "Project",
    "detector_and_microphone",
    "one_of",
]


def one_of(choices: Any) -> dict[str, Any]:
    """Arguments of a `typer.Option` that is given several times, each time with one value of a `Literal`.

    Typer takes a `Literal` by itself, but no list of one.
    """
    values = get_args(choices)

    def parse(word: str) -> str:
        if word not in values:
            raise typer.BadParameter(f"{word!r} is not one of {', '.join(map(repr, values))}.")
        return word

    return {"parser": parse, "metavar": f"<list[{'|'.join(values)}]>"}


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


def detector_and_microphone(model: str, microphone: str) -> tuple[Detector, Microphone]:
    """Read what runs on this machine, and how its microphone follows the gate."""
    from ..selection.detector.detector_file import load_detector
    from ..selection.detector.microphone import Microphone

    hearing = Microphone.parse(microphone)
    return load_detector(model), hearing
