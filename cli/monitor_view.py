"""A board that is watched, drawn for a terminal, and in lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from .tables import number

if TYPE_CHECKING:
    from ..firmware_stub.live.board_state import BoardState
    from ..firmware_stub.protocol.messages import Stats

__all__ = ["board_view", "event_line", "pulse_line"]

_STEPS = " .:-=+*#%@"
_EVENTS_SHOWN = 6
_SILENT = "is not compiled with TUSSIS_WATCH=1: it tells coughs and nothing else"
_MODES = {0: "a host has a session", 1: "audio", 2: "imu", 3: "gated"}


def event_line(start_s: float, end_s: float, confidence: float) -> str:
    """Say an event in one line."""
    return f"{start_s:10.2f} s  cough of {end_s - start_s:.2f} s, confidence {confidence:.2f}"


def pulse_line(state: BoardState) -> str:
    """Say the newest state in one line."""
    pulse = state.pulse
    if pulse is None:
        return f"the board {_SILENT if state.is_silent else 'has not answered yet'}"
    parts = [f"{pulse.ticks / 16000:10.2f} s  {_MODES.get(pulse.mode, 'unknown mode')}"]
    if pulse.mode:
        parts.append(f"gate {min(pulse.gate_share, 1.0):.0%}, sound {pulse.audio_level:.4f}, {_spent(state)}")
    return ", ".join([*parts, _faults(state) or "no faults"])


def board_view(at_s: float, state: BoardState) -> RenderableType:
    """Draw the state: what the board says of itself, the models, events, the line."""
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim")
    rows.add_column(overflow="fold")
    link = state.link
    answered = "not yet" if link.answer_s is None else f"{link.answer_s * 1000:.0f} ms"
    rows.add_row("watched", f"{at_s:.0f} s, answers in {answered}" + ("" if link.is_open else "; GONE"))
    pulse = state.pulse
    if pulse is not None:
        rows.add_row("board", f"{pulse.ticks / 16000:.1f} s, {_MODES.get(pulse.mode, 'unknown mode')}")
        rows.add_row("detector", f"{pulse.detector_hash:08x}, {_spent(state)}")
        on = "on" if pulse.microphone else "off"
        sound = f"{on}, RMS {pulse.audio_level:.4f}, clipped {pulse.clipped_share:.1%}"
        rows.add_row("microphone", sound)
        motion = f"{pulse.imu_millihertz / 1000:.2f} Hz, {pulse.motion_level:.2f} m/s2"
        rows.add_row("motion", f"{motion}, {pulse.imu_lead:+.0f} ms")
        rows.add_row(
            "gate", f"{min(pulse.gate_share, 1.0):.0%} of the sound, {pulse.blind_windows} blind windows"
        )
        rows.add_row("faults", _faults(state) or "none")
    else:
        rows.add_row("board", _SILENT if state.is_silent else "has not answered: is it on?")
    for name, windows in (("audio model", state.audio), ("motion model", state.motion)):
        if windows:
            rows.add_row(name, f"{_line(windows)} {windows[-1].probability:.2f}")
    told = f"{link.bytes_received:,} bytes, {link.lost_messages} messages lost"
    bad = f"{link.bad_host} bad here, {link.bad_board} there"
    rows.add_row("link", f"{told}, {bad}, broken {link.interruptions} times")
    rows.add_row("coughs", str(len(state.events)))
    lines = [event_line(*event) for event in state.events[-_EVENTS_SHOWN:]]
    return Group(rows, *(Text(line) for line in [*lines, *list(state.notes)[-3:]]))


def _spent(state: BoardState) -> str:
    spent = state.cycles_per_second
    unit = "cycles" if state.pulse is not None and state.pulse.clock_hz else "instructions"
    if state.load is not None:
        return f"{number(spent, 0)} {unit} per second ({state.load:.1%} of the core)"
    return f"{number(spent, 0)} {unit} per second"


def _faults(state: BoardState) -> str:
    return ", ".join(f"{name} ({count})" for name, count in state.faults.items())


def _line(windows: Iterable[Stats]) -> str:
    """Draw probabilities as characters, from blank to @."""
    last = len(_STEPS) - 1
    return "".join(_STEPS[round(min(max(one.probability, 0.0), 1.0) * last)] for one in windows)
