"""A recording as a figure: sound, motion, and what the labels say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from numpy.typing import NDArray

from .figure import COLOURS, draw_envelope, mark_span, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Drawable", "draw_labels", "draw_motion", "draw_sound", "plot_recording"]


class _Named(Protocol):
    """A label, as far as it is drawn."""

    @property
    def start_s(self) -> float: ...
    @property
    def end_s(self) -> float: ...
    @property
    def name(self) -> str: ...
    @property
    def is_cough(self) -> bool: ...


class Drawable(Protocol):
    """What is drawn of a `tussis.data.recording.Recording`, which imports this module when it is asked to."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def audio(self) -> NDArray[Any]:
        """Samples."""

    @property
    def audio_rate_hz(self) -> int:
        """Samples per second."""

    @property
    def imu(self) -> NDArray[Any] | None:
        """Motion, or None."""

    @property
    def imu_rate_hz(self) -> float:
        """Rows of motion per second."""

    @property
    def labels(self) -> Sequence[_Named]:
        """Its labels."""

    @property
    def duration_s(self) -> float:
        """Length in seconds."""

    @property
    def has_audio(self) -> bool:
        """Whether sound was recorded."""


@styled
def plot_recording(recording: Drawable) -> Figure:
    """Draw a recording on one time line.

    Parameters
    ----------
    recording
        What to draw.
    """
    draw = ([draw_sound] if recording.has_audio else []) + (
        [draw_motion] if recording.imu is not None else []
    )
    figure, panels = new_figure((1.1,) * max(len(draw), 1), share_x=True)
    for panel, one in zip(panels, draw, strict=False):
        one(panel, recording)
        draw_labels(panel, recording, named=panel is panels[0])
    panels[0].set_title(recording.name)
    panels[-1].set_xlabel("time, s")
    panels[-1].set_xlim(0.0, max(recording.duration_s, 1e-3))
    return figure


def draw_sound(panel: Axes, recording: Drawable) -> None:
    """Draw the sound as a share of full scale."""
    draw_envelope(panel, recording.audio / 32768.0, recording.audio_rate_hz, colour=COLOURS[0])
    panel.set_ylabel("sound")


def draw_motion(panel: Axes, recording: Drawable) -> None:
    """Draw the three axes of the acceleration."""
    assert recording.imu is not None
    for number, axis in enumerate("xyz"):
        draw_envelope(
            panel, recording.imu[:, number], recording.imu_rate_hz, colour=COLOURS[number], label=axis
        )
    panel.set_ylabel("acceleration, m/s²")
    panel.legend(loc="lower right", bbox_to_anchor=(1.0, 0.96), ncols=3, borderpad=0.0)


def draw_labels(panel: Axes, recording: Drawable, *, named: bool) -> None:
    """Shade what is labelled; coughs are hatched."""
    for label in recording.labels:
        colour, hatch = (COLOURS[1], "///") if label.is_cough else (COLOURS[5], "")
        mark_span(panel, label.start_s, label.end_s, colour=colour, hatch=hatch)
        if named and len(recording.labels) <= 40:
            middle = 0.5 * (label.start_s + label.end_s)
            panel.annotate(
                label.name,
                (middle, 1.0),
                xycoords=("data", "axes fraction"),
                fontsize=5,
                ha="center",
                va="top",
                rotation=90,
                clip_on=True,
            )
