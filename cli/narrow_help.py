"""Help for terminals that are too narrow for boxes: each option above its text, nothing cut off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["make_narrow"]

_COLUMN = 8
"""Where the text of an option begins; a longer name stands on a line of its own."""


def make_narrow(group: Any) -> None:
    """Let a group of commands, as typer makes it, and all of its commands write narrow help."""
    wide: Any = group.context_class

    class NarrowFormatter(wide.formatter_class):  # type: ignore[misc]
        def write_dl(
            self, rows: Sequence[tuple[str, str]], col_max: int = _COLUMN, col_spacing: int = 2
        ) -> None:
            super().write_dl(rows, min(col_max, _COLUMN), col_spacing)

    class NarrowContext(wide):  # type: ignore[misc]
        formatter_class = NarrowFormatter

    for command in (group, *group.commands.values()):
        command.context_class = NarrowContext
