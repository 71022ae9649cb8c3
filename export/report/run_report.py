"""From what verbs wrote to one report: which file is what, what it fills, which input is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...data.dataset import find_sessions
from ...data.input_error import InputError
from ...data.session_ref import SessionRef
from ...data.untrusted import json_document, read_bytes, read_json
from ...selection.detector.detector_file import Detector, load_detector
from ...selection.detector.microphone import ALWAYS, Microphone
from ...selection.detector.mode import Mode
from ...signal.motion_sensor import MotionSensor
from .cost_sections import cost_figures, cost_sections, parity_section
from .detector_sections import detector_sections, front_section
from .life_sections import variants_section
from .report_page import Figure, Page, Section, SessionView
from .score_sections import evaluation_sections, link_section, score_figures, score_section
from .session_views import session_views

__all__ = ["SESSIONS_TEXT", "RunInputs", "read_runs", "run_page"]

SESSIONS_TEXT = (
    "Each recording on one time line: the sound, its mel spectrogram (loud stands out), the acceleration, the"
    " probabilities of both models against their thresholds (dashed), and what is labelled, found and wrong."
    " Plus and minus zoom, arrow keys move; an error's button, or a click on its bar, goes there and plays"
    " the second around it where sound is embedded."
)
_KINDS: tuple[tuple[str, frozenset[str]], ...] = (
    ("evaluation", frozenset({"method", "risk_coverage", "errors"})),
    ("cost", frozenset({"per_second", "energy_uw", "memory"})),
    ("variants", frozenset({"variants", "device", "recording"})),
    ("parity", frozenset({"differing_events", "worst_error"})),
    ("front", frozenset({"front", "bounds"})),
    ("replay", frozenset({"passed", "event", "sessions"})),
    ("score", frozenset({"event", "sessions"})),
)
_REMEDY = (
    "give a detector file, a DETECTOR.front.json, the output of score, evaluate, verify, estimate or replay"
    " with --json, a file of replay --out, a demo's folder, or a dataset"
)


@dataclass
class RunInputs:
    """What a report is made from; whatever is missing leaves its section out.

    Attributes
    ----------
    detector
        The detector file.
    score, evaluation, parity, cost, variants, front, replay
        Documents of the verbs, as with ``--json``; `variants` is that of ``estimate`` with several devices,
        clocks or compilers; `score` also has one ``event`` document by mode.
    recordings
        Recordings to draw, which need `detector`.
    mode, microphone, motion_sensor
        How to draw them, as in `tussis.export.report.session_views.session_views`.
    commands
        Words that repeat what the report shows.
    names
        Names of the inputs.
    """

    detector: Detector | None = None
    score: Mapping[str, Any] | None = None
    evaluation: Mapping[str, Any] | None = None
    parity: Mapping[str, Any] | None = None
    cost: Mapping[str, Any] | None = None
    variants: Mapping[str, Any] | None = None
    front: Mapping[str, Any] | None = None
    replay: Mapping[str, Any] | None = None
    recordings: Sequence[SessionRef] = ()
    mode: Mode | None = None
    microphone: Microphone = ALWAYS
    motion_sensor: MotionSensor | None = None
    commands: Sequence[str] = ()
    names: list[str] = field(default_factory=list)


def read_runs(paths: Sequence[Path]) -> RunInputs:
    """Recognise files and folders by what is in them.

    Raises
    ------
    InputError
        One of them is nothing that a report shows, or two are of the same kind.
    """
    inputs = RunInputs()
    for path in paths:
        if path.is_dir() and (path / "summary.json").is_file():
            _take_demo(inputs, path)
        elif path.is_dir() or path.suffix.lower() == ".wav":
            _take(inputs, path, "recordings", find_sessions(path, on_fault=_raise))
        elif path.suffix.lower() in (".jsonl", ".ndjson"):
            _take(inputs, path, "replay", {"event": None, "sessions": _lines(path)})
        else:
            _take_document(inputs, path)
        inputs.names.append(path.name)
    if inputs.recordings and inputs.detector is None:
        inputs.detector = load_detector("default")
        inputs.names.append("the default detector")
    return inputs


def _raise(fault: InputError) -> None:
    raise fault


def _take(inputs: RunInputs, path: Path, kind: str, value: Any) -> None:
    if getattr(inputs, kind):
        raise InputError(path, f"is a second {kind}", remedy="give one of each kind")
    setattr(inputs, kind, value)


def _take_document(inputs: RunInputs, path: Path) -> None:
    document = read_json(path, _REMEDY)
    keys = set(document) if isinstance(document, dict) else set()
    if keys and document.get("format") == "tussis-detector":
        _take(inputs, path, "detector", load_detector(path))
        return
    if keys and "difference" in keys and "link" in keys:  # a single line of replay --out
        _take(inputs, path, "replay", {"event": None, "sessions": [document]})
        return
    for kind, needed in _KINDS:
        if needed <= keys:
            _take(inputs, path, kind, document)
            return
    raise InputError(path, "is nothing that a report shows", remedy=_REMEDY)


def _lines(path: Path) -> list[Any]:
    text = read_bytes(path, _REMEDY)
    rows = [json_document(line, path, _REMEDY) for line in text.splitlines() if line.strip()]
    if not rows or not all(isinstance(row, dict) and "session" in row for row in rows):
        raise InputError(path, "holds no lines of tussis replay --out", remedy=_REMEDY)
    return rows


def _take_demo(inputs: RunInputs, folder: Path) -> None:
    summary = read_json(folder / "summary.json", "run tussis demo again")
    if not isinstance(summary, dict) or summary.get("format") != "tussis-demo":
        raise InputError(folder / "summary.json", "is none of tussis demo", remedy=_REMEDY)
    _take(inputs, folder, "detector", load_detector(folder / "detector.json"))
    _take(inputs, folder, "cost", summary["cost"])
    _take(inputs, folder, "parity", summary["parity"])
    gated = summary["score"]["gated"]
    _take(inputs, folder, "score", {"event": gated, "by_mode": summary["score"], "sessions": []})
    recordings = find_sessions(folder / "recordings" / "held_out", on_fault=_raise)
    _take(inputs, folder, "recordings", recordings)


def run_page(inputs: RunInputs, *, title: str, audio: bool = False) -> Page:
    """Put a report together.

    Parameters
    ----------
    inputs
        What there is.
    title
        Heading of the page.
    audio
        Whether the second around each error is embedded.

    Raises
    ------
    InputError
        A recording cannot be read or lacks what the detector needs.
    """
    sessions: tuple[SessionView, ...] = ()
    if inputs.recordings and inputs.detector is not None:
        sessions = session_views(
            _worst_first(inputs),
            inputs.detector,
            inputs.mode,
            microphone=inputs.microphone,
            motion_sensor=inputs.motion_sensor,
            audio=audio,
        )
    more = len(inputs.recordings) - len(sessions)
    text = SESSIONS_TEXT + (f" {more} more recordings are not drawn." if more else "")
    sections = [
        Section("Recordings", text, sessions=sessions)
        if sessions
        else Section("Recordings", missing="a dataset (and its detector file)"),
        *_worth(inputs),
        front_section(inputs.front)
        if inputs.front is not None
        else Section("Front", missing="the DETECTOR.front.json of train --budget"),
        *_described(inputs),
    ]
    if inputs.commands:
        sections.append(Section("Repeat it", lines=tuple(inputs.commands)))
    sound = any(clip.sound for view in sessions for clip in view.clips)
    privacy = (
        "This page holds recorded sound: the second around each error. Who gets the page can hear it."
        if sound
        else "This page holds no sound; the time lines show when it was loud and in which bands."
    )
    lead = ", ".join(inputs.names) or "A report"
    return Page(title, lead + ".", _figures(inputs), tuple(sections), privacy, tuple(inputs.names))


def _worst_first(inputs: RunInputs) -> list[SessionRef]:
    """Sort recordings by their number of errors, where an evaluation lists them."""
    errors = Counter(error["recording"] for error in (inputs.evaluation or {}).get("errors", ()))
    return sorted(inputs.recordings, key=lambda reference: -errors[reference.name])


def _figures(inputs: RunInputs) -> tuple[Figure, ...]:
    found: tuple[Figure, ...] = ()
    if inputs.evaluation is not None:
        for mode, score in inputs.evaluation["events"].items():
            found += score_figures(score["event"], where=mode)
    elif inputs.score is not None:
        found += score_figures(inputs.score["event"], where=_mode_scored(inputs.score))
    elif inputs.replay is not None and inputs.replay["event"] is not None:
        found += score_figures(inputs.replay["event"], where="of the board")
    if inputs.cost is not None:
        found += cost_figures(inputs.cost)
    if inputs.parity is not None:
        found += (Figure(str(inputs.parity["differing_events"]), "events that differ in parity"),)
    return found


def _worth(inputs: RunInputs) -> list[Section]:
    if inputs.evaluation is not None:
        return list(evaluation_sections(inputs.evaluation))
    missing = Section("Calibration, false events by sound, errors", missing="evaluate --json")
    if inputs.score is None:
        return [Section("Scores", missing="score --json or evaluate --json"), missing]
    by_mode = inputs.score.get("by_mode") or {_mode_scored(inputs.score): inputs.score["event"]}
    return [score_section(by_mode, inputs.score["sessions"]), missing]


def _mode_scored(score: Mapping[str, Any]) -> str:
    """Name the mode of a score's ``event``; a score by mode is the demo's, whose main mode is gated."""
    modes = {row["mode"] for row in score["sessions"]}
    return "gated" if "by_mode" in score else modes.pop() if len(modes) == 1 else "all modes"


def _described(inputs: RunInputs) -> list[Section]:
    """Make the sections about the detector, its cost, parity and a board."""
    found = list(detector_sections(inputs.detector)) if inputs.detector is not None else []
    if inputs.detector is None:
        found.append(Section("Feature importance, operating points, provenance", missing="a detector file"))
    if inputs.cost is not None:
        found += cost_sections(inputs.cost)
    else:
        found.append(Section("Cost, energy, battery, memory", missing="estimate --json"))
    if inputs.variants is not None:
        found.append(variants_section(inputs.variants))
    if inputs.parity is not None:
        found.append(parity_section(inputs.parity))
    else:
        found.append(Section("Parity", missing="verify --json"))
    if inputs.replay is not None:
        found.append(link_section(inputs.replay["sessions"]))
    else:
        found.append(Section("Link to a board", missing="replay --json or the file of replay --out"))
    return found
