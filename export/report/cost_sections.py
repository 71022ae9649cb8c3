"""Sections about cycles, energy, memory and parity, from the documents of estimate and verify."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .chart import Chart, Table, bars, stacked
from .figure_text import kilobytes, millions
from .flame_chart import flame_chart, short_function
from .life_sections import day_section, energy_parts
from .report_page import Figure, Section
from .score_sections import MODE_NAMES

__all__ = ["FLASH_BUDGET_BYTES", "RAM_BUDGET_BYTES", "cost_figures", "cost_sections", "parity_section"]

Document = Mapping[str, Any]
FLASH_BUDGET_BYTES = 49_152
RAM_BUDGET_BYTES = 24_576
_FUNCTIONS_SHOWN = 12
_OBJECTS_SHOWN = 14


def cost_figures(cost: Document) -> tuple[Figure, ...]:
    """Make the headline figures of an estimate."""
    mode = cost["mode"]
    days = cost["battery"]["days"]
    best = cost["gating"]["recommended_mode"] if cost.get("gating") else mode
    return (
        Figure(
            millions(cost["per_second"][mode]["instructions"]), f"instructions per second, {mode}", "exact"
        ),
        Figure(kilobytes(cost["flash_bytes"]), "flash", "exact for this build"),
        Figure(kilobytes(cost["ram_bytes"]), "RAM", "the stack comes on top"),
        Figure(f"{days[best]:.1f} days", f"battery, mode {best}", cost["expected_error"]["battery_days"]),
    )


def cost_sections(cost: Document) -> tuple[Section, ...]:
    """Show cost by stage and function, energy by part with battery days, a day where there is one, memory."""
    day = (day_section(cost["day"]),) if cost.get("day") else ()
    return (_compute(cost), _energy(cost), *day, _memory(cost))


def _compute(cost: Document) -> Section:
    modes = list(cost["per_second"])
    rows = [
        {"name": MODE_NAMES.get(mode, mode), "value": count / 1e6, "text": millions(count)}
        for mode in modes
        for count in [cost["per_second"][mode]["instructions"]]
    ]
    axis = "million instructions per second of recording"
    charts = [bars("Instructions by mode", rows, axis=axis, columns=("mode", "instructions per second"))]
    charts += [_stages(cost)] if cost.get("stages") else []
    functions = sorted(cost["functions"], key=lambda row: -row["cycles"])[:_FUNCTIONS_SHOWN]
    if functions:
        rows = [
            {"name": short_function(row["name"]), "value": row["cycles"], "text": f"{row['cycles']:,.0f}"}
            for row in functions
        ]
        title = f"Cycles by function, {cost['mode']}"
        axis = "cycles per second, without the functions that it calls"
        charts.append(bars(title, rows, axis=axis, columns=("function", "cycles per second")))
    if cost.get("flame"):
        charts.append(flame_chart(f"Where the cycles go, {cost['mode']}", cost["flame"]))
    head = ("mode", "instructions", "cycles", "ms", "µJ of computing", "µJ of the board")
    cells = tuple(
        (
            MODE_NAMES.get(mode, mode),
            f"{second['instructions']:,.0f}",
            f"{second['cycles']:,.0f}",
            f"{second['ms']:.2f}",
            f"{second['uj']:.1f}",
            f"{second['total_uj']:,.0f}" if second.get("total_uj") is not None else "n/a",
        )
        for mode, second in cost["per_second"].items()
    )
    text = (
        f"Per second of {cost['recording']}, counted one by one on an emulated Cortex-M33; cycles are those"
        f" of {cost['title']} at {cost['clock_hz'] / 1e6:.0f} MHz: {cost['expected_error']['cycles']}."
    )
    return Section("Cost", text, tuple(charts), (Table(head, cells, "Per second of recording"),))


def _stages(cost: Document) -> Chart:
    flat = {
        mode: {
            f"{path} {stage}" if not stage.startswith(path) else stage: cycles
            for path, stages in paths.items()
            for stage, cycles in _by_stage(stages).items()
        }
        for mode, paths in cost["stages"].items()
    }
    totals: dict[str, float] = {}
    for stages in flat.values():
        for stage, cycles in stages.items():
            totals[stage] = max(totals.get(stage, 0.0), cycles)
    largest = sorted(totals, key=lambda stage: -totals[stage])[:5]
    rows = {}
    for mode, stages in flat.items():
        parts = {stage: stages.get(stage, 0.0) for stage in largest}
        parts["the rest"] = sum(stages.values()) - sum(parts.values())
        rows[MODE_NAMES.get(mode, mode)] = parts
    return stacked("Cycles by stage", rows, axis="cycles per second", unit="cycles per second")


def _by_stage(stages: Any) -> Mapping[str, float]:
    return stages if isinstance(stages, Mapping) else {"": float(stages)}


def _energy(cost: Document) -> Section:
    rows = {MODE_NAMES.get(mode, mode): energy_parts(split) for mode, split in cost["energy_uw"].items()}
    chart = stacked("Energy by part", rows, axis="µJ per second", unit="µJ per second")
    days = [
        {"name": MODE_NAMES.get(mode, mode), "value": value, "text": f"{value:.1f} days"}
        for mode, value in cost["battery"]["days"].items()
    ]
    life = bars("Battery", days, axis=f"days, {cost['battery']['title']}", columns=("mode", "days"))
    head = ("part", "figure", "value", "why")
    assumed = tuple(
        (str(row["part"]), str(row["figure"]), str(row["value"]), str(row["why"]))
        for row in cost["assumptions"]
    )
    tables = (Table(head, assumed, "Assumed figures"),) if assumed else ()
    gating = cost.get("gating")
    text = f"The whole board on this recording. Battery: {cost['expected_error']['battery_days']}."
    if gating:
        saving = gating["total_saving_vs_audio"]
        less = "less" if saving > 0 else "more"
        text += (
            f" Gated, the audio path runs for {100 * gating['audio_duty']:.0f} % of the time and the board"
            f" takes {100 * abs(saving):.0f} % {less} energy than with audio alone;"
            f" the mode that lasts longest is {gating['recommended_mode']}."
        )
    return Section("Energy and battery", text, (chart, life), tables)


def _memory(cost: Document) -> Section:
    rows = [
        {
            "name": name,
            "value": used / 1024,
            "limit": budget / 1024,
            "text": f"{kilobytes(used)}{' of' if used <= budget else ', over'} {kilobytes(budget)}",
        }
        for name, used, budget in (
            ("flash", cost["flash_bytes"], FLASH_BUDGET_BYTES),
            ("RAM", cost["ram_bytes"], RAM_BUDGET_BYTES),
        )
    ]
    charts = [bars("Memory against budget", rows, axis="KB; mark: budget", columns=("memory", "used"))]
    objects = sorted(cost["memory"]["objects"], key=lambda row: -(row["flash_bytes"] + row["ram_bytes"]))
    if objects:
        shown = objects[:_OBJECTS_SHOWN]
        parts = {row["name"]: {"flash": row["flash_bytes"], "RAM": row["ram_bytes"]} for row in shown}
        charts.append(stacked("Memory by source file", parts, axis="bytes", unit="bytes"))
    largest = tuple(
        (row["name"], f"{row['bytes']:,}", "RAM" if row["in_ram"] else "flash")
        for row in cost["memory"]["largest"]
    )
    table = Table(("symbol", "bytes", "in"), largest, "Largest symbols")
    text = (
        f"The exported image: code, constants and models in flash, all static RAM with the pre-roll ring."
        f" Stack: {cost['stack_bytes']:,} bytes; {cost['expected_error']['stack_bytes']}."
    )
    return Section("Memory", text, tuple(charts), (table,))


def parity_section(parity: Document) -> Section:
    """Show what ``tussis verify --json`` says."""
    executions = tuple(
        (name, str(count), str(parity["windows"].get(name, ""))) for name, count in parity["events"].items()
    )
    text = (
        f"{parity['sessions']} recordings went through NumPy, the C on this machine, and the same C on the"
        f" emulated Cortex-M33: {parity['differing_events']} differing events, largest feature error"
        f" {parity['worst_error']:.2g} ({parity['worst_feature']})."
    )
    head = ("execution", "events in three modes", "windows compared")
    return Section("Parity", text, tables=(Table(head, executions, "Events by execution"),))
