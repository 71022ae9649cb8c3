"""Which movements come with which sounds, and which alone."""

from __future__ import annotations

import numpy as np

from tussis.data.synthesis.motion.activity import Motion
from tussis.data.synthesis.motion.acts import draw_motions, startle_labels
from tussis.data.synthesis.people.subject import draw_subject
from tussis.data.synthesis.sounds.sound import Pulse, Sound

SUBJECT = draw_subject(3, 0)


def test_a_sound_brings_its_motion_its_pushes_and_its_time() -> None:
    cough = Sound("cough", np.ones(8000), 0.0, "jerk", (Pulse(0.1), Pulse(0.3, 0.5)))
    music = Sound("music", np.ones(8000))
    motions = draw_motions(np.random.default_rng(0), SUBJECT, [(2.0, cough), (4.0, music)], 10.0)
    (made,) = [motion for motion in motions if motion.kind == "jerk"]
    assert (made.time_s, made.pulses) == (2.0, cough.pulses)
    assert [motion.time_s for motion in motions] == sorted(motion.time_s for motion in motions)


def test_some_short_gasps_startle_and_long_breaths_do_not() -> None:
    for seconds, least, most in ((0.5, 0.1, 0.45), (3.0, 0.0, 0.0)):
        breath = Sound("breath", np.ones(round(16000 * seconds)), 0.0, "breath")
        kinds = [
            motion.kind
            for seed in range(200)
            for motion in draw_motions(np.random.default_rng(seed), SUBJECT, [(0.2, breath)], 0.5)
            if motion.time_s == 0.2
        ]
        assert least <= np.mean([kind == "startle" for kind in kinds]) <= most
        assert set(kinds) <= {"startle", "breath"}


def test_silent_startles_keep_away_from_the_wearers_sounds_and_are_labelled() -> None:
    cough = Sound("cough", np.ones(8000), 0.0, "jerk", (Pulse(0.0),))
    acts = [(10.0 * k, cough) for k in range(30)]
    motions = [
        m for seed in range(5) for m in draw_motions(np.random.default_rng(seed), SUBJECT, acts, 300.0)
    ]
    startles = [motion for motion in motions if motion.kind == "startle"]
    assert len(startles) > 10
    assert all(abs(start_s - startle.time_s) > 1.0 for startle in startles for start_s, _ in acts)
    labels = startle_labels([*motions, Motion("startle", 299.9, 1.0)], 300.0)
    assert len(labels) == len(startles) + 1
    assert all(label.name == "startle" and label.end_s <= 300.0 and not label.is_cough for label in labels)
