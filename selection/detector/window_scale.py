"""Where the windows of a model are in time, and from which answer they count."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["WindowScale"]


class WindowScale(NamedTuple):
    """When the windows of one model are, in seconds, and the log-odds from which they count."""

    window_s: float
    hop_s: float
    threshold: float
