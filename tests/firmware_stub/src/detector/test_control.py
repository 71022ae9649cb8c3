"""Control and events in C against the Python reference, on made-up margins and levels, in any chunking."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tussis.selection.detector.microphone import ALWAYS
from tussis.selection.detector.segmentation import hits_in_audio, segment, segment_gated
from tussis.selection.detector.silence import Silence, wake_frames
from tussis.signal.elementary import sigmoid
from tussis.signal.kinematics import motion_level

from .conftest import Script, stub_detector


def make_script(seed: int, n_frames: int = 600, lead: int = 0) -> Script:
    """Bursts of sound over a noise floor; margins follow them loosely."""
    rng = np.random.default_rng(seed)
    levels = rng.normal(5, 0.6, n_frames)
    sound = np.zeros(n_frames)
    for _ in range(rng.integers(1, 14)):
        at, width = rng.integers(0, n_frames), rng.integers(2, 60)
        shape = rng.uniform(4, 12) * np.exp(-np.arange(width) / rng.uniform(2, 40))
        sound[at : at + width] += shape[: n_frames - at]
    levels += sound
    margins = 300 * (np.convolve(sound, np.ones(32) / 32)[31 : 31 + n_frames] - 2) + rng.normal(
        0, 250, n_frames
    )
    n_imu = int(n_frames * 1.6) + lead
    motion = rng.normal(0, 0.05, (n_imu, 3))
    imu_margins = rng.normal(-1.2, 0.6, n_imu)
    for start in np.flatnonzero(np.diff(sound) > 3) * 1.6:
        motion[int(start) : int(start) + 20] += rng.normal(
            0, 3, (len(motion[int(start) : int(start) + 20]), 3)
        )
        imu_margins[max(int(start) - 40, 0) : int(start) + 10] += rng.uniform(0, 3)
    return Script(
        np.clip(margins, -30000, 30000).astype(np.int16),
        np.clip(64 * levels, 0, 30000).astype(np.int16),
        imu_margins.astype(np.float32),
        motion.astype(np.float32),
    )


class ScriptedSilence(Silence):
    """Silence as the stand-in kernels read it: margin and level 0."""

    def __init__(self, model, wakes, margins, level) -> None:
        super().__init__(np.zeros(0, np.int16), model, wakes, np.zeros((0, 0), np.float32))
        self._margins, self._level = margins, level

    def _hush(self, index, silent):
        level = self._level[8 * index : 8 * index + 32].copy()
        level[silent] = 0
        return np.float32(0) if silent.start == 0 else self._margins[index], level


def expected(
    script: Script, mode: str, detector, microphone=ALWAYS, loud=None
) -> list[tuple[int, int, float]]:
    """Run the reference's gate and segmenter on the script; `loud` says which audio windows are loud."""
    n_windows = max(len(script.levels) // 8 - 3, 0)
    margins = (script.margins[: 8 * n_windows : 8] / np.float32(256)).astype(np.float32)
    level = (script.levels / np.float32(64)).astype(np.float32)
    imu = script.imu()
    starts = np.arange(0, len(imu) - 49, 25)
    imu_margins = script.imu_margins[starts]
    ticks = 256
    if mode == "imu":
        frames = segment(imu_margins, motion_level(imu, detector.imu.plan), detector.imu_events)
        ticks = 800
    elif mode == "audio" and loud is None:
        frames = segment(margins, level, detector.audio_events)
    elif mode == "audio":
        frames, _ = segment_gated(margins, level, detector.audio_events, loud, 0)
    else:
        hits = detector.gating.fired(imu_margins, detector.imu.plan.hop_s)
        hit = hits_in_audio(
            detector.audio.plan, detector.imu.plan, detector.gating, n_windows, hits, microphone
        )
        if loud is not None:
            hit, loud = detector.sound_level.combined(hit, loud)
        silence = None
        if microphone.gated:
            wakes = wake_frames(detector.audio.plan, detector.imu.plan, microphone, n_windows, hits)
            silence = ScriptedSilence(detector.audio, wakes, margins.copy(), level)
        frames, _ = segment_gated(
            margins,
            level,
            detector.audio_events,
            hit,
            detector.gating.max_consecutive_audio_windows,
            silence,
            loud,
        )
    confidence = sigmoid(np.array([f.margin for f in frames], np.float32))
    return [(f.start * ticks, f.end * ticks, float(c)) for f, c in zip(frames, confidence, strict=True)]


def feed(detector, script: Script, mode: str, cuts: list[tuple[str, int]]) -> list[tuple[int, int, float]]:
    """Push audio and IMU in the given pieces, what is left at the end, and collect the events."""
    pcm, imu = script.pcm(), script.imu()
    at = {"audio": 0, "imu": 0}
    found = []
    detector.start(mode)
    for kind, n in [*cuts, ("imu", len(imu)), ("audio", len(pcm))]:
        data = pcm if kind == "audio" else imu
        piece = data[at[kind] : at[kind] + n]
        at[kind] += len(piece)
        (detector.push_audio if kind == "audio" else detector.push_imu)(piece)
        found += detector.events()
    detector.flush()
    return [tuple(event) for event in found + detector.events()]


def _bearable(cuts: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Leave out IMU pieces more than 7 s before their audio; at the end both go on in step."""
    position = {"audio": 0, "imu": 0}
    allowed = []
    for kind, n in cuts:
        if kind == "imu" and position["imu"] + n > position["audio"] / 160 + 700:
            n = 0
        position[kind] += n
        allowed.append((kind, n))
    return allowed + [("audio", 16000), ("imu", 100)] * 10


PIECES = st.lists(
    st.tuples(st.sampled_from(["audio", "imu"]), st.one_of(st.integers(0, 40), st.integers(0, 16000))),
    max_size=60,
).map(_bearable)


@pytest.fixture(scope="module")
def patient(stub_library):
    """A detector with room for any interleaving."""
    return stub_library(TUSSIS_SKEW_MS=12000, TUSSIS_EVENT_QUEUE=64)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), mode=st.sampled_from(["audio", "imu", "gated"]), cuts=PIECES)
def test_any_chunking_gives_the_reference_events(patient, seed, mode, cuts):
    script = make_script(seed)
    assert feed(patient, script, mode, cuts) == expected(script, mode, stub_detector())
    assert not patient.totals().losses()


@pytest.mark.parametrize("mode", ["audio", "imu", "gated"])
@pytest.mark.parametrize("piece", [1, 7, 256, 16000])
def test_the_device_skew_suffices_for_interleaved_samples(stub_library, mode, piece):
    script = make_script(piece, n_frames=1500)
    detector = stub_library(TUSSIS_EVENT_QUEUE=64)
    found = []
    pcm, imu = script.pcm(), script.imu()
    if piece == 1:
        pcm, imu = pcm[:40000], imu[:250]
        script = Script(
            script.margins[:156], script.levels[:156], script.imu_margins[:250], script.acceleration[:250]
        )
    done = 0
    detector.start(mode)
    for start in range(0, len(pcm), piece):
        until = min((start + piece) // 160, len(imu))
        if piece <= 4096:
            detector.push_audio(pcm[start : start + piece])
            detector.push_imu(imu[done:until])
        else:
            detector.push_imu(imu[done:until])
            detector.push_audio(pcm[start : start + piece])
        done = max(done, until)
        found += detector.events()
    detector.flush()
    assert [tuple(e) for e in found + detector.events()] == expected(script, mode, stub_detector())
    assert detector.totals().late_imu == 0


def test_scripts_are_not_trivial():
    counts = {
        mode: sum(len(expected(make_script(s), mode, stub_detector())) for s in range(20))
        for mode in ("audio", "imu", "gated")
    }
    assert all(count > 20 for count in counts.values()), counts
    assert counts["gated"] != counts["audio"]
