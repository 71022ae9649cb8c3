"""The verbs for labels: review them on a page, compare tracks."""

from __future__ import annotations

import webbrowser
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Annotated

import typer

from .console import ProgressDisplay, note, print_json, print_line, show
from .options import (
    Dataset,
    FalsePerHourOption,
    Json,
    MicrophoneOption,
    Model,
    ModeOption,
    PointOption,
    ThresholdOption,
    detector_and_microphone,
)

__all__ = ["labels", "review"]

labels = typer.Typer(help="Compare label tracks.", no_args_is_help=True)


def review(
    dataset: Dataset,
    model: Model = "default",
    mode: ModeOption = None,
    microphone: MicrophoneOption = "always",
    point: PointOption = None,
    threshold: ThresholdOption = None,
    false_per_hour: FalsePerHourOption = None,
    everything: Annotated[
        bool, typer.Option("--all", help="List the labels too that the detector agrees with.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for label tracks and journal. Default: beside each recording."),
    ] = None,
    port: Annotated[int, typer.Option(help="TCP port of the page; 0 takes a free one.", max=65535)] = 0,
    browser: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
) -> None:
    """Correct labels on a local page: hear and see what the detector missed or found; Ctrl-C ends it."""
    from ..export.review.reviewing import opened_review
    from ..export.review.server import ReviewServer
    from .recordings import note_some

    detector, hearing = detector_and_microphone(
        model, microphone, mode=mode, point=point, threshold=threshold, false_per_hour=false_per_hour
    )
    with ExitStack() as stack:
        with ProgressDisplay() as progress:
            opened = stack.enter_context(
                opened_review(
                    dataset, detector, mode, microphone=hearing, out=out, agreed=everything, progress=progress
                )
            )
        server = stack.enter_context(ReviewServer(opened, port))
        note_some("left out", [left.reason for left in opened.left_out])
        note_some("no longer there", opened.review.conflicts)
        undecided = sum(not item.decision for item in opened.review.shown)
        note(f"{undecided} of {len(opened.review.shown)} to decide; open this address in a browser of this")
        note("machine, keep it to yourself, end with Ctrl-C:")
        print_line(server.url)
        if browser:
            webbrowser.open(server.url)
        with suppress(KeyboardInterrupt):
            server.serve_forever()
        unsaved = opened.review.unsaved
    if unsaved:
        note(f"{len(unsaved)} label tracks are not written yet; the decisions are kept: start again, press S")


@labels.callback()
def _labels() -> None:
    """Compare label tracks."""


@labels.command()
def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help="A label track, or a folder of them.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="The other one.")],
    duration: Annotated[
        float | None,
        typer.Option(
            metavar="S",
            help="Length of each recording. Default: of the sound beside a track, else to the last label.",
            min=0.001,
        ),
    ] = None,
    tolerance: Annotated[
        float,
        typer.Option(metavar="S", help="Onsets this near are one cough, as are coughs that overlap.", min=0),
    ] = 0.25,
    as_json: Json = False,
) -> None:
    """Say how well two annotators agree: coughs of both, differences of onsets, Cohen's kappa."""
    from ..selection.evaluation.label_agreement import joined_agreement
    from ..selection.evaluation.track_pairs import compare_tracks
    from .label_tables import agreement_table
    from .recordings import note_some

    found = compare_tracks(a, b, duration_s=duration, tolerance_s=tolerance)
    total = joined_agreement(found.rows)
    note_some(f"only in {a}", found.only_a)
    note_some(f"only in {b}", found.only_b)
    if found.assumed_length:
        note_some("taken to end with its last label, as its sound is not there", found.assumed_length)
    if as_json:
        print_json(
            {
                "total": total.as_dict(),
                "recordings": [row.as_dict() for row in found.rows],
                "only_a": list(found.only_a),
                "only_b": list(found.only_b),
                "assumed_length": list(found.assumed_length),
                "tolerance_s": tolerance,
            }
        )
    else:
        show(agreement_table(found.rows, total))
