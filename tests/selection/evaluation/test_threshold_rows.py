"""What other thresholds would give, added up over recordings."""

import numpy as np
import pytest

from tussis.data.recording import Label
from tussis.selection.evaluation.threshold_rows import swept_plans, threshold_rows
from tussis.selection.training.operating_points import SWEPT_THRESHOLDS


def swept(found, false, heard):
    return np.tile(np.array([found, false, heard]), (len(SWEPT_THRESHOLDS), 1))


def test_each_share_is_of_its_own_recordings(answer):
    cough = Label(1, 1.4, "cough")
    rows = threshold_rows(
        [
            answer("a", labels=(cough, Label(3, 3.4, "cough")), swept=swept(1, 2, 1), duration_s=1780.0),
            answer("b", sound="cough", swept=swept(0, 0, 1)),
            answer("c", sound="cough", swept=swept(0, 0, 0)),
            answer("d", sound="dog", swept=swept(0, 1, 1)),
            *(answer(f"e{number}", sound="rain", swept=swept(0, 0, 0)) for number in range(3)),
        ]
    )
    assert [row.threshold for row in rows] == list(SWEPT_THRESHOLDS)
    assert rows[0].coughs_found == 0.5
    assert rows[0].clips_found == 0.5
    assert rows[0].clips_false == 0.25
    assert rows[0].false_per_hour == pytest.approx(3 * 3600 / 1820)


def test_without_clips_nothing_is_said_of_them(answer):
    row = threshold_rows([answer("a")])[0]
    assert (row.coughs_found, row.clips_found, row.clips_false) == (None, None, None)
    assert row.false_per_hour == 0.0


def test_plans_rise_and_keep_the_odds_ratio(detector):
    plans = swept_plans(detector)
    assert set(plans) == {"audio", "imu"}
    for modality, events in (("audio", detector.audio_events), ("imu", detector.imu_events)):
        margins = [plan.open_margin for plan in plans[modality]]
        assert margins == sorted(margins)
        gaps = [plan.open_margin - plan.continue_margin for plan in plans[modality]]
        assert gaps == pytest.approx([events.open_margin - events.continue_margin] * len(gaps), abs=1e-3)
