"""A detector that hears as sound comes: the exported C itself, compiled for this machine."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...data.input_error import InputError
from ...export.build.host_library import HostDetector, host_library
from ...export.codegen.project import export_project
from ...export.emulator.execution import CHUNK_S
from ...selection.detector.detector_file import Detector
from ...selection.detector.gate import TICK_HZ
from ...selection.detector.inference import Event
from ...signal.elementary import sigmoid

__all__ = ["LiveDetector"]


class LiveDetector:
    """Sound in, events out; how the sound is cut makes no difference.

    What runs is what `tussis export` writes, so its decisions are those of the firmware, and those of
    `tussis.selection.detector.inference.detect` in mode ``audio``, as `tussis verify` proves.

    Parameters
    ----------
    detector
        A detector with an audio model.

    Attributes
    ----------
    rate_hz
        Rate of the sound that it takes.
    threshold
        Probability from which its model opens an event.

    Raises
    ------
    InputError
        It has no audio model, or there is no compiler.
    """

    def __init__(self, detector: Detector) -> None:
        if detector.audio is None:
            raise InputError("--model", "the detector has no audio model", remedy="name one that listens")
        self.rate_hz = detector.audio.plan.input_rate_hz
        self.threshold = float(detector.audio.threshold)
        with tempfile.TemporaryDirectory(prefix="tussis-listen-") as folder:
            project = export_project(detector, Path(folder, "firmware"))
            self._c = HostDetector(host_library(project))
        self._c.start("audio")
        self._chunk = max(round(self.rate_hz * CHUNK_S), 1)
        self._windows = 0
        self.samples = 0

    @property
    def seconds(self) -> float:
        """Length of the sound so far."""
        return self.samples / self.rate_hz

    def push(self, pcm: NDArray[np.int16]) -> tuple[list[Event], list[float]]:
        """Take sound.

        Parameters
        ----------
        pcm : ndarray of int16, shape (n,)
            Any number of samples.

        Returns
        -------
        events
            Those that became final: up to two seconds after they end.
        probabilities
            Of the windows that were decided, in order.
        """
        probabilities: list[float] = []
        for first in range(0, len(pcm), self._chunk):  # one window at most comes due in each
            self._c.push_audio(pcm[first : first + self._chunk])
            self._note_window(probabilities)
        self.samples += len(pcm)
        return self._events(), probabilities

    def finish(self) -> list[Event]:
        """End the sound and return the events that were open."""
        events: list[Event] = []
        while self._c.flush_step():
            events += self._events()
        return events + self._events()

    def _note_window(self, probabilities: list[float]) -> None:
        window = self._c.audio_window()
        if window.count != self._windows:
            self._windows = window.count
            probabilities.append(float(sigmoid(np.array([window.margin], np.float32))[0]))

    def _events(self) -> list[Event]:
        return [
            Event(event.start_ticks / TICK_HZ, event.end_ticks / TICK_HZ, float(event.confidence))
            for event in self._c.events()
        ]
