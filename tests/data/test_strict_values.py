"""A text or a truth value where a number belongs is refused by its key, in every file from outside."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import tussis
from tussis.data.formats.edge_ai import read_biodata
from tussis.data.input_error import InputError
from tussis.data.strict_values import as_number
from tussis.export.estimate.board_comparison import read_replay
from tussis.export.estimate.devices import load_profiles
from tussis.export.estimate.scale_file import load_scale
from tussis.export.estimate.stages import STAGES
from tussis.selection.budget.budget import load_budget
from tussis.selection.budget.cost_table import SHIPPED, load_cost_table
from tussis.selection.detector.detector_file import load_detector
from tussis.selection.detector.shipped import DEFAULT_PATH
from tussis.selection.training.recipe import load_recipe

Place = tuple[str | int, ...]
ROOT = Path(tussis.__file__).parent
MOST_PLACES = 30
"""Places tried in a document of many; they lie all over it."""
REPLAY = {
    "sessions": [
        {
            "session": "s",
            "mode": "audio",
            "link": {"clock_hz": 64e6},
            "totals": {"cycles": 12345},
            "stages": {"audio": {"calls": 3, "longest_call_cycles": 9, "cycles": dict.fromkeys(STAGES, 100)}},
        }
    ]
}
SCALES = {
    "format": "tussis-cycle-scale",
    "version": 1,
    "devices": {"bench": {"clock_hz": 64e6, "cycle_scale": 1.1, "stages_within": [0.9, 1.2]}},
}


def numbers(value: object, place: Place = ()) -> Iterator[Place]:
    """Places of all numbers of a document; of the trees, which have a reader of their own, none."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in ("model", "provenance") or place == ():
                yield from numbers(item, (*place, key))
    elif isinstance(value, list):
        for number, item in enumerate(value[:3]):
            yield from numbers(item, (*place, number))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield place


def put(document: object, place: Place, value: object) -> Any:
    changed: Any = copy.deepcopy(document)
    inner = changed
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return changed


def at(document: Any, place: Place) -> Any:
    for key in place:
        document = document[key]
    return document


def detector_document() -> dict[str, Any]:
    document = json.loads(DEFAULT_PATH.read_text())
    del document["provenance"]
    for modality in ("audio", "imu"):
        document[modality]["model"] = {}
    return document


def read_detector(path: Path) -> object:
    """Put the models back: they are large, and not what is tried."""
    whole, document = json.loads(DEFAULT_PATH.read_text()), json.loads(path.read_text())
    for modality in ("audio", "imu"):
        document[modality]["model"] = whole[modality]["model"]
    path.write_text(json.dumps(document | {"provenance": whole["provenance"]}))
    return load_detector(path)


DOCUMENTS: dict[str, tuple[Callable[[], Any], Callable[[Path], object]]] = {
    "cost table": (lambda: json.loads(SHIPPED["gcc"].read_text()), load_cost_table),
    "cycle scales": (lambda: SCALES, lambda path: load_scale(path, "bench")),
    "replay": (lambda: REPLAY, read_replay),
    "detector": (detector_document, read_detector),
}
EXEMPT = {"cycle scales": [("version",)], "detector": [("version",)]}
"""The format's version, which is compared, not computed with."""


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_no_text_and_no_truth_value_is_taken_for_a_number(kind: str, tmp_path: Path) -> None:
    make, read = DOCUMENTS[kind]
    document, path = make(), tmp_path / "file.json"
    path.write_text(json.dumps(document))
    read(path)
    places = [place for place in numbers(document) if place not in EXEMPT.get(kind, [])]
    assert len(places) > 2
    places = places[:: -(-len(places) // MOST_PLACES)]
    passed = []
    for number, place in enumerate(places):
        for value in (str(at(document, place)), True, None if kind == "detector" else [1.0]):
            if value is None:  # many keys of a detector may be null
                continue
            path = tmp_path / f"{number}.json"  # load_cost_table remembers what it read
            path.write_text(json.dumps(put(document, place, value)))
            load_cost_table.cache_clear()
            with suppress(InputError):
                read(path)
                passed.append((place, value))
    assert passed == []


@pytest.mark.parametrize("kind", ["cost table", "cycle scales", "replay"])
@pytest.mark.parametrize("value", [1e300, -1.0, 10**299, -(10**299)])
def test_no_number_that_no_core_can_have_is_taken(kind: str, value: float, tmp_path: Path) -> None:
    make, read = DOCUMENTS[kind]
    document = make()
    places = [place for place in numbers(document) if place not in (("version",), ("designs",))]
    for number, place in enumerate(places[:: -(-len(places) // MOST_PLACES)]):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps(put(document, place, value)))
        with pytest.raises(InputError):
            read(path)


@pytest.mark.parametrize(
    ("scale", "said"),
    [
        ({}, "devices.bench.cycle_scale: is missing"),
        ([], "devices.bench.cycle_scale: is missing"),
        ({"cycle_scale": True}, "devices.bench.cycle_scale: is True, not a number"),
        ({"cycle_scale": "1.1"}, "devices.bench.cycle_scale: is '1.1', not a number"),
        ({"cycle_scale": 1e300}, "devices.bench.cycle_scale: is 1e+300, not from 0.01 to 100"),
        ({"cycle_scale": 0}, "devices.bench.cycle_scale: is 0, not from"),
        ({"cycle_scale": 1.0, "stages_within": 1.0}, "devices.bench.stages_within: is missing, or not"),
        ({"cycle_scale": 1.0}, "devices.bench.stages_within: is missing, or not"),
        ({"cycle_scale": 1.0, "stages_within": []}, "devices.bench.stages_within: "),
        ({"cycle_scale": 1.0, "stages_within": [1.0]}, "devices.bench.stages_within: "),
        ({"cycle_scale": 1.0, "stages_within": ["1", 2]}, "stages_within: is '1', not a number"),
        ({"cycle_scale": 1.0, "stages_within": [2.0, 1.0]}, "stages_within: is 2 to 1, the larger first"),
    ],
)
def test_a_bad_scale_is_named_by_its_key(scale: object, said: str, tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_text(json.dumps(SCALES | {"devices": {"bench": scale}}))
    with pytest.raises(InputError, match=re.escape(said)):
        load_scale(path, "bench")
    with pytest.raises(InputError, match="has no cycle scale for other; it has: bench"):
        load_scale(path, "other")


@pytest.mark.parametrize("devices", [[], [["bench", {"cycle_scale": 1.0}]], "bench", None, 3])
def test_scales_that_are_no_table_are_refused(devices: object, tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_text(json.dumps(SCALES | {"devices": devices}))
    with pytest.raises(InputError, match="is not a file of cycle scales"):
        load_scale(path, "bench")


@pytest.mark.parametrize("version", [0, 2, "1", None, [1]])
def test_scales_of_another_version_are_refused(version: object, tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_text(json.dumps(SCALES | {"version": version}))
    with pytest.raises(InputError, match=r"version: is .*, and this tussis reads 1; make one with --save"):
        load_scale(path, "bench")


TABLES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "budget": (
        'device = "nrf5340"\n[audio]\ncycles_per_second = 700_000\nfeatures = 40\nms_per_window = 5.0\n'
        "[total]\nflash_bytes = 49_152\nbattery_days = 14\n",
        load_budget,
    ),
    "recipe": ("[audio]\ntrees = 40\ndepth = 5\n[imu]\nlearning_rate = 0.5\n", load_recipe),
    "devices": ((ROOT / "export/estimate/devices.toml").read_text(), load_profiles),
}


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("shape", ['"{}"', "true", "[{}]", "1979-05-27"])
def test_nor_in_a_table_of_toml(kind: str, shape: str, tmp_path: Path) -> None:
    text, read = TABLES[kind]
    path = tmp_path / "file.toml"
    path.write_text(text)
    read(path)
    values = list(re.finditer(r"= (\d[\d_.]*)(?=[,\n }])", text))
    values = values[:: max(len(values) // 25, 1)]
    assert len(values) >= 3
    for value in values:
        path.write_text(text[: value.start(1)] + shape.format(value[1]) + text[value.end(1) :])
        with pytest.raises(InputError):
            read(path)


@pytest.mark.parametrize(
    "bmi", [0, -1, -0.0, 4.9, 301, 1e300, "0", "nan", "inf", "-22", True, None, [22], {}]
)
def test_no_body_mass_index_that_nobody_has(bmi: object, tmp_path: Path) -> None:
    (tmp_path / "biodata.json").write_text(json.dumps({"Gender": "F", "BMI": bmi}))
    with pytest.raises(InputError, match=r"biodata\.json: BMI: .* is not "):
        read_biodata(tmp_path)


@pytest.mark.parametrize("bmi", [21.3, 22, "21.3", 5, 251])
def test_a_body_mass_index_is_read(bmi: object, tmp_path: Path) -> None:
    (tmp_path / "biodata.json").write_text(json.dumps({"Gender": "F", "BMI": bmi}))
    found = read_biodata(tmp_path)
    assert found is not None
    assert found.bmi == float(str(bmi))


@pytest.mark.parametrize(("document", "field"), [({"Gender": "F"}, "BMI"), ({"BMI": 20}, "Gender")])
def test_a_missing_field_is_named(document: object, field: str, tmp_path: Path) -> None:
    (tmp_path / "biodata.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match=f"{field}: the field is missing"):
        read_biodata(tmp_path)


@pytest.mark.parametrize("gender", [True, None, [], {}])
def test_a_gender_is_a_word(gender: object, tmp_path: Path) -> None:
    (tmp_path / "biodata.json").write_text(json.dumps({"Gender": gender, "BMI": 20}))
    with pytest.raises(InputError, match=r"Gender: .* is not a gender"):
        read_biodata(tmp_path)


@pytest.mark.parametrize("value", [True, "1", None, [], float("nan"), float("inf"), -0.1, 2.1])
def test_what_is_no_number_or_out_of_bounds(value: object) -> None:
    with pytest.raises(ValueError, match="is "):
        as_number(value, 0.0, 2.0)
