"""Where a detector comes from, as its file says."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ...data.recording import Recording
from .section import Section

__all__ = ["PathPoint", "Provenance", "Source"]


class Source(Section):
    """One collection that a detector was taught by.

    Attributes
    ----------
    collection
        Name of the set of clips, or first folder of the sessions; empty at the top of the dataset.
    recordings, groups, hours, coughs
        Recordings learned from, their people or sources, their length, and the coughs labelled in them.
    left_out
        Clips that were not used.
    licence, url
        Licence and address, where the recipe states them.
    """

    collection: str
    recordings: int
    groups: int
    hours: float
    coughs: int
    left_out: int = 0
    licence: str = ""
    url: str = ""


class PathPoint(Section):
    """One set of features that selection tried.

    Attributes
    ----------
    n_features
        Its size.
    score, deviation
        Average precision on people held out: mean and standard deviation over the folds.
    cycles_per_second
        What computing the set takes on the device, where selection priced it; else null.
    chosen
        Whether the model has this set.
    """

    n_features: int
    score: float
    deviation: float
    cycles_per_second: float | None = None
    chosen: bool = False


class Provenance(Section):
    """Where a detector comes from. Nothing here changes what it does.

    ``selection`` is the path of feature selection by model.
    ``recordings`` are the hashes of what it was trained on (`tussis.data.recording.Recording.samples_hash`).
    """

    data_hash: str = ""
    versions: dict[str, str] = Field(default_factory=dict)
    seed: int | None = None
    scores: dict[str, Any] = Field(default_factory=dict)
    command: str = ""
    created_by: str = ""
    sources: list[Source] = Field(default_factory=list)
    doubts: list[str] = Field(default_factory=list)
    recordings: list[str] = Field(default_factory=list)
    selection: dict[str, list[PathPoint]] = Field(default_factory=dict, repr=False)

    def was_trained_on(self, recording: Recording) -> bool:
        """Say whether the detector was trained on the same samples, whatever their name and labels."""
        return recording.samples_hash in self.recordings
