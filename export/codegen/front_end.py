"""What of the front end a detector needs: its plans, its features and the work they share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...selection.detector.detector_file import Detector
from ...signal.audio_nodes import SERIES, SWITCHES
from ...signal.catalogue import features
from ...signal.feature import Feature
from ...signal.node import Node
from ...signal.plan import AudioPlan, ImuPlan


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
    def audio_nodes(self) -> frozenset[Node]:
        """Every node of the audio features."""
        return frozenset().union(*(row.nodes for row in self.audio))

    def listed(self, kind: str) -> tuple[int, ...]:
        """Return the bands or coefficients for which a kind of listed node is needed, ascending."""
        numbers = (node.number for node in self.audio_nodes if node.kind == kind)
        return tuple(sorted(number for number in numbers if number is not None))

    @property
    def series(self) -> tuple[str, ...]:
        """Integer series to keep, in row order."""
        nodes = self.audio_nodes
        return tuple(series.name for series in SERIES if series.node in nodes)

    @property
    def switches(self) -> dict[str, bool]:
        """Every switch of the audio path's C, in the order in which they are written: whether it is on."""
        on = {node.switch for node in self.audio_nodes}
        on = on.union(*(row.switches for row in self.audio), *(node.switches for node in self.audio_nodes))
        return {name: name in on for name in SWITCHES}
