"""The features as scikit-learn transformers: a row is a window of samples, the result is its features.

They put tussis's features before any estimator in a pipeline. `labelled_windows` cuts recordings into rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from ...data.dataset import iter_dataset
from ...data.input_error import InputError
from ...signal.audio_features import audio_features
from ...signal.catalogue import feature_ids, features
from ...signal.imu_features import imu_features
from ...signal.plan import AudioPlan, ImuPlan
from .window_targets import IGNORED, window_targets

if TYPE_CHECKING:
    from ...signal.feature import Modality

__all__ = ["AudioFeatures", "LabelledWindows", "MotionFeatures", "labelled_windows"]

_AXES = 6
_REMEDY = "give whole windows, or make the transformer with short='fill'"


class _WindowFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """What both transformers have in common."""

    _modality: Modality

    def __init__(
        self,
        ids: Sequence[str] | None = None,
        plan: Any = None,
        short: Literal["refuse", "fill"] = "refuse",
    ) -> None:
        self.ids = ids
        self.plan = plan
        self.short = short

    def fit(self, X: NDArray[Any], y: object = None) -> Self:
        """Check the rows; nothing is learned from them.

        Parameters
        ----------
        X : array-like, shape (n_windows, n_values)
            Rows of samples.
        y
            Not used.

        Raises
        ------
        ValueError
            A row is shorter than a window, or `short` is no choice.
        KeyError
            A feature is not in the catalogue.
        """
        self._rows(X, reset=True)
        names = feature_ids(self._modality, *self._catalogue_plan()) if self.ids is None else tuple(self.ids)
        features(names, self._modality, *self._catalogue_plan())
        self.feature_names_ = np.array(names, dtype=object)
        return self

    def transform(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """Compute the features of each row; of a row longer than a window, the mean over its windows.

        Parameters
        ----------
        X : array-like, shape (n_windows, n_values)
            Rows of samples.

        Returns
        -------
        ndarray of float32, shape (n_windows, n_features)
        """
        check_is_fitted(self)
        rows = self._rows(X, reset=False)
        names = tuple(str(name) for name in self.feature_names_)
        values = [self._of_row(row, names).mean(axis=0) for row in rows]
        return np.asarray(values, np.float32)

    def get_feature_names_out(self, input_features: object = None) -> NDArray[Any]:
        """Give the ids of the features, as in ``docs/features.md``."""
        check_is_fitted(self)
        return np.asarray(self.feature_names_, dtype=object)

    def _rows(self, X: NDArray[Any], *, reset: bool) -> NDArray[Any]:
        if self.short not in ("refuse", "fill"):
            raise ValueError(f"short is {self.short!r}; it must be 'refuse' or 'fill'")
        rows: NDArray[Any] = validate_data(
            self, X, reset=reset, dtype="numeric", ensure_all_finite=self._finite()
        )
        least = self._least_values()
        if rows.shape[1] < least:
            if self.short == "refuse":
                raise ValueError(f"rows have {rows.shape[1]} values, a window has {least}; {_REMEDY}")
            rows = np.pad(rows, ((0, 0), (0, least - rows.shape[1])))
        return rows

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []  # single precision, as in the firmware
        return tags

    def _finite(self) -> bool | str:
        return True

    def _catalogue_plan(self) -> tuple[AudioPlan, ...]:
        return ()

    def _least_values(self) -> int:
        raise NotImplementedError

    def _of_row(self, row: NDArray[Any], names: tuple[str, ...]) -> NDArray[np.float32]:
        raise NotImplementedError


class AudioFeatures(_WindowFeatures):
    """Features of sound as a scikit-learn transformer.

    Parameters
    ----------
    ids
        Features wanted (``docs/features.md``); None: all.
    plan : tussis.signal.plan.AudioPlan
        Time and frequency plan; None: the default, windows of 8,192 samples at 16 kHz.
    short
        What to do with rows shorter than a window: ``"refuse"`` them, or ``"fill"`` them up with silence.

    Attributes
    ----------
    feature_names_ : ndarray of str
        Ids of the columns that `transform` gives.

    Notes
    -----
    A row is samples in LSB of 16 bits, full scale 32768; what is not whole is rounded.

    Examples
    --------
    >>> tone = 8000 * np.sin(2 * np.pi * 1000 * np.arange(8192) / 16000)
    >>> AudioFeatures(ids=["spec_dominant"]).fit_transform([tone]).tolist()
    [[1000.0]]
    """

    _modality: Modality = "audio"

    def _plan(self) -> AudioPlan:
        return self.plan if self.plan is not None else AudioPlan()

    def _catalogue_plan(self) -> tuple[AudioPlan, ...]:
        return (self._plan(),)

    def _least_values(self) -> int:
        return round(self._plan().window_s * self._plan().input_rate_hz)

    def _of_row(self, row: NDArray[Any], names: tuple[str, ...]) -> NDArray[np.float32]:
        pcm = np.clip(np.rint(np.asarray(row, np.float64)), -32768, 32767).astype(np.int16)
        return audio_features(pcm, self._plan(), names).values


class MotionFeatures(_WindowFeatures):
    """Features of motion as a scikit-learn transformer.

    Parameters
    ----------
    ids
        Features wanted (``docs/features.md``); None: all.
    plan : tussis.signal.plan.ImuPlan
        Time plan; None: the default, windows of 50 samples at 100 Hz.
    short
        What to do with rows shorter than a window: ``"refuse"`` them, or ``"fill"`` them up with zeros.

    Attributes
    ----------
    feature_names_ : ndarray of str
        Ids of the columns that `transform` gives.

    Notes
    -----
    A row is samples one after the other, of six values each: acceleration x y z in m/s2, angular rate x y z
    in deg/s, NaN where there was no gyroscope. An array of shape ``(n_windows, n_samples, 6)`` will do too.

    Examples
    --------
    >>> still = np.tile(np.float32([0, 0, 9.81, 0, 0, 0]), (1, 50, 1))
    >>> MotionFeatures(ids=["accz_mean", "accz_range"]).fit_transform(still).round(2).tolist()
    [[9.8100004196167, 0.0]]
    """

    _modality: Modality = "imu"

    def _plan(self) -> ImuPlan:
        return self.plan if self.plan is not None else ImuPlan()

    def _least_values(self) -> int:
        return _AXES * self._plan().window

    def _finite(self) -> bool | str:
        return "allow-nan"

    def _rows(self, X: NDArray[Any], *, reset: bool) -> NDArray[Any]:
        if getattr(X, "ndim", 2) == 3:
            X = check_array(X, allow_nd=True, ensure_all_finite="allow-nan")
            X = X.reshape(len(X), -1)
        rows = super()._rows(X, reset=reset)
        if rows.shape[1] % _AXES:
            raise ValueError(f"rows have {rows.shape[1]} values, which are no whole samples of {_AXES}")
        return rows

    def _of_row(self, row: NDArray[Any], names: tuple[str, ...]) -> NDArray[np.float32]:
        return imu_features(np.asarray(row, np.float32).reshape(-1, _AXES), self._plan(), names).values

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.three_d_array = True
        return tags


class LabelledWindows(NamedTuple):
    """Rows for a pipeline: samples of windows, whether each is of a cough, and whose it is.

    Attributes
    ----------
    X : ndarray, shape (n_windows, n_values)
        Samples, as `AudioFeatures` or `MotionFeatures` takes them.
    y : ndarray of int8, shape (n_windows,)
        1 where the window is of a cough.
    groups : ndarray of str, shape (n_windows,)
        Subject of each window, for folds.
    """

    X: NDArray[Any]
    y: NDArray[np.int8]
    groups: NDArray[np.str_]


def labelled_windows(
    dataset: str | PathLike[str], modality: Modality = "audio", *, plan: AudioPlan | ImuPlan | None = None
) -> LabelledWindows:
    """Cut the labelled recordings of a dataset into windows, for a pipeline of scikit-learn.

    Windows of which the labels do not say what they are, such as those that cut a cough short, are left out.
    All are held in memory: 128 kB for each second of sound, 5 kB for each of motion.

    Parameters
    ----------
    dataset
        Anything `tussis.iter_dataset` reads.
    modality
        ``"audio"`` or ``"imu"``.
    plan
        Time plan of the modality; None: the default.

    Raises
    ------
    InputError
        No recording is labelled and long enough.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from tussis import BudgetedRFECV, write_dataset
    >>> folder = write_dataset("recordings", subjects=2, sessions_per_subject=1, session_s=10.0)
    >>> X, y, groups = labelled_windows(folder)
    >>> X.shape[1], sorted(set(groups.tolist()))
    (8192, ['subject_000', 'subject_001'])
    >>> chosen = make_pipeline(AudioFeatures(ids=["mel03_std", "zcr_mean"]), BudgetedRFECV(cv=2))
    >>> chosen.fit(X, y, budgetedrfecv__groups=groups).transform(X[:3]).shape[0]
    3
    """
    rows: list[NDArray[Any]] = []
    targets: list[NDArray[np.int8]] = []
    groups: list[str] = []
    used = plan if plan is not None else AudioPlan() if modality == "audio" else ImuPlan()
    rate = used.input_rate_hz if isinstance(used, AudioPlan) else used.rate_hz
    width, hop = round(used.window_s * rate), round(used.hop_s * rate)
    for reference in iter_dataset(dataset):
        if not reference.labelled:
            continue
        samples: NDArray[Any] | None
        if modality == "audio":
            recording = reference.load(audio_rate_hz=rate)
            samples = recording.audio
        else:
            recording = reference.load(imu_rate_hz=rate)
            samples = recording.imu
        if samples is None or len(samples) < width:
            continue
        starts = np.arange(0, len(samples) - width + 1, hop)
        target = window_targets(recording.labels, starts / rate, (starts + width) / rate)
        for start in starts[target != IGNORED]:
            rows.append(samples[start : start + width].reshape(-1))
        targets.append(target[target != IGNORED])
        groups += [recording.subject] * len(targets[-1])
    if not rows:
        problem = f"no labelled recording has a window of {modality}"
        raise InputError(dataset, problem, remedy="see tussis info")
    return LabelledWindows(np.stack(rows), np.concatenate(targets), np.array(groups))
