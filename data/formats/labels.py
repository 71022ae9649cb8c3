r"""Label tracks as Audacity exports them: ``start<TAB>end<TAB>label``, seconds, one label a row."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..input_error import InputError, OnFault, refuse
from ..recording import COUGH, UNSURE, Label
from .text_file import as_decimal, lines_of, read_text

__all__ = ["check_labels", "label_of_row", "label_row", "read_labels"]

_WITH_CONFIDENCE = re.compile(rf"({COUGH}|{UNSURE})\s+(0?\.\d+|1\.0*)", re.IGNORECASE)
"""A name with a confidence behind it, as ``tussis label`` writes it: ``cough 0.93``."""

SLACK_S = 0.5
"""How far a label may reach beyond the recording and still be cut to it: the slip of a mouse."""


def read_labels(
    path: str | os.PathLike[str], duration_s: float, *, on_fault: OnFault = refuse
) -> tuple[Label, ...]:
    r"""Read an Audacity label track.

    Rows without a label text are kept with an empty name. A confidence behind ``cough`` or ``unsure``, as in
    ``cough 0.93``, is read as such. Other spellings of cough (`tussis.data.cough_names`) become ``cough``.
    The rows that begin with a backslash, which
    Audacity writes for spectral selections, are skipped. An empty file means that nothing was heard.

    Parameters
    ----------
    path
        The text file.
    duration_s
        Length of the audio the labels belong to.
    on_fault
        Called with every fault; the row at fault is left out if it returns.

    Returns
    -------
    tuple[Label, ...]
        Labels in order of their start, within ``[0, duration_s]``.

    Raises
    ------
    InputError
        By the default `on_fault`: the file cannot be read, a row is not a label, ends before it starts, or
        lies outside the audio.
    """
    track = Path(path)
    rows: list[tuple[str, Label]] = []
    try:
        text = read_text(track)
    except InputError as fault:
        on_fault(fault)
        return ()
    for number, line in enumerate(lines_of(text), start=1):
        if not line.strip() or line.startswith("\\"):
            continue
        try:
            rows.append((f"line {number}", label_of_row(track, number, line)))
        except InputError as fault:
            on_fault(fault)
    return check_labels(track, rows, duration_s, on_fault=on_fault)


def label_row(label: Label) -> str:
    r"""Write one row of a label track, to 0.1 ms, with a confidence below 1 behind the name.

    Examples
    --------
    >>> label_row(Label(0.5, 0.75, "cough", confidence=0.9))
    '0.5000\t0.7500\tcough 0.90\n'
    """
    sure = f" {label.confidence:.2f}" if label.confidence < 1.0 else ""
    return f"{label.start_s:.4f}\t{label.end_s:.4f}\t{label.name}{sure}\n"


def check_labels(
    path: Path, rows: Sequence[tuple[str, Label]], duration_s: float, *, on_fault: OnFault = refuse
) -> tuple[Label, ...]:
    """Check labels against their recording, and sort them.

    Parameters
    ----------
    path
        File they come from.
    rows
        Pairs of the label and its place in the file.
    duration_s
        Length of the audio in seconds.
    on_fault
        Called with every fault; the label at fault is left out if it returns.

    Returns
    -------
    tuple[Label, ...]
        Labels in order of their start. One that reaches out by up to `SLACK_S` is cut to the audio.

    Raises
    ------
    InputError
        By the default `on_fault`: a label ends before it starts, a cough has no duration, or a label lies
        outside the audio.
    """
    kept = []
    for field, label in rows:
        fault = _fault_of(path, field, label, duration_s)
        if fault is not None:
            on_fault(fault)
            continue
        start_s = min(max(label.start_s, 0.0), duration_s)
        end_s = min(max(label.end_s, 0.0), duration_s)
        kept.append(replace(label, start_s=start_s, end_s=end_s))
    return tuple(sorted(kept, key=lambda label: (label.start_s, label.end_s, label.name)))


def label_of_row(path: Path, number: int, line: str) -> Label:
    """Read one row of a label track, as `read_labels` does, without a look at the recording.

    Parameters
    ----------
    path, number
        The track, and the row's number from 1, for the message.
    line
        The row; not empty, and none that begins with a backslash.

    Raises
    ------
    InputError
        The row is not a label.
    """
    cells = line.split("\t")
    if len(cells) < 2:
        raise InputError(
            path,
            f"no label row: {_excerpt(line)}",
            field=f"line {number}",
            remedy="write start, end and name with tabs between them, as Audacity's Export Labels does",
        )
    start_s, end_s = (
        _parse_time(path, number, name, cell) for name, cell in zip(("start", "end"), cells, strict=False)
    )
    name = cells[2].strip() if len(cells) > 2 else ""
    match = _WITH_CONFIDENCE.fullmatch(name)
    if match and float(match[2]) > 0.0:
        return Label(start_s, end_s, match[1], confidence=float(match[2]))
    label = Label(start_s, end_s, name)
    # One name for what is one sound: "cough 3" and "Toux" weigh and count as "cough" does.
    spelt = label.is_cough and name.casefold() != COUGH
    return replace(label, name=COUGH) if spelt else label


def _parse_time(path: Path, number: int, name: str, cell: str) -> float:
    field = f"line {number}, {name}"
    try:
        value = as_decimal(cell)
    except ValueError:
        comma = "," in cell
        raise InputError(
            path,
            f"{_excerpt(cell)} is not a time in seconds",
            field=field,
            remedy="use a decimal point, not a comma" if comma else "write seconds, like 12.345",
        ) from None
    if not math.isfinite(value):
        raise InputError(path, f"the time is {value}", field=field, remedy="write seconds, like 12.345")
    return value


def _fault_of(path: Path, field: str, label: Label, duration_s: float) -> InputError | None:
    what = f"{label.name or 'label'} at {label.start_s:.3f} s"
    if label.end_s < label.start_s:
        return InputError(
            path,
            f"{what} ends before it starts, at {label.end_s:.3f} s",
            field=field,
            remedy="swap its start and end",
        )
    if label.end_s == label.start_s and label.is_cough:
        return InputError(
            path, f"{what} has no duration", field=field, remedy="drag it over the cough in Audacity"
        )
    if label.start_s < -SLACK_S or label.start_s >= duration_s or label.end_s > duration_s + SLACK_S:
        return InputError(
            path,
            f"{what} to {label.end_s:.3f} s lies outside the audio, which has {duration_s:.3f} s",
            field=field,
            remedy="check that the labels belong to this recording",
        )
    return None


def _excerpt(text: str) -> str:
    shown = text.strip()
    return repr(shown if len(shown) <= 40 else shown[:37] + "...")
