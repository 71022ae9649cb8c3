"""The recipe file: what a training changes of the usual plan."""

from __future__ import annotations

from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ...data.input_error import InputError
from ...data.untrusted import read_toml
from ..detector.event_settings import EventParameters
from ..detector.point_name import POINT_NAMES, PointName
from ..detector.sound_level import SoundLevel
from ..windows.window_weights import CollectionShares
from .training_plan import ModalityPlan, TrainingPlan

__all__ = ["ModalityRecipe", "Recipe", "load_recipe"]

_Count = Annotated[int, Field(gt=0)]
_Share = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ModalityRecipe(_Table):
    """What a recipe says about one modality's model; a key that is left out keeps the usual value.

    Attributes
    ----------
    trees, depth, leaves, learning_rate, min_child_weight
        `n_trees`, `max_depth`, `max_leaves` and so on of `tussis.selection.models.booster.BoosterPlan`.
    max_features, min_features
        Bounds on the number of features. One that is given alone moves the usual other one where they would
        cross.
    cycles_per_second
        As in `tussis.selection.training.training_plan.ModalityPlan`.
    coughs, others
        Share of the weight by collection, among coughs and among all other windows. A table that is there
        names every collection.
    events
        Event parameters to take as they are, without a search.
    found_on, false_on, false_per_hour
        As in `tussis.selection.training.training_plan.ModalityPlan`.
    """

    trees: _Count | None = None
    depth: Annotated[int, Field(gt=0, le=12)] | None = None
    leaves: Annotated[int, Field(ge=2, le=4096)] | None = None
    learning_rate: _Positive | None = None
    min_child_weight: _Positive | None = None
    max_features: _Count | None = None
    min_features: _Count | None = None
    cycles_per_second: _Positive | None = None
    coughs: dict[str, _Share] = {}
    others: dict[str, _Share] = {}
    events: EventParameters | None = None
    found_on: list[str] = []
    false_on: list[str] = []
    false_per_hour: dict[PointName, _Positive] | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        targets = [(self.false_per_hour or {}).get(name) for name in POINT_NAMES]
        known = [target for target in targets if target is not None]
        if known and (len(known) < len(targets) or sorted(known, reverse=True) != known):
            raise ValueError(f"false_per_hour must name {', '.join(POINT_NAMES)}, and not rise in this order")
        most, least = self.max_features, self.min_features
        if most is not None and least is not None and most < least:
            raise ValueError(f"max_features is {most}, below min_features, which is {least}")
        return self

    def applied_to(self, plan: ModalityPlan) -> ModalityPlan:
        """Return a plan with what the recipe says."""
        targets: dict[str, float] = {str(name): most for name, most in (self.false_per_hour or {}).items()}
        booster: dict[str, Any] = {
            name: value
            for name, value in (
                ("n_trees", self.trees),
                ("max_depth", self.depth),
                ("max_leaves", self.leaves),
                ("learning_rate", self.learning_rate),
                ("min_child_weight", self.min_child_weight),
            )
            if value is not None
        }
        return replace(
            plan,
            booster=replace(plan.booster, **booster),
            max_features=self.max_features or max(plan.max_features, self.min_features or 0),
            min_features=self.min_features or min(plan.min_features, self.max_features or plan.min_features),
            cycles_per_second=self.cycles_per_second or plan.cycles_per_second,
            shares=CollectionShares(self.coughs, self.others),
            events=self.events or plan.events,
            search_events=self.events is None,
            found_on=tuple(self.found_on),
            false_on=tuple(self.false_on),
            false_per_hour=targets or None,
        )


class SourceRecipe(_Table):
    """Licence and address of one collection."""

    licence: str
    url: str = ""


class Recipe(_Table):
    """What a training changes of `TrainingPlan`.

    Attributes
    ----------
    audio, imu
        The models.
    variants
        Varied copies of each clip.
    late_copies, late_share
        Copies of each sound as a sleeping microphone hears it, and the share of the weight that they get.
    step
        Share of the features dropped at a time.
    max_gain_sensitivity, max_gate_loss, max_rows, gate_threshold, busy_threshold, sound_level
        As in `TrainingPlan`.
    motion_sensor
        The sensor whose operating point motion is played through, like ``"lis2dh12:normal-100"``; `train`
        looks it up, `applied_to` leaves it.
    emphasis
        Factors on the weight of windows by kind of sound.
    sources
        Licence and address of collections, for the detector's provenance.
    """

    audio: ModalityRecipe = ModalityRecipe()
    imu: ModalityRecipe = ModalityRecipe()
    variants: Annotated[int, Field(ge=0, le=10)] | None = None
    late_copies: Annotated[int, Field(ge=0, le=10)] | None = None
    late_share: Annotated[float, Field(gt=0, lt=1)] | None = None
    step: Annotated[float, Field(gt=0, lt=1)] | None = None
    max_gain_sensitivity: _Positive | None = None
    max_gate_loss: Annotated[float, Field(ge=0, le=0.5)] | None = None
    max_rows: Annotated[int, Field(ge=1000)] | None = None
    gate_threshold: Annotated[float, Field(gt=0, lt=1)] | None = None
    busy_threshold: Annotated[float, Field(gt=0, lt=1)] | None = None
    sound_level: SoundLevel | None = None
    motion_sensor: Annotated[str, Field(min_length=1)] | None = None
    emphasis: dict[str, _Share] | None = None
    sources: dict[str, SourceRecipe] = {}

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.late_share is not None and not self.late_copies:
            raise ValueError("late_share says what late_copies weigh, and there are none")
        return self

    def applied_to(self, plan: TrainingPlan) -> TrainingPlan:
        """Return a plan with what the recipe says.

        Examples
        --------
        >>> recipe = Recipe(audio=ModalityRecipe(trees=150), variants=2)
        >>> plan = recipe.applied_to(TrainingPlan())
        >>> plan.audio.booster.n_trees, plan.imu.booster.n_trees, plan.variants
        (150, 40, 2)
        """
        names = (
            "variants",
            "late_copies",
            "late_share",
            "step",
            "max_gain_sensitivity",
            "max_gate_loss",
            "max_rows",
            "gate_threshold",
            "busy_threshold",
            "sound_level",
            "emphasis",
        )
        said: dict[str, Any] = {name: value for name in names if (value := getattr(self, name)) is not None}
        said["sources"] = {name: (source.licence, source.url) for name, source in self.sources.items()}
        audio, imu = self.audio.applied_to(plan.audio), self.imu.applied_to(plan.imu)
        return replace(plan, audio=audio, imu=imu, **said)


def load_recipe(path: str | PathLike[str]) -> Recipe:
    """Read a recipe file.

    Parameters
    ----------
    path
        A TOML file with the keys of `Recipe`.

    Returns
    -------
    Recipe

    Raises
    ------
    InputError
        It cannot be read, is not TOML, or a key or value is not one of a recipe.
    """
    file = Path(path)
    document = read_toml(file)
    try:
        return Recipe.model_validate(document)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"]))
        tables: dict[str, type[BaseModel]] = {
            "audio": ModalityRecipe,
            "imu": ModalityRecipe,
            "sound_level": SoundLevel,
        }
        known = tables.get(str(fault["loc"][0]), Recipe) if len(fault["loc"]) > 1 else Recipe
        if fault["type"] == "extra_forbidden":
            keys = ", ".join(known.model_fields)
            raise InputError(file, "unknown key", field=where, remedy=f"known keys are {keys}") from None
        if fault["type"] == "value_error":
            problem = fault["msg"].removeprefix("Value error, ")
        else:
            problem = f"{fault['input']!r} cannot be: {fault['msg'].lower()}"
        raise InputError(file, problem, field=where, remedy="correct it, or leave it out") from None
