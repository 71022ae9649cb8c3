"""How long work says how far it is, without knowing who draws it."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Progress", "part_of", "silent", "staged"]


class Progress(Protocol):
    """Called often by long work; must be cheap and must not raise, except to stop the work."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Say that `done` of `total` steps of `stage` are finished (`total` 0: not known)."""


def silent(stage: str, done: int, total: int) -> None:
    """Draw nothing: the default of every long function."""


def staged(progress: Progress, part: str) -> Progress:
    """Return a `progress` that puts the name of a part before each stage, as in ``audio folds``."""

    def named(stage: str, done: int, total: int) -> None:
        progress(f"{part} {stage}", done, total)

    return named


def part_of(progress: Progress, stage: str, first: int, length: int, total: int) -> Progress:
    """Return a `progress` for one part of a stage: its own steps become steps `first` to `first + length`.

    Examples
    --------
    >>> part_of(lambda *said: print(said), "seconds", 100, 60, 300)("windows", 1, 4)
    ('seconds', 115, 300)
    """
    whole = stage, total

    def scaled(stage: str, done: int, total: int) -> None:
        progress(whole[0], first + (length * done // total if total else 0), whole[1])

    return scaled
