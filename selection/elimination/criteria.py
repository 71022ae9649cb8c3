"""By what features are eliminated: the rankings, and the rules for how small a set to take.

This module imports nothing, so that the command line can offer the choices without loading NumPy. What the
names mean is defined in `rankings` and `selection_rule`.
"""

from __future__ import annotations

from typing import Literal, get_args

__all__ = ["RULES", "RankingName", "Rule"]

RankingName = Literal[
    "gain",
    "shap",
    "permutation",
    "mutual_information",
    "distance_correlation",
    "infinite",
    "random_probe",
    "sequential_attention",
    "feature_gradients",
    "quick_selection",
    "splines",
    "neural_information",
    "cardinality_aware",
]

Rule = Literal["best", "1se", "loss"]
RULES: tuple[Rule, ...] = get_args(Rule)
