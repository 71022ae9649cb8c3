"""The detector file: one JSON document, checked on load, that never runs code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypedDict, get_args

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from ...data.atomic import write_text_whole
from ...data.input_error import InputError, reading
from ...signal.feature import Modality
from ...signal.plan import AudioPlan, ImuPlan
from ..trees.tree_ensemble import TreeEnsemble, logit32
from ..trees.xgboost_reader import read_xgboost
from .events import EventPlan, level_drop
from .gate import TICK_HZ

__all__ = [
    "AudioModel",
    "Detector",
    "EventParameters",
    "EventSettings",
    "Gating",
    "ImuModel",
    "Provenance",
    "Rates",
    "load_detector",
    "save_detector",
]

DEFAULT = "default"
DEFAULT_PATH = Path(__file__).parents[2] / "data" / "default_detector.json"

MODALITIES: tuple[Modality, ...] = get_args(Modality)

Probability = Annotated[float, Field(ge=0.0, le=1.0)]


def _known_plan_keys(kind: type[Any]) -> BeforeValidator:
    """Refuse unknown keys: pydantic lets them pass in a standard-library dataclass."""

    def check(value: Any) -> Any:
        if isinstance(value, dict):
            for key in value:
                if key not in kind.__dataclass_fields__:
                    raise ValueError(f"unknown key {key!r}")
        return value

    return BeforeValidator(check)


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class _Model(_Section):
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

    plan: Annotated[AudioPlan, _known_plan_keys(AudioPlan)]


class ImuModel(_Model):
    """IMU windows: as `AudioModel`. The thresholds are those of IMU events; gating has its own."""

    plan: Annotated[ImuPlan, _known_plan_keys(ImuPlan)]

    @model_validator(mode="after")
    def _check_plan(self) -> Self:
        plan = self.plan
        if TICK_HZ % plan.rate_hz:
            raise ValueError(f"plan.rate_hz {plan.rate_hz} does not divide {TICK_HZ}")
        if plan.window % plan.frame or plan.hop % plan.frame:
            raise ValueError("plan.window and plan.hop must be multiples of plan.frame")
        return self


class Gating(_Section):
    """When the audio path runs, see `tussis.selection.detector.gate`.

    Parameters
    ----------
    threshold
        Probability from which an IMU window wakes the audio path.
    hold_s
        Time after the end of that window during which audio windows are evaluated, in seconds.
    max_consecutive_audio_windows
        Audio windows in a row that positive audio windows alone keep evaluated.
    """

    threshold: Probability = 0.1
    hold_s: Annotated[float, Field(ge=0.0, le=10.0)] = 0.64
    max_consecutive_audio_windows: Annotated[int, Field(ge=0, le=255)] = 4

    @property
    def hold_ticks(self) -> int:
        """`hold_s` in ticks of 1/16000 s."""
        return round(self.hold_s * TICK_HZ)

    @property
    def margin(self) -> np.float32:
        """`threshold` as log-odds."""
        return logit32(self.threshold)


class EventParameters(_Section):
    """How a region becomes events, see `tussis.selection.detector.events`; dB are ratios of power."""

    high_db: Annotated[float, Field(ge=0.0, le=60.0)] = 6.0
    low_db: Annotated[float, Field(ge=0.0, le=90.0)] = 15.0
    merge_s: Annotated[float, Field(ge=0.0, le=1.0)] = 0.23
    min_s: Annotated[float, Field(gt=0.0, le=1.0)] = 0.1
    max_s: Annotated[float, Field(gt=0.0, le=2.0)] = 0.6
    max_region_s: Annotated[float, Field(gt=0.0, le=4.096)] = 2.048

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.low_db < self.high_db:
            raise ValueError("low_db is below high_db")
        if self.max_s < self.min_s:
            raise ValueError("max_s is below min_s")
        return self


class EventSettings(_Section):
    """Event parameters by the sensor whose windows and levels they apply to."""

    audio: EventParameters = EventParameters()
    imu: EventParameters = EventParameters()


class Provenance(_Section):
    """Where a detector comes from. Nothing here changes what it does."""

    data_hash: str = ""
    versions: dict[str, str] = {}
    seed: int | None = None
    scores: dict[str, Any] = {}
    command: str = ""
    created_by: str = ""


class Rates(TypedDict):
    """Sampling rates that a detector takes, in Hz."""

    audio_rate_hz: int
    imu_rate_hz: float


class Detector(_Section):
    """All that training decides: what firmware is generated from and what `detect` runs."""

    format: Literal["tussis-detector"] = "tussis-detector"
    version: Literal[1] = 1
    audio: AudioModel | None
    imu: ImuModel | None
    gating: Gating = Gating()
    events: EventSettings = EventSettings()
    budget: dict[str, Any] | None = None
    provenance: Provenance = Provenance()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.audio is None and self.imu is None:
            raise ValueError("audio and imu are both null")
        for name, make in (("audio", self._audio_events), ("imu", self._imu_events)):
            try:
                if getattr(self, name) is not None:
                    make()
            except ValueError as error:
                raise ValueError(f"events.{name}: {error}") from error
        return self

    @property
    def rates(self) -> Rates:
        """Rates to load recordings at: ``reference.load(**detector.rates)``.

        A modality that the detector does not have is loaded at the default rate of its plan.
        """
        return Rates(
            audio_rate_hz=(self.audio.plan if self.audio else AudioPlan()).input_rate_hz,
            imu_rate_hz=float((self.imu.plan if self.imu else ImuPlan()).rate_hz),
        )

    @cached_property
    def audio_events(self) -> EventPlan:
        """The audio segmenter's parameters in frames and log-odds."""
        return self._audio_events()

    @cached_property
    def imu_events(self) -> EventPlan:
        """The IMU segmenter's parameters in frames and log-odds."""
        return self._imu_events()

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


def event_plan(
    parameters: EventParameters,
    threshold: float,
    continue_threshold: float,
    *,
    frame_s: float,
    hop_frames: int,
    window_frames: int,
) -> EventPlan:
    """Bring event parameters to the segmenter's units.

    Durations go to the nearest frame, the longest ones down to a whole frame; at least one frame each.

    Parameters
    ----------
    parameters
        Durations in seconds, drops in dB.
    threshold, continue_threshold
        Thresholds as probabilities, 0 to 1.
    frame_s
        Frame period in seconds.
    hop_frames, window_frames
        Window geometry in frames.

    Raises
    ------
    ValueError
        The region is too short for the longest event and a window.
    """

    def frames(seconds: float) -> int:
        return max(round(seconds / frame_s), 1)

    def frames_at_most(seconds: float) -> int:
        return max(int(seconds / frame_s + 1e-6), 1)

    return EventPlan(
        open_margin=logit32(threshold),
        continue_margin=logit32(continue_threshold),
        high_drop=level_drop(parameters.high_db),
        low_drop=level_drop(parameters.low_db),
        merge_frames=round(parameters.merge_s / frame_s),
        min_frames=frames(parameters.min_s),
        max_frames=frames_at_most(parameters.max_s),
        max_region_frames=frames_at_most(parameters.max_region_s),
        hop_frames=hop_frames,
        window_frames=window_frames,
    )


def load_detector(path: str | PathLike[str] = DEFAULT) -> Detector:
    """Read and check a detector file.

    Parameters
    ----------
    path
        The file; the word ``"default"`` names the one that ships with the package.

    Returns
    -------
    Detector

    Raises
    ------
    InputError
        Unreadable, not JSON, a key missing, unknown or out of range, a feature the catalogue does not
        have, a model that is not XGBoost's or does not fit the features.
    """
    file = DEFAULT_PATH if str(path) == DEFAULT else Path(path)
    with reading(file, remedy="name a detector file or `default`"):
        data = file.read_bytes()
    try:
        document = json.loads(data.decode("utf-8"), parse_constant=_refuse_constant)
    except ValueError as error:
        raise InputError(file, f"not a JSON document: {error}", remedy="make one by `tussis train`") from None
    if not isinstance(document, dict) or document.get("format") != "tussis-detector":
        raise InputError(file, "not a tussis detector", field="format", remedy="make one by `tussis train`")
    try:
        detector = Detector.model_validate(document)
    except ValidationError as error:
        raise _first_problem(file, error) from None
    _check_models(file, detector)
    return detector


def save_detector(detector: Detector, path: str | PathLike[str]) -> Path:
    """Write a detector file, whole or not at all; the same detector always gives the same bytes.

    Raises
    ------
    InputError
        The file cannot be written.
    """
    return write_text_whole(path, "\n".join(_lines(detector.model_dump(mode="json"), 0)) + "\n")


def _lines(value: Any, depth: int) -> Iterator[str]:
    """Lay JSON out for reading and for diffs: objects by line, lists and model trees on one line."""
    if not isinstance(value, dict) or depth > 2 or not value:
        yield json.dumps(value, allow_nan=False)
        return
    yield "{"
    last = len(value) - 1
    for number, (key, item) in enumerate(value.items()):
        inner = list(_lines(item, depth + 1))
        inner[0] = f"{json.dumps(key)}: {inner[0]}"
        if number < last:
            inner[-1] += ","
        yield from (f" {line}" for line in inner)
    yield "}"


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _first_problem(file: Path, error: ValidationError) -> InputError:
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or None
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "missing":
        message = "missing"
    elif first["type"] == "extra_forbidden":
        message = "unknown key"
    elif not isinstance(first["input"], dict | list | tuple):
        message = f"{message} (it is {first['input']!r})"
    more = error.error_count() - 1
    return InputError(file, message + (f" (and {more} more)" if more else ""), field=field)


def _check_models(file: Path, detector: Detector) -> None:
    from ...signal.catalogue import features

    for name in MODALITIES:
        part = getattr(detector, name)
        if part is None:
            continue
        plan = part.plan if name == "audio" else None
        for number, feature in enumerate(part.features):
            try:
                features([feature], name, plan)
            except KeyError as error:
                raise InputError(file, str(error.args[0]), field=f"{name}.features[{number}]") from None
        trees = read_xgboost(part.model, source=str(file), field=f"{name}.model")
        if trees.n_features != len(part.features):
            raise InputError(
                file,
                f"the model has {trees.n_features} columns, features lists {len(part.features)}",
                field=f"{name}.model",
            )
