"""The detector file: what goes in comes out, and what is wrong is named."""

import json

import pytest

from tussis.data.input_error import InputError
from tussis.selection.detector.detector_file import EventParameters, load_detector, save_detector
from tussis.selection.detector.gate_settings import Gating
from tussis.selection.detector.shipped import detector_path
from tussis.selection.detector.sound_level import SoundLevel
from tussis.selection.trees.tree_ensemble import logit32
from tussis.signal.catalogue import needs_gyroscope


@pytest.fixture
def document(detector, tmp_path):
    return json.loads(save_detector(detector, tmp_path / "good.json").read_text())


def test_what_is_saved_is_loaded(detector, tmp_path):
    first = save_detector(detector, tmp_path / "a.json")
    loaded = load_detector(first)
    assert loaded == detector
    assert save_detector(loaded, tmp_path / "b.json").read_bytes() == first.read_bytes()


@pytest.mark.parametrize("word", ["default", "default-large"])
def test_a_shipped_detector_is_saved_as_it_is_in_the_repository(word, tmp_path):
    """What a later edition adds, and this file has none of, is left out."""
    saved = save_detector(load_detector(word), tmp_path / "again.json")
    assert saved.read_bytes() == detector_path(word).read_bytes()


def test_a_sound_level_is_kept_and_none_leaves_the_file_as_it_was(detector, tmp_path):
    document = json.loads(save_detector(detector, tmp_path / "a.json").read_text())
    assert "sound_level" not in document
    with_level = detector.model_copy(update={"sound_level": SoundLevel(margin_db=4.5)})
    assert load_detector(save_detector(with_level, tmp_path / "b.json")) == with_level
    document["sound_level"] = None
    (tmp_path / "a.json").write_text(json.dumps(document))
    assert load_detector(tmp_path / "a.json") == detector


def test_a_sound_level_without_an_audio_model_is_refused(document, tmp_path):
    document |= {"audio": None, "sound_level": {}}
    file = tmp_path / "bad.json"
    file.write_text(json.dumps(document))
    with pytest.raises(InputError, match="sound_level: the detector has no audio model that could sleep"):
        load_detector(file)


def test_what_is_needed_of_the_motion_sensor_is_kept_and_taken_from_the_plan_where_a_file_has_none(
    detector, document, tmp_path
):
    assert document["motion_sensor"]["rate_hz"] == 100.0
    assert document["motion_sensor"]["gyroscope"] == needs_gyroscope(detector.imu.features)
    del document["motion_sensor"]
    file = tmp_path / "old.json"
    file.write_text(json.dumps(document))
    old = load_detector(file)
    assert old.motion_sensor is None
    assert old.motion_need == detector.motion_need
    assert "motion_sensor" not in json.loads(save_detector(old, tmp_path / "again.json").read_text())
    assert load_detector().motion_sensor is not None
    assert not load_detector().motion_need.gyroscope


def test_a_gyroscope_that_the_features_do_not_bear_out_is_refused(document, tmp_path):
    said = document["motion_sensor"]["gyroscope"]
    document["motion_sensor"]["gyroscope"] = not said
    file = tmp_path / "bad.json"
    file.write_text(json.dumps(document))
    with pytest.raises(InputError, match=rf"motion_sensor\.gyroscope: .*; it must be {str(said).lower()}"):
        load_detector(file)


def test_units_of_the_segmenter(detector):
    plan = detector.audio_events
    assert plan.open_margin == logit32(detector.audio.threshold)
    assert (plan.hop_frames, plan.window_frames) == (8, 32)
    assert plan.merge_frames == 14  # 0.23 s in frames of 16 ms
    assert plan.max_frames == 34  # 0.55 s, downwards
    assert plan.max_region_frames == 128
    assert (detector.imu_events.hop_frames, detector.imu_events.window_frames) == (5, 10)
    assert detector.imu_events.max_frames == 11
    assert Gating(hold_s=0.64).hold_ticks == 10240
    assert detector.rates == {"audio_rate_hz": 16000, "imu_rate_hz": 100}


def put(document, path, value):
    *parents, last = path.split(".")
    for key in parents:
        document = document[int(key) if key.isdigit() else key]
    if value is KeyError:
        del document[last]
    else:
        document[int(last) if last.isdigit() else last] = value


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("format", "other", "format: not a tussis detector"),
        ("version", 2, "version: "),
        ("audio.threshold", 1.5, "audio.threshold: .*less than or equal to 1.*1.5"),
        ("audio.threshold", "high", "audio.threshold: .*'high'"),
        ("audio.threshold", KeyError, "audio.threshold: missing"),
        ("audio.volume", 3, "audio.volume: unknown key"),
        ("audio.continue_threshold", 0.999, "audio: continue_threshold is above threshold"),
        ("audio.plan.rate_hz", 7999, "audio.plan: .*rate_hz is 7999"),
        ("audio.plan.ratehz", 8000, "audio.plan: unknown key 'ratehz'"),
        ("imu.plan.hop", 24, "imu: plan.window and plan.hop must be multiples of plan.frame"),
        ("imu.plan.rate_hz", 104, "imu: plan.rate_hz 104 does not divide 16000"),
        ("audio.features.0", "mel00_meen", r"audio.features\[0\]: .*did you mean"),
        ("audio.features.1", "peak?", r"audio.features\[1\]: "),
        ("audio.features", [], "audio.features: "),
        ("audio.model.learner", KeyError, "audio.model: not an XGBoost JSON model"),
        ("gating.hold_s", -1, "gating.hold_s: "),
        ("gating.hold_s", 0.128, "gating: hold_s is below the hop of the IMU windows, 0.25 s"),
        ("gating.max_consecutive_audio_windows", 1.5, "gating.max_consecutive_audio_windows: "),
        ("gating.busy_threshold", 1.5, "gating.busy_threshold: .*less than or equal to 1.*1.5"),
        ("gating.busy_threshold", "high", "gating.busy_threshold: .*'high'"),
        ("gating.busy_from", 0.0, "gating.busy_from: .*greater than 0"),
        ("gating.busy_from", 1, "gating.busy_from: .*less than 1"),
        ("gating.follow_s", 0.5, "gating.follow_s: .*greater than or equal to 1"),
        ("gating.follow_s", 601, "gating.follow_s: .*less than or equal to 600"),
        ("gating.busy_treshold", 0.5, "gating.busy_treshold: unknown key"),
        ("motion_sensor.bits", 40, "motion_sensor.bits: .*less than or equal to 20.*40"),
        ("motion_sensor.operating_point", "*/ x", "motion_sensor.operating_point: .*pattern"),
        ("motion_sensor.range_ms2", KeyError, "motion_sensor.range_ms2: missing"),
        ("imu", None, "motion_sensor: the detector has no IMU model"),
        ("sound_level", {"margin_db": 0.1}, "sound_level.margin_db: .*greater than or equal to 0.5.*0.1"),
        ("sound_level", {"rise_db_per_s": 0}, "sound_level.rise_db_per_s: .*greater than or equal to 0.01"),
        ("sound_level", {"combine": "none"}, "sound_level.combine: .*'both', 'either', 'motion' or 'sound'"),
        ("sound_level", {"margin": 6}, "sound_level.margin: unknown key"),
        ("events.audio.max_region_s", 0.6, "events.audio: max_region_frames"),
        ("events.audio.low_db", 1.0, "events.audio: low_db is below high_db"),
        ("events.imu.min_s", 0.9, "events.imu: max_s is below min_s"),
    ],
)
def test_faults_are_named_with_file_and_field_in_one_line(document, tmp_path, path, value, message):
    put(document, path, value)
    file = tmp_path / "bad.json"
    file.write_text(json.dumps(document))
    with pytest.raises(InputError, match=message) as caught:
        load_detector(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert "\n" not in str(caught.value)


def test_a_feature_named_twice(document, tmp_path):
    document["audio"]["features"][1] = document["audio"]["features"][0]
    (tmp_path / "bad.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match=r"audio: feature .* is named twice"):
        load_detector(tmp_path / "bad.json")


def test_a_model_with_other_columns(document, tmp_path):
    document["audio"]["features"].pop()
    (tmp_path / "bad.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match=r"audio.model: the model has \d columns, features lists \d"):
        load_detector(tmp_path / "bad.json")


def test_neither_model(document, tmp_path):
    document |= {"audio": None, "imu": None}
    (tmp_path / "bad.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match="audio and imu are both null"):
        load_detector(tmp_path / "bad.json")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": NaN}', "\x00\xff", "nonsense"])
def test_what_is_no_detector_at_all(tmp_path, text):
    (tmp_path / "bad.json").write_text(text, "latin-1")
    with pytest.raises(InputError, match=r"bad\.json: "):
        load_detector(tmp_path / "bad.json")


def test_a_missing_file_and_a_folder(tmp_path):
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            load_detector(path)


def test_event_parameters_have_defaults_that_work():
    assert EventParameters().low_db > EventParameters().high_db
