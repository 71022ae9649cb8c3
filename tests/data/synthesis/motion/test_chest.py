"""The chest at coughs and at what resembles them: quantiles beside those of eight real chests.

The real figures are those of docs/synthesis.md ("Motion of the trunk"), measured the same way at 64 Hz.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from tussis.data.motion_figures import EventFigures, recording_figures
from tussis.data.recording import Label, Recording
from tussis.data.synthesis.motion.activity import Activity, Motion
from tussis.data.synthesis.motion.body import moved
from tussis.data.synthesis.motion.chest import CHEST_EVENTS, LEAD_S, chest_motion
from tussis.data.synthesis.motion.sensor import draw_sensor
from tussis.data.synthesis.people.subject import draw_subject
from tussis.data.synthesis.sounds.airway import throat_clearing
from tussis.data.synthesis.sounds.cough import cough
from tussis.data.synthesis.sounds.cough_shape import draw_cough_shape
from tussis.data.synthesis.sounds.envelope import audible_span
from tussis.data.synthesis.sounds.laughter import laugh
from tussis.data.synthesis.sounds.noise import RATE_HZ
from tussis.data.synthesis.sounds.sound import Pulse, Sound

PEOPLE = 40
ROUNDS = 3
EVERY_S = 4.0

REAL_PEAK_MS2 = {
    "cough": (0.88, 1.18, 1.64, 2.22, 2.82),
    "laugh": (0.85, 1.00, 1.33, 1.68, 2.40),
    "startle": (0.67, 0.88, 1.22, 1.89, 2.35),
    "throat_clearing": (0.45, 0.62, 0.90, 1.32, 1.74),
}
REAL_WIDTH_S = {"cough": 0.32, "laugh": 0.60, "startle": 0.35, "throat_clearing": 0.40}
REAL_CENTROID_HZ = {
    "cough": (6.8, 8.7),
    "laugh": (6.7, 9.4),
    "startle": (5.9, 7.8),
    "throat_clearing": (6.6, 9.0),
}
REAL_JERK_MS3 = {"cough": 124, "laugh": 92, "startle": 83, "throat_clearing": 64}


def acts(rng: np.random.Generator, index: int) -> list[Sound]:
    subject = draw_subject(31, index)
    return [
        cough(rng, subject, draw_cough_shape(rng, subject)),
        laugh(rng, subject),
        throat_clearing(rng, subject),
        Sound("startle", np.ones(RATE_HZ // 4), 0.0, "startle"),
    ]


@pytest.fixture(scope="module")
def chests() -> dict[str, list[EventFigures]]:
    """Three of each event by forty people who sit, 4 s apart, with sensors of all kinds."""
    found: dict[str, list[EventFigures]] = defaultdict(list)
    for index in range(PEOPLE):
        rng = np.random.default_rng(index)
        labels, motions, time = [], [], 2.0
        for sound in [one for _ in range(ROUNDS) for one in acts(rng, index)]:
            onset, end = audible_span(sound.wave, 30.0, -100.0)
            motions.append(Motion(sound.motion, time, 1.0, sound.duration_s, sound.pulses))
            labels.append(Label(time + onset / RATE_HZ, time + end / RATE_HZ, sound.name))
            time += EVERY_S
        imu = moved(rng, draw_subject(31, index), draw_sensor(rng), Activity(), motions, time)
        recording = Recording(
            name=str(index),
            audio=np.zeros(16, np.int16),
            audio_rate_hz=16000,
            imu=imu,
            imu_rate_hz=100.0,
            labels=tuple(labels),
            labelled=True,
        )
        for name, figures in recording_figures(recording, 64.0).events.items():
            found[name] += figures
    return found


@pytest.mark.parametrize("name", sorted(REAL_PEAK_MS2))
def test_peaks_are_those_of_real_chests_within_a_quarter(
    chests: dict[str, list[EventFigures]], name: str
) -> None:
    made = np.percentile([figures.peak_ms2 for figures in chests[name]], (10, 25, 50, 75, 90))
    assert len(chests[name]) > 100
    assert np.all(np.abs(np.log(made / REAL_PEAK_MS2[name])) < np.log(1.25)), made


@pytest.mark.parametrize("name", sorted(REAL_PEAK_MS2))
def test_widths_spectra_and_jerks_are_those_of_real_chests(
    chests: dict[str, list[EventFigures]], name: str
) -> None:
    width = np.median([figures.width_s for figures in chests[name]])
    assert width == pytest.approx(REAL_WIDTH_S[name], rel=0.25)
    centroid = np.median([figures.centroid_hz for figures in chests[name]])
    low, high = REAL_CENTROID_HZ[name]
    assert low - 0.5 < centroid < high + 0.5
    jerk = np.median([figures.jerk_ms3 for figures in chests[name]])
    assert 0.6 < jerk / REAL_JERK_MS3[name] < 1.2


def test_the_trunk_moves_most_after_the_cough_is_heard(chests: dict[str, list[EventFigures]]) -> None:
    delay = np.percentile([figures.delay_s for figures in chests["cough"]], (25, 50, 75))
    assert delay == pytest.approx([0.08, 0.15, 0.21], abs=0.04)


def test_a_laugh_moves_the_chest_nearly_as_much_as_a_cough(chests: dict[str, list[EventFigures]]) -> None:
    laughs, coughs = (np.median([f.peak_ms2 for f in chests[name]]) for name in ("laugh", "cough"))
    assert 0.6 < laughs / coughs < 1.0


def test_people_differ_in_how_much_a_cough_moves_them() -> None:
    means = []
    for index in range(30):
        rng, subject = np.random.default_rng(index), draw_subject(8, index)
        peaks = [np.abs(chest_motion(rng, subject, "jerk", (Pulse(0.0),))[:, :3]).max() for _ in range(12)]
        means.append(np.log(np.median(peaks)))
    assert 0.15 < np.std(means) < 0.5


@pytest.mark.parametrize("kind", sorted(CHEST_EVENTS))
def test_pieces_begin_and_end_still(kind: str) -> None:
    rng, subject = np.random.default_rng(1), draw_subject(8, 3)
    piece = chest_motion(rng, subject, kind, (Pulse(0.0), Pulse(0.4, 0.5)))
    assert piece.shape == (round((LEAD_S + 0.4 + 1.6) * 100), 6)
    assert np.all(np.isfinite(piece))
    assert not piece[[0, -1]].any()
    assert np.abs(piece[:, 3:]).max() <= 90.0
