"""One emitter per form of trees in C: to add one, write its module and give it a line in `EMITTERS`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from ...selection.trees.tree_ensemble import TreeEnsemble
from .branch_source import branch_source
from .m2cgen_source import m2cgen_source
from .table_source import compact_source, table_source

__all__ = ["EMITTERS", "TreeEmitter"]


class TreeEmitter(Protocol):
    """What writes one form."""

    def __call__(
        self, trees: TreeEnsemble, name: str, *, missing: bool = False, source: str = "model"
    ) -> str:
        """C source of ``float NAME(const float *x)``, which gives the bits of ``trees.margin``.

        Parameters
        ----------
        trees
            The tree ensemble to write.
        name
            Name of the function; a C identifier.
        missing
            Whether NaN may come in and must follow each node's default direction.
        source
            File to name in an error.

        Raises
        ------
        InputError
            A limit of the form is exceeded; the message names it.
        """


EMITTERS: Mapping[str, TreeEmitter] = {
    "table": table_source,
    "compact": compact_source,
    "branches": branch_source,
    "m2cgen": m2cgen_source,
}
