"""What every section of the detector file has in common: strict keys, one-line faults, and its layout."""

from __future__ import annotations

import json
import reprlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ...data.input_error import InputError

__all__ = ["Probability", "Section", "first_problem", "json_lines", "known_keys", "refuse_constant"]

Probability = Annotated[float, Field(ge=0.0, le=1.0)]


class _ShortText(reprlib.Repr):
    """Long values shown in part: a model of a detector file has hundreds of thousands of characters."""

    def repr_instance(self, x: Any, level: int) -> str:
        return repr(x)


_short = _ShortText()
_short.maxlevel, _short.maxdict, _short.maxlist, _short.maxtuple, _short.maxstring = 2, 4, 4, 4, 80


class Section(BaseModel):
    """A JSON object of the detector file: an unknown key or a number that is not finite is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    def __repr__(self) -> str:
        """Name the fields, but for those of ``repr=False``, and long values in part."""
        shown = (name for name, field in type(self).model_fields.items() if field.repr)
        fields = ((name, getattr(self, name)) for name in shown)
        return f"{type(self).__name__}({', '.join(f'{name}={_short.repr(value)}' for name, value in fields)})"

    def __str__(self) -> str:
        """Say the same as `repr`."""
        return repr(self)


def known_keys(kind: type[Any]) -> BeforeValidator:
    """Refuse unknown keys: pydantic lets them pass in a standard-library dataclass."""

    def check(value: Any) -> Any:
        if isinstance(value, dict):
            for key in value:
                if key not in kind.__dataclass_fields__:
                    raise ValueError(f"unknown key {key!r}")
        return value

    return BeforeValidator(check)


def json_lines(value: Any, depth: int) -> Iterator[str]:
    """Lay JSON out for reading and for diffs: objects by line, lists and model trees on one line."""
    if not isinstance(value, dict) or depth > 2 or not value:
        yield json.dumps(value, allow_nan=False)
        return
    yield "{"
    last = len(value) - 1
    for number, (key, item) in enumerate(value.items()):
        inner = list(json_lines(item, depth + 1))
        inner[0] = f"{json.dumps(key)}: {inner[0]}"
        if number < last:
            inner[-1] += ","
        yield from (f" {line}" for line in inner)
    yield "}"


def refuse_constant(name: str) -> float:
    """Refuse NaN and infinity, which `json` reads and JSON does not have."""
    raise ValueError(f"{name} is not a JSON number")


def first_problem(file: Path, error: ValidationError) -> InputError:
    """Say in one line what is wrong first, with its place in the document."""
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
