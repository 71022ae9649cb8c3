"""A table that becomes a list of rows where the terminal is too narrow for its columns."""

from __future__ import annotations

from collections.abc import Iterator

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

__all__ = ["FittingTable"]

_INDENT = "  "


class FittingTable(Table):
    """A table whose first columns hold words, and the others figures, of which none is ever cut off.

    Parameters
    ----------
    columns
        Their heads.
    title
        Line above it.
    words
        How many columns hold words.
    """

    def __init__(self, *columns: str, title: str | None = None, words: int = 1) -> None:
        super().__init__(box=SIMPLE_HEAD, pad_edge=False)
        self._heading = title  # rich would break its own title at the width of the columns
        self._words = words
        for number, column in enumerate(columns):
            right = "left" if number < words else "right"
            self.add_column(column, justify=right, no_wrap=number >= words)  # type: ignore[arg-type]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw columns if each fits with its longest word, closely if need be; else row below row."""
        if self._heading is not None:
            yield console.render_str(self._heading, style="bold")
        for padding in (self.padding, (0, 0, 0, 0)):
            self.padding = padding
            if self._least_width(console, options) <= options.max_width:
                yield from super().__rich_console__(console, options)
                return
        yield Group(*self._rows_as_text(console, options.max_width))

    def _least_width(self, console: Console, options: ConsoleOptions) -> int:
        wide = options.update(width=10_000)
        return Table.__rich_measure__(self, console, wide).minimum

    def _rows_as_text(self, console: Console, width: int) -> Iterator[RenderableType]:
        heads = [_plain(console, column.header) for column in self.columns]
        cells = [[_plain(console, cell) for cell in column.cells] for column in self.columns]
        for number, row in enumerate(self.rows):
            own = [column[number] for column in cells]
            name = "  ".join(cell for cell in own[: self._words] if cell)
            pairs = [
                f"{' '.join(head.split())} {cell}".strip()
                for head, cell in zip(heads[self._words :], own[self._words :], strict=True)
                if cell
            ]
            if name:
                yield Text(name, style="bold", overflow="fold")
            yield from (Text(line, style=row.style or "", overflow="fold") for line in _packed(pairs, width))
        yield Text()


def _plain(console: Console, cell: RenderableType) -> str:
    return cell.plain if isinstance(cell, Text) else str(cell)


def _packed(pairs: list[str], width: int) -> Iterator[str]:
    """Put as many pairs on a line as fit."""
    line = ""
    for pair in pairs:
        longer = f"{line}, {pair}" if line else f"{_INDENT}{pair}"
        if line and len(longer) > width:
            yield line
            longer = f"{_INDENT}{pair}"
        line = longer
    if line:
        yield line
