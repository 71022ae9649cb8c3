"""Features of all windows of a dataset, kept on disk so that long runs go on where they stopped."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.cache_place import cache_place
from ...data.code_hash import code_hash
from ...data.content_hash import content_hash
from ...data.counted_words import counted
from ...data.dataset import iter_dataset
from ...data.input_error import InputError, reading
from ...data.left_out import ClipScreening, LeftOut
from ...data.progress import Progress, silent
from ...data.session_ref import SessionRef
from ...data.shell_line import shell_word
from ...data.unread_files import warnings_about_dataset
from ...signal.feature import Modality
from ...signal.motion_sensor import MotionSensor
from ...signal.plan import AudioPlan, ImuPlan
from .feature_files import (
    WindowPlans,
    copies_of,
    read_sessions,
    sha256_of,
    stored_sessions,
)
from .feature_store import FeatureStore
from .folds import linked_subjects
from .gain_sensitivity import gain_sensitivity
from .names import Names
from .row_file import empty_rows
from .session_features import SessionFeatures, WindowFeatures
from .window_targets import window_confidence, window_kinds

__all__ = ["DatasetFeatures", "WindowTable", "dataset_features"]


_LABELS = "add a labels.txt to each session; tussis detect --labels DIR proposes tracks to correct"


@dataclass(frozen=True)
class WindowTable:
    """All windows of one modality, session after session.

    Parameters
    ----------
    ids
        Feature ids by column.
    parts
        Windows of each session; their values are on disk.
    target : ndarray of int8, shape (n,)
        `POSITIVE`, `NEGATIVE` or `IGNORED` (`tussis.selection.windows.window_targets`).
    kinds
        Label that fills most of each window.
    subjects
        Subject of each window.
    session : ndarray of int32, shape (n,)
        Index into `DatasetFeatures.sessions`.
    collections
        Collection of each window's session.
    confidence : ndarray of float32, shape (n,)
        How sure the target is, above 0 to 1.
    groups
        What a fold may not split: the subject, and with it all subjects that a composed session is made of.
    late : ndarray of bool, shape (n,)
        Windows of copies heard late: they are learned from, and nothing is counted on them.
    """

    ids: tuple[str, ...]
    parts: tuple[WindowFeatures, ...]
    target: NDArray[np.int8]
    kinds: Names
    subjects: Names
    session: NDArray[np.int32]
    collections: Names
    confidence: NDArray[np.float32]
    groups: Names
    late: NDArray[np.bool_]

    @property
    def values(self) -> NDArray[np.float32]:
        """All feature values, read from disk, shape (n, n_features)."""
        return self.columns(np.arange(len(self.ids)))

    def columns(
        self, columns: NDArray[Any] | Sequence[int], rows: NDArray[np.bool_] | None = None
    ) -> NDArray[np.float32]:
        """Read some columns from disk, and none of the others.

        Parameters
        ----------
        columns : ndarray of int or bool
            Places among `ids`, or which of them.
        rows : ndarray of bool, shape (n,)
            Which windows; None is all.

        Returns
        -------
        ndarray of float32, shape (n_rows, n_columns)
            A large one is mapped from a file (`tussis.selection.windows.row_file.let_go`).
        """
        wanted = np.array(self.ids)[columns].tolist()
        n = len(self.target)
        taken = np.ones(n, np.bool_) if rows is None else rows
        target_row = np.concatenate([[0], np.cumsum(taken)])
        values = empty_rows((int(target_row[-1]), len(wanted)), self.parts[0].store.folder)
        for first, own in self.by_session(wanted):
            last = first + len(own)
            values[target_row[first] : target_row[last]] = own[taken[first:last]]
        return values

    def known_columns(self) -> NDArray[np.bool_]:
        """Say which columns hold a value in every window, shape (n_features,)."""
        known = np.ones(len(self.ids), np.bool_)
        for _, own in self.by_session(self.ids):
            known &= ~np.isnan(own).any(axis=0)
        return known

    def by_session(self, names: Sequence[str]) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Yield the first row of a session and its values in some columns, in no particular order."""
        filled = [(first, part) for first, part in zip(self._starts(), self.parts, strict=True) if len(part)]
        if not filled or not len(names):
            return
        one = filled[0][1]
        for place, own in one.store.read([part.key for _, part in filled], one.modality, names):
            yield filled[place][0], own

    def _starts(self) -> list[int]:
        return [0, *np.cumsum([len(part) for part in self.parts])[:-1].tolist()]


@dataclass(frozen=True)
class DatasetFeatures:
    """Features of the labelled sessions of a dataset.

    Parameters
    ----------
    source
        The dataset, for messages.
    sessions
        Labelled sessions, in the dataset's order.
    audio_ids, imu_ids
        Feature ids by column.
    audio_plan, imu_plan
        Plans they were computed with.
    data_hash
        SHA-256 over the content of all sessions and their names.
    unlabelled
        Sessions left out for lack of labels.
    gain_sensitivity : ndarray of float64, shape (n_audio_features,)
        Change of each audio feature with the gain (`tussis.selection.windows.gain_sensitivity`).
    left_out
        Clips that cannot be read, are nearly silent, or hold the same samples as one before them.
    unreadable
        Sessions that cannot be read.
    doubts
        What need not be wrong in a session and probably is, each in one line.
    sound_hash
        As `data_hash`, whatever the motion sensor: what depends on the sound alone is kept under it.
    late
        Copies of sessions heard late. They are no part of `sessions` and `data_hash`.
    """

    source: str
    sessions: tuple[SessionFeatures, ...]
    audio_ids: tuple[str, ...]
    imu_ids: tuple[str, ...]
    audio_plan: AudioPlan
    imu_plan: ImuPlan
    data_hash: str
    unlabelled: tuple[str, ...]
    gain_sensitivity: NDArray[np.float64]
    left_out: tuple[LeftOut, ...] = ()
    unreadable: tuple[LeftOut, ...] = ()
    doubts: tuple[str, ...] = ()
    sound_hash: str = ""
    late: tuple[SessionFeatures, ...] = ()

    def kept_under(self, modality: Modality) -> str:
        """Return the first digits of the hash that names what was learned from one modality."""
        return (self.sound_hash if modality == "audio" and self.sound_hash else self.data_hash)[:16]

    def table(self, modality: Modality, *, late: bool = False) -> WindowTable:
        """Stack the windows of all sessions that have this modality; last, with `late`, those heard late."""
        ids = self.audio_ids if modality == "audio" else self.imu_ids
        parts = [
            (number, session, windows)
            for number, session in [*enumerate(self.sessions), *(self._late_copies() if late else ())]
            if (windows := getattr(session, modality)) is not None
        ]
        counts = [len(windows) for _, _, windows in parts]
        labels = [session.audible_labels for _, session, _ in parts]
        labelled = [
            (own, windows.start_s, windows.end_s) for own, (_, _, windows) in zip(labels, parts, strict=True)
        ]
        groups = linked_subjects((session.subject, *session.heard) for session in self.sessions)
        if not parts:
            kind = "sound" if modality == "audio" else "motion"
            raise InputError(self.source, f"no session has {kind}", remedy="add recordings that have")
        if not sum(counts):
            problem = f"no session is long enough for one {modality} window"
            raise InputError(self.source, problem, remedy=f"see tussis info {shell_word(self.source)}")
        sessions = [session for _, session, _ in parts]
        return WindowTable(
            ids,
            tuple(windows for _, _, windows in parts),
            np.concatenate([part[2].targets(own) for own, part in zip(labels, parts, strict=True)]),
            Names.joined([window_kinds(*part) for part in labelled]),
            Names.repeated([session.subject for session in sessions], counts),
            np.repeat(np.array([number for number, _, _ in parts], np.int32), counts),
            Names.repeated([session.collection for session in sessions], counts),
            np.concatenate([window_confidence(*part) for part in labelled]),
            Names.repeated([groups[session.subject] for session in sessions], counts),
            np.repeat(np.array([session.awake_s is not None for session in sessions], np.bool_), counts),
        )

    def _late_copies(self) -> Iterator[tuple[int, SessionFeatures]]:
        """Give copies heard late, with the numbers of their sessions and the labels that these have now."""
        number_of = {session.name: number for number, session in enumerate(self.sessions)}
        for copy in self.late:
            number = number_of[copy.variant_of]
            yield number, replace(copy, labels=self.sessions[number].labels)


def dataset_features(
    dataset: str | PathLike[str],
    *,
    audio_plan: AudioPlan | None = None,
    imu_plan: ImuPlan | None = None,
    motion_sensor: MotionSensor | None = None,
    variants: int = 0,
    late_copies: int = 0,
    unlabelled_too: bool = False,
    pass_over: bool = False,
    cache_folder: Path | None = None,
    progress: Progress = silent,
) -> DatasetFeatures:
    """Compute all features of all labelled sessions, two sessions at a time.

    Each finished session is kept in `cache_folder` under a hash of its files, of the plans and of the
    feature code; nothing is computed twice, and an interrupted run goes on where it stopped.

    Parameters
    ----------
    dataset
        Anything `tussis.data.dataset.iter_dataset` reads.
    audio_plan, imu_plan
        Plans; None is the default plan.
    motion_sensor
        Sensor whose operating point all motion is played through; `DatasetFeatures.data_hash` counts it.
    variants
        Varied copies of each clip, and of each session of motion alone, that are added behind it.
    late_copies
        Copies of the sound of each session as a microphone hears it that sleeps and wakes
        (`tussis.data.corpus.sleeping_microphone`).
    unlabelled_too
        Whether recordings without labels are taken as well.
    pass_over
        Whether sessions that cannot be read are listed in the result. Else they are refused, after the
        features of all others have been computed and kept.
    cache_folder
        Folder for features; None is the user's cache folder.
    progress
        Called after each session.

    Returns
    -------
    DatasetFeatures

    Raises
    ------
    InputError
        A session cannot be read, or none is labelled.
    """
    from ...signal.catalogue import audio_catalogue, imu_catalogue

    audio_plan, imu_plan = audio_plan or AudioPlan(), imu_plan or ImuPlan()
    references = iter_dataset(dataset)
    labelled = [reference for reference in references if reference.labelled or unlabelled_too]
    if not labelled:
        raise InputError(dataset, "no session has labels to learn from", remedy=_LABELS)
    code = code_hash("data", "signal", "firmware_stub/src/dsp")
    folder = (cache_folder or cache_place()) / "features" / f"code={code[:16]}"
    content = hashlib.sha256()
    sessions: list[SessionFeatures] = []
    late: list[SessionFeatures] = []
    left_out: list[LeftOut] = []
    unreadable: list[LeftOut] = []
    doubts = [
        str(doubt).removeprefix(f"{dataset}{os.sep}") for doubt in warnings_about_dataset(dataset, references)
    ]
    screening = ClipScreening()
    copies = [copy for reference in labelled for copy in copies_of(reference, variants, late_copies)]
    content_keys = {reference.name: _key_of(reference) for reference in labelled}
    keys = [f"{content_keys[copy.reference.name]}{copy.suffix}" for copy in copies]
    progress("features", 0, len(copies))
    plans = WindowPlans(audio_plan, imu_plan, motion_sensor)

    store = FeatureStore(folder / plans.partition, tuple(audio_catalogue(audio_plan)), tuple(imu_catalogue()))
    failed: dict[str, str] = {}
    for number, reason in enumerate(stored_sessions(copies, keys, plans, store, progress)):
        failed |= {keys[number]: reason} if reason else {}
        progress("features", number + 1, len(copies))
    if store.damaged:
        many = counted(store.damaged, "damaged feature file")
        doubts.append(f"{folder}: {many}, computed again")
    for number, (kept, reason, doubted) in enumerate(read_sessions(copies, keys, store, failed, screening)):
        reference = copies[number].reference
        doubts.extend(doubted)
        if kept is not None and copies[number].late:
            late.append(kept)
        elif kept is not None:
            sessions.append(kept)
            content.update(f"{kept.name}\0{reference.subject}\0{keys[number]}\n".encode())
        elif not copies[number].suffix:
            listed = left_out if reference.layout == "clip" else unreadable
            listed.append(LeftOut(reference.name, reference.collection, reason))
    if unreadable and not (pass_over and sessions):
        raise _unreadable(dataset, unreadable)
    if not sessions:
        problem = f"no clip can be learned from; the first: {left_out[0].reason}"
        raise InputError(dataset, problem, remedy=f"all problems: tussis info {shell_word(str(dataset))}")
    sound_hash = content.hexdigest()
    if motion_sensor is not None:
        content.update(f"{motion_sensor.key}\n".encode())
    return DatasetFeatures(
        str(dataset),
        tuple(sessions),
        store.audio_ids,
        store.imu_ids,
        audio_plan,
        imu_plan,
        content.hexdigest(),
        tuple(reference.name for reference in references if not reference.labelled),
        gain_sensitivity(
            _with_sound(labelled, sessions),
            audio_plan,
            kept=folder / f"gain-{sha256_of(f'{sound_hash}{audio_plan}'.encode())}.npy",
            progress=progress,
        ),
        tuple(left_out),
        tuple(unreadable),
        tuple(doubts),
        sound_hash,
        tuple(late),
    )


def _key_of(reference: SessionRef) -> str:
    with reading(reference.path):
        return content_hash(reference)


def _unreadable(dataset: str | PathLike[str], sessions: Sequence[LeftOut]) -> InputError:
    many = (
        f"{len(sessions)} sessions cannot be read, the first" if len(sessions) > 1 else "unreadable session"
    )
    remedy = f"all problems: tussis info {shell_word(str(dataset))}"
    return InputError(dataset, f"{many}: {sessions[0].reason}", remedy=remedy)


def _with_sound(references: Sequence[SessionRef], sessions: Sequence[SessionFeatures]) -> list[SessionRef]:
    kept = {session.name for session in sessions if session.audio is not None}
    return [reference for reference in references if reference.name in kept]
