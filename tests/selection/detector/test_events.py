"""The segmenter: known answers, and what must hold for any margins and levels."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tussis.selection.detector.events import EventPlan, Segmenter, level_drop
from tussis.selection.detector.segmentation import segment

HOP, WINDOW = 8, 32


def plan(**changes):
    values = {
        "open_margin": np.float32(1.0),
        "continue_margin": np.float32(0.0),
        "high_drop": np.float32(2.0),
        "low_drop": np.float32(4.0),
        "merge_frames": 14,
        "min_frames": 5,
        "max_frames": 37,
        "max_region_frames": 128,
        "hop_frames": HOP,
        "window_frames": WINDOW,
    }
    return EventPlan(**(values | changes))


def track(n_windows, bumps, base=0.0):
    """Margins over the threshold everywhere, and levels with bumps ``(first, last, height)`` on `base`."""
    level = np.full((n_windows - 1) * HOP + WINDOW, base, np.float32)
    for first, last, height in bumps:
        level[first:last] = height
    return np.full(n_windows, 2.0, np.float32), level


def found(margins, level, **changes):
    return [(event.start, event.end) for event in segment(margins, level, plan(**changes))]


def test_one_bump_is_one_event_with_the_largest_margin_that_holds_its_peak():
    margins, level = track(5, [(20, 30, 10.0)])
    level[25] = 11.0
    margins[:] = [2.0, 3.0, 4.0, 2.5, 9.0]  # frame 25 lies in windows 0 to 3
    (event,) = segment(margins, level, plan())
    assert (event.start, event.end) == (20, 30)
    assert event.margin == np.float32(4.0)


def test_a_segment_grows_down_to_the_low_threshold_and_no_further():
    margins, level = track(5, [(15, 20, 7.0), (20, 25, 10.0), (25, 35, 6.0), (35, 40, 5.9)])
    assert found(margins, level) == [(15, 35)]


def test_bumps_with_close_peaks_merge_and_distant_ones_do_not():
    margins, level = track(8, [(10, 16, 10.0), (23, 30, 10.0)])
    assert found(margins, level) == [(10, 30)]  # peaks 13 frames apart
    margins, level = track(8, [(10, 16, 10.0), (24, 30, 10.0)])
    assert found(margins, level) == [(10, 16), (24, 30)]  # 14 frames apart


def test_a_gap_of_one_frame_merges_and_of_two_does_not():
    margins, level = track(8, [(10, 20, 10.0), (21, 40, 10.0)])
    level[38] = 10.5
    assert found(margins, level) == [(10, 40)]
    level[20] = level[21] = 0.0
    assert found(margins, level) == [(10, 20), (22, 40)]


def test_a_low_bump_beside_a_high_one_is_no_event():
    margins, level = track(8, [(10, 16, 10.0), (40, 50, 7.9)])
    assert found(margins, level) == [(10, 16)]


def test_short_segments_are_dropped():
    margins, level = track(4, [(10, 14, 10.0)])
    assert found(margins, level) == []
    assert found(margins, level, min_frames=4) == [(10, 14)]


def test_a_long_segment_is_cut_at_its_lowest_valley():
    margins, level = track(9, [(10, 60, 10.0)])
    level[30] = 9.0
    assert found(margins, level) == [(10, 30), (30, 60)]


def test_the_tail_of_a_long_decay_is_no_event_of_its_own():
    margins, level = track(9, [])
    level[10:60] = np.linspace(10.0, 6.5, 50, dtype=np.float32)
    assert found(margins, level) == [(10, 47)]


def test_hysteresis_between_windows():
    margins, level = track(6, [(34, 44, 10.0)])
    margins[:] = [0.5, 0.5, 2.0, 0.5, -0.5, 0.5]
    assert found(margins, level) == [(34, 44)]
    margins[2] = 0.5
    assert found(margins, level) == []


def test_a_region_takes_no_frame_of_the_event_before_it():
    margins, level = track(9, [(20, 40, 10.0), (46, 60, 10.0)])
    margins[1] = margins[3] = -5.0  # windows 0 | 2 | 4..8; the first region ends with frame 32
    events = found(margins, level)
    assert events == [(20, 32), (32, 40), (46, 60)] or events == [(20, 32), (46, 60)]
    assert events == [(20, 32), (46, 60)]  # the rest of the first bump peaks too soon after it


def test_a_long_region_is_segmented_while_it_is_open_and_keeps_back_what_may_go_on():
    margins, level = track(40, [(20, 40, 10.0), (120, 140, 10.0)])
    margins[18:] = -1.0
    segmenter = Segmenter(plan())
    events = []
    for index in range(40):
        first = index * HOP
        events.append(segmenter.window(index, margins[index], level[first : first + WINDOW]))
    assert [(e.start, e.end) for e in events[12]] == [(20, 40)]  # 128 frames are in after window 12
    assert all(not found for found in events[:12])
    rest = [(e.start, e.end) for found in events[13:] for e in found] + [
        (e.start, e.end) for e in segmenter.close()
    ]
    assert rest == [(120, 140)]


def test_background_after_an_event_is_no_event_while_windows_still_hold_it():
    margins, level = track(14, [(100, 120, 10.0)])  # forced segmentation after window 12, with frame 128
    assert found(margins, level) == [(100, 120)]


def test_a_steady_tone_gives_full_length_events_and_no_overlap():
    margins, level = track(100, [(0, 900, 10.0)])
    events = found(margins, level)
    assert all(end - start <= 37 for start, end in events)
    assert all(a[1] <= b[0] for a, b in pairwise(events))


def test_level_drop_is_in_octaves_of_power():
    assert level_drop(10.0) == np.float32(np.log2(10.0))


@pytest.mark.parametrize("changes", [{"min_frames": 0}, {"min_frames": 40}, {"max_region_frames": 60}])
def test_plans_that_cannot_work_are_refused(changes):
    with pytest.raises(ValueError, match="_frames"):
        plan(**changes)


levels = st.lists(st.integers(-40, 40), min_size=4, max_size=60)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from([-1.0, 0.5, 2.0]), min_size=1, max_size=60),
    st.integers(0, 2**32 - 1),
    st.integers(1, 12),
)
def test_whatever_comes_events_are_ordered_bounded_and_inside_positive_windows(margins, seed, smooth):
    margins = np.array(margins, np.float32)
    n = (len(margins) - 1) * HOP + WINDOW
    rng = np.random.default_rng(seed)
    level = np.repeat(rng.integers(-24, 24, n // smooth + 1), smooth)[:n].astype(np.float32) / 4
    p = plan()
    segmenter = Segmenter(p)
    events = []
    covered = np.zeros(n, bool)
    for index, margin in enumerate(margins):
        first = index * HOP
        events += segmenter.window(index, margin, level[first : first + WINDOW])
        covered[first : first + WINDOW] |= segmenter.open
        assert len(segmenter._levels) <= p.max_region_frames + WINDOW + HOP
        assert len(segmenter._margins) <= (p.max_region_frames + WINDOW) // HOP + 1
    events += segmenter.close()
    assert [tuple(e) for e in events] == [tuple(e) for e in segment(margins, level, p)]
    last_end, last_peak = 0, -100
    for event in events:
        assert last_end <= event.start < event.end
        assert p.min_frames <= event.end - event.start <= p.max_frames
        assert covered[event.start : event.end].all()
        assert event.margin >= 0.5
        peak = event.start + int(level[event.start : event.end].argmax())
        assert peak - last_peak >= p.merge_frames
        last_end, last_peak = event.end, peak
    shifted = segment(margins, level + np.float32(3.0), p)
    assert [tuple(e) for e in shifted] == [tuple(e) for e in events]
