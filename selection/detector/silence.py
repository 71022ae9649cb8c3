"""What a microphone that follows the gate does not hear, and what windows make of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...signal.plan import AudioPlan, ImuPlan
from .detector_file import AudioModel
from .gate import TICK_HZ
from .microphone import Microphone

__all__ = ["Silence", "wake_frames"]


def wake_frames(
    audio: AudioPlan, imu: ImuPlan, microphone: Microphone, n_windows: int, imu_hits: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """First frame that the microphone hears if an audio window begins to be evaluated, by window.

    Parameters
    ----------
    audio, imu, microphone
        Plans of the windows, and the microphone.
    n_windows : int
        Number of audio windows.
    imu_hits : ndarray of bool, shape (n_imu_windows,)
        Which IMU windows fired.

    Returns
    -------
    ndarray of int64, shape (n_windows,)
        ``ceil((tau_j + start) / frame)`` of the latest hit j by the time the gate is asked; 0 before any.
    """
    frame = audio.frame * TICK_HZ // audio.rate_hz
    asked = microphone.first_asked(audio) + audio.block_frames * frame * np.arange(n_windows, dtype=np.int64)
    hits = np.flatnonzero(imu_hits).astype(np.int64)
    ends = (imu.window + imu.hop * hits) * (TICK_HZ // imu.rate_hz)
    newest = np.searchsorted(ends, asked, side="right") - 1
    woken = -(-(ends + microphone.start_ticks) // frame) if len(ends) else np.zeros(1, np.int64)
    return np.where(newest >= 0, woken[np.maximum(newest, 0)], 0)


class Silence:
    """Windows as a microphone that follows the gate hears them.

    A window that follows an evaluated one is heard. In any other, the frames from its start, or from the end
    of the last evaluated window, to the first one that the microphone hears are silence; so they are in the
    windows after it that hold them.

    Parameters
    ----------
    pcm : int16 array, shape (n,)
        The whole sound, at the input rate.
    model
        Features and trees.
    wakes : ndarray of int64, shape (n_windows,)
        First frames that are heard, from `wake_frames`.
    features : float32 array, shape (n_windows, n_features)
        Features of the whole sound; those of windows with silence are replaced.
    """

    def __init__(
        self,
        pcm: NDArray[np.int16],
        model: AudioModel,
        wakes: NDArray[np.int64],
        features: NDArray[np.float32],
    ) -> None:
        self._pcm, self._model, self._wakes, self._features = pcm, model, wakes, features
        self._last_end = 0
        self._silent = range(0)

    def window(
        self, index: int, margin: np.float32, level: NDArray[np.float32]
    ) -> tuple[np.float32, NDArray[np.float32]]:
        """Return margin and levels of the next evaluated window; given are those of the whole sound."""
        plan = self._model.plan
        first = index * plan.block_frames
        end = first + plan.window_frames
        if self._last_end != end - plan.block_frames:
            self._silent = range(max(first, self._last_end), int(self._wakes[index]))
        self._last_end = end
        silent = range(max(self._silent.start, first), min(self._silent.stop, end))
        if not len(silent):
            return margin, level
        return self._hush(index, slice(silent.start - first, silent.stop - first))

    def _hush(self, index: int, silent: slice) -> tuple[np.float32, NDArray[np.float32]]:
        from ...signal.audio_features import audio_features
        from ...signal.decimator import decimate
        from ...signal.frames import decimated_frames

        plan = self._model.plan
        first = index * plan.block_frames * plan.frame
        frames = decimate(self._pcm, plan, first, first + plan.window_frames * plan.frame)
        frames = frames.reshape(plan.window_frames, plan.frame)
        frames[silent] = 0
        found = audio_features(
            self._pcm[:0], plan, ids=self._model.features, tables=[decimated_frames(frames, plan)]
        )
        self._features[index] = found.values[0]
        return self._model.trees.margin(found.values)[0], found.level
