"""One row of the catalogue: what a feature is and which C expression computes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Modality = Literal["audio", "imu"]


@dataclass(frozen=True)
class Feature:
    """A feature of the catalogue.

    Attributes
    ----------
    id : str
        Snake-case name, the one detector files use.
    family : str
        Group the feature belongs to (``mel``, ``mfcc``, ``spectrum``, ``envelope``, ``kinematics`` ...).
    modality : "audio" or "imu"
        Which recording it is computed from.
    unit : str
        Unit of the value.
    description : str
        What it measures, in one line.
    needs : frozenset of str
        Cost nodes: work shared with other features. An audio node becomes the switch ``TUSSIS_NEED_<NODE>``
        of the exported C.
    tolerance : float
        Largest relative difference allowed between NumPy and C (absolute below one). Zero: the bits are
        equal.
    c_call : str
        Expression the exporter assigns to the feature.
    """

    id: str
    family: str
    modality: Modality
    unit: str
    description: str
    needs: frozenset[str]
    tolerance: float
    c_call: str


def read_rows(table: str, family: str, modality: Modality, **words: object) -> Iterator[Feature]:
    """Read catalogue rows, one a line: ``id | unit | needs | description | C expression``.

    Parameters
    ----------
    table : str
        Rows; ``{word}`` stands for a keyword argument, blank lines separate.
    family, modality : str
        Of all rows.
    **words
        Values of the placeholders.
    """
    always = ("fft", "mel") if modality == "audio" else ()
    for line in table.format(**words).splitlines():
        if line.strip():
            name, unit, needs, description, c_call = (cell.strip() for cell in line.split(" | "))
            nodes = frozenset((*always, *needs.split()))
            yield Feature(name, family, modality, unit, description, nodes, 0.0, c_call)
