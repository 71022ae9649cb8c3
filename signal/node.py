"""Shared work of features: what the front end computes once, however many features use it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

__all__ = ["Node", "Scope", "Storage", "with_implied"]

Scope = Literal["always", "frame", "window"]
"""When a node is computed: whatever the features, per frame, or per window."""

Storage = Literal["none", "sum", "series", "list"]
"""What the C keeps of a node from frame to frame: nothing of its own, a sum or ring with a type of its own, a
row of the 16-bit series, or a sum for each band or coefficient in a list."""


@dataclass(frozen=True)
class Node:
    """A piece of work that several features share, and its price's key in a cost table.

    Attributes
    ----------
    name : str
        Unique within a modality.
    kind : str
        Key of its cost: bands, coefficients, groups and axes have one figure in common.
    scope : "always", "frame" or "window"
        When it is computed.
    implies : tuple of Node
        Work that it needs in turn.
    storage : "none", "sum", "series" or "list"
        What the C keeps of it. All but ``none`` have a switch ``TUSSIS_NEED_*`` of their own.
    number : int, optional
        Band or coefficient of a node of storage ``list``.
    switches : tuple of str
        Switches it turns on together with other nodes, in lower case and without ``TUSSIS_NEED_``.

    Examples
    --------
    >>> block = Node("mel_block", "mel_block", "frame")
    >>> square = Node("mel_square_03", "mel_square", "frame", (block,), storage="list", number=3)
    >>> square.switch
    'mel_square'
    >>> sorted(node.name for node in with_implied([square]))
    ['mel_block', 'mel_square_03']
    """

    name: str
    kind: str
    scope: Scope
    implies: tuple[Node, ...] = ()
    storage: Storage = "none"
    number: int | None = None
    switches: tuple[str, ...] = ()

    @property
    def switch(self) -> str | None:
        """The switch of its own, in lower case; None where the C keeps nothing of it."""
        if self.storage == "none":
            return None
        return self.kind if self.storage == "list" else self.name


def with_implied(nodes: Iterable[Node]) -> frozenset[Node]:
    """Return `nodes` and all that they imply."""
    found: set[Node] = set()
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += node.implies
    return frozenset(found)
