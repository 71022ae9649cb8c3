"""The detector file: one JSON document, checked on load, that never runs code."""

from __future__ import annotations

from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypedDict, get_args

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)

from ...data.atomic import write_text_whole
from ...data.html_view import facts_html, rows_html
from ...data.input_error import InputError
from ...data.strict_values import as_model
from ...data.untrusted import read_json
from ...signal.feature import Modality
from ...signal.plan import AudioPlan, ImuPlan
from ..trees.tree_ensemble import TreeEnsemble
from ..trees.xgboost_reader import read_xgboost
from .event_settings import EventParameters, EventSettings, event_plan
from .events import EventPlan
from .gate import TICK_HZ
from .gate_settings import Gating
from .model_check import MOST_BYTES, check_gyroscope, check_models
from .motion_need import MotionNeed
from .operating_points import OperatingPoints, continue_at, row_within
from .point_name import POINT_NAMES, PointName
from .provenance import Provenance
from .section import Probability, Section, first_problem, json_lines, known_keys
from .shipped import DEFAULT, detector_path
from .sound_level import SoundLevel

__all__ = [
    "AudioModel",
    "Detector",
    "EventParameters",
    "EventSettings",
    "ImuModel",
    "Rates",
    "SoundLevel",
    "load_detector",
    "save_detector",
]

MODALITIES: tuple[Modality, ...] = get_args(Modality)


class _Model(Section):
    """What the audio and the IMU model have in common."""

    features: Annotated[tuple[str, ...], Field(min_length=1)]
    model: dict[str, Any]
    threshold: Probability
    continue_threshold: Probability

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.continue_threshold > self.threshold:
            raise ValueError("continue_threshold is above threshold")
        repeated = {name for name in self.features if self.features.count(name) > 1}
        if repeated:
            raise ValueError(f"feature {min(repeated)!r} is named twice")
        return self

    @cached_property
    def trees(self) -> TreeEnsemble:
        """The model as arrays; features are its columns in order."""
        return read_xgboost(self.model)


class AudioModel(_Model):
    """Audio windows: front-end plan, features in column order, XGBoost model, thresholds (probabilities)."""

    plan: Annotated[AudioPlan, known_keys(AudioPlan)]


class ImuModel(_Model):
    """IMU windows: as `AudioModel`. The thresholds are those of IMU events; gating has its own."""

    plan: Annotated[ImuPlan, known_keys(ImuPlan)]

    @model_validator(mode="after")
    def _check_plan(self) -> Self:
        plan = self.plan
        if TICK_HZ % plan.rate_hz:
            raise ValueError(f"plan.rate_hz {plan.rate_hz} does not divide {TICK_HZ}")
        if plan.window % plan.frame or plan.hop % plan.frame:
            raise ValueError("plan.window and plan.hop must be multiples of plan.frame")
        return self


class Rates(TypedDict):
    """Sampling rates that a detector takes, in Hz."""

    audio_rate_hz: int
    imu_rate_hz: float


class Detector(Section):
    """All that training decides: what firmware is generated from and what `detect` runs.

    Examples
    --------
    >>> load_detector("default")
    Detector(sound: 126 features, 123 trees, threshold 0.91, motion: 16 features, 40 trees, threshold 0.864)
    >>> load_detector("default").at_point("specific").audio.threshold
    0.9621
    """

    format: Literal["tussis-detector"] = "tussis-detector"
    version: Literal[1] = 1
    audio: AudioModel | None
    imu: ImuModel | None
    gating: Gating = Gating()
    sound_level: SoundLevel | None = None
    motion_sensor: MotionNeed | None = None
    events: EventSettings = EventSettings()
    operating_points: OperatingPoints | None = None
    budget: dict[str, Any] | None = None
    provenance: Provenance = Provenance()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.audio is None and self.imu is None:
            raise ValueError("audio and imu are both null")
        if self.audio is None and self.sound_level is not None:
            raise ValueError("sound_level: the detector has no audio model that could sleep")
        if self.imu is None and self.motion_sensor is not None:
            raise ValueError("motion_sensor: the detector has no IMU model that could need one")
        if self.audio and self.imu and self.gating.hold_s < self.imu.plan.hop_s:
            hop = f"{self.imu.plan.hop_s:g} s"
            raise ValueError(
                f"gating: hold_s is below the hop of the IMU windows, {hop}: it would close between hits"
            )
        for name, make in zip(MODALITIES, (self._audio_events, self._imu_events), strict=True):
            try:
                if getattr(self, name) is not None:
                    make()
            except ValueError as error:
                raise ValueError(f"events.{name}: {error}") from error
            points = self.operating_points
            if points is not None and getattr(self, name) is not None and points.rows(name) is None:
                raise ValueError(f"operating_points: nothing for the {name} model")
        return self

    @model_serializer(mode="wrap")
    def _without_missing(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out what there is none of, as files did before there was any: same file, same hash."""
        document: dict[str, Any] = dump(self)
        for name in ("operating_points", "sound_level", "motion_sensor"):
            if getattr(self, name) is None:
                document.pop(name, None)
        for name in ("recordings", "selection"):
            if not getattr(self.provenance, name):
                document.get("provenance", {}).pop(name, None)
        return document

    def __repr__(self) -> str:
        """Say in one line what it is made of."""
        return f"Detector({', '.join(f'{name}: {text}' for name, text in self._facts())})"

    def _facts(self) -> list[tuple[str, str]]:
        models = [("sound", self.audio), ("motion", self.imu)]
        return [
            (
                name,
                f"{len(model.features)} features, {model.trees.n_trees} trees,"
                f" threshold {model.threshold:.3g}",
            )
            for name, model in models
            if model is not None
        ]

    def _repr_html_(self) -> str:
        """Give what a notebook shows: its models, and what training measured."""
        taught = [(one.collection or "this dataset", one.recordings) for one in self.provenance.sources]
        points = self.operating_points
        rows = [
            (name, f"{point.threshold:.3f}", f"{point.sensitivity:.1%}", f"{point.false_per_hour:.1f}")
            for name in POINT_NAMES
            if points is not None and (point := points.named(name).audio) is not None
        ]
        head = ("point", "threshold of the sound", "coughs found", "false per hour")
        return (
            facts_html("Detector, not a medical device", self._facts())
            + rows_html(head, rows)
            + rows_html(("taught by", "recordings"), taught)
        )

    @property
    def rates(self) -> Rates:
        """Rates to load recordings at: ``reference.load(**detector.rates)``.

        A modality that the detector does not have is loaded at the default rate of its plan.
        """
        return Rates(
            audio_rate_hz=(self.audio.plan if self.audio else AudioPlan()).input_rate_hz,
            imu_rate_hz=float((self.imu.plan if self.imu else ImuPlan()).rate_hz),
        )

    @property
    def motion_need(self) -> MotionNeed:
        """What the motion model needs of the sensor; of a file that does not say, what its plan asks for.

        A detector without a motion model needs none; it is given what the default plan asks for.
        """
        if self.motion_sensor is not None:
            return self.motion_sensor
        from ...signal.catalogue import needs_gyroscope

        if self.imu is None:
            return MotionNeed.of(ImuPlan())
        return MotionNeed.of(self.imu.plan, gyroscope=needs_gyroscope(self.imu.features))

    @cached_property
    def audio_events(self) -> EventPlan:
        """The audio segmenter's parameters in frames and log-odds."""
        return self._audio_events()

    @cached_property
    def imu_events(self) -> EventPlan:
        """The IMU segmenter's parameters in frames and log-odds."""
        return self._imu_events()

    def at_point(self, name: PointName) -> Detector:
        """Return this detector with the thresholds of a named point: of both models, not of the gate.

        Raises
        ------
        InputError
            The detector has no points, or none of this name.
        """
        if name not in POINT_NAMES:
            raise InputError("--point", f"no point {name!r}", remedy=f"use one of {', '.join(POINT_NAMES)}")
        point = self._measured("--point").named(name)
        both = zip(MODALITIES, (point.audio, point.imu), strict=True)
        return self._with_thresholds(
            {modality: (to.threshold, to.continue_threshold) for modality, to in both if to is not None}
        )

    def at_threshold(self, threshold: float, modality: Modality) -> Detector:
        """Return this detector with another threshold of one model.

        Its continue threshold keeps its odds ratio to the threshold.

        Parameters
        ----------
        threshold
            Probability, above 0 and below 1.
        modality
            Whose model.

        Raises
        ------
        InputError
            Out of range, or the detector has no such model.
        """
        if not 0.0 < threshold < 1.0:
            raise InputError("--threshold", f"{threshold} is not above 0 and below 1")
        model = self._model("--threshold", modality)
        like = model.threshold, model.continue_threshold
        return self._with_thresholds({modality: (threshold, continue_at(threshold, like))})

    def at_false_per_hour(self, false_per_hour: float, modality: Modality) -> Detector:
        """Return this detector with the lowest threshold that gave at most so many false events.

        Raises
        ------
        InputError
            Fewer than the sweep reaches, or the detector has no sweep of this model.
        """
        self._model("--false-per-hour", modality)
        rows = self._measured("--false-per-hour").rows(modality)
        assert rows is not None  # as `_check` found
        return self.at_threshold(row_within(rows, false_per_hour).threshold, modality)

    def _model(self, option: str, modality: Modality) -> AudioModel | ImuModel:
        model = self.audio if modality == "audio" else self.imu
        if model is None:
            raise InputError(option, f"the detector has no {modality} model")
        return model

    def _measured(self, option: str) -> OperatingPoints:
        if self.operating_points is None:
            remedy = "use --threshold, or train it again"
            raise InputError(option, "the detector file has no operating points", remedy=remedy)
        return self.operating_points

    def _with_thresholds(self, thresholds: dict[Modality, tuple[float, float]]) -> Detector:
        """Make the detector from its fields: a copy would keep what was computed from old thresholds."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        for modality, (threshold, continue_threshold) in thresholds.items():
            model: _Model | None = fields[modality]
            if model is not None:
                changed = {"threshold": threshold, "continue_threshold": continue_threshold}
                own = {name: getattr(model, name) for name in type(model).model_fields}
                fields[modality] = type(model)(**own | changed)
        return type(self)(**fields)

    def _audio_events(self) -> EventPlan:
        assert self.audio is not None
        plan = self.audio.plan
        return event_plan(
            self.events.audio,
            self.audio.threshold,
            self.audio.continue_threshold,
            frame_s=plan.frame_s,
            hop_frames=plan.block_frames,
            window_frames=plan.window_frames,
        )

    def _imu_events(self) -> EventPlan:
        assert self.imu is not None
        plan = self.imu.plan
        return event_plan(
            self.events.imu,
            self.imu.threshold,
            self.imu.continue_threshold,
            frame_s=plan.frame_s,
            hop_frames=plan.hop // plan.frame,
            window_frames=plan.window // plan.frame,
        )


def load_detector(path: str | PathLike[str] = DEFAULT) -> Detector:
    """Read and check a detector file.

    Parameters
    ----------
    path
        The file, or a word of `tussis.selection.detector.shipped.SHIPPED`, such as ``"default"``.

    Returns
    -------
    Detector

    Raises
    ------
    InputError
        Unreadable, not JSON, a key missing, unknown or out of range, a feature the catalogue does not
        have, a model that is not XGBoost's or does not fit the features.

    Examples
    --------
    >>> load_detector("default").rates
    {'audio_rate_hz': 16000, 'imu_rate_hz': 100.0}
    """
    file = detector_path(path)
    remedy = "use `default` or `default-large`, or make one: tussis train DATASET --out detector.json"
    document = read_json(file, remedy, most_bytes=MOST_BYTES)
    if not isinstance(document, dict) or document.get("format") != "tussis-detector":
        raise InputError(
            file,
            "not a tussis detector",
            field="format",
            remedy="make one: tussis train DATASET --out detector.json",
        )
    try:
        detector = as_model(Detector, document)
    except ValidationError as error:
        raise first_problem(file, error) from None
    models = {"audio": detector.audio, "imu": detector.imu}
    check_models(file, {name: model for name, model in models.items() if model is not None})
    if detector.imu is not None and detector.motion_sensor is not None:
        check_gyroscope(file, detector.imu.features, said=detector.motion_sensor.gyroscope)
    return detector


def save_detector(detector: Detector, path: str | PathLike[str]) -> Path:
    """Write a detector file, whole or not at all; the same detector always gives the same bytes.

    Raises
    ------
    InputError
        The file cannot be written.

    Examples
    --------
    >>> strict = load_detector("default").at_threshold(0.95, "audio")
    >>> load_detector(save_detector(strict, "strict.json")).audio.threshold
    0.95
    """
    return write_text_whole(path, "\n".join(json_lines(detector.model_dump(mode="json"), 0)) + "\n")
