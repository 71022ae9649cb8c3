"""Motion as a sensor delivers it in one of its operating points: bandwidth, rate, range, noise and bits.

A recording holds finer values than a low-power accelerometer gives. In this order, per axis:

1. what lies above the sensor's bandwidth is taken off, and the rest is sampled at its output data rate;
2. white noise is added. A profile's noise is that of the values that come out; a uniform error of one step
   has the variance ``step^2 / 12`` (W. R. Bennett, "Spectra of quantized signals", Bell System Technical
   Journal 27, 1948), so noise of the variance ``noise^2 - step^2 / 12`` comes before the quantiser;
3. values are rounded to the step ``2 range / 2^bits`` and held at both ends of the range;
4. where the rate is not that of the plan, the firmware's own interpolation brings it there
   (`tussis.signal.imu_clock.at_known_rate`).

What the recording's own sensor did stays in it: its noise adds to this one's, and what it did not pass is not
there.
"""

from __future__ import annotations

import hashlib
from dataclasses import astuple, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..data.imu_skew import between_rows
from ..data.recording import Recording
from .imu_clock import at_known_rate

__all__ = ["LEAST_RATE_HZ", "MOST_RATE_HZ", "MotionSensor", "as_sensed"]

LEAST_RATE_HZ = 25.0
"""Least output data rate of a sensor whose clock the library follows."""
MOST_RATE_HZ = 416.0
"""Largest such rate."""


@dataclass(frozen=True)
class MotionSensor:
    """One way to run a motion sensor.

    Attributes
    ----------
    rate_hz
        Output data rate. Only `LEAST_RATE_HZ` to `MOST_RATE_HZ` can be played or run.
    range_ms2
        Largest acceleration of an axis, in m/s2; the range goes as far below 0.
    bits
        Of a value: its step is ``2 range_ms2 / 2**bits``.
    noise_ms2
        RMS noise of one axis of acceleration as it comes out, in m/s2.
    bandwidth_hz
        What lies above is taken off before sampling; at most half the rate.
    gyroscope
        Whether there are angular rates.
    range_dps, noise_dps
        The same for angular rates, in deg/s; their bits are those of the acceleration. A range of 0 is not
        known: angular rates are then only sampled.
    name
        Part and mode, like ``lis2dh12:normal-100``.

    Raises
    ------
    ValueError
        A value is out of range; the message names the field.
    """

    rate_hz: float
    range_ms2: float
    bits: int
    noise_ms2: float
    bandwidth_hz: float
    gyroscope: bool = False
    range_dps: float = 0.0
    noise_dps: float = 0.0
    name: str = ""

    def __post_init__(self) -> None:
        checks = (
            (self.rate_hz > 0, "rate_hz", "above 0"),
            (self.range_ms2 > 0, "range_ms2", "above 0"),
            (6 <= self.bits <= 20, "bits", "6 to 20"),
            (self.noise_ms2 >= 0, "noise_ms2", "0 or more"),
            (0 < self.bandwidth_hz <= self.rate_hz / 2, "bandwidth_hz", "above 0, at most half of rate_hz"),
            (self.range_dps >= 0 and self.noise_dps >= 0, "range_dps and noise_dps", "0 or more"),
        )
        for fine, field, allowed in checks:
            if not fine:
                raise ValueError(f"motion sensor {self.name}: {field} must be {allowed}")

    @property
    def step_ms2(self) -> float:
        """Smallest difference between two values of acceleration, in m/s2."""
        return 2.0 * self.range_ms2 / 2.0**self.bits

    @property
    def key(self) -> str:
        """All that decides what it delivers, for the names of files."""
        return repr(astuple(replace(self, name="")))

    def samples(self, imu: NDArray[np.float32], rate_hz: float = 100) -> NDArray[np.float32]:
        """Play motion through the sensor; the same motion always comes out with the same noise.

        Parameters
        ----------
        imu : ndarray of float32, shape (m, 6)
            Acceleration x y z in m/s2, angular rate x y z in deg/s.
        rate_hz
            Rows per second, the plan's rate, which the firmware makes of the sensor's.

        Returns
        -------
        ndarray of float32, shape (m, 6)
            At the same rate; angular rates are NaN without a gyroscope, here or in the recording.

        Raises
        ------
        ValueError
            The library does not follow the sensor's rate.

        Examples
        --------
        >>> sensor = MotionSensor(rate_hz=100, range_ms2=32.0, bits=8, noise_ms2=0.0, bandwidth_hz=50)
        >>> sensor.samples(np.float32([[0.1, 9.7, 99.0, 0, 0, 0]]))[0, :3].tolist()
        [0.0, 9.75, 31.75]
        """
        if not LEAST_RATE_HZ <= self.rate_hz <= MOST_RATE_HZ:
            limits = f"{LEAST_RATE_HZ:g} to {MOST_RATE_HZ:g}"
            raise ValueError(f"motion sensor {self.name}: rate_hz must be {limits} to be followed")
        if not len(imu):
            return imu.copy()
        count = int(np.floor((len(imu) - 1) / rate_hz * self.rate_hz + 1e-6)) + 1
        at = np.arange(count, dtype=np.float64) * (rate_hz / self.rate_hz)
        sampled = between_rows(imu, at, min(2.0 * self.bandwidth_hz / rate_hz, 1.0))
        seed = hashlib.sha256(np.ascontiguousarray(imu).tobytes() + self.key.encode()).digest()[:8]
        white = np.random.default_rng(int.from_bytes(seed, "little")).standard_normal(sampled.shape)
        coded = np.full(sampled.shape, np.nan, np.float32)
        coded[:, :3] = _coded(sampled[:, :3], white[:, :3], self.range_ms2, self.noise_ms2, self.bits)
        if self.gyroscope and self.range_dps:
            coded[:, 3:] = _coded(sampled[:, 3:], white[:, 3:], self.range_dps, self.noise_dps, self.bits)
        elif self.gyroscope:
            coded[:, 3:] = sampled[:, 3:]
        if self.rate_hz == rate_hz:
            return coded
        made = at_known_rate(coded, self.rate_hz, round(rate_hz))[: len(imu)]
        return np.concatenate([made, np.repeat(made[-1:], len(imu) - len(made), axis=0)])


def as_sensed(recording: Recording, sensor: MotionSensor | None) -> Recording:
    """Give a recording as it would be with a sensor in place of the one it was made with.

    Parameters
    ----------
    recording
        At the plan's rate of motion.
    sensor
        None: the recording as it is, and so is one without motion.
    """
    if sensor is None or recording.imu is None:
        return recording
    return replace(recording, imu=sensor.samples(recording.imu, recording.imu_rate_hz))


def _coded(
    values: NDArray[np.float32], white: NDArray[np.float64], most: float, noise: float, bits: int
) -> NDArray[np.float32]:
    """Add noise, round to steps and hold at the ends of the range."""
    half = 2.0 ** (bits - 1)
    step = most / half
    analog = values + white * np.sqrt(max(noise**2 - step**2 / 12.0, 0.0))
    return np.asarray(np.clip(np.rint(analog / step), -half, half - 1.0) * step, np.float32)
