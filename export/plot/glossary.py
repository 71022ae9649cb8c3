"""What names of features mean: the table that belongs beside a figure of them."""

from __future__ import annotations

from collections.abc import Iterable

from ...signal.catalogue import catalogue

__all__ = ["glossary"]

_HEAD = ("Feature", "Unit", "What", "Formula", "Source")


def glossary(names: Iterable[str]) -> str:
    """Lay out as Markdown what features measure; symbols are those of ``docs/features.md``.

    Parameters
    ----------
    names
        Ids of features; those that the default plan does not have are named without a row's text.

    Examples
    --------
    >>> print(glossary(["spec_centroid"]).splitlines()[-1])
    | `spec_centroid` | Hz | centre of gravity of the mean spectrum | `mu = sum_k f_k q[k]` | Peeters, ...
    """
    rows = catalogue()
    lines = ["# Names of features\n", _row(_HEAD), "|" + "---|" * len(_HEAD)]
    for name in names:
        if (row := rows.get(name)) is None:
            lines.append(_row((f"`{name}`", "", "", "", "")))
        else:
            lines.append(_row((f"`{name}`", row.unit, row.description, f"`{row.formula}`", row.source)))
    return "\n".join(lines) + "\n"


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
