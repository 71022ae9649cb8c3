"""A session recorded from a board that runs the recorder: sound, motion and marks, with what was lost."""

from __future__ import annotations

import time
import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.atomic import folder_whole
from ...data.formats.labels import label_row
from ...data.formats.session_folder import AUDIO_FILE, IMU_FILE, LABELS_FILE, SESSION_FILE
from ...data.input_error import InputError
from ...data.json_text import json_text
from ...data.recording import COUGH, IMU_COLUMNS, UNSURE, Label
from ..boards.board import Board, BoardGone
from ..protocol.framing import MessageReader, encode_message
from ..protocol.messages import Watch
from ..protocol.recorder_messages import (
    RECORDER_VERSION,
    Banner,
    Motion,
    Record,
    Sound,
    recorder_message_class,
)

__all__ = ["MARK_S", "RecordedSession", "record_session"]

MARK_S = 2.0
"""A mark says that there was a sound in so much time before it: people are slow."""

_ASK_EVERY_S = 1.0
_ASKED_S = 5
_WAIT_S = 0.05
_FIRST_ANSWER_S = 5.0
_SILENCE_S = 5.0
_LAST_ANSWER_S = 1.0
_RATE_NEEDS_S = 30.0
_RATE_DIFFERS = 0.001
"""Motion is timed by its own measured rate, and not by the nominal one, from this difference on."""


@dataclass
class RecordedSession:
    """What was recorded.

    Attributes
    ----------
    path
        The session's folder.
    board
        What the board called itself.
    audio_rate_hz, imu_rate_hz
        Rates; that of motion by the clock of the sound where it was measured.
    audio_samples, imu_samples
        Lengths, with what was lost.
    lost_audio, lost_imu
        Samples that never came. In their place stands 0 in the sound, and in the motion the row before them,
        which a detector takes for a sensor that stands still.
    lost_on_board
        Of the lost samples of sound, those that the board had not sent.
    gaps
        Start and end of each gap in the sound, seconds.
    marks
        Labels made of what was typed.
    ended
        Why it ended before it should; empty where it did not.
    """

    path: Path
    board: str = ""
    audio_rate_hz: int = 0
    imu_rate_hz: float = 0.0
    audio_samples: int = 0
    imu_samples: int = 0
    lost_audio: int = 0
    lost_imu: int = 0
    lost_on_board: int = 0
    gaps: list[tuple[float, float]] = field(default_factory=list)
    marks: list[Label] = field(default_factory=list)
    ended: str = ""

    @property
    def duration_s(self) -> float:
        """Length of the sound in seconds."""
        return self.audio_samples / self.audio_rate_hz if self.audio_rate_hz else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Render for JSON."""
        return {
            **{name: value for name, value in vars(self).items() if name not in ("path", "marks")},
            "path": str(self.path),
            "duration_s": self.duration_s,
            "marks": [[mark.start_s, mark.end_s, mark.name] for mark in self.marks],
        }


class _Stream:
    """Puts what comes in its place; says when the board started again."""

    def __init__(self, found: RecordedSession, file: wave.Wave_write, most: int | None) -> None:
        self.found = found
        self.rows: list[tuple[int, NDArray[np.float32]]] = []
        self.ticks: list[tuple[int, int]] = []
        self._file = file
        self.most = most

    @property
    def is_full(self) -> bool:
        return self.most is not None and self.found.audio_samples >= self.most

    def take_sound(self, block: Sound) -> None:
        found = self.found
        gap = block.first - found.audio_samples
        if gap < 0:
            found.ended = f"the board started again at {found.duration_s:.2f} s"
            return
        left = len(block.samples) + gap if self.most is None else self.most - found.audio_samples
        gap = min(gap, left)
        if gap:
            found.gaps.append((found.duration_s, (found.audio_samples + gap) / found.audio_rate_hz))
            found.lost_audio += gap
            self._write(np.zeros(gap, np.int16))
        self._write(block.samples[: left - gap])

    def take_motion(self, block: Motion) -> None:
        found = self.found
        if not self.is_full and len(block.samples) and block.first >= found.imu_samples:
            found.lost_imu += block.first - found.imu_samples
            self.rows.append((block.first, block.samples))
            found.imu_samples = block.first + len(block.samples)
            self.ticks.append((found.imu_samples, block.audio))

    def _write(self, pcm: NDArray[np.int16]) -> None:
        self._file.writeframes(pcm.astype("<i2").tobytes())
        self.found.audio_samples += len(pcm)


def record_session(
    board: Board,
    out: Path,
    *,
    subject: str = "",
    movement: str = "",
    background: str = "",
    seconds: float | None = None,
    typed: Callable[[], list[str]] = list,
    tell: Callable[[RecordedSession], None] = lambda found: None,
    clock: Callable[[], float] = time.monotonic,
) -> RecordedSession:
    """Record until Ctrl-C, or for a while, and write a session folder.

    Parameters
    ----------
    board
        The line to a board that runs the recorder.
    out
        The session's folder, new or empty.
    subject, movement, background
        For its ``session.json``.
    seconds
        Length of the sound; None: until Ctrl-C.
    typed
        Gives the lines that were typed since it was called last; each marks the sound before it. An empty
        line, or ``cough``, marks a stretch that may hold a cough, for `tussis review`.
    tell
        Is told how far it is.
    clock
        Seconds on any clock that runs on.

    Raises
    ------
    InputError
        No recorder answers, or the folder has content.
    """
    with folder_whole(out) as folder:
        reader = MessageReader(recorder_message_class)
        banner = _first_banner(board, reader, clock)
        found = RecordedSession(out, banner.name, banner.audio_rate_hz)
        with wave.open(str(folder / AUDIO_FILE), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(banner.audio_rate_hz)
            most = None if seconds is None else round(seconds * banner.audio_rate_hz)
            stream = _Stream(found, file, most)
            _run(board, reader, stream, typed, tell, clock)
        if not found.audio_samples:
            raise InputError(board.name, "the recorder answers and sends no sound", remedy="see its port")
        _write_motion(folder / IMU_FILE, stream, banner.imu_rate_hz)
        if found.marks:
            (folder / LABELS_FILE).write_text("".join(map(label_row, found.marks)), encoding="utf-8")
        about = {
            "subject": subject,
            "movement": movement,
            "background": background,
            "recorder": {
                "board": found.board,
                "lost_audio_samples": found.lost_audio,
                "lost_imu_samples": found.lost_imu,
                "gaps_s": found.gaps,
            },
        }
        (folder / SESSION_FILE).write_text(json_text(about, 2) + "\n", encoding="utf-8")
    return found


def _first_banner(board: Board, reader: MessageReader, clock: Callable[[], float]) -> Banner:
    """Stop what may run, and wait for the recorder to say what it is."""
    shipped = MessageReader()
    began_s = due_s = clock()
    number = 0
    while clock() - began_s < _FIRST_ANSWER_S:
        if clock() >= due_s:
            due_s += _ASK_EVERY_S / 2
            board.write(b"\0" + encode_message(Record(0), 0, number) + encode_message(Watch(0), 0, number))
            number += 1
        data = board.read(_WAIT_S)
        for received in reader.feed(data):
            if isinstance(received.message, Banner) and not received.message.streaming:
                return _checked(board, received.message)
        if any(True for _ in shipped.feed(data)):
            raise InputError(
                board.name,
                "the board runs a detector's firmware, which cannot stream audio",
                remedy="put the recorder on it: tussis recorder OUT",
            )
    raise InputError(
        board.name, "no recorder answers", remedy="is the board on, with the firmware of tussis recorder?"
    )


def _checked(board: Board, banner: Banner) -> Banner:
    if banner.version != RECORDER_VERSION:
        raise InputError(
            board.name,
            f"the recorder speaks version {banner.version}, this tussis {RECORDER_VERSION}",
            remedy="export the recorder again",
        )
    if not 1000 <= banner.audio_rate_hz <= 384_000:
        raise InputError(board.name, f"a sound rate of {banner.audio_rate_hz} Hz cannot be recorded")
    return banner


def _run(
    board: Board,
    reader: MessageReader,
    stream: _Stream,
    typed: Callable[[], list[str]],
    tell: Callable[[RecordedSession], None],
    clock: Callable[[], float],
) -> None:
    found = stream.found
    number = 1000
    due_s = heard_s = clock()
    try:
        while not stream.is_full and not found.ended:
            now_s = clock()
            if now_s >= due_s:
                due_s = now_s + _ASK_EVERY_S
                board.write(b"\0" + encode_message(Record(_ASKED_S), 0, number))
                number += 1
            if data := board.read(_WAIT_S):
                _take(reader, data, stream)
                heard_s = clock()
                tell(found)
            elif clock() - heard_s > _SILENCE_S:
                found.ended = f"nothing came for {_SILENCE_S:g} s, at {found.duration_s:.2f} s"
            found.marks += [_mark(word, found.duration_s) for word in typed() if found.duration_s > 0]
    except KeyboardInterrupt:
        pass
    except BoardGone as error:
        found.ended = f"the line broke at {found.duration_s:.2f} s: {error}"
        return
    _stop(board, reader, stream, number, clock)


def _stop(
    board: Board, reader: MessageReader, stream: _Stream, number: int, clock: Callable[[], float]
) -> None:
    """Have the light go out, and take what was under way."""
    ended = stream.found.ended
    stream.most = stream.found.audio_samples if stream.most is None else stream.most
    try:
        began_s = clock()
        while clock() - began_s < _LAST_ANSWER_S:
            board.write(b"\0" + encode_message(Record(0), 0, number))
            if _take(reader, board.read(_WAIT_S), stream):
                break
    except (BoardGone, KeyboardInterrupt):
        pass  # a recorder that is not asked again stops by itself
    stream.found.ended = ended


def _take(reader: MessageReader, data: bytes, stream: _Stream) -> bool:
    """Take what came; returns whether the recorder says that it has stopped."""
    stopped = False
    for received in reader.feed(data):
        message = received.message
        if isinstance(message, Sound) and not stream.found.ended:
            stream.take_sound(message)
        elif isinstance(message, Motion):
            stream.take_motion(message)
        elif isinstance(message, Banner):
            stream.found.lost_on_board = message.lost_audio
            stopped = not message.streaming
    return stopped


def _mark(word: str, now_s: float) -> Label:
    name = " ".join(word.split())
    start_s = max(now_s - MARK_S, 0.0)
    if name.casefold() in ("", COUGH):
        return Label(start_s, now_s, UNSURE, confidence=0.5)
    return Label(start_s, now_s, name)


def _write_motion(path: Path, stream: _Stream, nominal_hz: float) -> None:
    if not stream.rows:
        return
    found = stream.found
    found.imu_rate_hz = _rate_hz(stream, nominal_hz)
    with path.open("w", encoding="ascii") as file:
        file.write("time_s," + ",".join(IMU_COLUMNS) + "\n")
        number = 0
        before = stream.rows[0][1][0].tolist()
        for first, values in stream.rows:
            for row in [before] * (first - number) + values.astype(np.float64).tolist():
                cells = ",".join(f"{value:.5f}" for value in row)
                file.write(f"{number / found.imu_rate_hz:.4f},{cells}\n")
                number += 1
                before = row


def _rate_hz(stream: _Stream, nominal_hz: float) -> float:
    """Rate of the motion by the clock of the sound: the slope of a line, where it is known well enough."""
    ticks = np.array(stream.ticks, np.float64)
    seconds = ticks[:, 1] / stream.found.audio_rate_hz
    if not nominal_hz or seconds[-1] - seconds[0] < _RATE_NEEDS_S:
        return nominal_hz or 100.0
    slope = float(np.polyfit(seconds, ticks[:, 0], 1)[0])
    return slope if abs(slope / nominal_hz - 1) > _RATE_DIFFERS else nominal_hz
