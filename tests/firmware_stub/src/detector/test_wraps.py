"""Ten years: near every number at which a counter of 32 bits could wrap the events are those of the start."""

import numpy as np
import pytest

from .test_control import make_script

GRID_TICKS = 256_000  # 16 s: whole blocks of audio and whole hops of motion
YEAR_TICKS = round(365.25 * 86400 * 16000)

WRAPS = {
    "2^31 ticks": 2**31,
    "2^32 ticks and audio samples": 2**32,
    "2^32 samples at 8 kHz": 2**33,
    "2^32 audio samples at 48 kHz": 2**32 // 3,
    "2^30 audio frames": 2**30 * 256,
    "2^31 audio frames": 2**31 * 256,
    "2^32 audio frames": 2**32 * 256,
    "2^31 audio windows": 2**31 * 2048,
    "2^30 IMU samples": 2**30 * 160,
    "2^31 IMU samples": 2**31 * 160,
    "2^32 IMU samples": 2**32 * 160,
    "2^31 IMU frames": 2**31 * 800,
    "2^32 IMU frames": 2**32 * 800,
    "2^30 IMU windows": 2**30 * 4000,
    "ten years": 10 * YEAR_TICKS,
}


def play(detector, start_ticks, modes):
    """Skip to a time, then feed 20 s in each mode; events with times from the start."""
    script = make_script(11, 1250 * len(modes))
    pcm, imu = script.pcm(), script.imu()
    detector.start("gated")
    detector.skip_imu(start_ticks // 160)
    detector.skip_audio(start_ticks)
    assert detector.audio_ticks() == start_ticks
    events = []
    for turn, mode in enumerate(modes):
        detector.set_mode(mode)
        for second in range(20 * turn, 20 * turn + 20):
            detector.push_imu(imu[100 * second : 100 * second + 100])
            detector.push_audio(pcm[16000 * second : 16000 * second + 16000])
            events += detector.events()
        detector.flush()
        events += detector.events()
    return [(e.start_ticks - start_ticks, e.end_ticks - start_ticks, e.confidence) for e in events]


@pytest.mark.parametrize("wrap", WRAPS, ids=[name.replace(" ", "-") for name in WRAPS])
@pytest.mark.parametrize(
    "modes", [("gated", "gated"), ("audio", "audio"), ("imu", "imu"), ("imu", "gated", "audio")]
)
def test_events_near_a_wrap_are_those_of_the_start(stub_library, wrap, modes):
    detector = stub_library(TUSSIS_EVENT_QUEUE=64, TUSSIS_SKEW_MS=2000)
    expected = play(detector, 4 * GRID_TICKS, modes)
    assert len(expected) > 2
    middle = WRAPS[wrap] - 10 * len(modes) * 16000
    assert play(detector, middle // GRID_TICKS * GRID_TICKS, modes) == expected


def test_the_largest_wrap_is_reached_by_counting(stub_library):
    """Time passes in the same counters whether it is skipped at once or in pieces."""
    detector = stub_library(TUSSIS_EVENT_QUEUE=64, TUSSIS_SKEW_MS=2000)
    detector.start("gated")
    for _ in range(100):
        detector.skip_imu(YEAR_TICKS // 10 // 160)
        detector.skip_audio(YEAR_TICKS // 10 // 160 * 160)
    assert detector.audio_ticks() == 100 * (YEAR_TICKS // 10 // 160 * 160)
    assert detector.imu_lead_ticks() == 0
    totals = detector.totals()
    assert totals.audio_frames == detector.audio_ticks() // 256 > 2**32
    assert totals.lost_imu == detector.audio_ticks() // 160 > 2**32


def test_stamps_near_ten_years_are_exact(stub_library):
    detector = stub_library(TUSSIS_EVENT_QUEUE=64, TUSSIS_SKEW_MS=2000)
    imu = np.zeros((10, 6), np.float32)
    rates = []
    for start in (16000 * 160, 10 * YEAR_TICKS // 256_000 * 256_000):
        detector.start("gated")
        detector.skip_imu(start // 160)
        detector.skip_audio(start)
        for block in range(400):
            detector.push_imu_at(imu, start + round((10 * block + 9) * 163.2))
        rates.append((detector.imu_rate_hz(), detector.imu_lead_ticks()))
    assert rates[0] == rates[1]
    assert rates[0][0] == pytest.approx(16000 / 163.2, rel=1e-3)
