"""Event F1 of a detector on sessions as they are, and after what other microphones and rooms do to them.

    python benchmarks/robustness.py [--detector default] [--dataset DATASET] [--mode audio] [--json]

Each session is heard 12 dB softer, 12 dB louder (what passes full scale is clipped), in a room that takes
0.6 s to fade by 60 dB, its tail 6 dB below the direct sound, and with white noise 15 dB below the mean power
of its labelled coughs. Without ``--dataset`` the sessions below TUSSIS_RECORDINGS are taken. The same
detector and recordings give the same figures.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np
import scipy
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from tussis.data.dataset import iter_dataset
from tussis.data.recording import Recording
from tussis.selection.detector.detector_file import Detector, load_detector
from tussis.selection.detector.inference import detect
from tussis.selection.detector.mode import MODES, Mode
from tussis.selection.training.event_counts import Counts, count_events

HERE = Path(__file__).resolve().parent
FADING_S, TAIL_DB, NOISE_DB, GAIN_DB = 0.6, -6.0, -15.0, 12.0

Change = Callable[[Recording], NDArray[np.float64]]


@dataclass(frozen=True)
class Row:
    """One change, over all sessions."""

    change: str
    f1: float
    sensitivity: float
    precision: float
    events: int


def with_gain(decibels: float) -> Change:
    """Scale the samples."""
    return lambda recording: recording.audio * 10.0 ** (decibels / 20.0)


def in_a_room(recording: Recording) -> NDArray[np.float64]:
    """Convolve with the direct sound and a tail of noise that fades exponentially."""
    rng = np.random.default_rng(0)
    time_s = np.arange(int(FADING_S * recording.audio_rate_hz)) / recording.audio_rate_hz
    tail = rng.standard_normal(len(time_s)) * 10.0 ** (-3.0 * time_s / FADING_S)
    tail *= 10.0 ** (TAIL_DB / 20.0) / np.sqrt(np.sum(tail**2))
    tail[0] += 1.0
    heard = scipy.signal.fftconvolve(recording.audio.astype(np.float64), tail)
    return cast(NDArray[np.float64], heard[: len(recording.audio)])


def with_noise(recording: Recording) -> NDArray[np.float64]:
    """Add white noise at a level below that of the coughs."""
    rate = recording.audio_rate_hz
    spans = [np.s_[int(c.start_s * rate) : int(c.end_s * rate)] for c in recording.coughs]
    power = np.mean(np.concatenate([recording.audio[span] for span in spans]).astype(np.float64) ** 2)
    noise = np.random.default_rng(0).standard_normal(len(recording.audio))
    return recording.audio + noise * np.sqrt(power) * 10.0 ** (NOISE_DB / 20.0)


CHANGES: dict[str, Change] = {
    "as it is": with_gain(0.0),
    f"{GAIN_DB:.0f} dB softer": with_gain(-GAIN_DB),
    f"{GAIN_DB:.0f} dB louder": with_gain(GAIN_DB),
    f"a room of {FADING_S} s": in_a_room,
    f"white noise at {-NOISE_DB:.0f} dB": with_noise,
}


def row(name: str, change: Change, detector: Detector, mode: Mode, recordings: Sequence[Recording]) -> Row:
    """Detect in the changed sessions, and count."""
    total, events = Counts(), 0
    for recording in recordings:
        sound = np.clip(np.round(change(recording)), -32768, 32767).astype(np.int16)
        found = detect(replace(recording, audio=sound), detector, mode).events
        spans = [(event.start_s, event.end_s) for event in found]
        total += count_events(recording.coughs, spans, recording.duration_s)
        events += len(found)
    return Row(name, total.f1 or 0.0, total.sensitivity or 0.0, total.precision or 0.0, events)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--detector", default="default")
    shared = os.environ.get("TUSSIS_RECORDINGS", HERE.parent.parent / "shared" / "recordings")
    parser.add_argument("--dataset", type=Path, default=Path(shared) / "sessions")
    parser.add_argument("--mode", choices=MODES, default="audio")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    arguments = parser.parse_args()
    detector = load_detector(arguments.detector)
    recordings = [session.load(**detector.rates) for session in iter_dataset(arguments.dataset)]
    rows = [row(name, change, detector, arguments.mode, recordings) for name, change in CHANGES.items()]
    if arguments.json:
        print(json.dumps([asdict(found) for found in rows], indent=1))
        return
    table = Table("sessions", "F1", "sensitivity", "precision", "events")
    for r in rows:
        table.add_row(r.change, f"{r.f1:.3f}", f"{r.sensitivity:.3f}", f"{r.precision:.3f}", str(r.events))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
