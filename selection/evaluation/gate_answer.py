"""What the motion model wakes in one recording, the hold time included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...data.recording import Label
from ...data.session_ref import SessionRef
from ..detector.detector_file import Detector
from ..detector.gate_settings import Gating
from ..windows.window_targets import NEGATIVE, POSITIVE_OVERLAP, label_overlap, window_kinds, window_targets
from .window_bounds import window_bounds, windows_near_labels

__all__ = ["GateAnswer", "awake_share", "gate_answer"]


@dataclass(frozen=True)
class GateAnswer:
    """Sums over the motion windows of one recording.

    Parameters
    ----------
    awake_s, watched_s
        Seconds awake, and in all, by movement.
    coughs, woken
        Labelled coughs with known bounds, and those of which a motion window fires.
    others, others_woken
        Motion windows without a cough, and those that fire.
    """

    awake_s: dict[str, float] = field(default_factory=dict)
    watched_s: dict[str, float] = field(default_factory=dict)
    coughs: int = 0
    woken: int = 0
    others: int = 0
    others_woken: int = 0


def gate_answer(
    reference: SessionRef, labels: Sequence[Label], imu_margins: NDArray[np.float32], detector: Detector
) -> GateAnswer:
    """Count what the gate does with a recording's motion.

    The movement of a window is the label that covers most of it where no sound was recorded, else what the
    session says. A cough wakes the gate if a window fires that holds at least half of it, or that it fills
    to half.

    Parameters
    ----------
    reference, labels
        The recording.
    imu_margins : ndarray of float32, shape (n,)
        Log-odds of the motion windows.
    detector
        The detector, with a motion model.
    """
    assert detector.imu is not None
    plan = detector.imu.plan
    bounds = window_bounds(plan, len(imu_margins))
    hop_s = plan.hop / plan.rate_hz
    hits = detector.gating.fired(imu_margins, hop_s)
    awake_s = awake_share(hits, hop_s, detector.gating) * hop_s
    coughs = [label for label in labels if label.is_bounded_cough]
    awake: dict[str, float] = {}
    watched: dict[str, float] = {}
    woken, n_others, n_woken = set[Label](), 0, 0
    for run, near in windows_near_labels(labels, bounds):
        movement = _movements(reference, near, bounds[run])
        for name in np.unique(movement).tolist():
            awake[name] = awake.get(name, 0.0) + float(awake_s[run][movement == name].sum())
            watched[name] = watched.get(name, 0.0) + float((movement == name).sum() * hop_s)
        known = [label for label in near if label.is_bounded_cough]
        fills = label_overlap(known, *bounds[run].T) >= POSITIVE_OVERLAP
        fired = np.flatnonzero((fills & hits[run, None]).any(axis=0)).tolist()
        woken |= {known[at] for at in fired}
        others = window_targets(near, *bounds[run].T) == NEGATIVE
        n_others += int(others.sum())
        n_woken += int((others & hits[run]).sum())
    return GateAnswer(awake, watched, len(set(coughs)), len(woken), n_others, n_woken)


def awake_share(hits: NDArray[np.bool_], hop_s: float, gating: Gating) -> NDArray[np.float64]:
    """Share of the time between the end of each motion window and that of the next that the gate is open.

    A window that fires opens it from its end on for the hold time (rule a of `tussis.selection.detector.gate`
    on a continuous time axis); audio windows that keep it open after that are not counted.

    Parameters
    ----------
    hits : ndarray of bool, shape (n,)
        Windows that fire.
    hop_s
        Time from window to window in seconds.
    gating
        Hold time.

    Returns
    -------
    ndarray of float64, shape (n,)

    Examples
    --------
    >>> awake_share(np.array([False, True, False, False]), 0.25, Gating(hold_s=0.375)).tolist()
    [0.0, 1.0, 0.5, 0.0]
    """
    at = np.arange(len(hits))
    last = np.maximum.accumulate(np.where(hits, at, -1)) if len(hits) else at
    left_s = gating.hold_s - (at - last) * hop_s
    return np.where(last >= 0, np.clip(left_s / hop_s, 0.0, 1.0), 0.0)


def _movements(
    reference: SessionRef, labels: Sequence[Label], bounds: NDArray[np.float64]
) -> NDArray[np.str_]:
    if reference.audio_path is not None:
        return np.full(len(bounds), reference.movement)
    moving = [label for label in labels if label.is_other]
    kinds = window_kinds(moving, *bounds.T)
    return np.where(kinds == "", reference.movement, kinds)
