"""Motion samples of a clock of their own, brought to the audio's time line and to the plan's rate.

A motion sensor counts time with an oscillator that may be 5 % off the audio's and drifts. A port says with
each block which audio tick it was when the block's last sample was read. A FIFO is read late, by up to tens
of milliseconds, and never early: of several stamps the one with the least lateness is nearest to the truth.

`ImuClock` keeps a straight line through the time of the newest sample. Stamps that lie late above the line
say nothing. From the second half of each *stretch* of 1, 1, 2, 4 and then 8 s the lowest stamp is taken. The
slope from the one before to it moves the line's rate, by a half, later by a quarter; its distance from the
line is made up during the next stretch, later half of it. Stamps that are 0.25 s late for a second say that
samples are missing. Where stamps lie as even as the samples, to 8 ms, the first stretches move rate and place
at once.

Between samples values are interpolated by cubic convolution of four of them (R. G. Keys, "Cubic convolution
interpolation for digital image processing", IEEE Trans. ASSP 29(6), 1981). From 160 Hz up two, and from
320 Hz up four samples are averaged, so that what the plan's rate cannot hold is lessened.

Everything that counts time is an integer, in 1/65536 of a tick, and counts from the newest sample.
``firmware_stub/src/detector/imu_clock.c`` is the same in C, bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .elementary import Float32
from .plan import ImuPlan

__all__ = ["ImuClock", "StampedImu", "at_known_rate", "on_audio_time"]

TICK_HZ = 16000
ONE_TICK = 1 << 16
"""Time is counted in this fraction of a tick: 1/65536 of 1/16000 s."""

STRETCHES_S = (1, 1, 2, 4, 8)
"""Lengths of the first stretches; the last one is that of all later ones."""

STEADY_TICKS = 128
"""Residuals that step by no more than this, 8 ms, are those of stamps without lateness."""

KNOWN_STRETCH = 2
"""First stretch before which the rate is known."""

GAP_TICKS = 4000
"""A step of the line longer than this, 0.25 s, says that samples were lost."""

EARLY_TICKS = 800
"""A stamp this far, 50 ms, before its sample's time on the line moves it at once: no sample is read early."""

SPACING_TICKS = 640
"""Stamps sooner than 40 ms after one that was used are not: they would say the same."""

MOST_AHEAD = 1 << 30
"""Furthest that the next output is after the newest sample: a second."""

TELLING_TICKS = 6400
"""Length of a first block, 0.4 s, from which it says what the sensor's rate is."""

PERIODS_TICKS = (32, 800)
"""Ticks from one sample to the next that are believed: 20 to 500 Hz."""


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


class _Point(NamedTuple):
    """The stamp that lies lowest above the line, and how many samples of the stretch had come."""

    residual: int
    tick: int
    at: int


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
    fresh: bool = True
    gap: int | None = None  # least residual of the stamps in a row that lie so late that samples are missing
    gap_began: int = 0
    last: int | None = None  # residual of the stamp before
    jitter: int = 0  # largest step of the residuals in this stretch
    unused: int = 0  # samples since a stamp that was used
    spacing: int = 0  # samples from one used stamp to the next at least
    stretch: int = 0  # number of the present one, up to the last length
    began: int = 0  # tick of the stamp that ended the one before
    taken: int = 0  # samples since
    early: _Point | None = None  # the stretch before's; of the first one that of its first half
    late: _Point | None = None  # this stretch's
    places: list[tuple[int, int, int, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._believe(self.step)
        self.before = self.period

    @property
    def newest(self) -> int:
        """Time of the newest sample, in 1/65536 tick."""
        return self.outputs * self.step - self.phase

    def place(self, n: int, tick: int) -> None:
        """Lay the line by the first stamp, before its block of `n` samples is taken."""
        span = tick * ONE_TICK
        steps = n - 1
        self.stamped = True
        self.began = tick
        self.taken = 0
        self.unused = 255
        self.fresh = True
        if self.samples:
            return
        if tick >= TELLING_TICKS and steps and abs(span // steps - self.step) * 8 > self.step:
            self._believe(span // steps)
        self._set_phase(self.outputs * self.step - (span - steps * self.period))

    def follow(self, rate_hz: float) -> None:
        """Take samples to come at a known rate, the first one at time 0."""
        self._believe(round(TICK_HZ * ONE_TICK / rate_hz))
        self.before = self.period

    def _believe(self, period: int) -> None:
        low, high = (ticks * ONE_TICK for ticks in PERIODS_TICKS)
        self.period = self.rate_period = min(max(period, low), high)
        self.spacing = SPACING_TICKS * ONE_TICK // self.rate_period

    def sample(self) -> None:
        """Take one sample: places of the outputs that can be made now."""
        k = self.samples
        if k == 0:
            self.before = self.period
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
        self.unused += 1

    def _emit(self, k: int, part: int, whole: int) -> None:
        self.places.append((self.outputs, k, part, whole, self.period))
        self.outputs += 1
        self.phase += self.step

    def stamp(self, tick: int) -> None:
        """Take the stamp of the newest sample."""
        if self.unused < self.spacing:
            return
        self.unused = 0
        residual = tick * ONE_TICK - self.newest
        if self._leap(residual, tick):
            return
        if self.last is not None:
            self.jitter = max(self.jitter, abs(residual - self.last))
        self.last = residual
        length = STRETCHES_S[self.stretch] * TICK_HZ
        point = _Point(residual, tick, self.taken)
        if 2 * (tick - self.began) >= length:
            if self.late is None or residual < self.late.residual:
                self.late = point
        elif self.fresh and (self.early is None or residual < self.early.residual):
            self.early = point
        if residual < -EARLY_TICKS * ONE_TICK:
            self._move(residual)
        if tick - self.began >= length:
            self._end_stretch(tick)

    def _leap(self, residual: int, tick: int) -> bool:
        """Go on behind a gap, with the same rate, once all stamps of a second say that samples lack."""
        if residual <= GAP_TICKS * ONE_TICK or self.stretch < KNOWN_STRETCH:
            self.gap = None
            return False
        if self.gap is None:
            self.gap_began, self.gap = tick, residual
        self.gap = min(self.gap, residual)
        if tick - self.gap_began < TICK_HZ:
            return False
        by = self.gap
        self._move(by)
        self.period = self.rate_period
        self.early, self.late, self.fresh = _Point(residual - by, tick, 0), None, True
        self.stretch, self.taken, self.began = KNOWN_STRETCH, 0, tick
        return True

    def _end_stretch(self, tick: int) -> None:
        assert self.late is not None
        assert self.early is not None
        old, late = self.period, self.late
        span = (late.tick - self.early.tick) * ONE_TICK
        wanted = _divided(span, max(late.at - self.early.at, 1)) - self.rate_period
        steady = not self.settled and self.jitter <= STEADY_TICKS * ONE_TICK
        share = 1 if steady or 8 * abs(wanted) > self.rate_period else 4 if self.settled else 2
        self._believe(self.rate_period + _divided(wanted, share))
        error = late.residual + (self.rate_period - old) * (self.taken - late.at)
        if steady or abs(error) > GAP_TICKS * ONE_TICK:
            self._move(error)
            error = 0
        self.settled = self.stretch == len(STRETCHES_S) - 1
        self.stretch = min(self.stretch + 1, len(STRETCHES_S) - 1)
        ahead = STRETCHES_S[self.stretch] * TICK_HZ * ONE_TICK // self.rate_period
        period = self.rate_period + _divided(error, 2 * ahead if self.settled else ahead)
        self.period = min(max(period, 1), PERIODS_TICKS[1] * ONE_TICK)
        self.early = _Point(0, late.tick, late.at - self.taken)
        self.fresh = False
        self.late = None
        self.jitter = self.taken = 0
        self.began = tick

    def _move(self, by: int) -> None:
        """Move the line: the newest sample is later than thought."""
        self.gap = None
        if self.last is not None:
            self.last -= by
        self.before = min(max(self.before + by, 1), MOST_AHEAD)
        if self.early is not None:
            self.early = self.early._replace(residual=self.early.residual - by)
        if self.late is not None:
            self.late = self.late._replace(residual=self.late.residual - by)
        self._set_phase(self.phase - by)

    def _set_phase(self, phase: int) -> None:
        self.phase = min(phase, MOST_AHEAD)
        if phase < -GAP_TICKS * ONE_TICK:
            count = -(phase // self.step)
            self.outputs += count
            self.phase += count * self.step
            self.before = self.period


def _divided(a: int, b: int) -> int:
    """Quotient towards zero, as C divides."""
    return abs(a) // b * (1 if a >= 0 else -1)


def on_audio_time(imu: StampedImu, plan: ImuPlan | None = None) -> tuple[Float32, NDArray[np.bool_]]:
    """Bring stamped samples to the plan's rate on the audio's time line, as the firmware does.

    Parameters
    ----------
    imu
        The samples and their stamps.
    plan
        Plan whose rate is wanted.

    Returns
    -------
    samples : float32 array, shape (m, 6)
        Row j is the motion at tick ``j * 16000 / rate_hz``. Rows before the first sample repeat it; rows in a
        stretch of lost samples repeat the sample before it.
    lost : bool array, shape (m,)
        Rows in such a stretch.
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
    return _interpolated(imu.samples, np.array(clock.places, np.int64).reshape(-1, 5), clock.step)


def at_known_rate(samples: Float32, rate_hz: float, wanted_hz: int = 100) -> Float32:
    """Bring samples to the plan's rate as the firmware does once it knows how fast the sensor is.

    Parameters
    ----------
    samples : float32 array, shape (n, 6)
        m/s2 and deg/s, the first one at time 0.
    rate_hz
        The sensor's rate by the audio's clock, 20 to 500.
    wanted_hz
        The plan's rate.

    Returns
    -------
    float32 array, shape (m, 6)
        Row j is the motion at ``j / wanted_hz`` seconds, up to the time of the last sample.

    Examples
    --------
    >>> ramp = np.repeat(np.arange(50, dtype=np.float32)[:, None], 6, axis=1)
    >>> at_known_rate(ramp, 50.0)[10:15, 0].tolist()
    [5.0, 5.5, 6.0, 6.5, 7.0]
    """
    clock = ImuClock(TICK_HZ // wanted_hz * ONE_TICK)
    clock.follow(rate_hz)
    for _ in range(len(samples)):
        clock.sample()
    return _interpolated(samples, np.array(clock.places, np.int64).reshape(-1, 5), clock.step)[0]


def _interpolated(
    samples: Float32, places: NDArray[np.int64], step: int
) -> tuple[Float32, NDArray[np.bool_]]:
    """Make the outputs of a clock from its samples; outputs without a place repeat the one before."""
    if not len(places):
        return np.zeros((0, 6), np.float32), np.zeros(0, np.bool_)
    output, newest, part, whole, period = places.T
    few = (8 * period >= 5 * step)[None]
    some = (16 * period >= 5 * step)[None]
    place = part.astype(np.float32)
    whole_f = whole.astype(np.float32)
    weights = np.where(
        few,
        cubic_weights(place * (np.float32(1) / whole_f)),
        np.where(some, pair_weights(place * (np.float32(0.5) / whole_f)), _MEAN_WEIGHTS[:, None]),
    )
    taps = [weights[tap][:, None] * samples[np.maximum(newest - 3 + tap, 0)] for tap in range(4)]
    made = (taps[1] - taps[0]) + (taps[2] - taps[3])
    itself = (part == 1) & (whole == 1)
    made[itself] = samples[newest[itself]]
    source = np.searchsorted(output, np.arange(output[-1] + 1), side="right") - 1
    lost = np.ones(len(source), np.bool_)
    lost[output] = False
    return np.ascontiguousarray(made[np.maximum(source, 0)], np.float32), lost


_MEAN_WEIGHTS: Float32 = np.array([-0.25, 0.25, 0.25, -0.25], np.float32)
"""The mean of four samples, as `cubic_weights` are."""


def cubic_weights(f: Float32) -> Float32:
    """Weigh four samples for the place f, 0 to 1, between the second and the third.

    Keys' cubic convolution with a = -1, which keeps the noise that features of motion see: 0.81 of its power
    half way between two samples, where a = -1/2 keeps 0.64 and a straight line 0.5. With g = 1 - f the first
    weight is -f g g, the second g + f g g, the third f + f f g and the fourth -f f g.

    Returns
    -------
    float32 array, shape (4, ...)
        First and fourth without their minus, as the C subtracts their products.
    """
    g = np.float32(1) - f
    product = f * g
    first, fourth = product * g, product * f
    return np.stack([first, g + first, f + fourth, fourth])


def pair_weights(half: Float32) -> Float32:
    """Weigh four samples, as `cubic_weights` does, for the mean of two neighbours; half of f is given."""
    rest = half - np.float32(0.5)
    return np.stack([rest, np.full_like(half, 0.5), half, np.full_like(half, -0.0)])
