"""Operating points in the detector file: what is refused on load, and what a detector at one decides by."""

import json

import pytest

from tussis.data.input_error import InputError
from tussis.selection.detector.detector_file import Detector, load_detector, save_detector
from tussis.selection.detector.inference import detect
from tussis.selection.detector.operating_points import SweepRow, continue_at, row_within, rows_within
from tussis.selection.detector.point_name import POINT_NAMES
from tussis.selection.trees.tree_ensemble import logit32

THRESHOLDS = {"sensitive": 0.3, "balanced": 0.6, "specific": 0.9}
ROWS = [[0.1, 1.0, 40.0], [0.3, 0.9, 50.0], [0.6, 0.8, 20.0], [0.9, 0.5, 2.0]]


def point(threshold):
    figures = {"sensitivity": 0.8, "false_per_hour": 3.0, "hours": 2.5, "background": "dataset"}
    return {"threshold": threshold, "continue_threshold": threshold / 2} | figures


def points():
    named = {name: {"audio": point(at), "imu": point(at / 2)} for name, at in THRESHOLDS.items()}
    return {**named, "sweep": {"audio": ROWS, "imu": ROWS[:3]}}


@pytest.fixture
def document(detector, tmp_path):
    found = json.loads(save_detector(detector, tmp_path / "good.json").read_text())
    return found | {"operating_points": points()}


@pytest.fixture
def pointed(document):
    return Detector.model_validate(document)


def test_what_is_saved_is_loaded(pointed, tmp_path):
    first = save_detector(pointed, tmp_path / "a.json")
    loaded = load_detector(first)
    assert loaded == pointed
    assert loaded.operating_points.sweep.audio[3] == SweepRow(0.9, 0.5, 2.0)
    assert save_detector(loaded, tmp_path / "b.json").read_bytes() == first.read_bytes()
    assert json.loads(first.read_text())["operating_points"] == points()


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("specific.audio.threshold", 1.5, "specific.audio.threshold: .*less than or equal to 1"),
        ("specific.audio.threshold", 0.5, "specific.audio: threshold is below that of the point before it"),
        ("sensitive.imu.threshold", 0.35, "balanced.imu: threshold is below that of the point before it"),
        ("balanced.audio.continue_threshold", 0.7, "balanced.audio: continue_threshold is above threshold"),
        ("balanced.audio.sensitivity", -0.1, "balanced.audio.sensitivity: "),
        ("balanced.audio.false_per_hour", -1, "balanced.audio.false_per_hour: "),
        ("balanced.audio.hours", -1, "balanced.audio.hours: "),
        ("balanced.audio.background", "somewhere", "balanced.audio.background: "),
        ("balanced.audio.loudness", 1, "balanced.audio.loudness: unknown key"),
        ("balanced.imu", None, "imu: in some of the points or the sweep, and not in others"),
        ("sweep.imu", None, "imu: in some of the points or the sweep, and not in others"),
        ("sweep.audio", [], "sweep.audio: "),
        ("sweep.audio", [[0.1, 1.0, -3.0]], "sweep.audio.0.2: "),
        ("sweep.audio", [[0.1, 1.0]], "sweep.audio.0"),
        ("sweep.audio", [*ROWS, [0.9, 0.4, 1.0]], "sweep: audio: thresholds do not rise from row to row"),
        ("typical", {}, "typical: unknown key"),
    ],
)
def test_faults_are_named_with_file_and_field_in_one_line(document, tmp_path, path, value, message):
    *parents, last = path.split(".")
    part = document["operating_points"]
    for key in parents:
        part = part[key]
    part[last] = value
    file = tmp_path / "bad.json"
    file.write_text(json.dumps(document))
    with pytest.raises(InputError, match=f"operating_points.*{message}") as caught:
        load_detector(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert "\n" not in str(caught.value)


def test_every_model_of_the_detector_needs_its_points(document):
    for name in POINT_NAMES:
        document["operating_points"][name]["imu"] = None
    document["operating_points"]["sweep"]["imu"] = None
    with pytest.raises(ValueError, match="operating_points: nothing for the imu model"):
        Detector.model_validate(document)
    assert (
        Detector.model_validate(document | {"imu": None, "motion_sensor": None})
        .at_point("specific")
        .audio.threshold
        == 0.9
    )


def test_a_file_without_points_stays_as_it_was_and_refuses_them(document, tmp_path):
    del document["operating_points"]
    file = tmp_path / "old.json"
    file.write_text(json.dumps(document))
    old = load_detector(file)
    assert old.operating_points is None
    assert "operating_points" not in json.loads(save_detector(old, tmp_path / "again.json").read_text())
    for refused in (lambda: old.at_point("balanced"), lambda: old.at_false_per_hour(9.0, "audio")):
        with pytest.raises(InputError, match="the detector file has no operating points; use --threshold"):
            refused()
    assert old.at_threshold(0.4, "audio").audio.threshold == 0.4


@pytest.mark.parametrize("name", POINT_NAMES)
def test_a_point_sets_both_models_and_leaves_the_gate(pointed, name):
    _ = pointed.audio_events, pointed.imu_events, pointed.audio.trees  # what a copy would keep
    at = pointed.at_point(name)
    assert (at.audio.threshold, at.audio.continue_threshold) == (THRESHOLDS[name], THRESHOLDS[name] / 2)
    assert (at.imu.threshold, at.imu.continue_threshold) == (THRESHOLDS[name] / 2, THRESHOLDS[name] / 4)
    assert at.audio_events.open_margin == logit32(THRESHOLDS[name])
    assert at.imu_events.continue_margin == logit32(THRESHOLDS[name] / 4)
    assert at.gating == pointed.gating
    assert at.audio.model == pointed.audio.model
    assert at.at_point("balanced") == pointed.at_point("balanced")


def test_a_threshold_of_ones_own_keeps_the_odds_ratio_and_the_other_model(pointed):
    base = pointed.at_point("balanced")  # odds of 0.6 and 0.3: 1.5 and 0.4286
    at = base.at_threshold(0.8, "audio")
    assert at.audio.continue_threshold == pytest.approx(4 * 0.42857 / 1.5 / (1 + 4 * 0.42857 / 1.5), abs=1e-5)
    assert at.imu == base.imu
    assert base.at_threshold(0.8, "imu").audio == base.audio
    assert base.at_threshold(0.6, "audio") == base


def test_fewer_events_at_a_higher_threshold(pointed, dataset):
    from tussis.data.dataset import iter_dataset

    recording = iter_dataset(dataset)[0].load(**pointed.rates)
    found = [len(detect(recording, pointed.at_threshold(p, "audio"), "audio").events) for p in (0.02, 0.9999)]
    assert found[0] > found[1]


@pytest.mark.parametrize("threshold", [0.0, 1.0, -0.5, 2.0, float("nan")])
def test_thresholds_out_of_range(pointed, threshold):
    with pytest.raises(InputError, match=r"--threshold: .* is not above 0 and below 1"):
        pointed.at_threshold(threshold, "audio")


def test_what_a_detector_does_not_have(pointed):
    lone = Detector.model_validate(pointed.model_dump() | {"imu": None, "motion_sensor": None})
    with pytest.raises(InputError, match="--threshold: the detector has no imu model"):
        lone.at_threshold(0.5, "imu")
    with pytest.raises(InputError, match="--false-per-hour: the detector has no imu model"):
        lone.at_false_per_hour(50.0, "imu")
    with pytest.raises(
        InputError, match="--point: no point 'best'; use one of sensitive, balanced, specific"
    ):
        lone.at_point("best")


def test_false_events_per_hour_pick_from_the_sweep(pointed):
    assert pointed.at_false_per_hour(20.0, "audio").audio.threshold == 0.6
    assert pointed.at_false_per_hour(19.9, "audio").audio.threshold == 0.9
    assert pointed.at_false_per_hour(1000.0, "audio").audio.threshold == 0.1
    assert pointed.at_false_per_hour(25.0, "imu").imu.threshold == 0.6
    assert pointed.at_false_per_hour(25.0, "imu").audio == pointed.audio
    with pytest.raises(
        InputError, match=r"1\.5 is less than was measured .*; the least is 2, at threshold 0.9"
    ):
        pointed.at_false_per_hour(1.5, "audio")
    for wrong in (-1.0, float("nan"), float("inf")):
        with pytest.raises(InputError, match="is not a number from 0 up"):
            pointed.at_false_per_hour(wrong, "audio")


def test_a_dip_below_a_noisier_threshold_is_not_chosen():
    rows = [SweepRow(*row) for row in ROWS]
    assert row_within(rows, 45.0).threshold == 0.6  # 0.1 has 40 an hour, but 0.3 above it has 50
    assert [row.threshold for row in rows_within(rows, 50.0)] == [0.1, 0.3, 0.6, 0.9]
    assert list(rows_within(rows, 1.0)) == []


def test_continue_thresholds_at_the_ends():
    assert continue_at(0.7, like=(0.4, 0.4)) == 0.7
    assert continue_at(0.7, like=(1.0, 0.4)) == 0.7  # 1 has no odds
    assert 0.0 < continue_at(1e-6, like=(0.6, 0.3)) < 1e-6
    assert continue_at(0.9999999, like=(0.6, 0.59999)) <= 0.9999999
