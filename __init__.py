"""tussis: labelled audio and motion recordings in, a cough detector for a Cortex-M33 out.

The names below are loaded when first used, so that ``import tussis`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from .data.input_error import InputError
    from .data.recording import Label, Recording

_HOME = {
    "InputError": ".data.input_error",
    "Label": ".data.recording",
    "Recording": ".data.recording",
}

__all__ = ["InputError", "Label", "Recording", "__version__"]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'tussis' has no attribute {name!r}")
    return getattr(import_module(_HOME[name], __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
