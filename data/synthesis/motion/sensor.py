"""The motion sensor: bandwidth, rate, noise, bias, range and step of a consumer MEMS part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...resampling import resample
from ..people.random_draw import uniform_log
from ..people.subject import Subject

__all__ = ["IMU_HZ", "Sensor", "draw_sensor", "sensed", "turned"]

IMU_HZ = 100
_GRAVITY_MS2 = 9.80665
_EDGE_S = 1.0


@dataclass(frozen=True)
class Sensor:
    """What a motion sensor does to the motion of the place it sits on.

    Attributes
    ----------
    acc_noise, gyro_noise
        Standard deviation of a sample, m/s2 and deg/s.
    acc_bias, gyro_bias
        Offset of each axis, shape (3,), m/s2 and deg/s.
    acc_scale
        Factor on each axis of acceleration, shape (3,).
    acc_step, gyro_step
        Size of one count, m/s2 and deg/s.
    rate_hz
        Rate at which it samples; below 100 Hz the samples are brought to 100 Hz afterwards.
    bandwidth_hz
        Corner of its low-pass (first order, twice); the whole band if None.
    acc_range
        Largest acceleration an axis can show, m/s2.
    """

    acc_noise: float
    gyro_noise: float
    acc_bias: NDArray[np.float64]
    gyro_bias: NDArray[np.float64]
    acc_scale: NDArray[np.float64]
    acc_step: float
    gyro_step: float
    rate_hz: float = float(IMU_HZ)
    bandwidth_hz: float | None = None
    acc_range: float = 16 * _GRAVITY_MS2


def draw_sensor(rng: np.random.Generator) -> Sensor:
    """Draw a consumer MEMS sensor: densities of 60-400 ug/sqrt(Hz) and 0.003-0.05 dps/sqrt(Hz), and worse.

    Half of the sensors sample at 100 Hz, the others at 50 or 64 Hz, as phones and smart shirts do; some have
    a low-pass of 18 to 40 Hz. One count is 1/16384 to 1/256 of standard gravity (3.9 mg).
    """
    rate_hz = float(rng.choice([100.0, 50.0, 64.0], p=[0.5, 0.25, 0.25]))
    low_passed = rng.random() < 0.35
    g_range = float(rng.choice([2.0, 4.0, 8.0, 16.0], p=[0.2, 0.35, 0.25, 0.2]))
    return Sensor(
        acc_noise=uniform_log(rng, 0.004, 0.05),
        gyro_noise=uniform_log(rng, 0.02, 0.6),
        acc_bias=rng.normal(0, 0.12, 3),
        gyro_bias=rng.normal(0, 0.6, 3),
        acc_scale=1.0 + rng.normal(0, 0.01, 3),
        acc_step=float(rng.choice([0.0006, 0.0024, 0.0048, 0.0096, 0.0383])),
        gyro_step=float(rng.choice([0.0076, 0.0305, 0.061])),
        rate_hz=rate_hz,
        bandwidth_hz=uniform_log(rng, 18.0, min(40.0, 0.45 * rate_hz)) if low_passed else None,
        acc_range=g_range * _GRAVITY_MS2,
    )


def sensed(
    rng: np.random.Generator, subject: Subject, sensor: Sensor, track: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Turn motion in body axes into what the sensor writes.

    Parameters
    ----------
    rng, subject, sensor
        Chance, who wears it and how, the sensor.
    track
        Acceleration x y z (m/s2, gravity included) and angular rate x y z (deg/s), shape ``(m, 6)``, 100 Hz.

    Returns
    -------
    NDArray[np.float32]
        Shape ``(m, 6)``, sensor axes, 100 Hz.
    """
    felt = np.concatenate(
        [
            turned(subject.mounting, track[:, :3]) * sensor.acc_scale + sensor.acc_bias,
            turned(subject.mounting, track[:, 3:]) + sensor.gyro_bias,
        ],
        axis=1,
    )
    edge = round(_EDGE_S * IMU_HZ)  # a rate conversion needs something before the start and after the end
    padded = np.concatenate([np.repeat(felt[:1], edge, 0), felt, np.repeat(felt[-1:], edge, 0)])
    offset = padded[0].copy()
    if sensor.bandwidth_hz is not None:
        padded = _low_passed(padded - offset, sensor.bandwidth_hz) + offset
    native = resample(padded - offset, IMU_HZ, sensor.rate_hz) + offset
    noise = np.repeat([sensor.acc_noise, sensor.gyro_noise], 3)
    native = native + noise * rng.standard_normal(native.shape)
    native[:, :3] = np.clip(native[:, :3], -sensor.acc_range, sensor.acc_range)
    step = np.repeat([sensor.acc_step, sensor.gyro_step], 3)
    native = np.rint(native / step) * step
    brought = resample(native - offset, sensor.rate_hz, IMU_HZ) + offset
    return np.asarray(brought[edge : edge + len(track)], dtype=np.float32)


def turned(rotation: NDArray[np.float64], vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rotate rows (n, 3), summed in a fixed order: BLAS would not give the same bits everywhere."""
    columns = [sum(rotation[i, j] * vectors[:, j] for j in range(3)) for i in range(3)]
    return np.stack(columns, axis=1)


def _low_passed(rows: NDArray[np.float64], corner_hz: float) -> NDArray[np.float64]:
    """Pass rows (n, 6) through ``y += k (x - y)`` twice, ``k = 1 - exp(-2 pi corner / rate)``."""
    from scipy.signal import lfilter

    k = 1.0 - np.exp(-2.0 * np.pi * corner_hz / IMU_HZ)
    for _ in range(2):
        rows = lfilter([k], [1.0, k - 1.0], rows, axis=0)
    return np.asarray(rows)
