"""Motion of the trunk as a six-axis sensor feels it: gravity, breathing, gait, gestures, coughs.

Body axes are x forward, y left, z up, in m/s^2 and deg/s at 100 Hz; `Subject.mounting` turns them into
sensor axes.
A cough is preceded by compression: the expiratory muscles contract about 0.2 s against the closed glottis, so
the trunk starts to move 30-150 ms before the sound; the push then rings as a damped oscillation of 3-10 Hz.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .people.random_draw import uniform_log
from .people.subject import Subject

__all__ = ["IMU_HZ", "Motion", "Posture", "Sensor", "draw_posture", "draw_sensor", "moved"]

IMU_HZ = 100
_GRAVITY_MS2 = 9.80665


@dataclass(frozen=True)
class Motion:
    """One movement: what, when (first push, seconds) and how hard."""

    kind: str
    time_s: float
    strength: float
    length_s: float = 0.0


@dataclass(frozen=True)
class Posture:
    """Stretches of walking, ``(start_s, end_s)``; the rest is sitting or standing."""

    walks: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Sensor:
    """Noise (standard deviation), bias and step of accelerometer (m/s^2) and gyroscope (deg/s)."""

    acc_noise: float
    gyro_noise: float
    acc_bias: NDArray[np.float64]
    gyro_bias: NDArray[np.float64]
    acc_scale: NDArray[np.float64]
    acc_step: float
    gyro_step: float


def draw_sensor(rng: np.random.Generator) -> Sensor:
    """Draw a consumer MEMS sensor: densities of 60-400 ug/sqrt(Hz) and 0.003-0.05 dps/sqrt(Hz), and worse."""
    return Sensor(
        acc_noise=uniform_log(rng, 0.004, 0.05),
        gyro_noise=uniform_log(rng, 0.02, 0.6),
        acc_bias=rng.normal(0, 0.12, 3),
        gyro_bias=rng.normal(0, 0.6, 3),
        acc_scale=1.0 + rng.normal(0, 0.01, 3),
        acc_step=float(rng.choice([0.0006, 0.0024, 0.0048, 0.0096])),
        gyro_step=float(rng.choice([0.0076, 0.0305, 0.061])),
    )


def draw_posture(rng: np.random.Generator, movement: str, duration_s: float) -> Posture:
    """Sit, walk all the time, or change between the two every few seconds."""
    if movement == "sit":
        return Posture(())
    if movement == "walk":
        return Posture(((0.0, duration_s),))
    walks = []
    time = float(rng.uniform(0, 8))
    while time < duration_s:
        end = time + uniform_log(rng, 3, 15)
        walks.append((time, min(end, duration_s)))
        time = end + uniform_log(rng, 3, 15)
    return Posture(tuple(walks))


def _direction(
    rng: np.random.Generator, mean: tuple[float, float, float], spread: float
) -> NDArray[np.float64]:
    vector = np.array(mean) + spread * rng.standard_normal(3)
    return np.asarray(vector / max(float(np.sqrt(np.sum(vector**2))), 1e-6))


def _add(track: NDArray[np.float64], start: int, piece: NDArray[np.float64]) -> None:
    """Add `piece` (k, 6) at row `start`, cut at both ends of the track."""
    first, last = max(start, 0), min(start + len(piece), len(track))
    if last > first:
        track[first:last] += piece[first - start : last - start]


def _jerk(rng: np.random.Generator, subject: Subject, strength: float) -> tuple[NDArray[np.float64], float]:
    """Rows (k, 6) of one cough-like push and the time from its start to the sound.

    Acceleration: a compression hump of one sign, then ``exp(-t/tau) sin(2 pi f t)``; the trunk pitches too.
    """
    lead = float(np.clip(subject.jerk_lead_s * np.exp(rng.normal(0, 0.25)), 0.025, 0.16))
    frequency = float(np.clip(subject.jerk_hz * np.exp(rng.normal(0, 0.15)), 3.0, 10.0))
    tau = uniform_log(rng, 0.05, 0.25)
    time = np.arange(round((lead + 4 * tau + 0.1) * IMU_HZ)) / IMU_HZ
    hump = np.where(time < lead, np.sin(np.pi * np.clip(time / lead, 0, 1)) ** 2, 0.0) * rng.uniform(
        0.15, 0.9
    )
    after = np.maximum(time - lead * rng.uniform(0.3, 1.0), 0.0)
    ring = np.exp(-after / tau) * np.sin(2 * np.pi * frequency * after + rng.normal(0, 0.2) * (after > 0))
    second = (
        np.exp(-after / (tau * 0.6))
        * np.sin(2 * np.pi * frequency * rng.uniform(1.6, 2.6) * after)
        * rng.uniform(0, 0.5)
    )
    main = _direction(rng, (0.8, 0.0, -0.5), 0.4)
    other = _direction(rng, (0.4, 0.0, 0.8), 0.6)
    peak = strength * subject.jerk_ms2 * float(np.exp(rng.normal(0, 0.3)))
    acc = peak * ((ring - hump)[:, None] * main + 0.6 * second[:, None] * other)
    turn = _direction(rng, (0.15, 1.0, 0.15), 0.3) * np.clip(peak * uniform_log(rng, 4, 22), 1.0, 90.0)
    lag = np.exp(-after / tau) * np.sin(2 * np.pi * frequency * rng.uniform(0.6, 1.1) * after)
    gyro = (lag + 0.5 * hump)[:, None] * turn
    return np.concatenate([acc, gyro], axis=1), lead


def _gesture(rng: np.random.Generator, length_s: float, strength: float) -> NDArray[np.float64]:
    """Reaching, turning, leaning: smooth low-frequency movement with a bell-shaped envelope, (k, 6)."""
    n = max(round(length_s * IMU_HZ), 20)
    time = np.arange(n) / IMU_HZ
    bell = np.sin(np.pi * np.arange(n) / n) ** uniform_log(rng, 0.7, 2)
    out = np.zeros((n, 6))
    for axis in range(6):
        for _ in range(2):
            wave = np.sin(2 * np.pi * uniform_log(rng, 0.4, 4.0) * time + rng.uniform(0, 6.28))
            out[:, axis] += wave * rng.normal(0, 0.7 if axis < 3 else 18.0)
    return out * bell[:, None] * strength


def _bump(rng: np.random.Generator, strength: float) -> NDArray[np.float64]:
    """Knock the device or the chair: one sharp damped oscillation of 5-40 Hz, (k, 6)."""
    tau = uniform_log(rng, 0.01, 0.12)
    time = np.arange(round(6 * tau * IMU_HZ) + 4) / IMU_HZ
    wave = np.exp(-time / tau) * np.sin(2 * np.pi * uniform_log(rng, 5, 40) * time + rng.uniform(0, 1.5))
    axes = np.concatenate([_direction(rng, (0, 0, 0), 1.0) * uniform_log(rng, 0.3, 8), rng.normal(0, 12, 3)])
    return np.asarray(wave[:, None] * axes * strength)


def _oscillation(
    rng: np.random.Generator, length_s: float, low_hz: float, high_hz: float, acc: float, gyro: float
) -> NDArray[np.float64]:
    """Weak shaking while something lasts (laughter, speech, breathing), (k, 6)."""
    n = max(round(length_s * IMU_HZ), 10)
    rate_hz = rng.uniform(low_hz, high_hz) * np.exp(0.1 * rng.standard_normal(n))
    phase = 2 * np.pi * np.cumsum(rate_hz) / IMU_HZ
    swell = np.sin(np.pi * (np.arange(n) + 0.5) / n) ** 0.5
    wave = (np.sin(phase) + 0.4 * np.sin(2 * phase + 1)) * swell
    push = _direction(rng, (0.7, 0, 0.5), 0.5) * acc
    turn = _direction(rng, (0, 1, 0), 0.5) * gyro
    return np.asarray(wave[:, None] * np.concatenate([push, turn]))


def _gait(rng: np.random.Generator, subject: Subject, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Walk: vertical and forward sway at the step rate with harmonics, lateral at half of it, (n, 6)."""
    n = len(times_s)
    speed = subject.step_hz * np.exp(
        0.04 * np.interp(times_s, np.arange(0, 1000, 1.5), rng.standard_normal(667))
    )
    phase = 2 * np.pi * np.cumsum(speed) / IMU_HZ
    size = subject.step_ms2 * np.exp(
        0.15 * np.interp(phase / (2 * np.pi), np.arange(3000), rng.standard_normal(3000))
    )
    out = np.zeros((n, 6))
    richness = rng.uniform(0.05, 0.65)
    for axis, share, base in ((0, 0.5, 1.0), (1, 0.4, 0.5), (2, 1.0, 1.0)):
        for k in range(1, 6):
            height = share * richness ** (k - 1) * rng.uniform(0.4, 1.4)
            out[:, axis] += (
                size * height * np.sin(base * (2 * k - 1 if axis == 1 else k) * phase + rng.uniform(0, 6.28))
            )
    sharpness = uniform_log(rng, 8, 30)
    strike = size * rng.uniform(0, 0.8) * np.exp(-np.mod(phase / (2 * np.pi), 1.0) * sharpness)
    out[:, 2] += strike - strike.mean()
    for axis in range(3, 6):
        swing = uniform_log(rng, 1.0, 9.0)
        for multiple in (0.5, 1.0, 2.0):
            wave = np.sin(multiple * phase + rng.uniform(0, 6.28))
            out[:, axis] += size * swing * rng.uniform(0, 1) / (multiple + 0.5) * wave
    return out


def _trunk(
    rng: np.random.Generator, subject: Subject, times_s: NDArray[np.float64], shifts: Sequence[Motion]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Tilt (n, 2) in radians (pitch, roll) from breathing, sway and posture changes, and breathing phase."""
    n = len(times_s)
    knots = np.arange(0, times_s[-1] + 4, 2.0)
    tilt = np.stack(
        [np.interp(times_s, knots, np.cumsum(rng.normal(0, 0.006, len(knots)))) for _ in range(2)], axis=1
    )
    breathing = (
        2
        * np.pi
        * np.cumsum(
            subject.breaths_hz * np.exp(0.1 * np.interp(times_s, knots, rng.standard_normal(len(knots))))
        )
        / IMU_HZ
    )
    depth = uniform_log(rng, 0.002, 0.02)
    tilt[:, 0] += depth * np.sin(breathing)
    for shift in shifts:
        ease = np.clip((times_s - shift.time_s) / max(shift.length_s, 0.3), 0.0, 1.0)
        ease = ease**2 * (3 - 2 * ease)
        tilt += ease[:, None] * rng.normal(0, 0.25 * shift.strength, 2)
    return tilt, np.asarray(breathing + np.zeros(n))


def moved(
    rng: np.random.Generator,
    subject: Subject,
    sensor: Sensor,
    posture: Posture,
    motions: Sequence[Motion],
    duration_s: float,
) -> NDArray[np.float32]:
    """Everything the sensor feels in one session.

    Parameters
    ----------
    rng, subject, sensor, posture
        Who, with what, doing what.
    motions
        Movements in time order; `Motion.time_s` of a jerk is the onset of its sound, which it leads.
    duration_s
        Length; ``ceil(duration * 100)`` rows come out.

    Returns
    -------
    NDArray[np.float32]
        Shape ``(m, 6)``: acceleration x y z in m/s^2 and angular rate x y z in deg/s, sensor axes.
    """
    n = int(np.ceil(duration_s * IMU_HZ))
    times = np.arange(n) / IMU_HZ
    tilt, breathing = _trunk(rng, subject, times, [motion for motion in motions if motion.kind == "shift"])
    track = np.zeros((n, 6))
    track[:, 4] = np.degrees(np.gradient(tilt[:, 0])) * IMU_HZ
    track[:, 3] = np.degrees(np.gradient(tilt[:, 1])) * IMU_HZ
    track[:, 0] = -_GRAVITY_MS2 * np.sin(tilt[:, 0]) + 0.01 * np.cos(breathing)
    track[:, 1] = _GRAVITY_MS2 * np.sin(tilt[:, 1])
    track[:, 2] = _GRAVITY_MS2 * np.cos(tilt[:, 0]) * np.cos(tilt[:, 1])
    heart = (
        uniform_log(rng, 0.003, 0.04) * np.maximum(np.sin(2 * np.pi * rng.uniform(0.9, 1.7) * times), 0) ** 12
    )
    track[:, 2] += heart * np.sin(2 * np.pi * 9 * times)
    for start_s, end_s in posture.walks:
        rows = np.arange(round(start_s * IMU_HZ), min(round(end_s * IMU_HZ), n))
        if len(rows):
            ramp = np.clip(
                np.minimum(
                    times[rows] - start_s + (start_s <= 0), end_s - times[rows] + (end_s >= duration_s)
                )
                / 0.6,
                0,
                1,
            )
            track[rows] += _gait(rng, subject, times[rows]) * ramp[:, None]
    for motion in motions:
        _apply(rng, subject, track, motion)
    return _sensed(rng, subject, sensor, track)


def _apply(rng: np.random.Generator, subject: Subject, track: NDArray[np.float64], motion: Motion) -> None:
    start = round(motion.time_s * IMU_HZ)
    if motion.kind in ("jerk", "weak_jerk"):
        piece, lead = _jerk(rng, subject, motion.strength * (1.0 if motion.kind == "jerk" else 0.15))
        _add(track, round((motion.time_s - lead) * IMU_HZ), piece)
    elif motion.kind == "gesture":
        _add(track, start, _gesture(rng, motion.length_s, motion.strength))
    elif motion.kind == "bump":
        _add(track, start, _bump(rng, motion.strength))
    elif motion.kind == "laugh":
        _add(
            track,
            start,
            _oscillation(rng, motion.length_s, 3.5, 6.5, 0.25 * motion.strength, 4.0 * motion.strength),
        )
    elif motion.kind in ("speech", "breath"):
        _add(
            track,
            start,
            _oscillation(rng, motion.length_s, 0.3, 3.0, 0.06 * motion.strength, 1.5 * motion.strength),
        )


def _turned(rotation: NDArray[np.float64], vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rotate rows (n, 3), summed in a fixed order: BLAS would not give the same bits everywhere."""
    columns = [sum(rotation[i, j] * vectors[:, j] for j in range(3)) for i in range(3)]
    return np.stack(columns, axis=1)


def _sensed(
    rng: np.random.Generator, subject: Subject, sensor: Sensor, track: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Turn into sensor axes, add bias and noise, round to the sensor's step."""
    acc = _turned(subject.mounting, track[:, :3]) * sensor.acc_scale + sensor.acc_bias
    gyro = _turned(subject.mounting, track[:, 3:]) + sensor.gyro_bias
    acc = acc + sensor.acc_noise * rng.standard_normal(acc.shape)
    gyro = gyro + sensor.gyro_noise * rng.standard_normal(gyro.shape)
    acc = np.rint(acc / sensor.acc_step) * sensor.acc_step
    gyro = np.rint(gyro / sensor.gyro_step) * sensor.gyro_step
    return np.concatenate([acc, gyro], axis=1).astype(np.float32)
