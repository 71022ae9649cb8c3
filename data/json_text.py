"""JSON as it is written everywhere: strictly valid, whatever a board or a division brought."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence

__all__ = ["finite_values", "json_text"]


def json_text(document: object, indent: int | None = None) -> str:
    """Write a document as JSON; NaN and infinity, for which JSON has no word, become null.

    Parameters
    ----------
    document
        Mappings, sequences, texts, numbers, truth values and None, in each other.
    indent
        Blanks per level; None: all in one line.

    Examples
    --------
    >>> json_text({"margin": [1.5, float("nan"), -float("inf")]})
    '{"margin": [1.5, null, null]}'
    """
    return json.dumps(finite_values(document), indent=indent, allow_nan=False)


def finite_values(value: object) -> object:
    """Return the same document with None in place of every number that is not finite."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): finite_values(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [finite_values(item) for item in value]
    return value
