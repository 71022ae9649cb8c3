"""The one-line message, and what it survives."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from tussis.data.input_error import InputError, refuse


def test_says_file_field_problem_and_remedy_in_one_line() -> None:
    error = InputError(Path("a/imu.csv"), "it is\nbroken", field="line 3", remedy="correct it")
    assert str(error) == "a/imu.csv: line 3: it is broken; correct it"
    assert (error.path, error.field, error.remedy) == ("a/imu.csv", "line 3", "correct it")


def test_leaves_out_what_is_not_told() -> None:
    assert str(InputError("x.wav", "no WAV")) == "x.wav: no WAV"


def test_is_a_value_error_and_crosses_processes() -> None:
    error = pickle.loads(pickle.dumps(InputError("x", "p", field="f", remedy="r")))
    assert isinstance(error, ValueError)
    assert (str(error), error.field) == ("x: f: p; r", "f")


def test_refuse_raises() -> None:
    with pytest.raises(InputError, match="nothing"):
        refuse(InputError("x", "nothing"))
