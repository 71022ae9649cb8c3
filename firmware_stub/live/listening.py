"""Listening: sound from a microphone into a detector until it is enough."""

from __future__ import annotations

import contextlib
import os
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ...data.atomic import refuse_unwritable
from ...data.input_error import InputError
from ...selection.detector.inference import Event
from .live_detector import LiveDetector
from .microphone_input import SoundInput

__all__ = ["MOST_KEPT_BYTES", "Heard", "Listener", "kept_sound", "listen"]

MOST_KEPT_BYTES = 2**32 - 1 - 64
"""Bytes of samples that a WAV file can hold beside its header: 37 h at 16 kHz."""


class Listener(Protocol):
    """Who hears of events and levels while they happen."""

    def event(self, event: Event) -> None:
        """Take an event that is final."""

    def level(self, seconds: float, loudest: float, probability: float | None) -> None:
        """Take a block's loudest sample, as a share of full scale, and the newest window's probability."""


@dataclass
class Heard:
    """What was heard.

    Attributes
    ----------
    events
        In order; seconds from the first sample.
    duration_s
        Length of the sound.
    overflows
        How often the system dropped samples.
    clipped
        Samples at full scale.
    loudest
        Largest sample, as a share of full scale; 0 where the microphone gave nothing but zeros.
    microphone_gone
        Whether it ended because no more samples came.
    """

    events: list[Event] = field(default_factory=list)
    duration_s: float = 0.0
    overflows: int = 0
    clipped: int = 0
    loudest: float = 0.0
    microphone_gone: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Render for JSON; events as `tussis detect` gives them."""
        return {
            "events": [event._asdict() for event in self.events],
            "duration_s": self.duration_s,
            "overflows": self.overflows,
            "clipped": self.clipped,
            "loudest": self.loudest,
            "microphone_gone": self.microphone_gone,
        }


def listen(
    source: SoundInput,
    detector: LiveDetector,
    listener: Listener,
    *,
    seconds: float | None = None,
    keep: Callable[[NDArray[np.int16]], None] = lambda pcm: None,
) -> Heard:
    """Listen until enough was heard, the source ends, or an interrupt.

    Parameters
    ----------
    source
        A microphone.
    detector
        A detector that has heard nothing yet.
    listener
        Gets events and levels.
    seconds
        Length of the sound to hear; None: no end.
    keep
        Is given every sample that the detector was given.
    """
    heard = Heard()
    left = None if seconds is None else round(seconds * detector.rate_hz)
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C, or the system asks it to end
        for pcm in source.blocks():
            pcm = pcm if left is None else pcm[:left]
            keep(pcm)
            _take(pcm, detector, listener, heard)
            left = None if left is None else left - len(pcm)
            if left == 0:
                break
    for event in detector.finish():
        _tell(event, listener, heard)
    heard.duration_s = detector.seconds
    heard.overflows = source.overflows
    heard.microphone_gone = source.gone
    return heard


def _take(pcm: NDArray[np.int16], detector: LiveDetector, listener: Listener, heard: Heard) -> None:
    if not len(pcm):
        return
    events, probabilities = detector.push(pcm)
    size = np.abs(pcm.astype(np.int32))
    loudest = float(size.max()) / 32768
    heard.loudest = max(heard.loudest, loudest)
    heard.clipped += int((size >= 32767).sum())
    listener.level(detector.seconds, loudest, probabilities[-1] if probabilities else None)
    for event in events:
        _tell(event, listener, heard)


def _tell(event: Event, listener: Listener, heard: Heard) -> None:
    heard.events.append(event)
    listener.event(event)


@contextlib.contextmanager
def kept_sound(path: Path | None, rate_hz: int) -> Iterator[Callable[[NDArray[np.int16]], None]]:
    """Keep samples as a WAV that has its name once it is whole; without a path, keep nothing.

    Parameters
    ----------
    path
        The file; one that exists is replaced.
    rate_hz
        Rate of the samples.

    Raises
    ------
    InputError
        It cannot be written.
    """
    if path is None:
        yield lambda pcm: None
        return
    refuse_unwritable(path)
    partial = path.with_name(f".{path.name}.tussis.part")
    try:
        with _writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            file = _begun(partial, rate_hz)

        def keep(pcm: NDArray[np.int16]) -> None:
            with _writing(path):
                file.writeframes(pcm.astype("<i2").tobytes())

        try:
            yield keep
        finally:  # whatever ended the listening: what was heard until then is kept
            with _writing(path):
                file.close()
                os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _begun(path: Path, rate_hz: int) -> wave.Wave_write:
    """Open a WAV file of one channel and 16 bits."""
    file: wave.Wave_write = wave.open(str(path), "wb")  # noqa: SIM115 - its caller closes it
    file.setnchannels(1)
    file.setsampwidth(2)
    file.setframerate(rate_hz)
    return file


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Tell a failure to write the kept sound from any other."""
    try:
        yield
    except OSError as error:
        raise InputError(path, f"cannot be written: {error.strerror or error}") from error
