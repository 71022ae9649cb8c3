"""Windows in runs, with the labels near them."""

import numpy as np

from tussis.data.recording import Label
from tussis.selection.evaluation.window_bounds import window_bounds, windows_near_labels
from tussis.selection.windows.window_targets import window_targets
from tussis.signal.plan import AudioPlan, ImuPlan


def test_motion_windows_follow_their_own_plan():
    plan = ImuPlan()
    assert window_bounds(plan, 3)[2].tolist() == [
        2 * plan.hop / plan.rate_hz,
        (2 * plan.hop + plan.window) / plan.rate_hz,
    ]


def test_targets_of_runs_are_those_of_the_whole():
    bounds = window_bounds(AudioPlan(), 10_000)
    rng = np.random.default_rng(0)
    starts = np.sort(rng.uniform(0, 1275, 300))
    names = rng.choice(["cough", "unsure", "speech"], 300)
    labels = [Label(at, at + 0.4, name) for at, name in zip(starts, names, strict=True)]
    border_s = bounds[4096, 0]  # a cough across the border between two runs
    labels.append(Label(border_s - 0.1, border_s + 0.3, "cough"))
    runs = list(windows_near_labels(labels, bounds))
    assert len(runs) == 3
    assert max(len(near) for _, near in runs) < 200
    found = np.concatenate([window_targets(near, *bounds[run].T) for run, near in runs])
    assert found.tolist() == window_targets(labels, *bounds.T).tolist()


def test_no_windows():
    assert list(windows_near_labels([Label(0, 1, "cough")], np.zeros((0, 2)))) == []
