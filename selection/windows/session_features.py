"""Windows of one session, with their features and labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.corpus.sleeping_microphone import audible_labels
from ...data.recording import Label
from ...signal.feature import Modality
from .feature_store import FeatureStore
from .window_targets import IGNORED, window_targets

__all__ = ["SessionFeatures", "WindowFeatures"]


@dataclass(frozen=True, eq=False)
class WindowFeatures:
    """One modality of one session; feature values stay on disk until they are asked for.

    Parameters
    ----------
    store, key, modality
        Where the values are.
    start_s, end_s : ndarray of float64, shape (n_windows,)
        Window bounds in seconds.
    level : ndarray of float32, shape (n_frames,)
        Frame levels, log2 power.
    stuck
        Windows in which an axis of the motion stands still, by `tussis.signal.imu_health.stuck_windows`:
        nothing is learned from them, as the gate does not believe them on a device.
    """

    store: FeatureStore
    key: str
    modality: Modality
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    level: NDArray[np.float32]
    stuck: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.start_s)

    def targets(self, labels: Sequence[Label]) -> NDArray[np.int8]:
        """Return what each window should answer; `IGNORED` where the sensor is stuck."""
        target = window_targets(labels, self.start_s, self.end_s)
        target[list(self.stuck)] = IGNORED
        return target

    @property
    def values(self) -> NDArray[np.float32]:
        """Feature values, read from disk, float32 of shape (n_windows, n_features)."""
        ((_, values),) = self.store.read([self.key], self.modality, self.store.ids(self.modality))
        return values


@dataclass(frozen=True)
class SessionFeatures:
    """One session: its labels and the features of its windows.

    Parameters
    ----------
    name, subject, collection
        As in `tussis.data.session_ref.SessionRef`.
    duration_s
        Length in seconds.
    labels
        All labels, in order of their start.
    audio, imu
        Windows of the sound and of the motion; None where it was not recorded.
    variant_of
        Session that this one is a varied copy of (`tussis.data.corpus.variation`); empty for a recording.
        Copies are learned from, and nothing is counted on them.
    heard
        Subjects of whose recordings it was composed (`tussis.data.corpus`); empty for others.
    samples_hash
        As in `tussis.data.recording.Recording`.
    awake_s : ndarray of float64, shape (n, 2)
        Of a copy heard late: the stretches that its microphone hears, in seconds. None: it hears everything.
    """

    name: str
    subject: str
    duration_s: float
    labels: tuple[Label, ...]
    audio: WindowFeatures | None
    imu: WindowFeatures | None
    collection: str = ""
    variant_of: str = ""
    heard: tuple[str, ...] = ()
    samples_hash: str = ""
    awake_s: NDArray[np.float64] | None = None

    @property
    def audible_labels(self) -> tuple[Label, ...]:
        """The labels as they bound what is heard."""
        return self.labels if self.awake_s is None else audible_labels(self.labels, self.awake_s)

    @property
    def coughs(self) -> list[Label]:
        """The labels that are coughs."""
        return [label for label in self.labels if label.is_cough]

    @property
    def is_weak(self) -> bool:
        """Whether its sound is said to hold coughs, and not where."""
        return self.audio is not None and any(label.is_weak_cough for label in self.labels)

    @property
    def references(self) -> list[Label]:
        """The labels that events are counted against: coughs, and stretches of which nobody can tell."""
        return [label for label in self.labels if label.is_cough or label.is_unsure]
