"""Tasks are tried twice, and what becomes of them can be sent to another process."""

from __future__ import annotations

import pickle

from tussis.data.input_error import InputError
from tussis.data.work import TRIES, Outcome, Poison, Work, attempt


def test_a_task_is_tried_again_when_it_raises() -> None:
    tries: list[int] = []

    def second(value: int) -> int:
        tries.append(value)
        if len(tries) == 1:
            raise OSError("for the moment")
        return value

    assert attempt(second, (7,)).value == 7
    assert len(tries) == TRIES


def test_what_the_user_can_correct_is_not_tried_again() -> None:
    tries: list[int] = []

    def refuse() -> None:
        tries.append(1)
        raise InputError("a.wav", "is empty")

    assert isinstance(attempt(refuse, ()).fault, InputError)
    assert len(tries) == 1


def test_a_fault_can_be_sent_and_says_where_it_arose() -> None:
    def fail() -> None:
        raise LookupError(lambda: None)  # which no other process can have

    def divide() -> None:
        raise ZeroDivisionError("by nothing")

    fault = pickle.loads(pickle.dumps(attempt(fail, ()))).fault
    assert isinstance(fault, RuntimeError)
    assert str(fault).startswith("LookupError: <function")
    fault = pickle.loads(pickle.dumps(attempt(divide, ()))).fault
    assert isinstance(fault, ZeroDivisionError)
    assert "in divide" in fault.__notes__[0]


def test_poison_says_what_happened() -> None:
    assert Poison.of("a", Outcome(died=True)).reason == "its worker died, 2 times"
    assert Poison.of("a", Outcome(fault=KeyError("b"))).reason == "failed 2 times: KeyError: 'b'"


def test_what_is_shared_comes_first() -> None:
    assert Work(max, [(2,)], shared=1).arguments(0) == (1, 2)
    assert Work(max, [(2,)]).arguments(0) == (2,)
    assert Work(max, [(2,)], names=["x"]).name(0) == "x"
