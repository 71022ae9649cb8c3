"""The front of detectors that one was chosen from, point by point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...signal.feature import Modality
from ..budget.budget import DevicePrice
from .modality_search import ModalitySearch
from .pairs import Pair

__all__ = ["ParetoPoint", "front_points"]


@dataclass(frozen=True)
class ParetoPoint:
    """One detector of a modality on the front.

    Parameters
    ----------
    modality
        ``"audio"`` or ``"imu"``.
    features
        Feature ids.
    n_trees, max_depth
        Size of the model.
    event_f1, event_f1_low, event_f1_high
        Event F1 of this modality alone, ungated, subjects held out, over several fits, and its 95 % interval
        over subjects. Its thresholds were chosen on the same subjects, with the first fit.
    average_precision, average_precision_low, average_precision_high
        Average precision of windows of held-out subjects, and its 95 % interval over subjects.
    cycles_per_second, uj_per_second
        While its path runs; energy None without a device.
    flash_bytes, ram_bytes
        Bytes of an image with this modality alone.
    chosen
        Whether the detector was made from it.
    """

    modality: Modality
    features: tuple[str, ...]
    n_trees: int
    max_depth: int
    event_f1: float
    event_f1_low: float
    event_f1_high: float
    average_precision: float
    average_precision_low: float
    average_precision_high: float
    cycles_per_second: float
    uj_per_second: float | None
    flash_bytes: float
    ram_bytes: float
    chosen: bool


def front_points(
    found: Sequence[ModalitySearch],
    pair: Pair,
    price: DevicePrice | None,
    base: tuple[float, float],
) -> Iterator[ParetoPoint]:
    """Yield the finalists of each modality with their scores and costs.

    Parameters
    ----------
    found
        Finished searches by modality.
    pair
        The finalists that the detector was made from.
    price
        Price of the device's cycles, for energy.
    base
        Bytes of flash and of RAM of an image without features and models.
    """
    for part, chosen in zip(found, pair, strict=True):
        for one in part.finalists:
            cost = one.candidate
            yield ParetoPoint(
                part.name,
                one.fitted.features,
                cost.plan.n_trees,
                cost.plan.max_depth,
                one.event_f1,
                *one.event_f1_interval,
                one.fitted.average_precision,
                *one.average_precision_interval,
                cost.cycles_per_second,
                None if price is None else cost.cycles_per_second * price.uj_per_cycle,
                base[0] + cost.flash_bytes,
                base[1] + cost.ram_bytes,
                one is chosen,
            )
