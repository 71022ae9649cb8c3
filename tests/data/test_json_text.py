"""JSON that is written: valid whatever the numbers are, and no writer that goes round it."""

from __future__ import annotations

import ast
import json
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

import tussis
from tussis.data.json_text import json_text

ROOT = Path(tussis.__file__).parent
ROOMS = ("cli", "data", "export", "firmware_stub", "selection", "signal")


class Pair(NamedTuple):
    a: float
    b: float


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (math.nan, "null"),
        (math.inf, "null"),
        (-math.inf, "null"),
        (np.float64("nan"), "null"),
        (1e308, "1e+308"),
        ([1, [2, [math.nan]]], "[1, [2, [null]]]"),
        ((1.5, -math.inf), "[1.5, null]"),
        (Pair(math.nan, 2.0), "[null, 2.0]"),
        ({"a": {"b": math.inf}, "c": True}, '{"a": {"b": null}, "c": true}'),
        ("NaN", '"NaN"'),
        (None, "null"),
    ],
)
def test_numbers_that_json_lacks_are_null(value: object, text: str) -> None:
    assert json_text(value) == text
    json.loads(text, parse_constant=lambda name: pytest.fail(name))


def test_every_writer_of_json_refuses_or_replaces_what_json_lacks() -> None:
    found = 0
    for room in ROOMS:
        for file in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and isinstance(node.func.value, ast.Name)
                    and (node.func.value.id, node.func.attr) in (("json", "dumps"), ("json", "dump"))
                ):
                    found += 1
                    said = {word.arg: word.value for word in node.keywords}
                    allowed = said.get("allow_nan")
                    strict = isinstance(allowed, ast.Constant) and allowed.value is False
                    text = isinstance(node.args[0], ast.Name) and node.args[0].id == "key"
                    assert strict or text, f"{file.relative_to(ROOT)}:{node.lineno} may write NaN"
    assert found > 3
