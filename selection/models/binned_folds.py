"""Windows binned once, and the training of models on the rows of one fold.

A fold's held-out rows stay in the matrix with a weight of zero: they shape no tree, and their margins come
out of XGBoost's prediction cache as it trains.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..windows.row_file import let_go
from .binned_table import BinnedTable, MatrixPool
from .booster import BoosterPlan
from .cross_validation import CrossValidation

if TYPE_CHECKING:
    from xgboost import Booster, QuantileDMatrix

__all__ = ["BinnedFolds"]


class BinnedFolds:
    """What the models of all folds are trained on.

    Parameters
    ----------
    data
        Windows and folds; binned once, here.
    plan
        Size and regularisation of the models.
    """

    def __init__(self, data: CrossValidation, plan: BoosterPlan) -> None:
        self._table = BinnedTable(data.X, data.y, plan.max_bin)
        let_go(data.X)
        self._weight = np.asarray(data.weight, np.float32)
        self._folds = data.folds
        self._plan = plan
        self._pool: tuple[bytes, MatrixPool] | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Leave out matrices, which no other process can use; each makes its own."""
        return {**self.__dict__, "_pool": None}

    def _matrices(self, columns: NDArray[np.intp]) -> MatrixPool:
        """Matrices of some columns, kept until others are asked for."""
        key, pool = columns.tobytes(), self._pool
        if pool is None or pool[0] != key:
            self._pool = pool = (key, MatrixPool(self._table, columns))
        return pool[1]

    def _train(
        self,
        matrix: QuantileDMatrix,
        rows: NDArray[np.intp],
        plan: BoosterPlan,
        base_margin: NDArray[np.float32] | None = None,
    ) -> Booster:
        """Train on some rows of a matrix of all.

        This is `xgboost.train` without its last step, which writes the model and reads it again, and so
        forgets the log-odds of the rows that it has learned with.

        Parameters
        ----------
        matrix
            Matrix of the table; it gets the weights and the base margin.
        rows : ndarray of int, shape (n_rows,)
            All others get a weight of zero.
        plan
            Plan of the model.
        base_margin : ndarray of float32, shape (n,), or None
            Log-odds of every row that the model starts from.
        """
        import xgboost

        weight = np.zeros_like(self._weight)
        weight[rows] = self._weight[rows]
        matrix.set_weight(weight)
        if base_margin is not None:
            matrix.set_base_margin(base_margin)
        model = xgboost.Booster(plan.parameters() | {"disable_default_eval_metric": True}, [matrix])
        for number in range(plan.n_trees):
            model.update(matrix, number)
        return model
