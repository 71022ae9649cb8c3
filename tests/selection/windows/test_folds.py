"""Folds of whole subjects, and what is said where they cannot be made."""

import numpy as np
import pytest

from tussis.data.input_error import InputError
from tussis.selection.windows.folds import grouped_folds, linked_subjects


def test_folds_keep_subjects_whole():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 300)
    groups = np.array([f"s{k}" for k in rng.integers(0, 6, 300)])
    for train, test in grouped_folds(y, groups, 4, seed=0):
        assert not set(groups[train]) & set(groups[test])


@pytest.mark.parametrize(
    ("y", "groups", "message"),
    [
        ([1, 1, 0, 0], ["a", "a", "b", "b"], "coughs of at least 2 subjects.*found: a"),
        ([0, 0, 0, 0], ["a", "a", "b", "b"], "found: none"),
        ([1, 1, 1, 0], ["a", "a", "b", "b"], "fold . has nothing but coughs in its .* part"),
    ],
)
def test_folds_that_cannot_be_made_say_why(y, groups, message):
    with pytest.raises(InputError, match=message) as caught:
        grouped_folds(np.array(y), np.array(groups), 5, seed=0, source="data")
    assert str(caught.value).startswith("data: subject: ")


def test_subjects_are_joined_over_any_number_of_recordings():
    sets = [("c",), ("b", "e"), ("d", "a"), ("e", "d"), ("f",), ("c",)]
    assert linked_subjects(sets) == {"c": "c", "b": "a", "e": "a", "d": "a", "a": "a", "f": "f"}
    assert linked_subjects(reversed(sets)) == linked_subjects(sets)
