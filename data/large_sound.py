"""Sound of many hours, kept in a file and mapped into memory, which then does not grow with its length."""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from .input_error import InputError

__all__ = ["LARGE_SAMPLES", "blocks_of", "copy_sound", "forget_pages", "silence_of_length", "sound_of_blocks"]

LARGE_SAMPLES = 1 << 25
"""Samples from which sound stays in a file: 35 minutes at 16 kHz, 64 MB."""

_BLOCK_SAMPLES = 1 << 20


def sound_of_blocks(blocks: Iterable[NDArray[np.int16]]) -> NDArray[np.int16]:
    """Put blocks of sound together, in a temporary file once they are large.

    Parameters
    ----------
    blocks
        int16 blocks of shape ``(n,)`` in order.

    Returns
    -------
    NDArray[np.int16]
        Shape ``(sum of n,)``. Where it is large it can only be read, and its file goes with it.

    Raises
    ------
    InputError
        There is no room for the temporary file.

    Examples
    --------
    >>> sound_of_blocks([np.int16([1, 2]), np.int16([3])]).tolist()
    [1, 2, 3]
    """
    parts: list[NDArray[np.int16]] = []
    file: IO[bytes] | None = None
    samples = 0
    for block in blocks:
        parts.append(block)
        samples += len(block)
        if samples > LARGE_SAMPLES:
            file = file or _file()
            _write(file, parts)
            parts = []
    if file is None:
        return np.concatenate(parts) if parts else np.zeros(0, np.int16)
    return np.memmap(file, np.int16, "r", shape=(samples,))


def silence_of_length(samples: int) -> NDArray[np.int16]:
    """Return `samples` zeros that can be written to, in a temporary file where they are many.

    Raises
    ------
    InputError
        There is no room for the temporary file.

    Examples
    --------
    >>> silence_of_length(3).tolist()
    [0, 0, 0]
    """
    if samples <= LARGE_SAMPLES:
        return np.zeros(samples, np.int16)
    file = _file()
    starts = range(0, samples, _BLOCK_SAMPLES)
    _write(file, (np.zeros(min(_BLOCK_SAMPLES, samples - start), np.int16) for start in starts))
    return np.memmap(file, np.int16, "r+", shape=(samples,))


def blocks_of(sound: NDArray[np.int16]) -> Iterator[NDArray[np.int16]]:
    """Yield sound in blocks of a million samples; one stays in memory.

    Examples
    --------
    >>> [len(block) for block in blocks_of(np.zeros(2_500_000, np.int16))]
    [1048576, 1048576, 402848]
    """
    for start in range(0, len(sound), _BLOCK_SAMPLES):
        yield sound[start : start + _BLOCK_SAMPLES]
        forget_pages(sound)


def copy_sound(sound: NDArray[np.int16], target: NDArray[np.int16]) -> None:
    """Copy sound into an array of its length.

    Examples
    --------
    >>> target = silence_of_length(3)
    >>> copy_sound(np.int16([5, 6]), target[1:])
    >>> target.tolist()
    [0, 5, 6]
    """
    for start in range(0, len(sound), _BLOCK_SAMPLES):
        block = slice(start, start + _BLOCK_SAMPLES)
        target[block] = sound[block]
        forget_pages(sound)
        forget_pages(target)


def forget_pages(sound: NDArray[Any]) -> None:
    """Give back the memory of a mapped file; it is read again where it is used again.

    Without this, each page that was ever used counts as this process's memory until another needs it.

    Parameters
    ----------
    sound
        An array or a part of one; of one that is not mapped from a file nothing changes.
    """
    holder: object = sound
    while isinstance(holder, np.ndarray):
        holder = holder.base
    if isinstance(holder, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        holder.madvise(mmap.MADV_DONTNEED)


def _file() -> IO[bytes]:
    try:
        return tempfile.TemporaryFile(prefix="tussis-sound-")
    except OSError as error:
        raise _no_room(error) from error


def _write(file: IO[bytes], blocks: Iterable[NDArray[np.int16]]) -> None:
    try:
        for block in blocks:
            file.write(np.ascontiguousarray(block).data)
        file.flush()
    except OSError as error:
        raise _no_room(error) from error


def _no_room(error: OSError) -> InputError:
    return InputError(
        tempfile.gettempdir(),
        f"sound of many hours is kept there, and cannot be written: {error.strerror}",
        remedy="make room, or name another folder with the environment variable TMPDIR",
    )
