import numpy as np

from tussis.data.recording import Label
from tussis.selection.windows.window_targets import IGNORED, NEGATIVE, POSITIVE, window_kinds, window_targets
from tussis.selection.windows.window_weights import window_weights

START = np.arange(10) * 0.128
END = START + 0.512


def test_a_cough_makes_windows_positive_by_the_share_of_the_shorter_it_fills():
    targets = window_targets([Label(0.6, 0.8, "Cough")], START, END)  # 0.2 s: half of it is 0.1 s
    overlap = np.clip(np.minimum(END, 0.8) - np.maximum(START, 0.6), 0, None) / 0.2
    np.testing.assert_array_equal(targets == POSITIVE, overlap >= 0.5)
    np.testing.assert_array_equal(targets == NEGATIVE, overlap <= 0.1)
    assert (targets == IGNORED).any()


def test_a_long_cough_is_measured_by_the_window():
    targets = window_targets([Label(0.0, 5.0, "cough")], START, END)
    assert (targets == POSITIVE).all()


def test_other_labels_are_negative_and_named():
    labels = [Label(0.0, 0.5, "laugh"), Label(0.7, 1.2, "cough")]
    targets = window_targets(labels, START, END)
    kinds = window_kinds(labels, START, END)
    assert targets[0] == NEGATIVE
    assert kinds[0] == "laugh"
    assert (kinds[targets == POSITIVE] == "cough").all()


def test_no_labels_all_negative():
    assert (window_targets([], START, END) == NEGATIVE).all()
    assert (window_kinds([], START, END) == "").all()


def test_weights_even_out_subjects_and_kinds():
    target = np.array([1] * 10 + [0] * 90)
    kind = np.array(["cough"] * 10 + ["laugh"] * 10 + [""] * 80)
    subject = np.array(["a"] * 9 + ["b"] + ["a"] * 90)
    weight = window_weights(target, kind, subject, positive_share=0.4, evenness=1.0)
    assert np.isclose(weight.mean(), 1.0)
    assert np.isclose(weight[:10].sum(), 40.0)
    assert np.isclose(weight[:9].sum(), weight[9])
    assert np.isclose(weight[10:20].sum(), weight[20:].sum())
    flat = window_weights(target, kind, subject, positive_share=0.1, evenness=0.0)
    np.testing.assert_allclose(flat, 1.0, rtol=1e-6)
