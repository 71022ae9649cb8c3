"""Features of sessions as files, kept under a hash of what they were computed from."""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.atomic import write_bytes_whole
from ...data.corpus.scene import event_groups
from ...data.input_error import InputError
from ...data.left_out import ClipScreening
from ...data.recording import Label, Recording
from ...data.remote.cached_file import content_sha256
from ...data.session_ref import SessionRef
from ...data.warnings import warnings_about
from ...data.workers import worked
from ...signal.feature import Modality
from ...signal.motion_sensor import MotionSensor
from ...signal.plan import AudioPlan, ImuPlan
from .session_features import WINDOW_PARTS, SessionFeatures, WindowFeatures

__all__ = [
    "WindowPlans",
    "can_vary",
    "code_hash",
    "content_hash",
    "read_doubts",
    "read_session_file",
    "session_files",
    "sha256_of",
]

N_PROCESSES = 2


@dataclass(frozen=True)
class WindowPlans:
    """How signals become features.

    Attributes
    ----------
    audio, imu
        Front-end plans.
    motion_sensor
        Sensor whose operating point motion is played through; None: as recorded.
    """

    audio: AudioPlan
    imu: ImuPlan
    motion_sensor: MotionSensor | None = None

    @property
    def key(self) -> str:
        """All that decides the features of a recording, for the names of files."""
        return f"{self.audio}{self.imu}" + ("" if self.motion_sensor is None else self.motion_sensor.key)

    def as_sensed(self, imu: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return motion as the sensor delivers it."""
        return imu if self.motion_sensor is None else self.motion_sensor.samples(imu, self.imu.rate_hz)


def session_files(
    copies: Sequence[tuple[SessionRef, int]],
    keys: Sequence[str],
    plans: WindowPlans,
    folder: Path,
    on_damage: Callable[[int], None] = lambda count: None,
) -> Iterator[Path]:
    """Yield the feature file of each session, in order; workers compute those that are not there yet.

    Files that are damaged count as not there; `on_damage` is called with their number.
    """
    files = [folder / f"{sha256_of(f'{key}{plans.key}'.encode())}.npz" for key in keys]
    damaged = {file for file in files if file.exists() and not _is_whole(file)}
    if damaged:
        on_damage(len(damaged))
    missing = [number for number, file in enumerate(files) if file in damaged or not file.exists()]
    tasks = [(*copies[number], plans, files[number]) for number in missing]
    work = worked(_write_session, tasks, N_PROCESSES)
    awaited = set(missing)
    for number, file in enumerate(files):
        if number in awaited:
            next(work)
        yield file


def _is_whole(file: Path) -> bool:
    """Whether the checksums of a feature file hold: a full disk or a bad one leaves parts."""
    try:
        with zipfile.ZipFile(file) as stored:
            return stored.testzip() is None
    except (OSError, ValueError, RuntimeError, EOFError, struct.error, zlib.error, zipfile.BadZipFile):
        return False


def _write_session(reference: SessionRef, variant: int, plans: WindowPlans, file: Path) -> None:
    from ...signal.audio_features import audio_features
    from ...signal.imu_features import imu_features

    try:
        recording = reference.load(audio_rate_hz=plans.audio.input_rate_hz, imu_rate_hz=plans.imu.rate_hz)
    except InputError as fault:  # one bad recording of thousands is left out, and listed
        _save(file, {"fault": np.array(str(fault))})
        return
    columns: dict[str, Any] = {
        "duration_s": np.float64(recording.duration_s),
        "label_start_s": np.array([label.start_s for label in recording.labels], np.float64),
        "label_end_s": np.array([label.end_s for label in recording.labels], np.float64),
        "label_name": np.array([label.name for label in recording.labels], np.str_),
        "label_confidence": np.array([label.confidence for label in recording.labels], np.float64),
        "label_weak": np.array([label.weak for label in recording.labels], np.bool_),
        "audio_hash": np.array(recording.audio_sha256),
        "samples_hash": np.array(recording.samples_hash),
        "audio_peak": np.int64(recording.audio_peak),
    }
    if recording.has_audio:
        audio = audio_features(_variant(recording, variant), plans.audio)
        columns |= {f"audio_{part}": getattr(audio, part) for part in WINDOW_PARTS}
    if recording.imu is not None:
        imu = imu_features(plans.as_sensed(_turned(recording.imu, variant)), plans.imu)
        columns |= {f"imu_{part}": getattr(imu, part) for part in WINDOW_PARTS}
    doubts = () if variant else warnings_about(reference, recording, alone=True)
    # Without the place: a copy of the session elsewhere takes the same file.
    if texts := [str(doubt).removeprefix(str(reference.path)) for doubt in doubts]:
        columns["doubts"] = np.array(texts, np.str_)
    _save(file, columns)


def _variant(recording: Recording, variant: int) -> NDArray[np.int16]:
    """Return the sound, or a varied copy of it; the seed of a copy depends on samples and number."""
    from ...data.corpus.variation import varied

    audio = recording.audio
    return varied(audio, int(recording.audio_sha256[:12], 16) + variant) if variant else audio


def _turned(imu: NDArray[np.float32], variant: int) -> NDArray[np.float32]:
    """Return motion, or a copy of it as a sensor mounted another way round would have felt it."""
    from ...data.corpus.variation import turned

    return turned(imu, int(sha256_of(imu.tobytes())[:12], 16) + variant) if variant else imu


def can_vary(reference: SessionRef) -> bool:
    """Say whether copies are made: of clips, and of motion without sound; in a session both go together."""
    return reference.layout == "clip" or reference.audio_path is None


def _save(file: Path, columns: dict[str, Any]) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, **columns)
    write_bytes_whole(file, buffer.getvalue())


def read_session_file(
    file: Path, reference: SessionRef, variant: int, screening: ClipScreening
) -> tuple[SessionFeatures | None, str]:
    """Read a session's features, or say why it is left out."""
    with np.load(file, allow_pickle=False) as stored:
        if "fault" in stored:
            return None, str(stored["fault"])
        if reference.layout == "clip":
            reason = screening.reason(reference.name, str(stored["audio_hash"]), int(stored["audio_peak"]))
            if reason:
                return None, reason
        names = ("start_s", "end_s", "name", "confidence", "weak")
        labels = zip(*(stored[f"label_{name}"].tolist() for name in names), strict=True)

        def windows(modality: Modality) -> WindowFeatures | None:
            if f"{modality}_values" not in stored:
                return None
            return WindowFeatures(*(stored[f"{modality}_{part}"] for part in WINDOW_PARTS))

        session = SessionFeatures(
            f"{reference.name}~{variant}" if variant else reference.name,
            reference.subject,
            float(stored["duration_s"]),
            tuple(Label(*label) for label in labels),
            windows("audio"),
            windows("imu"),
            reference.collection,
            reference.name if variant else "",
            event_groups(reference.path),
            str(stored["samples_hash"]),
        )
        return session, ""


def read_doubts(file: Path, name: str) -> list[str]:
    """Read what need not be wrong in a session and probably is, a line each that begins with its name."""
    with np.load(file, allow_pickle=False) as stored:
        return [f"{name}{doubt}" for doubt in stored["doubts"]] if "doubts" in stored else []


def content_hash(reference: SessionRef) -> str:
    """Return the hash of all files of a session; of a clip also of what its set says about it."""
    path, clip = reference.path, reference.clip
    files = sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else [path]
    digest = hashlib.sha256()
    if clip is not None:
        files += [clip.labels_path] if clip.labels_path is not None else []
        digest.update(f"{clip.sound}{clip.spans_s}".encode())
    for file in files:
        digest.update(f"{file.name}\0{content_sha256(file)}\n".encode())
    return digest.hexdigest()


@cache
def code_hash() -> str:
    """Return the hash of the code that reads and varies recordings and computes their features."""
    root = Path(__file__).parents[2]
    files = [file for name in ("data", "signal") for file in sorted((root / name).rglob("*.py"))]
    parts = [f"{file.relative_to(root).as_posix()}\0{sha256_of(file.read_bytes())}\n" for file in files]
    return sha256_of("".join(parts).encode())


def sha256_of(data: bytes) -> str:
    """Return the SHA-256 of bytes in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()
