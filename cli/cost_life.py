"""What `tussis estimate` says of a life: a share of the time awake, or a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..data.input_error import InputError
from .console import ProgressDisplay

if TYPE_CHECKING:
    from ..export.estimate.estimate import Estimate

__all__ = ["Life", "extras_of"]


@dataclass(frozen=True)
class Life:
    """What gated mode is priced for besides the recording."""

    awake: float | None
    microphone_on: float | None
    day: Path | None
    sound_threshold: str | None

    def refuse_bad_values(self) -> None:
        """Refuse a share that is none, and a threshold without a unit."""
        if self.microphone_on is not None and not 0 <= self.microphone_on <= 1:
            problem = f"{self.microphone_on:g} is not a share of the time"
            raise InputError("--microphone-on", problem, remedy="give 0 to 1, like 0.2")
        if self.sound_threshold is not None:
            from ..selection.detector.sound_wake import threshold_dbfs

            threshold_dbfs(self.sound_threshold)


def extras_of(
    found: Estimate,
    clock_hz: float | None,
    surroundings: Mapping[str, Any],
    life: Life,
    *,
    advise: bool,
) -> dict[str, Any]:
    """Return the parts of the document that are made only where they are asked for."""
    extras: dict[str, Any] = {}
    awake, microphone_on = life.awake, life.microphone_on
    if awake is not None:
        from ..export.estimate.awake_share import at_awake_share
        from ..export.estimate.day_cost import whole_uncertainty
        from ..export.estimate.ways import compare_ways, ways_document

        at = at_awake_share(found, awake, life.microphone_on)
        ways = ways_document(compare_ways(found, awake, life.microphone_on))
        uncertainty = whole_uncertainty(found, at).as_dict()
        extras["awake"] = {**at.as_dict(), **ways, "uncertainty": uncertainty}
    if life.day is not None:
        from ..export.estimate.priced_day import price_day

        with ProgressDisplay() as progress:
            priced = price_day(found, life.day, life.sound_threshold, progress)
        awake, microphone_on = priced.cost.duty.share, priced.microphone_on
        extras["day"] = priced.as_dict()
    if advise:
        from ..export.estimate.advice import advise as changes_of

        changes = changes_of(
            found.measurement,
            found.device_name,
            awake_share=awake,
            microphone_on=microphone_on,
            clock_hz=clock_hz,
            **surroundings,
        )
        extras["advice"] = [asdict(change) for change in changes]
    return extras
