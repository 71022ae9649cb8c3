"""What a recipe says of kinds and collections that the data lacks is not passed over in silence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tussis.selection.training.plan_names import names_without_data
from tussis.selection.training.recipe import Recipe
from tussis.selection.training.training import train
from tussis.selection.training.training_plan import TrainingPlan
from tussis.selection.windows.dataset_features import dataset_features

SAID = {
    "emphasis": ({"emphasis": {"spech": 3.0, "hum": 2.0}}, "emphasis names 'spech', and no recording has"),
    "emphasis of the usual plan, changed": ({"emphasis": {"speech": 4.0}}, "emphasis names 'speech'"),
    "in another case": ({"emphasis": {"Hum": 2.0}}, "emphasis names 'Hum'"),
    "several": ({"emphasis": {"door": 2.0, "rain": 0.5}}, "emphasis names 'door', 'rain'"),
    "coughs": ({"audio": {"coughs": {"": 1.0, "else": 1.0}}}, "audio.coughs names 'else'"),
    "others": ({"imu": {"others": {"": 1.0, "else": 1.0}}}, "imu.others names 'else'"),
    "found_on": ({"audio": {"found_on": ["real"]}}, "audio.found_on names 'real'"),
    "false_on": ({"imu": {"false_on": ["real"]}}, "imu.false_on names 'real'"),
    "sources": ({"sources": {"real": {"licence": "CC0"}}}, "sources names 'real'"),
}
SILENT = {
    "nothing": {},
    "the usual plan": {"emphasis": {"speech": 2.0}},
    "what is there": {"emphasis": {"hum": 3.0, "cough": 1.5}},
    "other keys": {"variants": 1, "step": 0.3, "audio": {"trees": 20}, "imu": {"trees": 20}},
}


@pytest.fixture(scope="module")
def features(dataset, cache_folder):
    return dataset_features(dataset, cache_folder=cache_folder)


def said(features, document: dict[str, object]) -> list[str]:
    return list(names_without_data(features, Recipe.model_validate(document).applied_to(TrainingPlan())))


@pytest.mark.parametrize("kind", SAID)
def test_a_name_that_nothing_has_is_said_with_those_there_are(kind, features):
    document, words = SAID[kind]
    (line,) = said(features, document)
    assert words in line
    assert line.endswith("it does nothing")
    assert "(there are: " in line


@pytest.mark.parametrize("kind", SILENT)
def test_what_works_needs_no_word(kind, features):
    assert said(features, SILENT[kind]) == []


@pytest.mark.parametrize(
    ("document", "keys"),
    [
        ({"imu": {"trees": 20}}, "imu"),
        ({"gate_threshold": 0.4}, "gate_threshold"),
        ({"imu": {"depth": 3}, "busy_threshold": 0.5}, "imu, busy_threshold"),
    ],
)
def test_keys_of_a_path_that_no_recording_has_are_said(document, keys, features):
    deaf = replace(features, sessions=tuple(replace(one, imu=None) for one in features.sessions))
    assert said(deaf, document) == [
        f"recipe: no recording has motion, so what it says of {keys} does nothing"
    ]


def test_the_detector_keeps_it(dataset, cache_folder, small_plan):
    plan = replace(small_plan, emphasis={"spech": 3.0})
    doubts = train(dataset, plan=plan, cache_folder=cache_folder).provenance.doubts
    assert [doubt for doubt in doubts if "'spech'" in doubt]
