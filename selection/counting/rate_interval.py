"""How sure a rate is: coughs come in clusters, so hours differ by more than chance alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from .detected_recording import DetectedRecording

__all__ = ["Stretch", "dispersion", "hourly_stretches", "rate_interval"]

_HOUR_S = 3600.0
_LEAST_S = 300.0


@dataclass(frozen=True)
class Stretch:
    """Coughs and length of one stretch of recording; `hours` above 0."""

    coughs: int
    hours: float


def hourly_stretches(recordings: Iterable[DetectedRecording]) -> list[Stretch]:
    """Cut recordings into hours from their start; a rest below five minutes belongs to the hour before it.

    A recording below an hour is one stretch.
    """
    found = []
    for recording in recordings:
        if recording.duration_s <= 0.0:
            continue
        whole, rest_s = divmod(recording.duration_s, _HOUR_S)
        edges = [hour * _HOUR_S for hour in range(int(whole))]
        if rest_s >= _LEAST_S or not edges:
            edges.append(whole * _HOUR_S)
        edges.append(max(recording.duration_s, *(event.start_s for event in recording.events), 0.0))
        counts = np.histogram([event.start_s for event in recording.events], edges)[0].tolist()
        lengths = np.diff([*edges[:-1], recording.duration_s]).tolist()
        found += [Stretch(n, length / _HOUR_S) for n, length in zip(counts, lengths, strict=True)]
    return found


def dispersion(groups: Iterable[Sequence[Stretch]]) -> float | None:
    """Variance of counts over their mean, at least 1: Pearson's statistic by its degrees of freedom.

    P. McCullagh and J. A. Nelder, "Generalized Linear Models", 2nd edition, 1989, section 6.2.3.

    Parameters
    ----------
    groups
        Stretches of which those of one group have one rate.

    Returns
    -------
    float or None
        None where no group with a cough has two stretches.

    Examples
    --------
    >>> dispersion([[Stretch(0, 1.0), Stretch(8, 1.0)]])
    8.0
    """
    statistic, freedom = 0.0, 0
    for group in groups:
        hours = sum(stretch.hours for stretch in group)
        coughs = sum(stretch.coughs for stretch in group)
        if coughs:
            expected = [coughs * stretch.hours / hours for stretch in group]
            statistic += sum((s.coughs - mean) ** 2 / mean for s, mean in zip(group, expected, strict=True))
            freedom += len(group) - 1
    return max(statistic / freedom, 1.0) if freedom else None


def rate_interval(coughs: int, hours: float, spread: float | None) -> tuple[float, float] | None:
    """95 % interval of a rate per hour; None where the dispersion is not known.

    Garwood's interval of a Poisson count (F. Garwood, Biometrika 28 (1936) 437) of as many independent events
    as the dispersion leaves: `coughs` divided by `spread`.

    Parameters
    ----------
    coughs, hours
        What was counted, and in how many hours.
    spread
        Result of `dispersion`.

    Examples
    --------
    >>> low, high = rate_interval(10, 2.0, 1.0)
    >>> round(low, 3), round(high, 3)
    (2.398, 9.195)
    """
    if spread is None or hours <= 0.0:
        return None
    from scipy.special import gammaincinv

    independent = coughs / spread
    low = float(gammaincinv(independent, 0.025)) if coughs else 0.0
    high = float(gammaincinv(independent + 1.0, 0.975))
    return low * spread / hours, high * spread / hours
