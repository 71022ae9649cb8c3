"""Training as a whole, on a dataset small enough to learn in seconds."""

import re
import shutil
from dataclasses import replace

import pytest
from sklearn.metrics import average_precision_score

from tussis.data.input_error import InputError
from tussis.data.progress import silent
from tussis.selection.detector.detector_file import load_detector, save_detector
from tussis.selection.detector.point_name import POINT_NAMES
from tussis.selection.training.scoring import score
from tussis.selection.training.teaching_material import NOT_READ
from tussis.selection.training.training import fit_modality, labelled_features, train
from tussis.selection.windows.dataset_features import dataset_features
from tussis.selection.windows.window_targets import IGNORED
from tussis.signal.catalogue import needs_gyroscope
from tussis.signal.motion_sensor import MotionSensor


def test_it_learns_coughs_it_has_not_heard(detector):
    found = detector.provenance.scores["out_of_fold"]
    assert found["audio"]["f1"] > 0.9
    assert found["imu"]["f1"] > 0.7
    assert found["gated"]["f1"] > 0.9
    assert found["gated"]["audio_duty"] < 0.7
    assert found["audio"]["ref"] == 24


def test_the_plan_is_kept(detector, small_plan):
    assert 3 <= len(detector.audio.features) <= 6
    assert 2 <= len(detector.imu.features) <= 4
    assert detector.audio.trees.n_trees == 8
    assert detector.audio.trees.depth <= 2
    assert detector.audio.trees.base_margin == 0.0
    assert detector.events.audio.max_s == small_plan.audio.events.max_s


def test_a_model_taught_at_an_operating_point_stores_it_and_learns_what_it_delivers(
    detector, dataset, small_plan, cache_folder
):
    assert detector.motion_sensor.operating_point == ""
    coarse = MotionSensor(50.0, 39.2, 8, 0.1, 25.0, gyroscope=False, name="part:coarse")
    plan = replace(small_plan, motion_sensor=coarse)
    taught = train(dataset, plan=plan, cache_folder=cache_folder)
    need = taught.motion_sensor
    assert (need.operating_point, need.rate_hz, need.bits, need.gyroscope) == ("part:coarse", 50.0, 8, False)
    assert not needs_gyroscope(taught.imu.features)  # none of the sensor's motion has one
    assert taught.imu.model != detector.imu.model
    assert taught.audio == detector.audio
    assert train(dataset, plan=plan, cache_folder=cache_folder) == taught


def precision_when_late(model, windows):
    """Average precision of a model on windows that hold silence, of people it never met."""
    known = windows.late & (windows.target != IGNORED)
    columns = [windows.ids.index(name) for name in model.features]
    margins = model.trees.margin(windows.columns(columns, known))
    return average_precision_score(windows.target[known], margins)


def test_a_model_that_learned_from_copies_heard_late_knows_new_people_heard_so(
    detector, dataset, small_plan, cache_folder, write_session, tmp_path
):
    plan = replace(small_plan, late_copies=2, late_share=0.2)
    taught = train(dataset, plan=plan, cache_folder=cache_folder)
    assert taught.audio.features == detector.audio.features  # chosen on what is heard as a whole
    assert taught.provenance.data_hash == detector.provenance.data_hash
    assert taught.audio.model != detector.audio.model
    assert taught.imu == detector.imu
    assert train(dataset, plan=plan, cache_folder=cache_folder) == taught
    for seed in range(40, 46):
        write_session(tmp_path / f"new/{seed}", f"new_{seed}", seed, with_imu=False)
    new = dataset_features(tmp_path / "new", late_copies=3, cache_folder=cache_folder)
    windows = new.table("audio", late=True)
    before, after = (1.0 - precision_when_late(one.audio, windows) for one in (detector, taught))
    print(before, after)
    assert after < before / 2


def test_provenance_names_data_versions_and_command(detector):
    assert len(detector.provenance.data_hash) == 64
    assert {"tussis", "xgboost", "numpy"} <= detector.provenance.versions.keys()
    assert detector.provenance.command == "test"
    assert detector.provenance.seed == 0


def test_provenance_keeps_the_path_of_feature_selection(detector):
    for name, model in (("audio", detector.audio), ("imu", detector.imu)):
        path = detector.provenance.selection[name]
        assert [point.n_features for point in path] == sorted(
            {point.n_features for point in path}, reverse=True
        )
        (chosen,) = [point for point in path if point.chosen]
        assert chosen.n_features == len(model.features)
        assert all(0.0 < point.score <= 1.0 and point.deviation >= 0.0 for point in path)
        assert chosen.score >= max(point.score - 2 * point.deviation for point in path)


def test_the_points_are_measured_out_of_fold_and_balanced_is_what_runs(detector):
    points, scores = detector.operating_points, detector.provenance.scores["out_of_fold"]
    assert detector.at_point("balanced") == detector
    for modality in ("audio", "imu"):
        rows = points.rows(modality)
        assert len(rows) > 40
        assert max(row.sensitivity for row in rows) > 0.9
        for name in POINT_NAMES:
            at = getattr(points.named(name), modality)
            assert scores[modality]["points"][name] == at.model_dump(mode="json")
            assert (at.threshold, at.sensitivity, at.false_per_hour) in rows
            assert at.background == "dataset"
            assert at.hours == pytest.approx(4 * 24 / 3600, abs=1e-4)
    assert points.balanced.audio.sensitivity == pytest.approx(scores["audio"]["sensitivity"], abs=0.1)
    assert points.balanced.audio.false_per_hour <= 20.0


def test_looser_targets_lower_the_thresholds_and_the_gate_is_chosen_there(dataset, small_plan, tmp_path):
    data, cache = tmp_path / "data", tmp_path / "cache"
    shutil.copytree(dataset, data)
    for file in data.glob("*/labels.txt"):  # a cough without its label is false wherever the others are found
        first, *others = file.read_text().splitlines(keepends=True)
        assert first.endswith("cough\n")
        file.write_text("".join(others))
    many = {"sensitive": 1e5, "balanced": 1e5, "specific": 0.0}
    none = {"sensitive": 1e5, "balanced": 0.0, "specific": 0.0}
    loose, tight = (
        train(data, plan=replace(small_plan, false_per_hour=one), cache_folder=cache) for one in (many, none)
    )
    assert loose.operating_points.sweep == tight.operating_points.sweep
    assert loose.operating_points.specific == tight.operating_points.specific
    for modality in ("audio", "imu"):
        low, high = getattr(loose, modality), getattr(tight, modality)
        assert low.threshold < high.threshold
        for one, model in ((loose, low), (tight, high)):
            scores = one.provenance.scores["out_of_fold"][modality]
            assert model.threshold == scores["points"]["balanced"]["threshold"]
        false = [one.provenance.scores["out_of_fold"][modality]["fp"] for one in (tight, loose)]
        assert false[0] < false[1]
    gated = [one.provenance.scores["out_of_fold"]["gated"] for one in (loose, tight)]
    assert gated[0]["tp"] > gated[1]["tp"]  # counted at the thresholds of balanced
    assert gated[1]["fp"] <= gated[0]["fp"]


def test_a_saved_detector_finds_the_coughs_of_its_dataset(detector, dataset, tmp_path):
    loaded = load_detector(save_detector(detector, tmp_path / "detector.json"))
    for mode in ("audio", "gated", "imu"):
        result = score(dataset, loaded, mode)
        assert result.total.ref == 24
        assert result.total.f1 > 0.8, mode


def test_same_data_same_bytes_also_after_an_interruption(detector, dataset, small_plan, tmp_path):
    first = save_detector(detector, tmp_path / "first.json").read_bytes()

    def stop(stage, done, total):
        if stage == "imu elimination" and done > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(dataset, plan=small_plan, cache_folder=tmp_path / "cache", command="test", progress=stop)
    stages = []
    again = train(
        dataset,
        plan=small_plan,
        cache_folder=tmp_path / "cache",
        command="test",
        progress=lambda stage, done, total: stages.append((stage, done)),
    )
    assert ("audio elimination", 0) not in stages  # finished steps are read back
    assert save_detector(again, tmp_path / "again.json").read_bytes() == first


@pytest.mark.slow
def test_without_an_imu_the_detector_is_audio_only(write_session, dataset, small_plan, tmp_path):
    for number in range(3):
        write_session(tmp_path / f"data/s{number}", f"p{number}", number, with_imu=False)
    detector = train(tmp_path / "data", plan=small_plan, cache_folder=tmp_path / "cache")
    assert detector.imu is None
    assert score(tmp_path / "data", detector).sessions[0].mode == "audio"
    points = detector.operating_points
    assert points.balanced.imu is points.sweep.imu is None
    assert points.balanced.audio.background == "synthetic"  # 57 s outside coughs are no background
    assert points.balanced.audio.hours == 0.2


def refused(folder, small_plan, tmp_path):
    with pytest.raises(InputError) as caught:
        train(folder, plan=small_plan, cache_folder=tmp_path / "cache")
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("file", ["audio.wav", "imu.csv", "labels.txt"])
def test_an_unreadable_session_costs_itself_only(dataset, small_plan, tmp_path, cache_folder, file):
    """The detector is that of the others, and says what it was not taught by."""
    shutil.copytree(dataset, tmp_path / "data")
    broken = tmp_path / "data" / "session_3" / file
    broken.write_bytes(b"RIFF" if file == "audio.wav" else b"\xff\xfe\0broken")
    detector = train(tmp_path / "data", plan=small_plan, cache_folder=cache_folder)
    said = [doubt for doubt in detector.provenance.doubts if doubt.startswith(NOT_READ)]
    assert len(said) == 1
    assert f"session_3/{file}" in said[0]
    shutil.rmtree(broken.parent)
    whole = train(tmp_path / "data", plan=small_plan, cache_folder=cache_folder)
    assert whole.audio == detector.audio
    assert whole.imu == detector.imu


def test_no_labels(dataset, small_plan, tmp_path):
    shutil.copytree(dataset, tmp_path / "data")
    for file in (tmp_path / "data").glob("*/labels.txt"):
        file.unlink()
    assert "no session has labels" in refused(tmp_path / "data", small_plan, tmp_path)


def test_no_label_named_cough(write_session, small_plan, tmp_path):
    for number in range(2):
        write_session(tmp_path / f"data/s{number}", f"p{number}", number, labels=[(1.0, 2.0, "laugh")])
    assert "no label is named `cough`" in refused(tmp_path / "data", small_plan, tmp_path)


@pytest.mark.parametrize("name", ["Coughs", "cuogh", "Cough?"])
def test_labels_that_may_mean_cough_are_named_before_any_feature(write_session, small_plan, tmp_path, name):
    for number in range(2):
        write_session(tmp_path / f"data/s{number}", f"p{number}", number, labels=[(1.0, 2.0, name)])
    cache = tmp_path / "cache"
    with pytest.raises(InputError, match=f"some may mean one: {re.escape(repr(name))}"):
        train(tmp_path / "data", plan=small_plan, cache_folder=cache)
    assert not cache.exists()


@pytest.mark.parametrize("other", ["01", "1.0", " 1", "\u0661", "\uff11"])
def test_one_person_in_two_spellings_is_refused_before_any_feature(
    write_session, small_plan, tmp_path, other
):
    for number, subject in enumerate(("1", other)):
        write_session(tmp_path / f"data/s{number}", subject, number)
    cache = tmp_path / "cache"
    with pytest.raises(InputError, match="needs coughs of at least 2 subjects"):
        train(tmp_path / "data", plan=small_plan, cache_folder=cache)
    assert not cache.exists()


def test_one_subject(write_session, small_plan, tmp_path):
    for number in range(2):
        write_session(tmp_path / f"data/s{number}", "alone", number)
    message = refused(tmp_path / "data", small_plan, tmp_path)
    assert "at least 2 subjects (found: alone)" in message


def test_motion_alone_teaches_no_sound(write_session, small_plan, tmp_path):
    for number in range(2):
        (write_session(tmp_path / f"data/s{number}", f"p{number}", number) / "audio.wav").unlink()
    assert "no session has sound" in refused(tmp_path / "data", small_plan, tmp_path)


def test_cycles_that_no_set_keeps_are_named(dataset, small_plan, tmp_path, cache_folder):
    plan = replace(small_plan, imu=replace(small_plan.imu, cycles_per_second=1.0))
    data = labelled_features(dataset, plan, cache_folder, silent)
    with pytest.raises(InputError, match=r"imu.cycles_per_second: no set .* costs at most 1; .* raise it"):
        fit_modality(data, "imu", plan, tmp_path, silent)
