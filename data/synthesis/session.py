"""A session: one wearer, one device, one background, and what happens in half a minute or more."""

from __future__ import annotations

import numpy as np

from ..recording import AUDIO_RATE_HZ, Recording
from .clip import draw_clip_history
from .motion.activity import MOVEMENTS, draw_activity
from .motion.acts import draw_motions, startle_labels
from .motion.body import moved
from .motion.sensor import draw_sensor
from .people.random_draw import uniform_log
from .people.subject import Subject
from .setting import draw_rooms, draw_setting, heard
from .sounds import breath
from .sounds.cough import cough_bout
from .sounds.noise import RATE_HZ
from .sounds.sound import Sound
from .stage import AROUND, OWN, Stage, pick, staged_recording

__all__ = ["synth_session"]

_MOVEMENT_SHARES = (0.4, 0.17, 0.1, 0.07, 0.05, 0.08, 0.07, 0.06)
"""How often a session has each of `MOVEMENTS`."""


def _own_line(rng: np.random.Generator, subject: Subject, stage: Stage) -> None:
    """Fill the wearer's time, one thing after another: coughs, bouts and everything else."""
    cough_share = 0.0 if rng.random() < 0.15 else float(rng.beta(1.2, 1.6))
    pace_s = uniform_log(rng, 0.25, 2.5)
    mood = np.exp(rng.normal(0, 1.0, len(OWN)))
    cough_db, other_db = (float(level) for level in rng.normal(0, 5, 2))
    time = float(rng.exponential(pace_s))
    while time < stage.duration_s:
        if rng.random() < cough_share:
            count = 1 if rng.random() < 0.6 else int(rng.integers(2, 6))
            if rng.random() < 0.12:
                inhale = breath.breath(rng, subject, loud=bool(rng.random() < 0.4))
                wave = inhale.wave[: round(rng.uniform(0.3, 0.8) * RATE_HZ)]
                inhale = Sound("breath", wave * np.linspace(1, 0.2, len(wave)), inhale.level_db, "breath")
                time = stage.place(rng, inhale, time, False) + float(rng.uniform(0.05, 0.3))
            start = time
            for offset_s, sound in cough_bout(rng, subject, count):
                time = stage.place(rng, sound, start + offset_s, False, cough_db)
            if rng.random() < 0.06:
                time = stage.place(
                    rng, breath.gasp(rng, subject), time + float(rng.uniform(0.03, 0.3)), False
                )
        else:
            time = stage.place(
                rng, pick(rng, OWN, mood)(rng, subject), time, False, other_db + float(rng.normal(0, 3))
            )
        time += 0.04 + float(rng.exponential(pace_s))


def _surroundings(rng: np.random.Generator, subject: Subject, stage: Stage) -> None:
    """Scatter sounds of others over the session."""
    if rng.random() < 0.7:
        mood = np.exp(rng.normal(0, 1.2, len(AROUND)))
        level_db = float(rng.normal(0, 5))
        for _ in range(int(rng.poisson(stage.duration_s * uniform_log(rng, 0.03, 0.35)))):
            sound = pick(rng, AROUND, mood)(rng, subject)
            stage.place(rng, sound, float(rng.uniform(0, stage.duration_s)), rng.random() < 0.75, level_db)


def synth_session(
    subject: Subject,
    seed: int,
    duration_s: float,
    *,
    index: int = 0,
    movement: str | None = None,
    background: str | None = None,
) -> Recording:
    """Compose one session.

    Parameters
    ----------
    subject
        Wearer, from `draw_subject`.
    seed
        Seed of the dataset; with ``subject.index`` and `index` it fixes every sample.
    duration_s
        Length in seconds.
    index
        Number of the session among the subject's.
    movement
        One of `activity.MOVEMENTS`; drawn if None.
    background
        A key of `bed.BEDS`; drawn if None.

    Returns
    -------
    Recording
        Audio at 16 kHz, IMU at 100 Hz, every event labelled with its own name; coughs never overlap.
    """
    rng = np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=(1, subject.index, index)))
    n = round(duration_s * AUDIO_RATE_HZ)
    setting = draw_setting(rng, n, background)
    stage = Stage(np.zeros(n), np.zeros(n), setting.floor_db, draw_clip_history(rng))
    _own_line(rng, subject, stage)
    _surroundings(rng, subject, stage)
    audio = heard(rng, setting, stage.near, stage.far, draw_rooms(rng))
    motion = np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=(3, subject.index, index)))
    movement = movement or str(motion.choice(MOVEMENTS, p=_MOVEMENT_SHARES))
    motions = draw_motions(motion, subject, stage.acts, duration_s)
    activity = draw_activity(motion, movement, duration_s)
    imu = moved(motion, subject, draw_sensor(motion), activity, motions, duration_s)
    labels = stage.labels + startle_labels(motions, duration_s)
    return staged_recording(
        f"{subject.name}_session_{index:02d}",
        subject,
        audio=audio,
        imu=imu,
        labels=labels,
        movement=movement,
        background=setting.background,
    )
