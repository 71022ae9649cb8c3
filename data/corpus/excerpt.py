"""Pieces of clips: coughs by their bounds, and other sounds."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..dataset import find_sessions
from ..formats.audio_file import read_audio
from ..formats.channels import CALL_LEAD_DB
from ..input_error import InputError, refuse
from ..left_out import ClipScreening, LeftOut
from ..progress import Progress, silent
from ..recording import AUDIO_RATE_HZ, COUGH, Label, Recording
from ..session_ref import SessionRef
from ..synthesis.sounds.envelope import faded
from ..synthesis.sounds.noise import Waveform
from .level_segments import level_segments
from .licence import Licence, licence_of, read_licences

__all__ = ["Excerpt", "Material", "read_excerpt", "read_material"]

_BEFORE_S, _AFTER_S = 0.03, 0.15
"""A cough is cut out with so much around its bounds, where no other sound of its clip lies there."""

_SHORTEST_S = 0.05


@dataclass(frozen=True)
class Excerpt:
    """A piece of a clip.

    Attributes
    ----------
    path
        The audio file.
    clip
        Its name, ``set/class/file``.
    group
        Person or source, as `SessionRef.subject`.
    sound
        ``"cough"``, or the label of the clip's class.
    start_s, end_s
        Where in the clip the sound is.
    cut_s
        First and last second that are cut out; the sound lies within.
    bounds
        What start and end were found by: ``"label"``, ``"level"``, or ``"clip"`` for the whole of it.
    confidence
        Of the label.
    licence
        What the set says.
    """

    path: Path
    clip: str
    group: str
    sound: str
    start_s: float
    end_s: float
    cut_s: tuple[float, float]
    bounds: str
    confidence: float = 1.0
    licence: Licence = field(default_factory=Licence)

    @property
    def is_cough(self) -> bool:
        """Whether it is a cough."""
        return self.sound == COUGH


@dataclass(frozen=True)
class Material:
    """All pieces of some sets of clips.

    Attributes
    ----------
    coughs, others
        Pieces by group, groups in order of their names.
    left_out
        Clips that cannot be used.
    digest
        SHA-256 over names, bounds and samples of the pieces' clips.
    """

    coughs: dict[str, tuple[Excerpt, ...]]
    others: dict[str, tuple[Excerpt, ...]]
    left_out: tuple[LeftOut, ...] = ()
    digest: str = ""


@dataclass
class _Reading:
    """What is gathered while clips are read."""

    excerpts: list[Excerpt] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    screening: ClipScreening = field(default_factory=ClipScreening)
    licences: dict[Path, dict[str, Licence]] = field(default_factory=dict)

    def add(self, ref: SessionRef) -> None:
        """Read a clip and cut it, or note why it is left out."""
        try:
            recording = ref.load()
        except InputError as fault:
            self._leave_out(ref, fault.problem)
            return
        found = self._cut(ref, recording)
        if reason := self.screening.reason(ref.name, recording.audio_sha256, recording.audio_peak):
            self._leave_out(ref, reason)
        elif not found:
            self._leave_out(ref, "no sound in it has bounds that can be used")
        else:
            self.excerpts += found

    def _leave_out(self, ref: SessionRef, reason: str) -> None:
        self.left_out.append(LeftOut(ref.name, ref.collection, reason))

    def _cut(self, ref: SessionRef, recording: Recording) -> list[Excerpt]:
        assert ref.clip is not None
        root = ref.path.parent.parent
        if root not in self.licences:
            self.licences[root] = read_licences(root)
        spans = (_cough_spans if ref.clip.sound.is_cough else _other_spans)(recording, ref)
        return [
            Excerpt(
                path=ref.path,
                clip="/".join(ref.path.resolve().parts[-3:]),
                group=ref.subject,
                sound=ref.clip.sound.label,
                start_s=label.start_s,
                end_s=label.end_s,
                cut_s=cut,
                bounds=bounds,
                confidence=label.confidence,
                licence=licence_of(self.licences[root], root, ref.path),
            )
            for label, cut, bounds in spans
            if label.end_s - label.start_s >= _SHORTEST_S
        ]


_Span = tuple[Label, tuple[float, float], str]


def _cough_spans(recording: Recording, ref: SessionRef) -> list[_Span]:
    """Bounds of the coughs of a clip, each with what can be cut out around it."""
    del ref
    labels = [label for label in recording.labels if label.is_cough]
    bounds = "label"
    if any(label.weak for label in labels):
        labels = [Label(start_s, end_s, COUGH) for start_s, end_s in level_segments(recording.audio)]
        bounds = "level"
    taken = [*labels, *(label for label in recording.labels if not label.is_cough)]
    return [(label, _room_around(label, taken, recording.duration_s), bounds) for label in labels]


def _room_around(label: Label, taken: Sequence[Label], duration_s: float) -> tuple[float, float]:
    before = max((other.end_s for other in taken if other.end_s <= label.start_s), default=0.0)
    after = min((other.start_s for other in taken if other.start_s >= label.end_s), default=duration_s)
    return max(label.start_s - _BEFORE_S, before), min(label.end_s + _AFTER_S, after)


def _other_spans(recording: Recording, ref: SessionRef) -> list[_Span]:
    """Stretches of a clip of another sound; none where somebody heard a cough in it, or was not sure."""
    if any(label.is_cough or label.is_unsure for label in recording.labels):
        return []
    clip = ref.clip
    whole = clip is None or (clip.labels_path is None and not clip.spans_s)
    return [(label, (label.start_s, label.end_s), "clip" if whole else "label") for label in recording.labels]


def read_material(
    clips: Iterable[str | os.PathLike[str]],
    *,
    wanted: Callable[[str], bool] = lambda group: True,
    progress: Progress = silent,
) -> Material:
    """Read every clip of some sets once, and note where its sounds are.

    Parameters
    ----------
    clips
        Folders of clips, ``NAME/<class>/<file>`` at any depth.
    wanted
        Which groups are read.
    progress
        Called after every clip.

    Returns
    -------
    Material
        Clips that cannot be decoded, are nearly silent, or hold the samples of one before are left out.

    Raises
    ------
    InputError
        No clips, no coughs among them or no other sounds; a class that is not known.
    """
    places = [Path(place) for place in clips]
    refs = {
        ref.path.resolve(): ref
        for place in places
        for ref in find_sessions(place, on_fault=refuse)
        if ref.layout == "clip" and wanted(ref.subject)
    }
    reading = _Reading()
    for number, ref in enumerate(refs.values()):
        progress("read clips", number, len(refs))
        reading.add(ref)
    progress("read clips", len(refs), len(refs))
    coughs = _by_group(excerpt for excerpt in reading.excerpts if excerpt.is_cough)
    others = _by_group(excerpt for excerpt in reading.excerpts if not excerpt.is_cough)
    named = ", ".join(map(str, places))
    if not coughs:
        remedy = "put them into a folder named cough: NAME/cough/a01.wav (docs/recordings.md)"
        raise InputError(named, "no clips of coughs", remedy=remedy)
    if not others:
        remedy = "name clips of speech and everyday sound too: NAME/speech/b01.wav (docs/recordings.md)"
        raise InputError(named, "no clips of other sounds than coughs", remedy=remedy)
    facts = [
        (excerpt.clip, excerpt.group, excerpt.sound, excerpt.start_s, excerpt.end_s, excerpt.licence.name)
        for excerpt in reading.excerpts
    ]
    samples = reading.screening.samples_hashes
    digest = hashlib.sha256(repr((sorted(facts), samples)).encode()).hexdigest()
    return Material(coughs, others, tuple(reading.left_out), digest)


def _by_group(excerpts: Iterable[Excerpt]) -> dict[str, tuple[Excerpt, ...]]:
    groups: dict[str, list[Excerpt]] = {}
    for excerpt in sorted(excerpts, key=lambda one: (one.group, one.clip, one.start_s)):
        groups.setdefault(excerpt.group, []).append(excerpt)
    return {group: tuple(own) for group, own in groups.items()}


def read_excerpt(excerpt: Excerpt, first_s: float | None = None, last_s: float | None = None) -> Waveform:
    """Cut a piece out of its clip.

    Parameters
    ----------
    excerpt
        The piece.
    first_s, last_s
        Another stretch of the clip than `Excerpt.cut_s`.

    Returns
    -------
    NDArray[np.float64]
        Shape ``(n,)``, full scale 1, faded at both ends.
    """
    audio = _decoded(excerpt.path)
    first = round((excerpt.cut_s[0] if first_s is None else first_s) * AUDIO_RATE_HZ)
    last = round((excerpt.cut_s[1] if last_s is None else last_s) * AUDIO_RATE_HZ)
    return faded(audio[first:last] / 32768.0)


@lru_cache(maxsize=64)
def _decoded(path: Path) -> NDArray[np.int16]:
    """Read the channel of a clip that `SessionRef.load` reads: bounds are those of its sound."""
    return read_audio(path, lead_db=CALL_LEAD_DB)
