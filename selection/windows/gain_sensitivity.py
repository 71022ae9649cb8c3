"""Which audio features move when somebody speaks into another microphone: how each answers to gain.

A detector that depends on absolute levels works with the microphone, casing and distance it was trained on.
Features that a change of gain moves can be kept out of selection.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...data.atomic import write_bytes_whole
from ...data.progress import Progress, silent
from ...data.session_ref import SessionRef
from ...data.workers import worked
from ...signal.catalogue import audio_catalogue
from ...signal.plan import AudioPlan

__all__ = ["GAIN", "MAX_SESSIONS", "gain_sensitivity"]

GAIN = 0.5
"""The change of gain that is tried: -6 dB, which clips nothing."""

MAX_SESSIONS = 12


def gain_sensitivity(
    sessions: Sequence[SessionRef], plan: AudioPlan, *, kept: Path | None = None, progress: Progress = silent
) -> NDArray[np.float64]:
    """Measure how far a change of gain by -6 dB moves each audio feature.

    Parameters
    ----------
    sessions
        Sessions with sound to measure on; at most `MAX_SESSIONS` of them, evenly spread, are used.
    plan
        Front-end plan.
    kept
        File to keep the result in, and to take it from where it exists; its name must say of what.
    progress
        Called after each session.

    Returns
    -------
    ndarray of float64, shape (n_features,)
        Mean absolute change over windows, in standard deviations of the feature, in the catalogue's order.
        NaN where there is no window to measure on: nothing is known then.
    """
    if kept is not None and kept.exists():
        with contextlib.suppress(OSError, ValueError, EOFError):  # a damaged file counts as none
            stored: NDArray[np.float64] = np.load(kept, allow_pickle=False)
            return stored
    step = max(-(-len(sessions) // MAX_SESSIONS), 1)
    chosen = sessions[::step]
    before, after = [], []
    progress("gain sensitivity", 0, len(chosen))
    names = [reference.name for reference in chosen]
    tasks = [(reference, plan) for reference in chosen]
    for as_recorded, softer in worked(_at_both_gains, tasks, 1, stage="gain sensitivity", names=names):
        before.append(as_recorded)
        after.append(softer)
        progress("gain sensitivity", len(before), len(chosen))
    values = np.concatenate(before).astype(np.float64) if before else np.empty((0, 0))
    if not len(values):
        return np.full(len(audio_catalogue(plan)), np.nan)
    change = np.abs(np.concatenate(after) - values).mean(axis=0)
    sensitivity: NDArray[np.float64] = change / np.maximum(values.std(axis=0), 1e-9)
    if kept is not None:
        buffer = io.BytesIO()
        np.save(buffer, sensitivity)
        write_bytes_whole(kept, buffer.getvalue())
    return sensitivity


def _at_both_gains(reference: SessionRef, plan: AudioPlan) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    from ...signal.audio_features import audio_features

    audio = reference.load(audio_rate_hz=plan.input_rate_hz).audio
    softer = np.round(audio * GAIN).astype(np.int16)
    return audio_features(audio, plan).values, audio_features(softer, plan).values
