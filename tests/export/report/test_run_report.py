"""Which file is recognised as what, and what each puts on the page."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tussis.data.input_error import InputError
from tussis.data.session_set import write_session
from tussis.export.report.cost_sections import cost_figures, cost_sections
from tussis.export.report.detector_sections import importances
from tussis.export.report.report_page import Page, Section
from tussis.export.report.run_report import read_runs, run_page
from tussis.selection.detector.detector_file import save_detector
from tussis.selection.evaluation.evaluate import evaluate
from tussis.selection.training.scoring import score

from ..conftest import make_detector, make_recording

PARITY: dict[str, Any] = {
    "sessions": 2,
    "differing_events": 3,
    "worst_error": 0.0,
    "worst_feature": "mel03_std",
    "events": {"NumPy": 33, "host C": 33},
    "windows": {"host C": 400},
}
FRONT: dict[str, Any] = {
    "cost": {},
    "bounds": [],
    "front": [
        {
            "modality": modality,
            "features": ["a", "b"],
            "n_trees": 20,
            "max_depth": 4,
            "cycles_per_second": 1000.0,
            "uj_per_second": None,
            "flash_bytes": 9000.0,
            "ram_bytes": 4000.0,
            "event_f1": f1,
            "event_f1_low": f1 - 0.1,
            "event_f1_high": f1 + 0.1,
            "chosen": modality == "audio",
        }
        for modality, f1 in (("audio", 0.8), ("imu", 0.5))
    ],
}
REPLAYED: dict[str, Any] = {
    "session": "s1",
    "error": None,
    "mode": "gated",
    "events": [{}, {}],
    "difference": {"missing": [], "extra": [{}]},
    "timing": {"times_real_time": 4.0},
    "link": {"bad_frames_host": 7},
}


def per_second(instructions: int) -> dict[str, float]:
    uj = instructions / 1e4
    return {
        "instructions": instructions,
        "cycles": 1.3 * instructions,
        "ms": 1.0,
        "uj": uj,
        "total_uj": 9 * uj,
    }


COST: dict[str, Any] = {
    "title": "a board",
    "mode": "gated",
    "recording": "s1",
    "clock_hz": 128e6,
    "per_second": {"audio": per_second(480_000), "gated": per_second(123_000)},
    "stages": {"gated": {"audio": {"audio.front end": 90.0, "audio.model": 10.0}}},
    "gating": {"audio_duty": 0.17, "total_saving_vs_audio": -0.25, "recommended_mode": "audio"},
    "energy_uw": {"gated": {"core_active": 100.0, "capture": 300.0, "total": 400.0}},
    "battery": {"title": "a cell", "days": {"audio": 4.5, "gated": 3.25}},
    "flash_bytes": 40_000,
    "ram_bytes": 30_000,
    "stack_bytes": 1280,
    "functions": [{"name": "tussis_walk.constprop.0", "cycles": 1300, "instructions": 1000}],
    "flame": [
        {"function": "all", "depth": 0, "start_cycles": 0.0, "cycles": 1600.0, "own_cycles": 300.0},
        {
            "function": "tussis_walk.constprop.0",
            "depth": 1,
            "start_cycles": 0.0,
            "cycles": 1300.0,
            "own_cycles": 1300.0,
        },
    ],
    "memory": {
        "objects": [{"name": "fft.c", "flash_bytes": 3000, "ram_bytes": 4}],
        "largest": [{"name": "tussis_tables", "bytes": 2000, "in_ram": False}],
    },
    "expected_error": {"cycles": "-4 % to +11 %", "battery_days": "20 %", "stack_bytes": "bound"},
    "assumptions": [],
}


ACTIVITY: dict[str, Any] = {
    "name": "sleep",
    "hours": 8.0,
    "share": 0.01,
    "listening": 0.02,
    "uj_per_second": 100.0,
    "joules": 2.88,
    "energy_uw": {"core_active": 40.0, "capture": 60.0, "total": 100.0},
}
VARIANT: dict[str, Any] = {
    "device": "nrf5340",
    "toolchain": "gcc",
    "opt": "O2",
    "fpu": True,
    "clock_hz": 64e6,
    "cycles_per_second": {"audio": 600_000, "gated": 200_000},
    "worst_push_ms": 0.71,
    "deadline_met": True,
    "flash_bytes": 52_600,
    "ram_bytes": 20_080,
    "stack_bytes": 1280,
    "battery_days": 4.2,
    "fits": True,
}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("set")
    for seed in (1, 2):
        write_session(replace(make_recording(seed), subject=f"p{seed}"), folder / f"s{seed}")
    return folder


@pytest.fixture
def detector_file(tmp_path: Path) -> Path:
    save_detector(make_detector(), tmp_path / "detector.json")
    return tmp_path / "detector.json"


def put(path: Path, document: object) -> Path:
    path.write_text(json.dumps(document))
    return path


def shown(page: Page) -> dict[str, Section]:
    return {section.title: section for section in page.sections if not section.missing}


def missing(page: Page) -> dict[str, str]:
    return {section.title: section.missing for section in page.sections if section.missing}


def test_everything_is_recognised_by_what_is_in_it(
    dataset: Path, detector_file: Path, tmp_path: Path
) -> None:
    found = evaluate(dataset, make_detector(), "gated")
    files = [
        put(tmp_path / "a", found.as_dict()),
        put(tmp_path / "b", PARITY),
        put(tmp_path / "c", FRONT),
        put(tmp_path / "d", COST),
        put(tmp_path / "e.jsonl", REPLAYED),
        detector_file,
        dataset,
    ]
    page = run_page(read_runs(files), title="T")
    assert missing(page) == {}
    there = shown(page)
    assert set(there) >= {"Recordings", "Scores", "Errors", "Front", "Feature importance", "Provenance"}
    assert set(there) >= {"Cost", "Energy and battery", "Memory", "Parity", "Link"}
    assert len(there["Recordings"].sessions) == 2
    assert there["Errors"].text.startswith(
        f"{sum(e.kind == 'missed' for e in found.errors)} coughs were missed"
    )
    assert there["Link"].tables[0].rows == (
        ("s1", "gated", "2", "1 more, 0 fewer", "4.0", "bad frames host 7"),
    )
    assert "3 differing events" in there["Parity"].text
    assert there["Front"].charts[0].table.rows[0] == ("audio model (chosen)", "1000", "0.800")
    assert page.privacy.startswith("This page holds no sound")


def test_a_score_alone_says_which_input_the_rest_needs(dataset: Path, tmp_path: Path) -> None:
    document = score(dataset, make_detector(), "audio").as_dict()
    page = run_page(read_runs([put(tmp_path / "score.json", document)]), title="T")
    assert set(shown(page)) == {"Scores"}
    assert missing(page)["Parity"] == "verify --json"
    assert missing(page)["Recordings"] == "a dataset (and its detector file)"
    assert [row[0] for row in shown(page)["Scores"].tables[1].rows] == ["s1", "s2"]


def test_sound_is_embedded_on_request_only(dataset: Path, detector_file: Path) -> None:
    inputs = read_runs([detector_file, dataset])
    quiet, loud = run_page(inputs, title="T"), run_page(inputs, title="T", audio=True)

    def sounds(page: Page) -> list[bool]:
        views = shown(page)["Recordings"].sessions
        return [clip.sound.startswith("data:audio/flac") for view in views for clip in view.clips]

    assert sounds(loud)
    assert all(sounds(loud))
    assert not any(sounds(quiet))
    assert loud.privacy.startswith("This page holds recorded sound")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('{"some": "thing"}', "is nothing that a report shows"),
        ("[1]", "is nothing that a report shows"),
        ("words", "not a JSON document"),
    ],
)
def test_what_is_nothing_is_refused(content: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(content)
    with pytest.raises(InputError, match=problem):
        read_runs([tmp_path / "x.json"])


def test_two_of_a_kind_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a second parity"):
        read_runs([put(tmp_path / "a", PARITY), put(tmp_path / "b", PARITY)])


def test_importance_is_the_gain_of_the_splits() -> None:
    tree = {"left_children": [1, -1, -1], "split_indices": [1, 0, 0], "loss_changes": [3.0, 9.0, 9.0]}
    model = {
        "learner": {"gradient_booster": {"model": {"trees": [tree, {**tree, "split_indices": [0, 0, 0]}]}}}
    }
    assert importances(model, ["a", "b"]) == {"a": 0.5, "b": 0.5}


def test_a_gate_that_costs_more_than_audio_alone_is_no_saving() -> None:
    compute, energy, memory = cost_sections(COST)
    assert "takes 25 % more energy than with audio alone; the mode that lasts longest is audio" in energy.text
    assert cost_figures(COST)[-1].value == "4.5 days"
    assert compute.charts[-2].table.rows == (("walk", "1,300"),)
    texts = dict(memory.charts[0].table.rows)
    assert texts == {"flash": "39.1 KB of 48.0 KB", "RAM": "29.3 KB, over 24.0 KB"}


def test_the_flame_of_cycles_a_day_and_variants_have_their_sections(tmp_path: Path) -> None:
    day = {"sessions": 3, "activities": [ACTIVITY, {**ACTIVITY, "name": "walking", "joules": 5.0}]}
    variants = {
        "device": "all",
        "recording": "s1",
        "variants": [
            VARIANT,
            {**{k: VARIANT[k] for k in ("device", "toolchain", "opt", "clock_hz")}}
            | {"fpu": False, "failed": "no float unit"},
        ],
    }
    page = run_page(
        read_runs([put(tmp_path / "a", {**COST, "day": day}), put(tmp_path / "b", variants)]), title="T"
    )
    there = shown(page)
    (flame,) = [chart for chart in there["Cost"].charts if "Where the cycles go" in chart.title]
    assert flame.table.rows == (("tussis_walk.constprop.0", "1", "1,300", "1,300"),)
    assert [box["name"] for box in flame.spec["data"]["values"]] == ["all", "walk"]
    over_day = {chart.title: chart for chart in there["Over a day"].charts}
    joules = over_day["Energy over the day, gated"].table.rows
    assert joules[0] == ("sleep", "1.2", "1.7", "2.9")
    assert ("walking", "8.0", "1.0 %", "2.0 %", "5.0") in there["Over a day"].tables[0].rows
    made, not_built = there["Variants"].tables
    assert made.rows == (
        ("nrf5340, 64 MHz, gcc -O2", "51.4 KB", "19.6 KB", "1,280", "0.71 ms", "yes", "yes"),
    )
    assert not_built.rows == (("nrf5340, 64 MHz, gcc -O2, no FPU", "no float unit"),)


def test_the_path_of_feature_selection_is_drawn_where_training_kept_it(detector_file: Path) -> None:
    from tussis.selection.detector.provenance import PathPoint

    assert "Feature selection" not in shown(run_page(read_runs([detector_file]), title="T"))
    detector = make_detector()
    path = [
        PathPoint(n_features=30, score=0.91, deviation=0.02, cycles_per_second=9000.0),
        PathPoint(n_features=10, score=0.9, deviation=0.02, cycles_per_second=4000.0, chosen=True),
    ]
    origin = detector.provenance.model_copy(update={"selection": {"audio": path}})
    save_detector(detector.model_copy(update={"provenance": origin}), detector_file)
    (chart,) = shown(run_page(read_runs([detector_file]), title="T"))["Feature selection"].charts
    assert chart.table.rows == (("audio model (chosen)", "10", "0.900"), ("audio model", "30", "0.910"))
