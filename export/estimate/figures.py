"""Figures with their origin, and the profiles that are made of them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["Assumption", "Cache", "Figure", "Interface", "OperatingPoint", "Profile", "Strict"]

Interface = Literal["pdm", "i2s", "analog"]
"""How a microphone gives its sound."""


class Strict(BaseModel):
    """A frozen table that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Figure(Strict):
    """One number with where it is from: a `source`, or an `assumption` and why it is a fair one.

    `low` and `high` bound an assumed value; without them `tussis.export.estimate.uncertainty` has a range.
    """

    value: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    low: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    high: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    source: Annotated[str, Field(min_length=3)] | None = None
    assumption: Annotated[str, Field(min_length=3)] | None = None

    @model_validator(mode="after")
    def _has_origin(self) -> Figure:
        if (self.source is None) == (self.assumption is None):
            raise ValueError("needs either source (document, revision, table) or assumption (why)")
        if not (self.low if self.low is not None else self.value) <= self.value:
            raise ValueError("low is above value")
        if not (self.high if self.high is not None else self.value) >= self.value:
            raise ValueError("high is below value")
        return self


class Cache(Strict):
    """The cache between flash and core: size, line and associativity, with its origin."""

    bytes: Annotated[int, Field(gt=0)]
    line_bytes: Annotated[int, Field(gt=0)]
    ways: Annotated[int, Field(gt=0)]
    source: str | None = None
    assumption: str | None = None

    @model_validator(mode="after")
    def _fits(self) -> Cache:
        if (self.source is None) == (self.assumption is None):
            raise ValueError("needs either source or assumption")
        if self.bytes % (self.line_bytes * self.ways) or self.line_bytes & (self.line_bytes - 1):
            raise ValueError("bytes must be a multiple of line_bytes x ways, line_bytes a power of two")
        return self


@dataclass(frozen=True)
class Assumption:
    """A figure without a source that something rests on: whose it is, its value, and why it is a fair one."""

    part: str
    figure: str
    value: float
    why: str


class OperatingPoint(Strict):
    """One of several ways to run a part; its figures are named with it."""

    @property
    @abstractmethod
    def point(self) -> str:
        """What it is called among the part's."""

    def figures(self) -> Iterator[tuple[str, Figure]]:
        """Yield (name, figure), the name with the point."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, Figure):
                yield f"{name} at {self.point}", value


class Profile(Strict):
    """One part: figures, some of them by operating point."""

    title: str

    def figures(self) -> Iterator[tuple[str, Figure | Cache]]:
        """Yield (name, figure) of everything that has an origin, of the operating points too."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, (Figure, Cache)):
                yield name, value
            elif isinstance(value, tuple):
                for point in value:
                    yield from point.figures()

    def assumptions(self, used: Iterable[tuple[str, Figure | Cache]]) -> list[Assumption]:
        """Return those of the figures `used` (name, figure) of this part that have no source."""
        return [
            Assumption(self.title, name, f.bytes if isinstance(f, Cache) else f.value, f.assumption)
            for name, f in used
            if f.assumption is not None
        ]
