"""What a notebook shows of an object: a small table of facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

__all__ = ["facts_html", "rows_html"]


def facts_html(title: str, facts: Iterable[tuple[str, object]]) -> str:
    """Lay facts out as a table of two columns; all text is escaped.

    Parameters
    ----------
    title
        Its caption.
    facts
        Names and values; values that are empty or None are left out.

    Examples
    --------
    >>> facts_html("Recording", [("name", "a<b"), ("subject", "")])
    '<table><caption>Recording</caption><tr><th scope="row">name</th><td>a&lt;b</td></tr></table>'
    """
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(str(value))}</td></tr>'
        for name, value in facts
        if value not in ("", None)
    )
    return f"<table><caption>{escape(title)}</caption>{rows}</table>"


def rows_html(head: Sequence[str], rows: Sequence[Sequence[object]], *, most: int = 10) -> str:
    """Lay rows out as a table, at most so many of them; says how many more there are.

    Parameters
    ----------
    head
        Names of the columns.
    rows
        Cells.
    most
        How many rows to show.

    Examples
    --------
    >>> rows_html(("start, s",), [(1,), (2,)], most=1)
    '<table><tr><th scope="col">start, s</th></tr><tr><td>1</td></tr></table><p>and 1 more</p>'
    """
    if not rows:
        return ""
    top = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    shown = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows[:most]
    )
    more = f"<p>and {len(rows) - most} more</p>" if len(rows) > most else ""
    return f"<table><tr>{top}</tr>{shown}</table>{more}"
