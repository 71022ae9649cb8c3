"""Tutorials as notebooks: ``python docs/site/notebooks.py`` writes one beside each page, without outputs.

A block of Python is a cell, one of shell is a cell that runs bash, one of text is what a command answers.
``<!-- run instead: COMMAND -->`` before a block gives what a test runs in its place, such as a dataset that
is made where the page downloads one.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

TUTORIALS = Path(__file__).resolve().parents[1] / "tutorials"
_BLOCK = re.compile(
    r"(?:<!-- run instead: (?P<instead>.*?) -->\n)?```(?P<kind>\w*)\n(?P<text>.*?)```\n", re.DOTALL
)


def notebook(page: str, *, to_run: bool = False) -> dict[str, Any]:
    """Make a notebook, in the form of nbformat 4.5.

    Parameters
    ----------
    page
        Text of the tutorial.
    to_run
        Whether blocks are replaced by what a test runs in their place.
    """
    cells: list[dict[str, Any]] = []

    def add(kind: str, text: str) -> None:
        if text.strip():
            cell: dict[str, Any] = {"cell_type": kind, "id": f"cell-{len(cells)}", "metadata": {}}
            cell["source"] = text.strip("\n")
            cells.append(cell | ({"execution_count": None, "outputs": []} if kind == "code" else {}))

    at = 0
    for block in _BLOCK.finditer(page):
        add("markdown", page[at : block.start()])
        kind, text, instead = block["kind"], block["text"], block["instead"]
        if kind == "sh":
            add("code", f"%%bash\nset -e\n{instead if to_run and instead else text}")
        elif kind == "python":
            add("code", text)
        else:
            add("markdown", f"```{kind}\n{text}```")
        at = block.end()
    add("markdown", page[at:])
    spec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": spec}, "nbformat": 4, "nbformat_minor": 5}


def as_text(page: str) -> str:
    """Give the notebook of a page as it is committed."""
    return json.dumps(notebook(page), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for source in sorted(TUTORIALS.glob("*.md")):
        source.with_suffix(".ipynb").write_text(as_text(source.read_text(encoding="utf-8")), encoding="utf-8")
