"""How many of what, in words: ``1 recording``, ``2 recordings``."""

from __future__ import annotations

__all__ = ["counted"]


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """Put a number before a noun, in the plural unless there is one of it.

    Parameters
    ----------
    count
        How many.
    noun
        What, in the singular.
    plural
        What, in the plural; None adds an s.

    Returns
    -------
    str
        Number and noun.

    Examples
    --------
    >>> counted(1, "recording"), counted(0, "label track"), counted(2, "stretch", "stretches")
    ('1 recording', '0 label tracks', '2 stretches')
    """
    return f"{count} {noun if count == 1 else plural or noun + 's'}"
