"""What a study finds: rows of a table and a plot, written together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...data.atomic import write_text_whole
from ...data.json_text import json_text
from .pareto_files import table_csv

__all__ = ["Study", "write_study"]


@dataclass(frozen=True)
class Study:
    """A finished study.

    Parameters
    ----------
    name
        Name of the study.
    rows
        The table: the same keys in every row.
    plot
        An SVG document.
    finding
        One line that sums it up.
    score
        Key of the score.
    cost
        Key of the cost.
    """

    name: str
    rows: tuple[dict[str, Any], ...]
    plot: str
    finding: str
    score: str
    cost: str = "cycles_per_second"

    def front(self) -> tuple[dict[str, Any], ...]:
        """Rows that no other one beats in score and cost at once, cheapest first."""
        best = float("-inf")
        kept = []
        for row in sorted(self.rows, key=lambda row: (row[self.cost], -row[self.score])):
            if row[self.score] > best:
                best = row[self.score]
                kept.append(row)
        return tuple(kept)

    def as_dict(self) -> dict[str, Any]:
        """Render for JSON."""
        return {"study": self.name, "finding": self.finding, "rows": list(self.rows)}


def write_study(study: Study, folder: Path) -> tuple[Path, ...]:
    """Write table (JSON, CSV) and plot (SVG) to a folder; give their paths."""
    paths = tuple(folder / f"{study.name}.{kind}" for kind in ("json", "csv", "svg"))
    texts = (json_text(study.as_dict(), 1) + "\n", table_csv(study.rows), study.plot)
    for path, text in zip(paths, texts, strict=True):
        write_text_whole(path, text)
    return paths
