"""Where a session takes place: its bed, its two rooms, and the microphone that hears it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .bed import BEDS, bed
from .microphone import MicrophoneResponse, captured, draw_microphone
from .room import draw_room, in_room
from .sounds.noise import Waveform, gain

__all__ = ["Rooms", "Setting", "draw_rooms", "draw_setting", "heard"]


@dataclass(frozen=True, eq=False)
class Setting:
    """What is there before anybody makes a sound.

    Attributes
    ----------
    background
        A key of `tussis.data.synthesis.bed.BEDS`.
    backdrop
        The bed at its level against the wearer's speech, shape ``(n,)``.
    floor_db
        Level of bed or self-noise, the louder one, against the wearer's speech.
    microphone
        What records.
    """

    background: str
    backdrop: Waveform
    floor_db: float
    microphone: MicrophoneResponse


class Rooms(NamedTuple):
    """Impulse responses for sounds of the wearer and of others; None without a room."""

    near: Waveform | None
    far: Waveform | None


def draw_setting(
    rng: np.random.Generator,
    n: int,
    background: str | None = None,
    shares: Mapping[str, float] | None = None,
) -> Setting:
    """Draw bed and microphone of a session of `n` samples.

    Parameters
    ----------
    rng, n
        Chance and number of samples.
    background
        A key of `BEDS`; drawn if None.
    shares
        How often each bed is drawn; those of `BEDS` if None.

    Returns
    -------
    Setting
    """
    shares = shares or {kind: share for kind, (share, _, _) in BEDS.items()}
    weights = np.array(list(shares.values()))
    background = background or str(rng.choice(list(shares), p=weights / weights.sum()))
    microphone = draw_microphone(rng, noiseless=background == "silence" and rng.random() < 0.8)
    _, mean_db, spread_db = BEDS[background]
    bed_db = min(float(rng.normal(mean_db, spread_db)), -12.0)
    backdrop = bed(rng, background, n) * gain(bed_db)
    floor_db = max(bed_db if background != "silence" else -200.0, microphone.noise_db - microphone.speech_db)
    return Setting(background, backdrop, floor_db, microphone)


def draw_rooms(rng: np.random.Generator) -> Rooms:
    """Draw the rooms of a session: three quarters of wearers are in one, and 85 % of what is around them."""
    near = draw_room(rng, near=True) if rng.random() < 0.75 else None
    far = draw_room(rng, near=False) if rng.random() < 0.85 else None
    return Rooms(near, far)


def heard(
    rng: np.random.Generator, setting: Setting, near: Waveform, far: Waveform, rooms: Rooms
) -> NDArray[np.int16]:
    """Record a session.

    Parameters
    ----------
    rng
        Chance for the self-noise.
    setting, rooms
        Where.
    near, far
        Sounds of the wearer and of others, shape ``(n,)``, the wearer's speech at RMS 1 (loudest 20 ms).

    Returns
    -------
    NDArray[np.int16]
        Shape ``(n,)``, full scale 32768.
    """
    near = near if rooms.near is None else in_room(near, rooms.near)
    far = far if rooms.far is None else in_room(far, rooms.far)
    return captured(rng, near + far + setting.backdrop, setting.microphone)
