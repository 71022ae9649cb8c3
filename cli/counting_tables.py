"""Counts and comparisons as tables for a terminal; nothing is computed here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from ..data.counted_words import counted
from .tables import number, table

if TYPE_CHECKING:
    from ..selection.counting.cough_counts import CoughCounts, PeriodCount
    from ..selection.counting.rate_comparison import Comparison

__all__ = ["comparison_table", "counts_table"]

_ROWS_SHOWN = 60


def counts_table(counts: CoughCounts) -> RenderableType:
    """Show coughs by hour or day, and sums by subject."""
    clocked = any(period.begins is not None for period in counts.periods)
    rows = table("subject", counts.per, "recorded", "coughs", "per hour", "bouts", words=2)
    for period in counts.periods[:_ROWS_SHOWN]:
        recorded = f"{number(period.recorded_s / 3600.0)} h"
        rate = number(period.coughs_per_hour, 1)
        rows.add_row(period.subject, _when(period), recorded, str(period.coughs), rate, str(period.bouts))
    hidden = len(counts.periods) - _ROWS_SHOWN
    more = [Text(f"... and {hidden} more; --csv and --json have all")] if hidden > 0 else []
    sums = table(
        "subject", "recordings", "recorded", "coughs", "per hour", "95 %", "bouts", "longest", words=1
    )
    for subject in counts.subjects:
        sums.add_row(
            subject.subject,
            str(subject.recordings),
            f"{number(subject.recorded_s / 3600.0)} h",
            str(subject.coughs),
            number(subject.coughs_per_hour, 1),
            _interval(subject.interval),
            str(subject.bouts),
            str(subject.longest_bout or ""),
        )
    return Group(rows, *more, sums, Text("\n".join(_facts(counts, clocked=clocked))))


def _when(period: PeriodCount) -> str:
    if period.begins is None:
        return f"{period.session} {period.number}"
    return f"{period.begins:%Y-%m-%d %H:%M}"


def _facts(counts: CoughCounts, *, clocked: bool) -> Iterable[str]:
    silent = sum(subject.silent for subject in counts.subjects)
    total = sum(subject.recordings for subject in counts.subjects)
    recordings = counted(total, "recording")
    yield f"{recordings}, {silent} of them without a cough; rates are coughs by recorded hours"
    yield f"a bout: two or more coughs, pauses below {counts.bout_gap_s:g} s; longest: its coughs"
    if counts.spread is not None:
        yield f"95 %: over hours like these, whose counts vary {counts.spread:.1f} times as much as by chance"
    else:
        yield "no interval: no subject was recorded for two hours with a cough"
    if not clocked:
        yield (
            'no clock times: write {"start": "2026-11-28T22:15:00"} into session.json, name files like'
            " 20261128_221500.wav, or give --start or --about"
        )


def _interval(bounds: tuple[float | None, float | None] | None) -> str:
    if bounds is None or bounds[0] is None:
        return "n/a"
    return f"{number(bounds[0], 1)} to {number(bounds[1], 1)}"


def comparison_table(compared: Comparison) -> RenderableType:
    """Show rates by subject and by condition, and the ratios."""
    people = table("subject", compared.by, "recorded", "coughs", "per hour", "95 %", words=2)
    for row in compared.subjects[:_ROWS_SHOWN]:
        people.add_row(
            row.subject,
            row.condition,
            f"{number(row.hours)} h",
            str(row.coughs),
            number(row.coughs_per_hour, 1),
            _interval((row.low, row.high)),
        )
    hidden = len(compared.subjects) - _ROWS_SHOWN
    more = [Text(f"... and {hidden} more; --csv and --json have all")] if hidden > 0 else []
    conditions = table(compared.by, "subjects", "recorded", "coughs", "per hour", "95 %")
    for mean in compared.conditions:
        conditions.add_row(
            mean.condition,
            str(mean.subjects),
            f"{number(mean.hours)} h",
            str(mean.coughs),
            number(mean.coughs_per_hour, 1),
            _interval((mean.low, mean.high)),
        )
    facts = [Text(_ratio_words(compared), style="bold")]
    if compared.model:
        facts.append(Text(f"{compared.design}; {compared.model}"))
    return Group(people, *more, conditions, *facts)


def _ratio_words(compared: Comparison) -> str:
    if not compared.ratios:
        return f"no ratio: {compared.reason}"
    return "\n".join(
        f"{row.condition} by {row.reference}: {row.ratio:.2f} times the rate,"
        f" 95 % {row.low:.2f} to {row.high:.2f}, p {'< 0.001' if row.p < 0.001 else f'{row.p:.3f}'}"
        for row in compared.ratios
    )
