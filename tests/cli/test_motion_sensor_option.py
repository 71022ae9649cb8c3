"""`--motion-sensor`: every verb that plays motion knows it; training stores it and says what it needs."""

import json

import pytest

from tussis.cli.app import main
from tussis.data.synthesis.dataset import write_dataset
from tussis.selection.detector.detector_file import load_detector


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return write_dataset(
        tmp_path_factory.mktemp("made") / "d", subjects=2, sessions_per_subject=1, session_s=12.0
    )


def document(capsys, words):
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("verb", [["score"], ["evaluate"]])
def test_a_coarse_sensor_changes_what_is_decided_by_motion(dataset, capsys, verb):
    plain = document(capsys, [*verb, str(dataset), "--mode", "imu"])
    words = [*verb, str(dataset), "--mode", "imu", "--motion-sensor", "lis2dh12:low-power-50"]
    coarse = document(capsys, words)
    assert coarse != plain
    assert document(capsys, words) == coarse


def test_detect_plays_it_too(dataset, capsys):
    plain = document(capsys, ["detect", str(dataset), "--mode", "imu"])
    fine = document(
        capsys, ["detect", str(dataset), "--mode", "imu", "--motion-sensor", "lis2dh12:low-power-100"]
    )
    assert fine != plain


@pytest.mark.parametrize(
    "words",
    [
        ["score", "D"],
        ["detect", "D"],
        ["evaluate", "D"],
        ["study", "wake", "D"],
        ["train", "D", "--out", "x.json"],
        ["replay", "D", "--port", "none"],
    ],
)
def test_an_unknown_sensor_is_one_line(dataset, capsys, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    words = [str(dataset) if word == "D" else word for word in words]
    assert main([*words, "--motion-sensor", "lis2dh12:fast"]) == 2
    said = capsys.readouterr().err
    assert "has no mode 'fast'; use one of low-power-50" in " ".join(said.split())
    assert not (tmp_path / "x.json").exists()


def test_only_the_study_of_waking_plays_motion(dataset, capsys, tmp_path):
    words = ["study", "mode", str(dataset), "--out", str(tmp_path), "--motion-sensor", "lis2dh12"]
    assert main(words) == 2
    assert "--motion-sensor: only the study of waking plays motion" in " ".join(
        capsys.readouterr().err.split()
    )


def test_the_study_of_waking_refuses_a_sensor_that_does_not_suffice(dataset, capsys, tmp_path):
    words = ["study", "wake", str(dataset), "--out", str(tmp_path), "--motion-sensor", "lis2dh12:normal-50"]
    assert main(words) == 2
    assert "--motion-sensor: the detector needs 100 Hz" in " ".join(capsys.readouterr().err.split())


RECIPE = """
variants = 0
step = 0.6
{more}
[audio]
trees = 5
depth = 2
max_features = 4
min_features = 2
[imu]
trees = 5
depth = 2
max_features = 4
min_features = 2
"""


@pytest.mark.slow
def test_training_stores_the_point_of_option_and_recipe(dataset, capsys, tmp_path):
    recipe = tmp_path / "r.toml"
    recipe.write_text(RECIPE.format(more='motion_sensor = "adxl367"'))
    words = ["train", str(dataset), "--recipe", str(recipe), "--out"]
    assert main([*words, str(tmp_path / "a.json")]) == 0
    assert "taught at adxl367:measure-100" in " ".join(capsys.readouterr().err.split())
    assert load_detector(tmp_path / "a.json").motion_need.operating_point == "adxl367:measure-100"
    named = "lsm6dso32:combo-104"
    assert main([*words, str(tmp_path / "b.json"), "--motion-sensor", named]) == 0
    found = load_detector(tmp_path / "b.json")
    assert found.motion_need.operating_point == named
    assert found.provenance.command.endswith(f"--motion-sensor {named}")
    said = " ".join(capsys.readouterr().err.split())
    wanted = "gyroscope: the usual sensor takes 990 uJ/s with it, 36 without"
    assert (wanted in said) == found.motion_need.gyroscope
