"""When the audio path runs, as the detector file holds it, and in the gate's units."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ..trees.tree_ensemble import logit32
from .gate import TICK_HZ, BusyRule, fired_windows
from .section import Probability, Section

__all__ = ["Gating"]


class Gating(Section):
    """When the audio path runs, see `tussis.selection.detector.gate`.

    Parameters
    ----------
    threshold
        Probability from which an IMU window wakes the audio path.
    hold_s
        Time after the end of that window during which audio windows are evaluated, in seconds; not below the
        hop of the IMU windows, or a gate that is open for want of motion would close between them.
    max_consecutive_audio_windows
        Audio windows in a row that positive audio windows alone keep evaluated.
    busy_threshold
        Probability from which an IMU window wakes the audio path while the wearer moves; None: `threshold`.
    busy_from
        The wearer moves while the mean log-odds of the windows before are above those of this probability,
        which lies between 0 and 1, both excluded: a mean of log-odds must be finite.
    follow_s
        Time constant of that mean, in seconds, 1 to 600.
    """

    threshold: Probability = 0.1
    hold_s: Annotated[float, Field(ge=0.0, le=10.0)] = 0.64
    max_consecutive_audio_windows: Annotated[int, Field(ge=0, le=255)] = 4
    busy_threshold: Probability | None = None
    busy_from: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.15
    follow_s: Annotated[float, Field(ge=1.0, le=600.0)] = 10.0

    def busy(self, hop_s: float) -> BusyRule | None:
        """Return the rule while the wearer moves, for windows every `hop_s` seconds, or None."""
        if self.busy_threshold is None:
            return None
        weight = np.float32(min(hop_s / self.follow_s, 1.0))
        return BusyRule(logit32(self.busy_threshold), logit32(self.busy_from), weight)

    def fired(
        self, margins: NDArray[np.float32], hop_s: float, measured: NDArray[np.bool_] | None = None
    ) -> NDArray[np.bool_]:
        """Say which IMU windows fire (`tussis.selection.detector.gate.fired_windows`)."""
        return fired_windows(margins, self.margin, self.busy(hop_s), measured)

    @property
    def hold_ticks(self) -> int:
        """`hold_s` in ticks of 1/16000 s."""
        return round(self.hold_s * TICK_HZ)

    @property
    def margin(self) -> np.float32:
        """`threshold` as log-odds."""
        return logit32(self.threshold)
