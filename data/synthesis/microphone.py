"""From the air to the file: colour of the microphone and its place, band limit, noise, clipping, bits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from .clip import band_limited
from .people.random_draw import uniform_log
from .sounds.noise import RATE_HZ, Waveform, gain, shaped

__all__ = ["MicrophoneResponse", "captured", "draw_microphone"]


@dataclass(frozen=True)
class MicrophoneResponse:
    """One device on one day.

    Attributes
    ----------
    place
        ``"outward"``, ``"body"`` (against cloth or skin: muffled) or ``"handheld"``.
    sections
        Second-order sections of its colour, shape (k, 6).
    speech_db
        Level of the wearer's ordinary speech (loudest 20 ms), dB against full scale.
    noise_db
        Self-noise, dB against full scale.
    noise_corner_db
        Slope of the self-noise, dB over the band.
    clip
        Full scale as a fraction of the converter's; above it the signal is cut.
    soft
        Whether it saturates softly.
    lossy_hz
        Corner of an MP3-like low-pass over the whole recording, 0 for none.
    """

    place: str
    sections: NDArray[np.float64]
    speech_db: float
    noise_db: float
    noise_corner_db: float
    clip: float
    soft: bool
    lossy_hz: float


def _bell(centre_hz: float, level_db: float, quality: float) -> NDArray[np.float64]:
    """Peaking equaliser (Bristow-Johnson's cookbook), shape (1, 6)."""
    amplitude = 10.0 ** (level_db / 40.0)
    omega = 2 * np.pi * centre_hz / RATE_HZ
    alpha = np.sin(omega) / (2 * quality)
    a0 = 1 + alpha / amplitude
    b = np.array([1 + alpha * amplitude, -2 * np.cos(omega), 1 - alpha * amplitude]) / a0
    a = np.array([1.0, -2 * np.cos(omega) / a0, (1 - alpha / amplitude) / a0])
    return np.concatenate([b, a])[None, :]


def draw_microphone(rng: np.random.Generator, noiseless: bool = False) -> MicrophoneResponse:
    """Draw a device: colour, level over more than 24 dB, noise (none in digital silence), clipping."""
    place = str(rng.choice(["outward", "body", "handheld"], p=[0.5, 0.25, 0.25]))
    sections = []
    if rng.random() < 0.6:
        sections.append(
            scipy.signal.butter(
                int(rng.integers(1, 3)), uniform_log(rng, 20, 250), "highpass", fs=RATE_HZ, output="sos"
            )
        )
    if place == "body":
        sections.append(scipy.signal.butter(1, uniform_log(rng, 500, 3000), fs=RATE_HZ, output="sos"))
        sections.append(_bell(uniform_log(rng, 120, 700), rng.uniform(0, 9), uniform_log(rng, 0.5, 2)))
    for _ in range(int(rng.integers(0, 5))):
        sections.append(_bell(uniform_log(rng, 150, 6500), rng.normal(0, 4.5), uniform_log(rng, 0.4, 4)))
    if rng.random() < 0.3:
        sections.append(scipy.signal.butter(1, uniform_log(rng, 2500, 7000), fs=RATE_HZ, output="sos"))
    if rng.random() < 0.5:
        sections.append(_shelf(rng.normal(0, 6)))
    return MicrophoneResponse(
        place=place,
        sections=np.concatenate(sections) if sections else np.array([[1.0, 0, 0, 1, 0, 0]]),
        speech_db=float(rng.uniform(-42, -12)),
        noise_db=float(rng.uniform(-100, -60)) if not noiseless and rng.random() < 0.9 else -140.0,
        noise_corner_db=float(rng.normal(-6, 8)),
        clip=uniform_log(rng, 0.35, 1.0) if rng.random() < 0.3 else 1.0,
        soft=bool(rng.random() < 0.3),
        lossy_hz=float(rng.choice([3400.0, 3800.0, 5500.0, 7000.0])) if rng.random() < 0.25 else 0.0,
    )


def _shelf(level_db: float) -> NDArray[np.float64]:
    """First-order tilt around 1 kHz, shape (1, 6)."""
    pole = np.exp(-2 * np.pi * 1000 / RATE_HZ)
    high = gain(level_db)
    return np.array([[high, (1 - pole) * 1.0 - high, 0.0, 1.0, -pole, 0.0]])


def captured(rng: np.random.Generator, wave: Waveform, microphone: MicrophoneResponse) -> NDArray[np.int16]:
    """Pass a session through the device.

    Parameters
    ----------
    rng
        Generator for the self-noise.
    wave
        Sound at the device with the wearer's speech at RMS 1 (loudest 20 ms), shape ``(n,)``.
    microphone
        The microphone that records.

    Returns
    -------
    NDArray[np.int16]
        Shape ``(n,)``, full scale 32768.
    """
    out = scipy.signal.sosfilt(microphone.sections, wave) * gain(microphone.speech_db)
    if microphone.lossy_hz:
        out = band_limited(out, microphone.lossy_hz)
    if microphone.noise_db > -120:
        noise = shaped(rng, len(out), [50, 7500], [0, microphone.noise_corner_db])
        out = out + noise * gain(microphone.noise_db)
    limit = microphone.clip
    out = limit * np.tanh(out / limit) if microphone.soft else np.clip(out, -limit, limit)
    return np.asarray(np.clip(np.rint(out * 32767.0), -32768, 32767), dtype=np.int16)
