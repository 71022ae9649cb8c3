"""What a detector is predicted to cost, in each mode and as an image, against the limit on energy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from ...signal.catalogue import needs_gyroscope
from ..budget.board_price import BoardPower, BoardPrice, BoardRun, board_excess, cheapest
from ..budget.budget import Budget, DevicePrice, Excess
from ..budget.cost_table import CostTable
from ..budget.gated_cost import GatedCost
from ..detector.detector_file import Detector
from ..models.fitted_model import answered
from ..training.gate_trial import GateTrial, run_gate
from ..training.session_tracks import session_tracks
from ..training.thresholds import Track
from ..windows.dataset_features import DatasetFeatures
from .pairs import Pair
from .woken import Movement, woken_share

__all__ = ["PredictedCost", "energy_excess", "predict_cost"]


@dataclass(frozen=True)
class PredictedCost:
    """What the detector is predicted to cost: cycles per second by mode, bytes of the image, and the board.

    The gated mode's are those on the training data, or on its subjects when held out: the greater of the two.
    ``board`` is the cheapest board of those that may be chosen; its microphone sleeps only where the budget
    cannot be kept otherwise: until movement wakes it, or where that does not suffice while the gate is shut,
    for such a microphone hears late. ``board_listening`` is
    that board with a microphone that never sleeps. Both are None where no device is given.
    """

    audio_cycles_per_second: float
    imu_cycles_per_second: float | None
    gated_cycles_per_second: float | None
    flash_bytes: float
    ram_bytes: float
    board: BoardPower | None = None
    board_listening: BoardPower | None = None


def predict_cost(
    data: DatasetFeatures,
    pair: Pair,
    detector: Detector,
    table: CostTable,
    budget: Budget,
    board: BoardPrice | None,
    movement: Callable[[], Mapping[str, Movement]] = dict,
) -> PredictedCost:
    """Predict what a detector assembled from a pair of finalists costs.

    The gate runs on the margins out of fold and on those of the final models; the greater cost counts.
    ``movement`` gives that of each session, and is called where the microphone must sleep.
    """
    costs = [one.candidate for one in pair]
    imu, gated = None, None
    runs = [BoardRun("audio", costs[0].cycles_per_second, 1.0)]
    late: list[BoardRun] = []
    if len(pair) > 1 and detector.audio is not None and detector.imu is not None:
        audio, imu = (one.cycles_per_second for one in costs)
        cost = GatedCost.of_modalities(audio, imu, detector.audio.plan, table)
        trials = list(_trials(data, pair, detector))
        gated = max(cost.gated(*trial.duties) for trial in trials)
        turning = needs_gyroscope(detector.imu.features)
        awake = max(trial.block_duty for trial in trials)
        runs.append(BoardRun("gated", gated, awake, turning))
        late.append(
            BoardRun("gated", gated, max(trial.listening for trial in trials), turning, True, "gated")
        )
    listening = None if board is None else cheapest(board, runs)
    chosen = listening
    if board is not None and listening is not None and board_excess(listening, budget.total) is not None:
        if late:
            share = _woken(data, pair, detector, movement())
            runs.append(replace(late[0], listening=share, way="wake"))
            chosen = cheapest(board, runs)
        if chosen is not None and board_excess(chosen, budget.total) is not None:
            chosen = cheapest(board, runs + late)
    return PredictedCost(
        costs[0].cycles_per_second,
        imu,
        gated,
        table.flash.base + sum(one.flash_bytes for one in costs),
        table.ram.base + sum(one.ram_bytes for one in costs),
        chosen,
        listening,
    )


def _tracks(
    data: DatasetFeatures, pair: Pair, detector: Detector
) -> Iterator[tuple[dict[int, Track], dict[int, Track]]]:
    """Give the answers of the models held out, and those of the final models, by session."""
    assert detector.audio is not None
    assert detector.imu is not None
    held_out = pair[0].fitted, pair[1].fitted
    learned = answered(data, "audio", detector.audio), answered(data, "imu", detector.imu)
    for sound, motion in (held_out, learned):
        yield session_tracks(data, "audio", sound), session_tracks(data, "imu", motion)


def _woken(data: DatasetFeatures, pair: Pair, detector: Detector, movement: Mapping[str, Movement]) -> float:
    """Share of the time for which a microphone that movement wakes is on, the greater of the two."""
    assert detector.imu is not None
    shares = []
    for audio, imu in _tracks(data, pair, detector):
        names = {number: data.sessions[number].name for number in sorted(audio.keys() & imu.keys())}
        shares.append(woken_share(movement, names, imu, detector.imu.plan, detector.gating))
    return max(shares)


def _trials(data: DatasetFeatures, pair: Pair, detector: Detector) -> Iterator[GateTrial]:
    """Run the gate on both."""
    assert detector.audio is not None
    assert detector.imu is not None
    for audio, imu in _tracks(data, pair, detector):
        yield run_gate(
            audio,
            imu,
            (detector.audio.plan, detector.imu.plan),
            detector.gating,
            detector.audio_events,
        )


def energy_excess(cost: PredictedCost, budget: Budget, price: DevicePrice | None) -> Excess | None:
    """Say by how much the energy, of computing or of the board, exceeds its limit; None where none does."""
    found = []
    allowed = budget.total.uj_per_second
    if allowed is not None and price is not None:
        gated = cost.gated_cycles_per_second
        cycles = cost.audio_cycles_per_second if gated is None else gated
        found.append(Excess("total.uj_per_second", allowed, cycles * price.uj_per_cycle, "uJ/s"))
    if cost.board is not None and (excess := board_excess(cost.board, budget.total)) is not None:
        found.append(excess)
    worst = max(found, key=lambda excess: excess.overrun, default=None)
    return worst if worst is not None and worst.overrun > 1.0 else None
