"""Motion rows of the catalogue: ``id | unit | cost nodes | description | C expression``.

Cost nodes, per window: one per signal (``accx`` ... ``gyronorm``: fetched from the ring, mean removed), and
``<signal>_moments``, ``<signal>_jerk``, ``<signal>_velocity`` for the passes that several features share. The
C expressions call the samples ``signal`` and the results of the passes ``moments``, ``jerk``, ``velocity``.
"""

from __future__ import annotations

from collections.abc import Iterator

from .feature import Feature, read_rows
from .kinematics import SIGNALS, VELOCITY_SIGNALS, azc_tolerances

_SIGNAL = """
{s}_line_length | {u} | {s} | sum of absolute differences | tussis_line_length(&signal)
{s}_zcr | 1 | {s} | zero crossings about the mean, per sample | tussis_zero_crossings(&signal)
{s}_rms | {u} | {s} {s}_moments | standard deviation about the mean | moments.rms
{s}_kurtosis | 1 | {s} {s}_moments | kurtosis about the mean | moments.kurtosis
{s}_skewness | 1 | {s} {s}_moments | skewness about the mean | moments.skewness
{s}_crest | 1 | {s} {s}_moments | largest absolute deviation over the rms | moments.crest
{s}_range | {u} | {s} | largest minus smallest | tussis_range(&signal)
{s}_mean | {u} | {s} | mean | signal.mean
"""

_AZC = """
{s}_azc{i} | 1 | {s} | approximate zero crossings, tolerance {t:g} {u} | (float)tussis_azc(&signal, {c})
"""

_ENERGY = """
{s}_jerk_rms | {u}/sample | {s} {s}_jerk | rms of the first difference | jerk.rms
{s}_jerk_max | {u}/sample | {s} {s}_jerk | largest absolute first difference | jerk.max
{s}_jerk_kurtosis | 1 | {s} {s}_jerk | kurtosis of the first difference about zero | jerk.kurtosis
{s}_late_early | octave | {s} | energy of the second half over the first | tussis_late_early_energy(&signal)
"""

_VELOCITY = """
{s}_velocity_rms | m/s | {s} {s}_velocity | rms of the integral of the deviation | velocity.rms
{s}_velocity_max | m/s | {s} {s}_velocity | its largest absolute value | velocity.max
{s}_velocity_range | m/s | {s} {s}_velocity | its largest minus smallest value | velocity.range
"""


def imu_rows() -> Iterator[Feature]:
    """Yield the motion features in catalogue order."""
    for s in SIGNALS:
        u, family = ("m/s2", "acceleration") if s.startswith("acc") else ("deg/s", "rotation")
        yield from read_rows(_SIGNAL, family, "imu", s=s, u=u)
        for i, tolerance in enumerate(azc_tolerances(s)):
            c = f"TUSSIS_AZC_{'ACC' if s.startswith('acc') else 'GYRO'}{i}"
            yield from read_rows(_AZC, "azc", "imu", s=s, u=u, i=i, t=float(tolerance), c=c)
        yield from read_rows(_ENERGY, family, "imu", s=s, u=u)
        if s in VELOCITY_SIGNALS:
            yield from read_rows(_VELOCITY, "velocity", "imu", s=s)
