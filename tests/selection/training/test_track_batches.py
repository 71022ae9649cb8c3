"""Counting in batches: the same with any number of workers, in order, and cut by the number of windows."""

from functools import partial

import numpy as np
import pytest

from tussis.data.recording import Label
from tussis.data.workers import workers
from tussis.selection.detector.event_settings import EventParameters
from tussis.selection.training.gate_choice import GateTrack, choose_gate, gate_hits
from tussis.selection.training.operating_points import sweep_thresholds
from tussis.selection.training.thresholds import FrameGrid, Track, choose_events
from tussis.selection.training.track_batches import BATCH_WINDOWS, in_batches
from tussis.signal.plan import AudioPlan, ImuPlan

GRID = FrameGrid(0.016, 8, 32)
AUDIO, IMU = AudioPlan(), ImuPlan()


def drawn_tracks(count, n_windows):
    """Tracks with margins and levels that are noise, which is louder and more likely in coughs."""
    tracks = []
    for seed in range(count):
        rng = np.random.default_rng(seed)
        margins = rng.normal(-2.0, 2.0, n_windows).astype(np.float32)
        level = rng.normal(5.0, 2.0, n_windows * 8 + 24).astype(np.float32)
        starts = np.arange(1.0, n_windows * 0.128 - 1.0, 7.3)
        for start_s in starts:
            margins[round(start_s / 0.128)] += 4.0
            level[round(start_s / 0.016) : round(start_s / 0.016) + 15] += 10.0
        coughs = [Label(start_s, start_s + 0.3, "cough") for start_s in starts]
        tracks.append(Track(coughs, n_windows * 0.128 + 0.384, margins, level))
    return tracks


def pairs(batch, more):
    return [(one, len(batch), more) for one in batch]


def test_results_are_in_order_and_batches_are_cut_by_windows():
    third = BATCH_WINDOWS // 3
    shares = []
    found = in_batches(pairs, range(7), [third] * 7, "x", stage="pairs", done=shares.append)
    assert list(found) == [(n, 3 if n < 6 else 1, "x") for n in range(7)]
    assert shares == pytest.approx([3 / 7, 6 / 7, 1.0])


@pytest.mark.parametrize("windows", [[], [0], [0, 0, 0], [10 * BATCH_WINDOWS], [1, 10 * BATCH_WINDOWS, 1]])
def test_nothing_is_left_out_whatever_the_sizes(windows):
    found = list(in_batches(pairs, range(len(windows)), windows, "x", stage="pairs"))
    assert [one for one, _, _ in found] == list(range(len(windows)))


def test_a_result_for_each_item_is_needed():
    with pytest.raises(ValueError, match="2 results for 3 items"):
        list(in_batches(lambda batch: batch[:2], range(3), [1, 1, 1], stage="too few"))


def chosen(tracks):
    events = choose_events(tracks, GRID, EventParameters())
    motion = [GateTrack(track, np.resize(track.margins[::-1], len(track.margins) // 2)) for track in tracks]
    gate = choose_gate(
        motion, partial(gate_hits, AUDIO, IMU, 0.5), events.plan(GRID), GRID.frame_s, 4, thresholds=(0.1, 0.5)
    )
    return events, gate, sweep_thresholds(tracks, GRID, events)


def test_two_workers_choose_what_one_does():
    tracks = drawn_tracks(5, BATCH_WINDOWS // 8)
    alone = chosen(tracks)
    with workers(jobs=2) as used:
        shared = chosen(tracks)
    assert shared == alone
    assert alone[0].counts.tp
    assert alone[0].counts.fp
    assert 0.0 < alone[1].audio_duty < 1.0
    stages = {line.split(":")[0] for line in used.log.lines()}
    assert {"thresholds", "gating", "operating points"} <= stages


def test_progress_never_goes_back_and_ends():
    seen = []
    choose_events(drawn_tracks(3, 200), GRID, EventParameters(), progress=lambda *said: seen.append(said))
    done = [one for _, one, _ in seen]
    assert done == sorted(done)
    assert done[-1] == seen[-1][2]
