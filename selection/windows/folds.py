"""Cross-validation folds that never split a subject."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.input_error import InputError

__all__ = ["Fold", "grouped_folds", "linked_subjects", "too_few_subjects"]

Fold = tuple[NDArray[np.intp], NDArray[np.intp]]
"""Rows to train on, rows to test on."""


def grouped_folds(
    y: NDArray[Any], groups: NDArray[Any], n_splits: int, seed: int, *, source: str = "dataset"
) -> list[Fold]:
    """Split rows into folds of whole subjects with about the same share of coughs in each.

    Parameters
    ----------
    y : ndarray, shape (n,)
        1 for a cough, 0 for none.
    groups : ndarray, shape (n,)
        Subject of each row, or what `linked_subjects` made of it.
    n_splits
        Folds wanted; no more than there are subjects with coughs are made.
    seed
        Seed of the shuffle.
    source
        What to name in an error.

    Returns
    -------
    list of Fold
        At least two.

    Raises
    ------
    InputError
        Fewer than two subjects have coughs, or a fold holds one class only.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    y = np.asarray(y)
    with_coughs = np.unique(groups[y > 0])
    if len(with_coughs) < 2:
        raise too_few_subjects(source, map(str, with_coughs))
    splitter = StratifiedGroupKFold(min(n_splits, len(with_coughs)), shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # few members in a class: checked below
        folds = [(np.asarray(train), np.asarray(test)) for train, test in splitter.split(y, y, groups)]
    for number, fold in enumerate(folds):
        for rows, what in zip(fold, ("training", "held-out"), strict=True):
            if len(np.unique(y[rows])) < 2:
                subjects = ", ".join(map(str, np.unique(groups[rows])[:5]))
                missing = "no coughs" if not y[rows].any() else "nothing but coughs"
                raise InputError(
                    source,
                    f"fold {number + 1} has {missing} in its {what} part (subjects {subjects})",
                    field="subject",
                    remedy="add recordings of more subjects, each with coughs and other sounds",
                )
    return folds


def too_few_subjects(source: str, found: Iterable[str]) -> InputError:
    """Say that fewer than two subjects have coughs.

    Parameters
    ----------
    source
        What to name.
    found
        Subjects that have some.
    """
    return InputError(
        source,
        "validation is by subject and needs coughs of at least 2 subjects"
        f" (found: {', '.join(found) or 'none'})",
        field="subject",
        remedy="add subjects, or name them in each session.json",
    )


def linked_subjects(sets: Iterable[tuple[str, ...]]) -> dict[str, str]:
    """Join subjects that are heard in one recording: no fold may learn from a subject that it is asked about.

    Parameters
    ----------
    sets
        Subjects of each recording: one, or all whose clips a composed session is made of.

    Returns
    -------
    dict
        By subject, the first in order of all that it is joined with, over any number of recordings.

    Examples
    --------
    >>> sorted(linked_subjects([("b",), ("c", "b"), ("a", "c"), ("d",)]).items())
    [('a', 'a'), ('b', 'a'), ('c', 'a'), ('d', 'd')]
    """
    from scipy.cluster.hierarchy import DisjointSet

    joined = DisjointSet()
    for subjects in sets:
        for subject in subjects:
            joined.add(subject)
            joined.merge(subjects[0], subject)
    return {subject: min(together) for together in joined.subsets() for subject in together}
