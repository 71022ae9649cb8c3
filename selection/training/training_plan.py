"""Every choice that training makes besides the data; the defaults are those of the shipped detector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...signal.feature import Modality
from ...signal.motion_sensor import MotionSensor
from ...signal.plan import AudioPlan, ImuPlan
from ..detector.detector_file import EventParameters
from ..detector.sound_level import SoundLevel
from ..models.booster import BoosterPlan
from ..windows.window_weights import CollectionShares

__all__ = ["ModalityPlan", "TrainingPlan"]


@dataclass(frozen=True)
class ModalityPlan:
    """How one modality's model is found.

    Parameters
    ----------
    max_features, min_features
        Bounds on the number of features.
    booster
        Size and regularisation of the model.
    events
        Event parameters that the search starts from.
    shares
        Shares of the weight by collection.
    cycles_per_second
        Most cycles per second of features and frames, by the cost table of gcc builds; None for any.
    search_events
        Whether event parameters are searched for; else `events` is taken as it is, and a region continues at
        half the odds that open it.
    found_on, false_on
        Collections whose coughs give the sensitivity of an operating point, and whose length and events give
        its false events per hour; all where none is named.
    false_per_hour
        As in `TrainingPlan`, for this modality alone; None takes what is there.
    """

    max_features: int
    min_features: int
    booster: BoosterPlan
    events: EventParameters
    shares: CollectionShares = field(default_factory=CollectionShares)
    cycles_per_second: float | None = None
    search_events: bool = True
    found_on: tuple[str, ...] = ()
    false_on: tuple[str, ...] = ()
    false_per_hour: Mapping[str, float] | None = None


@dataclass(frozen=True)
class TrainingPlan:
    """Every choice that training makes besides the data.

    Parameters
    ----------
    audio, imu
        Plans of the two modalities.
    audio_plan, imu_plan
        Front-end plans.
    max_consecutive_audio_windows
        N of the gate; its threshold and hold time are chosen.
    max_gain_sensitivity
        Audio features that a change of gain by 6 dB moves further than this, in standard deviations, are
        not offered to selection: microphones and their distances differ. Infinity keeps all.
    emphasis
        Factors on the weight of windows by kind of sound. Speech is what a detector hears most in use.
    n_splits
        Folds, by subject.
    step
        Share of the features dropped at a time.
    ranking, rule
        How the importance of a feature is measured, and how small a set to take
        (`tussis.selection.elimination.budgeted_rfecv`).
    max_loss
        Relative loss of score for the rule ``"loss"``.
    max_rows
        Windows of each modality that selection looks at; of more it looks at a sample of two thirds of this
        number, and event parameters and the gate are chosen on a sample of sessions with so many. What is
        chosen is fitted to all, and thresholds are counted on all. docs/cluster.md says what memory
        `train` takes.
    max_gate_loss
        Relative loss of event F1 that gating may cost.
    gate_threshold
        Probability from which the gate opens; the hold time alone is chosen then. None: it is chosen too.
    busy_threshold
        Probability from which the gate opens while the wearer moves; None: its threshold at rest.
    sound_level
        What the detector gets as its sound level; None: it has none.
    motion_sensor
        The sensor whose operating point all motion is played through before anything is learned of it; None:
        recordings as they are.
    sources
        Licence and address of collections, for the detector's provenance.
    variants
        Varied copies of each clip to learn from beside it (`tussis.data.corpus.variation`).
    late_copies
        Copies of each sound as a microphone hears it that sleeps and wakes, which final models learn from
        (`tussis.data.corpus.sleeping_microphone`); features and thresholds are chosen without them.
    late_share
        Share of the weight that their windows get.
    false_per_hour
        False events per hour that each named operating point may cost; its threshold is chosen by them.
    seed
        Seed of folds and models.

    Examples
    --------
    >>> TrainingPlan(n_splits=3, rule="best").n_splits
    3
    """

    audio: ModalityPlan = field(
        default_factory=lambda: ModalityPlan(40, 16, BoosterPlan(n_trees=100, max_depth=4), EventParameters())
    )
    imu: ModalityPlan = field(
        default_factory=lambda: ModalityPlan(
            16, 4, BoosterPlan(n_trees=40, max_depth=4), EventParameters(min_s=0.2, max_s=0.55)
        )
    )
    audio_plan: AudioPlan = field(default_factory=AudioPlan)
    imu_plan: ImuPlan = field(default_factory=ImuPlan)
    max_consecutive_audio_windows: int = 4
    max_gain_sensitivity: float = 0.2
    emphasis: Mapping[str, float] = field(default_factory=lambda: {"speech": 2.0})
    n_splits: int = 5
    step: float = 0.15
    ranking: str = "gain"
    rule: str = "1se"
    max_loss: float = 0.01
    max_rows: int = 300_000
    max_gate_loss: float = 0.01
    gate_threshold: float | None = None
    busy_threshold: float | None = None
    sound_level: SoundLevel | None = None
    motion_sensor: MotionSensor | None = None
    sources: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    variants: int = 1
    late_copies: int = 0
    late_share: float = 0.2
    false_per_hour: Mapping[str, float] = field(
        default_factory=lambda: {"sensitive": 60.0, "balanced": 20.0, "specific": 6.0}
    )
    seed: int = 0

    def modality(self, modality: Modality) -> ModalityPlan:
        """Return the plan of a modality's model."""
        return self.audio if modality == "audio" else self.imu

    def window_plan(self, modality: Modality) -> AudioPlan | ImuPlan:
        """Return the plan that cuts a modality's signal into windows."""
        return self.audio_plan if modality == "audio" else self.imu_plan
