"""What firmware costs, as compact tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from .tables import counts_of, number, table

__all__ = [
    "advice_table",
    "awake_line",
    "current_table",
    "day_table",
    "estimate_table",
    "measured_table",
    "profile_table",
    "what_if_table",
]

_FUNCTIONS_SHOWN = 12


def estimate_table(cost: Mapping[str, Any]) -> RenderableType:
    """Show what the firmware costs, by mode, window and function, from the document of `tussis estimate`."""
    head = Text.assemble(
        (f"{cost['title']} at {cost['clock_hz'] / 1e6:g} MHz", "bold"),
        f"  {cost['toolchain']} -{cost['opt']}, {cost['seconds']:.1f} s of {cost['recording']}",
    )
    modes = table("per second", "instructions", "cycles", "computing", "whole board", "battery")
    for mode, spent in cost["per_second"].items():
        if spent is not None:
            days = f"{number(cost['battery']['days'][mode], 1)} days"
            energy = (f"{number(spent['uj'], 1)} uJ", f"{number(spent['total_uj'], 0)} uJ")
            modes.add_row(mode, *counts_of(spent), *energy, days)
    windows = table("per window", "instructions", "cycles", "time", "computing", "longest call")
    for name in ("audio_window", "imu_window"):
        if (spent := cost[name]) is not None:
            worst = f"{number(spent['worst_push']['ms'], 3)} ms"
            figures = (f"{number(spent['ms'], 3)} ms", f"{number(spent['uj'], 2)} uJ", worst)
            windows.add_row(name.removesuffix("_window"), *counts_of(spent), *figures)
    functions = table(f"functions, {cost['mode']}", "cycles/s", "share")
    for function in cost["functions"][:_FUNCTIONS_SHOWN]:
        functions.add_row(function["name"], f"{function['cycles']:,}", f"{100 * function['share']:.1f} %")
    facts = Text("\n".join([*_cost_facts(cost), *_assumed(cost["assumptions"])]))
    return Group(head, modes, _power_table(cost), windows, _stage_table(cost), functions, facts)


def awake_line(awake: Mapping[str, Any]) -> RenderableType:
    """Show what gated mode costs at another share of the time awake than the recording's."""
    gated, audio = awake["uj_per_second"]["gated"], awake["uj_per_second"]["audio"]
    days = awake["battery_days"]
    against = _against(awake["saving_vs_audio"], awake)
    return Text(
        f"awake for {100 * awake['share']:g} % of the time: gated {number(gated, 0)} uJ per second,"
        f" {number(days['gated'], 1)} days; audio alone {number(audio, 0)} uJ,"
        f" {number(days['audio'], 1)} days ({against})\n{_uncertain(awake)}{_best(awake)}"
    )


def _against(saving: float, cost: Mapping[str, Any]) -> str:
    """Say how gated mode stands against audio alone; what costs more is not to be run."""
    if saving > 0:
        return f"gated takes {100 * saving:.0f} % less"
    best = cost["recommended_way"]
    alone = ": run audio alone" if best is None or best["mode"] == "audio" else ""
    return f"gated takes {-100 * saving:.0f} % more{alone}"


def _best(cost: Mapping[str, Any]) -> str:
    """Say what a microphone that movement wakes saves, where no simpler way takes as little."""
    best = cost["recommended_way"]
    if best is None or not best["microphone"].startswith("wake"):
        return ""
    return (
        f"\nmovement wakes the microphone (export --microphone {best['microphone']}): on for"
        f" {100 * best['microphone_on']:.0f} % of the time, {number(best['total_uj'], 0)} uJ per second,"
        f" {number(best['battery_days'], 1)} days, {100 * best['saving_vs_audio']:.0f} % less than audio"
        " alone; a port must switch it: ports/live does"
    )


def _ways_table(day: Mapping[str, Any]) -> RenderableType:
    """Show every way to run the microphone on a day."""
    made = table("a day, microphone", "on", "instead of audio alone", "uJ/s", "battery", "event F1")
    for way in day["ways"]:
        name = "audio alone" if way["mode"] == "audio" else way["microphone"]
        f1 = way["events"]["f1"] if "events" in way else None
        saved = way["saving_vs_audio"]
        made.add_row(
            name,
            f"{100 * way['microphone_on']:.0f} %",
            "" if way["mode"] == "audio" else f"{100 * abs(saved):.0f} % {'less' if saved > 0 else 'more'}",
            number(way["total_uj"], 0),
            f"{number(way['battery_days'], 1)} days",
            "" if f1 is None else number(f1, 3),
        )
    return made


def _uncertain(awake: Mapping[str, Any]) -> str:
    """Say how far battery days may be off, and by which assumption most."""
    found = awake["uncertainty"]
    days = found["battery_days"]
    text = (
        f"{awake['recommended_mode']}: {number(days['p10'], 1)} to {number(days['p90'], 1)} days"
        " (10 and 90 %) with every assumption drawn from its range"
    )
    if (most := found["matters_most"]) is None:
        return text
    low, high = (number(value, 1) for value in most["battery_days"])
    return (
        f"{text}; what matters most is {most['part']}, {most['figure']}:"
        f" {most['low']:,g} gives {low} days, {most['high']:,g} gives {high}"
    )


def day_table(day: Mapping[str, Any]) -> RenderableType:
    """Show what a day takes, by activity and part."""
    consumers = [name for name in day["energy_uw"]["gated"] if name != "total"]
    made = table("a day, gated", "hours", "awake", "uJ/s", *(name.replace("_", " ") for name in consumers))
    for one in day["activities"]:
        split = one["energy_uw"]
        made.add_row(
            one["name"],
            number(one["hours"], 1),
            f"{100 * one['share']:.0f} %",
            number(one["uj_per_second"], 0),
            *(number(split[name], 1) for name in consumers),
        )
    hours, spent = sum(one["hours"] for one in day["activities"]), day["energy_uw"]["gated"]
    made.add_row(
        "all",
        number(hours, 1),
        f"{100 * day['share']:.0f} %",
        number(spent["total"], 0),
        *(number(spent[name], 1) for name in consumers),
    )
    days = day["battery_days"]
    facts = (
        f"gated {number(days['gated'], 1)} days, audio alone {number(days['audio'], 1)}:"
        f" {_against(day['saving_vs_audio'], day)}\n{_uncertain(day)}{_best(day)}"
    )
    return Group(made, _ways_table(day), Text(facts))


def advice_table(changes: Sequence[Mapping[str, Any]]) -> RenderableType:
    """Show what to change first."""
    if not changes:
        return Text("no other part or setting that is known saves 1 % of the board's energy")
    made = table("change first", "to", "saves", "battery")
    for change in changes:
        made.add_row(
            f"{change['option']} {change['value']}",
            change["title"],
            f"{100 * change['saved_share']:.0f} %",
            f"{number(change['battery_days'], 1)} days",
        )
    notes = [f"{c['option']} {c['value']}: {c['consequence']}" for c in changes if c["consequence"]]
    return Group(
        made,
        Text("\n".join(["each alone, by the same cycles; what it does to the events was not run", *notes])),
    )


def current_table(found: Mapping[str, Any]) -> RenderableType:
    """Show predicted against measured current, state by state."""
    made = table("state", "of the time, predicted", "measured", "uA predicted", "measured", "ratio")
    for row in (*found["states"], found["average"]):
        measured, ratio = row["measured_ua"], row["measured_over_predicted"]
        made.add_row(
            row["state"],
            f"{100 * row['predicted_share']:.1f} %",
            f"{100 * row['measured_share']:.1f} %",
            number(row["predicted_ua"], 1),
            "" if measured is None else number(measured, 1),
            "" if ratio is None else number(ratio, 3),
        )
    fitted = ", ".join(f"{name} {value:,g} uA" for name, value in found["fitted_ua"].items())
    facts = [
        f"{found['trace']}, {found['seconds']:g} s: {number(found['battery_days'], 1)} days of the battery",
        f"fitted: {fitted or 'nothing'}; --save-device keeps it",
    ]
    return Group(made, Text("\n".join(facts)))


def _power_table(cost: Mapping[str, Any]) -> RenderableType:
    """Show what draws the power of each mode."""
    consumers = [name for name in next(iter(cost["energy_uw"].values())) if name != "total"]
    made = table("uW", *(name.replace("_", " ") for name in consumers))
    for mode, split in cost["energy_uw"].items():
        made.add_row(mode, *(number(split[name], 1) for name in consumers))
    return made


def _stage_table(cost: Mapping[str, Any]) -> RenderableType:
    """Show the cycles of each path by stage."""
    paths = cost["stages"][cost["mode"]]
    stages = list(dict.fromkeys(stage for row in paths.values() for stage in row))
    made = table(f"cycles/s, {cost['mode']}", *stages)
    for path, row in paths.items():
        made.add_row(path, *(f"{row[stage]:,}" if stage in row else "" for stage in stages))
    return made


def _assumed(assumptions: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """Name every figure without a source, part by part."""
    parts: dict[str, list[str]] = {}
    for assumed in assumptions:
        parts.setdefault(assumed["part"], []).append(f"{assumed['figure']} {assumed['value']:,g}")
    if parts:
        yield "assumed, without a source (why: --json):"
    for part, figures in parts.items():
        yield f"  {part}: {', '.join(figures)}"


def _cost_facts(cost: Mapping[str, Any]) -> Iterable[str]:
    stack = cost["memory"]["stack"]
    yield (
        f"flash {cost['flash_bytes'] / 1024:.1f} KB, RAM {cost['ram_bytes'] / 1024:.1f} KB, stack"
        f" {cost['stack_bytes']:,} bytes (bound {stack['bound_bytes']:,}, deepest seen"
        f" {stack['high_water_bytes']:,}): {'fits' if cost['fits'] else 'DOES NOT FIT'}"
    )
    if gating := cost["gating"]:
        yield (
            f"gating: the audio path runs {100 * gating['audio_duty']:.0f} % of the time; of the whole"
            f" board's energy {_against(gating['total_saving_vs_audio'], cost)}{_best(cost)}"
        )
    late = cost["deadline"][cost["mode"]]
    yield (
        f"longest call: {late['function']}, {number(late['ms'], 3)} ms of {number(late['limit_ms'], 0)} ms"
        f"{'' if late['met'] else ': TOO LATE'}"
    )
    yield f"cycles may be off by {cost['expected_error']['cycles']}; instructions are exact"


def what_if_table(found: Mapping[str, Any]) -> RenderableType:
    """Show variants of one firmware side by side; figures of gated mode where it can run."""
    figures = ("cycles/s", "computing", "whole board", "worst call", "flash", "RAM", "fits", "battery")
    several = len({variant["device"] for variant in found["variants"]}) > 1
    failed: dict[str, str] = {}
    assumptions: dict[tuple[str, str], Mapping[str, Any]] = {}
    made = table("build", "clock", *figures)
    for variant in found["variants"]:
        fpu = "" if variant["fpu"] else ", no FPU"
        build = f"{variant['toolchain']} -{variant['opt']}{fpu}"
        if several:
            build = f"{variant['device']}, {build}"
        clock = f"{variant['clock_hz'] / 1e6:g} MHz"
        if "failed" in variant:
            failed[build] = variant["failed"]
            made.add_row(build, clock, "does not compile")
            continue
        mode = next(mode for mode in ("gated", "audio", "imu") if mode in variant["cycles_per_second"])
        late = "" if variant["deadline_met"] else " LATE"
        made.add_row(
            build,
            clock,
            f"{variant['cycles_per_second'][mode]:,}",
            f"{number(variant['uj_per_second'][mode], 1)} uJ/s",
            f"{number(variant['total_uj_per_second'][mode], 0)} uJ/s",
            f"{number(variant['worst_push_ms'], 3)} ms{late}",
            f"{variant['flash_bytes'] / 1024:.1f} KB",
            f"{variant['ram_bytes'] / 1024:.1f} KB",
            "yes" if variant["fits"] else "NO",
            f"{number(variant['battery_days'], 1)} days",
        )
        for assumed in variant["assumptions"]:
            assumptions.setdefault((assumed["part"], assumed["figure"]), assumed)
    facts = [*(f"{build}: {why}" for build, why in failed.items()), *_assumed(assumptions.values())]
    return Group(Text(f"{found['device']}, {found['recording']}", style="bold"), made, Text("\n".join(facts)))


def measured_table(found: Mapping[str, Any]) -> RenderableType:
    """Show predicted against measured cycles, stage by stage."""
    made = table("path", "stage", "predicted", "measured", "measured / predicted", words=2)
    for row in (*found["stages"], *found["longest_calls"], found["whole"]):
        figures = (f"{row['predicted_cycles']:,}", f"{row['measured_cycles']:,}")
        ratio = row["measured_over_predicted"]
        said = "" if ratio is None else number(ratio, 4)
        made.add_row(row["path"], row["stage"], *figures, said if row["comparable"] else f"({said})")
    head = f"{found['device']} at {found['clock_hz'] / 1e6:g} MHz, {found['session']}, {found['mode']}"
    low, high = (100 * (share - 1) for share in found["stages_within"])
    facts = [
        f"cycle scale {found['cycle_scale']:g}; stages of weight {low:+.1f} % to {high:+.1f} % around it"
    ]
    if not all(row["comparable"] for row in found["stages"]):
        facts.append("in brackets: work that decimated samples change; replay --full-rate compares all of it")
    if found["clock_hz"] != found["predicted_clock_hz"]:
        facts.append(
            f"predicted at {found['predicted_clock_hz'] / 1e6:g} MHz, where waits for flash may differ;"
            f" add --clock {found['clock_hz']:g}"
        )
    return Group(Text(head, style="bold"), made, Text("\n".join(facts)))


def profile_table(found: Mapping[str, Any]) -> RenderableType:
    """Show where an image spends its cycles."""
    made = table("function", "calls", "instructions", "cycles", "share", "with its callees", "worst call")
    for row in found["functions"][:_FUNCTIONS_SHOWN]:
        made.add_row(
            row["name"],
            f"{row['calls']:,}",
            *counts_of(row),
            f"{100 * row['share']:.1f} %",
            f"{row['total_cycles']:,}",
            f"{row['worst_call_cycles']:,}",
        )
    head = f"{found['image']}: {found['entry']} {found['ended']}"
    facts = [
        f"{found['instructions']:,} instructions (exact), {found['cycles']:,} cycles"
        f" ({found['expected_error']['cycles']})",
        f"flash {found['flash_bytes'] / 1024:.1f} KB, RAM {found['ram_bytes'] / 1024:.1f} KB,"
        f" stack {found['stack_bytes']:,} bytes",
    ]
    hidden = len(found["functions"]) - _FUNCTIONS_SHOWN
    if hidden > 0:
        facts.append(f"{hidden} more functions in --json")
    if all(row["name"].startswith("0x") for row in found["functions"]):
        facts.append("no symbol table, so functions have no names: link the image unstripped (zig: -g)")
    output = [Text("it printed:"), Text(found["output"])] if found["output"] else []
    return Group(Text(head, style="bold"), made, Text("\n".join(facts)), *output)
