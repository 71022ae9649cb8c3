"""What lies in a dataset and is not read: parts of recordings, near names, other kinds of audio, bins."""

from __future__ import annotations

import difflib
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from .dataset import dataset_place, is_skipped
from .formats.audio_file import is_audio
from .formats.clip_set import CLIPS_CSV, read_clip_set
from .formats.session_folder import IMU_FILE, LABELS_FILE, SESSION_FILE
from .input_error import InputError
from .session_ref import SessionRef
from .shell_line import ffmpeg_line
from .warnings import DatasetWarning

__all__ = ["warnings_about_dataset"]

OTHER_AUDIO_SUFFIXES = frozenset(
    (
        *(".m4a", ".aac", ".mp4", ".wma", ".aif", ".aiff", ".aifc", ".caf", ".amr", ".3gp", ".3gpp", ".webm"),
        *(".w64", ".rf64", ".wv", ".ape", ".au", ".snd", ".raw", ".pcm", ".dss", ".ds2", ".mka", ".weba"),
    )
)
"""Audio that recorders and phones write and that is not read."""

_TEXT_SUFFIXES = frozenset((".csv", ".txt", ".json", ".tsv", ".xlsx", ".xls"))
_OWN_FILES = frozenset((IMU_FILE, LABELS_FILE, SESSION_FILE, "events.csv"))
_NEAR_WORDS = ("label", "annotation", "cough", "imu", "accel", "gyro", "motion", "session")
_NEAR_RATIO = 0.75
_NAMES_SHOWN = 3


def warnings_about_dataset(root: str | os.PathLike[str], refs: Sequence[SessionRef]) -> list[DatasetWarning]:
    """Say which files and folders of a dataset are not read, and which subjects are spelt in several ways.

    Parameters
    ----------
    root
        The dataset.
    refs
        All its recordings, as `tussis.data.dataset.find_sessions` found them.

    Returns
    -------
    list[DatasetWarning]
        One for each subject and for each folder.
    """
    place = dataset_place(root)
    found = list(_about_subjects(place, refs))
    if place.is_dir():
        found.extend(_about_folders(place, refs))
    return found


def _about_subjects(root: Path, refs: Sequence[SessionRef]) -> Iterator[DatasetWarning]:
    spelt: dict[str, set[str]] = defaultdict(set)
    for ref in refs:
        if ref.spelt:
            spelt[ref.subject].add(ref.spelt)
    for subject, others in sorted(spelt.items()):
        yield DatasetWarning(
            root,
            "subject",
            f"{', '.join(map(ascii, sorted(others)))} and {subject!a} are taken as one subject, {subject}",
            "spell a subject in one way; name two people by different words",
        )


def _about_folders(root: Path, refs: Sequence[SessionRef]) -> Iterator[DatasetWarning]:
    sessions = {os.path.realpath(ref.path): ref for ref in refs if ref.layout in ("session", "edge-ai")}
    seen: set[str] = set()
    for folder, subfolders, files in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:
            subfolders.clear()
            continue
        seen.add(real)
        skipped = [name for name in subfolders if is_skipped(name)]
        subfolders[:] = sorted(set(subfolders) - set(skipped))
        for name in sorted(skipped):
            if _holds_audio(Path(folder, name)):
                problem = "recordings in it are not read: it is hidden, or the system's"
                yield DatasetWarning(
                    Path(folder, name), "", problem, "rename it if it belongs to the dataset"
                )
        names = sorted(name for name in files if not name.startswith("."))
        session = sessions.get(real)
        if session is None:
            yield from _about_lone_files(Path(folder), names)
            if CLIPS_CSV in names:
                yield from _about_clip_table(Path(folder), refs)
        elif session.layout == "session":
            yield from _about_session(session, names)


def _holds_audio(folder: Path) -> bool:
    return any(is_audio(name) for _, _, files in os.walk(folder) for name in files)


def _is_other_audio(name: str) -> bool:
    return Path(name).suffix.casefold() in OTHER_AUDIO_SUFFIXES


def _about_session(ref: SessionRef, names: Sequence[str]) -> Iterator[DatasetWarning]:
    read = "" if ref.audio_path is None else ref.audio_path.name
    audio = [name for name in names if name != read and (is_audio(name) or _is_other_audio(name))]
    if audio:
        yield DatasetWarning(
            ref.path,
            "",
            f"audio beside {read or IMU_FILE} is not read: {_shown(audio)}",
            "join the parts of a recording to one file; give any other recording a folder of its own",
        )
    near = [name for name in names if _is_near(name)]
    if near:
        yield DatasetWarning(
            ref.path,
            "",
            f"not read, for its name: {_shown(near)}",
            f"the names are {IMU_FILE}, {LABELS_FILE} and {SESSION_FILE}",
        )


def _about_lone_files(folder: Path, names: Sequence[str]) -> Iterator[DatasetWarning]:
    other = [name for name in names if _is_other_audio(name)]
    if other:
        remedy = f"convert it: {ffmpeg_line(folder / other[0])}"
        yield DatasetWarning(folder, "", f"audio of a kind that is not read: {_shown(other)}", remedy)


def _about_clip_table(folder: Path, refs: Sequence[SessionRef]) -> Iterator[DatasetWarning]:
    try:
        rows = read_clip_set(folder).rows
    except InputError:  # said where the clips are read
        return
    clips = [ref.path for ref in refs if ref.clip is not None and ref.path.is_relative_to(folder)]
    known = {path.relative_to(folder).as_posix() for path in clips} | {path.name for path in clips}
    lost = [name for name in rows if name not in known]
    if lost:
        yield DatasetWarning(
            folder / CLIPS_CSV,
            "file",
            f"{len(lost)} of {len(rows)} files that it names are no clips of the set: {_shown(lost)}",
            "write them as they lie below the folder of the table, like cough/a.wav",
        )


def _is_near(name: str) -> bool:
    path = Path(name.casefold())
    if path.suffix not in _TEXT_SUFFIXES or path.name in _OWN_FILES:
        return False
    return any(word in path.stem for word in _NEAR_WORDS) or bool(
        difflib.get_close_matches(path.name, _OWN_FILES, 1, _NEAR_RATIO)
    )


def _shown(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return ", ".join(names[:_NAMES_SHOWN]) + more
