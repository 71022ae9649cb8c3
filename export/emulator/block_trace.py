"""The order in which basic blocks ran, recorded at about 0.1 us a block.

Unicorn calls a hook at the start of every translation block. A Python function there costs about half a
microsecond, several times the emulation itself. Here the hook is ``array.insert`` itself, called by ctypes
without any Python frame: Unicorn's first argument, its engine pointer, is taken as the position, and a
position behind the end appends. A second hook fires once per *translated* block and says how long it is; it
is silent about the first block of all, so a run must enter through a block that does not matter.
"""

from __future__ import annotations

import array
import ctypes

import numpy as np
from numpy.typing import NDArray

from .engine import Engine

__all__ = ["BlockTrace"]

_BLOCK_HOOK = ctypes.CFUNCTYPE(None, ctypes.c_ssize_t, ctypes.c_uint32)
# The C caller passes four arguments; the two we do not declare stay in their registers, unread. This holds
# for every ABI Unicorn's wheels exist for (System V and Windows x86-64, AAPCS64): the caller cleans up.


class _TranslationBlock(ctypes.Structure):
    _fields_ = [("pc", ctypes.c_uint64), ("icount", ctypes.c_uint16), ("size", ctypes.c_uint16)]


_EDGE_HOOK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(_TranslationBlock))


class BlockTrace:
    """Attach to an engine and record block start addresses in order.

    Attributes
    ----------
    sizes
        Bytes per translated block, keyed by start address.
    instruction_counts
        Unicorn's own instruction count per translated block; a check on the disassembler.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._log = array.array("I")
        self.sizes: dict[int, int] = {}
        self.instruction_counts: dict[int, int] = {}
        self._handles: list[object] = []
        # ctypes keeps no reference: without these two the hooks would be collected while in use
        self._on_block = _BLOCK_HOOK(self._log.insert)
        self._on_edge = _EDGE_HOOK(self._note_translation)

    def start(self) -> None:
        """Begin to record; blocks translated before are thrown away, since they carry no hook."""
        if self._handles:
            return
        self._engine.forget_translations()
        self._handles = self._engine.add_block_hooks(self._on_block, self._on_edge)

    def stop(self) -> None:
        """End recording; what was recorded stays."""
        if self._handles:
            self._engine.remove_hooks(self._handles)
            self._engine.forget_translations()
            self._handles = []

    @property
    def recording(self) -> bool:
        """Whether hooks are attached."""
        return bool(self._handles)

    def __len__(self) -> int:
        return len(self._log)

    def take(self) -> NDArray[np.uint32]:
        """Return the block addresses recorded so far, in order, and forget them.

        May be called by another thread while the emulation runs: the copy and the cut are each one step under
        the interpreter lock, and the hook only ever appends.
        """
        n = len(self._log)
        taken = np.frombuffer(self._log[:n].tobytes(), dtype=np.uint32)
        del self._log[:n]
        return taken

    def _note_translation(self, _engine: int, new: ctypes._Pointer[_TranslationBlock]) -> None:
        block = new[0]
        if block.size:
            self.sizes[int(block.pc)] = int(block.size)
            self.instruction_counts[int(block.pc)] = int(block.icount)
