"""One firmware of a calibration, drawn at random, and what it was measured to cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np

from ...data.input_error import InputError
from ...selection.budget.cost_table import leaf_kind
from ...selection.trees.tree_sizes import TreeSizes
from ...signal.catalogue import audio_catalogue, imu_catalogue
from ...signal.feature import Feature
from ...signal.plan import AudioPlan, ImuPlan

__all__ = ["Design", "MeasuredDesign", "draw_design", "refuse_too_few"]


LEAF_WEIGHTS = (0.5, 0.5, 6.0, 15.0)
"""Least weights of a leaf: small ones let trees grow full, large ones leave them sparse."""


@dataclass(frozen=True)
class Design:
    """One firmware: features and size of the models of both paths."""

    seed: int
    audio: tuple[str, ...]
    imu: tuple[str, ...]
    n_trees: tuple[int, int]
    depth: tuple[int, int]
    min_child_weight: tuple[float, float]


@dataclass(frozen=True)
class MeasuredDesign:
    """What a design costs.

    Attributes
    ----------
    audio_plan, imu_plan
        Plans, for the rates.
    stages
        Cycles per call by stage: a frame, a window's features, a model's evaluation.
    audio_rest, imu_rest
        Cycles per second of the modes ``audio`` and ``imu`` that are in no stage.
    flash_bytes, ram_bytes
        Bytes of flash and RAM of the image.
    audio_trees, imu_trees
        Sizes of the models.
    """

    audio_plan: AudioPlan
    imu_plan: ImuPlan
    stages: dict[str, float]
    audio_rest: float
    imu_rest: float
    flash_bytes: int
    ram_bytes: int
    audio_trees: TreeSizes
    imu_trees: TreeSizes

    @property
    def audio_second(self) -> float:
        """Cycles per second of the mode ``audio``, long after its start."""
        windows = (self.stages["audio_window"] + self.stages["audio_model"]) / self.audio_plan.hop_s
        return self.audio_rest + self.stages["audio_front"] / self.audio_plan.frame_s + windows

    @property
    def imu_second(self) -> float:
        """Cycles per second of the mode ``imu``, long after its start."""
        windows = (self.stages["imu_window"] + self.stages["imu_model"]) / self.imu_plan.hop_s
        return self.imu_rest + windows


def draw_design(seed: int) -> Design:
    """Draw a design: some kinds of features, of each kind some members, and the size of the models."""
    rng = np.random.default_rng([7, seed])
    return Design(
        seed,
        _draw_features(rng, tuple(audio_catalogue().values()), 1.0 if seed % 9 else 0.1),
        _draw_features(rng, tuple(imu_catalogue().values()), 1.0 if seed % 9 else 0.2),
        (int(rng.integers(5, 80)), int(rng.integers(5, 60))),
        (int(rng.integers(2, 6)), int(rng.integers(2, 6))),
        (float(rng.choice(LEAF_WEIGHTS)), float(rng.choice(LEAF_WEIGHTS))),
    )


def _draw_features(rng: np.random.Generator, rows: Sequence[Feature], scale: float) -> tuple[str, ...]:
    kinds: dict[str, list[str]] = {}
    for row in rows:
        kinds.setdefault(leaf_kind(row), []).append(row.id)
    share = rng.uniform(0.1, 0.6) * scale
    chosen: set[str] = set()
    for members in kinds.values():
        if rng.random() < share:
            chosen.update(rng.choice(members, min(int(rng.geometric(0.35)), len(members)), replace=False))
    if not chosen:
        chosen.add(rows[int(rng.integers(len(rows)))].id)
    return tuple(row.id for row in rows if row.id in chosen)


def refuse_too_few(designs: Sequence[Design]) -> None:
    """Refuse designs that do not hold every kind of feature: what is in none of them would have no cost.

    Raises
    ------
    InputError
        It names a kind, and how many designs hold all.
    """
    every = _kinds(audio_catalogue().values()) | _kinds(imu_catalogue().values())
    missing = every - frozenset().union(*map(_kinds_of, designs))
    if not missing:
        return
    one = min(missing)
    enough = len(designs)
    for seed in count(len(designs)):
        enough, missing = seed + 1, missing - _kinds_of(draw_design(seed))
        if not missing:
            break
    raise InputError(
        "--designs",
        f"{len(designs)} firmwares do not hold every kind of feature ({one} is in none)",
        remedy=f"ask for {enough} or more",
    )


def _kinds_of(design: Design) -> frozenset[str]:
    rows = audio_catalogue() | imu_catalogue()
    return _kinds(rows[name] for name in (*design.audio, *design.imu))


def _kinds(rows: Iterable[Feature]) -> frozenset[str]:
    """Kinds of the leaves and nodes of some features."""
    found = list(rows)
    return frozenset(map(leaf_kind, found)) | {node.kind for row in found for node in row.nodes}
