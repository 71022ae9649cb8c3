"""The options that choose who does the work of a verb: the same for every verb that works long."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from .console import note

__all__ = ["works_long"]

_PANEL = "Who does the work"

_Jobs = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=1,
        help="Processes to work in; the result is the same with any number. Default: what suits the verb.",
        rich_help_panel=_PANEL,
    ),
]
_Dask = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="A Dask scheduler whose workers do it, like tcp://10.0.0.5:8786; needs the extra dask.",
        rich_help_panel=_PANEL,
    ),
]


def works_long(verb: Callable[..., None]) -> Callable[..., None]:
    """Give a verb ``--jobs`` and ``--dask``; where one is used, say at the end how fast the work was.

    Parameters
    ----------
    verb
        A function of the command line. What it calls goes through `tussis.data.workers.worked`.
    """

    @functools.wraps(verb)
    def with_workers(*arguments: Any, jobs: int | None = None, dask: str | None = None, **named: Any) -> None:
        if jobs is None and dask is None:
            verb(*arguments, **named)
            return
        from ..data.workers import workers

        with workers(jobs, dask) as chosen:
            try:
                verb(*arguments, **named)
            finally:
                if not isinstance(sys.exception(), KeyboardInterrupt):
                    for line in chosen.log.lines():
                        note(line)

    signature = inspect.signature(verb, eval_str=True)
    more = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        for name, kind in (("jobs", _Jobs), ("dask", _Dask))
    ]
    changed: Any = with_workers
    changed.__signature__ = signature.replace(parameters=[*signature.parameters.values(), *more])
    changed.__annotations__ = {**inspect.get_annotations(verb, eval_str=True), "jobs": _Jobs, "dask": _Dask}
    return with_workers
