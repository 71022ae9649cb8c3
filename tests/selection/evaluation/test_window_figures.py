"""Calibration, ranking and what is left out of both."""

import numpy as np
import pytest

from tussis.selection.evaluation.answer import Windows
from tussis.selection.evaluation.window_figures import calibration_curve, expected_error, window_figures


def windows(target, probability):
    return {"audio": Windows(np.array(target, np.int8), np.array(probability, np.float32))}


def test_ten_bins_with_means_and_shares():
    curve = calibration_curve(np.array([1, 0, 1, 0], np.int8), np.array([0.72, 0.78, 1.0, 0.0], np.float32))
    assert [part.windows for part in curve] == [1, 0, 0, 0, 0, 0, 0, 2, 0, 1]
    assert curve[7].probability == pytest.approx(0.75)
    assert curve[7].coughs == pytest.approx(0.5)
    assert curve[9].coughs == 1.0
    assert curve[1].probability is None
    # two of four windows are a quarter off, the others are right
    assert expected_error(curve) == pytest.approx(0.125)


def test_ranking_pools_the_recordings_and_leaves_out_what_labels_do_not_say(answer):
    found = window_figures(
        [
            answer("a", windows=windows([1, 0, -1], [0.9, 0.2, 0.99])),
            answer("b", windows=windows([1, 0], [0.4, 0.6])),
        ],
        "audio",
    )
    assert (found.windows, found.coughs) == (4, 2)
    assert found.roc_auc == pytest.approx(3 / 4)
    assert found.average_precision == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)


def test_one_kind_of_window_says_nothing(answer):
    assert window_figures([answer("a", windows=windows([0, 0], [0.9, 0.2]))], "audio") is None
    assert window_figures([answer("a", windows=windows([1, 1], [0.9, 0.2]))], "audio") is None


def test_no_windows(answer):
    assert window_figures([answer("a", windows=windows([-1], [0.5]))], "audio") is None
    assert window_figures([answer("a", windows=windows([1], [0.5]))], "imu") is None
