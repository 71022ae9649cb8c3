"""Datasets: any folder of sessions, edge-AI recordings or lone WAV files."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .formats.edge_ai import BODY_MIC_FILE, GROUND_TRUTH_FILE, OUTWARD_MIC_FILE, EdgeAiPlace, read_edge_ai
from .formats.session_folder import (
    AUDIO_FILE,
    IMU_FILE,
    LABELS_FILE,
    SESSION_FILE,
    find_file,
    missing_audio,
    read_session,
    read_session_info,
)
from .formats.wav import read_wav
from .formats.wav_header import read_wav_header
from .input_error import InputError, OnFault, refuse
from .recording import AUDIO_RATE_HZ, COUGH, IMU_RATE_HZ, Recording

__all__ = ["Layout", "SessionRef", "find_sessions", "iter_dataset", "load_recording"]

Layout = Literal["session", "edge-ai", "wav"]

_EDGE_AI_FILES = {OUTWARD_MIC_FILE, BODY_MIC_FILE}
_SESSION_SIGNS = {IMU_FILE, LABELS_FILE, SESSION_FILE}
_SKIPPED_FOLDERS = {"__macosx", "__pycache__"}


@dataclass(frozen=True)
class SessionRef:
    """One recording of a dataset, found but not yet read.

    Attributes
    ----------
    name
        Path relative to the dataset, with ``/`` between parts.
    path
        The session folder or the WAV file.
    layout
        ``"session"``, ``"edge-ai"`` or ``"wav"``.
    subject, movement, background
        As in `Recording`. A session that names no subject belongs to that of the folder around it, and if it
        lies at the top of the dataset, to one of its own.
    audio_path
        The WAV file.
    has_imu, labelled
        Whether there are motion data, and annotations.
    """

    name: str
    path: Path
    layout: Layout
    subject: str
    movement: str
    background: str
    audio_path: Path
    has_imu: bool
    labelled: bool

    @property
    def duration_s(self) -> float:
        """Length in seconds, read from the WAV header.

        Raises
        ------
        InputError
            The header is at fault.
        """
        return read_wav_header(self.audio_path).duration_s

    def load(
        self,
        *,
        audio_rate_hz: int = AUDIO_RATE_HZ,
        imu_rate_hz: float = IMU_RATE_HZ,
        on_fault: OnFault = refuse,
    ) -> Recording:
        """Read the recording.

        Parameters
        ----------
        audio_rate_hz, imu_rate_hz
            Sample rates of the result, in Hz.
        on_fault
            Called with faults other than the audio's; what is at fault is left out if it returns.

        Returns
        -------
        Recording
            The recording, under the name of this reference.

        Raises
        ------
        InputError
            A file of it cannot be used.
        """
        if self.layout == "wav":
            return _lone_wav(self.path, self.name, self.subject, audio_rate_hz, imu_rate_hz)
        if self.layout == "edge-ai":
            return read_edge_ai(
                self.path,
                name=self.name,
                audio_rate_hz=audio_rate_hz,
                imu_rate_hz=imu_rate_hz,
                on_fault=on_fault,
            )
        return read_session(
            self.path,
            name=self.name,
            subject=self.subject,
            audio_rate_hz=audio_rate_hz,
            imu_rate_hz=imu_rate_hz,
            on_fault=on_fault,
        )


def load_recording(
    path: str | os.PathLike[str], *, audio_rate_hz: int = AUDIO_RATE_HZ, imu_rate_hz: float = IMU_RATE_HZ
) -> Recording:
    """Read one recording: a session folder, a folder of the edge-AI set, or a lone WAV file.

    Parameters
    ----------
    path
        The folder or the WAV file. A WAV file is read alone, without the files beside it.
    audio_rate_hz
        Rate of the audio wanted; the first channel is resampled to it.
    imu_rate_hz
        Rate of the motion wanted.

    Returns
    -------
    Recording
        The recording.

    Raises
    ------
    InputError
        No such path, several recordings in the folder, or a file that cannot be used.

    Examples
    --------
    >>> from tussis import write_dataset
    >>> folder = write_dataset("recordings", subjects=1, sessions_per_subject=1, session_s=10.0)
    >>> load_recording(folder).duration_s
    10.0
    """
    place = _existing(path)
    refs = iter_dataset(place)
    if len(refs) > 1:
        raise InputError(
            place,
            f"{len(refs)} recordings, one is wanted",
            remedy=f"name one of them, like {refs[0].path}",
        )
    return refs[0].load(audio_rate_hz=audio_rate_hz, imu_rate_hz=imu_rate_hz)


def iter_dataset(path: str | os.PathLike[str]) -> list[SessionRef]:
    """Find the recordings of a dataset without reading their signals.

    Parameters
    ----------
    path
        A folder with sessions, edge-AI recordings or WAV files at any depth, or one recording.

    Returns
    -------
    list[SessionRef]
        In the order of their names. Hidden folders are left out.

    Raises
    ------
    InputError
        No such path, nothing to read in it, or a session folder that is not whole.
    """
    return find_sessions(path, on_fault=refuse)


def find_sessions(path: str | os.PathLike[str], *, on_fault: OnFault) -> list[SessionRef]:
    """Do what `iter_dataset` does, and report faults of single sessions to `on_fault`.

    Parameters
    ----------
    path
        Folder of the dataset.
    on_fault
        Called with the faults; a session at fault is left out if it returns.

    Returns
    -------
    list[SessionRef]
        In the order of their names.

    Raises
    ------
    InputError
        No such path, or nothing to read in it.
    """
    root = _existing(path)
    if root.is_file():
        return [_ref_of_file(root)]
    faults = 0

    def note(fault: InputError) -> None:
        nonlocal faults
        faults += 1
        on_fault(fault)

    refs: list[SessionRef] = []
    for folder, files in _walk(root):
        try:
            refs.extend(_refs_of_folder(root, folder, files, note))
        except InputError as fault:
            note(fault)
    if not refs and not faults:
        raise InputError(
            root,
            "no recordings in the folder",
            remedy=f"a session is a folder with {AUDIO_FILE} in it; lone .wav files do as well",
        )
    return sorted(refs, key=lambda ref: Path(ref.name).parts)


def _existing(path: str | os.PathLike[str]) -> Path:
    place = Path(path)
    if place.exists():
        return place
    parent = place.parent
    near = difflib.get_close_matches(place.name, os.listdir(parent), 1) if parent.is_dir() else []
    raise InputError(
        place,
        "no such file or folder",
        remedy=f"did you mean {parent / near[0]}?" if near else "check the spelling",
    )


def _walk(root: Path) -> Iterator[tuple[Path, list[str]]]:
    """Yield each folder and its visible files; links are followed once."""
    seen: set[str] = set()
    for folder, subfolders, files in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:
            subfolders.clear()
            continue
        seen.add(real)
        subfolders[:] = sorted(
            name
            for name in subfolders
            if not name.startswith(".") and name.casefold() not in _SKIPPED_FOLDERS
        )
        yield Path(folder), sorted(name for name in files if not name.startswith("."))


def _refs_of_folder(root: Path, folder: Path, files: list[str], on_fault: OnFault) -> list[SessionRef]:
    names = {name.casefold() for name in files}
    relative = folder.relative_to(root).parts
    name = "/".join(relative) or root.resolve().name
    if AUDIO_FILE in names:
        return [_ref_of_session(folder, name, relative[-2] if len(relative) > 1 else name, names, on_fault)]
    if names & _EDGE_AI_FILES:
        return [_ref_of_edge_ai(folder, name, names)]
    waves = [file for file in files if Path(file).suffix.casefold() == ".wav"]
    if IMU_FILE in names or LABELS_FILE in names:
        raise missing_audio(folder)
    return [_ref_of_wav(folder / file, "/".join((*relative, file))) for file in waves]


def _ref_of_session(folder: Path, name: str, subject: str, names: set[str], on_fault: OnFault) -> SessionRef:
    info = read_session_info(folder, on_fault=on_fault)
    audio_path = find_file(folder, AUDIO_FILE)
    assert audio_path is not None
    return SessionRef(
        name=name,
        path=folder,
        layout="session",
        subject=info.subject or subject,
        movement=info.movement,
        background=info.background,
        audio_path=audio_path,
        has_imu=IMU_FILE in names,
        labelled=LABELS_FILE in names,
    )


def _ref_of_edge_ai(folder: Path, name: str, names: set[str]) -> SessionRef:
    place = EdgeAiPlace.of(folder)
    audio_path = find_file(folder, OUTWARD_MIC_FILE)
    if audio_path is None:
        raise InputError(folder, f"no {OUTWARD_MIC_FILE}", remedy="unpack the dataset again")
    return SessionRef(
        name=name,
        path=folder,
        layout="edge-ai",
        subject=place.subject,
        movement=place.movement,
        background=place.background,
        audio_path=audio_path,
        has_imu=IMU_FILE in names,
        labelled=GROUND_TRUTH_FILE in names or place.sound != COUGH,
    )


def _ref_of_wav(path: Path, name: str) -> SessionRef:
    return SessionRef(
        name=name,
        path=path,
        layout="wav",
        subject=name,
        movement="",
        background="",
        audio_path=path,
        has_imu=False,
        labelled=False,
    )


def _ref_of_file(path: Path) -> SessionRef:
    suffix = path.suffix.casefold()
    if suffix in (".csv", ".txt", ".json") and find_file(path.parent, AUDIO_FILE) is not None:
        raise InputError(path, "part of a session", remedy=f"name its folder, {path.parent}")
    if suffix == ".zip":
        raise InputError(path, "a packed archive", remedy="unpack it and name the folder")
    # Whatever else it is called: the WAV reader says what it is instead.
    return _ref_of_wav(path, path.name)


def _lone_wav(path: Path, name: str, subject: str, audio_rate_hz: int, imu_rate_hz: float) -> Recording:
    return Recording(
        name=name,
        audio=read_wav(path, audio_rate_hz=audio_rate_hz),
        audio_rate_hz=audio_rate_hz,
        imu=None,
        imu_rate_hz=imu_rate_hz,
        labels=(),
        labelled=False,
        subject=subject,
        path=path,
    )
