"""Ways to order features by importance, each a small function of one task.

Scores are higher for better features and say nothing across rankings. The model-based ones learn on each
fold's training subjects and, but for gain, judge on its held-out subjects, so a column that only helps to
remember the training subjects earns nothing. The filters (mutual information, distance correlation,
cardinality-aware information) look at one column at a time: they are cheap, and blind to columns that help
only beside others. Those that learn with weights and products (`tussis.selection.importance`) are given the
normal scores of a sample of rows. docs/rankings.md says when to take which.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, get_args

import numpy as np
from numpy.typing import NDArray

from ...data.progress import Progress, silent
from ..importance.cardinality import cardinality_aware as above_chance
from ..importance.feature_gradients import feature_gradients as lasting_shares
from ..importance.neural_information import neural_information as lasting_gates
from ..importance.normal_scores import drawn_rows, normal_scores, one_thread
from ..importance.sequential_attention import sequential_attention as attended
from ..importance.sparse_autoencoder import quick_selection as neuron_strength
from ..importance.spline_importance import spline_importance
from ..models.average_precision import average_precision
from ..models.booster import N_THREADS, BoosterPlan, fit_booster, gain_by_column, side_by_side
from ..models.cross_validation import CrossValidation
from ..windows.folds import Fold
from .criteria import RankingName
from .relevance import distance_correlations, fisher_criteria, path_energies

if TYPE_CHECKING:
    from xgboost import Booster

__all__ = [
    "RANKINGS",
    "RankingTask",
    "cardinality_aware",
    "distance_correlation",
    "feature_gradients",
    "gain",
    "infinite",
    "mutual_information",
    "neural_information",
    "permutation",
    "quick_selection",
    "random_probe",
    "rank",
    "sequential_attention",
    "shap",
    "splines",
]


N_PERMUTATIONS = 3
N_NEIGHBOURS = 15
"""Of the estimate of mutual information: with the customary 3 its noise hides weak columns among many."""

MOST_ROWS = 8000
"""Rows that rankings with weights and products learn from, drawn in proportion to the sample weights."""

MAX_PROBES = 64
PROBE_QUANTILE = 0.9


@dataclass(frozen=True)
class RankingTask:
    """What a ranking is made from.

    Parameters
    ----------
    data
        Finite values; the filters other than Fisher's criterion do not use the weights. Its seed is that of
        permutations and probes too.
    booster
        Model of the model-based rankings.
    progress
        Called after each fit.
    """

    data: CrossValidation
    booster: BoosterPlan = field(default_factory=BoosterPlan)
    progress: Progress = silent


def gain(task: RankingTask) -> NDArray[np.float64]:
    """Rank by the loss reduction of each column's splits, as a share of all, mean over folds.

    T. Chen, C. Guestrin, "XGBoost: a scalable tree boosting system", KDD 2016, eq. 7. What a column did for
    the training subjects; correlated columns share it.
    """
    return _mean_over_folds(task, "gain", _gain_of)


def _gain_of(task: RankingTask, model: Booster, fold: Fold) -> NDArray[np.float64]:
    return gain_by_column(model, task.data.X.shape[1])


def shap(task: RankingTask) -> NDArray[np.float64]:
    """Rank by mean absolute SHAP value (log-odds) on held-out subjects, mean over folds.

    S. Lundberg et al., "From local explanations to global understanding with explainable AI for trees",
    Nature Machine Intelligence 2, 2020: exact for trees, XGBoost's ``pred_contribs``.
    """
    return _mean_over_folds(task, "shap", _shap_of)


def _shap_of(task: RankingTask, model: Booster, fold: Fold) -> NDArray[np.float64]:
    import xgboost

    test = fold[1]
    matrix = xgboost.DMatrix(task.data.X[test], nthread=N_THREADS)
    values = np.abs(model.predict(matrix, pred_contribs=True)[:, :-1])
    mean: NDArray[np.float64] = np.average(values, axis=0, weights=task.data.weight[test])
    return mean


def permutation(task: RankingTask) -> NDArray[np.float64]:
    """Rank by the loss of held-out average precision when a column's values change rows, mean over folds.

    L. Breiman, "Random forests", Machine Learning 45, 2001, with the held-out subjects in place of the
    out-of-bag rows. Columns that no tree splits on score exactly 0; a harmful one scores below.
    """
    return _mean_over_folds(task, "permutation", _permutation_of)


def _permutation_of(task: RankingTask, model: Booster, fold: Fold) -> NDArray[np.float64]:
    test = fold[1]
    y, weight = task.data.y[test], task.data.weight[test]
    columns = task.data.X[test]
    draw = np.random.default_rng([task.data.seed, int(test[0])])

    def score(values: NDArray[np.float32]) -> float:
        margins = model.inplace_predict(values, predict_type="margin")
        return average_precision(y, margins, weight)

    whole = score(columns)
    losses = np.zeros(task.data.X.shape[1])
    for column in np.flatnonzero(gain_by_column(model, len(losses))):
        kept = columns[:, column].copy()
        for _ in range(N_PERMUTATIONS):
            columns[:, column] = draw.permutation(kept)
            losses[column] += (whole - score(columns)) / N_PERMUTATIONS
        columns[:, column] = kept
    return losses


def mutual_information(task: RankingTask) -> NDArray[np.float64]:
    """Rank by mutual information with the class, in nats, one column at a time.

    B. C. Ross, "Mutual information between discrete and continuous data sets", PLoS ONE 9, 2014 (nearest
    neighbours, after Kraskov et al., Physical Review E 69, 2004), as scikit-learn computes it.
    """
    from sklearn.feature_selection import mutual_info_classif

    data = task.data
    found = mutual_info_classif(
        data.X, data.y, discrete_features=False, n_neighbors=N_NEIGHBOURS, random_state=data.seed
    )
    return np.asarray(found, np.float64)


def distance_correlation(task: RankingTask) -> NDArray[np.float64]:
    """Rank by distance correlation with the class, one column at a time.

    G. Székely, M. Rizzo, N. Bakirov, "Measuring and testing dependence by correlation of distances", Annals
    of Statistics 35, 2007. Zero only for independence, so unlike correlation it sees any shape.
    """
    return distance_correlations(task.data.X, task.data.y)


def infinite(task: RankingTask) -> NDArray[np.float64]:
    """Rank by the value of all paths through a graph of features that pass a column.

    G. Roffo, S. Melzi, M. Cristani, "Infinite feature selection", ICCV 2015; supervised as in G. Roffo et
    al., "Infinite feature selection: a graph-based feature filtering approach", IEEE TPAMI 43, 2021, in that
    an edge weighs more between columns that separate the classes by Fisher's criterion.
    """
    return path_energies(task.data.X, fisher_criteria(task.data.X, task.data.y, task.data.weight))


def random_probe(task: RankingTask) -> NDArray[np.float64]:
    """Rank by recursive elimination that stops when every column left beats random probes.

    H. Stoppiglia et al., "Ranking a random feature for variable and feature selection", JMLR 3, 2003;
    I. Guyon, A. Elisseeff, "An introduction to variable and feature selection", JMLR 3, 2003. Each round
    fits the columns left beside permuted copies of them, which have their distributions and no information,
    and drops the columns whose gain is not above that of nine probes in ten. A score is the round reached,
    plus the share of the gain in that round; columns that outlive the last round score 0 or more, the
    others are negative: the ranking says itself where to stop.
    """
    n_features = task.data.X.shape[1]
    draw = np.random.default_rng(task.data.seed)
    kept = np.arange(n_features)
    rounds: list[tuple[NDArray[np.intp], NDArray[np.float64]]] = []
    while len(kept):
        copied = draw.choice(kept, min(MAX_PROBES, len(kept)), replace=False)
        probes = np.stack([draw.permutation(task.data.X[:, column]) for column in copied], axis=1)
        columns = np.concatenate([task.data.X[:, kept], probes], axis=1)
        beside = replace(task, data=replace(task.data, X=columns))
        gains = gain(beside)
        limit = np.quantile(gains[len(kept) :], PROBE_QUANTILE)
        rounds.append((kept, gains[: len(kept)]))
        survivors = kept[gains[: len(kept)] > limit]
        if len(survivors) == len(kept):
            break
        kept = survivors
    scores = np.full(n_features, -float(len(rounds) + 1))
    for number, (columns, gains) in enumerate(rounds):
        scores[columns] = number - len(rounds) + np.minimum(gains, 0.999)
    scores[kept] += 1.0
    return scores


def sequential_attention(task: RankingTask) -> NDArray[np.float64]:
    """Rank by the loss that a column removes when attention takes it, one column after the other.

    T. Yasuda et al., "Sequential attention for feature selection", ICLR 2023:
    `tussis.selection.importance.sequential_attention`. Copies of what is taken come last.
    """
    X, y = _sample(task)
    return attended(X, y, task.progress)


def feature_gradients(task: RankingTask) -> NDArray[np.float64]:
    """Rank by how long a column's share lasts while shares cost more and more.

    R. Sheth, N. Fusi, "Differentiable feature selection by discrete relaxation", AISTATS 2020:
    `tussis.selection.importance.feature_gradients`.
    """
    X, y = _sample(task)
    return lasting_shares(X, y, task.progress)


def quick_selection(task: RankingTask) -> NDArray[np.float64]:
    """Rank by the strength of a column's neuron in a sparse autoencoder, without regard to the class.

    Z. Atashgahi et al., "Quick and robust feature selection", Machine Learning 111, 2022:
    `tussis.selection.importance.sparse_autoencoder`.
    """
    X, _ = _sample(task)
    return neuron_strength(X, task.data.seed, task.progress)


def splines(task: RankingTask) -> NDArray[np.float64]:
    """Rank by the spread of a column's curve in an additive model on held-out subjects, mean over folds.

    Z. Liu et al., "KAN: Kolmogorov-Arnold networks", ICLR 2025; T. Hastie, R. Tibshirani, "Generalized
    additive models", Statistical Science 1, 1986: `tussis.selection.importance.spline_importance`.
    """
    data = task.data
    X = normal_scores(data.X)
    total = np.zeros(X.shape[1])
    for number, (train, test) in enumerate(data.folds):
        drawn = train[drawn_rows(data.weight[train], MOST_ROWS, data.seed)]
        even = np.ones(len(X))
        even[test] = data.weight[test]
        total += spline_importance(X, data.y, even, drawn, test) / len(data.folds)
        task.progress("ranking splines", number + 1, len(data.folds))
    return total


def neural_information(task: RankingTask) -> NDArray[np.float64]:
    """Rank by how long a column's gate stays open in a network that estimates mutual information.

    T. Muvunza et al., "MINERVA: mutual information neural estimation for supervised feature selection", arXiv
    2510.02610, 2025: `tussis.selection.importance.neural_information`.
    """
    X, y = _sample(task)
    return lasting_gates(X, y, task.data.seed, task.progress)


def cardinality_aware(task: RankingTask) -> NDArray[np.float64]:
    """Rank by mutual information above that of a shuffled class, one column at a time.

    B. Škrlj, B. Mramor, "OutRank", RecSys 2023: `tussis.selection.importance.cardinality`.
    """
    return above_chance(task.data.X, task.data.y, task.data.seed)


RANKINGS: dict[RankingName, Callable[[RankingTask], NDArray[np.float64]]] = {
    "gain": gain,
    "shap": shap,
    "permutation": permutation,
    "mutual_information": mutual_information,
    "distance_correlation": distance_correlation,
    "infinite": infinite,
    "random_probe": random_probe,
    "sequential_attention": sequential_attention,
    "feature_gradients": feature_gradients,
    "quick_selection": quick_selection,
    "splines": splines,
    "neural_information": neural_information,
    "cardinality_aware": cardinality_aware,
}
assert tuple(RANKINGS) == get_args(RankingName)


def rank(name: str, task: RankingTask) -> NDArray[np.float64]:
    """Score features by the ranking called `name`.

    Parameters
    ----------
    name
        A key of `RANKINGS`.
    task
        What to rank.

    Returns
    -------
    ndarray of float64, shape (n_features,)

    Raises
    ------
    ValueError
        There is no such ranking.
    """
    if name not in RANKINGS:
        raise ValueError(f"{name!r} is not a ranking; choose from {', '.join(RANKINGS)}")
    with one_thread():
        return RANKINGS[name](task)


def _sample(task: RankingTask) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Draw rows by their weights; give their columns' normal scores and their class."""
    rows = drawn_rows(task.data.weight, MOST_ROWS, task.data.seed)
    return normal_scores(task.data.X[rows]), (task.data.y[rows] > 0).astype(np.int64)


FoldScore = Callable[[RankingTask, "Booster", Fold], NDArray[np.float64]]
"""What a ranking makes of the model of a fold."""


def _mean_over_folds(task: RankingTask, stage: str, score: FoldScore) -> NDArray[np.float64]:
    """Fit a model per fold and average what `score` makes of it."""
    total = np.zeros(task.data.X.shape[1])
    shared = replace(task, progress=silent)
    tasks = [(score, number) for number in range(len(task.data.folds))]
    for number, scores in enumerate(side_by_side(_fold_score, shared, tasks)):
        total += scores / len(task.data.folds)
        task.progress(f"ranking {stage}", number + 1, len(task.data.folds))
    return total


def _fold_score(task: RankingTask, score: FoldScore, number: int) -> NDArray[np.float64]:
    fold = task.data.folds[number]
    model = fit_booster(task.data.X, task.data.y, task.data.weight, task.booster, fold[0])
    return score(task, model, fold)
