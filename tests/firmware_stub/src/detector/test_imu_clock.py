"""Stamped samples in C: the bits of the reference, in any blocks; a sensor without stamps that drifts."""

from dataclasses import replace

import numpy as np
import pytest

from tussis.data.imu_skew import SensorClock, skewed
from tussis.export.build.host_library import HostDetector, host_library
from tussis.export.build.toolchain import find_arm_toolchain
from tussis.export.codegen.project import export_project
from tussis.export.emulator.board_library import BoardDetector
from tussis.export.emulator.virtual_board import VirtualBoard
from tussis.selection.detector.inference import detect
from tussis.signal.imu_clock import StampedImu, on_audio_time

from ....export.conftest import make_detector, make_recording
from .test_control import make_script

COST_LIMIT = 6_000
"""Instructions per second above samples without stamps, which are handed on as they are: three axes."""

SIX_AXES_LIMIT = {"gcc": 9_000, "zig": 10_000}
"""The same where features look at six axes."""

CLOCKS = [
    SensorClock(),
    SensorClock(-50000, late_s=0.03),
    SensorClock(50000, 1e4, 100, 0.1, 0.03),
    SensorClock(1000, 0, 100, 1.0, 0.03),
    SensorClock(0, 0, 26, 0.2, 0.02),
    SensorClock(0, 0, 52, 0.0, 0.02),
    SensorClock(20000, 0, 104, 0.5, 0.02),
    SensorClock(0, 0, 208, 0.1, 0.02),
    SensorClock(-30000, 0, 416, 0.25, 0.02),
]


@pytest.fixture(scope="module")
def detector():
    return make_detector()


@pytest.fixture(scope="module")
def project(detector, tmp_path_factory):
    return export_project(detector, tmp_path_factory.mktemp("export") / "firmware")


@pytest.fixture(scope="module")
def host(project):
    return HostDetector(host_library(project, defines={"TUSSIS_EVENT_QUEUE": 64}))


@pytest.fixture(scope="module")
def recording():
    return make_recording(5, 24.0)


def run(execution, recording, sensor, cut=1, mode="gated"):
    """Feed in order of the stamps, each block in `cut` pieces of which the last is stamped."""
    execution.start(mode)
    events, windows, heard, done = [], {}, 0, 0
    for number, (end, tick) in enumerate(zip(sensor.ends.tolist(), sensor.ticks.tolist(), strict=True)):
        until = min(tick * recording.audio_rate_hz // 16000, len(recording.audio))
        for start in range(heard, until, 256):
            execution.push_audio(recording.audio[start : min(start + 256, until)])
        heard = max(heard, until)
        pieces = [p for p in np.array_split(np.arange(done, end), cut if number else 1) if len(p)]
        for piece in pieces[:-1]:
            for sample in piece:
                execution.push_imu(sensor.samples[sample : sample + 1])
        execution.push_imu_at(sensor.samples[pieces[-1]], tick)
        done = end
        window = execution.imu_window()
        windows[window.index] = window
        while (event := execution.next_event()) is not None:
            events.append(event)
    execution.push_audio(recording.audio[heard:])
    while execution.flush_step():
        pass
    while (event := execution.next_event()) is not None:
        events.append(event)
    return events, windows


def reference(recording, detector, sensor, mode="gated"):
    imu, lost = on_audio_time(StampedImu(*sensor))
    return detect(replace(recording, imu=imu, imu_lost=lost), detector, mode)


def ticks(events):
    return [(round(16000 * e.start_s), round(16000 * e.end_s), np.float32(e.confidence)) for e in events]


@pytest.mark.parametrize("clock", CLOCKS, ids=str)
@pytest.mark.parametrize("mode", ["gated", "imu"])
def test_host_and_reference_are_equal_in_any_blocks(host, detector, recording, clock, mode):
    sensor = skewed(recording.board_imu, 100, clock)
    expected = reference(recording, detector, sensor, mode)
    assert len(expected.events) > 3
    for cut in (1, 2, 5):
        events, windows = run(host, recording, sensor, cut, mode)
        assert [tuple(e) for e in events] == ticks(expected.events)
        for index, window in windows.items():
            if window.count:
                assert expected.imu_evaluated[index]
                np.testing.assert_array_equal(window.features, expected.imu_features[index])
    rate_hz = clock.rate_hz * (1 + 1e-6 * clock.ppm)
    assert host.imu_rate_hz() == pytest.approx(rate_hz, rel=0.02)


def test_the_emulated_core_agrees(project, detector, recording):
    board = BoardDetector(VirtualBoard(find_arm_toolchain().compile_elf(project)))
    short = replace(recording, audio=recording.audio[: 12 * 16000], imu=recording.imu[:1200])
    for clock in (CLOCKS[2], CLOCKS[6]):
        sensor = skewed(short.board_imu, 100, clock)
        events, _ = run(board, short, sensor)
        assert [tuple(e) for e in events] == ticks(reference(short, detector, sensor).events)


WINDOW_WORK = ("tussis_imu_stage_take_other", "tussis_segmenter_close")
"""What is done for a whole window hangs on what the samples are, not on who made them."""


def clock_cost(core, clock, stamped):
    """Return instructions per second that samples cost, without those of whole windows."""
    imu = np.random.default_rng(0).normal(size=(1600, 6)).astype(np.float32)
    sensor = skewed(imu, 100, clock)
    core.start("imu")
    spent, done = 0, 0
    for end, tick in zip(sensor.ends.tolist(), sensor.ticks.tolist(), strict=True):
        block = sensor.samples[done:end]
        core.board.clear_counts()
        _ = core.push_imu_at(block, tick) if stamped else core.push_imu(block)
        if tick > 4 * 16000:
            windows = [f.total_instructions for f in core.board.functions() if f.name in WINDOW_WORK]
            spent += core.board.instructions - sum(windows)
        done = end
    return spent / 12


@pytest.mark.parametrize("compiler", ["gcc", "zig"])
@pytest.mark.parametrize("axes", [3, 6])
def test_the_clock_is_cheap_at_every_rate(compiler, axes, project, tmp_path, toolchain_named):
    """With blocks of 0.1 s, at each rate and with an error."""
    if axes == 3:
        still = make_detector(imu_ids=("accnorm_rms", "accx_kurtosis"))
        project = export_project(still, tmp_path / "firmware")
    core = BoardDetector(VirtualBoard(toolchain_named(compiler).compile_elf(project)).count())
    base = clock_cost(core, SensorClock(batch_s=0.1), stamped=False)
    added = {
        (rate_hz, ppm): clock_cost(core, SensorClock(ppm, 0, rate_hz, 0.1), stamped=True) - base
        for rate_hz, ppm in [(25, 0), (26, 0), (52, 0), (100, 1000), (104, 0), (208, 0), (416, 0)]
    }
    assert min(added.values()) > 1000
    assert max(added.values()) < (COST_LIMIT if axes == 3 else SIX_AXES_LIMIT[compiler]), added


def live(detector, script, ppm, chunk=256):
    """Feed a scripted recording as it would come, without stamps, of a sensor that is off."""
    pcm, imu = script.pcm(), script.imu()
    detector.start("gated")
    events, done = [], 0
    for start in range(0, len(pcm), chunk):
        detector.push_audio(pcm[start : start + chunk])
        until = min(int((start + chunk) / 160 * (1 + 1e-6 * ppm)), len(imu))
        detector.push_imu(imu[done:until])
        done = until
        events += detector.events()
    detector.flush()
    return events + detector.events(), detector.totals()


@pytest.mark.parametrize("ppm", [-2000, 2000])
def test_a_sensor_without_stamps_is_followed(stub_library, ppm):
    detector = stub_library(TUSSIS_EVENT_QUEUE=64)
    script = make_script(3, 62500, lead=300)
    _, totals = live(detector, script, ppm)
    assert abs(detector.imu_lead_ticks()) < 16000 * 0.2
    assert totals.slipped_imu == pytest.approx(200, abs=40)  # of 1000 s at 0.2 %
    assert totals.late_imu == totals.lost_hits == 0


def test_a_sensor_without_stamps_that_agrees_is_left_alone(stub_library):
    detector = stub_library(TUSSIS_EVENT_QUEUE=64)
    events, totals = live(detector, make_script(3, 20000), 0)
    assert events
    assert totals.slipped_imu == 0


def test_the_lead_shows_drift(stub_library):
    detector = stub_library()
    detector.start("gated")
    for _ in range(100):
        detector.push_audio(np.zeros(1600, np.int16))
        detector.push_imu(np.zeros((10, 6), np.float32))
    assert detector.audio_ticks() == 160_000
    assert detector.imu_lead_ticks() == -160
    detector.push_audio(np.zeros(800, np.int16))
    assert detector.imu_lead_ticks() == -960
