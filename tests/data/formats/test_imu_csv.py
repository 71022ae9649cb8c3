"""IMU files: read by name onto the audio's time base, or refused with line and column."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tussis.data.formats.imu_csv import read_imu
from tussis.data.formats.imu_units import body_rates_dps, edge_ai_in_si
from tussis.data.input_error import InputError, refuse

Put = Callable[[str, "bytes | str"], Path]


def refusal(path: Path, duration_s: float = 1.0) -> str:
    with pytest.raises(InputError) as caught:
        read_imu(path, duration_s=duration_s)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text
    assert ";" in text, "a remedy belongs to it"
    return text


def test_rows_on_the_grid_keep_their_values(put: Put, made: ModuleType) -> None:
    rows = made.imu_rows(30.0)
    imu = read_imu(put("imu.csv", made.imu_text(rows)), duration_s=30.0)
    assert imu is not None
    assert imu.dtype == np.float32
    printed = np.array([[float(f"{value:.6g}") for value in row] for row in rows[:, 1:]])
    np.testing.assert_array_equal(imu, printed.astype(np.float32))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.rstrip("\n"),
        lambda text: text + "\n\n  \n",
        lambda text: text.replace("acc_x_ms2", "ACC_X_MS2").replace("time_s", " Time_S "),
        lambda text: text.replace("gyro_x_dps", '"gyro_x_dps"'),
        lambda text: "\n".join(line + ",23.5" for line in text.splitlines()).replace(
            "dps,23.5", "dps,temp_c"
        ),
        lambda text: text.replace("\n0.01,", '\n"0.01",'),
        lambda text: text.replace("\n", "\n\n", 5),
    ],
)
def test_what_laboratories_write_is_no_fault(
    put: Put, made: ModuleType, change: Callable[[str], str]
) -> None:
    text = made.imu_text(made.imu_rows())
    wanted = read_imu(put("plain.csv", text), duration_s=1.0)
    np.testing.assert_array_equal(read_imu(put("imu.csv", change(text)), duration_s=1.0), wanted)


@settings(max_examples=30, deadline=None)
@given(order=st.permutations(range(7)))
def test_columns_are_found_by_name_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, made: ModuleType, order: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("imu")
    rows = made.imu_rows(0.5)
    names = made.HEADER.split(",")
    (folder / "a.csv").write_text(made.imu_text(rows))
    (folder / "b.csv").write_text(made.imu_text(rows[:, order], ",".join(names[at] for at in order)))
    np.testing.assert_array_equal(
        read_imu(folder / "a.csv", duration_s=0.5), read_imu(folder / "b.csv", duration_s=0.5)
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("acc_z_ms2", "acc_z_g", "no column acc_z_ms2 (there are: time_s, acc_x_ms2, acc_y_ms2, acc_z_g,"),
        ("time_s,", "t,", "no column time_s"),
        ("gyro_z_dps", "gyro_y_dps", "no column gyro_z_dps"),
        ("gyro_z_dps", "gyro_z_dps,acc_x_ms2", "the column acc_x_ms2 is there twice"),
        ("time_s,acc_x_ms2", "Accel x,acc_x_ms2", "no column Accel y, Accel z, Gyro Y"),
        (",", ";", "separated by semicolons"),
        (",", "\t", "separated by tabs"),
    ],
)
def test_wrong_columns_are_refused_at_line_1(
    put: Put, made: ModuleType, old: str, new: str, said: str
) -> None:
    header, *rows = made.imu_text(made.imu_rows()).splitlines()
    header = header.replace(old, new)
    text = refusal(put("imu.csv", "\n".join([header, *rows])))
    assert said in text
    assert ": line 1: " in text


def test_a_file_without_header_or_samples_is_refused(put: Put, made: ModuleType) -> None:
    text = made.imu_text(made.imu_rows())
    assert "no header row" in refusal(put("a.csv", text.split("\n", 1)[1]))
    assert "no samples" in refusal(put("b.csv", made.HEADER + "\n"))
    assert "the file is empty" in refusal(put("c.csv", "\n \n"))
    assert "1 sample is not a signal" in refusal(put("d.csv", "\n".join(text.splitlines()[:2])))
    assert "UTF-16 or binary" in refusal(put("e.csv", text.encode("utf-16")))
    assert "is not UTF-8" in refusal(put("f.csv", text.encode() + b"\xb0\n"))
    with pytest.raises(InputError, match="cannot be read"):
        read_imu(put("c.csv", "").parent / "none.csv", duration_s=1.0)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("error", "'error' is not a number"),
        ("", "the cell is empty"),
        ("nan", "the value is nan"),
        ("-inf", "the value is -inf"),
        ("9,81", "8 fields, the header has 7"),
    ],
)
def test_a_bad_cell_is_named(put: Put, made: ModuleType, value: str, said: str) -> None:
    lines = made.imu_text(made.imu_rows()).splitlines()
    cells = lines[41].split(",")
    cells[3] = value
    lines[41] = ",".join(cells)
    text = refusal(put("imu.csv", "\n".join(lines)))
    assert said in text
    assert "line 42" in text
    assert "fields" in text or "acc_z_ms2" in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: [row + "," for row in rows], "line 2: 100 of 100 rows have a trailing comma"),
        (lambda rows: [row + ", ," for row in rows], "delete the comma at the end"),
        (lambda rows: [*rows[:7], rows[7] + ",", *rows[8:]], "line 9: 1 of 100 rows have a trailing comma"),
        (lambda rows: ["s,m/s2,m/s2,m/s2,dps,dps,dps", *rows], "line 2: the row holds no number (s, m/s2"),
        (lambda rows: ["[s],[g],[g],[g],[d],[d],[d]", *rows], "units or a second header; delete the row"),
        (
            lambda rows: [
                f"2024-05-01T10:00:0{at / 100:.2f}Z," + row.split(",", 1)[1] for at, row in enumerate(rows)
            ],
            "column time_s: holds the time of a clock ('2024-05-01T10:00:00.00Z'), not seconds",
        ),
        (
            lambda rows: ["10:02:03.5," + row.split(",", 1)[1] for row in rows],
            "write seconds since the first",
        ),
        (lambda rows: ["01.05.2024 10," + row.split(",", 1)[1] for row in rows], "the time of a clock"),
        (lambda rows: ["5/1/24 10 AM," + row.split(",", 1)[1] for row in rows], "the time of a clock"),
        (
            lambda rows: [row.rsplit(",", 1)[0] + ",off" for row in rows],
            "column gyro_z_dps: no row holds a number",
        ),
    ],
)
def test_one_fault_of_all_rows_is_said_once(
    put: Put, made: ModuleType, change: Callable[[list[str]], list[str]], said: str
) -> None:
    header, *rows = made.imu_text(made.imu_rows()).splitlines()
    path = put("imu.csv", "\n".join([header, *change(rows)]))
    faults: list[InputError] = []
    assert read_imu(path, duration_s=1.0, on_fault=faults.append) is None
    assert len(faults) == 1
    assert said in str(faults[0])


def test_a_last_line_cut_short_is_named(put: Put, made: ModuleType) -> None:
    text = made.imu_text(made.imu_rows()).rstrip("\n")
    said = refusal(put("imu.csv", text[: text.rindex(",")]))
    assert "line 101: the last line is cut short: 6 fields, the header has 7; delete it" in said


@settings(max_examples=40, deadline=None)
@given(first=st.integers(1, 95), count=st.integers(1, 8))
def test_short_gaps_are_bridged_and_long_ones_named(
    tmp_path_factory: pytest.TempPathFactory, made: ModuleType, first: int, count: int
) -> None:
    rows = made.imu_rows()
    last = min(first + count, 99)
    path = tmp_path_factory.mktemp("imu") / "imu.csv"
    path.write_text(made.imu_text(np.delete(rows, slice(first, last), axis=0)))
    if last - first <= 3:
        imu = read_imu(path, duration_s=1.0)
        assert imu is not None
        assert imu.shape == (100, 6)
        bridged = np.linspace(rows[first - 1, 4], rows[last, 4], last - first + 2)[1:-1]
        np.testing.assert_allclose(imu[first:last, 3], bridged, atol=1e-3)
    else:
        text = refusal(path)
        assert (
            f"{last - first} samples are missing between {(first - 1) / 100:.3f} s and {last / 100:.3f}"
            in text
        )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda t: np.where(np.arange(len(t)) == 50, 0.3, t),
            "line 52, time_s: time goes back from 0.49 s to",
        ),
        (lambda t: np.round(t, 1), "time stands still at 0"),
        (lambda t: t * 1000, "look like milliseconds"),
        (lambda t: t * 1e6, "look like microseconds"),
        (lambda t: t * 5, "the rows come at 20 Hz"),
        (lambda t: t + 1.7e9, "a clock time"),
        (lambda t: t + 2, "the first sample is at 2.000 s, the audio starts at 0 s"),
        (lambda t: t - 5, "before the audio"),
    ],
)
def test_wrong_time_is_refused(
    put: Put, made: ModuleType, change: Callable[[np.ndarray], np.ndarray], said: str
) -> None:
    rows = made.imu_rows()
    rows[:, 0] = change(rows[:, 0])
    lines = [",".join(f"{value:.12g}" for value in row) for row in rows]
    assert said in refusal(put("imu.csv", "\n".join([made.HEADER, *lines])))


def test_a_motion_file_that_starts_early_or_lasts_longer_is_cut_to_the_audio(
    put: Put, made: ModuleType
) -> None:
    rows = made.imu_rows(3.0)
    whole = read_imu(put("a.csv", made.imu_text(rows)), duration_s=3.0)
    rows[:, 0] -= 1
    cut = read_imu(put("b.csv", made.imu_text(rows)), duration_s=1.5)
    assert whole is not None
    assert cut is not None
    assert cut.shape == (150, 6)
    np.testing.assert_allclose(cut, whole[100:250], atol=1e-4)


def test_a_motion_file_that_starts_a_little_late_holds_its_first_value(put: Put, made: ModuleType) -> None:
    rows = made.imu_rows()[3:]
    imu = read_imu(put("imu.csv", made.imu_text(rows)), duration_s=1.0)
    assert imu is not None
    assert imu.shape == (100, 6)
    np.testing.assert_allclose(imu[:4], np.repeat(rows[:1, 1:], 4, axis=0), rtol=1e-5)


@pytest.mark.parametrize(("rate_hz", "limit"), [(100.0, 0.01), (104.0, 0.2), (208.0, 0.05), (1000.0, 0.05)])
def test_other_rates_come_onto_the_grid(put: Put, made: ModuleType, rate_hz: float, limit: float) -> None:
    rows = made.imu_rows(4.0, rate_hz)
    rng = np.random.default_rng(0)
    rows[1:-1, 0] += rng.uniform(-0.2, 0.2, len(rows) - 2) / rate_hz * (rate_hz < 101)
    rows[:, 4] = 10 * np.sin(2 * np.pi * rows[:, 0])
    imu = read_imu(put("imu.csv", made.imu_text(rows)), duration_s=4.0)
    assert imu is not None
    assert abs(len(imu) - 400) <= 1
    times = np.arange(len(imu)) / 100
    middle = slice(50, 350)
    error = np.abs(imu[middle, 3] - 10 * np.sin(2 * np.pi * times[middle]))
    assert error.max() < limit


def test_a_fast_imu_is_low_passed_before_it_is_thinned(put: Put, made: ModuleType) -> None:
    rows = made.imu_rows(4.0, 1000.0)
    rows[:, 4] = 100 * np.sin(2 * np.pi * 190 * rows[:, 0])  # would fold to 10 Hz
    imu = read_imu(put("imu.csv", made.imu_text(rows)), duration_s=4.0)
    assert imu is not None
    assert np.abs(imu[50:350, 3]).max() < 0.5


@pytest.mark.parametrize(
    ("scale", "said"),
    [
        (1 / 9.80665, "this is g, not m/s2; multiply the acc columns by 9.80665"),
        (1000 / 9.80665, "this is mg"),
        (0.0, "gravity makes it 9.81"),
        (1670.0, "gravity makes it 9.81"),
    ],
)
def test_wrong_acceleration_units_are_refused(put: Put, made: ModuleType, scale: float, said: str) -> None:
    rows = made.imu_rows()
    rows[:, 1:4] *= scale
    assert said in refusal(put("imu.csv", made.imu_text(rows)))


def test_exchanged_sensors_are_refused(put: Put, made: ModuleType) -> None:
    rows = made.imu_rows()
    rows = rows[:, [0, 4, 5, 6, 1, 2, 3]]
    rows[:, 1:4] *= 0.1
    assert "they look exchanged" in refusal(put("imu.csv", made.imu_text(rows)))


@pytest.mark.parametrize(("column", "value", "name"), [(2, 500.0, "acc_y_ms2"), (6, -32768.0, "gyro_z_dps")])
def test_values_no_sensor_gives_are_refused(
    put: Put, made: ModuleType, column: int, value: float, name: str
) -> None:
    rows = made.imu_rows()
    rows[70, column] = value
    text = refusal(put("imu.csv", made.imu_text(rows)))
    assert f"line 72, {name}" in text
    assert "more than a sensor measures" in text


def test_every_fault_is_reported_when_asked(put: Put, made: ModuleType) -> None:
    lines = made.imu_text(made.imu_rows()).splitlines()
    for at in (10, 20, 30):
        lines[at] = lines[at].replace(",0,", ",bad,", 1)
    faults: list[InputError] = []
    assert read_imu(put("imu.csv", "\n".join(lines)), duration_s=1.0, on_fault=faults.append) is None
    assert [fault.field for fault in faults] == [f"line {line}, acc_y_ms2" for line in (11, 21, 31)]


def test_edge_ai_columns_with_plain_units_are_taken_by_name(put: Put, made: ModuleType) -> None:
    rows = made.imu_rows()
    rows[:, 0] = np.arange(len(rows))
    text = made.imu_text(rows, ",Accel x,Accel y,Accel z,Gyro Y,Gyro P,Gyro R")
    imu = read_imu(put("imu.csv", text), duration_s=1.0)
    assert imu is not None
    np.testing.assert_allclose(imu, rows[:, 1:], rtol=1e-5, atol=1e-6)


def test_edge_ai_columns_as_published_become_acceleration_and_rate(tmp_path: Path, made: ModuleType) -> None:
    folder = made.write_edge_ai(tmp_path, duration_s=4.0)
    imu = read_imu(folder / "imu.csv", duration_s=4.0)
    assert imu is not None
    assert imu.shape == (400, 6)
    np.testing.assert_allclose(np.linalg.norm(imu[:, :3], axis=1), 9.81, atol=0.02)
    assert np.abs(imu[:, 3:]).max() < 40, "the jump of yaw at 180 deg must be undone"


def test_edge_ai_rate_turns_gravity_as_the_acceleration_shows(made: ModuleType) -> None:
    angles, acc = made.edge_ai_motion(400)
    columns = np.concatenate([angles, acc], axis=1)
    signal = edge_ai_in_si(Path("imu.csv"), columns, 100.0, on_fault=refuse)
    np.testing.assert_array_equal(signal[:, :3], acc)
    # Gravity is fixed in the room: seen from the body it turns against the body, da/dt = -w x a.
    turned = np.gradient(acc, 0.01, axis=0)
    expected = -np.cross(np.deg2rad(signal[:, 3:]), acc)
    np.testing.assert_allclose(turned[1:-1], expected[1:-1], atol=2e-3)


def test_edge_ai_columns_without_gravity_are_refused(put: Put, made: ModuleType) -> None:
    rows = made.imu_rows()
    rows[:, 1:] *= 1000
    text = made.imu_text(rows, ",Accel x,Accel y,Accel z,Gyro Y,Gyro P,Gyro R")
    assert "no three columns carry gravity" in refusal(put("imu.csv", text))


def test_turning_about_one_axis_gives_that_rate() -> None:
    times = np.arange(200)[:, None] / 100
    for axis, wanted in ((1, [1.0, 0.0, 0.0]), (2, [0.0, 1.0, 0.0]), (0, [0.0, 0.0, -1.0])):
        angles = np.zeros((200, 3))
        angles[:, axis] = 30 * times[:, 0]
        np.testing.assert_allclose(body_rates_dps(angles, 100.0)[0], 30 * np.array(wanted), atol=1e-9)


def test_a_file_without_gyroscope_gives_acceleration_and_no_rates(tmp_path: Path, made: ModuleType) -> None:
    path = tmp_path / "imu.csv"
    rows = made.imu_rows(2.0)
    path.write_text(made.imu_text(rows[:, :4], "time_s,acc_x_ms2,acc_y_ms2,acc_z_ms2"))
    found = read_imu(path, duration_s=2.0)
    assert found is not None
    np.testing.assert_allclose(found[:, :3], rows[:, 1:4], atol=1e-4)
    assert np.isnan(found[:, 3:]).all()


def test_half_a_gyroscope_is_refused(tmp_path: Path, made: ModuleType) -> None:
    path = tmp_path / "imu.csv"
    path.write_text(made.imu_text(made.imu_rows(), made.HEADER.replace("gyro_y_dps", "gyro_q")))
    with pytest.raises(InputError, match="no column gyro_y_dps"):
        read_imu(path, duration_s=1.0)


@pytest.mark.parametrize("rate_hz", [25.0, 50.0, 64.0, 200.0])
def test_other_rates_are_brought_to_100_hz(tmp_path: Path, made: ModuleType, rate_hz: float) -> None:
    path = tmp_path / "imu.csv"
    rows = made.imu_rows(4.0, rate_hz)
    rows[:, 1] = np.sin(2 * np.pi * 3.0 * rows[:, 0])
    path.write_text(made.imu_text(rows))
    found = read_imu(path, duration_s=math.inf)
    assert found is not None
    time_s = np.arange(len(found)) / 100.0
    assert abs(len(found) / 100.0 - 4.0) < 1.5 / rate_hz
    inner = slice(50, -50)
    assert np.abs(found[inner, 0] - np.sin(2 * np.pi * 3.0 * time_s[inner])).max() < 0.01


def test_a_runner_is_not_taken_for_a_wrong_unit(tmp_path: Path, made: ModuleType) -> None:
    path = tmp_path / "imu.csv"
    rows = made.imu_rows(4.0)
    rows[:, 3] = 13.5 + 12.0 * np.sin(2 * np.pi * 2.7 * rows[:, 0])
    path.write_text(made.imu_text(rows))
    assert read_imu(path, duration_s=4.0) is not None
    rows[:, 3] = 13.5
    path.write_text(made.imu_text(rows))
    with pytest.raises(InputError, match="gravity makes it"):
        read_imu(path, duration_s=4.0)


FAR_OUT = {
    "one value": (50, 1, "1e300"),
    "one value, as float32 just holds it": (50, 1, "3.4e38"),
    "one value, beyond float32": (50, 2, "-3.5e38"),
    "an angular rate": (50, 5, "1e308"),
    "a value whose square overflows": (50, 3, "1e25"),
    "the last time": (-1, 0, "1e300"),
    "the last time, a number of a clock": (-1, 0, "1e29"),
    "a time below the smallest number": (1, 0, "1e-320"),
}


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("kind", FAR_OUT)
def test_a_number_beyond_all_sensors_is_refused_without_a_warning(
    kind: str, put: Put, made: ModuleType
) -> None:
    line, column, cell = FAR_OUT[kind]
    rows = [row.split(",") for row in made.imu_text(made.imu_rows()).splitlines()]
    rows[line][column] = cell
    path = put("imu.csv", "\n".join(",".join(row) for row in rows))
    if "smallest" in kind:
        assert read_imu(path, duration_s=1.0) is not None
    else:
        assert "line " in refusal(path, duration_s=math.inf)


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("step", ["1e-310", "1e27", "1e300", "-1e290"])
def test_times_of_no_clock_are_refused_without_a_warning(step: str, put: Put, made: ModuleType) -> None:
    rows = [row.split(",") for row in made.imu_text(made.imu_rows()).splitlines()]
    for number, row in enumerate(rows[1:]):
        row[0] = repr(number * float(step))
    refusal(put("imu.csv", "\n".join(",".join(row) for row in rows)), duration_s=math.inf)
