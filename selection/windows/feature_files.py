"""Features of sessions, computed where a store lacks them, and read from it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...data.corpus.scene import event_groups
from ...data.corpus.sleeping_microphone import awake_stretches
from ...data.input_error import InputError
from ...data.left_out import ClipScreening
from ...data.progress import Progress, silent
from ...data.recording import Recording
from ...data.session_ref import SessionRef
from ...data.warnings import warnings_about
from ...data.work import Poison
from ...data.workers import worked
from ...signal.feature import Modality
from ...signal.motion_sensor import MotionSensor
from ...signal.plan import AudioPlan, ImuPlan
from .feature_store import BOUNDS, FeatureStore, StoredSession
from .row_file import empty_rows, let_go
from .session_features import SessionFeatures, WindowFeatures

__all__ = [
    "Copy",
    "WindowPlans",
    "copies_of",
    "read_sessions",
    "sha256_of",
    "stored_sessions",
]

N_PROCESSES = 2
MODALITIES: tuple[Modality, ...] = ("audio", "imu")


class Copy(NamedTuple):
    """A recording, or a copy of it.

    Attributes
    ----------
    reference
        The recording.
    variant
        Number of a varied copy (`tussis.data.corpus.variation`); 0: not varied.
    late
        Number of a copy heard late (`tussis.data.corpus.sleeping_microphone`); 0: heard as a whole.
    """

    reference: SessionRef
    variant: int = 0
    late: int = 0

    @property
    def suffix(self) -> str:
        """What its name and its key have behind those of the recording."""
        return f"~{self.variant}" if self.variant else f"~late{self.late}" if self.late else ""


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

    @property
    def partition(self) -> str:
        """Name of the folder of features that were computed so."""
        return f"plan={sha256_of(self.key.encode())[:16]}"

    def as_sensed(self, imu: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return motion as the sensor delivers it."""
        return imu if self.motion_sensor is None else self.motion_sensor.samples(imu, self.imu.rate_hz)


def stored_sessions(
    copies: Sequence[Copy],
    keys: Sequence[str],
    plans: WindowPlans,
    store: FeatureStore,
    progress: Progress = silent,
) -> Iterator[str]:
    """Compute the sessions that a store lacks; yield, for each in order, why that failed, or nothing."""
    store.look()
    missing = [number for number, key in enumerate(keys) if store.find(key) is None]
    _prepare_kernels([copies[number].reference for number in missing], plans, progress)
    work = worked(
        _write_session,
        [(*copies[number], plans, store, keys[number]) for number in missing],
        N_PROCESSES,
        stage="features",
        names=[copies[number].reference.name for number in missing],
        spare=True,
    )
    awaited = set(missing)
    for number in range(len(keys)):
        found = next(work) if number in awaited else None
        yield found.reason if isinstance(found, Poison) else ""
    store.look()
    store.join(keys)


def _prepare_kernels(coming: Sequence[SessionRef], plans: WindowPlans, progress: Progress) -> None:
    """Compile what computes features where much is coming, here and once: workers find it in the cache."""
    from ...signal.host_kernels import COMPILE_S, audio_kernel, chosen, motion_kernel

    if chosen() == "numpy":
        return
    seconds = 0
    for reference in coming:
        seconds += reference.whole_seconds
        if seconds >= COMPILE_S:
            break
    else:
        return
    progress("compiling", 0, 2)
    audio_kernel(plans.audio, 0.0, coming_s=seconds)
    progress("compiling", 1, 2)
    motion_kernel(plans.imu, 0.0, coming_s=seconds)
    progress("compiling", 2, 2)


def _write_session(
    reference: SessionRef, variant: int, late: int, plans: WindowPlans, store: FeatureStore, key: str
) -> None:
    from ...signal.imu_features import imu_features
    from ...signal.imu_health import stuck_windows

    try:
        recording = reference.load(audio_rate_hz=plans.audio.input_rate_hz, imu_rate_hz=plans.imu.rate_hz)
    except InputError as fault:  # one bad recording of thousands is left out, and listed
        store.write({"key": key, "fault": str(fault)}, {})
        return
    row: dict[str, Any] = {
        "key": key,
        "duration_s": recording.duration_s,
        "labels": [asdict(label) for label in recording.labels],
        "audio_hash": recording.audio_sha256,
        "samples_hash": recording.samples_hash,
        "audio_peak": int(recording.audio_peak),
    }
    windows: dict[Modality, tuple[NDArray[Any], Sequence[NDArray[Any]]]] = {}
    if recording.has_audio:
        windows["audio"], level = _heard(recording, variant, late, plans.audio)
        row |= {"audio_windows": len(windows["audio"][0]), "audio_level": level}
    if recording.imu is not None and not late:
        imu = imu_features(plans.as_sensed(_turned(recording.imu, variant)), plans.imu)
        windows["imu"] = imu.values, (imu.start_s, imu.end_s)
        stuck = np.flatnonzero(stuck_windows(recording.board_imu, plans.imu)).tolist()
        row |= {"imu_windows": len(imu.values), "imu_level": imu.level, "imu_stuck": stuck}
    doubts = () if variant or late else warnings_about(reference, recording, alone=True)
    # Without the place: a copy of the session elsewhere takes the same row.
    row["doubts"] = [str(doubt).removeprefix(str(reference.path)) for doubt in doubts]
    store.write(row, windows)


def _heard(
    recording: Recording, variant: int, late: int, plan: AudioPlan
) -> tuple[tuple[NDArray[np.float32], Sequence[NDArray[np.float64]]], NDArray[np.float32]]:
    """Compute values and bounds of the windows of sound, and the levels of its frames.

    Of a copy heard late only the windows that hold silence and sound are kept, and no levels.
    """
    from ...data.corpus.sleeping_microphone import heard_late, late_windows
    from ...signal.audio_features import audio_features

    if not late:
        found = audio_features(_variant(recording, variant), plan)
        return (found.values, (found.start_s, found.end_s)), found.level
    awake = awake_stretches(recording.duration_s, recording.audio_sha256, late)
    found = audio_features(heard_late(recording.audio, recording.audio_rate_hz, awake), plan)
    kept = late_windows(awake, found.start_s, found.end_s, plan.hop_s)
    return (found.values[kept], (found.start_s[kept], found.end_s[kept])), found.level[:0]


def _variant(recording: Recording, variant: int) -> NDArray[np.int16]:
    """Return the sound, or a varied copy of it; the seed of a copy depends on samples and number."""
    from ...data.corpus.variation import varied

    audio = recording.audio
    return varied(audio, int(recording.audio_sha256[:12], 16) + variant) if variant else audio


def _turned(imu: NDArray[np.float32], variant: int) -> NDArray[np.float32]:
    """Return motion, or a copy of it as a sensor mounted another way round would have felt it."""
    from ...data.corpus.variation import turned

    return turned(imu, int(sha256_of(imu.tobytes())[:12], 16) + variant) if variant else imu


def copies_of(reference: SessionRef, variants: int, late: int) -> list[Copy]:
    """List a recording and its copies.

    Varied are clips, and motion without sound: in a session both go together. Heard late is all sound.
    """
    is_clip, is_motion = reference.layout == "clip", reference.audio_path is None
    varied = range(1, 1 + variants * (is_clip or is_motion))
    heard_late = range(1, 1 + late * (is_clip or not is_motion))
    return [
        Copy(reference),
        *(Copy(reference, variant=number) for number in varied),
        *(Copy(reference, late=number) for number in heard_late),
    ]


def read_sessions(
    copies: Sequence[Copy],
    keys: Sequence[str],
    store: FeatureStore,
    failed: Mapping[str, str],
    screening: ClipScreening,
) -> Iterator[tuple[SessionFeatures | None, str, list[str]]]:
    """Yield the features of each session or why it is left out, and what is doubted of it, a line each.

    Parameters
    ----------
    copies, keys, store
        As for `stored_sessions`.
    failed
        Why sessions are not there, by key.
    screening
        Finds clips that teach nothing.
    """
    bounds = {part: _bounds(store, keys, part) for part in MODALITIES}
    levels = {part: _levels(store, keys, part) for part in MODALITIES}
    for copy, key in zip(copies, keys, strict=True):
        reference = copy.reference
        found = store.find(key)
        if found is None:
            yield None, failed.get(key, "its features are missing"), []
            continue
        row = found.row
        doubts = [] if copy.suffix else [f"{reference.name}{doubt}" for doubt in row["doubts"] or ()]
        reason = row["fault"] or ""
        if not reason and reference.layout == "clip":
            reason = screening.reason(reference.name, row["audio_hash"], row["audio_peak"])
        if reason:
            yield None, reason, doubts
            continue
        windows = {
            part: WindowFeatures(
                store,
                key,
                part,
                bounds[part][key][:, 0],
                bounds[part][key][:, 1],
                levels[part][key],
                tuple(row["imu_stuck"] or ()) if part == "imu" else (),
            )
            for part in MODALITIES
            if key in bounds[part]
        }
        session = SessionFeatures(
            f"{reference.name}{copy.suffix}",
            reference.subject,
            row["duration_s"],
            row["labels"],
            windows.get("audio"),
            windows.get("imu"),
            reference.collection,
            reference.name if copy.suffix else "",
            event_groups(reference.path),
            row["samples_hash"],
            awake_stretches(row["duration_s"], row["audio_hash"], copy.late) if copy.late else None,
        )
        yield session, "", doubts


def _bounds(store: FeatureStore, keys: Sequence[str], part: Modality) -> dict[str, NDArray[np.float64]]:
    """Start and end of the windows of all sessions that have a part, shape (n_windows, 2), by key."""
    there = _with_part(store, keys, part)
    counts = [one.count(part) or 0 for one in there.values()]
    first = [0, *np.cumsum(counts).tolist()]
    names, found = [*there], empty_rows((first[-1], 2), store.folder, np.float64)
    for place, bounds in store.read(names, part, BOUNDS):
        found[first[place] : first[place + 1]] = bounds
    let_go(found)
    return {name: found[first[place] : first[place + 1]] for place, name in enumerate(names)}


def _levels(store: FeatureStore, keys: Sequence[str], part: Modality) -> dict[str, NDArray[np.float32]]:
    """Frame levels of all sessions that have a part, by key; the store keeps none of them."""
    there = _with_part(store, keys, part)
    levels = [one.row.pop(f"{part}_level") for one in there.values()]
    first = [0, *np.cumsum([len(level) for level in levels]).tolist()]
    found = empty_rows((first[-1], 1), store.folder)
    for place, level in enumerate(levels):
        found[first[place] : first[place + 1], 0] = level
    let_go(found)
    return {name: found[first[place] : first[place + 1], 0] for place, name in enumerate(there)}


def _with_part(store: FeatureStore, keys: Sequence[str], part: Modality) -> dict[str, StoredSession]:
    """Find the sessions that have a part, by key, in order."""
    found = {key: store.find(key) for key in keys}
    return {key: one for key, one in found.items() if one is not None and one.count(part) is not None}


def sha256_of(data: bytes) -> str:
    """Return the SHA-256 of bytes in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()
