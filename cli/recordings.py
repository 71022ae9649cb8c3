"""The verbs that prepare recordings: label."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from .console import ProgressDisplay, note, print_json
from .options import Json

__all__ = ["label"]


def label(
    clips: Annotated[Path, typer.Argument(help="Clips in folders of their class, NAME/<class>/<file>.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the tracks. Default: beside each clip, where they are read."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="A detector that checks the proposals, or 'default'. Default: models trained here, each"
            " without the clips that it checks."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Propose where the coughs of cough clips are, with a confidence, as label tracks for Audacity."""
    from ..selection.detector.detector_file import load_detector
    from ..selection.training.label_tracks import label_clips

    detector = load_detector(model) if model is not None else None
    with ProgressDisplay() as progress:
        found = label_clips(clips, out=out, detector=detector, progress=progress)
    for left in found.left_out:
        note(f"left out: {left.name}: {left.reason}")
    note(
        f"written: {len(found.tracks)} label tracks, {found.coughs} coughs;"
        f" {found.unsure} stretches are unsure: look at those in Audacity"
    )
    if as_json:
        rows = {name: [asdict(label) for label in labels] for name, labels in found.labels.items()}
        print_json({"tracks": {name: str(path) for name, path in found.tracks.items()}, "labels": rows})
