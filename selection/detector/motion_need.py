"""What a detector needs of the motion sensor: the operating point it was taught at, or the usual one.

One rule says which sensors suffice, for the board of a budget, for `estimate` and for `study wake`
(`MotionNeed.lacks`). The C refuses rates by the same section (`MotionNeed.rates_hz`).
"""

from __future__ import annotations

from typing import Annotated, NamedTuple, Self

from pydantic import Field, model_validator

from ...signal.motion_sensor import LEAST_RATE_HZ, MOST_RATE_HZ, MotionSensor
from ...signal.plan import ImuPlan
from .section import Section

__all__ = ["RATE_TOLERANCE", "USUAL_BITS", "USUAL_RANGE_MS2", "Lack", "MotionNeed"]

RATE_TOLERANCE = 0.05
"""By how much a sensor's nominal rate may lie below the rate that a detector asks for."""

USUAL_RANGE_MS2 = 4 * 9.80665
USUAL_BITS = 10
"""Of a detector that was taught by recordings as they are: 4 g in steps of 7.8 mg, as a LIS2DH12 gives in its
normal mode. docs/battery.md says what the gate loses there."""


class Lack(NamedTuple):
    """One thing that a sensor does not give.

    Attributes
    ----------
    what
        What is needed.
    given
        What the sensor gives in its place.
    refused
        Whether the detector cannot run: without its rate or its gyroscope. Else it runs on coarser values
        than it was taught by.
    """

    what: str
    given: str
    refused: bool


class MotionNeed(Section):
    """What a detector's motion model needs, the section ``motion_sensor`` of the detector file.

    Parameters
    ----------
    gyroscope
        Whether a feature looks at angular rates.
    rate_hz
        Output data rate of the sensor; 5 % less is enough.
    range_ms2
        Range of an axis, in m/s2.
    bits
        Of a value over twice the range: a step may be no larger, or no larger than the usual 7.8 mg.
    noise_ms2
        RMS noise of one axis that it was taught with, in m/s2; 0: none was added to the recordings.
    bandwidth_hz
        Bandwidth that it was taught with.
    operating_point
        The sensor and mode it was taught at, like ``lis2dh12:normal-100``; empty: recordings as they are.
    """

    gyroscope: bool
    rate_hz: Annotated[float, Field(ge=10.0, le=1000.0)]
    range_ms2: Annotated[float, Field(gt=0.0, le=4000.0)]
    bits: Annotated[int, Field(ge=6, le=20)]
    noise_ms2: Annotated[float, Field(ge=0.0, le=100.0)]
    bandwidth_hz: Annotated[float, Field(gt=0.0, le=500.0)]
    operating_point: Annotated[str, Field(max_length=100, pattern=r"^[A-Za-z0-9_.+:-]*$")] = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.bandwidth_hz > self.rate_hz / 2:
            raise ValueError("bandwidth_hz is above half of rate_hz")
        if self.operating_point and not LEAST_RATE_HZ <= self.rate_hz <= MOST_RATE_HZ:
            raise ValueError(f"rate_hz of an operating point must be {LEAST_RATE_HZ:g} to {MOST_RATE_HZ:g}")
        return self

    @classmethod
    def of(cls, plan: ImuPlan, sensor: MotionSensor | None = None, *, gyroscope: bool = False) -> MotionNeed:
        """Say what a model needs that was taught through a sensor, or by recordings as they are."""
        if sensor is None:
            return cls(
                gyroscope=gyroscope,
                rate_hz=float(plan.rate_hz),
                range_ms2=USUAL_RANGE_MS2,
                bits=USUAL_BITS,
                noise_ms2=0.0,
                bandwidth_hz=plan.rate_hz / 2,
            )
        return cls(
            gyroscope=gyroscope,
            rate_hz=sensor.rate_hz,
            range_ms2=sensor.range_ms2,
            bits=sensor.bits,
            noise_ms2=sensor.noise_ms2,
            bandwidth_hz=sensor.bandwidth_hz,
            operating_point=sensor.name,
        )

    @property
    def step_ms2(self) -> float:
        """Largest step that suffices, in m/s2: its own, or the usual one where that is larger.

        Finer steps than the usual ones made no difference to the gate (docs/battery.md).
        """
        return max(2.0 * self.range_ms2 / 2.0**self.bits, 2.0 * USUAL_RANGE_MS2 / 2.0**USUAL_BITS)

    @property
    def rates_hz(self) -> tuple[float, float]:
        """Least and largest output data rate of a sensor that the C accepts; each may be off by 5 %.

        One that was taught at an operating point takes no slower sensor. One that was taught by
        recordings as they are takes what the library's clock follows: docs/sensors.md
        says what 26 Hz costs it.
        """
        return (self.rate_hz if self.operating_point else LEAST_RATE_HZ), MOST_RATE_HZ

    @property
    def line(self) -> str:
        """All of it in one line."""
        axes = "accelerometer and gyroscope" if self.gyroscope else "accelerometer only"
        taught = f", taught at {self.operating_point}" if self.operating_point else ""
        noise = f", noise {self.noise_ms2:.3g} m/s2" if self.noise_ms2 else ""
        return (
            f"motion sensor: {axes}, {self.rate_hz:g} Hz, +-{self.range_ms2:.3g} m/s2 in {self.bits} bits"
            f"{noise}, up to {self.bandwidth_hz:g} Hz{taught}"
        )

    def lacks(self, sensor: MotionSensor) -> tuple[Lack, ...]:
        """Name what a sensor does not give of this, the worst first.

        Examples
        --------
        >>> need = MotionNeed.of(ImuPlan())
        >>> coarse = MotionSensor(100, 4 * 9.80665, 8, 0.1, 50)
        >>> [(lack.what, lack.given) for lack in need.lacks(coarse)]
        [('steps of at most 0.0766 m/s2', '0.306')]
        """
        found = []
        if self.gyroscope and not sensor.gyroscope:
            found.append(Lack("angular rates", "none", refused=True))
        if sensor.rate_hz < (1 - RATE_TOLERANCE) * self.rate_hz:
            found.append(Lack(f"{self.rate_hz:g} Hz", f"{sensor.rate_hz:g} Hz", refused=True))
        if sensor.rate_hz > self.rates_hz[1]:
            found.append(Lack(f"at most {self.rates_hz[1]:g} Hz", f"{sensor.rate_hz:g} Hz", refused=True))
        if sensor.range_ms2 < (1 - 1e-6) * self.range_ms2:
            what = f"a range of {self.range_ms2:.3g} m/s2"
            found.append(Lack(what, f"{sensor.range_ms2:.3g}", refused=False))
        if sensor.step_ms2 > (1 + 1e-6) * self.step_ms2:
            what = f"steps of at most {self.step_ms2:.3g} m/s2"
            found.append(Lack(what, f"{sensor.step_ms2:.3g}", refused=False))
        if sensor.bandwidth_hz < (1 - RATE_TOLERANCE) * self.bandwidth_hz:
            what = f"a bandwidth of {self.bandwidth_hz:g} Hz"
            found.append(Lack(what, f"{sensor.bandwidth_hz:g}", refused=False))
        return tuple(found)
