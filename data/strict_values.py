"""Values of files by their own kinds: a text or a truth value is never taken for a number."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["as_model", "as_number"]

_Model = TypeVar("_Model", bound="BaseModel")


def as_model(kind: type[_Model], document: object) -> _Model:
    """Check a document of a file by a pydantic model, without changing the kind of any value.

    By itself pydantic reads ``"1.5"`` and ``true`` where a number belongs. Its strict mode for JSON does not,
    and still makes tuples of lists.

    Parameters
    ----------
    kind
        The model.
    document
        What `tussis.data.untrusted.read_json` or `read_toml` gave.

    Raises
    ------
    pydantic.ValidationError
        The document is not of this kind; a date of TOML counts as a text.
    """
    return kind.model_validate_json(json.dumps(document, default=str, allow_nan=False), strict=True)


def as_number(value: Any, least: float = 0.0, most: float = 1e15) -> float:
    """Return a number of a JSON document as a float, if it is one and within bounds.

    Parameters
    ----------
    value
        What the document holds.
    least, most
        Bounds, both allowed.

    Raises
    ------
    ValueError
        It is a text, a truth value or anything else that is not a number, or out of bounds.

    Examples
    --------
    >>> as_number(3)
    3.0
    >>> as_number(True)
    Traceback (most recent call last):
        ...
    ValueError: is True, not a number
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise ValueError(f"is {value!r:.40}, not a number")
    if not least <= value <= most:
        raise ValueError(f"is {value!r:.40}, not from {least:g} to {most:g}")
    return float(value)
