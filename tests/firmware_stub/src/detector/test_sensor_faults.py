"""Lost, stuck, dead and clipping sensors: what is left out and counted; the audio decides meanwhile."""

import numpy as np
import pytest

from .test_control import make_script


def coughs(n_frames=3000):
    """A script with a sound every two seconds that the audio model finds, and motion that never fires."""
    script = make_script(1, n_frames)
    levels = np.full(n_frames, 300, np.int16)
    margins = np.full(n_frames, -2000, np.int16)
    for at in range(100, n_frames - 60, 125):
        levels[at : at + 12] = 1200
        margins[at - 24 : at + 8] = 2000
    quiet = (-5 + 0.1 * np.random.default_rng(2).normal(size=len(script.imu_margins))).astype(np.float32)
    return type(script)(margins, levels, quiet, script.acceleration)


def feed(detector, script, imu, mode="gated", skip_audio=(), lost_imu=()):
    """Feed 16 ms at a time; frames in `skip_audio` and samples in `lost_imu` are reported as lost."""
    pcm = script.pcm()
    detector.start(mode)
    events, done = [], 0
    for frame in range(len(pcm) // 256):
        until = min(int((frame + 1) * 1.6) + 1, len(imu))
        for sample in range(done, until):
            if sample in lost_imu:
                detector.skip_imu(1)
            else:
                detector.push_imu(imu[sample : sample + 1])
        done = max(done, until)
        if frame in skip_audio:
            detector.skip_audio(256)
        else:
            detector.push_audio(pcm[256 * frame : 256 * frame + 256])
        events += detector.events()
    detector.flush()
    return events + detector.events()


def starts_s(events):
    return [event.start_ticks / 16000 for event in events]


@pytest.fixture
def detector(stub_library):
    return stub_library(TUSSIS_EVENT_QUEUE=64)


def test_a_living_sensor_that_never_fires_gives_no_event(detector):
    script = coughs()
    assert feed(detector, script, script.imu()) == []
    assert not detector.totals().losses()


def test_a_stuck_sensor_lets_the_audio_decide(detector):
    script = coughs()
    imu = script.imu()
    imu[1000:] = imu[1000]
    found = starts_s(feed(detector, script, imu))
    assert found
    assert found[0] > 10 + 4.25
    assert found[0] < 10 + 4.25 + 2.5
    assert len(found) >= 15
    totals = detector.totals()
    assert totals.blind_windows == pytest.approx((48 - 14.25) / 0.25, abs=4)


def test_a_stuck_axis_counts_and_comes_back(detector):
    script = coughs()
    imu = script.imu()
    imu[1000:2000, 1] = 0.25
    found = starts_s(feed(detector, script, imu))
    assert found
    assert min(found) > 14
    assert max(found) < 21


def test_a_dead_sensor_lets_the_audio_decide(detector):
    script = coughs()
    found = starts_s(feed(detector, script, script.imu()[:1000]))
    assert found
    assert 11.5 < found[0] < 14.5
    assert len(found) >= 15
    totals = detector.totals()
    assert totals.open_windows > 200
    assert totals.late_imu > 200


def test_the_reference_says_the_same_of_a_dead_sensor(stub_library):
    from tussis.selection.detector.blind import with_dead_sensor
    from tussis.selection.detector.segmentation import hits_in_audio, segment_gated

    from .conftest import stub_detector

    script, reference = coughs(), stub_detector()
    windows = len(script.levels) // 8 - 3
    none = np.zeros(1000 // 25 - 1, np.bool_)
    hits = with_dead_sensor(none, reference, windows)
    asked = hits_in_audio(reference.audio.plan, reference.imu.plan, reference.gating, windows, hits)
    frames, _ = segment_gated(
        (script.margins[: 8 * windows : 8] / np.float32(256)).astype(np.float32),
        (script.levels / np.float32(64)).astype(np.float32),
        reference.audio_events,
        asked,
        reference.gating.max_consecutive_audio_windows,
    )
    for skew_ms in (256, 1000, 8000):
        detector = stub_library(TUSSIS_EVENT_QUEUE=64, TUSSIS_SKEW_MS=skew_ms)
        found = feed(detector, script, script.imu()[:1000])
        assert [e.start_ticks for e in found] == [256 * f.start for f in frames]


def test_lost_motion_lets_the_audio_decide_while_windows_lack_it(detector):
    script = coughs()
    found = starts_s(feed(detector, script, script.imu(), lost_imu=range(1000, 1600)))
    assert found
    assert min(found) > 9
    assert max(found) < 17.5
    totals = detector.totals()
    assert totals.lost_imu == 600
    assert totals.blind_windows == 25 or totals.blind_windows == 26


def test_up_to_three_samples_are_bridged(detector):
    script = coughs()
    assert feed(detector, script, script.imu(), lost_imu=(1000, 1001, 1002)) == []
    assert not detector.totals().losses()


def test_one_long_loss_is_as_many_short_ones(detector):
    script = coughs()
    once = feed(detector, script, script.imu(), lost_imu=range(1000, 1600))
    detector.start("gated")
    pcm, imu, again = script.pcm(), script.imu(), []
    for second in range(len(pcm) // 16000):
        if second == 10:
            assert detector.skip_imu(600) == -6
        elif not 10 <= second < 16:
            detector.push_imu(imu[100 * second : 100 * second + 100])
        detector.push_audio(pcm[16000 * second : 16000 * second + 16000])
        again += detector.events()
    detector.flush()
    assert [tuple(e) for e in again + detector.events()] == [tuple(e) for e in once]


@pytest.mark.parametrize("mode", ["audio", "gated"])
@pytest.mark.parametrize("frames", [1, 7, 40, 300, 1500])
def test_lost_audio_costs_its_windows_only(detector, mode, frames):
    script = coughs()
    imu = script.imu()
    imu[:, 3] += 10  # always awake
    whole = starts_s(feed(detector, script, imu, mode))
    gap = range(1000, 1000 + frames)
    found = starts_s(feed(detector, script, imu, mode, skip_audio=gap))
    clear = [s for s in whole if s < 16 - 0.6 or s > 16 + 0.016 * frames + 0.6]
    assert set(clear) <= set(found)
    assert not [s for s in found if 16 <= s < 16 + 0.016 * frames]
    totals = detector.totals()
    assert totals.skipped_audio == 256 * frames
    assert totals.audio_frames == 3000
    assert totals.missed_windows >= 4


def test_audio_and_motion_stay_together_over_a_gap(detector):
    script = coughs()
    imu = script.imu()
    imu[2400:2500, 3] += 10
    plain = feed(detector, script, imu)
    assert plain
    assert [tuple(e) for e in feed(detector, script, imu, skip_audio=range(200, 900))] == [
        tuple(e) for e in plain
    ]


def test_clipping_and_a_dead_microphone_are_counted(detector):
    detector.start("audio")
    rng = np.random.default_rng(0)
    detector.push_audio(rng.normal(0, 1000, 32000).astype(np.int16))
    assert detector.totals().clipped_audio == detector.totals().dead_audio == 0
    detector.push_audio(np.clip(rng.normal(0, 60000, 32000), -32768, 32767).astype(np.int16))
    clipped = detector.totals().clipped_audio
    assert clipped == pytest.approx(0.585 * 1000, rel=0.15)
    detector.push_audio(np.full(64000, 12, np.int16))
    assert detector.totals().clipped_audio == clipped
    assert detector.totals().dead_audio == pytest.approx(1000, abs=3)  # of 4 s the last two, one in 32


@pytest.mark.parametrize("piece", [1, 31, 32, 33, 500, 64000])
def test_what_is_looked_at_does_not_depend_on_the_pieces(detector, piece):
    near = [5, 32766, 32767, -32766, -32767, -32768]
    pcm = np.random.default_rng(2).choice(near, 64000).astype(np.int16)
    detector.start("audio")
    pieces = 3000 if piece < 30 else len(pcm) // piece
    for start in range(0, pieces * piece, piece):
        detector.push_audio(pcm[start : start + piece])
    seen = pcm[: pieces * piece : 32]
    assert detector.totals().clipped_audio == int((np.abs(seen.astype(int)) >= 32767).sum())
