"""Costs by kind from measured designs: non-negative least squares, one small system per resource."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set

import numpy as np

from ...data.input_error import InputError
from ...selection.budget.cost_table import (
    CostTable,
    KernelCosts,
    MemoryCosts,
    PreRollCosts,
    leaf_kind,
)
from ...selection.budget.tree_costs import ModelCosts
from ...selection.detector.pre_roll import PreRoll
from ...selection.trees.tree_sizes import TreeSizes
from ...signal.catalogue import audio_catalogue, imu_catalogue
from ...signal.feature import Feature
from ...signal.node import Scope
from .design import Design, MeasuredDesign

__all__ = ["solve_costs"]

RIDGE = 1e-3
"""Pull towards the mean cost of a design's terms, relative to one observation: settles kinds rarely drawn."""

_COMPUTED: Set[Scope] = {"frame", "window"}
Terms = Mapping[str, float]


def solve_costs(
    designs: Sequence[Design],
    measured: Sequence[MeasuredDesign],
    pre_rolls: Mapping[PreRoll, PreRollCosts],
    gap: float,
    *,
    toolchain: str,
    opt: str,
    firmware_hash: str,
) -> CostTable:
    """Solve for a cost table.

    Parameters
    ----------
    designs, measured
        What was built and what it cost, one to one.
    pre_rolls
        What sleeping costs, which no design changes.
    gap
        What it costs while a microphone that follows the gate is off.
    toolchain, opt, firmware_hash
        What it was built with, to be kept in the table.

    Raises
    ------
    InputError
        No model has full trees, or none has sparse ones: such trees would have no cost.
    """
    audio_rows = [[audio_catalogue()[name] for name in design.audio] for design in designs]
    imu_rows = [[imu_catalogue()[name] for name in design.imu] for design in designs]
    model, flash, ram = _model_and_memory(measured, audio_rows, imu_rows)
    return CostTable(
        version=3,
        toolchain=toolchain,
        opt=opt,
        firmware_hash=firmware_hash,
        designs=len(designs),
        audio=_audio(measured, audio_rows),
        imu=_imu(measured, imu_rows),
        pre_rolls=dict(pre_rolls),
        gap=gap,
        model=model,
        flash=flash,
        ram=ram,
    )


def _audio(measured: Sequence[MeasuredDesign], rows: Sequence[Sequence[Feature]]) -> KernelCosts:
    frame = _solve(
        [_nodes(features, {"frame"}) for features in rows],
        [found.stages["audio_front"] for found in measured],
    )
    window = _solve(
        [_nodes(features, {"window"}) | _leaves(features) for features in rows],
        [found.stages["audio_window"] for found in measured],
    )
    return KernelCosts(
        second=float(np.median([found.audio_rest for found in measured])),
        frame=frame.pop(""),
        frame_nodes=_part(frame, "node "),
        window=window.pop(""),
        window_nodes=_part(window, "node "),
        leaves=_part(window, "leaf "),
    )


def _imu(measured: Sequence[MeasuredDesign], rows: Sequence[Sequence[Feature]]) -> KernelCosts:
    window = _solve(
        [_nodes(features, _COMPUTED) | _leaves(features) for features in rows],
        [found.stages["imu_window"] for found in measured],
    )
    return KernelCosts(
        second=float(np.median([found.imu_rest for found in measured])),
        frame=0.0,
        frame_nodes={},
        window=window.pop(""),
        window_nodes=_part(window, "node "),
        leaves=_part(window, "leaf "),
    )


def _model_and_memory(
    measured: Sequence[MeasuredDesign],
    audio_rows: Sequence[Sequence[Feature]],
    imu_rows: Sequence[Sequence[Feature]],
) -> tuple[ModelCosts, MemoryCosts, MemoryCosts]:
    sizes = [trees for found in measured for trees in (found.audio_trees, found.imu_trees)]
    cycles = [found.stages[name] for found in measured for name in ("audio_model", "imu_model")]
    speed = _solve([_walking(trees) for trees in sizes], cycles)
    rows = [[*audio, *imu] for audio, imu in zip(audio_rows, imu_rows, strict=True)]
    code = [
        _nodes(features, _COMPUTED) | _shared_functions(features) | {"leaf": float(len(features))}
        for features in rows
    ]
    trees = [_stored(found.audio_trees) + _stored(found.imu_trees) for found in measured]
    flash = _solve(
        [one | dict(other) for one, other in zip(code, trees, strict=True)],
        [found.flash_bytes for found in measured],
    )
    ram = _solve([_nodes(features, _COMPUTED) for features in rows], [f.ram_bytes for f in measured])
    if len({trees.padded for trees in sizes}) < 2:
        raise InputError(
            "--designs",
            f"no model of {len(measured)} firmwares has {'sparse' if sizes[0].padded else 'full'} trees",
            remedy="ask for more",
        )
    model = ModelCosts(
        window=speed[""],
        **{name: speed[name] for name in ("column", "tree", "level", "sparse_tree", "sparse_step")},
        **{name: flash[name] for name in ("slot_bytes", "node_bytes", "sparse_tree_bytes")},
    )
    return (
        model,
        MemoryCosts(
            base=flash[""],
            nodes=_part(flash, "node "),
            functions=_part(flash, "code "),
            leaf=flash["leaf"],
        ),
        MemoryCosts(base=ram[""], nodes=_part(ram, "node "), functions={}, leaf=0.0),
    )


def _walking(sizes: TreeSizes) -> dict[str, float]:
    """Terms of a model's cycles."""
    terms = {"column": float(sizes.columns)}
    if sizes.padded:
        return terms | {"tree": float(sizes.trees), "level": float(sizes.levels)}
    return terms | {"sparse_tree": float(sizes.trees), "sparse_step": sizes.steps}


def _stored(sizes: TreeSizes) -> Counter[str]:
    """Terms of a model's flash."""
    if sizes.padded:
        return Counter(slot_bytes=sizes.slots)
    return Counter(node_bytes=sizes.nodes, sparse_tree_bytes=sizes.trees)


def _nodes(rows: Sequence[Feature], scopes: Set[Scope]) -> dict[str, float]:
    """Count the nodes of a set that are computed in one of `scopes`, each once, by kind."""
    needed = frozenset().union(*(row.nodes for row in rows))
    counts = Counter(node.kind for node in needed if node.scope in scopes)
    return {f"node {kind}": float(count) for kind, count in counts.items()}


def _leaves(rows: Sequence[Feature]) -> dict[str, float]:
    return {f"leaf {kind}": float(count) for kind, count in Counter(map(leaf_kind, rows)).items()}


def _shared_functions(rows: Sequence[Feature]) -> dict[str, float]:
    return {f"code {name}": 1.0 for row in rows for name in row.value.functions}


def _part(costs: Mapping[str, float], prefix: str) -> dict[str, float]:
    return {name.removeprefix(prefix): cost for name, cost in costs.items() if name.startswith(prefix)}


def _solve(terms: Sequence[Terms], costs: Sequence[float]) -> dict[str, float]:
    """Cost of each term, at least 0, and of none ("" the base), that explain the costs best."""
    from scipy.optimize import nnls

    names = sorted({name for term in terms for name in term})
    counts = np.array([[1.0, *(term.get(name, 0.0) for name in names)] for term in terms])
    wanted = np.asarray(costs, np.float64)
    scale = counts.max(axis=0)
    system = counts / scale
    expected = (wanted.max() - wanted.min()) / max(system[:, 1:].sum(axis=1).max(), 1.0) if names else 0.0
    pull = np.sqrt(RIDGE) * np.eye(len(names) + 1)
    pull[0] = 0.0
    toward = np.sqrt(RIDGE) * np.full(len(names) + 1, expected)
    toward[0] = 0.0
    found, _ = nnls(np.vstack([system, pull]), np.concatenate([wanted, toward]))
    return dict(zip(["", *names], (round(float(cost), 3) for cost in found / scale), strict=True))
