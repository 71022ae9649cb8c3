"""The recording: what every reader gives and everything downstream takes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .cough_names import COUGH, UNSURE, meaning_of
from .html_view import facts_html, rows_html
from .input_error import InputError
from .large_sound import blocks_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["AUDIO_RATE_HZ", "COUGH", "IMU_COLUMNS", "IMU_RATE_HZ", "UNSURE", "Label", "Recording"]

AUDIO_RATE_HZ = 16000
IMU_RATE_HZ = 100.0
IMU_COLUMNS = ("acc_x_ms2", "acc_y_ms2", "acc_z_ms2", "gyro_x_dps", "gyro_y_dps", "gyro_z_dps")


@dataclass(frozen=True)
class Label:
    """One annotated stretch of a recording.

    Attributes
    ----------
    start_s, end_s
        Seconds from the first audio sample, ``0 <= start_s < end_s``.
    name
        What was heard, e.g. ``"cough"``, ``"laugh"``.
    confidence
        How sure the annotation is, above 0 to 1; what is learned from it weighs as much.
    weak
        Whether it says only that the sound is somewhere between start and end, as the class of a clip does.

    Examples
    --------
    >>> Label(1.0, 1.3, "cough").is_cough
    True
    """

    start_s: float
    end_s: float
    name: str
    confidence: float = 1.0
    weak: bool = False

    @property
    def is_cough(self) -> bool:
        """Whether the name says cough (`tussis.data.cough_names.meaning_of`)."""
        return meaning_of(self.name) == "cough"

    @property
    def is_unsure(self) -> bool:
        """Whether the name says that nobody can tell, or whether it means a cough is not clear."""
        return meaning_of(self.name) == "unsure"

    @property
    def may_be_cough(self) -> bool:
        """Whether the name is near to cough and is not clear: its owner should name it."""
        return self.is_unsure and self.name.strip().casefold() != UNSURE

    @property
    def is_bounded_cough(self) -> bool:
        """Whether it is a cough from its start to its end."""
        return self.is_cough and not self.weak

    @property
    def is_weak_cough(self) -> bool:
        """Whether it says that there are coughs somewhere in it."""
        return self.is_cough and self.weak

    @property
    def is_doubtful(self) -> bool:
        """Whether there may be coughs in it, nobody knows where."""
        return self.is_unsure or self.is_weak_cough

    @property
    def is_other(self) -> bool:
        """Whether it names something that is not a cough."""
        return not self.is_cough and not self.is_unsure


@dataclass(frozen=True, eq=False)
class Recording:
    """One stretch of sound, with the motion and the labels that belong to it.

    Attributes
    ----------
    name
        Session name: its folder relative to the dataset, with ``/`` between parts.
    audio
        int16, shape ``(n,)``: one channel at `audio_rate_hz`, full scale 32768. Shape ``(0,)`` where only
        motion was recorded.
    audio_rate_hz
        Samples per second of `audio`.
    imu
        float32, shape ``(m, 6)``: acceleration x y z in m/s^2, then angular rate x y z in deg/s, uniform at
        `imu_rate_hz`, its first row at the time of the first audio sample. The angular rates are NaN where
        there was no gyroscope. None where there is no IMU file.
    imu_rate_hz
        Rows per second of `imu`.
    imu_lost
        bool, shape ``(m,)``: rows of `imu` that were never measured and stand for a gap; None: none are.
    labels
        All labels in order of their start.
    labelled
        Whether somebody annotated the recording. False means that an absence of labels says nothing.
    subject, movement, background
        Who, doing what, in which sound; empty where it is not known.
    path
        The session folder or the WAV file; None for one made in memory.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(0, 300, 32000).astype(np.int16)
    >>> recording = Recording("noise", noise, 16000, None, 100.0, (Label(0.5, 0.9, "laugh"),), labelled=True)
    >>> recording
    Recording('noise', 2.0 s, audio at 16000 Hz, 1 label, 0 coughs)
    >>> recording.part(0.4, 1.0).labels[0].start_s
    0.09999999999999998
    """

    name: str
    audio: NDArray[np.int16]
    audio_rate_hz: int
    imu: NDArray[np.float32] | None
    imu_rate_hz: float
    labels: tuple[Label, ...]
    labelled: bool
    subject: str = ""
    movement: str = ""
    background: str = ""
    path: Path | None = None
    imu_lost: NDArray[np.bool_] | None = None

    @property
    def duration_s(self) -> float:
        """Length in seconds: of the audio, or of the motion where there is no audio."""
        if self.has_audio or self.imu is None:
            return float(len(self.audio)) / self.audio_rate_hz
        return float(len(self.imu)) / self.imu_rate_hz

    @property
    def has_audio(self) -> bool:
        """Whether sound was recorded."""
        return len(self.audio) > 0

    @property
    def audio_peak(self) -> int:
        """Largest absolute sample; 0 without audio."""
        extremes = [(int(block.min()), int(block.max())) for block in blocks_of(self.audio)]
        return max((max(-low, high) for low, high in extremes), default=0)

    @property
    def audio_sha256(self) -> str:
        """Hash of the samples as little-endian int16, in hexadecimal."""
        digest = hashlib.sha256()
        for block in blocks_of(self.audio):
            digest.update(np.ascontiguousarray(block, "<i2").data)
        return digest.hexdigest()

    @property
    def samples_hash(self) -> str:
        """Twelve hexadecimal digits that stand for the sound, or where there is none for the motion.

        The same for a copy under another name or with other labels, at the same sampling rate.
        """
        if self.has_audio or self.imu is None:
            return self.audio_sha256[:12]
        return hashlib.sha256(np.ascontiguousarray(self.imu, "<f4").data).hexdigest()[:12]

    @property
    def has_gyroscope(self) -> bool:
        """Whether angular rates were recorded."""
        return self.imu is not None and len(self.imu) > 0 and not bool(np.isnan(self.imu[0, 3:]).any())

    @property
    def coughs(self) -> tuple[Label, ...]:
        """The labels whose name says cough."""
        return tuple(label for label in self.labels if label.is_cough)

    def __repr__(self) -> str:
        """Say what it holds in one line, without its samples."""
        return f"Recording({self.name!r}, {', '.join(value for _, value in self._facts())})"

    def _facts(self) -> list[tuple[str, str]]:
        facts = [("length", f"{self.duration_s:.1f} s")]
        if self.has_audio:
            facts.append(("sound", f"audio at {self.audio_rate_hz} Hz"))
        if self.imu is not None:
            gyroscope = "" if self.has_gyroscope else " without gyroscope"
            facts.append(("motion", f"motion at {self.imu_rate_hz:g} Hz{gyroscope}"))
        if self.labelled:
            n, coughs = len(self.labels), len(self.coughs)
            facts.append(("labels", f"{_counted(n, 'label')}, {_counted(coughs, 'cough')}"))
        else:
            facts.append(("labels", "not labelled"))
        return facts

    def _repr_html_(self) -> str:
        """Give what a notebook shows: facts and the first labels."""
        people = [("subject", self.subject), ("movement", self.movement), ("background", self.background)]
        rows = [(f"{one.start_s:.2f}", f"{one.end_s:.2f}", one.name) for one in self.labels]
        return facts_html(self.name, [*self._facts(), *people]) + rows_html(
            ("start, s", "end, s", "label"), rows
        )

    def plot(self) -> Figure:
        """Draw sound, motion and labels; needs the extra ``plot``.

        Returns
        -------
        matplotlib.figure.Figure
            Shows itself in a notebook; ``figure.savefig("recording.pdf")`` keeps it.

        Raises
        ------
        InputError
            matplotlib is not installed.

        Examples
        --------
        >>> still = np.tile(np.float32([0, 0, 9.81, 0, 0, 0]), (200, 1))
        >>> recording = Recording("still", np.zeros(32000, np.int16), 16000, still, 100.0, (), labelled=True)
        >>> [panel.get_ylabel() for panel in recording.plot().axes]
        ['sound', 'acceleration, m/s²']
        """
        from .recording_plot import plot_recording

        return plot_recording(self)

    def part(self, start_s: float, length_s: float | None = None) -> Recording:
        """Cut out a part; labels that reach into it are cut with it.

        Parameters
        ----------
        start_s
            Where it begins.
        length_s
            How long it is; to the end where None.

        Raises
        ------
        InputError
            Nothing is left.
        """
        end_s = self.duration_s if length_s is None else min(start_s + length_s, self.duration_s)
        if end_s <= start_s:
            remedy = f"start before {self.duration_s:g} s"
            raise InputError(self.path or self.name, f"has nothing at {start_s:g} s", remedy=remedy)
        audio = self.audio[round(start_s * self.audio_rate_hz) : round(end_s * self.audio_rate_hz)]
        first, last = round(start_s * self.imu_rate_hz), round(end_s * self.imu_rate_hz)
        labels = tuple(
            replace(
                label, start_s=max(label.start_s, start_s) - start_s, end_s=min(label.end_s, end_s) - start_s
            )
            for label in self.labels
            if label.start_s < end_s and label.end_s > start_s
        )
        return replace(
            self, audio=audio, imu=None if self.imu is None else self.imu[first:last], labels=labels
        )

    @property
    def board_imu(self) -> NDArray[np.float32]:
        """Motion as a board is given it, shape ``(m, 6)``: 0 deg/s where there was no gyroscope."""
        if self.imu is None:
            return np.zeros((0, len(IMU_COLUMNS)), np.float32)
        return np.ascontiguousarray(np.nan_to_num(self.imu, nan=0.0))


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
