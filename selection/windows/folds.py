"""Cross-validation folds that never split a subject."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.input_error import InputError
from .names import Names

__all__ = ["Fold", "fold_numbers", "grouped_folds", "linked_subjects", "too_few_subjects"]

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
    fold = fold_numbers(y, Names.of(groups), n_splits, seed, source=source)
    return [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(int(fold.max()) + 1)]


def fold_numbers(
    y: NDArray[Any], groups: Names, n_splits: int, seed: int, *, source: str = "dataset"
) -> NDArray[np.int16]:
    """Give the fold that each row is held out of, from 0; everything else as in `grouped_folds`."""
    from .stratified_groups import StratifiedGroups

    y = np.asarray(y)
    with_coughs = np.unique(groups.number[y > 0])
    if len(with_coughs) < 2:
        raise too_few_subjects(source, map(str, groups.known[with_coughs]))
    splitter = StratifiedGroups(min(n_splits, len(with_coughs)), shuffle=True, random_state=seed)
    fold = np.full(len(y), -1, np.int16)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # few members in a class: checked below
        for number, (_, test) in enumerate(splitter.split(y, y, groups.number)):
            fold[test] = number
    for number in range(int(fold.max()) + 1):
        for rows, what in ((fold != number, "training"), (fold == number, "held-out")):
            if len(np.unique(y[rows])) < 2:
                subjects = ", ".join(map(str, groups.known[np.unique(groups.number[rows])[:5]]))
                missing = "no coughs" if not y[rows].any() else "nothing but coughs"
                raise InputError(
                    source,
                    f"fold {number + 1} has {missing} in its {what} part (subjects {subjects})",
                    field="subject",
                    remedy="add recordings of more subjects, each with coughs and other sounds",
                )
    return fold


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
