"""Work in several processes: the one place where they are started."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

__all__ = ["worked"]

_LOOK_S = 0.5


def worked(
    function: Callable[..., Any], tasks: Sequence[tuple[Any, ...]], jobs: int | None = None
) -> Iterator[None]:
    """Call a function for every task, in this process or in several, and yield after each in order.

    Parameters
    ----------
    function
        What is called. It can be pickled, and what it writes depends on its arguments only.
    tasks
        Arguments of each call.
    jobs
        Processes; None takes one per core. They end with this process, even if that is killed.

    Examples
    --------
    >>> seen = []
    >>> for _ in worked(seen.append, [(1,), (2,)], jobs=1):
    ...     print(seen)
    [1]
    [1, 2]
    """
    jobs = min(jobs or os.cpu_count() or 1, max(len(tasks), 1))
    if jobs == 1:
        for task in tasks:
            function(*task)
            yield
        return
    from joblib import Parallel, delayed
    from joblib.externals.loky import get_reusable_executor

    processes = Parallel(n_jobs=jobs, return_as="generator", initializer=_end_with, initargs=(os.getpid(),))
    try:
        for _ in processes(delayed(function)(*task) for task in tasks):
            yield
    except BaseException:  # no worker may write any more when the caller tidies up
        get_reusable_executor().shutdown(wait=True, kill_workers=True)
        raise


def _end_with(parent: int) -> None:
    """Let this process end once its parent has: a worker would go on with what it was given."""

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_S)
        os._exit(1)

    threading.Thread(target=look, daemon=True).start()
