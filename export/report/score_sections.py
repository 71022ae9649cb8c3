"""Sections about what a detector is worth, from the documents of score, evaluate and replay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .chart import Chart, Table, bars, curves
from .figure_text import decimals, within
from .report_page import Figure, Section

__all__ = ["error_section", "evaluation_sections", "link_section", "score_figures", "score_section"]

Document = Mapping[str, Any]
MODE_NAMES = {"audio": "audio only", "imu": "motion only", "gated": "gated: motion wakes audio"}
_ERRORS_LISTED = 200
_NAMES_SHOWN = 12


def score_figures(event: Document, *, where: str) -> tuple[Figure, ...]:
    """Make the headline figures of one ``event`` document; `where` says whose events they are."""
    return (
        Figure(decimals(event["f1"], 3), f"event F1, {where}", within(event.get("f1_interval"), 2)),
        Figure(
            decimals(event["sensitivity"], 2), "sensitivity", f"{event['tp']} of {event['ref']} coughs found"
        ),
        Figure(decimals(event["precision"], 2), "precision", f"{event['fp']} false events"),
        Figure(decimals(event["fp_per_hour"], 1), "false events per hour"),
    )


def score_section(scores: Mapping[str, Document], sessions: Sequence[Document] = ()) -> Section:
    """Show event scores by mode and, where there are any, by recording.

    Parameters
    ----------
    scores
        ``event`` documents by mode.
    sessions
        Documents of recordings, as in ``tussis score --json``.
    """
    rows = []
    for mode, event in scores.items():
        low, high = event.get("f1_interval") or (None, None)
        row = {"name": MODE_NAMES.get(mode, mode), "value": event["f1"] or 0.0, "low": low, "high": high}
        rows.append(row | {"text": decimals(event["f1"], 3)})
    chart = bars(
        "F1 by mode", rows, axis="event F1, line: 95 % interval over people", columns=("mode", "event F1")
    )
    head = (
        "mode",
        "F1",
        "interval",
        "sensitivity",
        "precision",
        "false per hour",
        "coughs",
        "found",
        "false",
    )
    cells = tuple((MODE_NAMES.get(mode, mode), *_cells(event)) for mode, event in scores.items())
    tables = [Table(head, cells, "Event scores by mode")]
    if sessions:
        names = ("recording", "person", "mode", "F1", "sensitivity", "precision", "false per hour")
        tables.append(Table(names, tuple(map(_session_row, sessions)), "Event scores by recording"))
    text = "Events within 0.25 s of a labelled cough at either end count as found."
    return Section("Scores", text, (chart,), tuple(tables))


def _cells(event: Document) -> tuple[str, ...]:
    interval = within(event.get("f1_interval"), 2).removeprefix("95 % interval ") or "n/a"
    ratios = (decimals(event["sensitivity"], 2), decimals(event["precision"], 2))
    counts = (str(event["ref"]), str(event["tp"]), str(event["fp"]))
    return (decimals(event["f1"], 3), interval, *ratios, decimals(event["fp_per_hour"], 1), *counts)


def _session_row(row: Document) -> tuple[str, ...]:
    ratios = (decimals(row[name], 2) for name in ("f1", "sensitivity", "precision"))
    return (
        str(row["session"]),
        str(row["subject"]),
        str(row["mode"]),
        *ratios,
        decimals(row["fp_per_hour"], 1),
    )


def evaluation_sections(document: Document) -> tuple[Section, ...]:
    """Show what ``tussis evaluate --json`` says, from scores to errors."""
    scores = {mode: found["event"] for mode, found in document["events"].items()}
    sessions = [row for found in document["events"].values() for row in found["sessions"]]
    found = [score_section(scores, sessions)] if scores else []
    found.append(
        Section(
            "Thresholds and calibration",
            "Left: coughs found against false events per hour as the threshold moves. Right: how often a"
            " window holds a cough, against the probability that the model gives; the diagonal is perfect.",
            tuple(chart for chart in (_sweep(document), _calibration(document)) if chart is not None),
        )
    )
    if document["false_events"] is not None:
        found.append(_false_section(document["false_events"]))
    if document["gate"] is not None:
        found.append(_gate_section(document["gate"]))
    found.append(error_section(document["errors"]))
    return tuple(found)


def _sweep(document: Document) -> Chart | None:
    rows = [
        {"series": MODE_NAMES.get(name, name), "x": row["false_per_hour"], "y": row["coughs_found"]}
        for name, swept in document["sweep"].items()
        for row in swept
        if row["false_per_hour"] is not None and row["coughs_found"] is not None
    ]
    if not rows:
        return None
    return curves("Thresholds", rows, x="false events per hour", y="share of coughs found", logarithmic=True)


def _calibration(document: Document) -> Chart | None:
    rows = [
        {"series": MODE_NAMES.get(name, name), "x": row["probability"], "y": row["coughs"]}
        for name, figures in document["windows"].items()
        for row in figures["calibration"]
        if row["windows"]
    ]
    if not rows:
        return None
    return curves("Calibration", rows, x="probability", y="share of coughs", diagonal=True)


def _false_section(false_events: Document) -> Section:
    overall = false_events["all"]
    rows = [_rate_row(row) for row in false_events["by_sound"] if row["ratio"]["counted"]]
    rows.sort(key=lambda row: -row["value"])
    text = f"{overall['counted']:.0f} false events; {decimals(overall['value'], 1)} per hour"
    interval = within((overall["low"], overall["high"]), 1)
    charts: tuple[Chart, ...] = ()
    if rows:
        axis = "false events per hour of that sound, line: 95 % interval"
        shown = rows[:_NAMES_SHOWN]
        charts = (bars("False events by sound", shown, axis=axis, columns=("sound", "per hour")),)
    return Section("False events", text + (f", {interval}." if interval else "."), charts)


def _rate_row(row: Document) -> dict[str, Any]:
    ratio = row["ratio"]
    count = int(ratio["counted"])
    words = f"{decimals(ratio['value'], 0)}, {count} event{'s' if count != 1 else ''}"
    return {"name": row["name"] or "unlabelled", "value": ratio["value"] or 0.0, "text": words} | {
        name: ratio[name] for name in ("low", "high")
    }


def _gate_section(gate: Document) -> Section:
    names = {
        "awake": "time with an open gate",
        "audio_duty": "audio windows evaluated",
        "coughs_woken": "coughs that wake audio",
        "others_woken": "other sounds that wake it",
    }
    rows = [
        {"name": words, "value": gate[name]["value"], "text": f"{100 * gate[name]['value']:.0f} %"}
        | {bound: gate[name][bound] for bound in ("low", "high")}
        for name, words in names.items()
        if gate[name]["value"] is not None
    ]
    if not rows:
        return Section("Gate", "The recordings say nothing about the gate.")
    chart = bars("What the gate lets pass", rows, axis="share", columns=("what", "share"))
    return Section("Gate", f"It opens at a probability of {gate['threshold']:g}.", (chart,))


def error_section(errors: Sequence[Document]) -> Section:
    """List missed coughs and false events."""
    missed = sum(error["kind"] == "missed" for error in errors)
    rows = tuple(
        (
            error["kind"],
            error["recording"],
            f"{error['start_s']:.2f}",
            f"{error['end_s']:.2f}",
            decimals(error["confidence"], 2),
            error["sound"],
        )
        for error in errors[:_ERRORS_LISTED]
    )
    rest = len(errors) - len(rows)
    text = f"{missed} coughs were missed and {len(errors) - missed} events are false."
    text += f" The table holds the first {len(rows)}." if rest else ""
    head = ("kind", "recording", "start, s", "end, s", "probability", "sound")
    return Section("Errors", text, tables=(Table(head, rows, "Errors"),) if rows else ())


def link_section(sessions: Sequence[Document]) -> Section:
    """Show what a replay says of the link to a board and of the board's agreement."""
    head = ("recording", "mode", "events", "as here", "times real time", "link")
    return Section(
        "Link",
        "Each recording was streamed into the board.",
        tables=(Table(head, tuple(map(_board_row, sessions))),),
    )


def _board_row(row: Document) -> tuple[str, ...]:
    if row.get("error"):
        return (str(row["session"]), "", "", str(row["error"]), "", "")
    difference = row["difference"]
    same = not difference["extra"] and not difference["missing"]
    counts = f"{len(difference['extra'])} more, {len(difference['missing'])} fewer"
    link = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in row["link"].items())
    speed = decimals(row["timing"]["times_real_time"], 1)
    return (
        str(row["session"]),
        str(row["mode"]),
        str(len(row["events"])),
        "same" if same else counts,
        speed,
        link,
    )
