"""The person who wears the device: body, voice, way of coughing, and how the device sits on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .random_draw import uniform_log

__all__ = ["COUGH_STYLES", "Subject", "draw_subject", "random_rotation"]

COUGH_STYLES = ("plain", "dry", "wet", "barking", "wheezy", "weak")

_MALE_TRACT_CM = 17.5


@dataclass(frozen=True)
class Subject:
    """One synthetic person; every field is drawn by `draw_subject`.

    Attributes
    ----------
    index
        Number in the dataset.
    sex, age_years
        ``"female"`` or ``"male"``; years. Together they set tract length and pitch.
    tract_cm
        Vocal tract length; formants scale with 17.5 / tract_cm.
    pitch_hz
        Mean fundamental frequency of relaxed speech.
    breathiness
        0 (pressed) to 1 (breathy): aspiration mixed into voiced sounds.
    jitter
        Relative standard deviation of the glottal period.
    cough_strength_db, cough_voicing, wetness, cough_attack_s, cough_duration_s
        Habits of this person's cough: mean level against speech, inclination to voice, mucus,
        rise and length.
    cough_style
        Kind most of the coughs lean to, one of `COUGH_STYLES`.
    mounting
        Rotation matrix, body axes (x forward, y left, z up) to sensor axes, shape (3, 3).
    sensor_height_m
        Height of the sensor above the hips: 0 on a belt, 0.4 on the chest.
    jerk, jerk_hz, jerk_delay
        Motion of the trunk at a cough, as this person and this place on the trunk show it: factor on the
        usual peak, mean oscillation frequency, factor on the delay after the onset of the sound.
    stirring_ms2, sway_ms2, restlessness_hz
        At rest: rms of fast small movements and of slow swaying, and fidgets per second.
    breaths_hz, step_hz, step_ms2
        Breathing and walking cadence, and rms acceleration in walking without gravity.
    """

    index: int
    sex: str
    age_years: float
    tract_cm: float
    pitch_hz: float
    breathiness: float
    jitter: float
    cough_strength_db: float
    cough_voicing: float
    wetness: float
    cough_attack_s: float
    cough_duration_s: float
    cough_style: str
    mounting: NDArray[np.float64]
    sensor_height_m: float
    jerk: float
    jerk_hz: float
    jerk_delay: float
    stirring_ms2: float
    sway_ms2: float
    restlessness_hz: float
    breaths_hz: float
    step_hz: float
    step_ms2: float

    @property
    def formant_scale(self) -> float:
        """Factor on adult male formant frequencies."""
        return _MALE_TRACT_CM / self.tract_cm

    @property
    def name(self) -> str:
        """Name in files, e.g. ``"subject_003"``."""
        return f"subject_{self.index:03d}"


def random_rotation(rng: np.random.Generator) -> NDArray[np.float64]:
    """Rotation matrix uniform over all orientations (random unit quaternion), shape (3, 3)."""
    quaternion = rng.standard_normal(4)
    w, x, y, z = quaternion / np.sqrt(np.sum(quaternion**2))
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def draw_subject(seed: int, index: int) -> Subject:
    """Draw person number `index` of the dataset with this `seed`; the same pair gives the same person.

    Tract length and pitch follow sex and age (Fitch and Giedd 1999; Titze 1989): adult male about
    17.5 cm and 85-165 Hz, adult female about 14.7 cm and 155-265 Hz, child 10.5-14 cm and 210-400 Hz.
    The body is drawn apart from the voice, so that work on motion leaves the sound as it is.
    """
    rng = np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=(0, index)))
    body = np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=(2, index)))
    sex = "female" if rng.random() < 0.5 else "male"
    age = float(rng.uniform(5, 14) if rng.random() < 0.12 else rng.uniform(15, 90))
    if age < 15:
        tract, pitch = 10.5 + 0.33 * (age - 5) + rng.normal(0, 0.4), uniform_log(rng, 210, 400)
    elif sex == "female":
        tract, pitch = rng.normal(14.7, 0.8), uniform_log(rng, 155, 265)
    else:
        tract, pitch = rng.normal(17.3, 0.9), uniform_log(rng, 80, 165)
    return Subject(
        index=index,
        sex=sex,
        age_years=age,
        tract_cm=float(np.clip(tract, 9.5, 19.5)),
        pitch_hz=pitch,
        breathiness=float(rng.beta(1.5, 3.0)),
        jitter=uniform_log(rng, 0.004, 0.03),
        cough_strength_db=float(rng.normal(3.0, 5.0)),
        cough_voicing=float(rng.beta(1.2, 1.2)),
        wetness=float(rng.beta(1.0, 1.8)),
        cough_attack_s=uniform_log(rng, 0.006, 0.06),
        cough_duration_s=uniform_log(rng, 0.3, 0.68),
        cough_style=str(rng.choice(COUGH_STYLES, p=[0.3, 0.2, 0.2, 0.1, 0.1, 0.1])),
        mounting=random_rotation(body),
        sensor_height_m=float(body.uniform(0.0, 0.45)),
        jerk=float(np.exp(body.normal(0, 0.28))),
        jerk_hz=float(body.uniform(6.8, 9.3)),
        jerk_delay=float(np.exp(body.normal(0, 0.2))),
        stirring_ms2=uniform_log(body, 0.03, 0.11),
        sway_ms2=uniform_log(body, 0.14, 0.5),
        restlessness_hz=uniform_log(body, 0.01, 0.12),
        breaths_hz=float(body.uniform(0.18, 0.42)),
        step_hz=float(body.uniform(1.5, 2.1)),
        step_ms2=uniform_log(body, 1.8, 4.8),
    )
