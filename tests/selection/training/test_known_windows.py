"""What selection looks at: all windows up to a bound, a sample of more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tussis.selection.training.known_windows import candidate_columns, known_windows
from tussis.selection.windows.dataset_features import dataset_features
from tussis.selection.windows.window_targets import IGNORED, POSITIVE


@pytest.mark.parametrize("modality", ["audio", "imu"])
def test_a_sample_holds_values_targets_and_subjects_of_its_windows(
    dataset, cache_folder, small_plan, modality
):
    data = dataset_features(dataset, cache_folder=cache_folder)
    columns = candidate_columns(data, modality, small_plan)[:5]
    whole = known_windows(data, modality, columns, small_plan)
    target = data.table(modality).target
    assert len(whole.y) == (target != IGNORED).sum()
    part = known_windows(data, modality, columns, replace(small_plan, max_rows=len(whole.y) * 3 // 4))
    assert len(whole.y) // 2 - 2 <= len(part.y) <= len(whole.y) // 2
    assert (part.y == POSITIVE).sum() == (whole.y == POSITIVE).sum()
    rows = {row.tobytes(): at for at, row in enumerate(whole.X)}
    places = np.array([rows[row.tobytes()] for row in part.X])
    assert (whole.y[places] == part.y).all()
    assert (whole.groups[places] == part.groups).all()
    share = [one.weight[one.y == POSITIVE].sum() / one.weight.sum() for one in (whole, part)]
    assert share[1] == pytest.approx(share[0], rel=1e-4)
