"""Tasks in this process, in its threads, or in processes of this machine, in which workers may die."""

from __future__ import annotations

import os
import pickle
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from .chosen_workers import within_a_worker
from .progress import Progress
from .work import Outcome, Work, attempt

__all__ = ["in_processes", "in_threads", "one_by_one", "prepare_workers"]

_LOOK_S = 0.5
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Who gets these ends what it has started: a terminal sends them to all processes of a command at once."""

_TASKS_EACH = 2
"""Tasks given to each process: one that it does, one that waits."""
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
"""How many threads libraries take in a worker: its share of the cores."""


def one_by_one(work: Work, inner: Callable[[int], Progress] | None = None) -> Iterator[Outcome]:
    """Run tasks here, one after the other; `inner` gives each call its `progress`."""
    for number in range(len(work)):
        arguments = work.arguments(number)
        yield attempt(work.function, arguments if inner is None else (*arguments, inner(number)))


def in_threads(work: Work, jobs: int) -> Iterator[Outcome]:
    """Run tasks in threads of this process, and yield their outcomes in order."""
    with ThreadPoolExecutor(jobs) as pool:
        try:
            yield from pool.map(lambda number: _in_thread(work, number), range(len(work)))
        finally:
            pool.shutdown(cancel_futures=True)


def _in_thread(work: Work, number: int) -> Outcome:
    with within_a_worker():
        return attempt(work.function, work.arguments(number))


def in_processes(work: Work, jobs: int) -> Iterator[Outcome]:
    """Run tasks in processes, and yield their outcomes in order.

    Each process has one task and another one waiting, so that it has work while the caller looks at a result.
    When a process dies, joblib gives up all of them: each is begun again on its own, so that the one that
    kills is known, and only that one is given up.
    """
    try:
        with TemporaryDirectory(prefix="tussis-") as folder:
            shared = None if work.shared is None else _kept(work.shared, Path(folder))
            yield from _attributed(lambda number: _submit(work, number, jobs, shared), len(work), jobs)
    except BaseException:  # no worker may write any more when the caller tidies up
        _executor(jobs).shutdown(wait=True, kill_workers=True)
        raise


def _attributed(submit: Callable[[int], Future[Outcome]], total: int, jobs: int) -> Iterator[Outcome]:
    """Keep twice as many tasks under way as there are processes, and find out which of them kills."""
    outcomes: dict[int, Outcome] = {}
    waiting, suspects = deque(range(total)), deque[int]()
    under_way: dict[Future[Outcome], int] = {}
    for number in range(total):
        while number not in outcomes:
            alone = bool(suspects)
            queue = suspects if alone else waiting
            while queue and len(under_way) < (1 if alone else _TASKS_EACH * jobs):
                task = queue.popleft()
                under_way[submit(task)] = task
            fallen = _collect(under_way, outcomes)
            if alone:
                outcomes.update((task, Outcome(died=True)) for task in fallen)
            else:
                suspects.extend(fallen)
        yield outcomes.pop(number)


def _kept(shared: Any, folder: Path) -> Path:
    """Write what all tasks share to a file, which each process reads once."""
    file = folder / "shared"
    file.write_bytes(pickle.dumps(shared))
    return file


def _submit(work: Work, number: int, jobs: int, shared: Path | None) -> Future[Outcome]:
    _start_trackers()
    with _ours_to_end():
        executor = _executor(jobs)
        future: Future[Outcome] = executor.submit(_in_worker, work.function, work.tasks[number], shared)
    return future


def _start_trackers() -> None:
    """Start the processes that joblib and Python start before a first worker; they go on where they run.

    Python's own, in 3.11, lets SIGINT and SIGTERM come again in the thread that starts it, whatever was set
    there: workers that are started behind it would take signals that are not theirs.
    """
    from multiprocessing import resource_tracker as tracker_of_python

    from joblib.externals.loky.backend import resource_tracker as tracker_of_joblib

    for tracker in (tracker_of_joblib, tracker_of_python):
        with _ours_to_end():
            tracker.ensure_running()


def _executor(jobs: int) -> Any:
    """Return joblib's processes; asked for in other words, it would wait until these have done all."""
    from joblib.externals.loky import get_reusable_executor

    share = max((os.cpu_count() or 1) // jobs, 1)
    return get_reusable_executor(
        max_workers=jobs,
        initializer=_begin,
        initargs=(os.getpid(), _prepare),
        env={name: str(share) for name in _THREADS},
    )


@contextmanager
def _ours_to_end() -> Iterator[None]:
    """Let processes that are started here, joblib's own too, be ended by this one and not beside it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _collect(under_way: dict[Future[Outcome], int], outcomes: dict[int, Outcome]) -> list[int]:
    """Wait for a task to end and take what has; return the tasks whose process died."""
    from joblib.externals.loky.process_executor import BrokenProcessPool, ShutdownExecutorError

    ended, _ = wait(under_way, return_when=FIRST_COMPLETED)
    fallen: list[int] = []
    while ended:
        for future in ended:
            task = under_way.pop(future)
            try:
                outcomes[task] = future.result()
            except (BrokenProcessPool, ShutdownExecutorError):
                fallen.append(task)
        # With one process all others of the pool are gone as well.
        ended = wait(under_way).done if fallen and under_way else set()
    return sorted(fallen)


def _in_worker(function: Callable[..., Any], arguments: tuple[Any, ...], shared: Path | None) -> Outcome:
    with within_a_worker():
        return attempt(function, arguments if shared is None else (_read(shared), *arguments))


@lru_cache(maxsize=1)
def _read(shared: Path) -> Any:
    return pickle.loads(shared.read_bytes())


_prepare: Callable[[], None] | None = None


def prepare_workers(prepare: Callable[[], None] | None) -> None:
    """Choose what every process that works does first, such as saying where its words go."""
    global _prepare
    _prepare = prepare


def _begin(parent: int, prepare: Callable[[], None] | None) -> None:
    """Let this process end once its parent has: a worker would go on with what it was given."""
    if prepare is not None:
        prepare()

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_S)
        os._exit(1)

    threading.Thread(target=look, daemon=True).start()
