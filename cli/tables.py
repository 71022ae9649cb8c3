"""Results as compact tables for a terminal; the figures come from the verbs, nothing is computed here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from ..data.counted_words import counted
from ..selection.detector.point_name import POINT_NAMES
from .fitting_table import FittingTable

if TYPE_CHECKING:
    from ..data.download.public_sets import PublicSet
    from ..data.inventory import Inventory
    from ..export.report.demo import DemoResult
    from ..export.study.study import Study
    from ..export.verify.parity_result import Parity
    from ..firmware_stub.replay.replay_dataset import Replay
    from ..selection.budget.board_price import BoardPower
    from ..selection.budget.budget import Budget, DevicePrice
    from ..selection.detector.detector_file import Detector
    from ..selection.detector.inference import Detection
    from ..selection.detector.operating_points import Background
    from ..selection.search.budgeted_training import BudgetedTraining
    from ..selection.training.scoring import Score

__all__ = [
    "counts_of",
    "demo_table",
    "detection_table",
    "info_table",
    "number",
    "parity_table",
    "public_sets_table",
    "replay_table",
    "score_table",
    "table",
    "training_table",
]

_SPLIT = "each 0.6 s of a longer label that begins is one, and labels that overlap are one"
_FALSE_SHOWN = 6
_SUBJECTS_SHOWN = 20
_SHORT_H = 0.05 / 60
"""Where a subject has less, which in tenths of minutes is none, minutes are given to hundredths."""
_PROBLEMS_SHOWN = 40
_BAR = 10
_STUDY_ROWS_SHOWN = 24
_STUDY_COLUMNS_SHOWN = 8
_BACKGROUNDS: Mapping[Background, str] = {
    "dataset": "this dataset",
    "synthetic": "synthetic sound, as the dataset has no background",
}
_IN_FILES_ONLY = {
    "as_trained",
    "fp_per_hour",
    "listening",
    "pareto",
    "precision",
    "raw_saving_away_from_coughs",
    "raw_uj_per_second",
    "sensitivity",
    "share",
    "window_average_precision",
}


def table(*columns: str, title: str | None = None, words: int = 1) -> FittingTable:
    """Return an empty table whose first `words` columns hold words and the others figures."""
    return FittingTable(*columns, title=title, words=words)


def number(value: float | None, places: int = 2) -> str:
    """Format a figure that may be undefined."""
    return "n/a" if value is None else f"{value:,.{places}f}"


def counts_of(spent: Mapping[str, float]) -> tuple[str, str]:
    """Format instructions and cycles."""
    return f"{spent['instructions']:,.0f}", f"{spent['cycles']:,.0f}"


def public_sets_table(sets: Iterable[PublicSet]) -> RenderableType:
    """List the public sets that can be fetched; sizes are in units of 10^9 bytes."""
    listed = table("name", "good for", "licence", "download", "unpacked", words=3)
    sources = Text("sources:")
    for one in sets:
        sizes = (one.archive.size_bytes, one.archive.unpacked_bytes)
        room = ("not known" if size is None else f"{size / 1e9:.2f} GB" for size in sizes)
        listed.add_row(one.name, one.good_for, one.licence, *room)
        sources.append(f"\n  {one.name:<16}{one.source}")
    return Group(listed, sources)


def info_table(inventory: Inventory) -> RenderableType:
    """Say what a dataset holds, by subject, then every problem."""
    by_subject = table("subject", "sessions", "minutes", "coughs")
    places = 1 if all(entry.hours >= _SHORT_H for entry in inventory.subjects) else 2
    for entry in inventory.subjects[:_SUBJECTS_SHOWN]:
        by_subject.add_row(
            entry.subject, str(entry.sessions), number(entry.hours * 60, places), str(entry.events)
        )
    hidden = len(inventory.subjects) - _SUBJECTS_SHOWN
    if hidden > 0:
        by_subject.add_row(f"... and {hidden} more", "", "", "")
    by_subject.add_section()
    by_subject.add_row(
        f"{len(inventory.subjects)} in all",
        str(len(inventory.sessions)),
        number(inventory.hours * 60, places),
        str(inventory.events),
        style="bold",
    )
    labels = ", ".join(f"{count} {name}" for name, count in inventory.labels.items()) or "none"
    facts = Text(
        f"labels: {labels}\nwith labels: {number(inventory.labelled_hours * 60, 1)} min,"
        f" with motion: {number(inventory.imu_hours * 60, 1)} min"
    )
    if inventory.scored_events != inventory.events:
        facts.append(f"\ncoughs here are labels; tussis score counts {inventory.scored_events}: {_SPLIT}")
    return Group(by_subject, facts, *_problems(inventory))


def _problems(inventory: Inventory) -> Iterable[RenderableType]:
    if not inventory.problems:
        yield Text("no problems found", style="green")
        return
    errors = len(inventory.errors)
    yield Text(
        f"\n{counted(errors, 'error')}, {counted(len(inventory.problems) - errors, 'warning')}", style="bold"
    )
    for problem in inventory.problems[:_PROBLEMS_SHOWN]:
        yield Text(f"{problem.severity}: {problem}", style="red" if problem.severity == "error" else "yellow")
    if len(inventory.problems) > _PROBLEMS_SHOWN:
        yield Text(f"... and {len(inventory.problems) - _PROBLEMS_SHOWN} more; --json lists all")


def detection_table(name: str, duration_s: float, found: Detection) -> RenderableType:
    """List the events of one recording."""
    duty = f", audio path on {100 * found.audio_duty:.0f} % of the time" if found.mode == "gated" else ""
    coughs = counted(len(found.events), "cough")
    head = Text.assemble((name, "bold"), f"  {coughs} in {duration_s:.1f} s, {found.mode}{duty}")
    if not found.events:
        return head
    events = table("start", "end", "length", "confidence", "", words=0)
    for event in found.events:
        events.add_row(
            f"{event.start_s:.2f} s",
            f"{event.end_s:.2f} s",
            f"{event.end_s - event.start_s:.2f} s",
            f"{event.confidence:.2f}",
            Text("█" * round(event.confidence * _BAR), style="blue"),
        )
    events.columns[-1].justify = "left"
    return Group(head, events)


def score_table(score: Score, *, most: int | None = None) -> RenderableType:
    """Show event scores by session, of many the first `most`, and in all."""
    made = table(
        "session", "mode", "coughs", "found", "false", "sensitivity", "precision", "F1", "false/h", words=2
    )
    for row in score.sessions[:most]:
        made.add_row(row.session, row.mode, *_counts(row.counts.as_dict()))
    if most is not None and len(score.sessions) > most:
        made.add_row(f"... and {len(score.sessions) - most} more")
    made.add_section()
    total = score.total.as_dict()
    made.add_row("all", "", *_counts(total), style="bold")
    interval = score.f1_interval()
    facts = [f"F1 {number(total['f1'], 3)}, {number(total['fp_per_hour'], 1)} false events per hour"]
    if interval is not None:
        facts[0] += f"; F1 95 % interval over subjects {interval[0]:.3f} to {interval[1]:.3f}"
    if score.unlabelled:
        facts[0] += f"; left out: {counted(len(score.unlabelled), 'session')} without labels"
    if score.left_out:
        facts[0] += (
            f"; not read: {counted(len(score.left_out), 'clip')}, the first: {score.left_out[0].reason}"
        )
    if score.false_by_label:
        facts.append(_false_words(score.false_by_label))
    if total["ref"] != score.labels:
        facts.append(f"{total['ref']} coughs of {score.labels} labels named cough: {_SPLIT}")
    return Group(made, Text("\n".join(facts)))


def _false_words(false_by_label: Mapping[str, int]) -> str:
    shown = list(false_by_label.items())
    words = [f"{count} in {name or 'no label'}" for name, count in shown[:_FALSE_SHOWN]]
    if len(shown) > _FALSE_SHOWN:
        words.append(f"{sum(count for _, count in shown[_FALSE_SHOWN:])} in others")
    return f"false events: {', '.join(words)}"


def _counts(event: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        str(event["ref"]),
        str(event["tp"]),
        str(event["fp"]),
        number(event["sensitivity"]),
        number(event["precision"]),
        number(event["f1"], 3),
        number(event["fp_per_hour"], 1),
    )


def training_table(detector: Detector) -> RenderableType:
    """Show a detector's models and what they scored on subjects that their folds had not seen."""
    made = table("", "features", "trees", "threshold", "coughs", "found", "false", "F1")
    scores = detector.provenance.scores.get("out_of_fold", {})
    for name, model in (("audio", detector.audio), ("imu", detector.imu)):
        if model is not None:
            size = (str(len(model.features)), str(model.trees.n_trees), f"{model.threshold:.3f}")
            made.add_row(name, *size, *_out_of_fold(scores.get(name)))
    if "gated" in scores:
        made.add_row("gated", "", "", f"{detector.gating.threshold:.3f}", *_out_of_fold(scores["gated"]))
    facts = "scores: events of subjects that the fold's model was not trained on"
    if "gated" in scores:
        facts += f"; gated, the audio path runs {100 * scores['gated']['audio_duty']:.0f} % of the time"
    return Group(made, Text(facts), *_points(detector))


def _points(detector: Detector) -> Iterable[RenderableType]:
    """Show the named points of each model, and in what sound their false events were counted."""
    points = detector.operating_points
    if points is None:
        return
    made = table("point", "model", "threshold", "found", "false per hour", title="operating points", words=2)
    heard: list[str] = []
    for name in POINT_NAMES:
        for modality, at in (("audio", points.named(name).audio), ("imu", points.named(name).imu)):
            if at is not None:
                found = f"{100 * at.sensitivity:.1f} %"
                made.add_row(name, modality, f"{at.threshold:.3f}", found, number(at.false_per_hour, 1))
                heard.append(f"{number(at.hours, 2)} h of {_BACKGROUNDS[at.background]} ({modality})")
    yield made
    sound = " and ".join(dict.fromkeys(heard))
    yield Text(f"the detector is set to balanced; false events outside coughs were counted in {sound}")


def _out_of_fold(event: Mapping[str, Any] | None) -> tuple[str, ...]:
    if event is None:
        return ("", "", "", "")
    return (str(event["ref"]), str(event["tp"]), str(event["fp"]), number(event["f1"], 3))


def parity_table(parity: Parity) -> RenderableType:
    """Show what three executions have in common, and the first thing in which they differ."""
    made = table("execution", "windows", "events", "compiler", words=1)
    made.columns[-1].justify = "left"
    for name, events in parity.events.items():
        windows = f"{parity.windows[name]:,}" if name in parity.windows else ""
        made.add_row(name, windows, str(events), parity.compilers.get(name, "reference"))
    facts = (
        f"{counted(parity.sessions, 'recording')}, {counted(len(parity.features), 'feature')}:"
        f" {counted(parity.differing_events, 'differing event')},"
        f" {counted(parity.differing_windows, 'differing window')}"
    )
    if worst := parity.worst:
        error = f"{worst.worst_relative:.3g} ({worst.id}, tolerance {worst.tolerance:g})"
        facts += f", worst feature error {error}"
    differences = [
        Text(f"{first.session}, {first.mode}, {first.execution}: {first.stage}: {first.detail}", style="red")
        for first in parity.first_differences
    ]
    for files, what in (
        (parity.modified_files, "changed since the export"),
        (parity.added_files, "compiled, but not written by the export"),
    ):
        if files:
            more = f" and {len(files) - 5} more" if len(files) > 5 else ""
            differences.append(Text(f"{what}: {', '.join(files[:5])}{more}", style="yellow"))
    outcome = ("same events", "bold green") if parity.passed else ("they differ", "bold red")
    return Group(made, Text(facts), *differences, Text(outcome[0], style=outcome[1]))


def demo_table(result: DemoResult) -> RenderableType:
    """Show the demo's one closing table."""
    summary = result.summary
    cost, parity = summary["cost"], summary["parity"]
    made = table("mode", "F1", "sensitivity", "precision", "instructions/s", "cycles/s", "energy/s")
    for mode, event in summary["score"].items():
        spent = cost["per_second"][mode]
        scores = (number(event["f1"], 3), number(event["sensitivity"]), number(event["precision"]))
        made.add_row(mode, *scores, *counts_of(spent), f"{number(spent['uj'], 1)} uJ")
    outcome = "same events" if result.passed else "THEY DIFFER"
    people = summary["dataset"]["held_out"]
    facts = (
        f"flash {cost['flash_bytes'] / 1024:.1f} KB, RAM {cost['ram_bytes'] / 1024:.1f} KB",
        f"parity of NumPy, host C and Cortex-M33: {outcome}, {parity['differing_events']} of"
        f" {parity['events']['NumPy']} differ",
        f"scored on {people['coughs']} coughs of {people['subjects']} people not trained on; energy on"
        f" {cost['device']}",
        _battery_line(cost["day"]),
        f"report: {result.folder}/report.html",
    )
    return Group(made, Text("\n".join(facts)))


def _battery_line(day: Mapping[str, Any]) -> str:
    """Say for how long a battery lasts on a day: the way that takes least, against audio alone."""
    best = day["recommended_way"]
    alone = f"{number(day['battery_days']['audio'], 1)} days of battery with audio alone"
    if best is None or best["mode"] == "audio":
        return f"a synthetic day: {alone}"
    way = "" if best["microphone"] == "always" else f", microphone {best['microphone']}"
    return f"a synthetic day: {number(best['battery_days'], 1)} days of battery gated{way}, {alone}"


def replay_table(replay: Replay) -> RenderableType:
    """Show what a board found, and whether this machine finds the same."""
    made = table("session", "mode", "events", "only board", "only host", "F1", "speed", "restarts", words=2)
    complaints = []
    for session in replay.sessions:
        found = session.document
        if session.error is not None:
            made.add_row(session.session, "failed")
            complaints.append(Text(f"{session.session}: {session.error}", style="red"))
            continue
        difference, link, speed = found["difference"], found["link"], found["timing"]["times_real_time"]
        made.add_row(
            session.session,
            found["mode"],
            str(len(found["events"])),
            str(len(difference["extra"])),
            str(len(difference["missing"])),
            number(found["score"]["f1"], 3) if found["score"] else "",
            f"{number(speed, 1)} x",
            str(link["restarts"]),
        )
    outcome = ("board and host agree", "bold green") if replay.passed else ("they differ", "bold red")
    return Group(made, *complaints, Text(outcome[0], style=outcome[1]))


def budget_table(found: BudgetedTraining, limits: Budget, price: DevicePrice | None) -> RenderableType:
    """Show what a detector is predicted to cost against its limits."""
    made = table("predicted", "", "limit")
    cost, per_cycle = found.cost, price.uj_per_cycle if price else None
    rows = (
        ("audio, cycles/s", cost.audio_cycles_per_second, limits.audio.cycles_per_second),
        ("imu, cycles/s", cost.imu_cycles_per_second, limits.imu.cycles_per_second),
        ("gated, cycles/s", cost.gated_cycles_per_second, None),
        ("flash, bytes", cost.flash_bytes, limits.total.flash_bytes),
        ("RAM without stack, bytes", cost.ram_bytes, limits.total.ram_bytes),
    )
    for name, value, limit in rows:
        made.add_row(name, number(value, 0), "" if limit is None else number(limit, 0))
    if per_cycle is not None and cost.gated_cycles_per_second is not None:
        energy = number(cost.gated_cycles_per_second * per_cycle, 1)
        limit = limits.total.uj_per_second
        made.add_row("gated, uJ/s", energy, "" if limit is None else number(limit, 1))
    boards = []
    if (power := cost.board) is not None:
        limit, days = limits.total.board_uj_per_second, limits.total.battery_days
        shown = ["" if one is None else number(one, 1) for one in (limit, days)]
        made.add_row(f"board, {power.mode}, uJ/s", number(power.uj_per_second, 1), shown[0])
        made.add_row(f"days of {power.battery}", number(power.battery_days, 1), shown[1])
        boards.append(Text(_board_words(power)))
    return Group(made, *boards, *(Text(bound) for bound in found.bounds))


def _board_words(power: BoardPower) -> str:
    """Name the parts of the cheapest board."""
    words = f"the cheapest board: microphone {power.microphone}, capture by {power.capture}"
    words += "" if power.mode == "audio" else f", motion sensor {power.imu}"
    asleep = {"gated": ", all of the sound asleep while the gate is shut", "wake": ", woken by movement"}
    return words + asleep.get(power.way, "")


def study_table(study: Study) -> RenderableType:
    """Show a study's rows, of many only those that no other beats in score and cost, and its finding."""
    rows = study.rows if len(study.rows) <= _STUDY_ROWS_SHOWN else study.front()
    names = [name for name in study.rows[0] if any(row[name] is not None for row in rows)]
    if len(names) > _STUDY_COLUMNS_SHOWN:
        twice = {"cycles_per_second"} if {"uj_per_second", "board_uj_per_second"} & {*names} else set()
        names = [name for name in names if name not in _IN_FILES_ONLY | twice]
    in_words = int(isinstance(study.rows[0][names[0]], str))
    made = table(*(name.replace("_", "\n") for name in names), words=in_words)
    made.columns[0].no_wrap = True
    for row in rows:
        made.add_row(*(_cell(row[name]) for name in names))
    hidden = len(study.rows) - len(rows)
    more = (
        [Text(f"{hidden} rows that another beats in score and cost are in the files only")] if hidden else []
    )
    return Group(made, *more, Text(study.finding, style="bold"))


def _cell(value: object) -> str:
    if value is None:
        return ""
    return (
        f"{value:,.3f}"
        if isinstance(value, float)
        else f"{value:,}"
        if isinstance(value, int)
        else str(value)
    )
