"""The verbs that run while something happens: listen, monitor, record."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Any, Self

import typer

from ..data.input_error import InputError
from .console import ProgressDisplay, live_console, note, print_json, print_json_line, print_line, show
from .options import (
    FalsePerHourOption,
    Json,
    JsonLines,
    Model,
    PointOption,
    ThresholdOption,
    detector_and_microphone,
    times_real_time,
)

if TYPE_CHECKING:
    from rich.live import Live

    from ..firmware_stub.live.board_state import BoardState
    from ..firmware_stub.live.listening import Heard
    from ..firmware_stub.protocol.messages import Event as BoardEvent
    from ..selection.detector.inference import Event

__all__ = ["listen", "monitor", "record", "recorder"]

_BAR = 30
_FLOOR_DB = -60.0


class _Meter:
    """Events as lines on stdout; on a terminal a bar of the level and the newest probability below them.

    With `as_json` events, and the level once a second, are JSON Lines.
    """

    def __init__(self, threshold: float, *, as_json: bool) -> None:
        self._threshold = threshold
        self._as_json = as_json
        self._probability = 0.0
        self._loudest = 0.0
        self._told_s = 0.0
        self._live: Live | None = None
        self._started = time.time()

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from rich.live import Live

            self._live = Live(console=live_console(), refresh_per_second=8, transient=True)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def event(self, event: Event) -> None:
        if self._as_json:
            print_json_line(event._asdict(), "event")
            return
        clock = time.strftime("%H:%M:%S", time.localtime(self._started + event.start_s))
        length_s = event.end_s - event.start_s
        line = (
            f"{clock}  {event.start_s:9.2f} s  cough of {length_s:.2f} s, confidence {event.confidence:.2f}"
        )
        if self._live is not None and sys.stdout.isatty():
            self._live.console.print(line)
        else:
            print_line(line)

    def level(self, seconds: float, loudest: float, probability: float | None) -> None:
        self._probability = self._probability if probability is None else probability
        self._loudest = max(self._loudest, loudest)
        if self._as_json and seconds >= self._told_s + 1:
            now = {"at_s": seconds, "loudest": self._loudest, "probability": self._probability}
            print_json_line(now, "level")
            self._told_s, self._loudest = seconds, 0.0
        if self._live is None:
            return
        import math

        level_db = 20 * math.log10(loudest) if loudest > 0 else _FLOOR_DB
        filled = round(_BAR * min(max(1 - level_db / _FLOOR_DB, 0.0), 1.0))
        bar = "#" * filled + "." * (_BAR - filled)
        self._live.update(
            f"{seconds:8.1f} s  {bar} {level_db:4.0f} dB  p {self._probability:.2f} of {self._threshold:.2f}"
        )


def listen(
    model: Model = "default",
    device: Annotated[
        str | None,
        typer.Option(metavar="NAME|NUMBER", help="A microphone of --devices. Default: the system's."),
    ] = None,
    devices: Annotated[bool, typer.Option("--devices", help="List the microphones and end.")] = False,
    seconds: Annotated[
        float | None, typer.Option(metavar="S", help="End after S seconds. Default: Ctrl-C ends.", min=0.001)
    ] = None,
    labels: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write the events as a label track.")
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="FILE.wav", help="Keep what was heard. Without it no sound is stored."),
    ] = None,
    point: PointOption = None,
    threshold: ThresholdOption = None,
    false_per_hour: FalsePerHourOption = None,
    as_json: JsonLines = False,
) -> None:
    """Hear coughs by this machine's microphone, by the decisions that the firmware takes."""
    from ..data.atomic import refuse_unwritable, write_text_whole
    from ..data.formats.labels import label_row
    from ..data.recording import COUGH, Label
    from ..firmware_stub.live.listening import MOST_KEPT_BYTES, kept_sound
    from ..firmware_stub.live.listening import listen as hear
    from ..firmware_stub.live.live_detector import LiveDetector
    from ..firmware_stub.live.microphone_input import input_devices, opened_microphone
    from .tables import table

    if devices:
        found = input_devices()
        if as_json:
            print_json({"devices": [one.as_dict() for one in found]})
            return
        if not found:
            note("no microphone was found; plug one in; tussis detect finds coughs in a file")
            return
        listed = table("number", "name", "rate, Hz", words=2)
        for one in found:
            listed.add_row(str(one.number), one.name + " (default)" * one.is_default, f"{one.rate_hz:.0f}")
        show(listed)
        return
    if labels is not None:
        refuse_unwritable(labels)
    detector, _ = detector_and_microphone(
        model, "always", mode="audio", point=point, threshold=threshold, false_per_hour=false_per_hour
    )
    live = LiveDetector(detector)
    most_s = MOST_KEPT_BYTES / 2 / live.rate_hz
    if keep is not None and (seconds is None or seconds > most_s):
        seconds = most_s  # a WAV file holds no more
    with kept_sound(keep, live.rate_hz) as kept, opened_microphone(live.rate_hz, device) as source:
        if source.device_rate_hz != live.rate_hz:
            note(f"the microphone gives {source.device_rate_hz} Hz, resampled to {live.rate_hz}")
        note("listening; Ctrl-C ends it" + ("" if keep else "; no sound is stored"))
        with _Meter(live.threshold, as_json=as_json) as meter:
            heard = hear(source, live, meter, seconds=seconds, keep=kept)
    if labels is not None:
        rows = (Label(e.start_s, e.end_s, COUGH, confidence=round(e.confidence, 2)) for e in heard.events)
        write_text_whole(labels, "".join(map(label_row, rows)))
        note(f"written: {labels}")
    if keep is not None:
        note(f"written: {keep}")
    _note_heard(heard, as_json=as_json)


def _note_heard(heard: Heard, *, as_json: bool) -> None:
    """Say what was heard and what was lost.

    Raises
    ------
    InputError
        The microphone went away.
    """
    if heard.overflows:
        note(f"the system dropped samples {heard.overflows} times: times after that are early")
    if heard.duration_s and not heard.loudest:
        note("the microphone gave nothing but zeros: is it muted?")
    note(f"{len(heard.events)} coughs in {heard.duration_s:.1f} s")
    if as_json:
        print_json_line({**heard.as_dict(), "events": len(heard.events)}, "end")
    if heard.microphone_gone:
        raise InputError(
            "--device",
            f"no samples came any more after {heard.duration_s:.1f} s",
            remedy="is it plugged in, and does the sound server run? tussis listen --devices",
        )


class _Watched:
    """A board on a terminal as a picture that is drawn again; elsewhere a line for each event and pulse.

    With `as_json` these are JSON Lines.
    """

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._pulses = 0
        self._said_silent = False
        self._live: Live | None = None

    def __enter__(self) -> Self:
        if sys.stdout.isatty() and sys.stderr.isatty() and not self._as_json:
            from rich.live import Live

            self._live = Live(console=live_console(), refresh_per_second=8)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def tell(self, at_s: float, state: BoardState, events: list[BoardEvent]) -> None:
        if self._live is not None:
            from .monitor_view import board_view

            self._live.update(board_view(at_s, state))
            return
        for event in state.events_as_dicts()[len(state.events) - len(events) :]:
            self._say("event", at_s, event, state)
        if state.pulses != self._pulses:
            self._pulses = state.pulses
            self._say("pulse", at_s, state.now_as_dict(), state)
        elif state.is_silent and not self._said_silent:
            self._said_silent = True
            self._say("silent", at_s, {}, state)

    def _say(self, kind: str, at_s: float, document: Mapping[str, Any], state: BoardState) -> None:
        from .monitor_view import event_line, pulse_line

        if self._as_json:
            print_json_line({"at_s": at_s, **document}, kind)
        else:
            print_line(event_line(**document) if kind == "event" else pulse_line(state))


def monitor(
    port: Annotated[
        str | None, typer.Option(help="/dev/ttyACM0, COM3, socket://host:port, rfc2217://..., a PTY.")
    ] = None,
    log: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep all that comes, for --replay; a new file.")
    ] = None,
    replay: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Show a log again, in place of a board.")
    ] = None,
    speed: Annotated[
        str, typer.Option(help="Of --replay: times real time, or 'max'.", metavar="X|max")
    ] = "max",
    seconds: Annotated[
        float | None, typer.Option(metavar="S", help="End after S seconds. Default: Ctrl-C ends.", min=0.001)
    ] = None,
    baud: Annotated[int, typer.Option(help="Bits per second, for ports that have any.")] = 921_600,
    as_json: JsonLines = False,
) -> None:
    """Watch a board that is worn: events, probabilities, cycles, sensors and the line to it."""
    from ..firmware_stub.boards.serial_board import SerialBoard
    from ..firmware_stub.live.watch_log import opened_log
    from ..firmware_stub.live.watching import replay_log, watch

    if (port is None) == (replay is None):
        raise InputError("--port and --replay", "give one of both", remedy="a board's port, or a log")
    with _Watched(as_json=as_json) as watched:
        if replay is not None:
            state = replay_log(replay, watched.tell, speed=times_real_time(speed))
        else:
            assert port is not None
            board = SerialBoard(port, baud)
            try:
                with opened_log(log, port) as kept:
                    state = watch(board, watched.tell, log=kept, seconds=seconds)
            finally:
                board.close()
    if log is not None:
        note(f"written: {log}; show it again with: tussis monitor --replay {log}")
    if state.pulse is None:
        note("the board has not answered: is it on, and exported by a tussis that knows WATCH?")
    if as_json:
        print_json_line({**state.as_dict(), "events": len(state.events)}, "end")


def recorder(
    out: Annotated[Path, typer.Argument(help="A new folder for the firmware's sources.")],
) -> None:
    """Write the recorder: firmware of its own that STREAMS RAW AUDIO, for sessions from your own board."""
    from ..firmware_stub.boards.recorder_firmware import export_recorder

    folder = export_recorder(out)
    note("this firmware STREAMS RAW AUDIO, shows a light while it does, and holds no detector")
    note(f"written: {folder}; read {folder / 'README.md'}, then: tussis record SESSION --port PORT")


def record(
    session: Annotated[Path, typer.Argument(help="A new folder for the session.")],
    port: Annotated[str, typer.Option(help="/dev/ttyACM0, COM3, socket://host:port, rfc2217://..., a PTY.")],
    seconds: Annotated[
        float | None, typer.Option(metavar="S", help="Length. Default: Ctrl-C ends.", min=0.001)
    ] = None,
    subject: Annotated[str, typer.Option(help="Who is recorded.")] = "",
    movement: Annotated[str, typer.Option(help="What is done.")] = "",
    background: Annotated[str, typer.Option(help="In which sound.")] = "",
    baud: Annotated[int, typer.Option(help="Bits per second, for ports that have any.")] = 921_600,
    as_json: Json = False,
) -> None:
    """Record a session from a board with the recorder on it; Enter marks a cough, a word another sound."""
    from ..firmware_stub.boards.serial_board import SerialBoard
    from ..firmware_stub.live.board_recording import record_session
    from ..firmware_stub.live.typed_lines import TypedLines

    board = SerialBoard(port, baud)
    note("RAW AUDIO is recorded, from when the board's light is on; Ctrl-C ends it")
    note("Enter after a cough, or a word and Enter after another sound, marks the 2 s before it")
    try:
        with ProgressDisplay() as progress:
            found = record_session(
                board,
                session,
                subject=subject,
                movement=movement,
                background=background,
                seconds=seconds,
                typed=TypedLines(sys.stdin).take,
                tell=lambda found: progress("record, s", int(found.duration_s), int(seconds or 0)),
            )
    finally:
        board.close()
    lost_s = found.lost_audio / found.audio_rate_hz
    note(f"{found.board}: {found.duration_s:.1f} s, {len(found.marks)} marks")
    if found.lost_audio or found.lost_imu:
        note(
            f"lost: {lost_s:.2f} s of sound in {len(found.gaps)} gaps, {found.lost_imu} samples of motion;"
            " session.json says where"
        )
    if found.ended:
        note(f"it ended early: {found.ended}")
    note(f"written: {session}; look at it with: tussis info {session}; tussis review {session}")
    if as_json:
        print_json(found.as_dict())
    if found.ended:
        raise typer.Exit(1)
