"""The microphone that follows the gate: the C against the reference, pushed whole or heard in stretches."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tussis.selection.detector.microphone import Microphone
from tussis.selection.detector.silence import wake_frames

from .conftest import Script, stub_detector
from .test_control import PIECES, ScriptedSilence, expected, feed, make_script

GATED = Microphone("gated", 32)
TICKS_PER_IMU_SAMPLE = 160


@pytest.fixture(scope="module")
def patient(stub_library):
    """A detector with room for any interleaving."""
    return stub_library(microphone=GATED, TUSSIS_SKEW_MS=12000, TUSSIS_EVENT_QUEUE=64)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), mode=st.sampled_from(["audio", "imu", "gated"]), cuts=PIECES)
def test_any_chunking_gives_the_reference_events(patient, seed, mode, cuts):
    script = make_script(seed)
    found = feed(patient, script, mode, cuts)
    assert found == expected(script, mode, stub_detector(), GATED)
    assert not patient.totals().losses()
    assert patient.missed_windows() == 0


@pytest.mark.parametrize("piece", [1, 7, 256, 512])
@pytest.mark.parametrize("start_ms", [0, 32, 100, 300])
def test_the_small_ring_suffices_for_interleaved_samples(stub_library, piece, start_ms):
    """The device's own ring: a recording as a board gets it, IMU samples a piece behind the audio or not."""
    microphone = Microphone("gated", start_ms)
    detector = stub_library(microphone=microphone, TUSSIS_EVENT_QUEUE=64)
    script = make_script(piece + start_ms, n_frames=300 if piece == 1 else 1500)
    pcm, imu = script.pcm(), script.imu()
    detector.start("gated")
    found = []
    done = 0
    for start in range(0, len(pcm), piece):
        until = min((start + piece) // 160, len(imu))
        behind = start_ms >= 32  # what the start-up time allows the IMU to lag
        if not behind:
            detector.push_imu(imu[done:until])
        detector.push_audio(pcm[start : start + piece])
        if behind:
            detector.push_imu(imu[done:until])
        done = max(done, until)
        found += detector.events()
    detector.flush()
    assert [tuple(e) for e in found + detector.events()] == expected(
        script, "gated", stub_detector(), microphone
    )
    assert detector.totals().late_imu == 0


class Worn:
    """A firmware that switches its microphone as the library wants it, on a clock of input samples."""

    def __init__(self, detector, script: Script, start_up: int, chunk: int) -> None:
        self.detector, self.pcm, self.imu = detector, script.pcm(), script.imu()
        self.start_up, self.chunk = start_up, chunk
        self.events: list[tuple[int, int, float]] = []
        self.on_samples = 0

    def run(self) -> list[tuple[int, int, float]]:
        detector = self.detector
        detector.start("gated")
        now = told = moved = 0  # samples passed; audio told of, by push or as missed; IMU samples pushed
        ready = None  # when the microphone, if on, is good
        while now < len(self.pcm):
            now = min(now + self.chunk, len(self.pcm))
            due = min(now // TICKS_PER_IMU_SAMPLE, len(self.imu))
            self.on_samples += 0 if ready is None else self.chunk
            if ready is None or ready > now:
                detector.skip_audio(now - told)
                told = now
            else:
                if ready > told:
                    detector.skip_audio(ready - told)
                    told = ready
                detector.push_audio(self.pcm[told:now])
                told = now
            detector.push_imu(self.imu[moved:due])
            moved = due
            wanted = detector.microphone_wanted()
            if wanted and ready is None:
                ready = now + self.start_up
            elif not wanted:
                ready = None
            self.events += map(tuple, detector.events())
        detector.flush()
        return self.events + list(map(tuple, detector.events()))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), start_up=st.integers(0, 300), chunk=st.sampled_from([16, 50, 160]))
def test_a_firmware_that_switches_in_time_gives_the_reference_events(stub_library, seed, start_up, chunk):
    """The microphone is off whenever it may be, and takes up to 19 ms, with 10 ms of reading before it."""
    script = make_script(seed)
    detector = stub_library(microphone=GATED, TUSSIS_EVENT_QUEUE=64)
    worn = Worn(detector, script, start_up, chunk)
    assert worn.run() == expected(script, "gated", stub_detector(), GATED)
    assert detector.missed_windows() == 0
    assert not detector.totals().losses()


def test_the_switching_firmware_hears_little_and_finds_much(stub_library):
    """What the test above compares is not empty, and the microphone is not simply left on."""
    detector = stub_library(microphone=GATED, TUSSIS_EVENT_QUEUE=64)
    events = heard = total = 0
    for seed in range(20):
        worn = Worn(detector, make_script(seed), 200, 50)
        events += len(worn.run())
        heard += worn.on_samples
        total += len(worn.pcm)
        duty = reference_duty(make_script(seed))
        assert worn.on_samples / len(worn.pcm) == pytest.approx(duty, abs=0.05)
    assert events > 20
    assert 0.1 < heard / total < 0.9


def reference_duty(script: Script) -> float:
    """`Microphone.duty` of a script, by the reference."""
    from tussis.selection.detector.segmentation import hits_in_audio, segment_gated

    detector = stub_detector()
    n_windows = len(script.levels) // 8 - 3
    margins = (script.margins[: 8 * n_windows : 8] / np.float32(256)).astype(np.float32)
    level = (script.levels / np.float32(64)).astype(np.float32)
    starts = np.arange(0, len(script.imu_margins) - 49, 25)
    hits = detector.gating.fired(script.imu_margins[starts], detector.imu.plan.hop_s)
    plans = detector.audio.plan, detector.imu.plan
    hit = hits_in_audio(*plans, detector.gating, n_windows, hits, GATED)
    wakes = wake_frames(*plans, GATED, n_windows, hits)
    silence = ScriptedSilence(detector.audio, wakes, margins.copy(), level)
    _, evaluated = segment_gated(
        margins, level, detector.audio_events, hit, detector.gating.max_consecutive_audio_windows, silence
    )
    return GATED.duty(*plans, hits, evaluated)


def test_a_microphone_that_is_too_slow_is_counted_and_returned(stub_library):
    detector = stub_library(microphone=GATED, TUSSIS_EVENT_QUEUE=64)
    script = next(s for s in map(make_script, range(50)) if expected(s, "gated", stub_detector(), GATED))
    worn = Worn(detector, script, start_up=4800, chunk=160)
    late = worn.run()
    assert detector.missed_windows() > 0
    assert late != expected(script, "gated", stub_detector(), GATED)
    detector.start("gated")
    imu = script.imu()[:50]
    imu[:, 3] = 9.0
    detector.push_imu(imu)
    assert detector.microphone_wanted()
    detector.push_audio(np.zeros(8000, np.int16))
    assert detector.skip_audio(4000) == -5  # windows 2 and 3 should have heard from 0.544 s on
    assert detector.missed_windows() == 2


def test_an_overrun_in_a_window_costs_that_window_only(stub_library):
    detector = stub_library(microphone=GATED, TUSSIS_EVENT_QUEUE=64)
    script = make_script(3)
    pcm, imu = script.pcm(), script.imu()
    imu[:, 3] = 9.0  # every window is wanted
    detector.start("gated")
    detector.push_imu(imu[:600])
    detector.push_audio(pcm[:32000])
    before = detector.audio_window().count
    assert detector.skip_audio(1) == -5
    assert detector.skip_audio(0) >= 0
    detector.push_audio(pcm[32001:48000])
    # Heard again from frame 126 on. Window 12 had begun; for window 13 the latest hit, at 2 s, counts: the
    # microphone is expected from frame 127 on.
    assert detector.audio_window().index == (48000 // 256 - 32) // 8 == 19
    assert detector.audio_window().count == before + 19 - 13 + 1
    assert detector.missed_windows() == 1


@pytest.mark.parametrize(("mode", "wanted"), [("audio", True), ("imu", False), ("gated", False)])
def test_who_wants_the_microphone_at_the_start(stub_library, mode, wanted):
    detector = stub_library(microphone=GATED, TUSSIS_EVENT_QUEUE=64)
    detector.start(mode)
    assert detector.microphone_wanted() == wanted
    detector.skip_audio(16000)
    assert detector.microphone_wanted() == wanted
    detector.skip_audio(16000 * 60)
    assert detector.microphone_wanted() == (
        mode != "imu"
    )  # no IMU for a minute: it is dead, the audio decides
    assert detector.events() == []
