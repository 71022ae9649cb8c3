"""Figures for a paper, drawn from what verbs write."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tussis import InputError, Label, Recording, detect, load_detector
from tussis.cli.app import main
from tussis.data.figure import figure_bytes
from tussis.export.plot.evaluation_figures import plot_calibration, plot_confusion
from tussis.export.plot.model_figures import plot_front, plot_importance, plot_threshold
from tussis.export.report.detector_sections import importances

START = {"pdf": b"%PDF", "svg": b"<?xml", "png": b"\x89PNG"}


def ratio(value: float, counted: int = 1) -> dict[str, object]:
    return {"value": value, "low": value / 2, "high": value, "counted": counted, "total": 10, "groups": 3}


EVALUATION = {
    "events": {"audio": {"event": {"sensitivity": 0.75}}},
    "clips": {
        "coughs_by_collection": [{"name": "mine", "ratio": ratio(0.9)}],
        "others_by_class": [{"name": "laugh", "ratio": ratio(0.4)}, {"name": "dog", "ratio": ratio(0.5)}],
    },
    "false_events": {
        "by_sound": [{"name": "", "ratio": ratio(2.0)}, {"name": "door", "ratio": ratio(0.0, 0)}]
    },
    "windows": {
        "audio": {
            "expected_calibration_error": 0.1,
            "calibration": [
                {"low": 0, "high": 0.5, "windows": 90, "probability": 0.1, "coughs": 0.2},
                {"low": 0.5, "high": 1, "windows": 10, "probability": 0.8, "coughs": 0.7},
                {"low": 1, "high": 1, "windows": 0, "probability": None, "coughs": None},
            ],
        }
    },
}


def point(modality: str, cost: float, f1: float, *, chosen: bool) -> dict[str, object]:
    spread = {"event_f1_low": f1 - 0.1, "event_f1_high": None}
    costs = {"cycles_per_second": cost, "uj_per_second": None, "flash_bytes": 10 * cost}
    return {"modality": modality, "event_f1": f1, "chosen": chosen, **spread, **costs}


@pytest.mark.parametrize("ending", START)
def test_the_same_input_gives_the_same_bytes(ending: str, tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.{ending}" for number in (1, 2)]
    for file in files:
        assert main(["plot", "threshold", "default", "--out", str(file)]) == 0
    first, second = (file.read_bytes() for file in files)
    assert first == second
    assert first.startswith(START[ending])


def test_importance_names_the_features_and_a_glossary_lies_beside(tmp_path: Path) -> None:
    assert main(["plot", "importance", "default", "--out", str(tmp_path / "f.svg"), "--most", "3"]) == 0
    detector = load_detector("default")
    assert detector.audio is not None
    best = list(importances(detector.audio.model, detector.audio.features))[:3]
    glossary = (tmp_path / "f-glossary.md").read_text()
    assert all(f"| `{name}` |" in glossary for name in best)
    shown = [label.get_text() for label in plot_importance(detector, 3).axes[0].get_yticklabels()]
    assert shown == best


def test_the_curve_is_the_detector_s_own_sweep() -> None:
    detector = load_detector("default")
    assert detector.operating_points is not None
    rows = detector.operating_points.rows("audio")
    assert rows is not None
    (panel,) = plot_threshold(detector).axes
    line = panel.get_lines()[0]
    assert np.allclose(line.get_ydata(), [100 * row.sensitivity for row in rows])
    assert np.allclose(line.get_xdata(), [max(row.false_per_hour, 0.1) for row in rows])


def test_an_evaluation_shows_what_is_taken_for_a_cough() -> None:
    coughs, clips, false = plot_confusion(EVALUATION, Path("x.json")).axes
    assert [bar.get_width() for bar in coughs.patches] == [75.0]
    names = [label.get_text() for label in clips.get_yticklabels()]
    assert names == ["mine", "dog", "laugh"]  # the worst of the others first
    assert [bar.get_width() for bar in clips.patches] == [90.0, 50.0, 40.0]
    assert [label.get_text() for label in false.get_yticklabels()] == ["nothing labelled"]
    assert "1 other sounds have none" in false.get_title(loc="left")


def test_calibration_draws_bins_that_hold_windows() -> None:
    curve = plot_calibration(EVALUATION, Path("x.json")).axes[0].get_lines()[1]
    assert list(curve.get_xdata()) == [0.1, 0.8]
    assert list(curve.get_ydata()) == [0.2, 0.7]


def test_a_front_is_drawn_by_model_and_what_was_chosen_is_filled(tmp_path: Path) -> None:
    rows = [point("audio", 10, 0.8, chosen=False), point("audio", 20, 0.9, chosen=True)]
    figure = plot_front({"front": rows}, Path("d.front.json"))
    assert figure_bytes(figure, "png").startswith(START["png"])
    assert figure.axes[0].get_xlabel() == "cycles per second"
    assert list(figure.axes[0].get_lines()[-1].get_xdata()) == [20]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["threshold", "default", "--out", "f.gif"], "f.gif: is no figure by its name; end it with .pdf"),
        (["front", "e.json", "--out", "f.pdf"], "e.json: holds no front"),
        (["calibration", "e.json", "--out", "f.pdf"], "e.json: windows: is not an evaluation"),
        (["importance", "e.json", "--out", "f.pdf"], "e.json: format: not a tussis detector"),
    ],
)
def test_a_wrong_input_is_one_line(
    words: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("e.json").write_text(json.dumps({"other": 1}))
    assert main(["plot", *words]) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert not list(tmp_path.glob("f*"))


def test_a_recording_and_what_was_found_are_drawn_with_their_labels() -> None:
    noise = np.random.default_rng(0).normal(0, 300, 3 * 16000).astype(np.int16)
    still = np.tile(np.float32([0, 0, 9.81, 0, 0, 0]), (300, 1))
    labels = (Label(1.0, 1.4, "cough"),)
    recording = Recording("one", noise, 16000, still, 100.0, labels, labelled=True)
    found = detect(recording, load_detector("default"), "gated")
    panels = found.plot(recording).axes
    assert [panel.get_ylabel() for panel in panels] == [
        "sound", "acceleration, m/s²", "cough in sound, p", "cough in motion, p",
    ]  # fmt: skip
    (name,) = panels[0].texts
    assert name.get_text() == "cough"
    threshold = panels[2].get_lines()[1].get_ydata()[0]
    assert threshold == pytest.approx(0.9097, abs=1e-4)
    gate = panels[3].get_lines()[1].get_ydata()[0]
    assert gate == pytest.approx(0.14, abs=1e-4)


def test_what_a_notebook_shows_is_short_and_escaped() -> None:
    silence = np.zeros(16000, np.int16)
    recording = Recording("<b>", silence, 16000, None, 100.0, (Label(0, 1, "<i>"),), labelled=True)
    assert "&lt;b&gt;" in recording._repr_html_()
    assert "<i>" not in recording._repr_html_()
    detector = load_detector("default")
    found = detect(recording, detector)
    for shown in (recording, detector, detector.audio, detector.provenance, found):
        assert len(repr(shown)) < 1500
        assert len(str(shown)) < 1500
    assert "not a medical device" in detector._repr_html_()
    assert list(found.to_frame().columns) == ["start_s", "end_s", "confidence"]


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(InputError, match=r"pip install 'tussis\[plot\]'"):
        plot_threshold(load_detector("default"))
