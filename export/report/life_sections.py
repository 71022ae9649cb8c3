"""Sections about a whole day, and about several ways to build and clock a firmware."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .chart import Chart, Table, bars, stacked
from .figure_text import kilobytes
from .report_page import Section

__all__ = ["day_section", "energy_parts", "variants_section"]


def day_section(day: Mapping[str, Any]) -> Section:
    """Show energy by part over a day's activities: part ``day`` of ``tussis estimate --day --json``.

    Parameters
    ----------
    day
        ``activities`` with their hours, power by part and share of time awake; ``days`` of the battery.
    """
    activities = day["activities"]
    power = {one["name"]: energy_parts(one["energy_uw"]) for one in activities}
    joules = {
        one["name"]: {
            name: size * one["hours"] * 3600e-6 for name, size in energy_parts(one["energy_uw"]).items()
        }
        for one in activities
    }
    charts = (
        stacked("Power by activity, gated", power, axis="µJ per second", unit="µJ per second"),
        stacked("Energy over the day, gated", joules, axis="J in a day", unit="J"),
        bars("Awake", _shares(activities), axis="% of the time", columns=("activity", "awake")),
    )
    head = ("activity", "hours", "audio model awake", "microphone on", "J")
    cells = tuple(
        (
            one["name"],
            f"{one['hours']:.1f}",
            f"{100 * one['share']:.1f} %",
            f"{100 * one['listening']:.1f} %",
            f"{one['joules']:.1f}",
        )
        for one in activities
    )
    text = (
        f"A day of 24 hours, made of {day['sessions']} recordings that count for as long as each stands for."
    )
    return Section("Over a day", text, charts, (Table(head, cells, "Activities"),))


def energy_parts(split: Mapping[str, float]) -> dict[str, float]:
    """Give the parts of an energy split by their names in words, without the total."""
    return {name.replace("_", " "): size for name, size in split.items() if name != "total"}


def _shares(activities: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"name": one["name"], "value": 100 * one["share"], "text": f"{100 * one['share']:.1f} %"}
        for one in activities
    ]


def variants_section(document: Mapping[str, Any]) -> Section:
    """Show a table of devices, clocks and compilers: ``tussis estimate --json`` with several of them."""
    made = [row for row in document["variants"] if "failed" not in row]
    failed = [row for row in document["variants"] if "failed" in row]
    charts: list[Chart] = []
    if made:
        mode = max(made[0]["cycles_per_second"], key=lambda name: name == "gated")
        cycles = [_bar(row, row["cycles_per_second"][mode] / 1e6, " M") for row in made]
        axis = f"million cycles per second of recording, {mode}"
        charts.append(bars("Cycles", cycles, axis=axis, columns=("variant", "million cycles per second")))
        days = [_bar(row, row["battery_days"], " days") for row in made]
        charts.append(bars("Battery", days, axis="days", columns=("variant", "days")))
    head = ("variant", "flash", "RAM", "stack", "longest push", "in time", "fits")
    cells = tuple(
        (
            _name(row),
            kilobytes(row["flash_bytes"]),
            kilobytes(row["ram_bytes"]),
            f"{row['stack_bytes']:,}",
            f"{row['worst_push_ms']:.2f} ms",
            "yes" if row["deadline_met"] else "no",
            "yes" if row["fits"] else "no",
        )
        for row in made
    )
    not_built = tuple((_name(row), row["failed"]) for row in failed)
    tables = [Table(head, cells, "Variants")] if cells else []
    tables += [Table(("variant", "why"), not_built, "Not built")] if not_built else []
    return Section("Variants", f"On {document['recording']}.", tuple(charts), tuple(tables))


def _bar(row: Mapping[str, Any], value: float, unit: str) -> dict[str, Any]:
    return {"name": _name(row), "value": value, "text": f"{value:.2f}{unit}"}


def _name(row: Mapping[str, Any]) -> str:
    core = "" if row["fpu"] else ", no FPU"
    return f"{row['device']}, {row['clock_hz'] / 1e6:g} MHz, {row['toolchain']} -{row['opt']}{core}"
