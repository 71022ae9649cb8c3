"""The verb that writes synthetic recordings: synth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..data.input_error import InputError
from .console import ProgressDisplay, note
from .options import MOST_SEED

__all__ = ["synth"]

_DAY = "A day"


def synth(
    out: Annotated[Path, typer.Argument(help="The dataset folder to write.")],
    subjects: Annotated[
        int | None, typer.Option(help="How many synthetic people. Default: 15, with --day 1.")
    ] = None,
    sessions: Annotated[int | None, typer.Option(help="Sessions of each. Default: 2.")] = None,
    seconds: Annotated[
        float | None,
        typer.Option(help="Length of a session. Default: 60, with --day 300 (60 with --compressed)."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.", min=0, max=MOST_SEED)] = 0,
    day: Annotated[
        bool,
        typer.Option("--day", help="Write a day of each person at the rates of life.", rich_help_panel=_DAY),
    ] = False,
    hours: Annotated[
        float | None, typer.Option(help="Hours of recordings of a day. Default: 24.", rich_help_panel=_DAY)
    ] = None,
    compressed: Annotated[
        bool,
        typer.Option(
            "--compressed",
            help="One session for each activity, which says for how many hours it stands.",
            rich_help_panel=_DAY,
        ),
    ] = False,
    coughs_per_hour: Annotated[
        float | None, typer.Option(help="Over the whole day. Default: 15.", rich_help_panel=_DAY)
    ] = None,
    motion: Annotated[
        Path | None,
        typer.Option(
            help="Sessions of real motion without sound, labelled by activity. Default: synthetic motion.",
            rich_help_panel=_DAY,
        ),
    ] = None,
) -> None:
    """Write a labelled synthetic dataset: coughs, look-alikes, beds and body motion; or days of life."""
    if not day:
        options = {"--hours": hours, "--compressed": compressed or None, "--motion": motion}
        for option, given in (options | {"--coughs-per-hour": coughs_per_hour}).items():
            if given is not None:
                raise InputError(option, "belongs to a day", remedy="give --day too, or leave it out")
        from ..data.synthesis.dataset import write_dataset

        with ProgressDisplay() as progress:
            write_dataset(
                out,
                subjects=15 if subjects is None else subjects,
                sessions_per_subject=2 if sessions is None else sessions,
                session_s=60.0 if seconds is None else seconds,
                seed=seed,
                progress=progress,
            )
        note(f"written: {out}; look at it with: tussis info {out}")
        return
    if sessions is not None:
        raise InputError("--sessions", "a day has as many as its hours take", remedy="give --hours instead")
    if compressed and hours is not None:
        raise InputError("--hours", "--compressed has one session for each activity", remedy="leave one out")
    from ..data.corpus.day import write_days

    with ProgressDisplay() as progress:
        written = write_days(
            out,
            hours=24.0 if hours is None else hours,
            compressed=compressed,
            people=1 if subjects is None else subjects,
            session_s=(60.0 if compressed else 300.0) if seconds is None else seconds,
            coughs_per_hour=15.0 if coughs_per_hour is None else coughs_per_hour,
            motion=motion,
            seed=seed,
            progress=progress,
        )
    note(f"written: {written} sessions; next: tussis estimate firmware/ --recording SESSION --day {out}")
