"""When movement wakes a microphone: the comparator of a low-power accelerometer, sample by sample.

Sensors have it in hardware (high-pass filter and threshold interrupt of the ST LIS2DH12, wake-up of the
LIS2DW12 and LSM6DSO, activity detection of the ADXL367), at no computing. On real chests 0.4 m/s2 behind a
high-pass of 2 Hz fires for 99 % of coughs, half of them before the sound and 90 % within 0.14 s of it; a
window of the motion model ends up to half a second later.

The rule, in integers of 1/4096 m/s2 so that any machine decides the same; per axis of the acceleration

    x      = trunc(4096 acc), bounded to +-500 m/s2
    y      = x - floor(m / 64)                     the high-passed sample
    m     <- m + floor(weight (64 x - m) / 65536)  the mean that follows, 64 x at the first sample
    weight = round(65536 (1 - exp(-2 pi corner / rate)))

and for the largest |y| of the three, a,

    threshold = max(least, min(floor(16 factor floor(e / 64) / 16), bound))
    e        <- e + floor((64 min(a, bound) - e) / 512)   the wearer's movement, over 5 s

A sample *crosses* where ``a >= threshold``: 0.4 m/s2 at rest, 2.5 times the mean while the wearer walks, or
each step would wake the microphone; firmware sets the threshold of a comparator in hardware so once a
second. A sample that was lost crosses too, and each one once an axis has kept its value for
`STUCK_SAMPLES`: a sensor that does not measure must not keep the microphone off. So does the end of a
window of motion that opens the gate. From the first of these the microphone is switched on, and hears after
its start-up; it goes off `hold` after the last. Where the motion ends while the sound goes on for `DEAD_S`,
it is on.

``firmware_stub/src/detector/wake.c`` is the same in C.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from ...data.large_sound import copy_sound, silence_of_length
from ...data.recording import Recording
from ...signal.plan import ImuPlan
from .gate import TICK_HZ

__all__ = [
    "BOUND_FOLLOWED_MS2",
    "BOUND_MS2",
    "DEAD_S",
    "STUCK_SAMPLES",
    "UNITS_PER_MS2",
    "HeardRecording",
    "MotionWake",
    "heard",
    "heard_recording",
    "switched_recording",
]

UNITS_PER_MS2 = 4096
"""Integer units in which the comparator works, per m/s2."""
BOUND_MS2 = 500
"""Accelerations are bounded to this before they are made integers."""
BOUND_FOLLOWED_MS2 = 8
"""Largest threshold, and largest sample that the wearer's movement counts."""
STUCK_SAMPLES = 425
"""Samples of one value before an axis counts as stuck: as long as sixteen windows of the motion model."""
_CHUNK_SAMPLES = 1 << 16
DEAD_S = 2.0
"""Time without a sample after which the sensor counts as dead."""


@dataclass(frozen=True)
class MotionWake:
    """Settings of the comparator.

    Attributes
    ----------
    threshold_ms2
        High-passed acceleration from which a sample crosses at rest, in m/s2.
    factor
        The threshold while the wearer moves, in parts of the mean high-passed acceleration.
    hold_s
        For how long after the last crossing the microphone stays on, in seconds.
    corner_hz
        Corner of the high-pass, in Hz.
    """

    threshold_ms2: float = 0.4
    factor: float = 2.5
    hold_s: float = 0.64
    corner_hz: float = 2.0

    @property
    def threshold(self) -> int:
        """`threshold_ms2` in units of the comparator."""
        return math.ceil(self.threshold_ms2 * UNITS_PER_MS2)

    @property
    def hold_ticks(self) -> int:
        """`hold_s` in ticks of 1/16000 s."""
        return round(self.hold_s * TICK_HZ)

    def weight(self, rate_hz: int) -> int:
        """Weight of a sample in the mean that follows, in 1/65536."""
        return round(65536 * (1 - math.exp(-2 * math.pi * self.corner_hz / rate_hz)))

    def crossings(
        self, imu: NDArray[np.float32], rate_hz: int, lost: NDArray[np.bool_] | None = None
    ) -> NDArray[np.bool_]:
        """Say which samples cross.

        Parameters
        ----------
        imu : ndarray of float32, shape (m, 6)
            Acceleration x y z in m/s2, then angular rates. Values that are not finite count as 0.
        rate_hz
            Samples per second.
        lost : ndarray of bool, shape (m,)
            Samples that were never measured.

        Returns
        -------
        ndarray of bool, shape (m,)

        Examples
        --------
        >>> still = np.tile(np.float32([0.0, 9.8, 0.0, 0, 0, 0]), (100, 1))
        >>> still[50, 1] = 10.3
        >>> np.flatnonzero(MotionWake().crossings(still, 100)).tolist()
        [50]
        """
        crossed = np.zeros(len(imu), np.bool_) if lost is None else lost.copy()
        weight, bound = self.weight(rate_hz), BOUND_FOLLOWED_MS2 * UNITS_PER_MS2
        factor = round(16 * self.factor)
        mean = [64 * x for x in _units(imu[:1])[0].tolist()] if len(imu) else []
        followed = 0
        for start in range(0, len(imu), _CHUNK_SAMPLES):
            before = max(start - STUCK_SAMPLES, 0)
            units = _units(imu[before : start + _CHUNK_SAMPLES])
            crossed[start : start + _CHUNK_SAMPLES] |= _stuck(units)[start - before :]
            for number, sample in enumerate(units[start - before :].tolist(), start):
                largest = max(abs(x - (m >> 6)) for x, m in zip(sample, mean, strict=True))
                crossed[number] |= largest >= max(self.threshold, min((factor * (followed >> 6)) >> 4, bound))
                followed += (64 * min(largest, bound) - followed) >> 9
                mean = [m + ((weight * (64 * x - m)) >> 16) for x, m in zip(sample, mean, strict=True)]
        return crossed


def _units(imu: NDArray[np.float32]) -> NDArray[np.int64]:
    """Acceleration in integer units, shape ``(m, 3)``."""
    bounded = np.clip(np.nan_to_num(imu[:, :3], nan=0.0, posinf=0.0, neginf=0.0), -BOUND_MS2, BOUND_MS2)
    return np.asarray((bounded * np.float32(UNITS_PER_MS2)).astype(np.int64))


def _stuck(units: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say before which samples an axis has kept its value for too long; `STUCK_SAMPLES` decide."""
    number = np.arange(len(units))[:, None]
    changed = np.ones(units.shape, np.bool_)
    changed[1:] = units[1:] != units[:-1]
    since = number - np.maximum.accumulate(np.where(changed, number, 0), axis=0)
    return np.asarray((since >= STUCK_SAMPLES).any(axis=1))


def heard(
    woken_ticks: NDArray[np.int64], dead_tick: int, n_ticks: int, start_ticks: int, hold_ticks: int
) -> NDArray[np.int64]:
    """Stretches that the microphone hears.

    Parameters
    ----------
    woken_ticks : ndarray of int64, shape (n,)
        When something asked for it, in ticks of 1/16000 s, in any order.
    dead_tick
        From when on the motion sensor is dead and the microphone on.
    n_ticks
        Length of the sound.
    start_ticks, hold_ticks
        Start-up of the microphone, and how long it stays on after the last that asked.

    Returns
    -------
    ndarray of int64, shape (n, 2)
        First tick and the tick after the last one; in order, apart from one another.

    Examples
    --------
    >>> heard(np.array([16000, 19360]), 99999, 48000, 512, 16000).tolist()
    [[16512, 35360]]
    """
    at = np.sort(np.asarray(woken_ticks, np.int64))
    off = at + hold_ticks
    if dead_tick < n_ticks:
        at = np.append(at[at < dead_tick], dead_tick)
        off = np.append(off[: len(at) - 1], n_ticks)
    first = np.ones(len(at), np.bool_)
    first[1:] = at[1:] > off[:-1]
    last = np.append(first[1:], True)[: len(at)]
    stretches = np.minimum(np.column_stack([at[first] + start_ticks, off[last]]), n_ticks)
    return np.asarray(stretches[stretches[:, 0] < stretches[:, 1]])


class HeardRecording(NamedTuple):
    """A recording as a microphone delivers it that sleeps.

    Attributes
    ----------
    recording
        Silence where the microphone is off.
    duty
        Share of the time for which it is switched on, its start-up included.
    heard : ndarray of int64, shape (n, 2)
        First sample and the sample after the last one of each stretch that it hears, in order.
    """

    recording: Recording
    duty: float
    heard: NDArray[np.int64]

    @classmethod
    def whole(cls, recording: Recording) -> Self:
        """Give a recording whose microphone is always on."""
        return cls(recording, 1.0, np.array([[0, len(recording.audio)]], np.int64))


def heard_recording(
    recording: Recording,
    plan: ImuPlan,
    gate_hits: NDArray[np.bool_],
    start_ticks: int,
    wake: MotionWake | None = None,
) -> HeardRecording:
    """Give a recording as a microphone delivers it that movement wakes.

    Parameters
    ----------
    recording
        A recording with motion.
    plan
        Of the motion's windows.
    gate_hits : ndarray of bool, shape (n_imu_windows,)
        Windows for which the gate opens.
    start_ticks
        Start-up of the microphone, in ticks of 1/16000 s.
    wake
        Settings of the comparator.
    """
    assert recording.imu is not None
    wake = wake or MotionWake()
    sample = TICK_HZ // plan.rate_hz
    crossings = np.flatnonzero(wake.crossings(recording.imu, plan.rate_hz, recording.imu_lost)) + 1
    windows = plan.window + plan.hop * np.flatnonzero(gate_hits)
    woken = np.concatenate([crossings, windows]).astype(np.int64) * sample
    dead = len(recording.imu) * sample + round(DEAD_S * TICK_HZ)
    return switched_recording(recording, woken, start_ticks, wake.hold_ticks, dead)


def switched_recording(
    recording: Recording,
    woken_ticks: NDArray[np.int64],
    start_ticks: int,
    hold_ticks: int,
    dead_tick: int | None = None,
) -> HeardRecording:
    """Give a recording as a microphone delivers it that is switched on and off.

    Parameters
    ----------
    recording
        A recording with sound.
    woken_ticks, start_ticks, hold_ticks, dead_tick
        As for `heard`; None: nothing is dead.
    """
    rate_hz = recording.audio_rate_hz
    n_ticks = -(-len(recording.audio) * TICK_HZ // rate_hz)
    dead = n_ticks if dead_tick is None else dead_tick
    audio = silence_of_length(len(recording.audio))
    samples = -(-heard(woken_ticks, dead, n_ticks, start_ticks, hold_ticks) * rate_hz // TICK_HZ)
    for first, end in samples.tolist():
        copy_sound(recording.audio[first:end], audio[first:end])
    on = heard(woken_ticks, dead, n_ticks, 0, hold_ticks)
    duty = float((on[:, 1] - on[:, 0]).sum() / n_ticks) if n_ticks else 0.0
    return HeardRecording(replace(recording, audio=audio), duty, samples)
