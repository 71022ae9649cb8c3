"""Motion samples of a clock of their own, brought to the audio's time line and to the plan's rate.

A motion sensor counts time with an oscillator that may be 5 % off the audio's and drifts. A port says with each
block which audio tick it was when the block's last sample was read. A FIFO is read late, by up to tens of
milliseconds, and never early: of several stamps the one with the least lateness is nearest to the truth.

`ImuClock` keeps a straight line through the time of the newest sample. Stamps that lie late above the line say
nothing; at the end of each *stretch* of 1, 1, 2, 4 and then 8 s the least residual is taken as the line's error,
and a loop of second order moves rate and place of the line. Between samples values are interpolated by the cubic
of Catmull and Rom through four of them (E. Catmull, R. Rom, "A class of local interpolating splines", in Computer
Aided Geometric Design, 1974); from 160 Hz up four samples are averaged, so that what the plan's rate cannot hold
is lessened.

Everything that counts time is an integer, in 1/65536 of a tick, and counts from the newest sample: nothing grows.
``firmware_stub/src/detector/imu_clock.c`` is the same in C, bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .elementary import Float32
from .plan import ImuPlan

__all__ = ["ImuClock", "StampedImu", "on_audio_time"]

TICK_HZ = 16000
ONE_TICK = 1 << 16
"""Time is counted in this fraction of a tick: 1/65536 of 1/16000 s."""

STRETCHES_S = (1, 1, 2, 4, 8)
"""Lengths of the first stretches; the last one is that of all later ones."""

GAP_TICKS = 4000
"""A step of the line longer than this, 0.25 s, says that samples were lost."""

EARLY_TICKS = 800
"""A stamp this far, 50 ms, before its sample's time on the line is not waited with: no sample is read early."""

PERIODS_TICKS = (32, 800)
"""Ticks from one sample to the next that are believed: 20 to 500 Hz."""

CUBIC_FROM = 5 / 8
PAIRS_FROM = 5 / 16
"""Interval between samples, in intervals of the plan, from which they are interpolated, or averaged in pairs."""


@dataclass(frozen=True)
class StampedImu:
    """Motion samples as a sensor gave them.

    Attributes
    ----------
    samples : float32 array, shape (n, 6)
        m/s2 and deg/s, at the sensor's own rate.
    ends : int64 array, shape (blocks,)
        Number of samples up to the end of each block, rising.
    ticks : int64 array, shape (blocks,)
        Audio tick (1/16000 s) when the block's last sample was read: at its time or up to tens of ms later.
    """

    samples: Float32
    ends: NDArray[np.int64]
    ticks: NDArray[np.int64]


@dataclass
class ImuClock:
    """The line that gives samples their time, and the places between samples that outputs come from.

    Parameters
    ----------
    step
        Time between two outputs, in 1/65536 tick.
    """

    step: int
    period: int = 0  # from one sample to the next: the rate's, and what moves the line's place
    rate_period: int = 0
    phase: int = 0  # time of the next output less that of the newest sample
    before: int = 0  # time from the sample before to the newest
    outputs: int = 0
    samples: int = 0
    stamped: bool = False
    settled: bool = False
    stretch: int = 0  # number of the present one, up to the last length
    began: int = 0  # tick of the stamp that ended the one before
    taken: int = 0  # samples since
    early: tuple[int, int] | None = None  # least residual of its first half, and how many samples had been taken
    late: tuple[int, int] | None = None  # the same of its second half
    lost: int = 0
    places: list[tuple[int, int, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.period = self.rate_period = self.before = self.step

    @property
    def newest(self) -> int:
        """Time of the newest sample, in 1/65536 tick."""
        return self.outputs * self.step - self.phase

    def place(self, n: int, tick: int) -> None:
        """Lay the line by the first stamp, before its block of `n` samples is taken."""
        span = tick * ONE_TICK
        steps = max(n - 1, 1)
        if self.samples == 0:
            if tick >= 6400 and n > 1 and abs(span // steps - self.step) * 8 > self.step:
                self._believe(span // steps)
            # the sample before the block's first
            self.phase = -(span - n * self.period) + self.outputs * self.step
        self.stamped = True
        self.began = tick

    def _believe(self, period: int) -> None:
        low, high = (ticks * ONE_TICK for ticks in PERIODS_TICKS)
        self.period = self.rate_period = min(max(period, low), high)

    def sample(self) -> None:
        """Take one sample: places of the outputs that can be made now."""
        k = self.samples
        if k == 0:
            self.before = self.period
            self.phase -= self.period if self.stamped else 0
            if -self.phase > GAP_TICKS * ONE_TICK:
                self._lose()
            while self.phase < 0:
                self._emit(k, 1, 1)
        else:
            while self.phase <= 0:
                self._emit(k, self.before + self.phase, self.before)
            self.phase -= self.period
            self.before = self.period
        if self.phase == 0:
            self._emit(k, 1, 1)
        self.samples += 1
        self.taken += 1

    def _emit(self, k: int, part: int, whole: int) -> None:
        self.places.append((k, part, whole, self.period))
        self.outputs += 1
        self.phase += self.step

    def stamp(self, tick: int) -> None:
        """Take the stamp of the newest sample."""
        residual = tick * ONE_TICK - self.newest
        length = STRETCHES_S[self.stretch] * TICK_HZ
        point = (residual, self.taken)
        if 2 * (tick - self.began) < length:
            if self.early is None or residual < self.early[0]:
                self.early = point
        elif self.late is None or residual < self.late[0]:
            self.late = point
        if residual < -EARLY_TICKS * ONE_TICK:
            self._move(residual)
        if tick - self.began >= length and self.late is not None:
            self._end_stretch(tick)

    def _end_stretch(self, tick: int) -> None:
        assert self.late is not None
        error, at = self.late
        if self.early is not None and at > self.early[1]:
            slope = _divided(error - self.early[0], at - self.early[1])
            wanted = self.period + slope - self.rate_period
            share = 0 if 8 * abs(wanted) > self.rate_period else 2 if self.settled else 1
            self._believe(self.rate_period + _divided(wanted, 1 << share))
            error += slope * (self.taken - at)
        if abs(error) > GAP_TICKS * ONE_TICK:
            self._move(error)
            error = 0
        self.settled = self.stretch == len(STRETCHES_S) - 1
        self.stretch = min(self.stretch + 1, len(STRETCHES_S) - 1)
        ahead = STRETCHES_S[self.stretch] * TICK_HZ * ONE_TICK // self.rate_period
        self.period = self.rate_period + _divided(error, 2 * ahead if self.settled else ahead)
        self.early = self.late = None
        self.taken = 0
        self.began = tick

    def _move(self, by: int) -> None:
        self.phase -= by
        self.before = max(self.before + by, 1)
        if self.early is not None:
            self.early = (self.early[0] - by, self.early[1])
        if self.late is not None:
            self.late = (self.late[0] - by, self.late[1])
        if self.phase < -GAP_TICKS * ONE_TICK:
            self._lose()

    def _lose(self) -> None:
        count = -self.phase // self.step
        self.lost += count
        self.outputs += count
        self.phase += count * self.step
        self.before = self.period


def _divided(a: int, b: int) -> int:
    """Quotient towards zero, as C divides."""
    return abs(a) // b * (1 if a >= 0 else -1)


def on_audio_time(imu: StampedImu, plan: ImuPlan | None = None) -> Float32:
    """Bring stamped samples to the plan's rate on the audio's time line, as the firmware does.

    Parameters
    ----------
    imu
        The samples and their stamps.
    plan
        Plan whose rate is wanted.

    Returns
    -------
    float32 array, shape (m, 6)
        Row j is the motion at tick ``j * 16000 / rate_hz``. Rows before the first sample repeat it; rows in a
        stretch of lost samples repeat the sample before it.
    """
    rate_hz = (plan or ImuPlan()).rate_hz
    clock = ImuClock(TICK_HZ // rate_hz * ONE_TICK)
    done = 0
    for end, tick in zip(imu.ends.tolist(), imu.ticks.tolist(), strict=True):
        if not clock.stamped:
            clock.place(end - done, tick)
        for _ in range(end - done):
            clock.sample()
        clock.stamp(tick)
        done = end
    for _ in range(len(imu.samples) - done):
        clock.sample()
    return interpolated(imu.samples, np.array(clock.places, np.int64).reshape(-1, 4), clock.step)


def interpolated(samples: Float32, places: NDArray[np.int64], step: int) -> Float32:
    """Make the outputs of a clock from its samples.

    Parameters
    ----------
    samples : float32 array, shape (n, 6)
    places : int64 array, shape (m, 4)
        Newest sample, place between the two samples before it as a ratio of two numbers, and the interval
        between samples; a ratio of 1 whose newest sample is meant itself is (k, 1, 1, interval).
    step
        Time between two outputs.

    Returns
    -------
    float32 array, shape (m, 6)
    """
    newest, part, whole, period = places.T
    f = (part.astype(np.float32) / whole.astype(np.float32)).astype(np.float32)
    weights = np.where(
        (period >= step * CUBIC_FROM)[None],
        cubic_weights(f),
        np.where((period >= step * PAIRS_FROM)[None], pair_weights(f), np.float32(0.25)),
    )
    taps = [samples[np.maximum(newest - 3 + tap, 0)] for tap in range(4)]
    terms = [weight[:, None] * tap for weight, tap in zip(weights, taps, strict=True)]
    out = ((terms[0] + terms[1]) + (terms[2] + terms[3])).astype(np.float32)
    itself = (part == 1) & (whole == 1)
    out[itself] = samples[newest[itself]]
    return np.ascontiguousarray(out)


def cubic_weights(f: Float32) -> Float32:
    """Weights of four samples for the place f, 0 to 1, between the second and the third, by Catmull and Rom."""
    g = np.float32(1) - f
    a = np.float32(0.5) * f * g
    first, last = -(a * g), -(a * f)
    return np.stack([first, g + (last - 2 * first), f + (first - 2 * last), last])


def pair_weights(f: Float32) -> Float32:
    """Weights of the mean of two neighbouring samples, interpolated for the place f."""
    half = np.float32(0.5)
    g = half * (np.float32(1) - f)
    return np.stack([g, np.full_like(f, half), half * f, np.zeros_like(f)]).astype(np.float32)
