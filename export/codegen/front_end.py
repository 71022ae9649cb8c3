"""What of the front end a detector needs: its plans, its features and the work they share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...selection.detector.detector_file import Detector
from ...signal.catalogue import features
from ...signal.feature import Feature
from ...signal.plan import AudioPlan, ImuPlan

SERIES = (
    "level",
    *("group0", "group1", "group2", "group3"),
    *("tilt", "flux", "onset", "rising", "flat", "centroid", "tonal", "zcr", "peak", "crest"),
)
"""Integer series the firmware can keep, in the order of its rows."""

SINGLE_NODES = ("mel_sum", "psd", "power", "mean_square")
"""Nodes that are on or off."""

LISTED_NODES = ("mel_square", "mel_max", "mel_energy", "mfcc")
"""Nodes that exist per band or coefficient."""


@dataclass(frozen=True)
class FrontEnd:
    """Plans and features of a detector; a modality without features has neither.

    Attributes
    ----------
    audio_plan, imu_plan : AudioPlan or None, ImuPlan or None
        None where the detector lacks the modality.
    audio, imu : tuple of Feature
        Features in the order of the model's inputs.
    """

    audio_plan: AudioPlan | None
    audio: tuple[Feature, ...]
    imu_plan: ImuPlan | None
    imu: tuple[Feature, ...]

    @classmethod
    def of(
        cls,
        audio_plan: AudioPlan | None,
        audio_ids: Iterable[str],
        imu_plan: ImuPlan | None,
        imu_ids: Iterable[str],
    ) -> FrontEnd:
        """Look the features up in the catalogue; raises KeyError for an unknown id."""
        audio = features(audio_ids, "audio", audio_plan) if audio_plan else ()
        return cls(audio_plan, audio, imu_plan, features(imu_ids, "imu") if imu_plan else ())

    @classmethod
    def of_detector(cls, detector: Detector) -> FrontEnd:
        """Take plans and features from a detector."""
        audio, imu = detector.audio, detector.imu
        return cls.of(
            audio.plan if audio else None,
            audio.features if audio else (),
            imu.plan if imu else None,
            imu.features if imu else (),
        )

    @property
    def audio_nodes(self) -> frozenset[str]:
        """Every cost node of the audio features."""
        return frozenset().union(*(row.needs for row in self.audio))

    def listed(self, node: str) -> tuple[int, ...]:
        """Return the bands or coefficients for which a listed node is needed, ascending."""
        found = (name[-2:] for name in self.audio_nodes if name[:-3] == node)
        return tuple(sorted(int(number) for number in found))

    @property
    def series(self) -> tuple[str, ...]:
        """Integer series to keep, in row order."""
        return tuple(name for name in SERIES if name in self.audio_nodes)
