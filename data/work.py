"""One piece of work cut into tasks, and what comes of a task wherever it runs."""

from __future__ import annotations

import pickle
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .input_error import InputError

__all__ = ["TRIES", "Outcome", "Poison", "Work", "attempt"]

TRIES = 2
"""How often a task is begun that raises, or whose worker dies, before it is given up."""


@dataclass(frozen=True)
class Work:
    """A function and all that it is called with.

    Attributes
    ----------
    function
        What is called. It can be pickled unless it runs in this process, and its result depends on its
        arguments only.
    tasks
        Arguments of each call.
    names
        What each task is about, for messages; empty for numbers.
    shared
        First argument of every call, sent once to a worker that is far away; None for none.
    """

    function: Callable[..., Any]
    tasks: Sequence[tuple[Any, ...]]
    names: Sequence[str] = ()
    shared: Any = None

    def __len__(self) -> int:
        return len(self.tasks)

    def name(self, number: int) -> str:
        """Name a task."""
        return self.names[number] if self.names else f"task {number + 1}"

    def arguments(self, number: int) -> tuple[Any, ...]:
        """All arguments of a task."""
        return self.tasks[number] if self.shared is None else (self.shared, *self.tasks[number])


@dataclass(frozen=True)
class Outcome:
    """What came of a task.

    Attributes
    ----------
    value
        What the function returned.
    fault
        What it raised at the last try; None where it returned.
    seconds
        How long the last try took.
    died
        Whether no try ended: the workers died.
    """

    value: Any = None
    fault: Exception | None = None
    seconds: float = 0.0
    died: bool = False


@dataclass(frozen=True)
class Poison:
    """A task that was begun `TRIES` times and never ended well.

    Attributes
    ----------
    name
        What the task is about.
    reason
        What happened, in one line.
    """

    name: str
    reason: str

    @classmethod
    def of(cls, name: str, outcome: Outcome) -> Poison:
        """Say what happened to a task."""
        if outcome.died:
            return cls(name, f"its worker died, {TRIES} times")
        text = " ".join(f"{type(outcome.fault).__name__}: {outcome.fault}".split())
        return cls(name, f"failed {TRIES} times: {text}")


def attempt(function: Callable[..., Any], arguments: tuple[Any, ...], tries: int = TRIES) -> Outcome:
    """Call a function, again if it raises; what the user can correct is not tried again.

    Parameters
    ----------
    function, arguments
        The call.
    tries
        How often at most.

    Examples
    --------
    >>> attempt(divmod, (7, 2)).value
    (3, 1)
    >>> attempt(divmod, (7, 0)).fault
    ZeroDivisionError('integer division or modulo by zero')
    """
    outcome = Outcome()
    for _ in range(tries):
        start_s = time.perf_counter()
        try:
            value = function(*arguments)
        except InputError as fault:
            return Outcome(fault=fault, seconds=time.perf_counter() - start_s)
        except Exception as fault:
            outcome = Outcome(fault=_portable(fault), seconds=time.perf_counter() - start_s)
        else:
            return Outcome(value, seconds=time.perf_counter() - start_s)
    return outcome


def _portable(fault: Exception) -> Exception:
    """Return a fault that can be sent to another process, with its traceback as a note."""
    fault.add_note("".join(traceback.format_exception(fault)))
    try:
        pickle.loads(pickle.dumps(fault))
    except Exception:
        return RuntimeError(f"{type(fault).__name__}: {fault}")
    return fault
