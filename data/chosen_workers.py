"""Who was chosen to do the work of what is called, and that a task chooses nobody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol

from .work import Outcome, Work
from .work_log import WorkLog

__all__ = ["Cluster", "Workers", "choosing", "chosen_workers", "within_a_worker"]


class Cluster(Protocol):
    """Machines that do work."""

    def outcomes(self, work: Work) -> Iterator[Outcome]:
        """Run tasks, and yield their outcomes in order."""


@dataclass(frozen=True)
class Workers:
    """Who does the work.

    Attributes
    ----------
    jobs
        Processes, or threads where those do; None leaves it to the work. Without meaning on a cluster.
    cluster
        A cluster that does the work instead of this machine.
    log
        Gets the duration of every task.
    """

    jobs: int | None = None
    cluster: Cluster | None = None
    log: WorkLog = field(default_factory=WorkLog)


_chosen: ContextVar[Workers] = ContextVar("workers")


def chosen_workers() -> Workers:
    """Return who was chosen; nobody in particular where nobody was."""
    return _chosen.get(Workers())


@contextmanager
def choosing(chosen: Workers) -> Iterator[Workers]:
    """Choose for all that is called within."""
    token = _chosen.set(chosen)
    try:
        yield chosen
    finally:
        _chosen.reset(token)


@contextmanager
def within_a_worker() -> Iterator[None]:
    """Let a task do all that it calls by itself: the cores are taken."""
    with choosing(Workers(1)):
        yield
