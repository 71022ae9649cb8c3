"""The one model of what gated mode costs: its parts add up, and both ways to make it agree."""

from __future__ import annotations

import pytest

from tussis.selection.budget.cost_table import load_cost_table
from tussis.selection.budget.gated_cost import GatedCost
from tussis.selection.detector.detector_file import load_detector
from tussis.selection.detector.microphone import Microphone
from tussis.selection.detector.pre_roll import PRE_ROLLS
from tussis.selection.trees.tree_sizes import tree_sizes


@pytest.fixture(scope="module")
def table():
    return load_cost_table("gcc")


@pytest.fixture(scope="module")
def detector():
    return load_detector("default")


def path_cycles(table, name, model):
    trees = table.model.cycles(tree_sizes(model.trees)) / model.plan.hop_s
    return table.graph(name, model.plan).cost(model.features) + trees


@pytest.mark.parametrize("pre_roll", PRE_ROLLS)
def test_a_detector_costs_what_its_paths_cost(table, detector, pre_roll):
    audio = path_cycles(table, "audio", detector.audio)
    imu = path_cycles(table, "imu", detector.imu)
    cost = GatedCost.of_detector(detector, table, pre_roll)
    assert cost == GatedCost.of_modalities(audio, imu, detector.audio.plan, table, pre_roll)
    assert cost.imu == imu
    assert cost.audio == pytest.approx(audio + table.pre_rolls[pre_roll].awake_extra)


@pytest.mark.parametrize("name", ["gcc", "zig"])
@pytest.mark.parametrize("pre_roll", PRE_ROLLS)
def test_a_microphone_that_sleeps_costs_silence_or_a_gap(name, pre_roll, detector):
    table = load_cost_table(name)
    woken, followed = (
        GatedCost.of_detector(detector, table, pre_roll, Microphone.parse(way))
        for way in ("wake:32", "gated:32")
    )
    kept = table.pre_rolls[pre_roll]
    assert 0 < kept.silent < kept.asleep
    assert 0 < table.gap < table.pre_rolls["decimated"].asleep / 2
    assert woken == GatedCost.of_detector(detector, table, pre_roll)
    assert woken.gated(0.0, 0.0, 0.0) == woken.imu + kept.silent
    assert followed.gated(0.0, 0.0, 0.0) == followed.imu + table.gap
    for cost in (woken, followed):
        assert cost.gated(0.2, 0.1, 1.0) == cost.gated(0.2, 0.1)
        assert cost.gated(0.2, 0.1, 0.25) == pytest.approx(
            cost.gated(0.2, 0.1) - 0.75 * (cost.asleep - cost.silent)
        )


def test_gated_mode_lies_between_sleeping_and_running_everything(table, detector):
    cost = GatedCost.of_detector(detector, table)
    assert cost.gated(0.0, 0.0) == cost.imu + table.pre_rolls["decimated"].asleep
    assert cost.gated(1.0, 1.0) == pytest.approx(cost.imu + cost.audio)
    frames_only = cost.gated(1.0, 0.0)
    always = table.audio.second + table.audio.frame / detector.audio.plan.frame_s
    assert frames_only == pytest.approx(cost.imu + always)
    assert cost.gated(0.5, 0.25) == pytest.approx(
        cost.gated(0.0, 0.0) + 0.5 * cost.frames + 0.25 * cost.windows
    )
