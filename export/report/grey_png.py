"""A picture of few greys as PNG, without a library."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

__all__ = ["grey_png"]


def grey_png(levels: NDArray[np.uint8]) -> bytes:
    r"""Write levels as a grey PNG of 4 bits (W3C, PNG, third edition).

    Parameters
    ----------
    levels : ndarray of uint8, shape (height, width)
        0 (black) to 15 (white).

    Examples
    --------
    >>> grey_png(np.zeros((2, 3), np.uint8))[:4]
    b'\x89PNG'
    """
    height, width = levels.shape
    even = np.pad(levels, ((0, 0), (0, width % 2)))
    rows = np.zeros((height, even.shape[1] // 2 + 1), np.uint8)  # each begins with its filter, 0 for none
    rows[:, 1:] = even[:, ::2] << 4 | even[:, 1::2]

    def piece(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 4, 0, 0, 0, 0)
    body = zlib.compress(rows.tobytes(), 9)
    return b"\x89PNG\r\n\x1a\n" + piece(b"IHDR", head) + piece(b"IDAT", body) + piece(b"IEND", b"")
