"""A composed session as it fills: sound near the wearer and further away, and where each piece comes from."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..input_error import InputError
from ..left_out import NEARLY_SILENT_PEAK
from ..recording import AUDIO_RATE_HZ, Label
from ..synthesis.clip import ClipHistory, through
from ..synthesis.sounds.envelope import audible_span
from ..synthesis.sounds.noise import Waveform, decibels, gain
from ..synthesis.sounds.sound import Pulse, Sound, levelled
from .excerpt import Excerpt, read_excerpt

__all__ = ["EVENTS_CSV", "OWN_M", "Event", "Scene", "event_groups", "events_csv", "motion_of"]

EVENTS_CSV = "events.csv"

OWN_M = 0.3
"""Distance of the wearer's mouth; sound from further away falls with distance from here."""

_LONGEST_S = 10.0
_COUGH_ABOVE_FLOOR_DB = 8.0

_SOUNDS_BY_MOTION = {
    "jerk": ("cough", "sneezing", "sneeze"),
    "laugh": ("laughing", "laugh", "laughter"),
    "weak_jerk": ("throat_clearing", "throat_clear", "clearing_throat", "hiccup", "burp", "burping"),
    "speech": ("speech", "singing", "gargling", "crying"),
    "breath": (
        *("breathing", "breath", "breaths", "deep_breathing", "snoring", "snore", "sniff", "sniffle"),
        *("yawn", "wheeze"),
    ),
    "gesture": ("brushing_teeth", "drinking_sipping", "clapping"),
}
_MOTIONS = {sound: motion for motion, sounds in _SOUNDS_BY_MOTION.items() for sound in sounds}
"""How the wearer's trunk moves with a sound, by its label."""


class Event(NamedTuple):
    """One row of ``events.csv``: a label of the session and where its sound comes from.

    Attributes
    ----------
    start_s, end_s, label
        As in ``labels.txt``.
    clip, group
        Name and group of the clip; empty for what was synthesised.
    clip_start_s, clip_end_s
        What was cut out of the clip.
    bounds
        What the bounds of the sound in the clip were found by: ``label``, ``level`` or ``clip``.
    gain_db
        Gain on the clip's samples before room and microphone, the wearer's speech being at 0 dB.
    distance_m
        Distance from the device.
    room
        ``near``, ``far``, or ``none``: which impulse response of the session it went through.
    licence, source
        What the clip's set says.
    """

    start_s: float
    end_s: float
    label: str
    clip: str = ""
    group: str = ""
    clip_start_s: float = 0.0
    clip_end_s: float = 0.0
    bounds: str = ""
    gain_db: float = 0.0
    distance_m: float = 0.0
    room: str = "none"
    licence: str = ""
    source: str = ""


def motion_of(sound: str) -> str:
    """Motion of the trunk that goes with a sound of the wearer's; ``"none"`` for sounds of things."""
    return _MOTIONS.get(sound, "none")


@dataclass
class Scene:
    """The session as it fills.

    Attributes
    ----------
    near, far
        Sounds of the wearer and of others, shape ``(n,)``, the wearer's speech at RMS 1 (loudest 20 ms).
    floor_db
        What is softer than this is not heard, and not placed.
    history
        What the clips went through before.
    rooms
        Whether near and far sounds go through a room.
    events
        What was placed.
    acts
        The wearer's sounds that move the trunk, with their starts.
    busy
        Where the wearer's voice is occupied.
    """

    near: Waveform
    far: Waveform
    floor_db: float
    history: ClipHistory
    rooms: tuple[bool, bool]
    events: list[tuple[Event, Label]] = field(default_factory=list)
    acts: list[tuple[float, Sound]] = field(default_factory=list)
    busy: list[tuple[float, float]] = field(default_factory=list)

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.near) / AUDIO_RATE_HZ

    def free_start(self, rng: np.random.Generator, length_s: float, apart_s: float = 0.1) -> float | None:
        """Draw a start at which the wearer's voice is free for so long; None if fifty draws find none."""
        for _ in range(50):
            start_s = float(rng.uniform(0.0, max(self.duration_s - length_s, 0.0)))
            if self.is_free(start_s, start_s + length_s, apart_s):
                return start_s
        return None

    def is_free(self, start_s: float, end_s: float, apart_s: float = 0.1) -> bool:
        """Whether a stretch lies in the session and no other sound of the wearer's voice is near."""
        return (
            start_s >= 0.0
            and end_s <= self.duration_s
            and all(end_s + apart_s <= first or start_s - apart_s >= last for first, last in self.busy)
        )

    def place(
        self,
        rng: np.random.Generator,
        excerpt: Excerpt,
        start_s: float,
        level_db: float,
        *,
        distance_m: float = OWN_M,
        label: str | None = None,
        cut_s: tuple[float, float] | None = None,
    ) -> None:
        """Add a piece of a clip, its label, and its origin.

        Parameters
        ----------
        rng, excerpt, start_s
            Chance, the piece, and where its first sample comes.
        level_db
            Level of its loudest 20 ms at `OWN_M`, against the wearer's speech.
        distance_m
            `OWN_M` for the wearer, else it is a sound of others.
        label
            What it is called; `Excerpt.sound` by default.
        cut_s
            What to cut out; `Excerpt.cut_s` by default.
        """
        own, cut = distance_m <= OWN_M, cut_s or excerpt.cut_s
        raw = read_excerpt(excerpt, *cut)
        first = round(start_s * AUDIO_RATE_HZ)
        raw = raw[: max(len(self.near) - first, 0)]
        loudest = float(np.abs(raw).max(initial=0.0))
        level = level_db - decibels(max(distance_m / OWN_M, 1.0))
        if own and excerpt.is_cough:
            level = max(level, self.floor_db + _COUGH_ABOVE_FLOOR_DB)
        if loudest <= NEARLY_SILENT_PEAK / 32768.0 or level <= self.floor_db:
            return
        even = levelled(raw)
        wave = through(rng, even, self.history) * gain(level)
        (self.near if own else self.far)[first : first + len(wave)] += wave
        if excerpt.is_cough:
            bounds = start_s + excerpt.start_s - cut[0], start_s + excerpt.end_s - cut[0]
        else:
            onset, end = audible_span(wave, float(rng.uniform(26, 36)), self.floor_db - 3.0)
            bounds = (first + onset) / AUDIO_RATE_HZ, (first + end) / AUDIO_RATE_HZ
        name = label or excerpt.sound
        applied_db = level + decibels(float(np.abs(even).max()) / loudest)
        self._note(excerpt, bounds, cut, name, applied_db, distance_m)
        if own:
            self._act(rng, excerpt.sound, start_s, bounds[0] - start_s, wave, level)

    def _note(
        self,
        excerpt: Excerpt,
        bounds: tuple[float, float],
        cut: tuple[float, float],
        name: str,
        gain_db: float,
        distance_m: float,
    ) -> None:
        near = distance_m <= OWN_M
        start_s, end_s = bounds[0], min(bounds[1], self.duration_s)
        room = ("near" if near else "far") if self.rooms[0 if near else 1] else "none"
        row = Event(
            *(start_s, end_s, name, excerpt.clip, excerpt.group, *cut, excerpt.bounds),
            *(gain_db, distance_m, room, *excerpt.licence),
        )
        self.events.append((row, Label(start_s, end_s, name, confidence=excerpt.confidence)))

    def _act(
        self,
        rng: np.random.Generator,
        sound: str,
        start_s: float,
        onset_s: float,
        wave: Waveform,
        level_db: float,
    ) -> None:
        pulses = (Pulse(onset_s, float(np.exp(rng.normal(0.0, 0.3)))),) if sound == "cough" else ()
        motion = motion_of(sound)
        if motion != "none":
            self.acts.append((start_s, Sound(sound, wave, level_db, motion, pulses)))

    def drawn_cut(self, rng: np.random.Generator, excerpt: Excerpt) -> tuple[float, float]:
        """Draw what to cut out of another sound: all of it, or `_LONGEST_S` of it where it is longer."""
        first_s, last_s = excerpt.cut_s
        longest = min(_LONGEST_S, self.duration_s)
        if last_s - first_s > longest:
            first_s += float(rng.uniform(0.0, last_s - first_s - longest))
            last_s = first_s + longest
        return first_s, last_s


def events_csv(events: Sequence[Event]) -> str:
    """Write ``events.csv``: a header, then one row for each label in the order of ``labels.txt``."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Event._fields)
    for event in events:
        writer.writerow(f"{cell:.4f}" if isinstance(cell, float) else cell for cell in event)
    return text.getvalue()


def event_groups(session: Path) -> tuple[str, ...]:
    """Read the groups of the clips that a composed session is made of.

    None where it was not composed: a file of that name with another header is somebody else's, and no fault.
    """
    file = session / EVENTS_CSV
    if not file.is_file():
        return ()
    with file.open(encoding="utf-8", errors="replace", newline="") as text:
        if text.readline().rstrip("\r\n") != ",".join(Event._fields):
            return ()
        try:
            return tuple(sorted({row["group"] or "" for row in csv.DictReader(text, Event._fields)} - {""}))
        except csv.Error as error:
            raise InputError(file, f"not a table: {error}", remedy="compose the session again") from error
