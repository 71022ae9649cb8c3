"""The one folder below which everything lies that can be made again."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["CACHE_PLACE", "cache_place", "is_in_cache"]

CACHE_PLACE = "TUSSIS_CACHE"
"""Variable of the environment that names the folder."""


def cache_place() -> Path:
    """Return the folder that ``TUSSIS_CACHE`` names, else this user's cache folder."""
    if named := os.environ.get(CACHE_PLACE):
        return Path(named)
    import pooch

    return Path(pooch.os_cache("tussis"))


def is_in_cache(path: Path) -> bool:
    """Say whether a file or folder lies below `cache_place`."""
    return Path(os.path.abspath(path)).is_relative_to(os.path.abspath(cache_place()))
