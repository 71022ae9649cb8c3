"""Options that do nothing beside the others of a command line: refused, where they would be passed over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..data.input_error import InputError

__all__ = ["IDLE", "refuse_idle_options"]

Values = Mapping[str, Any]
"""What a command line gives, by the parameters of its verb."""


@dataclass(frozen=True)
class Idle:
    """Options of a verb that have no effect in some command lines.

    Attributes
    ----------
    options
        Parameters of the verb, by their names in Python.
    idle
        Whether they have none, by all that is given.
    why
        What is said of them then.
    remedy
        What to do.
    """

    options: tuple[str, ...]
    idle: Callable[[Values], bool]
    why: str
    remedy: str


_TYPED = {"name": "NAME", "dest": "DEST", "listed": "--list"}


def _option(name: str) -> str:
    """Name a parameter as it is typed."""
    return _TYPED.get(name, f"--{name.replace('_', '-')}")


def _is_there(value: object) -> bool:
    """Whether an option was given; 0 is a value like every other."""
    return value is not None and value is not False


def _without(needed: str, options: tuple[str, ...]) -> Idle:
    """Options that belong to another one."""
    name = _option(needed)
    return Idle(
        options,
        lambda given: not _is_there(given[needed]),
        f"belongs to {name}",
        f"give {name} too, or leave it out",
    )


def _beside(other: str, options: tuple[str, ...]) -> Idle:
    """Options that another one makes useless."""
    name = _option(other)
    return Idle(
        options, lambda given: _is_there(given[other]), f"does nothing beside {name}", "leave one of them out"
    )


def _unless(parameter: str, *values: str, options: tuple[str, ...], why: str) -> Idle:
    """Options of some values of another parameter."""
    return Idle(options, lambda given: given[parameter] not in values, why, "leave it out")


def _has_variants(given: Values) -> bool:
    """Whether an estimate is asked of several devices, clocks, compilers, optimisations or FPUs."""
    several = (given[name] for name in ("clock", "toolchain", "opt", "fpu"))
    return given["device"] == "all" or any(len(values or ()) > 1 for values in several)


_DETECTOR = ("model", "mode", "microphone", "point")

IDLE: dict[str, tuple[Idle, ...]] = {
    "fetch": (_beside("listed", ("name", "dest")),),
    "train": (
        _without("budget", ("costs", "battery", "search")),
        _unless("rule", "loss", options=("max_loss",), why="belongs to --rule loss"),
    ),
    "evaluate": (_without("listen", ("listen_most",)), _without("cross_validate", ("folds", "recipe"))),
    "listen": (
        _beside(
            "devices",
            ("model", "device", "seconds", "labels", "keep", "point", "threshold", "false_per_hour"),
        ),
    ),
    "count": (_beside("labelled", _DETECTOR),),
    "compare": (_beside("labelled", _DETECTOR),),
    "plot": (
        _unless("kind", "timeline", options=("model", "mode"), why="is for a timeline only"),
        _unless("kind", "importance", options=("most",), why="is for the importance of features only"),
    ),
    "export": (
        Idle(
            ("max_flash",),
            lambda given: given["model_in"] == "flash-blob",
            "chooses among forms of code, and --model-in flash-blob is data",
            "leave one of them out",
        ),
    ),
    "estimate": (
        Idle(
            (
                *("measured", "save_scale", "scale", "measured_current", "save_device", "flame", "awake"),
                *("microphone_on", "sound_threshold", "day", "report", "advise"),
            ),
            _has_variants,
            "goes with one variant only",
            "name one device, and give each option once",
        ),
        _without("measured", ("save_scale",)),
        _without("measured_current", ("save_device",)),
        _without("awake", ("microphone_on",)),
        _without("day", ("sound_threshold",)),
        _beside(
            "measured",
            ("measured_current", "save_device", "awake", "microphone_on", "day", "sound_threshold", "advise"),
        ),
    ),
    "board": (_without("sensors", ("speed",)),),
    "monitor": (_without("replay", ("speed",)), _beside("replay", ("log", "seconds", "baud"))),
    "study": (
        _unless("what", "wake", options=("device", "battery"), why="is for the study of waking only"),
        Idle(
            ("seed",),
            lambda given: given["what"] == "wake",
            "the study of waking draws nothing",
            "leave it out",
        ),
    ),
}
"""By verb. Where a verb refuses such an option itself, by what it finds in files, it is not listed."""


def refuse_idle_options(group: Any) -> None:
    """Let every verb refuse what would do nothing beside the other words of its command line.

    Defaults that come from a file are not refused: they are for other command lines too.

    Parameters
    ----------
    group
        The command line, as typer builds it; changed in place.
    """
    for verb, rules in IDLE.items():
        _checked(group.commands[verb], rules)


def _checked(command: Any, rules: tuple[Idle, ...]) -> None:
    invoke = command.invoke

    def check_and_invoke(context: Any) -> Any:
        for rule in rules:
            for name in rule.options:
                if _is_typed(context, name) and rule.idle(context.params):
                    raise InputError(_option(name), rule.why, remedy=rule.remedy)
        return invoke(context)

    command.invoke = check_and_invoke


def _is_typed(context: Any, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
