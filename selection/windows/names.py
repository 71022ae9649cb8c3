"""A name for each of many windows, kept as a number: names repeat, and a string takes four bytes a letter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["Names"]


@dataclass(frozen=True, eq=False)
class Names:
    """Names by row.

    Parameters
    ----------
    known : ndarray of str, shape (n_names,)
        Each name once, in order.
    number : ndarray of int32, shape (n,)
        Place of each row's name in `known`.

    Examples
    --------
    >>> names = Names.repeated(["b", "a"], [2, 1])
    >>> names.array().tolist(), names[np.array([True, False, True])].number.tolist()
    (['b', 'b', 'a'], [1, 0])
    """

    known: NDArray[np.str_]
    number: NDArray[np.int32]

    @classmethod
    def of(cls, names: Sequence[str] | NDArray[np.str_] | Names) -> Names:
        """Make numbers of names; what is numbered stays as it is."""
        if isinstance(names, Names):
            return names
        known, number = np.unique(np.asarray(names, np.str_), return_inverse=True)
        return cls(known, number.astype(np.int32))

    @classmethod
    def repeated(cls, names: Sequence[str], counts: Sequence[int]) -> Self:
        """Give each name as many rows as it counts."""
        known, number = np.unique(np.array(names, np.str_), return_inverse=True)
        return cls(known, np.repeat(number.astype(np.int32), counts))

    @classmethod
    def joined(cls, parts: Sequence[NDArray[np.str_]]) -> Self:
        """Join the names of all parts, one part after the other."""
        own = [np.unique(part, return_inverse=True) for part in parts]
        known = np.unique(np.concatenate([names for names, _ in own]))
        numbers = [np.searchsorted(known, names).astype(np.int32)[place] for names, place in own]
        return cls(known, np.concatenate(numbers))

    def __len__(self) -> int:
        return len(self.number)

    def __getitem__(self, rows: NDArray[Any]) -> Names:
        return Names(self.known, self.number[rows])

    def array(self) -> NDArray[np.str_]:
        """Give the name of every row as a string."""
        return self.known[self.number]
