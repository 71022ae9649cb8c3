"""``tussis replay``: one session or a whole dataset into a board; one JSON line per session, resumable."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from ...data.atomic import write_text_whole
from ...data.content_hash import content_hash
from ...data.dataset import find_sessions
from ...data.formats.session_folder import SESSION_FILE
from ...data.input_error import InputError
from ...data.json_text import json_text
from ...data.progress import Progress, silent
from ...data.session_ref import SessionRef
from ...data.untrusted import json_document, read_bytes
from ...export.codegen.config_source import detector_hash
from ...selection.detector.detector_file import Detector, load_detector
from ...selection.detector.inference import Event, needed_parts
from ...selection.detector.microphone import ALWAYS, Microphone
from ...selection.detector.mode import Mode
from ...selection.training.event_counts import Counts
from ...signal.motion_sensor import MotionSensor, as_sensed
from ..boards.board import Board
from ..boards.serial_board import DEFAULT_BAUD, SerialBoard
from .replay import SessionReplay, replay_recording

__all__ = ["Replay", "replay", "replay_dataset"]

MOST_PPM = 50_000.0
"""Largest error of an IMU's clock that data sheets allow, in millionths."""


@dataclass(frozen=True)
class Replay:
    """Results of all sessions, in the dataset's order."""

    sessions: tuple[SessionReplay, ...]

    @property
    def passed(self) -> bool:
        """Whether every session was completed and no board differed from host inference."""
        return all(session.passed for session in self.sessions)

    @property
    def total(self) -> Counts | None:
        """Counts of the labelled sessions; None where there are none."""
        counts = [session.counts for session in self.sessions if session.counts is not None]
        return sum(counts, Counts()) if counts else None

    def as_dict(self) -> dict[str, Any]:
        """Render for JSON: ``passed``, ``event`` (the scores' sum, as of `tussis score`) and ``sessions``."""
        total = self.total
        return {
            "passed": self.passed,
            "event": total.as_dict() if total else None,
            "sessions": [session.as_dict() for session in self.sessions],
        }


def replay(
    sessions: str | PathLike[str],
    port: str,
    *,
    model: str | PathLike[str] | Detector = "default",
    mode: Mode | None = None,
    microphone: Microphone = ALWAYS,
    speed: float = 1.0,
    full_rate: bool = False,
    imu_ppm: float | None = None,
    motion_sensor: MotionSensor | None = None,
    baud: int = DEFAULT_BAUD,
    out: Path | None = None,
    on_event: Callable[[str, Event], None] = lambda session, event: None,
    progress: Progress = silent,
) -> Replay:
    """Open a port and replay a session or a dataset into the board behind it.

    Parameters
    ----------
    sessions
        A session, a dataset or a WAV file.
    port
        Anything pyserial opens: ``/dev/ttyACM0``, ``COM3``, ``socket://host:port``,
        ``rfc2217://host:port``, a PTY.
    model
        The detector that the firmware was exported from, or its file.
    mode, microphone, full_rate
        See `tussis.firmware_stub.replay.replay.replay_recording`.
    speed
        Times real time; `math.inf` (or 0) as fast as the board takes it.
    imu_ppm
        Millionths by which the IMU's clock is fast, -50000 to 50000; None: it has the audio's clock.
    motion_sensor
        Sensor that motion is played through; None: as recorded.
    baud
        Bits per second, for ports that have any.
    out
        File for one JSON line per session. One that is there already is continued: sessions that it holds
        for the same detector, mode and rate, and with the same bytes, and that were completed, are not
        replayed again.
    on_event
        Called with the session's name and each event as it arrives.
    progress
        Called with the progress of each session.

    Returns
    -------
    Replay
        Sessions that failed are in it with their error.

    Raises
    ------
    InputError
        The port cannot be opened, the board is not the one for `model`, the only session is at fault, or
        `out` is not a file of ours.
    """
    if not speed >= 0.0:
        raise InputError(
            "--speed", f"{speed} is not a speed", remedy="use 1 for real time, 2 for twice that, or max"
        )
    if imu_ppm is not None and not -MOST_PPM <= imu_ppm <= MOST_PPM:
        raise InputError(
            "--imu-ppm", f"{imu_ppm:g} millionths is no sensor's clock", remedy="use -50000 to 50000, 5 %"
        )
    found: list[InputError] = []
    references = find_sessions(sessions, on_fault=found.append)
    faults = [fault for fault in found if Path(fault.path).name.casefold() != SESSION_FILE]  # asks no name
    if not references:
        raise faults[0]
    detector = model if isinstance(model, Detector) else load_detector(model)
    board = SerialBoard(port, baud)
    try:
        result = replay_dataset(
            references,
            board,
            detector,
            mode=mode,
            microphone=microphone,
            speed=speed or math.inf,
            full_rate=full_rate,
            imu_ppm=imu_ppm,
            motion_sensor=motion_sensor,
            out=out,
            on_event=on_event,
            progress=progress,
        )
    finally:
        board.close()
    failed = (SessionReplay.failed(fault.path, str(fault)) for fault in faults)
    return Replay((*result.sessions, *failed))


def replay_dataset(
    references: Sequence[SessionRef],
    board: Board,
    detector: Detector,
    *,
    mode: Mode | None = None,
    microphone: Microphone = ALWAYS,
    speed: float = math.inf,
    full_rate: bool = False,
    imu_ppm: float | None = None,
    motion_sensor: MotionSensor | None = None,
    out: Path | None = None,
    on_event: Callable[[str, Event], None] = lambda session, event: None,
    progress: Progress = silent,
) -> Replay:
    """Replay sessions into an open board; see `replay`."""
    terms = {
        "detector": f"{detector_hash(detector, microphone):08x}",
        "asked_mode": mode,
        "asked_microphone": str(microphone),
        "full_rate": full_rate,
        "imu_ppm": imu_ppm,
        "motion_sensor": None if motion_sensor is None else motion_sensor.name,
    }
    journal = _Journal(out, terms)
    needs = needed_parts(detector, mode, "labels")
    results: list[SessionReplay] = []
    for number, reference in enumerate(references):
        progress("sessions", number, len(references))
        content = _content_of(reference) if out is not None else ""
        result = journal.earlier(reference.name, content)
        if result is None:
            try:
                result = replay_recording(
                    as_sensed(reference.load(**detector.rates, needs=needs), motion_sensor),
                    board,
                    detector,
                    mode=mode,
                    microphone=microphone,
                    speed=speed,
                    full_rate=full_rate,
                    imu_ppm=imu_ppm,
                    on_event=lambda event, name=reference.name: on_event(name, event),  # type: ignore[misc]
                    progress=progress,
                )
            except InputError as error:  # one broken recording must not cost the others their night
                if len(references) == 1 or error.path == board.name:
                    raise
                result = SessionReplay.failed(reference.name, str(error))
            journal.add(result, content)
        results.append(result)
    progress("sessions", len(references), len(references))
    return Replay(tuple(results))


def _content_of(reference: SessionRef) -> str:
    """Hash the files of a session; empty, which equals no hash, if one of them cannot be read."""
    try:
        return content_hash(reference)
    except (InputError, OSError):
        return ""  # replaying it says what is wrong


class _Journal:
    """The result file: read at the start, one line added per session."""

    def __init__(self, path: Path | None, terms: dict[str, Any]) -> None:
        self._path = path
        self._terms = terms
        self._earlier: dict[str, SessionReplay] = {}
        if path is not None and path.exists():
            kept = list(self._read(path))
            write_text_whole(path, "".join(json_text(line) + "\n" for line in kept))
            self._earlier = {
                line["session"]: _from_line(line)
                for line in kept
                if line["error"] is None and all(line.get(key) == value for key, value in self._terms.items())
            }

    def earlier(self, session: str, content: str) -> SessionReplay | None:
        """Give the result of a session that was completed under the same terms, from the same bytes."""
        found = self._earlier.get(session)
        return found if found is not None and content and found.document.get("content") == content else None

    def add(self, result: SessionReplay, content: str) -> None:
        """Write a session's line at once, so that a crash costs only the session it happens in."""
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json_text({**result.document, **self._terms, "content": content}) + "\n")
        except OSError as error:
            raise InputError(self._path, f"cannot be written: {error.strerror}", field="--out") from None

    @staticmethod
    def _read(path: Path) -> Iterator[dict[str, Any]]:
        lines = read_bytes(path).split(b"\n")
        for number, text in enumerate(lines, 1):
            try:
                line = json_document(text, path) if text else None
            except InputError:
                if number == len(lines):
                    return  # the last line of a run that was killed while writing it
                line = {}
            if line is not None:
                if not isinstance(line, dict) or not _is_result(line):
                    raise InputError(
                        path,
                        "is not a result file of tussis replay",
                        field=f"line {number}",
                        remedy="name another",
                    )
                yield line


def _is_result(line: dict[str, Any]) -> bool:
    """Whether a line holds what is taken from it again, each of its kind."""
    if not isinstance(line.get("session"), str) or not isinstance(line.get("passed"), bool):
        return False
    if not isinstance(line.get("error", 0), str | None):
        return False
    score, timing = line.get("score"), line.get("timing")
    if not score:
        return True
    if not isinstance(score, dict) or not isinstance(timing, dict):
        return False
    counts = [score.get(key) for key in ("tp", "fp", "ref")]
    seconds = timing.get("recording_s")
    whole = all(isinstance(count, int) and not isinstance(count, bool) and count >= 0 for count in counts)
    return whole and isinstance(seconds, int | float) and not isinstance(seconds, bool) and seconds >= 0


def _from_line(line: dict[str, Any]) -> SessionReplay:
    counts = None
    if line.get("score"):
        score = line["score"]
        counts = Counts(score["tp"], score["fp"], score["ref"], line["timing"]["recording_s"])
    return SessionReplay(line["session"], line["error"], line["passed"], counts, line)
