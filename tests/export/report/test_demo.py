"""The demo at a size that fits into a test; its real sizes are run by the slow test."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from pathlib import Path

import pytest

from tussis.data.input_error import InputError
from tussis.export.report.demo import DemoPlan, DemoResult, run_demo
from tussis.selection.training.training_plan import TrainingPlan

TRAINING = TrainingPlan(n_splits=2, step=0.6)
TINY = DemoPlan(subjects=4, held_out=1, sessions=1, session_s=30.0, activity_s=10.0, training=TRAINING)


def digests(folder: Path) -> dict[str, str]:
    """Hash of every file but those of the cache, by name."""
    names = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    return {
        str(name): hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in names
        if name.parts[0] not in (".cache", ".tussis-demo")
    }


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def result(place: Path) -> DemoResult:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)  # the report names the folder: let it be the same in both runs
        return run_demo("out", plan=TINY)


def test_the_three_executions_agree(result: DemoResult) -> None:
    assert result.passed
    parity = result.summary["parity"]
    assert parity["differing_events"] == 0
    assert parity["windows"]["Cortex-M33"] > 0


def test_it_leaves_what_it_promises(result: DemoResult, place: Path) -> None:
    out = place / "out"
    assert json.loads((out / "summary.json").read_text()) == json.loads(json.dumps(result.summary))
    page = (out / "report.html").read_text()
    assert 'id="charts"' in page
    assert "Energy over the day" in page
    assert page.count("data:audio/flac") > 0
    assert len(page.encode()) < 3_000_000
    assert json.loads((out / "detector.json").read_text())["format"] == "tussis-detector"
    assert (out / "firmware" / "include" / "tussis.h").is_file()
    assert not list(out.rglob("*.part"))


def test_the_summary_tells_scores_cost_and_parity(result: DemoResult) -> None:
    summary = result.summary
    assert set(summary["score"]) == {"audio", "imu", "gated"}
    for mode, event in summary["score"].items():
        assert event["ref"] == summary["score"]["audio"]["ref"] > 0
        assert summary["cost"]["per_second"][mode]["instructions"] > 0
    assert summary["cost"]["flash_bytes"] > 0
    day = summary["cost"]["day"]
    assert sum(one["hours"] for one in day["activities"]) == pytest.approx(24)
    assert day["recommended_way"]["battery_days"] >= day["battery_days"]["audio"] > 0
    assert summary["dataset"]["train"]["subjects"] == TINY.subjects


@pytest.mark.slow
def test_another_run_gives_the_same_bytes(
    result: DemoResult, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(place / "out" / "recordings", tmp_path / "out" / "recordings")
    (tmp_path / "out" / ".tussis-demo").write_text("")
    monkeypatch.chdir(tmp_path)
    run_demo("out", plan=TINY)
    assert digests(place / "out") == digests(tmp_path / "out")


@pytest.mark.slow
def test_an_interrupted_run_shows_no_result_and_goes_on(
    tmp_path: Path, place: Path, result: DemoResult
) -> None:
    out = tmp_path / "out"
    shutil.copytree(place / "out", out)

    def stop(stage: str, done: int, total: int) -> None:
        if stage == "verify":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_demo(out, plan=TINY, progress=stop)
    assert not (out / "summary.json").exists()
    assert not (out / "report.html").exists()
    seen: list[tuple[str, int]] = []
    assert run_demo(out, plan=TINY, progress=lambda stage, done, total: seen.append((stage, done))).passed
    assert ("synth, training set", 0) not in seen
    assert (out / "summary.json").is_file()


def test_a_folder_of_something_else_is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(InputError, match="not a demo's folder"):
        run_demo(tmp_path, plan=TINY)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.slow
def test_the_quick_demo(tmp_path: Path) -> None:
    start = time.monotonic()
    result = run_demo(tmp_path / "out", quick=True)
    print(f"tussis demo --quick: {time.monotonic() - start:.0f} s")
    assert result.passed
    assert result.summary["score"]["gated"]["f1"] > 0.5
