"""Labels lie on the sound, the chest moves at coughs, and each event says where it is from."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tussis.data.corpus.cast import Person, draw_people
from tussis.data.corpus.composed_session import compose_session
from tussis.data.corpus.excerpt import read_excerpt, read_material
from tussis.data.corpus.rates import DENSE, LIFE, Rates
from tussis.data.corpus.real_motion import find_bodies
from tussis.data.corpus.scene import OWN_M, Scene
from tussis.data.recording import Label, Recording
from tussis.data.synthesis.clip import ClipHistory
from tussis.data.synthesis.motion.activity import MOVEMENTS
from tussis.data.synthesis.sounds.noise import gain

SITTING = tuple(float(movement == "sit") for movement in MOVEMENTS)
COUGHS_ALONE = replace(
    DENSE,
    speech=0.0,
    everyday=0.0,
    distant_coughs=0.0,
    beside_share=0.0,
    beds={"silence": 1.0},
    movements=SITTING,
)


@pytest.fixture(scope="module")
def people(clips: Path) -> tuple[Person, ...]:
    return draw_people(read_material([clips]), 3, 0)


def level_db(recording: Recording, first_s: float, last_s: float) -> float:
    samples = recording.audio[round(first_s * 16000) : round(last_s * 16000)].astype(float)
    return float(10 * np.log10(np.mean(samples**2) + 1e-3))


def alone(label: Label, labels: tuple[Label, ...]) -> bool:
    """Whether no other label lies within a second before it or behind it."""
    near = (other for other in labels if other is not label)
    return label.start_s > 1.0 and all(
        other.end_s < label.start_s - 1.0 or other.start_s > label.end_s + 1.0 for other in near
    )


def test_labels_lie_on_the_sound(people: tuple[Person, ...]) -> None:
    rises, falls = [], []
    for person in people:
        for index in range(3):
            recording = compose_session(person, 1, index, 40.0, COUGHS_ALONE).recording
            coughs = recording.coughs
            assert coughs
            for cough in (one for one in coughs if alone(one, recording.labels)):
                inside = level_db(recording, cough.start_s, cough.start_s + 0.1)
                rises.append(inside - level_db(recording, cough.start_s - 0.13, cough.start_s - 0.03))
                falls.append(inside - level_db(recording, cough.end_s + 0.6, cough.end_s + 0.7))
    assert len(rises) > 10
    assert np.quantile(rises, 0.1) > 10.0
    assert np.quantile(falls, 0.1) > 6.0


def test_the_gain_that_is_written_is_the_gain(people: tuple[Person, ...]) -> None:
    plain = ClipHistory(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for excerpt in (people[0].coughs[0], people[0].others["dog"][0]):
        scene = Scene(np.zeros(48000), np.zeros(48000), -200.0, plain, (True, False))
        distance_m = OWN_M if excerpt.is_cough else 3.0
        scene.place(np.random.default_rng(0), excerpt, 1.0, -6.0, distance_m=distance_m)
        ((event, _),) = scene.events
        piece = read_excerpt(excerpt) * gain(event.gain_db)
        where = scene.near if excerpt.is_cough else scene.far
        assert np.allclose(where[16000 : 16000 + len(piece)], piece)
        assert np.count_nonzero(where) == np.count_nonzero(piece)
        loudest = np.sqrt(np.max(np.convolve(piece**2, np.full(320, 1 / 320), "valid")))
        fall_db = 20 * np.log10(distance_m / OWN_M)
        assert 20 * np.log10(loudest) == pytest.approx(-6.0 - fall_db, abs=0.5)
        assert (event.room, event.distance_m) == (("near", OWN_M) if excerpt.is_cough else ("none", 3.0))


def test_silence_within_a_clip_is_not_made_loud(people: tuple[Person, ...]) -> None:
    dog = people[0].others["dog"][0]
    scene = Scene(np.zeros(16000), np.zeros(16000), -200.0, ClipHistory(*[0.0] * 6), (False, False))
    scene.place(np.random.default_rng(0), dog, 0.0, 0.0, distance_m=2.0, cut_s=(0.0, 0.001))
    assert scene.events == []
    assert not scene.far.any()


def test_each_label_has_its_origin(people: tuple[Person, ...]) -> None:
    seen = set()
    for person in people:
        made = compose_session(person, 2, 0, 120.0, DENSE)
        assert len(made.events) == len(made.recording.labels)
        for event, label in zip(made.events, made.recording.labels, strict=True):
            assert (event.start_s, event.end_s, event.label) == (label.start_s, label.end_s, label.name)
            assert 0.0 <= label.start_s < label.end_s <= 120.0
            seen.add(label.name)
            if label.name == "startle":
                assert event.clip == ""
                continue
            assert event.clip.startswith("mine/")
            assert (event.group == person.group) == (label.name == "cough") or label.name == "laughing"
            assert (event.distance_m > OWN_M) == (event.room != "near") or event.room == "none"
        assert made.recording.subject == person.group
    assert {"cough", "distant_cough", "speech", "other_speech", "dog", "laughing"} <= seen


def test_a_coughers_voice_is_never_doubled(people: tuple[Person, ...]) -> None:
    made = compose_session(people[0], 3, 0, 120.0, DENSE)
    own = [event for event in made.events if event.distance_m == OWN_M and event.label in ("cough", "speech")]
    assert len(own) > 20
    assert all(one.end_s <= other.start_s + 0.2 for one, other in pairwise(own))


def test_the_chest_moves_at_coughs(people: tuple[Person, ...]) -> None:
    at_coughs, elsewhere = [], []
    for index in range(4):
        recording = compose_session(people[0], 4, index, 40.0, COUGHS_ALONE).recording
        assert recording.imu is not None
        shaken = np.linalg.norm(np.diff(recording.imu[:, :3].astype(float), axis=0), axis=1)
        near = np.zeros(len(shaken), bool)
        for cough in recording.coughs:
            near[max(round(cough.start_s * 100) - 60, 0) : round(cough.end_s * 100) + 160] = True
            at_coughs.append(shaken[round(cough.start_s * 100) : round(cough.start_s * 100) + 40].max())
        elsewhere.append(np.quantile(shaken[~near], 0.5))
    assert np.median(at_coughs) > 4 * np.median(elsewhere)


def test_real_motion_is_kept_and_coughs_are_added(clips: Path, bodies: Path) -> None:
    person = draw_people(read_material([clips]), 1, 0, find_bodies(bodies))[0]
    one_body = replace(person, bodies=person.bodies[:1])
    made = compose_session(one_body, 5, 0, 30.0, replace(COUGHS_ALONE, coughs=300.0))
    recording = made.recording
    assert recording.imu is not None
    assert (len(recording.imu), recording.movement) == (3000, "lying")
    assert not recording.has_gyroscope
    away = np.abs(recording.imu[:, :3] - np.array([0.0, 9.6, 2.0])).max(axis=1)
    near = np.zeros(3000, bool)
    for cough in recording.coughs:
        near[max(round(cough.start_s * 100) - 70, 0) : round(cough.end_s * 100) + 200] = True
        assert away[round(cough.start_s * 100) : round(cough.start_s * 100) + 60].max() > 0.2
    assert 100 < np.count_nonzero(near) < 2900
    assert away[~near].max() < 0.1
    pieces = made.circumstances["motion"]
    assert isinstance(pieces, list)
    assert sum(last - first for _, first, last in pieces) == pytest.approx(
        30.0 + 0.5 * (len(pieces) - 1), abs=1.0
    )


def test_rates_are_kept(people: tuple[Person, ...]) -> None:
    rates = replace(DENSE, coughs=240.0, speech=60.0, everyday=120.0, distant_coughs=60.0, beside_share=0.0)
    rates = replace(rates, beds={"silence": 1.0})
    counts: dict[str, float] = {}
    for person in people:
        for index in range(4):
            for label in compose_session(person, 6, index, 100.0, rates).recording.labels:
                counts[label.name] = counts.get(label.name, 0) + 3.0
    assert counts["cough"] == pytest.approx(240, rel=0.25)
    assert counts["dog"] + counts["laughing"] == pytest.approx(120, rel=0.3)
    assert counts["distant_cough"] == pytest.approx(60, rel=0.4)
    assert counts["speech"] + counts["other_speech"] == pytest.approx(3 * 60, rel=0.3)


@pytest.mark.parametrize("share", [0.0, 1 / 3, 0.5])
def test_night_and_day_together_have_the_rates_asked_for(share: float) -> None:
    night, day = LIFE.by_night(share), LIFE.by_day(share)

    def both(value: str) -> float:
        return float(share * getattr(night, value) + (1 - share) * getattr(day, value))

    for value in ("coughs", "speech", "everyday", "distant_coughs"):
        assert both(value) == pytest.approx(getattr(LIFE, value))
        assert getattr(night, value) < 0.5 * getattr(day, value)
    assert isinstance(night, Rates)
    assert dict(zip(MOVEMENTS, night.movements, strict=True))["lie"] == 1.0


def test_nobody_walks_at_night(clips: Path, bodies: Path) -> None:
    person = draw_people(read_material([clips]), 1, 0, find_bodies(bodies))[0]
    asleep = compose_session(person, 7, 0, 10.0, LIFE.by_night(0.5))
    assert (asleep.recording.movement, asleep.circumstances["motion"]) == ("lie", "synthetic")
    awake = compose_session(person, 7, 0, 10.0, LIFE.by_day(0.5))
    assert (awake.recording.movement, awake.circumstances["motion"] == "synthetic") == ("lying", False)
