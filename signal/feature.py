"""One row of the catalogue: what a feature is and which C expression computes it."""

from __future__ import annotations

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
        Cost nodes: work shared with other features (:mod:`tussis.signal.catalogue` lists them). A node becomes the
        switch ``TUSSIS_NEED_<NODE>`` of the exported C.
    tolerance : float
        Largest relative difference allowed between NumPy and C (absolute below one). Zero: the bits are equal.
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
