"""Rows as a pandas frame, where pandas is installed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .extras import install_line
from .input_error import InputError

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["data_frame"]


def data_frame(rows: Sequence[Sequence[Any]], names: Sequence[str]) -> DataFrame:
    """Make a frame.

    Parameters
    ----------
    rows
        Cells of each row.
    names
        Names of the columns.

    Raises
    ------
    InputError
        pandas is not installed.

    Examples
    --------
    >>> data_frame([(1.0, "cough")], ("start_s", "name")).shape
    (1, 2)
    """
    try:
        from pandas import DataFrame
    except ModuleNotFoundError as error:
        raise InputError(
            "to_frame", "the package pandas is not installed", remedy=install_line("pandas")
        ) from error
    return DataFrame(list(rows), columns=list(names))
