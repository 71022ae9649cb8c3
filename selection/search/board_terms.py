"""What a board's limits leave a search before it begins, and what a microphone that hears late loses."""

from __future__ import annotations

from os import PathLike

from ...data.dataset import iter_dataset
from ...data.input_error import InputError
from ...signal.catalogue import needs_gyroscope
from ..budget.board_price import BoardPower, BoardPrice, BoardRun, board_excess, cheapest
from ..budget.budget import Budget, refuse_excess
from ..detector.detector_file import Detector
from ..detector.inference import choose_mode, detect
from ..detector.microphone import ALWAYS, Microphone, Way
from ..training.event_counts import Counts, count_events
from .pairs import Pair

__all__ = ["gyroscope_fits", "heard_late", "least_power", "refuse_floor"]


def refuse_floor(dataset: str | PathLike[str], board: BoardPrice, budget: Budget, source: str) -> None:
    """Refuse limits that sensors, capture and a sleeping core exceed by themselves.

    Parameters
    ----------
    dataset
        Its sessions say whether there is motion to gate by.
    board, budget, source
        The board, its limits, and the file that they are from.

    Raises
    ------
    InputError
        No detector can keep the limits.
    """
    if not budget.total.limits_board:
        return
    runs = [BoardRun("audio", 0.0, 1.0)]
    if any(ref.has_imu for ref in iter_dataset(dataset)):
        runs += [BoardRun("gated", 0.0, 0.0, microphone_sleeps=sleeps) for sleeps in (False, True)]
    floor = cheapest(board, runs)
    excess = board_excess(floor, budget.total)
    if excess is None:
        return
    other = cheapest(board, runs, any_part=True)
    fits = board_excess(other, budget.total) is None
    more = f"; with {other.microphone} and {other.imu} in [sensors] it can be kept" if fits else ""
    refused = refuse_excess(source, excess)
    raise InputError(
        source,
        f"allows {excess.allowed:.4g} {excess.unit}, and without any computing {_parts(floor)} take"
        f" {floor.uj_per_second:.4g}",
        field=excess.limit,
        remedy=f"{refused.remedy}{more}",
    )


def _parts(floor: BoardPower) -> str:
    heard = f"microphone {floor.microphone}" + (" asleep" if floor.microphone_sleeps else "")
    moved = "" if floor.mode == "audio" else f", motion sensor {floor.imu}"
    return f"{heard}, capture by {floor.capture}{moved} and the sleeping core"


def gyroscope_fits(board: BoardPrice, budget: Budget) -> tuple[bool, str]:
    """Say whether the board can have a gyroscope within its limits, and if not why."""
    if not board.gives_gyroscope():
        return False, "imu: sensors.motion names no part with a gyroscope; no feature that needs one is tried"
    sleeping = board.least(BoardRun("gated", 0.0, 0.0, gyroscope=True, microphone_sleeps=True))
    excess = board_excess(sleeping, budget.total)
    if excess is None:
        return True, ""
    spent = f"{sleeping.uj_per_second:.4g} of {excess.allowed:.4g} {excess.unit}"
    return False, f"imu: {excess.limit} leaves no gyroscope: a board takes {spent} before it computes"


def heard_late(dataset: str | PathLike[str], detector: Detector, way: Way = "gated") -> str:
    """Say what a microphone that sleeps loses on the sessions with sound and motion.

    The models have learned from these sessions: the difference counts, not the height.
    """
    ways = {"always": ALWAYS, "gated": Microphone.parse("gated"), "wake": Microphone.parse("wake")}
    counts = dict.fromkeys(ways, Counts())
    woken_s = all_s = 0.0
    for ref in iter_dataset(dataset):
        if not (ref.labelled and ref.has_imu and ref.audio_path is not None):
            continue
        recording = ref.load(**detector.rates)
        try:
            mode = choose_mode(detector, recording, "gated")
        except InputError:
            continue
        for name, microphone in ways.items():
            found = detect(recording, detector, mode, microphone=microphone)
            times = [(event.start_s, event.end_s) for event in found.events]
            references = [label for label in recording.labels if label.is_cough or label.is_unsure]
            counts[name] += count_events(references, times, recording.duration_s)
            if microphone.woken:
                woken_s += found.microphone_duty * recording.duration_s
                all_s += recording.duration_s
    before, after, woken = (counts[name].f1 or 0.0 for name in ways)
    share = f"{100 * woken_s / max(all_s, 1e-9):.0f} % of the time"
    if way == "wake":
        return (
            f"gated: the limit is kept only by a microphone that sleeps until movement wakes it: export with"
            f" --microphone wake. On these sessions it is on for {share}, and event F1"
            f" {before:.3f} becomes {woken:.3f}"
        )
    return (
        f"gated: the limit is kept only by a microphone that sleeps while the gate is shut: export with"
        f" --microphone gated. It hears late: on these sessions event F1 {before:.3f} becomes {after:.3f}."
        f" Woken by movement, with --microphone wake, it becomes {woken:.3f} and is on for {share}"
    )


def least_power(pair: Pair, board: BoardPrice) -> float:
    """Return what a pair's board takes at least, uJ per second: gated, while nothing moves.

    Without a motion model it is what the audio model takes.
    """
    audio = pair[0].candidate.cycles_per_second
    if len(pair) == 1:
        return board.least(BoardRun("audio", audio, 1.0)).uj_per_second
    cycles = pair[1].candidate.cycles_per_second
    turning = needs_gyroscope(pair[1].fitted.features)
    return board.least(BoardRun("gated", cycles, 0.0, turning, microphone_sleeps=True)).uj_per_second
