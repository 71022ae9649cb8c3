"""`info` says how many coughs `score` counts, and is right."""

from __future__ import annotations

import numpy as np
import pytest

from tussis.data.recording import Label
from tussis.data.scored_coughs import scored_coughs
from tussis.selection.training.event_counts import count_events


@pytest.mark.parametrize("seed", range(30))
def test_the_count_is_that_of_the_score(seed: int) -> None:
    rng = np.random.default_rng(seed)
    starts = np.round(np.sort(rng.uniform(0, 110, 25)), 4)
    lengths = rng.choice([0.2, 0.5, 0.6, 0.6000001, 1.2, 1.8, 2.0, 3.1], 25)
    labels = [
        Label(start, round(start + length, 6), str(rng.choice(["cough", "laugh", "unsure"])), weak=bool(weak))
        for start, length, weak in zip(starts.tolist(), lengths.tolist(), rng.random(25) < 0.1, strict=True)
    ]
    assert scored_coughs(labels) == count_events(labels, [], 120.0).ref
