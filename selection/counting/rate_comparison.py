"""Cough rates of conditions compared: a treatment against none, nights against days."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...data.input_error import InputError
from .detected_recording import DetectedRecording
from .rate_interval import dispersion, hourly_stretches, rate_interval

if TYPE_CHECKING:
    from statsmodels.genmod.generalized_estimating_equations import GEEResults

__all__ = ["Comparison", "ConditionRate", "RateRatio", "SubjectRate", "compare_rates"]

Design = Literal["within subjects", "between subjects", "within and between subjects", "one subject"]


class SubjectRate(NamedTuple):
    """One subject in one condition; `low` and `high` bound the rate, over hours like those recorded."""

    subject: str
    condition: str
    recordings: int
    hours: float
    coughs: int
    coughs_per_hour: float | None
    low: float | None
    high: float | None


class ConditionRate(NamedTuple):
    """One condition over its subjects; `low` and `high` bound the mean rate of people like them."""

    condition: str
    subjects: int
    recordings: int
    hours: float
    coughs: int
    coughs_per_hour: float | None
    low: float | None
    high: float | None


class RateRatio(NamedTuple):
    """Rate of a condition by that of the reference, with its 95 % interval, and the p of a ratio of 1."""

    condition: str
    reference: str
    ratio: float
    low: float
    high: float
    p: float


@dataclass(frozen=True)
class Comparison:
    """What `compare_rates` found.

    Parameters
    ----------
    by
        What the conditions are conditions of.
    design
        Whether subjects were in several conditions.
    subjects, conditions
        Rates. Without a model the rates of conditions are coughs by hours, without intervals.
    ratios
        Every condition against the reference; empty without a model.
    model
        What was fitted, in words; empty if nothing was.
    reason
        Why nothing was; else empty.
    left_out
        Recordings that belong to no condition.
    """

    by: str
    design: Design
    subjects: tuple[SubjectRate, ...]
    conditions: tuple[ConditionRate, ...]
    ratios: tuple[RateRatio, ...]
    model: str
    reason: str
    left_out: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Render for JSON."""
        return asdict(self) | {
            "subjects": [row._asdict() for row in self.subjects],
            "conditions": [row._asdict() for row in self.conditions],
            "ratios": [row._asdict() for row in self.ratios],
        }


class _Cells(NamedTuple):
    """Sums by subject and condition: indices, counts and hours, each of shape (n,)."""

    subject: NDArray[np.intp]
    condition: NDArray[np.intp]
    coughs: NDArray[np.float64]
    hours: NDArray[np.float64]


class _Fit(NamedTuple):
    """Logarithms of the rates of conditions, their covariance, degrees of freedom, and the model in words."""

    log_rate: NDArray[np.float64]
    covariance: NDArray[np.float64]
    freedom: int
    words: str


def compare_rates(
    recordings: Sequence[DetectedRecording],
    condition_of: Mapping[str, str],
    *,
    by: str,
    reference: str | None = None,
) -> Comparison:
    """Compare coughs per hour between conditions.

    The coughs and hours of a subject in a condition are summed. Their counts follow a negative-binomial
    model with the hours as exposure, fitted by generalized estimating equations, so that those of a subject
    may resemble each other (K.-Y. Liang and S. L. Zeger, Biometrika 73 (1986) 13), with the dispersion of
    N. E. Breslow (Applied Statistics 33 (1984) 38) and the covariance for few subjects of L. A. Mancl and
    T. A. DeRouen (Biometrics 57 (2001) 126). Intervals are of Student's t. With one subject hours are
    compared, by a Poisson model whose variance is scaled by the dispersion.

    Parameters
    ----------
    recordings
        Recordings, those without a cough too.
    condition_of
        Condition of each recording, by its name; recordings that are not in it are left out.
    by
        What the conditions are conditions of, for messages.
    reference
        Condition that the others are divided by; None takes the first in order of their names.

    Returns
    -------
    Comparison

    Raises
    ------
    InputError
        Fewer than two conditions, no recorded time in one, or an unknown reference.
    ModuleNotFoundError
        statsmodels is missing.
    """
    used = [one for one in recordings if condition_of.get(one.session)]
    names = sorted({condition_of[one.session] for one in used})
    names = _reference_first(names, by, reference)
    subjects = sorted({one.subject for one in used})
    groups = {
        (subject, name): own
        for subject in subjects
        for name in names
        if (own := [r for r in used if r.subject == subject and condition_of[r.session] == name])
        and sum(one.duration_s for one in own) > 0.0
    }
    for name in names:
        if not any(condition == name for _, condition in groups):
            raise InputError("--by", f"no recorded time with {by} {name!r}", remedy="leave it out")
    stretches = {key: hourly_stretches(own) for key, own in groups.items()}
    spread = dispersion(stretches.values())
    cells = _cells(groups, subjects, names)
    fit, reason = _fitted(cells, names, by, spread, sum(map(len, stretches.values())))
    return Comparison(
        by=by,
        design=_design(cells, len(names)),
        subjects=tuple(_subject_rate(key, own, spread) for key, own in groups.items()),
        conditions=tuple(_condition_rate(at, names, cells, groups, fit) for at in range(len(names))),
        ratios=tuple(_ratio(at, names, fit) for at in range(1, len(names))) if fit is not None else (),
        model=fit.words if fit is not None else "",
        reason=reason,
        left_out=tuple(one.session for one in recordings if not condition_of.get(one.session)),
    )


def _reference_first(names: list[str], by: str, reference: str | None) -> list[str]:
    if len(names) < 2:
        there = f"one value of {by}, {names[0]!r}" if names else f"no recording says {by}"
        remedy = (
            f'write {{"{by}": "..."}} into each session.json, or give --about FILE.csv with a column {by}'
        )
        raise InputError("--by", f"{there}: two are needed", remedy=remedy)
    if reference is None:
        return names
    if reference not in names:
        raise InputError("--reference", f"no {by} {reference!r}", remedy=f"use one of {', '.join(names)}")
    return [reference, *(name for name in names if name != reference)]


def _cells(
    groups: Mapping[tuple[str, str], Sequence[DetectedRecording]], subjects: list[str], names: list[str]
) -> _Cells:
    rows = [
        (
            subjects.index(subject),
            names.index(name),
            sum(len(one.events) for one in own),
            sum(one.duration_s for one in own) / 3600.0,
        )
        for (subject, name), own in groups.items()
    ]
    subject, condition, coughs, hours = zip(*rows, strict=True)
    return _Cells(
        np.array(subject, np.intp),
        np.array(condition, np.intp),
        np.array(coughs, float),
        np.array(hours, float),
    )


def _design(cells: _Cells, conditions: int) -> Design:
    per_subject = np.bincount(cells.subject)
    if len(per_subject) == 1:
        return "one subject"
    if (per_subject == 1).all():
        return "between subjects"
    return "within subjects" if (per_subject == conditions).all() else "within and between subjects"


def _fitted(
    cells: _Cells, names: list[str], by: str, spread: float | None, stretches: int
) -> tuple[_Fit | None, str]:
    """Fit what the recordings allow, or say why nothing is."""
    coughs = np.bincount(cells.condition, cells.coughs)
    if not coughs.all():
        name = names[int(np.argmin(coughs))]
        return None, f"no cough with {by} {name}: the ratio to it, or of it, has no bounds"
    design = _design(cells, len(names))
    if design == "one subject":
        freedom = stretches - len(names)
        if spread is None or freedom < 1:
            return (
                None,
                "one subject with an hour in each condition: nothing says how much hours differ",
            )
        words = (
            f"Poisson model of hours of one subject, variance {spread:.1f} times the mean: it says nothing"
            " about other people"
        )
        return _Fit(np.log(coughs / cells.hours), np.diag(spread / coughs), freedom, words), ""
    people = np.bincount(cells.condition)
    if people.min() < 2:
        name = names[int(np.argmin(people))]
        return None, f"one subject with {by} {name}: nothing says how much people differ"
    fit = _estimating_equations(cells, len(names), design)
    return (fit, "") if fit is not None else (None, "the model cannot be fitted to these counts")


def _estimating_equations(cells: _Cells, conditions: int, design: Design) -> _Fit | None:
    """Fit the negative-binomial model; where sums that resemble each other fail, with independent ones."""
    from statsmodels.genmod.cov_struct import Exchangeable, Independence
    from statsmodels.genmod.families import NegativeBinomial
    from statsmodels.genmod.generalized_estimating_equations import GEE

    columns = np.eye(conditions)[cells.condition]
    alpha = _excess(cells, conditions)
    people = len(np.unique(cells.subject))
    freedom = people - (1 if design == "within subjects" else conditions)
    for structure in (Independence,) if design == "between subjects" else (Exchangeable, Independence):
        model = GEE(
            cells.coughs,
            columns,
            groups=cells.subject,
            exposure=cells.hours,
            family=NegativeBinomial(alpha=alpha),
            cov_struct=structure(),
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                found: GEEResults = model.fit(maxiter=200, cov_type="bias_reduced")
            except (np.linalg.LinAlgError, ValueError, ZeroDivisionError):
                continue
        covariance = np.asarray(found.cov_params())
        if found.converged and np.isfinite(covariance).all() and freedom >= 1:
            words = (
                f"negative-binomial model of {len(cells.coughs)} sums of {people} subjects, dispersion"
                f" {alpha:.2f}, sums of a subject {structure.__name__.lower()}"
            )
            return _Fit(np.asarray(found.params), covariance, freedom, words)
    return None


def _excess(cells: _Cells, conditions: int) -> float:
    """Dispersion alpha, of the variance mean + alpha mean^2, for which Pearson's statistic is as expected."""
    coughs = np.bincount(cells.condition, cells.coughs)
    rate = coughs / np.bincount(cells.condition, cells.hours)
    mean = rate[cells.condition] * cells.hours
    freedom = max(len(mean) - conditions, 1)

    def too_much(alpha: float) -> float:
        return float(np.sum((cells.coughs - mean) ** 2 / (mean + alpha * mean**2))) - freedom

    if too_much(0.0) <= 0.0:
        return 1e-6
    high = 1.0
    while too_much(high) > 0.0 and high < 1e6:
        high *= 2.0
    low = 0.0
    for _ in range(60):
        middle = (low + high) / 2.0
        low, high = (middle, high) if too_much(middle) > 0.0 else (low, middle)
    return max(high, 1e-6)


def _subject_rate(
    key: tuple[str, str], recordings: Sequence[DetectedRecording], spread: float | None
) -> SubjectRate:
    coughs = sum(len(one.events) for one in recordings)
    hours = sum(one.duration_s for one in recordings) / 3600.0
    low, high = rate_interval(coughs, hours, spread) or (None, None)
    return SubjectRate(*key, len(recordings), hours, coughs, coughs / hours, low, high)


def _condition_rate(
    at: int,
    names: list[str],
    cells: _Cells,
    groups: Mapping[tuple[str, str], Sequence[DetectedRecording]],
    fit: _Fit | None,
) -> ConditionRate:
    own = cells.condition == at
    coughs, hours = float(cells.coughs[own].sum()), float(cells.hours[own].sum())
    recordings = sum(len(some) for (_, name), some in groups.items() if name == names[at])
    bounds: tuple[float | None, float | None] = (None, None)
    rate = coughs / hours
    if fit is not None:
        rate = math.exp(float(fit.log_rate[at]))
        bounds = _bounds(float(fit.log_rate[at]), float(fit.covariance[at, at]), fit.freedom)
    return ConditionRate(names[at], int(own.sum()), recordings, hours, int(coughs), rate, *bounds)


def _ratio(at: int, names: list[str], fit: _Fit) -> RateRatio:
    from scipy.stats import t

    difference = float(fit.log_rate[at] - fit.log_rate[0])
    variance = float(fit.covariance[at, at] + fit.covariance[0, 0] - 2.0 * fit.covariance[0, at])
    error = math.sqrt(max(variance, 1e-12))
    p = float(2.0 * t.sf(abs(difference) / error, fit.freedom))
    return RateRatio(
        names[at], names[0], math.exp(difference), *_bounds(difference, variance, fit.freedom), p
    )


def _bounds(log_value: float, variance: float, freedom: int) -> tuple[float, float]:
    from scipy.stats import t

    reach = float(t.ppf(0.975, freedom)) * math.sqrt(max(variance, 1e-12))
    return _exp(log_value - reach), _exp(log_value + reach)


def _exp(value: float) -> float:
    return math.exp(min(max(value, -700.0), 700.0))
