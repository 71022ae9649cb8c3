"""Motion searched without a gyroscope and with one: features that look at it must earn what it draws.

A gyroscope draws more than everything else on a board that sleeps well, and elimination by gain does not know
that: of two features that say the same it may keep the one that needs it. So where the budget limits the
board's energy, motion is searched twice, and candidates that look at angular rates count only if they find
more coughs than chance explains.
"""

from __future__ import annotations

from dataclasses import replace

from ...data.progress import Progress, silent
from ...signal.catalogue import needs_gyroscope
from ..budget.board_price import BoardPrice, BoardRun
from ..training.known_windows import candidate_columns
from ..windows.dataset_features import DatasetFeatures
from .modality_search import ModalitySearch, SearchTerms, search_modality

__all__ = ["LEAST_GAIN", "gyroscope_uj_per_second", "search_motion"]

LEAST_GAIN = 0.01
"""Event F1 that a gyroscope must add: fits of one candidate differ by 0.005 to 0.01 (`finalists`)."""


def search_motion(
    data: DatasetFeatures, terms: SearchTerms, progress: Progress = silent
) -> tuple[ModalitySearch, str]:
    """Search motion, and say in a sentence what a gyroscope adds and takes; empty where none was in question.

    Parameters
    ----------
    data, terms, progress
        As for `tussis.selection.search.modality_search.search_modality`.

    Returns
    -------
    search : ModalitySearch
        Where a gyroscope earns its current its finalists are those of both searches, so that a limit which it
        exceeds together with the sound still leaves the others.
    reason : str

    Raises
    ------
    InputError
        Nothing keeps the limits of motion.
    """
    ids = data.table("imu").ids
    offered = [ids[column] for column in candidate_columns(data, "imu", terms.plan)]
    limited = terms.board is not None and terms.budget.total.limits_board
    if not (limited and terms.gyroscope and needs_gyroscope(offered)):
        return search_modality(data, "imu", terms, progress), ""
    assert terms.board is not None
    still = search_modality(data, "imu", replace(terms, gyroscope=False), progress)
    turning = search_modality(data, "imu", terms, progress)
    f1 = [max(one.event_f1 for one in search.finalists) for search in (turning, still)]
    more = gyroscope_uj_per_second(terms.board)
    what = f"imu: a gyroscope takes {more:.4g} uJ/s more; event F1 {f1[0]:.3f} with it, {f1[1]:.3f} without"
    if f1[0] - f1[1] < LEAST_GAIN:
        return still, f"{what}: it does not earn that, and no feature looks at one"
    return replace(turning, finalists=[*still.finalists, *turning.finalists]), f"{what}: it earns that"


def gyroscope_uj_per_second(board: BoardPrice) -> float:
    """Return what a board draws more with a gyroscope than without, each with its cheapest motion sensor."""
    with_it, without = (
        board.least(BoardRun("gated", 0.0, 0.0, gyroscope, microphone_sleeps=True)).uj_per_second
        for gyroscope in (True, False)
    )
    return with_it - without
