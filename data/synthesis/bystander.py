"""Other people near the wearer: their talk and their coughs, which are no events of the wearer."""

from __future__ import annotations

import numpy as np

from .clip import band_limited
from .people.random_draw import uniform_log
from .people.subject import Subject, draw_subject
from .sounds.cough import cough
from .sounds.cough_shape import draw_cough_shape
from .sounds.sound import Sound
from .sounds.speech import draw_speaker, running_speech, utterance

__all__ = ["distant_cough", "other_speech"]


def _stranger(rng: np.random.Generator) -> Subject:
    return draw_subject(int(rng.integers(2**31)), 0)


def other_speech(rng: np.random.Generator) -> Sound:
    """Say a word or a few phrases in another voice, 4 to 18 dB below the wearer's."""
    other = _stranger(rng)
    level_db = float(rng.normal(0, 3) - rng.uniform(4, 18))
    if rng.random() < 0.5:
        return Sound("other_speech", utterance(rng, other).wave, level_db)
    wave = running_speech(rng, draw_speaker(rng, other), uniform_log(rng, 0.8, 5.0))
    return Sound("other_speech", wave, level_db)


def distant_cough(rng: np.random.Generator) -> Sound:
    """Cough across the room: about 15 dB below the wearer's speech, dulled by the way."""
    other = _stranger(rng)
    wave = cough(rng, other, draw_cough_shape(rng, other)).wave
    return Sound("distant_cough", band_limited(wave, uniform_log(rng, 1500, 6000)), float(rng.normal(-15, 5)))
