"""A report as one HTML file that asks for nothing else: a template, a style sheet, a script, Vega-Lite."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from os import PathLike
from pathlib import Path
from typing import Any

from ...data.atomic import write_text_whole
from ...data.input_error import InputError
from ...data.json_text import json_text
from .chart import Chart, Table

__all__ = [
    "MAX_BYTES",
    "Clip",
    "Figure",
    "Page",
    "Section",
    "SessionView",
    "page_part",
    "refuse_other_suffix",
    "render_page",
    "write_page",
]

MAX_BYTES = 3_000_000
"""A report is smaller than this."""


@dataclass(frozen=True)
class Figure:
    """A headline: a value, what it is, and its interval or another remark."""

    value: str
    name: str
    remark: str = ""


@dataclass(frozen=True)
class Clip:
    """An event of a session that can be looked at, and listened to where its sound is embedded.

    Attributes
    ----------
    words
        What it is and when.
    start_s, end_s
        Bounds in the recording, seconds.
    sound
        The second around it as a data address; empty where no sound is embedded.
    """

    words: str
    start_s: float
    end_s: float
    sound: str = ""


@dataclass(frozen=True)
class SessionView:
    """A recording on one time line.

    Attributes
    ----------
    name
        Of the recording.
    chart
        Its panels; the parameters ``t0`` and ``t1`` of the specification are the bounds in view, seconds.
    start_s, end_s
        The widest bounds.
    clips
        Its errors.
    """

    name: str
    chart: Chart
    start_s: float
    end_s: float
    clips: tuple[Clip, ...] = ()


@dataclass(frozen=True)
class Section:
    """One heading and what stands under it; `missing` names the input that would fill an empty one."""

    title: str
    text: str = ""
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    sessions: tuple[SessionView, ...] = ()
    lines: tuple[str, ...] = ()
    missing: str = ""

    @property
    def anchor(self) -> str:
        """Name of the section in an address."""
        return "".join(letter if letter.isalnum() else "-" for letter in self.title.lower())


@dataclass(frozen=True)
class Page:
    """A whole report."""

    title: str
    lead: str
    figures: tuple[Figure, ...] = ()
    sections: tuple[Section, ...] = ()
    privacy: str = "This page holds no sound."
    inputs: tuple[str, ...] = field(default=())


def render_page(page: Page) -> str:
    """Render a report as HTML; equal pages give equal bytes."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("tussis.export.report", "page_parts"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    charts: list[dict[str, Any]] = []

    def place(chart: Chart) -> int:
        """Keep a chart for the script; give its number."""
        charts.append({"title": chart.title, "spec": chart.spec})
        return len(charts) - 1

    text = environment.get_template("page.html.j2").render(
        page=page,
        place=place,
        charts=lambda: _in_script(json_text(charts), code=False),
        style=page_part("page.css"),
        script=_in_script(page_part("page.js")),
        vega=_in_script(_vega()),
    )
    return str(text)


def write_page(page: Page, path: str | PathLike[str]) -> Path:
    """Write a report.

    Parameters
    ----------
    page
        What it says.
    path
        The file to write, which ends in .html.

    Raises
    ------
    InputError
        It would be larger than 3 MB, or cannot be written.
    """
    text = render_page(page)
    if len(text.encode()) > MAX_BYTES:
        raise InputError(
            path, "the report is larger than 3 MB", remedy="report fewer sessions, or leave --audio out"
        )
    return write_text_whole(path, text)


def refuse_other_suffix(path: Path | None) -> Path | None:
    """Refuse a report's file that a browser would not open, before long work."""
    from ...data.atomic import refuse_unwritable

    if path is None:
        return None
    if path.suffix.lower() not in (".html", ".htm"):
        raise InputError(path, "is not an .html file", remedy="name one; a browser shows it")
    refuse_unwritable(path)
    return path


def page_part(name: str) -> str:
    """Read one of the files that pages are made from: ``page.css``, ``page.js``, ``page.html.j2``."""
    return (resources.files(__package__) / "page_parts" / name).read_text("utf-8")


def _in_script(text: str, *, code: bool = True) -> str:
    """Keep a text within a script element from ending it (WHATWG, HTML, 4.12.1.3)."""
    return re.sub(r"<(?=/script|script|!--)", r"\\x3c" if code else r"\\u003c", text, flags=re.IGNORECASE)


@cache
def _vega() -> str:
    """Vega, Vega-Lite and vega-embed as one module, which `vl_convert` carries."""
    from vl_convert import javascript_bundle

    return str(javascript_bundle())  # type: ignore[call-arg]  # its stub calls an optional argument needed
