"""One composed session: a person's coughs and other sounds from clips, in a place, on a body."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..recording import AUDIO_RATE_HZ, IMU_RATE_HZ, Label, Recording
from ..synthesis.clip import draw_clip_history
from ..synthesis.motion.activity import MOVEMENTS, draw_activity
from ..synthesis.motion.acts import act_motions, draw_motions, startle_labels
from ..synthesis.motion.body import moved, with_chest_motions
from ..synthesis.motion.sensor import draw_sensor
from ..synthesis.people.random_draw import uniform_log
from ..synthesis.people.subject import draw_subject
from ..synthesis.setting import Rooms, draw_rooms, draw_setting, heard
from .cast import Person
from .excerpt import Excerpt
from .rates import MEAN_BOUT, SINGLE_SHARE, Rates
from .real_motion import draw_stretch
from .scene import OWN_M, Event, Scene, motion_of

__all__ = ["Composed", "compose_session"]

_SPEECH = "speech"
_OTHERS_SPEECH_SHARE = 0.25
"""Share of turns of speech that somebody else says."""
_OTHERS_BODY_SHARE = 0.3
"""Share of laughs, sneezes and other sounds of a body that are not the wearer's."""


class Composed(NamedTuple):
    """A session and where it comes from.

    Attributes
    ----------
    recording
        The session.
    events
        One for each label, in the same order.
    circumstances
        JSON values for ``session.json``: microphone, rooms, motion.
    """

    recording: Recording
    events: tuple[Event, ...]
    circumstances: dict[str, object]


def compose_session(person: Person, seed: int, index: int, duration_s: float, rates: Rates) -> Composed:
    """Compose one session.

    Parameters
    ----------
    person
        Who coughs, and what is heard around them.
    seed, index
        Seed of the dataset and number of the session among the person's: they fix every sample.
    duration_s
        Length in seconds.
    rates
        How often things happen.

    Returns
    -------
    Composed
        Audio at 16 kHz, motion at 100 Hz, a label and an event for each sound.
    """
    rng = np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=(11, person.index, index)))
    n = round(duration_s * AUDIO_RATE_HZ)
    setting = draw_setting(rng, n, shares=rates.beds)
    rooms = draw_rooms(rng)
    history = replace(draw_clip_history(rng), trimmed=0.0)
    has_room = rooms.near is not None, rooms.far is not None
    scene = Scene(np.zeros(n), np.zeros(n), setting.floor_db, history, has_room)
    hours = duration_s / 3600.0
    level_db = float(rng.normal(3.0, 5.0))
    for _ in range(int(rng.poisson(rates.coughs * hours / MEAN_BOUT))):
        _cough(rng, person, scene, level_db, rates.beside_share)
    for _ in range(int(rng.poisson(rates.speech * hours))):
        _talk(rng, person, scene, None)
    for _ in range(int(rng.poisson(rates.everyday * hours))):
        _everyday(rng, person, scene)
    for _ in range(int(rng.poisson(rates.distant_coughs * hours))):
        _distant_cough(rng, person, scene)
    audio = heard(rng, setting, scene.near, scene.far, rooms)
    imu, movement, startles, origin = _motion(person, seed, index, duration_s, rates, scene)
    pairs = [*scene.events, *((Event(label.start_s, label.end_s, label.name), label) for label in startles)]
    pairs.sort(key=lambda pair: (pair[1].start_s, pair[1].end_s, pair[1].name))
    recording = Recording(
        name=f"{person.name}_session_{index:03d}",
        audio=audio,
        audio_rate_hz=AUDIO_RATE_HZ,
        imu=imu,
        imu_rate_hz=IMU_RATE_HZ,
        labels=tuple(label for _, label in pairs),
        labelled=True,
        subject=person.group,
        movement=movement,
        background=setting.background,
    )
    circumstances = {"microphone": setting.microphone.place, "rooms": _rooms(rooms), "motion": origin}
    return Composed(recording, tuple(event for event, _ in pairs), circumstances)


def _length_s(excerpt: Excerpt) -> float:
    return excerpt.cut_s[1] - excerpt.cut_s[0]


def _pick(rng: np.random.Generator, excerpts: tuple[Excerpt, ...]) -> Excerpt:
    return excerpts[int(rng.integers(len(excerpts)))]


def _cough(
    rng: np.random.Generator, person: Person, scene: Scene, level_db: float, beside_share: float
) -> None:
    """Place a bout of coughs where the voice is free, and now and then speech next to it."""
    count = 1 if rng.random() < SINGLE_SHARE else int(rng.integers(2, 6))
    bout = []
    offset_s = 0.0
    for _ in range(count):
        excerpt = _pick(rng, person.coughs)
        bout.append((offset_s, excerpt))
        offset_s += _length_s(excerpt) + uniform_log(rng, 0.03, 0.45)
    last_s = bout[-1][0] + _length_s(bout[-1][1])
    start_s = scene.free_start(rng, last_s)
    if start_s is None:
        return
    scene.busy.append((start_s, start_s + last_s))
    for offset_s, excerpt in bout:
        scene.place(rng, excerpt, start_s + offset_s, level_db + float(rng.normal(0.0, 2.5)))
    if rng.random() < beside_share:
        _talk(rng, person, scene, (start_s, start_s + last_s))


def _talk(
    rng: np.random.Generator, person: Person, scene: Scene, beside_s: tuple[float, float] | None
) -> None:
    """Place one to five clips of speech one after another, anywhere or next to a bout of coughs."""
    if _SPEECH not in person.others:
        return
    gap_s = uniform_log(rng, 0.15, 1.0)
    turn = []
    length_s = 0.0
    for _ in range(int(rng.integers(1, 6))):
        excerpt = _pick(rng, person.others[_SPEECH])
        cut = scene.drawn_cut(rng, excerpt)
        if length_s + cut[1] - cut[0] > scene.duration_s:
            break
        turn.append((length_s, excerpt, cut))
        length_s += cut[1] - cut[0] + uniform_log(rng, 0.05, 0.5)
    if not turn:
        return
    length_s = turn[-1][0] + turn[-1][2][1] - turn[-1][2][0]
    others = beside_s is None and rng.random() < _OTHERS_SPEECH_SHARE
    level_db = float(rng.normal(-1.0, 3.0))
    distance_m = uniform_log(rng, 0.5, 3.0) if others else OWN_M
    start_s: float | None
    if others:
        start_s = float(rng.uniform(0.0, scene.duration_s - length_s))
    elif beside_s is None:
        start_s = scene.free_start(rng, length_s)
    else:
        start_s = beside_s[0] - gap_s - length_s if rng.random() < 0.5 else beside_s[1] + gap_s
        start_s = start_s if scene.is_free(start_s, start_s + length_s) else None
    if start_s is None:
        return
    if not others:
        scene.busy.append((start_s, start_s + length_s))
    name = "other_speech" if others else _SPEECH
    for offset_s, excerpt, cut in turn:
        scene.place(rng, excerpt, start_s + offset_s, level_db, distance_m=distance_m, label=name, cut_s=cut)


def _everyday(rng: np.random.Generator, person: Person, scene: Scene) -> None:
    """Place a sound of any class but speech, every class as often: the wearer's, or one around them."""
    classes = [sound for sound in person.others if sound != _SPEECH]
    if not classes:
        return
    sound = classes[int(rng.integers(len(classes)))]
    excerpt = _pick(rng, person.others[sound])
    cut = scene.drawn_cut(rng, excerpt)
    own = motion_of(sound) != "none" and rng.random() >= _OTHERS_BODY_SHARE
    if own:
        start_s = scene.free_start(rng, cut[1] - cut[0])
        if start_s is not None:
            scene.busy.append((start_s, start_s + cut[1] - cut[0]))
            scene.place(rng, excerpt, start_s, float(rng.normal(0.0, 5.0)), cut_s=cut)
        return
    start_s = float(rng.uniform(0.0, scene.duration_s - (cut[1] - cut[0])))
    level_db, distance_m = float(rng.normal(3.0, 6.0)), uniform_log(rng, 0.5, 5.0)
    scene.place(rng, excerpt, start_s, level_db, distance_m=distance_m, cut_s=cut)


def _distant_cough(rng: np.random.Generator, person: Person, scene: Scene) -> None:
    """Place a cough of somebody else across the room."""
    if not person.strangers:
        return
    excerpt = _pick(rng, person.strangers)
    start_s = float(rng.uniform(0.0, max(scene.duration_s - _length_s(excerpt), 0.0)))
    level_db, distance_m = float(rng.normal(3.0, 5.0)), uniform_log(rng, 1.0, 6.0)
    scene.place(rng, excerpt, start_s, level_db, distance_m=distance_m, label="distant_cough")


_Motion = tuple[NDArray[np.float32], str, list[Label], object]


def _motion(person: Person, seed: int, index: int, duration_s: float, rates: Rates, scene: Scene) -> _Motion:
    """Give the motion of a session, its name, labels of its own, and where it comes from."""
    rng = np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=(12, person.index, index)))
    subject = draw_subject(seed, person.index)
    if person.bodies and not rates.night:
        stretch = draw_stretch(rng, person.bodies, int(np.ceil(duration_s * IMU_RATE_HZ)))
        imu = with_chest_motions(rng, subject, act_motions(rng, scene.acts), stretch.imu)
        return imu, stretch.movement, [], [list(piece) for piece in stretch.pieces]
    shares = np.array(rates.movements)
    movement = str(rng.choice(MOVEMENTS, p=shares / shares.sum()))
    motions = draw_motions(rng, subject, scene.acts, duration_s)
    activity = draw_activity(rng, movement, duration_s)
    imu = moved(rng, subject, draw_sensor(rng), activity, motions, duration_s)
    return imu, movement, startle_labels(motions, duration_s), "synthetic"


def _rooms(rooms: Rooms) -> dict[str, float | None]:
    """Energy of the direct sound against all later, in dB, by room; None without a room."""
    return {
        name: None
        if response is None
        else round(10.0 * float(np.log10(response[0] ** 2 / max(float(np.sum(response[1:] ** 2)), 1e-12))), 1)
        for name, response in rooms._asdict().items()
    }
