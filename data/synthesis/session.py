"""A session: one wearer, one device, one background, and what happens in half a minute or more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ..recording import AUDIO_RATE_HZ, IMU_RATE_HZ, Label, Recording
from . import bystander
from .clip import ClipHistory, draw_clip_history, through
from .motion.activity import MOVEMENTS, draw_activity
from .motion.acts import draw_motions, startle_labels
from .motion.body import moved
from .motion.sensor import draw_sensor
from .people.random_draw import uniform_log
from .people.subject import Subject
from .setting import draw_rooms, draw_setting, heard
from .sounds import airway, breath, impact, laughter, music
from .sounds.cough import cough_bout
from .sounds.envelope import audible_span
from .sounds.noise import RATE_HZ, Waveform, gain
from .sounds.sound import Sound
from .sounds.speech import draw_speaker, running_speech, shout, utterance

__all__ = ["synth_session"]

_MOVEMENT_SHARES = (0.4, 0.17, 0.1, 0.07, 0.05, 0.08, 0.07, 0.06)
"""How often a session has each of `MOVEMENTS`."""
_Source = Callable[[np.random.Generator, Subject], Sound]


def _talk(rng: np.random.Generator, subject: Subject) -> Sound:
    speaker = draw_speaker(rng, subject)
    wave = running_speech(rng, speaker, uniform_log(rng, 0.8, 5.0))
    return Sound("speech", wave, float(rng.normal(-1, 3) + 8 * (speaker.effort - 0.5)), "speech")


def _alone(source: Callable[[np.random.Generator], Sound]) -> _Source:
    return lambda rng, _: source(rng)


def _worn_rustle(rng: np.random.Generator, subject: Subject) -> Sound:
    del subject
    return impact.rustle(rng, worn=True)


def _loud_breath(rng: np.random.Generator, subject: Subject) -> Sound:
    return breath.breath(rng, subject, loud=True)


# What the wearer does besides coughing, with the weight of each.
_OWN: tuple[tuple[float, _Source], ...] = (
    (7.0, utterance),
    (3.0, _talk),
    (0.8, shout),
    (2.2, laughter.laugh),
    (2.2, airway.throat_clearing),
    (0.7, airway.sneeze),
    (1.0, breath.breath),
    (0.5, _loud_breath),
    (0.5, breath.sniff),
    (0.7, breath.gasp),
    (0.7, breath.hush),
    (1.2, breath.interjection),
    (0.6, breath.blow),
    (0.25, airway.nose_blow),
    (0.3, airway.snore),
    (0.25, airway.hiccup),
    (0.25, airway.burp),
    (0.4, airway.lip_smack),
    (0.5, laughter.humming),
    (0.3, laughter.cry),
    (0.3, _alone(laughter.whistle)),
    (0.9, _worn_rustle),
    (0.5, _alone(impact.clap)),
    (0.7, _alone(impact.knock)),
    (0.4, _alone(impact.drop)),
    (0.3, _alone(impact.dishes)),
    (0.3, _alone(impact.keyboard)),
    (0.3, _alone(impact.door)),
    (0.3, _alone(impact.scrape)),
    (0.4, _alone(music.music)),
    (0.3, _alone(laughter.dog_bark)),
)

# What happens around the wearer.
_AROUND: tuple[tuple[float, _Source], ...] = (
    (1.5, _alone(impact.knock)),
    (1.2, _alone(impact.step)),
    (0.8, _alone(impact.door)),
    (0.8, _alone(impact.drop)),
    (0.7, _alone(impact.dishes)),
    (0.6, _alone(impact.keyboard)),
    (0.8, _alone(impact.rustle)),
    (0.6, _alone(impact.scrape)),
    (0.4, _alone(impact.clap)),
    (1.0, _alone(music.music)),
    (0.5, _alone(music.beeps)),
    (0.3, _alone(music.siren)),
    (0.3, _alone(music.birds)),
    (0.8, _alone(laughter.dog_bark)),
    (0.3, laughter.cry),
    (1.5, _alone(bystander.other_speech)),
    (0.6, _alone(bystander.distant_cough)),
)


@dataclass
class _Stage:
    """The session as it fills: sound near the wearer, sound further away, labels, the wearer's acts."""

    near: Waveform
    far: Waveform
    floor_db: float
    history: ClipHistory
    labels: list[Label] = field(default_factory=list)
    acts: list[tuple[float, Sound]] = field(default_factory=list)

    @property
    def duration_s(self) -> float:
        return len(self.near) / RATE_HZ

    def place(
        self, rng: np.random.Generator, sound: Sound, start_s: float, far: bool, level_db: float = 0.0
    ) -> float:
        """Add a sound and its label; return where it ends, or `start_s` if it does not fit."""
        first = round(start_s * RATE_HZ)
        if first + len(sound.wave) > len(self.near) or len(sound.wave) == 0:
            return start_s
        wave = through(rng, sound.wave, self.history)
        level = sound.level_db + level_db
        if sound.name == "cough":
            level = max(level, self.floor_db + 8.0)
        wave = wave * gain(level)
        (self.far if far else self.near)[first : first + len(wave)] += wave
        onset, end = audible_span(wave, float(rng.uniform(26, 36)), self.floor_db - 3.0)
        if level > self.floor_db:
            self.labels.append(Label((first + onset) / RATE_HZ, (first + end) / RATE_HZ, sound.name))
        if not far:
            self.acts.append((start_s, sound))
        return start_s + sound.duration_s


def _pick(rng: np.random.Generator, sources: tuple[tuple[float, _Source], ...], mood: np.ndarray) -> _Source:
    weights = np.array([weight for weight, _ in sources]) * mood
    return sources[int(rng.choice(len(sources), p=weights / weights.sum()))][1]


def _own_line(rng: np.random.Generator, subject: Subject, stage: _Stage) -> None:
    """Fill the wearer's time, one thing after another: coughs, bouts and everything else."""
    cough_share = 0.0 if rng.random() < 0.15 else float(rng.beta(1.2, 1.6))
    pace_s = uniform_log(rng, 0.25, 2.5)
    mood = np.exp(rng.normal(0, 1.0, len(_OWN)))
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
                rng, _pick(rng, _OWN, mood)(rng, subject), time, False, other_db + float(rng.normal(0, 3))
            )
        time += 0.04 + float(rng.exponential(pace_s))


def _surroundings(rng: np.random.Generator, subject: Subject, stage: _Stage) -> None:
    """Scatter sounds of others over the session."""
    if rng.random() < 0.7:
        mood = np.exp(rng.normal(0, 1.2, len(_AROUND)))
        level_db = float(rng.normal(0, 5))
        for _ in range(int(rng.poisson(stage.duration_s * uniform_log(rng, 0.03, 0.35)))):
            sound = _pick(rng, _AROUND, mood)(rng, subject)
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
    stage = _Stage(np.zeros(n), np.zeros(n), setting.floor_db, draw_clip_history(rng))
    _own_line(rng, subject, stage)
    _surroundings(rng, subject, stage)
    audio = heard(rng, setting, stage.near, stage.far, draw_rooms(rng))
    motion = np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=(3, subject.index, index)))
    movement = movement or str(motion.choice(MOVEMENTS, p=_MOVEMENT_SHARES))
    motions = draw_motions(motion, subject, stage.acts, duration_s)
    activity = draw_activity(motion, movement, duration_s)
    imu = moved(motion, subject, draw_sensor(motion), activity, motions, duration_s)
    labels = stage.labels + startle_labels(motions, duration_s)
    return Recording(
        name=f"{subject.name}_session_{index:02d}",
        audio=audio,
        audio_rate_hz=AUDIO_RATE_HZ,
        imu=imu,
        imu_rate_hz=IMU_RATE_HZ,
        labels=tuple(sorted(labels, key=lambda label: (label.start_s, label.end_s, label.name))),
        labelled=True,
        subject=subject.name,
        movement=movement,
        background=setting.background,
    )
