"""The verb that says what is installed and what its lack costs: doctor."""

from __future__ import annotations

import typer

from .console import ProgressDisplay, print_json, show
from .options import Json

__all__ = ["doctor"]

_STYLES = {"found": "green", "missing": "yellow", "broken": "red"}


def doctor(as_json: Json = False) -> None:
    """Say which compilers, emulators, ports, microphones and libraries are here, and what is lost without."""
    from rich.text import Text

    from .checkup import take_checkup

    with ProgressDisplay() as progress:
        found = take_checkup(progress)
    if as_json:
        print_json(found.as_dict())
    else:
        group = ""
        for check in found.checks:
            if check.group != group:
                group = check.group
                show(Text(group, style="bold"))
            words = f"  {check.name}: "
            words += check.found if check.state == "found" else " ".join((check.state, check.found)).strip()
            show(Text(words, style="" if check.state == "found" else _STYLES[check.state]))
            if check.state != "found":
                show(Text(f"    without it: {check.costs}; {check.remedy}"))
        outcome = (
            "everything that is needed is here" if found.passed else "something that is needed is missing"
        )
        show(Text(outcome, style="bold green" if found.passed else "bold red"))
    if not found.passed:
        raise typer.Exit(1)
