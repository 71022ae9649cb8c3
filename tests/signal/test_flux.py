import numpy as np

from tussis.signal.flux import band_changes, with_frame_before


def test_the_first_frame_of_all_differs_by_nothing():
    logs = np.array([[700, 100], [300, 900]])
    first = band_changes(with_frame_before(logs, None))
    assert [series.tolist() for series in first.values()] == [[0, 600], [0, 300], [0, 1]]


def test_frames_that_come_in_pieces_give_the_same():
    logs = np.random.default_rng(0).integers(0, 7600, (16, 20))
    whole = band_changes(with_frame_before(logs, None))
    later = band_changes(with_frame_before(logs[:, 12:], logs[:, 11:12]))
    for name, series in whole.items():
        assert np.array_equal(series[12:], later[name])


def test_no_frame_gives_no_difference():
    assert band_changes(with_frame_before(np.zeros((16, 0), int), None))["flux"].shape == (0,)


def test_a_rise_counts_from_six_decibels_on():
    assert band_changes(np.array([[0, 509], [0, 510]]).reshape(2, 2))["rising"].tolist() == [1]
