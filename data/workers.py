"""Work in several processes or on several machines: the one place that all long work goes through."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from .chosen_workers import Workers, choosing, chosen_workers
from .input_error import InputError
from .local_workers import in_processes, in_threads, one_by_one
from .progress import Progress
from .work import Outcome, Poison, Work

__all__ = ["worked", "workers"]


@contextmanager
def workers(jobs: int | None = None, dask: str | None = None) -> Iterator[Workers]:
    """Choose who does the work of everything that is called within.

    Parameters
    ----------
    jobs
        Processes on this machine; None leaves the number to the work.
    dask
        Address of a Dask scheduler, like ``tcp://10.0.0.5:8786``; its workers do the work.

    Raises
    ------
    InputError
        Both are given, or nobody answers at the address.
    ModuleNotFoundError
        The extra ``tussis[dask]`` is not installed.

    Examples
    --------
    >>> with workers(jobs=1) as chosen:
    ...     print(list(worked(divmod, [(7, 2), (9, 4)])))
    [(3, 1), (2, 1)]
    """
    if jobs is not None and dask is not None:
        raise InputError("--jobs and --dask", "exclude each other", remedy="give one of them")
    if dask is None:
        with choosing(Workers(jobs)) as chosen:
            yield chosen
        return
    from .dask_cluster import DaskCluster

    with DaskCluster(dask) as cluster, choosing(Workers(cluster=cluster)) as chosen:
        yield chosen


def worked(
    function: Callable[..., Any],
    tasks: Sequence[tuple[Any, ...]],
    jobs: int | None = None,
    *,
    stage: str = "",
    names: Sequence[str] = (),
    shared: Any = None,
    threads: bool = False,
    spare: bool = False,
    inner: Callable[[int], Progress] | None = None,
) -> Iterator[Any]:
    """Call a function for every task and yield the results in order, whoever does the work.

    Results do not depend on who does it, nor on how many: a task is a function of its arguments. A task that
    raises is tried once more, and so is one whose worker died, elsewhere.

    Parameters
    ----------
    function
        What is called. It can be pickled, and what it returns and writes depends on its arguments only.
    tasks
        Arguments of each call.
    jobs
        How many at a time where `workers` was not asked for a number; None is one per core. Processes end
        with this one, even if that is killed.
    stage
        Name of the work in the log; none keeps it out.
    names
        What each task is about, for messages.
    shared
        First argument of every call, if it is not None: what is large and the same for all. It is sent to a
        cluster once.
    threads
        Whether threads of this process do: the function lets go of the interpreter.
    spare
        Whether a task that fails for the second time gives a `Poison` in place of a result. Else what it
        raised is raised here.
    inner
        Makes the `progress` of a task of a number, which is passed on as last argument if this process does
        the work; elsewhere there is nobody to tell.

    Raises
    ------
    InputError
        A task raised it; the cluster went away.

    Examples
    --------
    >>> list(worked(divmod, [(7, 2), (7, 0)], jobs=1, names=["a", "b"], spare=True))[1].name
    'b'
    """
    work = Work(function, tasks, names, shared)
    chosen = chosen_workers()
    for number, outcome in enumerate(_outcomes(work, chosen, jobs, threads, inner)):
        if stage:
            chosen.log.add(stage, work.name(number), outcome.seconds)
        yield _result(work.name(number), outcome, spare)


def _outcomes(
    work: Work, chosen: Workers, jobs: int | None, threads: bool, inner: Callable[[int], Progress] | None
) -> Iterator[Outcome]:
    if chosen.cluster is not None and len(work):
        return chosen.cluster.outcomes(work)
    jobs = chosen.jobs or min(jobs or os.cpu_count() or 1, len(work))
    if jobs <= 1 or not len(work):  # one task that was asked to have a process has one: it may kill it
        return one_by_one(work, inner)
    jobs = min(jobs, len(work))
    return in_threads(work, jobs) if threads else in_processes(work, jobs)


def _result(name: str, outcome: Outcome, spare: bool) -> Any:
    if isinstance(outcome.fault, InputError):
        raise outcome.fault
    if outcome.fault is None and not outcome.died:
        return outcome.value
    poison = Poison.of(name, outcome)
    if spare:
        return poison
    raise outcome.fault or InputError(name, poison.reason, remedy="more memory per worker may help")
