"""Figures of matplotlib that look alike, show themselves in notebooks, and have the same bytes each time."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from .extras import install_line
from .input_error import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "COLOURS",
    "FigureFormat",
    "draw_envelope",
    "figure_bytes",
    "format_of",
    "mark_span",
    "new_figure",
    "styled",
]

P = ParamSpec("P")
R = TypeVar("R")
FigureFormat = Literal["pdf", "svg", "png"]

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Colours that people with a colour vision deficiency tell apart (M. Okabe and K. Ito, 2008)."""

_STYLE = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so that every machine draws the same letters
    "font.size": 8.0,
    "axes.titlesize": 9.0,
    "axes.titlelocation": "left",
    "axes.labelsize": 8.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.2,
    "legend.frameon": False,
    "legend.fontsize": 7.0,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "savefig.dpi": 300,
    "svg.hashsalt": "tussis",
    "pdf.fonttype": 42,
}
_UNDATED: dict[FigureFormat, dict[str, Any]] = {
    "pdf": {"CreationDate": None, "Producer": None, "Creator": "tussis"},
    "svg": {"Date": None, "Creator": "tussis"},
    "png": {"Software": "tussis"},
}
_COLUMNS = 1800
_WIDTH_INCHES = 6.7  # across the text of a page


def _matplotlib() -> Any:
    try:
        import matplotlib
    except ModuleNotFoundError as error:
        raise InputError(
            "plot", "the package matplotlib is not installed", remedy=install_line("matplotlib")
        ) from error
    return matplotlib


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Give what a function draws the look of all figures.

    Parameters
    ----------
    draw
        A function that makes a figure.

    Raises
    ------
    InputError
        When it is called: matplotlib is not installed.
    """

    @wraps(draw)
    def drawn(*args: P.args, **keywords: P.kwargs) -> R:
        with _matplotlib().rc_context(_STYLE):
            return draw(*args, **keywords)

    return drawn


@cache
def _figure_class() -> type[Figure]:
    from matplotlib.figure import Figure

    class ShownFigure(Figure):
        """A figure that needs neither pyplot nor a display."""

        def _repr_png_(self) -> bytes:
            return figure_bytes(self, "png", dots_per_inch=110)

    return ShownFigure


def new_figure(heights: tuple[float, ...], *, share_x: bool = False) -> tuple[Figure, list[Axes]]:
    """Make a figure of panels below each other; it shows itself as a PNG in a notebook.

    Parameters
    ----------
    heights
        Height of each panel, inches.
    share_x
        Whether the panels have one time axis.

    Raises
    ------
    InputError
        matplotlib is not installed; names the extra that brings it.

    Examples
    --------
    >>> figure, panels = new_figure((1.0, 0.5), share_x=True)
    >>> len(panels)
    2
    """
    with _matplotlib().rc_context(_STYLE):
        figure = _figure_class()(figsize=(_WIDTH_INCHES, sum(heights) + 0.7), layout="constrained")
        panels = figure.subplots(
            len(heights), 1, sharex=share_x, squeeze=False, gridspec_kw={"height_ratios": heights}
        )
    return figure, list(panels[:, 0])


def figure_bytes(figure: Figure, kind: FigureFormat, *, dots_per_inch: int = 300) -> bytes:
    """Render a figure; the same figure gives the same bytes, because no date is written.

    Parameters
    ----------
    figure
        The figure.
    kind
        What to render.
    dots_per_inch
        Resolution of a PNG.
    """
    out = io.BytesIO()
    with _matplotlib().rc_context(_STYLE):
        figure.savefig(out, format=kind, metadata=_UNDATED[kind], dpi=dots_per_inch)
    return out.getvalue()


def format_of(path: Path) -> FigureFormat:
    """Tell the format from a file's name.

    Raises
    ------
    InputError
        It ends with nothing that is known.

    Examples
    --------
    >>> format_of(Path("timeline.PDF"))
    'pdf'
    """
    ending = path.suffix.lower().removeprefix(".")
    for kind in get_args(FigureFormat):
        if ending == kind:
            return kind  # type: ignore[no-any-return]
    raise InputError(path, "is no figure by its name", remedy="end it with .pdf, .svg or .png")


def draw_envelope(panel: Axes, values: NDArray[Any], rate_hz: float, *, colour: str, label: str = "") -> None:
    """Draw a long signal as its smallest and largest value in each column.

    Parameters
    ----------
    panel
        Where to draw.
    values
        Samples, shape ``(n,)``.
    rate_hz
        Samples per second.
    colour, label
        Colour of the line, and its name in a legend.
    """
    if not len(values):
        return
    if len(values) <= 2 * _COLUMNS:
        panel.plot(np.arange(len(values)) / rate_hz, values, color=colour, label=label, linewidth=0.6)
        return
    edges = np.linspace(0, len(values), _COLUMNS + 1).astype(int)[:-1]
    low, high = np.minimum.reduceat(values, edges), np.maximum.reduceat(values, edges)
    panel.fill_between(edges / rate_hz, low, high, color=colour, linewidth=0.3, label=label)


def mark_span(panel: Axes, start_s: float, end_s: float, *, colour: str, hatch: str = "") -> None:
    """Shade a stretch of time; the hatch tells kinds of stretches apart without colour."""
    panel.axvspan(start_s, end_s, facecolor=colour, alpha=0.3, hatch=hatch, edgecolor=colour, linewidth=0.4)
