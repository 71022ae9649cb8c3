"""Datasets: any folder of sessions, clips in class folders, edge-AI recordings or lone audio files."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from .formats.audio_file import is_audio
from .formats.clip_set import CLIPS_CSV, CLIPS_TOML, Clip, ClipSet, read_clip_set
from .formats.edge_ai import BODY_MIC_FILE, GROUND_TRUTH_FILE, OUTWARD_MIC_FILE, EdgeAiPlace
from .formats.public_layout import public_classes
from .formats.session_folder import (
    AUDIO_FILE,
    AUDIO_FILES,
    IMU_FILE,
    LABELS_FILE,
    find_audio,
    find_file,
    missing_audio,
    read_session_info,
)
from .input_error import InputError, OnFault, reading, refuse
from .recording import AUDIO_RATE_HZ, COUGH, IMU_RATE_HZ, Recording
from .remote.remote_set import local_place
from .remote.remote_url import remote_url
from .session_ref import SessionRef
from .session_set import UNFINISHED_FILE
from .subject_names import one_spelling

__all__ = ["dataset_place", "find_sessions", "is_skipped", "iter_dataset", "load_recording"]


_EDGE_AI_FILES = {OUTWARD_MIC_FILE, BODY_MIC_FILE}
_SKIPPED_FOLDERS = {
    *(
        "__macosx",
        "__pycache__",
        "$recycle.bin",
        "recycler",
        "recycled",
        "#recycle",
        "@recycle",
        "recycle bin",
    ),
    *("system volume information", "lost+found", "lost.dir", "found.000", "@eadir", "#snapshot", "trash"),
    *("papierkorb", "corbeille", "papelera", "cestino", "node_modules"),
}
"""What systems and network drives put beside the folders of people, in lower case."""


def load_recording(
    path: str | os.PathLike[str], *, audio_rate_hz: int = AUDIO_RATE_HZ, imu_rate_hz: float = IMU_RATE_HZ
) -> Recording:
    """Read one recording: a session folder, a folder of the edge-AI set, or an audio file.

    Parameters
    ----------
    path
        The folder or the audio file. An audio file is read alone, without the files beside it.
    audio_rate_hz
        Rate of the audio wanted; one channel is resampled to it.
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
    place = dataset_place(path)
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
        A folder with sessions, clips in folders of their class, edge-AI recordings or audio files at any
        depth, or one recording.

    Returns
    -------
    list[SessionRef]
        In the order of their names. Hidden folders are left out.

    Raises
    ------
    InputError
        No such path, nothing to read in it, or a session folder that is not whole.

    Examples
    --------
    >>> from tussis import write_dataset
    >>> folder = write_dataset("two", subjects=2, sessions_per_subject=1, session_s=3.0)
    >>> [reference.subject for reference in iter_dataset(folder)]
    ['subject_000', 'subject_001']
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
        In the order of their names. A subject that is spelt in several ways (case, blanks, forms of
        Unicode, zeros before a number) has its first spelling in all of them.

    Raises
    ------
    InputError
        No such path, or nothing to read in it.
    """
    root = dataset_place(path)
    if root.is_file():
        return [_ref_of_file(root)]
    faults = 0

    def note(fault: InputError) -> None:
        nonlocal faults
        faults += 1
        on_fault(fault)

    refs: list[SessionRef] = []
    clip_sets: dict[Path, ClipSet] = {}
    for folder, files in _walk(root, note):
        try:
            if UNFINISHED_FILE in files:
                note(_unfinished(folder))
            refs.extend(_refs_of_folder(root, folder, files, clip_sets, note))
        except InputError as fault:
            note(fault)
    if not refs and not faults:
        raise InputError(
            root,
            "no recordings in the folder",
            remedy=f"a session is a folder with {AUDIO_FILE} in it; clips in class folders do as well; an"
            " example: tussis synth DIR",
        )
    return _with_one_spelling(sorted(refs, key=lambda ref: Path(ref.name).parts))


def _unfinished(folder: Path) -> InputError:
    return InputError(
        folder / UNFINISHED_FILE,
        "the dataset is not whole: the command that makes it was interrupted",
        remedy="give that command again, which goes on; or delete this file to use what is there",
    )


def _with_one_spelling(refs: list[SessionRef]) -> list[SessionRef]:
    """Give recordings of a subject that is spelt in several ways its first spelling."""
    chosen = one_spelling(ref.subject for ref in refs if ref.layout != "wav")
    return [
        replace(ref, subject=chosen[ref.subject], spelt=ref.subject)
        if ref.subject in chosen and ref.layout != "wav"
        else ref
        for ref in refs
    ]


def dataset_place(path: str | os.PathLike[str]) -> Path:
    """Return the local path of a dataset; of a URL the folder that stands for it.

    Raises
    ------
    InputError
        There is no such path, or the store of the URL refuses.
    """
    url = remote_url(path)
    place = Path(path) if url is None else local_place(url)
    if place.exists():
        with reading(place):  # a pipe or device is refused
            return place
    parent = place.parent
    near = difflib.get_close_matches(place.name, os.listdir(parent), 1) if parent.is_dir() else []
    raise InputError(
        place,
        "no such file or folder",
        remedy=f"did you mean {parent / near[0]}?" if near else "check the spelling",
    )


def is_skipped(folder: str) -> bool:
    """Whether a folder of this name is passed over: hidden, or a bin or store of the system."""
    return folder.startswith(".") or folder.casefold() in _SKIPPED_FOLDERS


def _walk(root: Path, on_fault: OnFault) -> Iterator[tuple[Path, list[str]]]:
    """Yield each folder and its visible files; links are followed once."""

    def note(error: OSError) -> None:
        on_fault(
            InputError(error.filename, f"cannot be read: {error.strerror}", remedy="check its permissions")
        )

    seen: set[str] = set()
    for folder, subfolders, files in os.walk(root, followlinks=True, onerror=note):
        real = os.path.realpath(folder)
        if real in seen:
            subfolders.clear()
            continue
        seen.add(real)
        subfolders[:] = sorted(name for name in subfolders if not is_skipped(name))
        yield Path(folder), sorted(name for name in files if not name.startswith("."))


def _refs_of_folder(
    root: Path, folder: Path, files: list[str], clip_sets: dict[Path, ClipSet], on_fault: OnFault
) -> list[SessionRef]:
    names = {name.casefold() for name in files}
    relative = folder.relative_to(root).parts
    name = "/".join(relative) or root.resolve().name
    audio_files = [file for file in files if is_audio(file)]
    if names & {*AUDIO_FILES} or (IMU_FILE in names and not audio_files):
        return [_ref_of_session(folder, name, relative, names, on_fault)]
    if names & _EDGE_AI_FILES:
        return [_ref_of_edge_ai(folder, name, names)]
    if IMU_FILE in names or LABELS_FILE in names:
        raise missing_audio(folder)
    if not audio_files:
        return []
    public = public_classes(folder, audio_files)
    if public is not None:
        clips: ClipSet | None = read_clip_set(folder if folder == root else folder.parent)
    else:
        clips = _clip_set_of(root, folder, clip_sets)
    sound = clips.sound_class(folder) if clips is not None else None
    if clips is not None and sound is None and public is None:
        raise clips.unknown_class(folder)
    refs = []
    for file in audio_files:
        own = sound if public is None else public.get(file)
        clip = clips.clip(folder / file, own) if clips is not None and own is not None else None
        collection = clips.name if clips is not None else _collection(relative)
        refs.append(_ref_of_audio_file(folder / file, "/".join((*relative, file)), clip, collection))
    return refs


def _clip_set_of(root: Path, folder: Path, clip_sets: dict[Path, ClipSet]) -> ClipSet | None:
    """Return the set that the audio files of a folder are clips of; None where they are lone recordings.

    A set is a folder with a class in it, or with a file that says so. The dataset itself may be one class.
    """
    place = folder.parent
    if place not in clip_sets:
        clip_sets[place] = read_clip_set(place)
    clips = clip_sets[place]
    if clips.sound_class(folder) is not None:
        return clips
    if folder == root:
        return None
    said = (place / CLIPS_CSV).is_file() or (place / CLIPS_TOML).is_file()
    beside = (other for other in place.iterdir() if other.is_dir() and other != folder)
    return (
        clips if said or any(clips.sound_class(other) and _holds_audio(other) for other in beside) else None
    )


def _holds_audio(folder: Path) -> bool:
    names = [path.name for path in folder.iterdir()]
    return any(is_audio(name) for name in names) and not any(name.casefold() in AUDIO_FILES for name in names)


def _collection(relative: tuple[str, ...]) -> str:
    return relative[0] if len(relative) > 1 else ""


def _ref_of_session(
    folder: Path, name: str, relative: tuple[str, ...], names: set[str], on_fault: OnFault
) -> SessionRef:
    info = read_session_info(folder, on_fault=on_fault)
    return SessionRef(
        name=name,
        path=folder,
        layout="session",
        subject=info.subject or (relative[-2] if len(relative) > 1 else name),
        movement=info.movement,
        background=info.background,
        audio_path=find_audio(folder),
        has_imu=IMU_FILE in names,
        labelled=LABELS_FILE in names,
        collection=_collection(relative),
        names_subject=bool(info.subject),
        start=info.start,
        facts=info.facts,
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


def _ref_of_audio_file(path: Path, name: str, clip: Clip | None = None, collection: str = "") -> SessionRef:
    return SessionRef(
        name=name,
        path=path,
        layout="wav" if clip is None else "clip",
        subject=name if clip is None else clip.subject,
        movement="",
        background="",
        audio_path=path,
        has_imu=False,
        labelled=clip is not None,
        collection=collection,
        clip=clip,
    )


def _ref_of_file(path: Path) -> SessionRef:
    suffix = path.suffix.casefold()
    if suffix in (".csv", ".txt", ".json") and find_audio(path.parent) is not None:
        raise InputError(path, "part of a session", remedy=f"name its folder, {path.parent}")
    if suffix == ".zip":
        raise InputError(path, "a packed archive", remedy="unpack it and name the folder")
    # Whatever else it is called: the WAV reader says what it is instead.
    return _ref_of_audio_file(path, path.name)
