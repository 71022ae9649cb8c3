"""One row of the catalogue: what a feature is, what it shares with others and what C computes it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from .c_expression import Expression
from .node import Node, with_implied

__all__ = ["Feature", "Modality", "Topic"]

Modality = Literal["audio", "imu"]


@dataclass(frozen=True)
class Feature:
    """A feature of the catalogue.

    Attributes
    ----------
    id : str
        Snake-case name, the one detector files use.
    family : str
        Group the feature belongs to (``mel``, ``mfcc``, ``spectrum``, ``envelope``, ``acceleration`` ...).
    modality : "audio" or "imu"
        Which recording it is computed from.
    unit : str
        Unit of the value.
    description : str
        What it measures, in one line.
    formula : str
        Formula in the symbols of ``docs/features.md``.
    source : str
        Publication that defines it, or ``tussis``.
    nodes : frozenset of Node
        Work shared with other features, implied work included.
    value : Expression
        C expression the exporter assigns to the feature.
    switches : tuple of str
        Switches of the C that its kernel needs beside those of its nodes.
    tolerance : float
        Largest relative difference allowed between NumPy and C (absolute below one). Zero: the bits are
        equal.
    """

    id: str
    family: str
    modality: Modality
    unit: str
    description: str
    formula: str
    source: str
    nodes: frozenset[Node]
    value: Expression
    switches: tuple[str, ...] = ()
    tolerance: float = 0.0

    @property
    def needs(self) -> frozenset[str]:
        """Names of its nodes."""
        return frozenset(node.name for node in self.nodes)


@dataclass(frozen=True)
class Topic:
    """What the rows of one family have in common; makes rows.

    Attributes
    ----------
    family, modality : str
        Family and modality of the topic's rows.
    source : str
        Publication, unless a row names another.
    always : tuple of Node
        Nodes of every row of the modality.
    """

    family: str
    modality: Modality
    source: str
    always: tuple[Node, ...] = ()

    def row(
        self,
        name: str,
        unit: str,
        description: str,
        formula: str,
        value: Expression,
        *,
        needs: Iterable[Node] = (),
        switches: tuple[str, ...] = (),
        source: str = "",
    ) -> Feature:
        """Make a row; its nodes are those of the variables that `value` reads, `needs`, and what they imply.

        Parameters
        ----------
        name, unit, description, formula, value, switches
            As in `Feature`.
        needs : iterable of Node
            Nodes of which `value` reads no variable.
        source : str
            Source of the formula, where it differs from the topic's.
        """
        read = [variable.node for variable in value.variables if variable.node]
        return Feature(
            id=name,
            family=self.family,
            modality=self.modality,
            unit=unit,
            description=description,
            formula=formula,
            source=source or self.source,
            nodes=with_implied([*self.always, *needs, *read]),
            value=value,
            switches=switches,
        )
