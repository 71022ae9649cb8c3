"""Counting over the sessions of a dataset, in batches that several workers may take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from ...data.workers import worked

__all__ = ["in_batches"]

BATCH_WINDOWS = 10_000
"""Windows of one task: some 20 minutes of sound. It does not depend on the number of workers."""
WORKERS_WINDOWS = 100_000
"""From so many windows on there are processes without being asked for; starting one takes a second."""

One = TypeVar("One")


def in_batches(
    function: Callable[..., Sequence[Any]],
    items: Sequence[One],
    windows: Sequence[int],
    *arguments: Any,
    stage: str,
    done: Callable[[float], None] = lambda share: None,
) -> Iterator[Any]:
    """Call a function for batches of items, and yield what it gives for each item, in order.

    Parameters
    ----------
    function
        Called with a batch and `arguments`; gives one result for each item. It can be pickled.
    items
        What the results are of, such as tracks.
    windows
        Number of windows of each item, by which batches are cut.
    stage
        Name of the work in the log of workers.
    done
        Called with the share of all windows that is done, after each batch.

    Raises
    ------
    ValueError
        The function did not give one result for each item.

    Examples
    --------
    >>> list(in_batches(lambda batch, more: [n + more for n in batch], [1, 2], [5, 7], 10, stage="sums"))
    [11, 12]
    """
    batches: list[list[One]] = []
    ends: list[int] = []
    total = begun = 0
    for one, count in zip(items, windows, strict=True):
        if not batches or total - begun + count > BATCH_WINDOWS:
            batches.append([])
            ends.append(total)
            begun = total
        batches[-1].append(one)
        total += count
        ends[-1] = total
    jobs = None if total >= WORKERS_WINDOWS else 1
    names = [f"batch {number}" for number in range(1, len(batches) + 1)]
    tasks = [(batch, *arguments) for batch in batches]
    work = worked(function, tasks, jobs, stage=stage, names=names)
    for batch, end, found in zip(batches, ends, work, strict=True):
        if len(found) != len(batch):
            raise ValueError(f"{stage}: {len(found)} results for {len(batch)} items")
        done(end / total if total else 1.0)
        yield from found
