"""What was done by workers: how much, how fast, and what took longest."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["WorkLog"]

_SLOWEST = 3


@dataclass
class _Stage:
    begun_s: float
    seconds: float = 0.0
    tasks: list[tuple[float, str]] = field(default_factory=list)


@dataclass
class WorkLog:
    """Durations of tasks, by stage; what is said of them never goes into a result.

    Examples
    --------
    >>> log = WorkLog()
    >>> log.add("features", "s1", 2.0)
    >>> log.add("features", "s2", 3.5)
    >>> [line.split(":")[0] for line in log.lines()]
    ['features']
    """

    _stages: dict[str, _Stage] = field(default_factory=dict)

    def add(self, stage: str, name: str, seconds: float) -> None:
        """Note a task that has ended, its worker's seconds."""
        now = time.perf_counter()
        kept = self._stages.setdefault(stage, _Stage(now - seconds))
        kept.seconds = now - kept.begun_s
        kept.tasks.append((seconds, name))

    def lines(self) -> Iterator[str]:
        """Yield a line for each stage, in order: tasks, throughput, the slowest tasks."""
        for stage, kept in self._stages.items():
            elapsed = max(kept.seconds, 1e-9)
            busy = sum(seconds for seconds, _ in kept.tasks)
            slowest = sorted(kept.tasks, key=lambda task: (-task[0], task[1]))[:_SLOWEST]
            yield (
                f"{stage}: {len(kept.tasks)} tasks in {elapsed:.1f} s, {len(kept.tasks) / elapsed:.2f} per s,"
                f" {busy / elapsed:.1f} workers busy; slowest:"
                f" {', '.join(f'{name} {seconds:.1f} s' for seconds, name in slowest)}"
            )
