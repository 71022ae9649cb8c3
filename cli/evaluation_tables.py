"""An evaluation as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from ..data.counted_words import counted
from .tables import number, score_table, table

if TYPE_CHECKING:
    from ..selection.evaluation.answer import EventError
    from ..selection.evaluation.count_agreement import CountAgreement
    from ..selection.evaluation.evaluation import ClipFigures, Evaluation, FalseEvents
    from ..selection.evaluation.event_figures import NamedRatio
    from ..selection.evaluation.gate_figures import GateFigures
    from ..selection.evaluation.ratio import Ratio
    from ..selection.evaluation.risk_coverage import RiskCoverage
    from ..selection.evaluation.threshold_rows import ThresholdRow
    from ..selection.evaluation.window_figures import WindowFigures

__all__ = ["evaluation_tables"]

_ROWS_SHOWN = 15
_ERRORS_SHOWN = 15
_SESSIONS_SHOWN = 20
_RISK_ROWS_SHOWN = 8
_SWEEP_STEP = 4
_MODELS = {"audio": "sound", "imu": "motion"}


def evaluation_tables(found: Evaluation) -> Iterator[RenderableType]:
    """Show every part that an evaluation has; long lists are cut, and say so."""
    yield _head(found)
    for mode, score in found.events.items():
        if not score.total.ref:
            continue  # nothing but false events, which the tables below are about
        yield Text(f"\nevents against labels with bounds, mode {mode}", style="bold")
        yield score_table(score, most=_SESSIONS_SHOWN)
    if found.clips is not None:
        yield from _clips(found.clips)
    if found.false_events is not None:
        yield from _false_events(found.false_events)
    if found.motion is not None:
        yield _ratios("false events per hour of motion alone", "movement", found.motion, "hours", hours=True)
    if found.gate is not None:
        yield from _gate(found.gate)
    for modality, windows in found.windows.items():
        yield _windows(_MODELS[modality], windows)
    for modality, curve in found.risk_coverage.items():
        yield _risk(_MODELS[modality], curve)
    for modality, rows in found.sweep.items():
        yield _sweep(_MODELS[modality], rows)
    for modality, counts in found.agreement.items():
        yield _agreement(_MODELS[modality], counts)
    yield _errors(found.errors)


def _head(found: Evaluation) -> Text:
    by = ", ".join(f"{_MODELS[name]} {value:.3f}" for name, value in found.thresholds.items())
    who = (
        "a finished detector"
        if found.method == "held out"
        else "models that were trained without the group they answer"
    )
    groups = counted(found.groups, "person or source", "people or sources")
    return Text(
        f"{counted(found.recordings, 'recording')}, {groups}, {number(found.hours)} h;"
        f" answered by {who}; thresholds: {by}",
        style="bold",
    )


def _interval(ratio: Ratio, *, percent: bool) -> tuple[str, str]:
    """Format value and interval."""
    factor, places, unit = (100.0, 1, " %") if percent else (1.0, 1, "")
    if ratio.value is None:
        return "n/a", ""
    value = f"{number(factor * ratio.value, places)}{unit}"
    if ratio.low is None or ratio.high is None:
        return value, ""
    return value, f"{number(factor * ratio.low, places)} to {number(factor * ratio.high, places)}"


def _ratios(
    title: str, name: str, rows: Sequence[NamedRatio], counted_in: str, *, hours: bool = False
) -> RenderableType:
    """Show named ratios with their intervals: shares in percent, rates per hour as they are."""
    made = table(name, "", "95 %", counted_in, title=f"\n{title}")
    for row in rows[:_ROWS_SHOWN]:
        total = number(row.ratio.total / 3600.0) if hours else number(row.ratio.total, 0)
        made.add_row(row.name or "(no label)", *_interval(row.ratio, percent=not hours), total)
    if len(rows) > _ROWS_SHOWN:
        made.add_row(f"... and {len(rows) - _ROWS_SHOWN} more; --json lists all", "", "", "")
    return made


def _clips(clips: ClipFigures) -> Iterator[RenderableType]:
    made = table("clips", "", "95 %", "clips", title="\nclips with an event")
    for name, ratio in (("of coughs", clips.coughs), ("others", clips.others)):
        made.add_row(name, *_interval(ratio, percent=True), number(ratio.total, 0))
    for title, rows in (
        ("of coughs", clips.coughs_by_collection),
        ("others", clips.others_by_collection),
    ):
        for row in rows:
            made.add_row(
                f"{title}, {row.name}", *_interval(row.ratio, percent=True), number(row.ratio.total, 0)
            )
    yield made
    if clips.others_by_class:
        yield _ratios("clips of other classes with an event", "class", clips.others_by_class, "clips")


def _false_events(found: FalseEvents) -> Iterator[RenderableType]:
    value, interval = _interval(found.all, percent=False)
    yield Text(
        f"\nfalse events per hour of sound: {value}" + (f" ({interval})" if interval else ""), style="bold"
    )
    parts = (
        ("by class or label", "sound", found.by_sound),
        ("by collection", "collection", found.by_collection),
        ("by movement of the session", "movement", found.by_movement),
        ("by background of the session", "background", found.by_background),
    )
    for title, name, rows in parts:
        if name == "sound" or any(row.name for row in rows):
            yield _ratios(f"false events per hour, {title}", name, rows, "hours", hours=True)


def _gate(gate: GateFigures) -> Iterator[RenderableType]:
    moving = "" if gate.busy_threshold is None else f", {gate.busy_threshold:.3f} while the wearer moves"
    title = f"\ngate: threshold {gate.threshold:.3f}{moving}, hold {gate.hold_s:.3f} s"
    made = table("share", "", "95 %", title=title)
    rows = (
        ("time that motion keeps it open", gate.awake),
        ("time that the audio model runs (mode gated)", gate.audio_duty),
        ("labelled coughs that wake it", gate.coughs_woken),
        ("motion windows without a cough that do", gate.others_woken),
    )
    for name, ratio in rows:
        if ratio.value is not None:
            made.add_row(name, *_interval(ratio, percent=True))
    yield made
    if any(row.name for row in gate.by_movement):
        title = "time that motion keeps the gate open, by movement"
        made = table("movement", "", "95 %", "hours", title=f"\n{title}")
        for row in gate.by_movement[:_ROWS_SHOWN]:
            hours = number(row.ratio.total / 3600.0)
            made.add_row(row.name or "(no label)", *_interval(row.ratio, percent=True), hours)
        yield made


def _windows(name: str, found: WindowFigures) -> RenderableType:
    made = table("probability", "windows", "mean", "coughs", title=f"\nwindows of {name}: calibration")
    for part in found.calibration:
        made.add_row(
            f"{part.low:.1f} to {part.high:.1f}",
            f"{part.windows:,}",
            number(part.probability, 3),
            number(part.coughs, 3),
        )
    return Group(
        made,
        Text(
            f"{found.coughs:,} of {found.windows:,} windows are coughs; average precision"
            f" {number(found.average_precision, 3)}, ROC AUC {number(found.roc_auc, 3)}, expected calibration"
            f" error {number(found.expected_calibration_error, 3)}"
        ),
    )


def _risk(name: str, curve: RiskCoverage) -> RenderableType:
    made = table(
        "stands from",
        "to a person",
        "stands",
        "precision",
        "found",
        title=f"\nunsure events of {name}",
        words=0,
    )
    shown = [row for row in curve.rows if row.precision is not None]
    for row in shown[:: -(-len(shown) // _RISK_ROWS_SHOWN)]:
        made.add_row(
            f"{row.high:.3f}",
            str(row.handed_over),
            f"{100 * row.coverage:.0f} %",
            number(row.precision, 3),
            number(row.sensitivity, 3),
        )
    band = curve.band
    if band is None:
        said = "no band reaches 95 % precision"
    else:
        said = (
            f"95 % precision: hand events from {curve.low:.3f} to below {band.high:.3f} to a person,"
            f" {band.handed_over} of {band.events}; the rest has precision {number(band.precision, 3)} and"
            f" finds {number(band.sensitivity, 3)} of the coughs, with the person"
            f" {number(band.sensitivity_with_person, 3)}"
        )
    return Group(made, Text(said))


def _sweep(name: str, rows: Sequence[ThresholdRow]) -> RenderableType:
    columns = ("threshold", "coughs found", "cough clips", "other clips", "false per hour")
    made = table(*columns, title=f"\nthresholds of {name}, no gate; --json has all", words=0)
    for row in rows[::_SWEEP_STEP]:
        shares = (row.coughs_found, row.clips_found, row.clips_false)
        percents = ("" if share is None else f"{100 * share:.1f} %" for share in shares)
        made.add_row(f"{row.threshold:.3f}", *percents, number(row.false_per_hour, 1))
    return made


def _agreement(name: str, counts: CountAgreement) -> RenderableType:
    columns = ("counts per", "n", "labelled", "detected", "Lin's CCC", "bias", "limits", "slope")
    made = table(*columns, title=f"\ncounts of {name} against labels")
    rows = [("hour", counts.hour), ("day", counts.day)]
    if counts.longest_s <= 3600.0:
        rows = [("recording", counts.hour)]
    for unit, found in rows:
        limits = "" if found.low is None else f"{number(found.low, 1)} to {number(found.high, 1)}"
        made.add_row(
            unit,
            str(found.n),
            str(found.labelled),
            str(found.detected),
            number(found.concordance, 3),
            number(found.bias, 1),
            limits,
            number(found.slope, 2),
        )
    return made


def _errors(errors: Sequence[EventError]) -> RenderableType:
    missed = [error for error in errors if error.kind == "missed"]
    false = sorted(
        (error for error in errors if error.kind == "false"), key=lambda error: -(error.confidence or 0.0)
    )
    made = table("error", "recording", "in", "at", "confidence", title="\nworst errors", words=3)
    for error in false[:_ERRORS_SHOWN]:
        made.add_row("false", *_error(error))
    for error in sorted(missed, key=lambda error: error.confidence or 0.0)[:_ERRORS_SHOWN]:
        made.add_row("missed", *_error(error))
    said = f"{len(false)} false events, {len(missed)} missed coughs; --json lists all with their times"
    return Group(made, Text(said))


def _error(error: EventError) -> tuple[str, ...]:
    return error.recording, error.sound, f"{error.start_s:.2f} s", number(error.confidence)
