"""The firmware's own C, compiled for this machine, in place of NumPy, where it gives the same bits.

NumPy is the definition; the C only computes the same features faster. What compiles it stands further along
the pipeline (``export/host/feature_kernels.py``) and is named by the package, so that nothing here knows it.

``TUSSIS_KERNELS`` chooses. ``numpy`` never takes the C. ``c`` takes it from the first sample on, and fails
where it cannot. ``auto``, the default, takes it for long work: once a process has computed a minute of
recordings it looks whether the C was compiled before; after half an hour, or where so much is known to come,
it compiles it.
"""

from __future__ import annotations

import importlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from ..data.input_error import InputError
from .elementary import Float32
from .plan import AudioPlan, ImuPlan

__all__ = [
    "AudioKernel",
    "Choice",
    "KernelSource",
    "MotionKernel",
    "audio_kernel",
    "chosen",
    "motion_kernel",
    "without_kernels",
]

Choice = Literal["auto", "c", "numpy"]
Done = Callable[[int, int], None]

LOOK_S = 60.0
"""Length of recordings after which a process looks for the C, in seconds: as long as looking takes."""

COMPILE_S = 1800.0
"""Length of recordings after which it compiles it."""

_VARIABLE = "TUSSIS_KERNELS"
_left_out: ContextVar[bool] = ContextVar("tussis_without_kernels", default=False)
_lock = threading.Lock()
_seconds = {"audio": 0.0, "motion": 0.0}


class AudioKernel(Protocol):
    """Features and levels of sound in one plan, with the bits of NumPy."""

    def __call__(
        self, pcm: NDArray[np.int16], ids: Sequence[str], n_frames: int, done: Done
    ) -> tuple[Float32, Float32]:
        """Return values of every window, shape (n_windows, n_ids), and the level of each frame."""


class MotionKernel(Protocol):
    """Features of motion in one plan, with the bits of NumPy."""

    def __call__(self, samples: Float32, ids: Sequence[str]) -> Float32:
        """Return values of every window, shape (n_windows, n_ids); samples are finite, shape (n, 6)."""


class KernelSource(Protocol):
    """Where kernels come from."""

    def audio(self, plan: AudioPlan, *, compiling: bool, forced: bool) -> AudioKernel | None:
        """Return the kernel of a plan, or None where there is none (`InputError` where it is forced)."""

    def motion(self, plan: ImuPlan, *, compiling: bool, forced: bool) -> MotionKernel | None:
        """Return the kernel of a plan, or None where there is none (`InputError` where it is forced)."""


@contextmanager
def without_kernels() -> Iterator[None]:
    """Compute features by NumPy alone within: what proves the C must not be computed by it.

    Holds for this thread or task, not for threads and processes that are started within.

    Examples
    --------
    >>> with without_kernels():
    ...     audio_kernel(AudioPlan(), 1e9) is None
    True
    """
    token = _left_out.set(True)
    try:
        yield
    finally:
        _left_out.reset(token)


def chosen() -> Choice:
    """Return what ``TUSSIS_KERNELS`` says.

    Raises
    ------
    InputError
        It says something else.
    """
    named = os.environ.get(_VARIABLE) or "auto"
    for choice in get_args(Choice):
        if named == choice:
            found: Choice = choice
            return found
    raise InputError("environment", f"{named!r} is unknown", field=_VARIABLE, remedy="use auto, c or numpy")


def audio_kernel(plan: AudioPlan, seconds: float, *, coming_s: float = 0.0) -> AudioKernel | None:
    """Return what computes features of sound in place of NumPy; None where NumPy is to be taken.

    Parameters
    ----------
    plan
        Plan of the windows.
    seconds
        Length of the recording that is computed next.
    coming_s
        Length of what is known to come besides, in this process or in others.
    """
    terms = _terms("audio", seconds, coming_s)
    return None if terms is None else _source().audio(plan, **terms)


def motion_kernel(plan: ImuPlan, seconds: float, *, coming_s: float = 0.0) -> MotionKernel | None:
    """Return what computes features of motion, as `audio_kernel` does."""
    terms = _terms("motion", seconds, coming_s)
    return None if terms is None else _source().motion(plan, **terms)


def _terms(signal: str, seconds: float, coming_s: float) -> dict[str, bool] | None:
    """Say whether to compile and whether it is an error if that fails; None: do not even look."""
    if _left_out.get():
        return None
    choice = chosen()
    if choice == "numpy":
        return None
    with _lock:
        _seconds[signal] += seconds
        length = _seconds[signal] + coming_s
    forced = choice == "c"
    if not forced and length < LOOK_S:
        return None
    return {"compiling": forced or length >= COMPILE_S, "forced": forced}


def _source() -> KernelSource:
    package: Any = importlib.import_module(__name__.partition(".")[0])
    module: Any = importlib.import_module(package._FEATURE_KERNELS)
    source: KernelSource = module.SOURCE
    return source
