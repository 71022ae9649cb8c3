"""The stage that a session fills: what the wearer and others may do, and sounds placed with their labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..recording import AUDIO_RATE_HZ, IMU_RATE_HZ, Label, Recording
from . import bystander
from .clip import ClipHistory, through
from .people.random_draw import uniform_log
from .people.subject import Subject
from .sounds import airway, breath, impact, laughter, music
from .sounds.envelope import audible_span
from .sounds.noise import RATE_HZ, Waveform, gain
from .sounds.sound import Sound
from .sounds.speech import draw_speaker, running_speech, shout, utterance

__all__ = ["AROUND", "OWN", "Source", "Stage", "pick", "staged_recording", "talk"]

Source = Callable[[np.random.Generator, Subject], Sound]
"""Makes a sound of a subject."""


def talk(rng: np.random.Generator, subject: Subject) -> Sound:
    """Draw a turn of speech of up to five seconds."""
    speaker = draw_speaker(rng, subject)
    wave = running_speech(rng, speaker, uniform_log(rng, 0.8, 5.0))
    return Sound("speech", wave, float(rng.normal(-1, 3) + 8 * (speaker.effort - 0.5)), "speech")


def _alone(source: Callable[[np.random.Generator], Sound]) -> Source:
    return lambda rng, _: source(rng)


def _worn_rustle(rng: np.random.Generator, subject: Subject) -> Sound:
    del subject
    return impact.rustle(rng, worn=True)


def _loud_breath(rng: np.random.Generator, subject: Subject) -> Sound:
    return breath.breath(rng, subject, loud=True)


OWN: tuple[tuple[float, Source], ...] = (
    (7.0, utterance),
    (3.0, talk),
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
"""What the wearer does besides coughing, with the weight of each."""

AROUND: tuple[tuple[float, Source], ...] = (
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
"""What happens around the wearer."""


@dataclass
class Stage:
    """The session as it fills.

    Attributes
    ----------
    near, far
        Sounds of the wearer and of others, shape ``(n,)``, the wearer's speech at RMS 1 (loudest 20 ms).
    floor_db
        What is softer than this is not heard, and has no label.
    history
        What the sounds go through.
    labels, acts
        What was placed: its labels, and the wearer's sounds with their starts.
    """

    near: Waveform
    far: Waveform
    floor_db: float
    history: ClipHistory
    labels: list[Label] = field(default_factory=list)
    acts: list[tuple[float, Sound]] = field(default_factory=list)

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
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


def staged_recording(
    name: str,
    subject: Subject,
    *,
    audio: NDArray[np.int16],
    imu: NDArray[np.float32],
    labels: Iterable[Label],
    movement: str,
    background: str,
) -> Recording:
    """Put what a stage became into a recording at 16 kHz and 100 Hz, its labels in order."""
    return Recording(
        name=name,
        audio=audio,
        audio_rate_hz=AUDIO_RATE_HZ,
        imu=imu,
        imu_rate_hz=IMU_RATE_HZ,
        labels=tuple(sorted(labels, key=lambda label: (label.start_s, label.end_s, label.name))),
        labelled=True,
        subject=subject.name,
        movement=movement,
        background=background,
    )


def pick(rng: np.random.Generator, sources: tuple[tuple[float, Source], ...], mood: np.ndarray) -> Source:
    """Draw one of weighted sources; `mood` multiplies their weights."""
    weights = np.array([weight for weight, _ in sources]) * mood
    return sources[int(rng.choice(len(sources), p=weights / weights.sum()))][1]
