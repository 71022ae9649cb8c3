"""Errors as short WAVs, to hear what the detector took for a cough and what it did not."""

from __future__ import annotations

import re
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...data.dataset import load_recording
from ...data.progress import Progress, silent
from ...data.recording import AUDIO_RATE_HZ
from .answer import EventError

__all__ = ["Excerpts", "excerpt_name", "write_excerpts"]

AROUND_S = 0.5
MOST_S = 20.0
"""Longest excerpt: a missed cough of a clip that only says cough is the whole clip."""
_NAME_LENGTH = 80


@dataclass(frozen=True)
class Excerpts:
    """What `write_excerpts` wrote: files, errors that were more than wanted, errors without sound."""

    written: int
    more: int
    silent: int


def write_excerpts(
    errors: Sequence[EventError],
    folder: Path,
    *,
    most: int = 200,
    audio_rate_hz: int = AUDIO_RATE_HZ,
    progress: Progress = silent,
) -> Excerpts:
    """Write the sound of errors with half a second on both sides, one WAV each.

    If there are more than `most`, the false events of highest confidence and the missed coughs of lowest are
    written, by turns.

    Parameters
    ----------
    errors
        What to write; errors of motion-only recordings have no sound.
    folder
        An empty folder that exists.
    most
        Largest number of files; each holds 20 s at most.
    audio_rate_hz
        Rate of the files, in Hz.
    progress
        Called after each recording.

    Raises
    ------
    InputError
        A recording cannot be read again.
    """
    with_sound = [error for error in errors if error.with_sound]
    chosen = _worst(with_sound, most)
    paths = sorted({error.path for _, error in chosen})
    for number, path in enumerate(paths):
        progress("excerpts", number, len(paths))
        audio = load_recording(path, audio_rate_hz=audio_rate_hz).audio
        for at, error in chosen:
            if error.path == path:
                first = max(round((error.start_s - AROUND_S) * audio_rate_hz), 0)
                last = round(min(error.end_s + AROUND_S, error.start_s + MOST_S) * audio_rate_hz)
                _write(folder / excerpt_name(at, error), audio[first:last], audio_rate_hz)
    progress("excerpts", len(paths), len(paths))
    return Excerpts(len(chosen), len(with_sound) - len(chosen), len(errors) - len(with_sound))


def excerpt_name(number: int, error: EventError) -> str:
    """Name an excerpt by kind, class, number, time and recording.

    Examples
    --------
    >>> error = EventError("false", "esc/dog/1-2.wav", "esc/dog/1-2.wav", 1.5, 1.8, 0.97, "dog")
    >>> excerpt_name(3, error)
    'false-dog-0003-1.50s-esc_dog_1-2.wav'
    """
    recording = _plain(error.recording.removesuffix(Path(error.recording).suffix))[-_NAME_LENGTH:]
    sound = _plain(error.sound) or "unlabelled"
    return f"{error.kind}-{sound}-{number:04d}-{error.start_s:.2f}s-{recording}.wav"


def _plain(text: str) -> str:
    return re.sub(r"[^\w.-]+", "_", text)


def _worst(errors: Sequence[EventError], most: int) -> list[tuple[int, EventError]]:
    """Choose false events and missed coughs by turns, each from the worst on, and number them."""
    turns: list[tuple[int, int, EventError]] = []
    for place, kind in enumerate(("false", "missed")):
        sign = -1.0 if kind == "false" else 1.0
        of_kind = [error for error in errors if error.kind == kind]
        of_kind.sort(key=lambda error: sign * (error.confidence or 0.0))
        turns += [(rank, place, error) for rank, error in enumerate(of_kind)]
    turns.sort(key=lambda turn: turn[:2])
    return [(number, error) for number, (_, _, error) in enumerate(turns[:most], start=1)]


def _write(path: Path, audio: NDArray[np.int16], rate_hz: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(audio.astype("<i2").tobytes())
