"""Window targets from labels: what a window should have answered."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...data.recording import Label

__all__ = [
    "IGNORED",
    "NEGATIVE",
    "POSITIVE",
    "label_overlap",
    "window_confidence",
    "window_kinds",
    "window_targets",
]

POSITIVE = np.int8(1)
NEGATIVE = np.int8(0)
IGNORED = np.int8(-1)

POSITIVE_OVERLAP = 0.5
"""From this share of the shorter of window and cough on, the window is a cough."""
NEGATIVE_OVERLAP = 0.1
"""Up to this share it is not; between the two the label does not say."""


def label_overlap(
    labels: Sequence[Label], start_s: NDArray[np.float64], end_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Overlap of every window with every label, as a share of the shorter of the two.

    Parameters
    ----------
    labels
        Labels of the recording, in any order.
    start_s, end_s : ndarray, shape (n_windows,)
        Window bounds in seconds.

    Returns
    -------
    ndarray of float64, shape (n_windows, n_labels)
        0 (apart) to 1 (one within the other).
    """
    first = np.array([label.start_s for label in labels], np.float64)
    last = np.array([label.end_s for label in labels], np.float64)
    start, end = np.asarray(start_s, np.float64)[:, None], np.asarray(end_s, np.float64)[:, None]
    common = np.minimum(end, last) - np.maximum(start, first)
    shorter = np.maximum(np.minimum(end - start, last - first), 1e-9)
    share: NDArray[np.float64] = np.maximum(common, 0.0) / shorter
    return share


def window_targets(
    labels: Sequence[Label], start_s: NDArray[np.float64], end_s: NDArray[np.float64]
) -> NDArray[np.int8]:
    """Target of every window: `POSITIVE`, `NEGATIVE` or `IGNORED`.

    Ignored are windows in which a cough is cut short, and those that a label named ``unsure`` or a weak one
    reaches and no certain cough fills.

    Parameters
    ----------
    labels
        All labels of the recording; other names are passed over.
    start_s, end_s : ndarray, shape (n_windows,)
        Window bounds in seconds.

    Returns
    -------
    ndarray of int8, shape (n_windows,)
    """
    coughs = [label for label in labels if label.is_bounded_cough]
    open_to_doubt = [label for label in labels if label.is_doubtful]
    overlap = label_overlap(coughs, start_s, end_s).max(axis=1, initial=0.0)
    doubt = label_overlap(open_to_doubt, start_s, end_s).max(axis=1, initial=0.0)
    targets = np.full(len(overlap), IGNORED)
    targets[overlap >= POSITIVE_OVERLAP] = POSITIVE
    targets[(overlap <= NEGATIVE_OVERLAP) & (doubt <= NEGATIVE_OVERLAP)] = NEGATIVE
    return targets


def window_confidence(
    labels: Sequence[Label], start_s: NDArray[np.float64], end_s: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Confidence of the cough that fills most of each window; 1 where there is none.

    Parameters
    ----------
    labels, start_s, end_s
        As in `window_targets`.

    Returns
    -------
    ndarray of float32, shape (n_windows,)
    """
    coughs = [label for label in labels if label.is_bounded_cough]
    overlap = label_overlap(coughs, start_s, end_s)
    known = np.array([label.confidence for label in coughs] + [1.0], np.float32)
    none = np.full((len(overlap), 1), NEGATIVE_OVERLAP)
    confidence: NDArray[np.float32] = known[np.hstack([overlap, none]).argmax(axis=1)]
    return confidence


def window_kinds(
    labels: Sequence[Label], start_s: NDArray[np.float64], end_s: NDArray[np.float64]
) -> NDArray[np.str_]:
    """Name of the label that fills most of each window, ``""`` where there is none; coughs go first.

    Parameters
    ----------
    labels, start_s, end_s
        As in `window_targets`.

    Returns
    -------
    ndarray of str, shape (n_windows,)
    """
    names = np.array([label.name.strip().casefold() for label in labels] + [""], np.str_)
    overlap = label_overlap(labels, start_s, end_s)
    overlap[:, [label.is_cough for label in labels]] *= 2.0
    background = np.full((len(overlap), 1), NEGATIVE_OVERLAP)
    kinds: NDArray[np.str_] = names[np.hstack([overlap, background]).argmax(axis=1)]
    return kinds
