"""A detection as a figure: what each model answered, its threshold, and the events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ...data.figure import COLOURS, mark_span, new_figure, styled
from ...data.recording_plot import Drawable, draw_labels, draw_motion, draw_sound
from .window_scale import WindowScale

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_detection"]


class _Found(Protocol):
    """What is drawn of a `tussis.selection.detector.detection.Detection`, which imports this module."""

    @property
    def mode(self) -> str: ...
    @property
    def events(self) -> Sequence[Any]: ...
    @property
    def audio_margins(self) -> NDArray[np.float32]: ...
    @property
    def imu_margins(self) -> NDArray[np.float32]: ...
    @property
    def audio_scale(self) -> WindowScale | None: ...
    @property
    def imu_scale(self) -> WindowScale | None: ...


@styled
def plot_detection(found: _Found, recording: Drawable | None = None) -> Figure:
    """Draw a detection, below the recording where that is given.

    Parameters
    ----------
    found
        What `tussis.detect` returned.
    recording
        What it searched.
    """
    above: list[Any] = []
    if recording is not None:
        above += [draw_sound] if recording.has_audio else []
        above += [draw_motion] if recording.imu is not None else []
    models: list[tuple[str, NDArray[np.float32], WindowScale]] = []
    if found.audio_scale is not None:
        models.append(("cough in sound, p", found.audio_margins, found.audio_scale))
    if found.imu_scale is not None:
        models.append(("cough in motion, p", found.imu_margins, found.imu_scale))
    figure, panels = new_figure((1.0,) * max(len(above) + len(models), 1), share_x=True)
    for panel, one in zip(panels, above, strict=False):
        one(panel, recording)
        if recording is not None:
            draw_labels(panel, recording, named=panel is panels[0])
    for panel, (name, margins, scale) in zip(panels[len(above) :], models, strict=False):
        _answers(panel, margins, scale)
        panel.set_ylabel(name)
    for panel in panels:
        for event in found.events:
            mark_span(panel, event.start_s, event.end_s, colour=COLOURS[2], hatch="...")
    who = f"{recording.name}, " if recording is not None else ""
    panels[0].set_title(f"{who}mode {found.mode}: {len(found.events)} events (dotted)")
    panels[-1].set_xlabel("time, s")
    if recording is not None:
        panels[-1].set_xlim(0.0, max(recording.duration_s, 1e-3))
    return figure


def _answers(panel: Axes, margins: NDArray[np.float32], scale: WindowScale) -> None:
    """Draw probabilities at the middles of their windows, and the threshold as a dashed line."""
    middle = np.arange(len(margins)) * scale.hop_s + 0.5 * scale.window_s
    panel.plot(middle, _probability(np.asarray(margins, np.float64)), color=COLOURS[6], linewidth=0.8)
    threshold = float(_probability(np.float64(scale.threshold)))
    panel.axhline(threshold, color=COLOURS[1], linestyle="--", linewidth=0.8)
    panel.set_ylim(0.0, 1.0)


def _probability(margin: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-margin))
