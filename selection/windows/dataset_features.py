"""Features of all windows of a dataset, kept on disk so that long runs go on where they stopped."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.atomic import write_bytes_whole
from ...data.dataset import SessionRef, iter_dataset
from ...data.formats.clip_set import NEARLY_SILENT_PEAK
from ...data.input_error import InputError
from ...data.progress import Progress, silent
from ...data.recording import Label
from ...signal.feature import Modality
from ...signal.plan import AudioPlan, ImuPlan
from .gain_sensitivity import gain_sensitivity
from .window_targets import window_confidence, window_kinds, window_targets

__all__ = [
    "DatasetFeatures",
    "LeftOut",
    "SessionFeatures",
    "WindowFeatures",
    "WindowTable",
    "dataset_features",
    "default_cache",
]

N_PROCESSES = 2


_WINDOW_PARTS = ("values", "start_s", "end_s", "level")


@dataclass(frozen=True)
class WindowFeatures:
    """One modality of one session.

    Parameters
    ----------
    values : ndarray of float32, shape (n_windows, n_features)
        Feature values.
    start_s, end_s : ndarray of float64, shape (n_windows,)
        Window bounds in seconds.
    level : ndarray of float32, shape (n_frames,)
        Frame levels, log2 power.
    """

    values: NDArray[np.float32]
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    level: NDArray[np.float32]


@dataclass(frozen=True)
class SessionFeatures:
    """One session: its labels and the features of its windows.

    Parameters
    ----------
    name, subject, collection
        As in `tussis.data.dataset.SessionRef`.
    duration_s
        Length in seconds.
    labels
        All labels, in order of their start.
    audio, imu
        Windows of the sound and of the motion; None where it was not recorded.
    variant_of
        Session that this one is a varied copy of (`tussis.data.corpus.variation`); empty for a recording.
        Copies are learned from, and nothing is counted on them.
    """

    name: str
    subject: str
    duration_s: float
    labels: tuple[Label, ...]
    audio: WindowFeatures | None
    imu: WindowFeatures | None
    collection: str = ""
    variant_of: str = ""

    @property
    def coughs(self) -> list[Label]:
        """The labels that are coughs."""
        return [label for label in self.labels if label.is_cough]

    @property
    def references(self) -> list[Label]:
        """The labels that events are counted against: coughs, and stretches of which nobody can tell."""
        return [label for label in self.labels if label.is_cough or label.is_unsure]


@dataclass(frozen=True)
class WindowTable:
    """All windows of one modality, session after session.

    Parameters
    ----------
    ids
        Feature ids by column.
    values : ndarray of float32, shape (n, n_features)
        Feature values.
    target : ndarray of int8, shape (n,)
        `POSITIVE`, `NEGATIVE` or `IGNORED` (`tussis.selection.windows.window_targets`).
    kind : ndarray of str, shape (n,)
        Label that fills most of the window.
    subject : ndarray of str, shape (n,)
        Subject of each window.
    session : ndarray of int, shape (n,)
        Index into `DatasetFeatures.sessions`.
    collection : ndarray of str, shape (n,)
        Collection of each window's session.
    confidence : ndarray of float32, shape (n,)
        How sure the target is, above 0 to 1.
    """

    ids: tuple[str, ...]
    values: NDArray[np.float32]
    target: NDArray[np.int8]
    kind: NDArray[np.str_]
    subject: NDArray[np.str_]
    session: NDArray[np.intp]
    collection: NDArray[np.str_]
    confidence: NDArray[np.float32]


@dataclass(frozen=True)
class LeftOut:
    """A recording that is not learned from, and why."""

    name: str
    collection: str
    reason: str


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

    def table(self, modality: Modality) -> WindowTable:
        """Stack the windows of all sessions that have this modality."""
        ids = self.audio_ids if modality == "audio" else self.imu_ids
        parts = [
            (number, session, windows)
            for number, session in enumerate(self.sessions)
            if (windows := getattr(session, modality)) is not None
        ]
        counts = [len(windows.values) for _, _, windows in parts]
        labelled = [(session.labels, windows.start_s, windows.end_s) for _, session, windows in parts]
        if not sum(counts):
            raise InputError(self.source, f"no session is long enough for one {modality} window")
        return WindowTable(
            ids,
            np.concatenate([windows.values for _, _, windows in parts]),
            np.concatenate([window_targets(*part) for part in labelled]),
            np.concatenate([window_kinds(*part) for part in labelled]),
            np.repeat(np.array([session.subject for _, session, _ in parts]), counts),
            np.repeat(np.array([number for number, _, _ in parts], np.intp), counts),
            np.repeat(np.array([session.collection for _, session, _ in parts]), counts),
            np.concatenate([window_confidence(*part) for part in labelled]),
        )


def dataset_features(
    dataset: str | PathLike[str],
    *,
    audio_plan: AudioPlan | None = None,
    imu_plan: ImuPlan | None = None,
    variants: int = 0,
    unlabelled_too: bool = False,
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
    variants
        Varied copies of each clip, and of each session of motion alone, that are added behind it.
    unlabelled_too
        Whether recordings without labels are taken as well.
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
        raise InputError(
            dataset, "no session has labels to learn from", remedy="add a labels.txt to each session"
        )
    folder = (cache_folder or default_cache()) / f"features-{_code_hash()[:16]}"
    content = hashlib.sha256()
    sessions: list[SessionFeatures] = []
    left_out: list[LeftOut] = []
    first_of: dict[str, str] = {}
    copies = [
        (reference, variant)
        for reference in labelled
        for variant in range(1 + variants * _can_vary(reference))
    ]
    content_keys = {reference.name: _content_hash(reference) for reference in labelled}
    keys = [
        f"{content_keys[reference.name]}{f'~{variant}' if variant else ''}" for reference, variant in copies
    ]
    progress("features", 0, len(copies))
    for number, file in enumerate(_session_files(copies, keys, audio_plan, imu_plan, folder)):
        reference, variant = copies[number]
        kept, reason = _read_session(file, reference, variant, first_of)
        if kept is not None:
            sessions.append(kept)
            content.update(f"{kept.name}\0{reference.subject}\0{keys[number]}\n".encode())
        elif not variant:
            left_out.append(LeftOut(reference.name, reference.collection, reason))
        progress("features", number + 1, len(copies))
    if not sessions:
        raise InputError(dataset, f"no clip can be learned from; the first: {left_out[0].reason}")
    return DatasetFeatures(
        str(dataset),
        tuple(sessions),
        tuple(audio_catalogue(audio_plan)),
        tuple(imu_catalogue()),
        audio_plan,
        imu_plan,
        content.hexdigest(),
        tuple(reference.name for reference in references if not reference.labelled),
        gain_sensitivity(
            _with_sound(labelled, sessions),
            audio_plan,
            kept=folder / f"gain-{_sha256(f'{content.hexdigest()}{audio_plan}'.encode())}.npy",
            progress=progress,
        ),
        tuple(left_out),
    )


def _with_sound(references: Sequence[SessionRef], sessions: Sequence[SessionFeatures]) -> list[SessionRef]:
    kept = {session.name for session in sessions if session.audio is not None}
    return [reference for reference in references if reference.name in kept]


def default_cache() -> Path:
    """Folder for what can be computed again, in the user's cache folder."""
    import pooch

    return Path(pooch.os_cache("tussis"))


def _session_files(
    copies: Sequence[tuple[SessionRef, int]],
    keys: Sequence[str],
    audio_plan: AudioPlan,
    imu_plan: ImuPlan,
    folder: Path,
) -> Iterator[Path]:
    """Feature file of each session, in order; those not there yet are computed by worker processes."""
    from joblib import Parallel, delayed

    plans = f"{audio_plan}{imu_plan}"
    files = [folder / f"{_sha256(f'{key}{plans}'.encode())}.npz" for key in keys]
    missing = [number for number, file in enumerate(files) if not file.exists()]
    if len(missing) < 2:
        for number in missing:
            _write_session(*copies[number], audio_plan, imu_plan, files[number])
        yield from files
        return
    work = Parallel(n_jobs=N_PROCESSES, return_as="generator")(
        delayed(_write_session)(*copies[number], audio_plan, imu_plan, files[number]) for number in missing
    )
    awaited = set(missing)
    for number, file in enumerate(files):
        if number in awaited:
            next(work)
        yield file


def _write_session(
    reference: SessionRef, variant: int, audio_plan: AudioPlan, imu_plan: ImuPlan, file: Path
) -> None:
    from ...signal.audio_features import audio_features
    from ...signal.imu_features import imu_features

    try:
        recording = reference.load(audio_rate_hz=audio_plan.input_rate_hz, imu_rate_hz=imu_plan.rate_hz)
    except InputError as fault:
        if reference.layout != "clip":
            raise
        _save(file, {"fault": np.array(str(fault))})  # one bad clip of thousands is left out, and listed
        return
    columns: dict[str, Any] = {
        "duration_s": np.float64(recording.duration_s),
        "label_start_s": np.array([label.start_s for label in recording.labels], np.float64),
        "label_end_s": np.array([label.end_s for label in recording.labels], np.float64),
        "label_name": np.array([label.name for label in recording.labels], np.str_),
        "label_confidence": np.array([label.confidence for label in recording.labels], np.float64),
        "label_weak": np.array([label.weak for label in recording.labels], np.bool_),
        "audio_hash": np.array(_sha256(recording.audio.tobytes())),
        "audio_peak": np.int64(np.abs(recording.audio.astype(np.int64)).max(initial=0)),
    }
    if recording.has_audio:
        audio = audio_features(_variant(recording.audio, variant), audio_plan)
        columns |= {f"audio_{part}": getattr(audio, part) for part in _WINDOW_PARTS}
    if recording.imu is not None:
        imu = imu_features(_turned(recording.imu, variant), imu_plan)
        columns |= {f"imu_{part}": getattr(imu, part) for part in _WINDOW_PARTS}
    _save(file, columns)


def _variant(audio: NDArray[np.int16], variant: int) -> NDArray[np.int16]:
    """Return a recording, or a varied copy of it; the seed of a copy depends on samples and number."""
    from ...data.corpus.variation import varied

    return varied(audio, int(_sha256(audio.tobytes())[:12], 16) + variant) if variant else audio


def _turned(imu: NDArray[np.float32], variant: int) -> NDArray[np.float32]:
    """Return motion, or a copy of it as a sensor mounted another way round would have felt it."""
    from ...data.corpus.variation import turned

    return turned(imu, int(_sha256(imu.tobytes())[:12], 16) + variant) if variant else imu


def _can_vary(reference: SessionRef) -> bool:
    """Whether copies are made: of clips, and of motion without sound. In a session both belong together."""
    return reference.layout == "clip" or reference.audio_path is None


def _save(file: Path, columns: dict[str, Any]) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, **columns)
    write_bytes_whole(file, buffer.getvalue())


def _read_session(
    file: Path, reference: SessionRef, variant: int, first_of: dict[str, str]
) -> tuple[SessionFeatures | None, str]:
    """Read a session's features, or say why it is left out; `first_of` names clips by their samples."""
    with np.load(file, allow_pickle=False) as stored:
        if "fault" in stored:
            return None, str(stored["fault"])
        if reference.layout == "clip":
            first = first_of.setdefault(str(stored["audio_hash"]), reference.name)
            if first != reference.name:
                return None, f"holds the same samples as {first}"
            if int(stored["audio_peak"]) <= NEARLY_SILENT_PEAK:
                return None, f"nearly silent: the largest sample is {int(stored['audio_peak'])} of 32768"
        names = ("start_s", "end_s", "name", "confidence", "weak")
        labels = zip(*(stored[f"label_{name}"].tolist() for name in names), strict=True)

        def windows(modality: Modality) -> WindowFeatures | None:
            if f"{modality}_values" not in stored:
                return None
            return WindowFeatures(*(stored[f"{modality}_{part}"] for part in _WINDOW_PARTS))

        session = SessionFeatures(
            f"{reference.name}~{variant}" if variant else reference.name,
            reference.subject,
            float(stored["duration_s"]),
            tuple(Label(*label) for label in labels),
            windows("audio"),
            windows("imu"),
            reference.collection,
            reference.name if variant else "",
        )
        return session, ""


def _content_hash(reference: SessionRef) -> str:
    """Hash of all files of a session; of a clip also of what its set says about it."""
    path, clip = reference.path, reference.clip
    files = sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else [path]
    digest = hashlib.sha256()
    if clip is not None:
        files += [clip.labels_path] if clip.labels_path is not None else []
        digest.update(f"{clip.sound}{clip.spans_s}".encode())
    for file in files:
        digest.update(f"{file.name}\0{_sha256(file.read_bytes())}\n".encode())
    return digest.hexdigest()


@cache
def _code_hash() -> str:
    """Hash of the code that reads recordings and computes features; features are kept under it."""
    root = Path(__file__).parents[2]
    data = root / "data"
    folders = (data, data / "formats", data / "corpus", data / "synthesis", root / "signal")
    files = [file for folder in folders for file in sorted(folder.glob("*.py"))]
    parts = [f"{file.name}\0{_sha256(file.read_bytes())}\n" for file in files]
    return _sha256("".join(parts).encode())


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
