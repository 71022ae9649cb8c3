"""Telemetry of a stretch: losses, levels, drift, share of the gate, events per hour."""

import ctypes

import numpy as np
import pytest

from tussis.export.emulator.execution import LONG_TOTALS, Totals

from .test_sensor_faults import coughs, feed

FAULTS = {
    "dead microphone": 1,
    "clipping": 2,
    "lost audio": 4,
    "lost IMU": 8,
    "bad IMU": 16,
    "blind gate": 32,
    "late": 64,
    "lost events": 128,
}


class CTotals(ctypes.Structure):
    _fields_ = tuple(
        (name, ctypes.c_uint64 if name in LONG_TOTALS else ctypes.c_uint32) for name in Totals._fields
    )


class Since(ctypes.Structure):
    _fields_ = (
        ("ticks", ctypes.c_uint64),
        ("events", ctypes.c_uint32),
        ("imu_millihertz", ctypes.c_uint32),
        ("totals", CTotals),
    )


class Telemetry(ctypes.Structure):
    _fields_ = (
        ("ticks", ctypes.c_uint64),
        ("duration_ms", ctypes.c_uint32),
        ("faults", ctypes.c_uint32),
        ("events", ctypes.c_uint32),
        ("events_per_hour", ctypes.c_float),
        ("gate_share", ctypes.c_float),
        ("audio_level", ctypes.c_float),
        ("clipped_share", ctypes.c_float),
        ("motion_level_ms2", ctypes.c_float),
        ("imu_millihertz", ctypes.c_uint32),
        ("imu_drift_ppm", ctypes.c_int32),
        ("imu_lead_ms", ctypes.c_int32),
        ("lost_audio_ms", ctypes.c_uint32),
        ("lost_imu_ms", ctypes.c_uint32),
        ("lost_events", ctypes.c_uint32),
        ("blind_windows", ctypes.c_uint32),
        ("undecided_windows", ctypes.c_uint32),
    )


@pytest.fixture
def detector(stub_library):
    return stub_library(TUSSIS_EVENT_QUEUE=64)


def telemetry(detector, since):
    found = Telemetry()
    call = detector._c.tussis_get_telemetry
    call.argtypes, call.restype = (ctypes.c_void_p,) * 3, ctypes.c_int
    assert call(detector._state, ctypes.byref(since), ctypes.byref(found)) == 0
    return found


def faults(found):
    return {name for name, bit in FAULTS.items() if found.faults & bit}


def test_a_quiet_stretch_has_no_faults(detector):
    script = coughs()
    feed(detector, script, script.imu())
    found = telemetry(detector, Since())
    assert (found.ticks, found.duration_ms, faults(found)) == (768_000, 48_000, set())
    assert (found.events, found.gate_share) == (0, 0)
    assert found.imu_millihertz == 100_000
    assert abs(found.imu_lead_ms) <= 20


def test_events_and_the_gate(detector):
    script = coughs()
    imu = script.imu()
    imu[:, 3] += 10  # always awake
    events = feed(detector, script, imu)
    found = telemetry(detector, Since())
    assert found.events == len(events) > 10
    assert found.events_per_hour == pytest.approx(len(events) * 75)
    assert found.gate_share == pytest.approx(1, abs=0.03)
    assert faults(found) == set()


def test_each_stretch_counts_what_is_new(detector):
    minute, day = Since(), Since()
    rng = np.random.default_rng(1)
    detector.start("audio")
    detector.push_audio(rng.normal(0, 1000, 64_000).astype(np.int16))
    first = telemetry(detector, minute)
    detector.push_audio(rng.normal(0, 100, 32_000).astype(np.int16))
    second = telemetry(detector, minute)
    both = telemetry(detector, day)
    assert first.audio_level * 32768 == pytest.approx(1000, rel=0.05)
    assert second.audio_level * 32768 == pytest.approx(100, rel=0.05)
    assert both.audio_level * 32768 == pytest.approx(1000 * (2 / 3 + 0.01 / 3) ** 0.5, rel=0.05)
    assert [t.duration_ms for t in (first, second, both)] == [4000, 2000, 6000]
    assert telemetry(detector, minute).duration_ms == 0


def test_an_empty_stretch_divides_by_nothing(detector):
    detector.start("gated")
    found = telemetry(detector, Since())
    assert [
        getattr(found, name) for name in ("events_per_hour", "gate_share", "audio_level", "clipped_share")
    ] == [0] * 4
    assert found.motion_level_ms2 == 0


def test_clipping_and_a_dead_microphone(detector):
    detector.start("audio")
    since = Since()
    rng = np.random.default_rng(0)
    detector.push_audio(np.clip(rng.normal(0, 60_000, 32_000), -32768, 32767).astype(np.int16))
    loud = telemetry(detector, since)
    assert faults(loud) == {"clipping"}
    assert loud.clipped_share == pytest.approx(0.585, rel=0.15)
    detector.push_audio(np.full(64_000, 12, np.int16))
    assert faults(telemetry(detector, since)) == {"dead microphone"}


def test_lost_samples_are_said_in_milliseconds(detector):
    script = coughs()
    imu = script.imu()
    feed(detector, script, imu, skip_audio=range(1000, 1100), lost_imu=set(range(3000, 3100)))
    found = telemetry(detector, Since())
    assert (found.lost_audio_ms, found.lost_imu_ms) == (1600, 1000)
    assert found.blind_windows >= 4
    assert {"lost audio", "lost IMU", "blind gate"} <= faults(found)


def test_values_that_are_not_finite(detector):
    script = coughs()
    imu = script.imu()
    imu[50, 1] = np.nan
    feed(detector, script, imu)
    assert faults(telemetry(detector, Since())) == {"bad IMU"}


def test_events_that_were_not_fetched(stub_library):
    detector = stub_library(TUSSIS_EVENT_QUEUE=2)
    detector.start("audio")
    detector.push_audio(coughs().pcm())
    detector.flush()
    found = telemetry(detector, Since())
    assert found.lost_events == found.events - 2 > 5
    assert faults(found) == {"lost events"}


def test_motion_is_that_of_the_newest_window(detector):
    script = coughs()
    imu = script.imu()
    imu[:, :3] = 0
    imu[:, 2] = 9.81
    imu[2000:, 2] += np.where(np.arange(len(imu) - 2000) % 2, 0.5, -0.5)
    feed(detector, script, imu)
    assert telemetry(detector, Since()).motion_level_ms2 == pytest.approx(0.5, rel=1e-3)


def test_the_rate_of_the_imu_and_its_change(detector):
    detector.start("gated")
    since, tick, seen = Since(), 0.0, []
    rng = np.random.default_rng(0)
    for block in range(2400):  # of a tenth of a second
        tick += 1600 / (1.01 if block < 1200 else 1.013)
        detector.push_audio(np.zeros(int(tick) - detector.audio_ticks(), np.int16))
        detector.push_imu_at(rng.normal(size=(10, 6)).astype(np.float32), int(tick))
        if block in (1199, 2399):
            seen.append(telemetry(detector, since))
    first, second = seen
    assert (first.imu_millihertz, second.imu_millihertz) == pytest.approx((101_000, 101_300), abs=30)
    assert first.imu_drift_ppm == 0
    assert second.imu_drift_ppm == pytest.approx(1e6 * 0.3 / 101, abs=300)
    assert abs(second.imu_lead_ms) < 50
