"""What labels and names alone tell is said before any signal is read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tussis.data.input_error import InputError
from tussis.selection.training.first_check import check_first
from tussis.selection.training.recipe import load_recipe
from tussis.selection.training.training_plan import TrainingPlan


def collected(dataset: Path, tmp_path: Path) -> Path:
    """The sessions of a dataset, divided between the collections ``one`` and ``two``."""
    for number, session in enumerate(path for path in sorted(dataset.iterdir()) if path.is_dir()):
        place = tmp_path / "whole" / ("one" if number % 2 else "two")
        place.mkdir(parents=True, exist_ok=True)
        (place / session.name).symlink_to(session)
    return tmp_path / "whole"


@pytest.mark.parametrize("modality", ["audio", "imu"])
@pytest.mark.parametrize("key", ["found_on", "false_on"])
@pytest.mark.parametrize("name", ["tow", "One", "one ", "", "cough"])
def test_a_collection_that_is_not_there_is_not_passed_over(
    modality: str, key: str, name: str, dataset: Path, tmp_path: Path
) -> None:
    """Operating points were then measured on the rest alone, or on nothing."""
    recipe = tmp_path / "r.toml"
    recipe.write_text(f'[{modality}]\n{key} = ["one", "{name}"]\n')
    plan = load_recipe(recipe).applied_to(TrainingPlan())
    with pytest.raises(InputError) as said:
        check_first(collected(dataset, tmp_path), plan=plan)
    assert str(said.value) == (
        f"recipe: {modality}.{key}: no recording is of the collection {name!r} (there are: one, two);"
        " correct it, or leave it out"
    )


@pytest.mark.parametrize("names", [(), ("one",), ("two", "one")])
def test_collections_that_are_there_are_taken(names: tuple[str, ...], dataset: Path, tmp_path: Path) -> None:
    plan = TrainingPlan()
    own: dict[str, Any] = {"found_on": names, "false_on": names}
    plan = replace(plan, audio=replace(plan.audio, **own), imu=replace(plan.imu, **own))
    check_first(collected(dataset, tmp_path), plan=plan)
