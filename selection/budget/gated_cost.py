"""What a detector of both models costs in gated mode: the one model that training and the studies use.

While nothing moves, the audio path only takes samples in, or silence where the microphone sleeps. A motion
hit wakes it: it then computes frames, and features and model of every window. So cycles per second in gated
mode are those of the motion path, those of the sleeping audio path, and the shares of time for which frames
and windows are computed times their cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from ...signal.feature import Modality
from ...signal.plan import AudioPlan
from ..detector.detector_file import AudioModel, Detector, ImuModel
from ..detector.microphone import ALWAYS, Microphone
from ..detector.pre_roll import PreRoll
from ..trees.tree_sizes import tree_sizes
from .cost_table import CostTable

__all__ = ["GatedCost"]


@dataclass(frozen=True)
class GatedCost:
    """Cycles per second of the parts of a detector, by the cost table.

    Parameters
    ----------
    imu
        The motion path.
    asleep
        The audio path in gated mode while it computes nothing: taking samples in, decimated unless the
        pre-roll is raw, and control.
    silent
        The same while the microphone is off: silence is taken in, or a gap.
    frames
        What it takes more while it computes every frame.
    windows
        Features and model of every window.
    """

    imu: float
    asleep: float
    silent: float
    frames: float
    windows: float

    @classmethod
    def of_modalities(
        cls,
        audio: float,
        imu: float,
        plan: AudioPlan,
        table: CostTable,
        pre_roll: PreRoll = "decimated",
        microphone: Microphone = ALWAYS,
    ) -> Self:
        """Divide the cost of the audio path into its parts.

        Parameters
        ----------
        audio, imu
            Cycles per second of each path while it runs, models included; of audio without what `pre_roll`
            adds to it.
        plan
            Plan of the audio windows.
        table
            Costs of the kernels.
        pre_roll
            Form in which the sound before a motion hit is kept.
        microphone
            What is off while nothing moves.
        """
        kept = table.pre_rolls[pre_roll]
        always = table.audio.second + table.audio.frame / plan.frame_s
        silent = table.gap if microphone.gated else kept.silent
        return cls(imu, kept.asleep, silent, always + kept.awake_extra - kept.asleep, audio - always)

    @classmethod
    def of_detector(
        cls,
        detector: Detector,
        table: CostTable,
        pre_roll: PreRoll = "decimated",
        microphone: Microphone = ALWAYS,
    ) -> Self:
        """Look a detector of both models up in a cost table."""
        assert detector.audio is not None
        assert detector.imu is not None
        audio, imu = _cycles(table, "audio", detector.audio), _cycles(table, "imu", detector.imu)
        return cls.of_modalities(audio, imu, detector.audio.plan, table, pre_roll, microphone)

    @property
    def audio(self) -> float:
        """The audio path alone."""
        return self.asleep + self.frames + self.windows

    def gated(self, block_duty: float, window_duty: float, listening: float = 1.0) -> float:
        """Cycles per second in gated mode.

        Parameters
        ----------
        block_duty
            Share of the audio blocks whose frames are computed, 0..1.
        window_duty
            Share of the audio windows that are evaluated, 0..1.
        listening
            Share of the time in which the microphone gives samples, 0..1.
        """
        taken_in = listening * self.asleep + (1.0 - listening) * self.silent
        return self.imu + taken_in + block_duty * self.frames + window_duty * self.windows


def _cycles(table: CostTable, modality: Modality, model: AudioModel | ImuModel) -> float:
    """Cycles per second of one path while it runs, its model included."""
    features = table.graph(modality, model.plan).cost(model.features)
    return features + table.model.cycles(tree_sizes(model.trees)) / model.plan.hop_s
