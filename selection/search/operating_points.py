"""Several operating points of motion sensors, a search at each, and the best detector of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ...data.input_error import InputError
from .budgeted_training import BudgetedTraining

__all__ = ["best_operating_point"]


def best_operating_point(names: Sequence[str], search: Callable[[str], BudgetedTraining]) -> BudgetedTraining:
    """Search at each operating point, and return what was found at the best.

    The best detector is the one that a search within a budget would take: the microphone that hears earliest,
    then most event F1 out of fold; of equal ones the point of least energy, then the first.

    Parameters
    ----------
    names
        Operating points as ``--motion-sensor`` takes them, at least one.
    search
        Trains within the budget on motion as a point delivers it.

    Returns
    -------
    BudgetedTraining
        Its bounds have a sentence more for each point.

    Raises
    ------
    InputError
        No point keeps the budget: the first point's complaint.
    """
    found: dict[str, BudgetedTraining] = {}
    said: dict[str, str] = {}
    refused: InputError | None = None
    for name in names:
        try:
            one = search(name)
        except InputError as error:
            refused = refused or error
            said[name] = f"{name}: {error.problem}"
            continue
        found[name] = one
        power = one.cost.board
        energy = "" if power is None else f", {power.uj_per_second:.0f} uJ/s, {power.battery_days:.1f} days"
        said[name] = f"{name}: event F1 {one.rank[1]:.3f}{energy}"
    if not found:
        assert refused is not None
        raise refused
    best = max(found, key=lambda name: (found[name].rank, -_energy(found[name])))
    lines = tuple(f"{said[name]}{', taken' if name == best else ''}" for name in names)
    return replace(found[best], bounds=(*found[best].bounds, *lines))


def _energy(found: BudgetedTraining) -> float:
    return 0.0 if found.cost.board is None else found.cost.board.uj_per_second
