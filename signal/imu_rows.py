"""Rows of the motion features.

Nodes, all per window: one per signal (``accx`` ... ``gyronorm``: fetched from the ring, mean removed), and
``<signal>_moments``, ``<signal>_jerk``, ``<signal>_velocity`` for the passes that several features share.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .c_expression import Constant, Variable, as_float, call
from .feature import Feature, Topic
from .kinematics import SIGNALS, VELOCITY_SIGNALS, azc_tolerances
from .node import Node

_MOMENTS = "moments of the deviation from the window's mean (population)"


@dataclass(frozen=True)
class MotionSignal:
    """One of the eight signals: its name and the variables of the generated C that belong to it.

    Attributes
    ----------
    name : str
        One of `SIGNALS`.
    samples : Variable
        The window's deviations from their mean; the declaration is the statement that fetches them.
    moments, jerk, velocity : Variable
        Results of the passes.
    """

    name: str
    samples: Variable
    moments: Variable
    jerk: Variable
    velocity: Variable

    @property
    def variables(self) -> tuple[Variable, ...]:
        """All of them, in an order in which each reads only those before it."""
        return self.samples, self.moments, self.jerk, self.velocity

    @property
    def unit(self) -> str:
        """Unit of the samples."""
        return "m/s2" if self.name.startswith("acc") else "deg/s"


def _motion_signal(name: str) -> MotionSignal:
    kind, axis = ("ACC", name[3:]) if name.startswith("acc") else ("GYRO", name[4:])
    is_norm = axis == "norm"
    node = Node(name, "norm" if is_norm else "signal", "window")
    fetch = f"tussis_norm(&signal, ring, oldest, TUSSIS_{kind});"
    if not is_norm:
        fetch = f"tussis_signal(&signal, ring, oldest, TUSSIS_{kind}_{axis.upper()});"
    samples = Variable("signal", fetch, node=node)

    def of_pass(result: str, function: str) -> Variable:
        text = f"const tussis_{function}_t {result} = tussis_{function}(&signal);"
        return Variable(result, text, (samples,), Node(f"{name}_{result}", result, "window", (node,)))

    return MotionSignal(
        name,
        samples,
        of_pass("moments", "signal_moments"),
        of_pass("jerk", "jerk"),
        of_pass("velocity", "velocity"),
    )


MOTION_SIGNALS = tuple(map(_motion_signal, SIGNALS))


def imu_rows() -> Iterator[Feature]:
    """Yield the motion features in catalogue order."""
    for signal in MOTION_SIGNALS:
        family = "acceleration" if signal.name.startswith("acc") else "rotation"
        topic = Topic(family, "imu", _MOMENTS)
        yield from _shape(topic, signal)
        yield from _azc(signal)
        yield from _energy(topic, signal)
        if signal.name in VELOCITY_SIGNALS:
            yield from _velocity(signal)


def _shape(topic: Topic, signal: MotionSignal) -> Iterator[Feature]:
    u, samples, moments = signal.unit, signal.samples.address, signal.moments.member
    length, crossings = call("tussis_line_length", samples), call("tussis_zero_crossings", samples)
    spread, kedem = call("tussis_range", samples), "Kedem, Proc. IEEE 74, 1986"
    esteller, changes = "Esteller et al., IEEE EMBS 2001", "number of sign changes of d / (n - 1)"
    for name, unit, description, formula, value, source in (
        ("line_length", u, "sum of absolute differences", "sum_i |d[i] - d[i-1]|", length, esteller),
        ("zcr", "1", "zero crossings about the mean, per sample", changes, crossings, kedem),
        ("rms", u, "standard deviation about the mean", "sqrt(m2)", moments("rms"), ""),
        ("kurtosis", "1", "kurtosis about the mean", "m4 / m2^2", moments("kurtosis"), ""),
        ("skewness", "1", "skewness about the mean", "m3 / m2^1.5", moments("skewness"), ""),
        (
            *("crest", "1", "largest absolute deviation over the rms", "max_i |d[i]| / sqrt(m2)"),
            *(moments("crest"), ""),
        ),
        ("range", u, "largest minus smallest", "max_i d[i] - min_i d[i]", spread, ""),
        ("mean", u, "mean", "mean_i x[i]", signal.samples.member("mean"), ""),
    ):
        yield topic.row(f"{signal.name}_{name}", unit, description, formula, value, source=source)


def _azc(signal: MotionSignal) -> Iterator[Feature]:
    source = "Zanetti et al., IEEE Trans. Biomed. Eng., 2022; polygon: Wall and Danielsson, CVGIP 28, 1984"
    topic, kind = Topic("azc", "imu", source), "ACC" if signal.name.startswith("acc") else "GYRO"
    for i, tolerance in enumerate(azc_tolerances(signal.name)):
        limit = Constant(f"TUSSIS_AZC_{kind}{i}")
        yield topic.row(
            f"{signal.name}_azc{i}",
            "1",
            f"approximate zero crossings, tolerance {float(tolerance):g} {signal.unit}",
            f"number of sign changes along the polygonal approximation of d within {float(tolerance):g}",
            as_float(call("tussis_azc", signal.samples.address, limit)),
        )


def _energy(topic: Topic, signal: MotionSignal) -> Iterator[Feature]:
    u, jerk = f"{signal.unit}/sample", signal.jerk.member
    halves = call("tussis_late_early_energy", signal.samples.address)
    for name, unit, description, formula, value in (
        ("jerk_rms", u, "rms of the first difference", "sqrt(mean_i j[i]^2)", jerk("rms")),
        ("jerk_max", u, "largest absolute first difference", "max_i |j[i]|", jerk("max")),
        (
            *("jerk_kurtosis", "1", "kurtosis of the first difference about zero"),
            *("mean_i j[i]^4 / (mean_i j[i]^2)^2", jerk("kurtosis")),
        ),
        (
            *("late_early", "octave", "energy of the second half over the first"),
            *("log2(sum_(i >= n/2) d[i]^2) - log2(sum_(i < n/2) d[i]^2)", halves),
        ),
    ):
        yield topic.row(f"{signal.name}_{name}", unit, description, formula, value, source="tussis")


def _velocity(signal: MotionSignal) -> Iterator[Feature]:
    topic, velocity = Topic("velocity", "imu", "tussis"), signal.velocity.member
    for name, description, formula in (
        ("rms", "rms of the integral of the deviation", "sqrt(mean_i v[i]^2)"),
        ("max", "its largest absolute value", "max_i |v[i]|"),
        ("range", "its largest minus smallest value", "max(0, max_i v[i]) - min(0, min_i v[i])"),
    ):
        yield topic.row(f"{signal.name}_velocity_{name}", "m/s", description, formula, velocity(name))
