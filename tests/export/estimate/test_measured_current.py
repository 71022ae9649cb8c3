"""Measured currents: synthetic traces made from the prediction give it back, and fitted figures close it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tussis.data.input_error import InputError
from tussis.export.estimate.awake_share import at_awake_share
from tussis.export.estimate.current_trace import MARKERS, read_current
from tussis.export.estimate.estimate import measure, price
from tussis.export.estimate.measured_current import compare_current, save_device

from ..conftest import STILL

STEP_S = 1e-4
SECONDS = 8.0


@pytest.fixture(scope="module")
def measurement(project, session_folder):
    return replace(measure(project.path, session_folder), need=STILL)


@pytest.fixture(scope="module")
def asleep_board(measurement):
    """Price a board whose microphone and capture sleep while the gate is shut."""
    return price(measurement, microphone_while_gated="off")


def trace_rows(found, open_share=0.25, noise=0.05, seed=1, sleep=1.0, active=1.0, capture=1.0):
    """Current in uA every 0.1 ms: bursts of the core on a sleeping board, then the gate open for a while.

    Factors scale the sleeping, computing and capture currents of the prediction. Also gives the state.
    """
    volts, device, clock = found.device.supply_v.value, found.device, found.clock
    n = round(SECONDS / STEP_S)
    first_open = round((1 - open_share) * n)
    current, state = np.zeros(n), np.zeros(n, np.int8)
    for share, part, bursts_hz in ((0.0, slice(0, first_open), 4.0), (1.0, slice(first_open, n), 62.5)):
        split = at_awake_share(found, share).gated
        sensors = (split.microphone + split.imu + capture * split.capture) / volts
        busy = split.compute / volts / clock.active_ua.value
        time = np.arange(n)[part] * STEP_S
        computing = (time * bursts_hz) % 1.0 < busy
        slept = sleep * (device.deep_sleep_ua.value + clock.sleep_floor_ua.value)
        current[part] = sensors + np.where(computing, active * clock.active_ua.value, slept)
        state[part] = 2 if share else computing
    rng = np.random.default_rng(seed)
    return current * (1 + noise * rng.standard_normal(n)), state


def write_ppk2(path, current, state=None):
    """Write as nRF Connect's Power Profiler does, with the digital channels that it adds."""
    head = "Timestamp(ms),Current(uA),D0-D7" + ("" if state is None else ",marker")
    rows = [
        f"{1e3 * STEP_S * k:.2f},{value:.4f},00000000" + ("" if state is None else f",{MARKERS[state[k]]}")
        for k, value in enumerate(current)
    ]
    path.write_text("\n".join([head, *rows]) + "\n")
    return path


def write_joulescope(path, current):
    rows = [f"{STEP_S * k:.6f},{1e-6 * value:.9f},3.0" for k, value in enumerate(current)]
    path.write_text("\n".join(["#time,current,voltage", *rows]) + "\n")
    return path


def test_a_trace_of_the_prediction_is_the_prediction(asleep_board, tmp_path):
    current, state = trace_rows(asleep_board)
    found = compare_current(asleep_board, read_current(write_ppk2(tmp_path / "a.csv", current)))
    assert found.seconds == pytest.approx(SECONDS)
    by_name = {row.name: row for row in found.states}
    assert list(by_name) == list(MARKERS)
    for name, row in by_name.items():
        assert row.ratio == pytest.approx(1.0, abs=0.05), name
        true = float((state == MARKERS.index(name)).mean())
        assert row.measured_share == pytest.approx(true, abs=0.02)
        assert row.predicted_share == pytest.approx(true, abs=0.02)
    assert found.average.ratio == pytest.approx(1.0, abs=0.05)
    assert found.average.measured_ua == pytest.approx(current.mean(), rel=1e-3)
    assert sum(row.measured_share for row in found.states) == pytest.approx(1.0)


def test_a_joulescope_s_trace_is_the_same(asleep_board, tmp_path):
    current, _ = trace_rows(asleep_board)
    first = compare_current(asleep_board, read_current(write_ppk2(tmp_path / "a.csv", current)))
    second = compare_current(asleep_board, read_current(write_joulescope(tmp_path / "b.csv", current)))
    for one, other in zip(first.states, second.states, strict=True):
        assert one.measured_ua == pytest.approx(other.measured_ua, rel=1e-3)


def test_fitted_figures_close_the_gap(asleep_board, measurement, tmp_path):
    current, _ = trace_rows(asleep_board, noise=0.02, sleep=4.0, active=0.7, capture=0.5)
    trace = read_current(write_ppk2(tmp_path / "a.csv", current))
    found = compare_current(asleep_board, trace)
    ratios = {row.name: row.ratio for row in found.states}
    assert ratios["motion"] == pytest.approx(0.7, abs=0.03)
    assert ratios["audio"] < 0.75
    device = asleep_board.device
    assert found.fitted["deep_sleep_ua"] == pytest.approx(4 * device.deep_sleep_ua.value, rel=0.15)
    assert found.fitted["active_ua"] == pytest.approx(0.7 * asleep_board.clock.active_ua.value, rel=0.03)
    assert found.fitted["capture"] == pytest.approx(350.0, rel=0.06)
    save_device(asleep_board, found, tmp_path / "mine.toml")
    again = price(measurement, microphone_while_gated="off", device_file=tmp_path / "mine.toml")
    assert again.clock.active_ua.source == "measured: a.csv, 8 s"
    assert "measured" not in str(again.clock.wait_states.source)
    closed = compare_current(again, trace)
    for row in (*closed.states, closed.average):
        assert row.ratio == pytest.approx(1.0, abs=0.04), row.name


def test_where_sound_is_captured_all_the_time_capture_is_what_is_fitted(measurement, tmp_path):
    found = price(measurement)
    current, state = trace_rows(found, noise=0.01, capture=0.5)
    with pytest.raises(InputError, match=r"a\.csv: the gate shut .* predicted too close .* column marker"):
        compare_current(found, read_current(write_ppk2(tmp_path / "a.csv", current)))
    marked = compare_current(found, read_current(write_ppk2(tmp_path / "b.csv", current, state)))
    assert marked.fitted["capture"] == pytest.approx(350.0, rel=0.02)
    assert "deep_sleep_ua" not in marked.fitted
    assert marked.fitted["active_ua"] == pytest.approx(found.clock.active_ua.value, rel=0.02)


def test_coarse_samples_do_not_show_bursts(asleep_board, tmp_path):
    current, _ = trace_rows(asleep_board, noise=0.0)
    coarse = current.reshape(-1, 100).mean(axis=1)
    rows = "\n".join(f"{0.01 * k:.3f},{value:.4f}" for k, value in enumerate(coarse))
    (tmp_path / "c.csv").write_text("Time (s),Current (µA)\n" + rows + "\n")
    found = compare_current(asleep_board, read_current(tmp_path / "c.csv"))
    assert [row.name for row in found.states] == ["shut", "audio"]
    assert found.states[0].ratio == pytest.approx(1.0, abs=0.05)
    assert found.fitted.keys() == {"capture"}


def test_a_state_that_does_not_occur_has_no_ratio(asleep_board, tmp_path):
    current, _ = trace_rows(asleep_board, open_share=0.0)
    found = compare_current(asleep_board, read_current(write_ppk2(tmp_path / "a.csv", current)))
    audio = found.states[2]
    assert (audio.measured_share, audio.measured_ua, audio.ratio) == (0.0, None, None)
    assert found.as_dict()["states"][2]["measured_over_predicted"] is None
    assert "capture" not in found.fitted


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"row 1: the header has no time: nothing; export Timestamp\(ms\)"),
        ("seconds,current\n0,1\n1,1\n", "row 1: the header has no time: seconds, current"),
        ("time,voltage\n0,1\n1,1\n", "row 1: the header has no current"),
        ("time,current\n0,1\n", "fewer than two samples"),
        ("time,current\n0,1\n1,x\n", "row 3: 'x' is not a number"),
        ("time,current\n0,1\n1\n", "row 3: '' is not a number"),
        ("time,current\n0,1\n1,nan\n", "row 3: 'nan' is not a number"),
        ("time,current\n0,1\n0,1\n", "row 3: time does not rise"),
        ("time,current,marker\n0,1,audio\n1,1,radio\n", "row 3, marker: 'radio' is unknown; use asleep"),
    ],
)
def test_a_trace_that_cannot_be_read_is_one_line(tmp_path, text, message):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        read_current(tmp_path / "t.csv")
    assert "\n" not in str(caught.value)


def test_markers_that_say_nothing_and_fits_of_nothing_are_refused(asleep_board, tmp_path):
    (tmp_path / "t.csv").write_text("time,current,marker\n0,1e-4,\n1,1e-4,\n2,1e-4,\n")
    with pytest.raises(InputError, match="marker: no sample has a marker"):
        compare_current(asleep_board, read_current(tmp_path / "t.csv"))
    (tmp_path / "t.csv").write_text("time,current,marker\n0,1e-9,asleep\n1,1e-9,asleep\n2,1e-9,asleep\n")
    found = compare_current(asleep_board, read_current(tmp_path / "t.csv"))
    assert found.fitted == {}
    with pytest.raises(InputError, match="--save-device: no figure could be fitted"):
        save_device(asleep_board, found, tmp_path / "mine.toml")
