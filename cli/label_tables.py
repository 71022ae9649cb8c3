"""Agreement of label tracks as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from .tables import number, table

if TYPE_CHECKING:
    from ..selection.evaluation.label_agreement import LabelAgreement

__all__ = ["agreement_table"]

_SHOWN = 20


def agreement_table(rows: Sequence[LabelAgreement], total: LabelAgreement) -> RenderableType:
    """Show the agreement of each recording and of all."""
    listed = table("recording", "A", "B", "both", "onset B-A, ms", "quartiles", "agreement", "kappa")
    shown = [*rows[:_SHOWN], total] if len(rows) > 1 else list(rows)
    for row in shown:
        if row is total:
            if len(rows) > _SHOWN:
                listed.add_row(f"... and {len(rows) - _SHOWN} more")
            listed.add_section()
        spread = row.as_dict()["onset_difference_s"]
        median, quartiles = "n/a", "n/a"
        if spread is not None:
            median = f"{1000 * spread['median']:+.0f}"
            quartiles = f"{1000 * spread['lower_quartile']:+.0f} to {1000 * spread['upper_quartile']:+.0f}"
        counts = (str(row.coughs_a), str(row.coughs_b), str(row.pairs))
        figures = (number(row.positive_agreement), number(row.kappa))
        listed.add_row(row.name, *counts, median, quartiles, *figures)
    words = Text(
        "agreement: share of all coughs that both have, as F1; kappa: Cohen's, over cells of 0.1 s"
        f" ({total.duration_s:.0f} s in all)"
    )
    return Group(listed, words)
