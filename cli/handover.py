"""Verbs that hand results over: plot draws figures for a paper, describe says what a detector is."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ..export.plot.figure_kind import FigureKind
from .console import note, print_json, print_line
from .options import Json, Model, ModeOption

__all__ = ["describe", "plot"]


def plot(
    kind: Annotated[FigureKind, typer.Argument(help="What to draw.")],
    source: Annotated[
        str,
        typer.Argument(
            help="importance, threshold: a detector file; front: its .front.json; confusion, calibration:"
            " output of tussis evaluate --json; timeline: a recording."
        ),
    ],
    out: Annotated[Path, typer.Option(help="The figure; its name ends in .pdf, .svg or .png.")],
    model: Model = "default",
    mode: ModeOption = None,
    most: Annotated[int, typer.Option(help="Features of each model that importance shows.", min=1)] = 20,
) -> None:
    """Draw a figure for a paper; the same input gives the same file. Needs the extra plot."""
    from ..data.atomic import refuse_unwritable
    from ..export.plot.plot import write_figure

    refuse_unwritable(out)
    for path in write_figure(kind, source, out, model=model, mode=mode, most=most):
        note(f"written: {path}")


def describe(
    model: Annotated[
        str, typer.Argument(help="A detector file; 'default' or 'default-large' ship.")
    ] = "default",
    out: Annotated[
        Path | None, typer.Option(help="Write it as one page; the name ends in .html or .md.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say in plain words what a detector learned from, what it scored, its limits, and how to cite it."""
    from ..data.atomic import refuse_unwritable
    from ..export.card.card import make_card
    from ..export.card.card_text import as_lines, write_card

    if out is not None:
        refuse_unwritable(out)
    card = make_card(model)
    if out is not None:
        note(f"written: {write_card(card, out)}")
    if as_json:
        print_json(asdict(card))
    elif out is None:
        width = min(shutil.get_terminal_size().columns, 100)
        print_line("\n".join(as_lines(card, width)))
