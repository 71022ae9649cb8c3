"""`--point`, `--threshold` and `--false-per-hour` where a detector runs or is exported."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tussis.cli.app import main
from tussis.cli.tables import training_table
from tussis.data.synthesis.dataset import write_dataset
from tussis.selection.detector.detector_file import Detector, load_detector, save_detector

FIGURES = {"sensitivity": 0.9, "false_per_hour": 5.0, "hours": 2.0, "background": "synthetic"}


def at(threshold: float) -> dict[str, object]:
    return {"threshold": threshold, "continue_threshold": threshold} | FIGURES


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped detector with points made by hand."""
    rows = [[0.2, 1.0, 80.0], [0.8, 0.9, 20.0], [0.999, 0.1, 1.5]]
    points = {
        name: {"audio": at(threshold), "imu": at(threshold)}
        for name, threshold in (("sensitive", 0.2), ("balanced", 0.8), ("specific", 0.999))
    }
    document = load_detector().model_dump(mode="json")
    for modality in ("audio", "imu"):  # points keep the odds ratio of both thresholds: let it be 1
        document[modality]["continue_threshold"] = document[modality]["threshold"]
    detector = Detector.model_validate(
        document | {"operating_points": {**points, "sweep": {"audio": rows, "imu": rows}}}
    )
    return save_detector(detector, tmp_path_factory.mktemp("model") / "detector.json")


@pytest.fixture(scope="module")
def old(model: Path) -> Path:
    """The same without points."""
    document = json.loads(model.read_text())
    del document["operating_points"]
    file = model.parent / "old.json"
    file.write_text(json.dumps(document))
    return file


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("synthetic") / "set"
    return write_dataset(folder, subjects=2, sessions_per_subject=1, session_s=20.0, seed=5, jobs=1)


@pytest.fixture
def detect(dataset: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., list[object]]:
    def run(*words: object) -> list[object]:
        code = main(["detect", str(dataset), "--model", str(model), "--json", *map(str, words)])
        streams = capsys.readouterr()
        assert code == 0, streams.err
        events: list[object] = json.loads(streams.out)["events"]
        return events

    return run


def test_a_higher_point_finds_fewer_events(detect: Callable[..., list[object]]) -> None:
    for mode in ("audio", "imu"):
        found = {
            name: detect("--mode", mode, "--point", name) for name in ("sensitive", "balanced", "specific")
        }
        assert len(found["sensitive"]) > len(found["balanced"]) > len(found["specific"]), mode


def test_a_point_a_threshold_and_false_events_per_hour_agree(detect: Callable[..., list[object]]) -> None:
    expected = detect("--mode", "audio", "--point", "balanced")
    assert detect("--mode", "audio", "--false-per-hour", 20) == expected
    assert detect("--mode", "audio", "--false-per-hour", 79.9) == expected
    assert detect("--mode", "audio", "--false-per-hour", 80) == detect("--mode", "audio", "--threshold", 0.2)


def test_a_threshold_is_that_of_the_model_which_decides(detect: Callable[..., list[object]]) -> None:
    for mode in ("audio", "gated", "imu"):
        usual, strict = detect("--mode", mode), detect("--mode", mode, "--threshold", 0.9999)
        assert len(strict) < len(usual), mode
    assert detect("--threshold", 0.9999) == detect("--mode", "gated", "--threshold", 0.9999)


def test_score_takes_the_same(dataset: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = {}
    for words in ("--point sensitive", "--threshold 0.2", "--false-per-hour 100", "--point specific"):
        assert main(["score", str(dataset), "--model", str(model), "--json", *words.split()]) == 0
        found[words] = json.loads(capsys.readouterr().out)["event"]
    assert found["--point sensitive"] == found["--threshold 0.2"] == found["--false-per-hour 100"]
    assert found["--point sensitive"]["sensitivity"] > found["--point specific"]["sensitivity"]


def test_export_writes_the_thresholds_asked_for(model: Path, tmp_path: Path) -> None:
    hashes = {}
    for number, words in enumerate(("", "--point specific", "--threshold 0.999", "--false-per-hour 2")):
        out = tmp_path / str(number)
        assert main(["export", str(model), str(out), *words.split()]) == 0
        kept = load_detector(out / "detector.json")
        assert kept.audio is not None
        assert kept.imu is not None
        hashes[words] = json.loads((out / "manifest.json").read_text())["detector_hash"]
        if words:
            assert kept.audio.threshold == 0.999
            assert (kept.imu.threshold == 0.999) == (words == "--point specific")
    assert len({hashes[""], hashes["--point specific"], hashes["--threshold 0.999"]}) == 3
    assert hashes["--threshold 0.999"] == hashes["--false-per-hour 2"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--threshold 0", "--threshold: 0.0 is not above 0 and below 1"),
        ("--threshold 1", "--threshold: 1.0 is not above 0 and below 1"),
        ("--threshold nan", "--threshold: nan is not above 0 and below 1"),
        ("--false-per-hour -1", "--false-per-hour: -1.0 is not a number from 0 up"),
        (
            "--false-per-hour 1",
            "--false-per-hour: 1 is less than was measured at any threshold;"
            " the least is 1.5, at threshold 0.999",
        ),
        ("--point middle", "Invalid value for '--point': 'middle' is not one of 'sensitive', 'balanced',"),
        ("--point balanced --threshold 0.5", "--point and --threshold: exclude each other; give one of them"),
        ("--threshold 0.5 --false-per-hour 3", "--threshold and --false-per-hour: exclude each other"),
    ],
)
@pytest.mark.parametrize("verb", ["detect", "score", "export", "replay"])
def test_what_is_refused_is_one_line(
    verb: str, words: str, message: str, model: Path, dataset: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    beginning = {
        "detect": ["detect", str(dataset), "--model", str(model)],
        "score": ["score", str(dataset), "--model", str(model)],
        "export": ["export", str(model), str(tmp_path / "firmware")],
        "replay": ["replay", str(dataset), "--port", "socket://localhost:1", "--model", str(model)],
    }
    assert main([*beginning[verb], *words.split()]) == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err.startswith(f"tussis: {message}")
    assert len(streams.err.splitlines()) == 1
    assert not (tmp_path / "firmware").exists()


@pytest.mark.parametrize("words", ["--point balanced", "--false-per-hour 5"])
def test_a_file_without_points(
    words: str, old: Path, dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["detect", str(dataset), "--model", str(old), *words.split()]) == 2
    option = words.split()[0]
    line = (
        f"tussis: {option}: the detector file has no operating points; use --threshold, or train it again\n"
    )
    assert capsys.readouterr().err == line
    assert main(["detect", str(dataset), "--model", str(old), "--threshold", "0.7", "--json"]) == 0


def test_a_detector_of_motion_only_is_set_by_its_own_threshold(
    model: Path, dataset: Path, tmp_path: Path
) -> None:
    document = json.loads(model.read_text()) | {"audio": None}
    (tmp_path / "motion.json").write_text(json.dumps(document))
    out = tmp_path / "firmware"
    assert main(["export", str(tmp_path / "motion.json"), str(out), "--threshold", "0.7"]) == 0
    kept = load_detector(out / "detector.json")
    assert kept.imu is not None
    assert kept.imu.threshold == 0.7


def test_train_shows_the_points_and_where_false_events_were_counted(
    model: Path, old: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tussis.cli.console import show

    show(training_table(load_detector(model)))
    shown = capsys.readouterr().out
    for name, threshold in (("sensitive", "0.200"), ("balanced", "0.800"), ("specific", "0.999")):
        for sensor in ("audio", "imu"):
            assert [name, sensor, threshold, "90.0", "%", "5.0"] in [
                line.split() for line in shown.splitlines()
            ]
    words = " ".join(shown.split())
    assert "2.00 h of synthetic sound, as the dataset has no background (audio)" in words
    show(training_table(load_detector(old)))
    assert "point" not in capsys.readouterr().out
