"""What a detector is predicted to cost, in each mode and as an image, against the limit on energy."""

from __future__ import annotations

from dataclasses import dataclass

from ..budget.budget import Budget, DevicePrice, Excess
from ..budget.cost_table import CostTable
from ..budget.gated_cost import GatedCost
from ..detector.detector_file import Detector
from ..models.fitted_model import answered
from ..training.gate_trial import run_gate
from ..training.session_tracks import session_tracks
from ..windows.dataset_features import DatasetFeatures
from .pairs import Pair

__all__ = ["PredictedCost", "energy_excess", "predict_cost"]


@dataclass(frozen=True)
class PredictedCost:
    """What the detector is predicted to cost: cycles per second by mode, and bytes of the image.

    The gated mode's are those on the training data, or on its subjects when held out: the greater of the two.
    """

    audio_cycles_per_second: float
    imu_cycles_per_second: float | None
    gated_cycles_per_second: float | None
    flash_bytes: float
    ram_bytes: float


def predict_cost(data: DatasetFeatures, pair: Pair, detector: Detector, table: CostTable) -> PredictedCost:
    """Predict what a detector assembled from a pair of finalists costs.

    The gate runs on the margins out of fold and on those of the final models; the greater cost counts.
    """
    costs = [one.candidate for one in pair]
    imu, gated = None, None
    if len(pair) > 1 and detector.audio is not None and detector.imu is not None:
        audio, imu = (one.cycles_per_second for one in costs)
        cost = GatedCost.of_modalities(audio, imu, detector.audio.plan, table)
        held_out = pair[0].fitted, pair[1].fitted
        learned = answered(data, "audio", detector.audio), answered(data, "imu", detector.imu)
        trials = (
            run_gate(
                session_tracks(data, "audio", sound),
                session_tracks(data, "imu", motion),
                (detector.audio.plan, detector.imu.plan),
                detector.gating,
                detector.audio_events,
            )
            for sound, motion in (held_out, learned)
        )
        gated = max(cost.gated(*trial.duties) for trial in trials)
    return PredictedCost(
        costs[0].cycles_per_second,
        imu,
        gated,
        table.flash.base + sum(one.flash_bytes for one in costs),
        table.ram.base + sum(one.ram_bytes for one in costs),
    )


def energy_excess(cost: PredictedCost, budget: Budget, price: DevicePrice | None) -> Excess | None:
    """Say by how much the energy of computing exceeds the limit on it; None where it does not."""
    allowed = budget.total.uj_per_second
    if allowed is None or price is None:
        return None
    gated = cost.gated_cycles_per_second
    cycles = cost.audio_cycles_per_second if gated is None else gated
    needed = cycles * price.uj_per_cycle
    return Excess("total.uj_per_second", allowed, needed, "uJ/s") if needed > allowed else None
