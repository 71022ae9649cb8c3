"""Defaults of options from ``tussis.toml``, found upwards from the working folder."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..data.input_error import InputError
from .console import note

__all__ = ["CONFIG_FILE", "Defaults", "find_config", "read_defaults"]

CONFIG_FILE = "tussis.toml"
REMOTE_CACHE = "remote-cache"
"""The one key at its top that is an option of `tussis` itself and of no verb."""

_ONE_OF = ({"point", "threshold", "false_per_hour"}, {"awake", "day"})
"""Options that exclude each other: one on the command line leaves the defaults of the others out."""

_NEVER = {"help", "version", "install_completion", "show_completion", "as_json"}
"""What is nobody's default: who reads stdout must know what comes."""

_FILE_OR_WORD = {"model", "costs"}
"""Options that take the name of a file, or a word."""


_PATHS = {"path", "file", "directory"}
"""How click names the types of paths."""


class Defaults(NamedTuple):
    """What a file says.

    Attributes
    ----------
    path
        The file.
    by_verb
        Values by verb and parameter, as click's `default_map` takes them.
    keys
        Keys in use, by verb.
    """

    path: Path
    by_verb: dict[str, Any]
    keys: dict[str, list[str]]


def find_config(folder: Path | None = None) -> Path | None:
    """Find the nearest ``tussis.toml`` in a folder or above it.

    A file of another user is passed over, and said so: a folder that everybody may write into, like ``/tmp``,
    must not choose what a command does.

    Parameters
    ----------
    folder
        Where to begin; None is the working folder.

    Raises
    ------
    InputError
        What is there of that name is a folder, a pipe or a link that leads nowhere.
    """
    try:
        place = (folder or Path.cwd()).resolve()
    except OSError:  # the working folder was deleted
        return None
    for above in (place, *place.parents):
        path = above / CONFIG_FILE
        if os.path.lexists(path):
            is_file = path.is_file()
            owners = {path.lstat().st_uid, path.stat().st_uid if is_file else 0}
            if owners <= {os.getuid(), 0}:
                if is_file:
                    return path
                raise InputError(path, "is not a plain file", remedy="take it away, or give it another name")
            note(f"{path}: belongs to another user and is not used; copy it to use it")
    return None


def read_defaults(path: Path, commands: Mapping[str, Any], arguments: Sequence[str]) -> Defaults:
    """Read defaults, and check every key and value.

    Parameters
    ----------
    path
        The file. Keys at its top are for every verb that has the option; those of a table ``[VERB]`` are for
        that verb, and go first. Relative paths are relative to the folder of the file.
    commands
        Commands by verb, as typer makes them.
    arguments
        Words of the command line, which win.

    Raises
    ------
    InputError
        It is not TOML; a key that is neither an option nor a verb; a value does not fit.
    """
    from ..data.untrusted import read_toml

    document = read_toml(path)
    remote_cache = document.pop(REMOTE_CACHE, None)
    options = {verb: _options(command) for verb, command in commands.items()}
    tables = {key: value for key, value in document.items() if isinstance(value, dict)}
    common = {key: value for key, value in document.items() if key not in tables}
    _refuse_unknown(path, tables, common, options)
    by_verb: dict[str, Any] = {}
    keys: dict[str, list[str]] = {}
    for verb, own in options.items():
        context = commands[verb].make_context(verb, [], resilient_parsing=True)
        table = tables.get(verb, {})
        given = {own[word].name for word in _option_words(arguments) if word in own}
        by_verb[verb], keys[verb] = {}, []
        for key, value in {**{k: v for k, v in common.items() if k in own}, **table}.items():
            field = f"{verb}.{key}" if key in table else key
            checked = _checked(path, field, own[key], value, context)
            if not any(own[key].name in these and these & given for these in _ONE_OF):
                by_verb[verb][own[key].name] = checked
                keys[verb].append(key)
    if remote_cache is not None:
        from ..data.remote.remote_url import parse_bytes

        parse_bytes(str(remote_cache), f"{path}: {REMOTE_CACHE}")
        by_verb["remote_cache"] = str(remote_cache)
    return Defaults(path, by_verb, keys)


def _options(command: Any) -> dict[str, Any]:
    """Options of a verb, by what is written after the two dashes."""
    return {
        word.removeprefix("--"): option
        for option in command.params
        if option.param_type_name == "option" and option.name not in _NEVER
        for word in option.opts
        if word.startswith("--")
    }


def _kind(option: Any) -> str:
    """Name of the type, where typer leaves the conversion of paths to a later moment (before 0.20)."""
    return str(getattr(getattr(option, "type", None), "name", ""))


def _option_words(arguments: Sequence[str]) -> list[str]:
    return [word[2:].split("=")[0] for word in arguments if word.startswith("--")]


def _refuse_unknown(
    path: Path, tables: Mapping[str, Any], common: Mapping[str, Any], options: Mapping[str, Mapping[str, Any]]
) -> None:
    for verb, table in tables.items():
        if verb not in options:
            remedy = _near(verb, options, "see tussis --help")
            raise InputError(path, "no such verb", field=f"[{verb}]", remedy=remedy)
        for key in table:
            if key not in options[verb]:
                remedy = _near(key, options[verb], f"see tussis {verb} --help")
                raise InputError(path, "no such option", field=f"{verb}.{key}", remedy=remedy)
    known = {key for own in options.values() for key in own}
    for key in common:
        if key not in known:
            remedy = _near(key, known, "see tussis VERB --help")
            raise InputError(path, "no verb has such an option", field=key, remedy=remedy)


def _near(word: str, known: Iterable[str], otherwise: str) -> str:
    near = difflib.get_close_matches(word, sorted(known), 1)
    return f"did you mean {near[0]}?" if near else otherwise


def _checked(path: Path, field: str, option: Any, value: Any, context: Any) -> Any:
    """Convert a value as the command line would, and name the key where that fails."""
    is_flag, several = bool(getattr(option, "is_flag", False)), bool(getattr(option, "multiple", False))
    if is_flag or isinstance(value, bool):
        if not (is_flag and isinstance(value, bool)):
            remedy = "write true or false" if is_flag else "write a word or a number"
            raise InputError(path, f"is {value!r:.40}", field=field, remedy=remedy)
        return value
    if isinstance(value, dict) or (isinstance(value, list) and not several):
        raise InputError(path, f"is {value!r:.40}", field=field, remedy="write one value")
    words = [str(one) for one in (value if isinstance(value, list) else [value])]
    if "" in words:
        raise InputError(path, "is empty", field=field, remedy="write a value, or take the line out")
    try:
        converted = option.process_value(context, words if several else words[0])
        is_path = isinstance(converted, Path) or _kind(option) in _PATHS
        if is_path or (option.name in _FILE_OR_WORD and (path.parent / words[0]).is_file()):
            words = [str(path.parent / words[0])]
    except Exception as error:
        if not callable(getattr(error, "format_message", None)):  # none of click's
            raise
        message = str(getattr(error, "message", error)).removeprefix("Value error, ").rstrip(".")
        raise InputError(path, message, field=field) from None
    return words if several else words[0]
