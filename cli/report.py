"""The verb that makes one page of what others wrote, and their option that does so at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .console import ProgressDisplay, note

if TYPE_CHECKING:
    from typing import Any

    from ..export.report.run_report import RunInputs
    from ..selection.detector.detector_file import Detector
    from ..selection.detector.microphone import Microphone
    from ..selection.detector.mode import Mode
    from ..signal.motion_sensor import MotionSensor

__all__ = ["ReportOption", "report", "write_report", "write_score_report"]


def _page(path: Path | None) -> Path | None:
    """Refuse what no browser opens, and a place that takes no file, before the long run."""
    if path is None:
        return None
    from ..export.report.report_page import refuse_other_suffix

    return refuse_other_suffix(path)


ReportOption = Annotated[
    Path | None,
    typer.Option(
        "--report",
        metavar="FILE.html",
        help="Also write a report: one page that any browser shows, without sound.",
        callback=_page,
    ),
]


def report(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN...",
            help="A detector file, its .front.json, outputs of score, evaluate, verify, estimate, replay with"
            " --json, a file of replay --out, a demo's folder, a dataset to draw.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="The page to write.", callback=_page)] = Path("report.html"),
    audio: Annotated[
        bool, typer.Option("--audio", help="Embed the second around each error: who gets the page hears it.")
    ] = False,
) -> None:
    """Write one HTML page about a detector, its scores, recordings, cost and boards; needs no network."""
    from ..export.report.run_report import read_runs

    write_report(read_runs(runs), out, audio=audio)


def write_score_report(
    out: Path,
    dataset: Path,
    *,
    detector: Detector | None,
    mode: Mode | None,
    microphone: Microphone,
    motion_sensor: MotionSensor | None,
    **documents: Any,
) -> None:
    """Write a page about documents of verbs that ran a detector on a dataset, with its recordings drawn."""
    from ..data.dataset import find_sessions
    from ..export.report.run_report import RunInputs

    recordings = find_sessions(dataset, on_fault=lambda fault: None) if detector is not None else []
    inputs = RunInputs(
        detector=detector,
        recordings=recordings,
        mode=mode,
        microphone=microphone,
        motion_sensor=motion_sensor,
        names=[*documents, dataset.name],
        **documents,
    )
    write_report(inputs, out)


def write_report(inputs: RunInputs, out: Path, *, title: str = "tussis report", audio: bool = False) -> None:
    """Write a page and say where it is."""
    from ..export.report.report_page import write_page
    from ..export.report.run_report import run_page

    with ProgressDisplay() as progress:
        progress("report", 0, 1)
        write_page(run_page(inputs, title=title, audio=audio), out)
        progress("report", 1, 1)
    note(f"written: {out}")
