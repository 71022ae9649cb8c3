"""Studies on a tiny dataset: tables with every row, plots that are SVG, findings in words."""

import json
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from tussis.data.input_error import InputError
from tussis.data.recording import Label
from tussis.export.report.scatter import Mark, Series, scatter
from tussis.export.study.ranking_study import fill_budget
from tussis.export.study.studies import run_study, write_study
from tussis.selection.budget.cost_graph import ColumnCosts
from tussis.selection.detector.detector_file import EventParameters, load_detector
from tussis.selection.elimination.rankings import RANKINGS
from tussis.selection.models.booster import BoosterPlan
from tussis.selection.training.gate_trial import _away
from tussis.selection.training.scoring import score
from tussis.selection.training.training_plan import ModalityPlan, TrainingPlan


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    from tussis.data.synthesis.dataset import write_dataset

    folder = tmp_path_factory.mktemp("synthetic") / "data"
    write_dataset(folder, subjects=6, sessions_per_subject=1, session_s=20.0, seed=1, jobs=1)
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def plan():
    booster = BoosterPlan(n_trees=8, max_depth=2, min_child_weight=1.0, learning_rate=0.4)
    small = ModalityPlan(6, 3, booster, EventParameters())
    return TrainingPlan(audio=small, imu=small, n_splits=3, step=0.6)


@pytest.mark.parametrize(
    ("name", "n_rows", "keys"),
    [
        pytest.param(
            "rankings",
            3 * len(RANKINGS),
            {"ranking", "low", "high", "stability", "cpu_s", "cycles_per_second"},
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "mel-mfcc", 9, {"features", "cycles_per_second", "average_precision"}, marks=pytest.mark.slow
        ),
        ("mode", None, {"f1", "uj_per_second", "saving_vs_audio", "hold_s", "as_trained"}),
        pytest.param("rate", 2, {"input_rate_hz", "f1", "cycles_per_second"}, marks=pytest.mark.slow),
        pytest.param("window", 14, {"window_s", "hop_s", "f1"}, marks=pytest.mark.slow),
    ],
)
def test_a_study_gives_a_table_and_a_plot(name, n_rows, keys, dataset, cache, plan, tmp_path):
    study = run_study(name, dataset, plan=plan, cache_folder=cache)
    n_rows = n_rows or len(study.rows)
    assert len(study.rows) == n_rows
    assert keys <= study.rows[0].keys()
    table, csv, plot = write_study(study, tmp_path)
    assert json.loads(table.read_text())["finding"] == study.finding
    assert len(csv.read_text().splitlines()) == n_rows + 1
    assert len(points_of(plot.read_text())) >= n_rows
    if name == "mel-mfcc":
        assert all(row["cycles_per_second"] <= row["limit_cycles_per_second"] for row in study.rows)
    if name == "mode":
        check_modes(study)
    if name == "rankings":
        check_rankings(study, lambda: run_study(name, dataset, plan=plan, cache_folder=cache), cache)


def check_rankings(study, again, cache):
    """A second study takes what the first has kept, CPU seconds too; what is damaged is made again."""
    for row in study.rows:
        assert row["cycles_per_second"] <= row["limit_cycles_per_second"]
        assert -1.0 <= row["stability"] <= 1.0
        assert row["cpu_s"] > 0
    files = sorted(cache.glob("rankings-*/*.npz"))
    assert len(files) == 3 * len(RANKINGS)
    times = {file: file.stat().st_mtime_ns for file in files}
    files[4].write_bytes(files[4].read_bytes()[:100])
    rows = again().rows
    changed = [file for file in files if file.stat().st_mtime_ns != times[file]]
    assert changed == [files[4]]
    for row, first in zip(rows, study.rows, strict=True):
        same = row["ranking"] != files[4].name.rpartition("-")[0]
        assert {**row, "cpu_s": 0} == {**first, "cpu_s": 0}
        assert row["cpu_s"] == first["cpu_s"] or not same


def points_of(svg):
    """What a screen reader says of each point of a plot."""
    marks = ElementTree.fromstring(svg).iter()
    return [mark.get("aria-label") for mark in marks if mark.get("aria-roledescription") == "point"]


def rounding(gated, ungated):
    """How far the saving may be off that is computed from energies of two decimals."""
    return 0.005 * (1.0 + gated / ungated) / ungated + 1e-6


def check_modes(study):
    gated = [row for row in study.rows if row["mode"] == "gated"]
    ungated = min(row["uj_per_second"] for row in study.rows if row["mode"] == "audio")
    assert min(row["uj_per_second"] for row in gated) < ungated
    assert sum(row["as_trained"] for row in gated) == 1
    assert len({row["max_consecutive"] for row in gated}) >= 4
    assert len({row["hold_s"] for row in gated}) >= 4
    for row in gated:
        saving = 1.0 - row["uj_per_second"] / ungated
        assert row["saving_vs_audio"] == pytest.approx(saving, abs=rounding(row["uj_per_second"], ungated))
        raw_saving = 1.0 - row["raw_uj_per_second"] / ungated
        raw = rounding(row["raw_uj_per_second"], ungated)
        assert row["raw_saving_vs_audio"] == pytest.approx(raw_saving, abs=raw)
        if row["audio_duty"] < 0.3:  # awake it costs a copy more
            assert row["raw_saving_vs_audio"] > row["saving_vs_audio"]
    assert "never wakes saves" in study.finding
    assert study.finding.count("with a raw pre-roll") >= 2
    eager, lazy = (pick(row["imu_threshold"] for row in gated) for pick in (min, max))
    duty = {
        gate: sum(row["audio_duty"] for row in gated if row["imu_threshold"] == gate)
        for gate in (eager, lazy)
    }
    assert duty[lazy] < duty[eager]
    assert "gated as trained: saves" in study.finding


def test_the_shipped_detectors_modes_are_studied(dataset, cache, tmp_path):
    detector = load_detector()
    study = run_study("mode", dataset, detector=detector, cache_folder=cache)
    check_modes(study)
    trained = next(row for row in study.rows if row["as_trained"])
    gated = score(dataset, detector, "gated").total.as_dict()
    assert {key: trained[key] for key in ("f1", "sensitivity")} == {
        key: gated[key] for key in ("f1", "sensitivity")
    }
    with pytest.raises(InputError, match="--model: only the studies of modes and of waking take a detector"):
        run_study("rate", dataset, detector=detector, cache_folder=cache)


def test_away_from_coughs_is_a_second_and_more():
    found = _away([Label(3.0, 3.5, "cough")], 12, 0.5, 1.0)
    np.testing.assert_array_equal(np.flatnonzero(~found), [3, 4, 5, 6, 7, 8])


def test_an_unknown_study_is_named(dataset):
    with pytest.raises(ValueError, match="'magic' is not a study; choose from rankings"):
        run_study("magic", dataset)


def test_a_budget_is_filled_in_order():
    costs = ColumnCosts(np.array([5.0, 1, 9, 2]), np.zeros(0), np.zeros((4, 0), bool), base=10.0)
    np.testing.assert_array_equal(fill_budget(np.array([2, 0, 1, 3]), costs, 22.0), [1, 2, 3])
    np.testing.assert_array_equal(fill_budget(np.array([2, 0, 1, 3]), costs, 12.0), [1])
    np.testing.assert_array_equal(fill_budget(np.array([2, 0, 1, 3]), costs, 1.0), [2])


def test_a_plot_holds_every_mark_and_survives_one_point():
    marks = (Mark(1, 0.5, 0.4, 0.6, "a < b", True), Mark(2, 0.7))
    plot = scatter([Series("one & two", marks, line=True)], title="T", x_label="x", y_label="y")
    said = points_of(plot)
    assert said.count("a < b") == 1
    assert said.count("chosen") == 1
    assert len(said) == 3
    assert "one & two" in [text.text for text in ElementTree.fromstring(plot).findall(".//{*}text")]
    ElementTree.fromstring(scatter([Series("s", (Mark(0, 0),))], title="T", x_label="x", y_label="y"))
