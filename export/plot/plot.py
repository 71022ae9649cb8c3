"""Figures for a paper: what is drawn from which file, and how it is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...data.atomic import write_bytes_whole, write_text_whole
from ...data.dataset import load_recording
from ...data.figure import figure_bytes, format_of
from ...data.untrusted import read_json
from ...selection.detector.detector_file import load_detector
from ...selection.detector.inference import detect
from .evaluation_figures import plot_calibration, plot_confusion
from .figure_kind import FigureKind
from .glossary import glossary
from .model_figures import plot_front, plot_importance, plot_threshold, shown_features

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ...selection.detector.mode import Mode

__all__ = ["write_figure"]


def write_figure(
    kind: FigureKind,
    source: str,
    out: Path,
    *,
    model: str = "default",
    mode: Mode | None = None,
    most: int = 20,
) -> list[Path]:
    """Draw one figure into a file; the same input and versions give the same bytes.

    Parameters
    ----------
    kind
        ``importance`` and ``threshold`` of a detector file, ``front`` of a ``.front.json``, ``confusion`` and
        ``calibration`` of an output of ``tussis evaluate --json``, ``timeline`` of a recording.
    source
        The file, or for a detector the name of one that ships.
    out
        Where to; its name ends in .pdf, .svg or .png.
    model, mode
        Who searches a recording, and with which models.
    most
        Features of each model to show.

    Returns
    -------
    list of Path
        What was written: the figure, and beside one with names of features their glossary.

    Raises
    ------
    InputError
        The source holds nothing of the kind, or `out` has another ending.
    """
    how = format_of(out)
    figure = _figure(kind, source, model, mode, most)
    written = [write_bytes_whole(out, figure_bytes(figure, how))]
    if kind == "importance":
        shown = shown_features(load_detector(source), most)
        names = [name for shares in shown.values() for name in shares]
        written.append(write_text_whole(out.with_name(f"{out.stem}-glossary.md"), glossary(names)))
    return written


def _figure(kind: FigureKind, source: str, model: str, mode: Mode | None, most: int) -> Figure:
    path = Path(source)
    if kind == "importance":
        return plot_importance(load_detector(source), most)
    if kind == "threshold":
        return plot_threshold(load_detector(source), source)
    if kind == "front":
        return plot_front(read_json(path), path)
    if kind == "confusion":
        return plot_confusion(read_json(path), path)
    if kind == "calibration":
        return plot_calibration(read_json(path), path)
    detector = load_detector(model)
    recording = load_recording(path, **detector.rates)
    return detect(recording, detector, mode).plot(recording)
