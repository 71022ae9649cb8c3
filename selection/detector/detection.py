"""What one run of a detector on a recording gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...data.counted_words import counted
from ...data.frames import data_frame
from ...data.html_view import facts_html, rows_html
from .events import EventFrames
from .mode import Mode
from .window_scale import WindowScale

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from ...data.recording import Recording

__all__ = ["Detection", "Event"]


class Event(NamedTuple):
    """One detected cough: seconds from the first sample, confidence in 0..1.

    Examples
    --------
    >>> Event(1.0, 1.5, 0.75).confidence
    0.75
    """

    start_s: float
    end_s: float
    confidence: float


@dataclass(frozen=True)
class Detection:
    """What one run of a detector found, and everything it computed on the way.

    Parameters
    ----------
    mode
        The mode that ran.
    events
        Events in order; they never overlap.
    event_frames
        The same as frame indices and margins (audio frames, or IMU frames in mode ``imu``).
    audio_features : ndarray of float32, shape (n_windows, n_audio_features)
        All audio windows, evaluated or not; no columns where the audio model did not run.
    audio_margins : ndarray of float32, shape (n_windows,)
        Log-odds of all audio windows.
    evaluated : ndarray of bool, shape (n_windows,)
        Audio windows that the device would evaluate.
    audio_level, imu_level : ndarray of float32, shape (n_frames,)
        Level of every frame of both streams, log2 power.
    short : bool
        The stream that decides was shorter than one window, and was decided as one window.
    microphone_duty
        Share of the time for which the microphone is on, its start-up included; 1 where it never sleeps.
    imu_features, imu_margins : ndarray of float32
        The same for all IMU windows.
    imu_hits : ndarray of bool, shape (n_imu_windows,)
        IMU windows that wake the audio path, blind ones among them; all false outside mode ``gated``.
    imu_evaluated : ndarray of bool, shape (n_imu_windows,)
        IMU windows that the device evaluates: those without lost samples.
    audio_scale, imu_scale
        Where the windows of both models are in time, and their thresholds; None for a model that did not run.

    Examples
    --------
    >>> from tussis import detect, iter_dataset, load_detector, write_dataset
    >>> folder = write_dataset("recordings", subjects=1, sessions_per_subject=1, session_s=10.0)
    >>> found = detect(iter_dataset(folder)[0].load(), load_detector("default"))
    >>> found.mode, len(found.events) > 0
    ('gated', True)
    """

    mode: Mode
    events: tuple[Event, ...]
    event_frames: tuple[EventFrames, ...]
    audio_features: NDArray[np.float32]
    audio_margins: NDArray[np.float32]
    evaluated: NDArray[np.bool_]
    imu_features: NDArray[np.float32]
    imu_margins: NDArray[np.float32]
    imu_hits: NDArray[np.bool_]
    audio_level: NDArray[np.float32]
    imu_level: NDArray[np.float32]
    imu_evaluated: NDArray[np.bool_]
    short: bool = False
    microphone_duty: float = 1.0
    audio_scale: WindowScale | None = None
    imu_scale: WindowScale | None = None

    def __repr__(self) -> str:
        """Say what was found in one line, without the tables."""
        found = counted(len(self.events), "event")
        return f"Detection({self.mode}, {found}, {self.audio_duty:.0%} of the sound evaluated)"

    def _repr_html_(self) -> str:
        """Give what a notebook shows: facts and the first events."""
        facts = [("events", len(self.events)), ("sound evaluated", f"{self.audio_duty:.0%}")]
        rows = [(f"{e.start_s:.2f}", f"{e.end_s:.2f}", f"{e.confidence:.2f}") for e in self.events]
        head = ("start, s", "end, s", "confidence")
        return facts_html(f"Detection in mode {self.mode}", facts) + rows_html(head, rows)

    def to_frame(self) -> DataFrame:
        """Give the events as a pandas frame: ``start_s``, ``end_s``, ``confidence``.

        Raises
        ------
        InputError
            pandas is not installed; the extra ``notebook`` brings it.

        Examples
        --------
        >>> import numpy as np
        >>> none = np.zeros(0, np.float32)
        >>> one = Detection("audio", (Event(1.0, 1.5, 0.75),), (), none, none, none, none, none, none, none,
        ...                 none, none)
        >>> one.to_frame()
           start_s  end_s  confidence
        0      1.0    1.5        0.75
        """
        return data_frame(self.events, Event._fields)

    def plot(self, recording: Recording | None = None) -> Figure:
        """Draw the answers of both models against their thresholds, and the events.

        Parameters
        ----------
        recording
            The recording that was searched; its sound, motion and labels are drawn above.

        Returns
        -------
        matplotlib.figure.Figure
            Shows itself in a notebook.

        Raises
        ------
        InputError
            matplotlib is not installed; the extra ``plot`` brings it.

        Examples
        --------
        >>> import numpy as np
        >>> from tussis import Recording, detect, load_detector
        >>> quiet = Recording("quiet", np.zeros(32000, np.int16), 16000, None, 100.0, (), labelled=False)
        >>> found = detect(quiet, load_detector("default"))
        >>> [panel.get_ylabel() for panel in found.plot(quiet).axes]
        ['sound', 'cough in sound, p']
        """
        from .detection_plot import plot_detection

        return plot_detection(self, recording)

    @property
    def audio_duty(self) -> float:
        """Share of audio windows that were evaluated; 0 where there are none."""
        return float(self.evaluated.mean()) if len(self.evaluated) else 0.0
