"""One session replayed: a recording into a board, its events out, scored and compared with this machine's."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from ...data.imu_skew import SensorClock, skewed
from ...data.input_error import InputError
from ...data.progress import Progress, silent
from ...data.recording import Recording
from ...export.codegen.config_source import detector_hash
from ...export.estimate.stages import STAGES
from ...selection.detector.detector_file import Detector
from ...selection.detector.gate import TICK_HZ
from ...selection.detector.inference import Detection, Event, as_heard, choose_mode, detect
from ...selection.detector.microphone import ALWAYS, Microphone
from ...selection.detector.mode import Mode
from ...selection.training.event_counts import Counts, count_events
from ...signal.decimator import decimate
from ...signal.host_kernels import without_kernels
from ...signal.imu_clock import StampedImu, on_audio_time
from ..boards.board import Board
from ..protocol.feed import SampleStreams
from ..protocol.link_error import BoardRefused, LinkError
from ..protocol.messages import PATH_AUDIO, PATH_IMU, Refusal, Stages
from ..protocol.messages import Event as EventMessage
from ..protocol.session_log import LinkStatistics, SessionLog
from .session_run import SessionOutcome, SessionTerms, run_session

__all__ = ["Difference", "SessionReplay", "replay_recording", "streams_of"]

_SLACK_S = 1.0
"""How far behind the last sample an event may end: the last frame is filled up, a sensor may be slow."""

_PATHS = {PATH_AUDIO: "audio", PATH_IMU: "imu"}


@dataclass(frozen=True)
class Difference:
    """What the board found differently from host inference; nothing is expected.

    Attributes
    ----------
    missing, extra
        Events only the host has, and only the board; equal means the same ticks and the same confidence bits.
    windows
        Windows whose margin the board reported.
    differing_windows
        Of these, windows whose margin has other bits, or which the host did not evaluate, and windows
        that the host evaluated and the board did not report.
    worst_margin_error
        Largest difference of two margins.
    """

    missing: tuple[Event, ...] = ()
    extra: tuple[Event, ...] = ()
    windows: int = 0
    differing_windows: int = 0
    worst_margin_error: float = 0.0

    @property
    def none(self) -> bool:
        """Whether board and host agree in everything."""
        return not (self.missing or self.extra or self.differing_windows)

    def as_dict(self) -> dict[str, Any]:
        """Render for JSON."""
        return {
            **asdict(self),
            "missing": [event._asdict() for event in self.missing],
            "extra": [event._asdict() for event in self.extra],
        }


@dataclass(frozen=True)
class SessionReplay:
    """One session's result.

    Attributes
    ----------
    session
        Name of the recording.
    error
        Why it could not be completed; the rest is empty then.
    document
        Everything for JSON; `as_dict` returns it.
    counts
        Scores against the labels; None without labels or result.
    """

    session: str
    error: str | None
    passed: bool
    counts: Counts | None
    document: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Render for JSON."""
        return self.document

    @classmethod
    def failed(cls, session: str, error: str) -> SessionReplay:
        """Make the result of a session that could not be completed."""
        return cls(session, error, False, None, {"session": session, "passed": False, "error": error})


def replay_recording(
    recording: Recording,
    board: Board,
    detector: Detector,
    *,
    mode: Mode | None = None,
    microphone: Microphone = ALWAYS,
    speed: float = math.inf,
    full_rate: bool = False,
    any_detector: bool = False,
    imu_ppm: float | None = None,
    on_event: Callable[[Event], None] = lambda event: None,
    progress: Progress = silent,
) -> SessionReplay:
    """Replay one recording.

    Parameters
    ----------
    recording
        At the detector's rates.
    board
        An open board.
    detector
        What the board's firmware was exported from: host inference runs it, and the board is asked for it.
    mode
        Which models decide; None: gated where there is an IMU, else audio.
    microphone
        Microphone mode that the firmware was exported with. One that movement wakes is played by this
        machine: the board is sent silence while it is off.
    speed
        Times real time; `math.inf` as fast as the board takes it.
    full_rate
        Send audio at the microphone's rate through the firmware's decimator. Otherwise the same integer
        filter runs here and the link carries half or less. A detector with a sound level is always sent audio
        at the microphone's rate.
    any_detector
        Do not ask the board which detector it has.
    imu_ppm
        Millionths by which the IMU's clock is fast; the board is given its samples with the audio ticks at
        which they were read, and must find that out. None: it has the audio's clock.
    on_event
        Called with each event as it arrives.
    progress
        Called with the seconds that the board has taken.

    Returns
    -------
    SessionReplay
        Also when the link failed: `SessionReplay.error` says what was lost.

    Raises
    ------
    InputError
        The recording does not fit the detector, or the board refuses the session.
    """
    mode = choose_mode(detector, recording, mode)
    recording = as_heard(recording, detector, mode, microphone).recording
    streams = streams_of(recording, detector, mode, full_rate=full_rate)
    if imu_ppm is not None and len(streams.imu):
        recording, streams = _with_own_clock(recording, streams, detector, imu_ppm)
    with without_kernels():
        host = detect(recording, detector, mode, microphone=microphone.built_as)
    identity = detector_hash(detector, microphone)
    terms = SessionTerms(mode, 0 if any_detector else identity, speed)
    total = max(round(streams.duration_s), 1)
    stage = f"replay {recording.name}"
    progress(stage, 0, total)
    try:
        outcome = run_session(
            board,
            streams,
            terms,
            on_event=lambda event: on_event(_event(event)),
            on_progress=lambda done_s: progress(stage, int(done_s), total),
        )
    except BoardRefused as refusal:
        raise _refused(board, refusal, identity) from None
    except LinkError as error:
        return SessionReplay.failed(recording.name, f"{board.name}: {error}")
    progress(stage, total, total)
    return _result(recording, board, detector, identity, host, outcome, terms, streams)


def streams_of(recording: Recording, detector: Detector, mode: Mode, *, full_rate: bool) -> SampleStreams:
    """Make a recording's samples what a mode needs of them, at the rate they are to be sent."""
    audio, rate_hz, decimated = recording.audio, recording.audio_rate_hz, False
    if mode == "imu":
        audio = audio[:0]
    elif not full_rate and detector.audio is not None and detector.sound_level is None:
        audio, rate_hz, decimated = decimate(audio, detector.audio.plan), detector.audio.plan.rate_hz, True
    imu = recording.board_imu if mode != "audio" else recording.board_imu[:0]
    return SampleStreams(audio, rate_hz, decimated, imu, round(recording.imu_rate_hz) if len(imu) else 0)


def _with_own_clock(
    recording: Recording, streams: SampleStreams, detector: Detector, ppm: float
) -> tuple[Recording, SampleStreams]:
    """Give the IMU a clock of its own: what the firmware makes of its samples, and these with stamps."""
    assert detector.imu is not None
    sensor = skewed(streams.imu, streams.imu_rate_hz, SensorClock(ppm, rate_hz=streams.imu_rate_hz))
    imu, lost = on_audio_time(StampedImu(*sensor), detector.imu.plan)
    rate_hz = round(streams.imu_rate_hz * (1 + 1e-6 * ppm))
    stamped = replace(streams, imu=sensor.samples, imu_rate_hz=rate_hz, imu_ticks=sensor.ticks)
    return replace(recording, imu=imu, imu_lost=lost), stamped


def compare(detector: Detector, host: Detection, log: SessionLog) -> Difference:
    """Compare what a board said with host inference, bit for bit."""
    ours = {
        (*_ticks(detector, host, number), _bits(event.confidence)): event
        for number, event in enumerate(host.events)
    }
    theirs = {(event.start, event.end, _bits(event.confidence)): _event(event) for event in log.events}
    expected = {(PATH_AUDIO, int(w)): host.audio_margins[w] for w in np.flatnonzero(host.evaluated)}
    expected |= {(PATH_IMU, w): margin for w, margin in enumerate(host.imu_margins) if host.imu_evaluated[w]}
    reported = {(stats.path, stats.window): np.float32(stats.margin) for stats in log.stats}
    both = expected.keys() & reported.keys()
    differing = [key for key in both if _bits(expected[key]) != _bits(reported[key])]
    return Difference(
        tuple(event for key, event in ours.items() if key not in theirs),
        tuple(event for key, event in theirs.items() if key not in ours),
        len(reported),
        len(differing) + len(expected.keys() ^ reported.keys()),
        max((abs(float(expected[key]) - float(reported[key])) for key in differing), default=0.0),
    )


def _ticks(detector: Detector, host: Detection, number: int) -> tuple[int, int]:
    part = detector.imu if host.mode == "imu" else detector.audio
    assert part is not None
    frame = part.plan.frame * TICK_HZ // part.plan.rate_hz
    return host.event_frames[number].start * frame, host.event_frames[number].end * frame


def _bits(value: float | np.float32) -> int:
    return int(np.float32(value).view(np.uint32))


def _event(message: EventMessage) -> Event:
    return Event(message.start / TICK_HZ, message.end / TICK_HZ, message.confidence)


def _refused(board: Board, refusal: BoardRefused, identity: int) -> InputError:
    if refusal.reason == Refusal.DETECTOR:
        problem = f"{refusal}, --model and --microphone are {identity:08x}"
        return InputError(board.name, problem, remedy="name what it was exported with, or flash it again")
    if refusal.reason == Refusal.VERSION:
        return InputError(board.name, str(refusal), remedy="export with this version of tussis and flash it")
    return InputError(board.name, str(refusal))


def _result(
    recording: Recording,
    board: Board,
    detector: Detector,
    identity: int,
    host: Detection,
    outcome: SessionOutcome,
    terms: SessionTerms,
    streams: SampleStreams,
) -> SessionReplay:
    log = outcome.log
    if strange := _strange_event(log, streams):
        return SessionReplay.failed(recording.name, f"{board.name}: {strange}")
    events = [_event(event) for event in log.events]
    difference = compare(detector, host, log)
    counts = None
    if recording.labelled:
        spans = [(event.start_s, event.end_s) for event in events]
        counts = count_events(recording.coughs, spans, recording.duration_s)
    document = {
        "session": recording.name,
        "passed": difference.none,
        "error": None,
        "mode": terms.mode,
        "detector": f"{identity:08x}",
        "events": [event._asdict() for event in events],
        "score": counts.as_dict() if counts else None,
        "difference": difference.as_dict(),
        "timing": _timing(recording, outcome, terms),
        "stages": {_PATHS[stages.path]: _stages(stages) for stages in log.stages if stages.path in _PATHS},
        "log": [{"level": line.level, "text": line.text} for line in log.logs],
        "link": _link(board, outcome, streams),
        "totals": {k: v for k, v in asdict(log.end).items() if k != "message"} if log.end else None,
    }
    return SessionReplay(recording.name, None, difference.none, counts, document)


def _strange_event(log: SessionLog, streams: SampleStreams) -> str | None:
    """Say which event cannot be one of this recording: it ends before it begins, or lies outside."""
    last_tick = math.ceil((streams.duration_s + _SLACK_S) * TICK_HZ)
    for number, event in enumerate(log.events, 1):
        if not event.start < event.end <= last_tick:
            found = f"from {event.start / TICK_HZ:.2f} s to {event.end / TICK_HZ:.2f} s"
            return f"event {number} {found} cannot be one of {streams.duration_s:.2f} s"
    return None


def _stages(stages: Stages) -> dict[str, Any]:
    """Render where the board's ticks went; the stages are named as `tussis estimate` names them."""
    return {
        "calls": stages.calls,
        "longest_call_cycles": stages.longest_call,
        "cycles": {stage: getattr(stages, re.sub(r"\W", "_", stage)) for stage in STAGES},
    }


def _timing(recording: Recording, outcome: SessionOutcome, terms: SessionTerms) -> dict[str, Any]:
    paced, delays = math.isfinite(terms.speed), outcome.event_delays_s
    return {
        "recording_s": recording.duration_s,
        "elapsed_s": outcome.elapsed_s,
        "times_real_time": recording.duration_s / outcome.elapsed_s if outcome.elapsed_s else None,
        "speed": terms.speed if paced else None,
        "event_delay_s": {"median": statistics.median(delays), "max": max(delays)}
        if paced and delays
        else None,
    }


def _link(board: Board, outcome: SessionOutcome, streams: SampleStreams) -> dict[str, Any]:
    welcome = outcome.log.welcome
    assert welcome is not None
    return {
        "port": board.name,
        "audio_rate_hz": streams.audio_rate_hz,
        "decimated": streams.decimated,
        **_link_counts(outcome.statistics),
        "round_trip_ms": 1e3 * outcome.round_trip_s,
        "restarts": outcome.restarts,
        "reconnections": outcome.reconnections,
        "window_bytes": welcome.window_bytes,
        "clock_hz": welcome.clock_hz,
        "state_bytes": welcome.state_bytes,
        "firmware": ".".join(str(part) for part in welcome.firmware.to_bytes(4, "big")[1:]),
        "options": welcome.options,
    }


_LINK_KEYS = {
    "messages_sent": "frames_sent",
    "messages_received": "frames_received",
    "bad_messages_host": "bad_frames_host",
    "bad_messages_board": "bad_frames_board",
}


def _link_counts(counts: LinkStatistics) -> dict[str, int]:
    """Name the counts of a link as the JSON document always has: there most messages are frames."""
    return {_LINK_KEYS.get(name, name): count for name, count in asdict(counts).items()}
