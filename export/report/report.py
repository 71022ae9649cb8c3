"""The demo's report: one HTML page that needs nothing but a browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ...selection.detector.mode import MODES
from .charts import Bar, Stack, Timeline, bars, stacked, timeline
from .report_style import STYLE

__all__ = ["FLASH_BUDGET_BYTES", "RAM_BUDGET_BYTES", "render_report"]

FLASH_BUDGET_BYTES = 49_152
RAM_BUDGET_BYTES = 24_576
_MODE_NAMES = {"audio": "audio only", "imu": "motion only", "gated": "gated: motion wakes audio"}
_FUNCTIONS_SHOWN = 10


def render_report(summary: Mapping[str, Any], view: Timeline, session: str) -> str:
    """Render the page.

    Parameters
    ----------
    summary
        What `tussis.export.report.demo` writes to ``summary.json``.
    view
        A held-out recording with its lanes of labels and detected events.
    session
        Name of that recording.

    Returns
    -------
    str
        A whole HTML document.
    """
    sections = (
        _tiles(summary),
        _section(
            "What it hears",
            f"{session}, a synthetic recording of a person the detector has not met. Orange: labelled coughs."
            " Blue: events found in gated mode. Grey: when the motion model had the audio path running.",
            f'<div class="wide">{timeline(view, title=f"Waveform and events of {session}")}</div>',
        ),
        '<div class="columns"><div>',
        _section(
            "F1 by mode",
            _held_out(summary),
            bars(_f1_bars(summary), title="Event F1 by mode") + _score_table(summary),
        ),
        _section(
            "Instructions by function",
            "Per second of recording in gated mode; each function without those it calls.",
            bars(_function_bars(summary), title="Instructions by function"),
        ),
        "</div><div>",
        _section(
            "Cost by mode",
            "Instructions per second of recording, counted one by one on the emulated Cortex-M33.",
            bars(_mode_bars(summary), title="Instructions per second by mode") + _cycles_table(summary),
        ),
        _section(
            "Energy by part",
            _battery_text(summary),
            stacked(_energy_stacks(summary), title="Energy of the board by part", unit="µJ per second"),
        ),
        _section(
            "Memory against budget",
            "The exported image: code, constants and models; all static RAM, the pre-roll ring included.",
            bars(_memory_bars(summary), title="Memory against budget"),
        ),
        _section("Same bits three times", _parity_text(summary), _parity_table(summary)),
        "</div></div>",
        _section("Repeat it", "Same seed and versions give the same bytes.", _commands(summary)),
    )
    body = "\n".join(sections)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>tussis demo</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"{_head(summary)}\n{body}\n</main>\n</body>\n</html>\n"
    )


def _head(summary: Mapping[str, Any]) -> str:
    train, held_out = summary["dataset"]["train"], summary["dataset"]["held_out"]
    return (
        "<header><h1>tussis demo</h1>"
        f"<p>A cough detector trained on {train['subjects']} synthetic people ({train['coughs']} coughs in"
        f" {train['hours'] * 60:.0f} minutes), exported to C, executed on an emulated Cortex-M33, scored on"
        f" {held_out['subjects']} people it had not met. tussis {escape(summary['tussis'])}.</p></header>"
    )


def _section(title: str, text: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2><p>{escape(text)}</p>{content}</section>"


def _tiles(summary: Mapping[str, Any]) -> str:
    cost, parity = summary["cost"], summary["parity"]
    tiles = (
        (decimals(summary["score"]["gated"]["f1"], 2), "event F1, gated, unseen people"),
        (millions(cost["per_second"]["gated"]["instructions"]), "instructions per second, gated"),
        (kilobytes(cost["flash_bytes"]), "flash"),
        (kilobytes(cost["ram_bytes"]), "RAM"),
        (str(parity["differing_events"]), "events that differ between Python, C and M33"),
    )
    cells = "".join(
        f"<div><strong>{escape(value)}</strong><span>{escape(name)}</span></div>" for value, name in tiles
    )
    return f'<div class="tiles">{cells}</div>'


def _held_out(summary: Mapping[str, Any]) -> str:
    people = summary["dataset"]["held_out"]
    return (
        f"Events of {people['subjects']} held-out people, {people['coughs']} coughs in"
        f" {people['hours'] * 60:.0f} minutes, 0.25 s of tolerance at either end."
    )


def _f1_bars(summary: Mapping[str, Any]) -> list[Bar]:
    rows = []
    for mode in MODES:
        event = summary["score"][mode]
        detail = f"{event['tp']} of {event['ref']} coughs found, {event['fp']} false"
        rows.append(Bar(_MODE_NAMES[mode], decimals(event["f1"], 3), event["f1"] or 0.0, "accent", detail))
    return rows


def _score_table(summary: Mapping[str, Any]) -> str:
    rows = []
    for mode in MODES:
        event = summary["score"][mode]
        rows.append(
            (
                _MODE_NAMES[mode],
                decimals(event["sensitivity"], 2),
                decimals(event["precision"], 2),
                decimals(event["fp_per_hour"], 0),
            )
        )
    return _table(("", "sensitivity", "precision", "false per hour"), rows)


def _mode_bars(summary: Mapping[str, Any]) -> list[Bar]:
    per_second = summary["cost"]["per_second"]
    most = max(per_second[mode]["instructions"] for mode in MODES)
    return [
        Bar(
            _MODE_NAMES[mode],
            millions(per_second[mode]["instructions"]),
            per_second[mode]["instructions"] / most,
            "good" if mode == "gated" else "accent",
        )
        for mode in MODES
    ]


def _cycles_table(summary: Mapping[str, Any]) -> str:
    cost = summary["cost"]
    rows = [
        (
            _MODE_NAMES[mode],
            millions(cost["per_second"][mode]["cycles"]),
            f"{decimals(cost['per_second'][mode]['uj'], 1)} µJ",
        )
        for mode in MODES
    ]
    duty, saving = cost["gating"]["audio_duty"], cost["gating"]["total_saving_vs_audio"]
    against = (
        f"the whole board takes {100 * saving:.0f} % less energy than with audio alone."
        if saving > 0
        else f"the whole board takes {-100 * saving:.0f} % more energy than with audio alone: run that."
    )
    caption = (
        f"Computing on {cost['device']} at {cost['clock_hz'] / 1e6:.0f} MHz. Gated: audio path on"
        f" {100 * duty:.0f} % of the time; {against}"
    )
    return _table(("per second", "cycles", "energy"), rows) + f"<p>{escape(caption)}</p>"


def _battery_text(summary: Mapping[str, Any]) -> str:
    cost = summary["cost"]
    days = cost["battery"]["days"]
    best = cost["gating"]["recommended_mode"]
    return (
        f"The whole board on this recording: {cost['battery']['title']} lasts {days[best]:.1f} days in mode"
        f" {best}. Most currents are assumed (tussis estimate names them)."
    )


def _energy_stacks(summary: Mapping[str, Any]) -> list[Stack]:
    return [
        Stack(
            _MODE_NAMES[mode],
            f"{split['total']:,.0f} µJ per second",
            tuple((name.replace("_", " "), size) for name, size in split.items() if name != "total"),
        )
        for mode, split in summary["cost"]["energy_uw"].items()
    ]


def _function_bars(summary: Mapping[str, Any]) -> list[Bar]:
    functions = sorted(summary["cost"]["functions"], key=lambda row: -row["instructions"])[:_FUNCTIONS_SHOWN]
    most = max((row["instructions"] for row in functions), default=1) or 1
    return [
        Bar(
            row["name"].removeprefix("tussis_").split(".")[0],  # gcc marks its copies: walk.constprop.0
            f"{row['instructions']:,}",
            row["instructions"] / most,
            "accent",
            f"{row['name']}: {row['instructions']:,} instructions, {row['cycles']:,} cycles",
        )
        for row in functions
    ]


def _memory_bars(summary: Mapping[str, Any]) -> list[Bar]:
    cost = summary["cost"]
    rows = []
    for name, used, budget in (
        ("flash", cost["flash_bytes"], FLASH_BUDGET_BYTES),
        ("RAM", cost["ram_bytes"], RAM_BUDGET_BYTES),
    ):
        scale = 1.15 * max(used, budget)
        rows.append(
            Bar(
                name,
                f"{kilobytes(used)} of {kilobytes(budget)}",
                used / scale,
                "good" if used <= budget else "bad",
                f"{used:,} of {budget:,} bytes",
                budget / scale,
            )
        )
    return rows


def _parity_text(summary: Mapping[str, Any]) -> str:
    parity = summary["parity"]
    return (
        f"{parity['sessions']} held-out recordings went through NumPy, the C on this machine, and the same"
        f" C on the emulated Cortex-M33: {parity['differing_events']} differing events, largest feature error"
        f" {parity['worst_error']:.2g} ({parity['worst_feature']})."
    )


def _parity_table(summary: Mapping[str, Any]) -> str:
    events = summary["parity"]["events"]
    rows = [(name, str(count)) for name, count in events.items()]
    return _table(("execution", "events in three modes"), rows)


def _commands(summary: Mapping[str, Any]) -> str:
    lines = "\n".join(summary["commands"])
    return f"<pre>{escape(lines)}</pre>"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><tr>{top}</tr>{body}</table></div>'


def decimals(value: float | None, places: int) -> str:
    """Format a figure that may be undefined."""
    return "n/a" if value is None else f"{value:.{places}f}"


def millions(count: float) -> str:
    """Format a count as ``0.42 M`` or, below 10,000, as it is."""
    return f"{count / 1e6:.3f} M" if count >= 10_000 else f"{count:.0f}"


def kilobytes(count: int) -> str:
    """Format bytes as KB of 1024."""
    return f"{count / 1024:.1f} KB"
