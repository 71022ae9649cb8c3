"""The names of the studies.

This module imports nothing, so that the command line can offer the choice without loading NumPy.
"""

from __future__ import annotations

from typing import Literal, get_args

__all__ = ["STUDIES", "StudyName"]

StudyName = Literal["rankings", "mel-mfcc", "window", "rate", "mode", "wake"]
STUDIES: tuple[StudyName, ...] = get_args(StudyName)
