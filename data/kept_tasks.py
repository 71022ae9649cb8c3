"""Results of work on recordings that stay on disk until all of it is done: who is killed goes on from there.

A run is what all tasks share: detector, options, code. Each of its results is a file named by the content of
the recording, written by who did the task as soon as it is done. When the last one is there the run's files
go, so that nothing grows and nothing old is ever taken.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .atomic import write_text_whole
from .content_hash import session_files
from .input_error import InputError
from .progress import Progress
from .remote.cached_file import content_sha256
from .remote.remote_set import set_of
from .session_ref import SessionRef
from .untrusted import read_json
from .workers import worked

__all__ = ["KeptRun", "worked_once"]


@dataclass(frozen=True)
class KeptRun:
    """Where and how the results of a run are kept.

    Parameters
    ----------
    folder
        Folder for runs of all kinds.
    terms
        All that a result depends on besides the recording.
    encode
        Gives a result as a JSON document, None for one that is not kept. It can be pickled.
    decode
        Gives the result of a recording back; ValueError, KeyError or TypeError for a damaged document.
    """

    folder: Path
    terms: str
    encode: Callable[[Any], Any]
    decode: Callable[[SessionRef, Any], Any]

    @property
    def place(self) -> Path:
        """Folder of this run."""
        return self.folder / "begun" / hashlib.sha256(self.terms.encode()).hexdigest()[:32]


def worked_once(
    function: Callable[..., Any],
    references: Sequence[SessionRef],
    run: KeptRun,
    *,
    shared: Any,
    stage: str,
    inner: Callable[[int], Progress] | None = None,
) -> Iterator[Any]:
    """Call a function for every recording whose result is not there yet; yield the results in order.

    As `tussis.data.workers.worked` with ``spare``; what fails is not kept. A single recording is not worth
    it.

    Parameters
    ----------
    function
        Called with `shared` and a recording.
    references
        The recordings.
    run
        Keeps the results.
    shared, stage, inner
        As for `worked`.
    """
    keys = [_key(reference) for reference in references] if len(references) > 1 else [""]
    files = [run.place / f"{key}.json" if key else None for key in keys]
    kept = [_read(run, reference, file) for reference, file in zip(references, files, strict=True)]
    missing = [number for number, one in enumerate(kept) if one is None]
    work = worked(
        _keep,
        [(files[number], references[number]) for number in missing],
        1,
        stage=stage,
        names=[references[number].name for number in missing],
        shared=_Job(function, shared, run.encode),
        spare=True,
        inner=None if inner is None else lambda place: inner(missing[place]),
    )
    for one in kept:
        yield next(work) if one is None else one[0]
    for file in files:
        if file is not None:
            with contextlib.suppress(OSError):  # not there, or in a place that became read-only
                file.unlink()
    with contextlib.suppress(OSError):  # another run of the same kind is under way
        run.place.rmdir()


@dataclass(frozen=True, eq=False)
class _Job:
    function: Callable[..., Any]
    shared: Any
    encode: Callable[[Any], Any]


def _keep(job: _Job, file: Path | None, reference: SessionRef, *progress: Progress) -> Any:
    found = job.function(job.shared, reference, *progress)
    if file is not None and (document := job.encode(found)) is not None:
        with contextlib.suppress(InputError):  # a full disk costs the resuming, not the result
            write_text_whole(file, json.dumps(document, allow_nan=False), durable=False)
    return found


def _read(run: KeptRun, reference: SessionRef, file: Path | None) -> tuple[Any] | None:
    """Read a result; a missing or damaged file counts as none."""
    if file is None or not file.exists():
        return None
    try:
        return (run.decode(reference, read_json(file)),)
    except (InputError, ValueError, KeyError, TypeError):
        return None


def _key(reference: SessionRef) -> str:
    """Hash of what a recording is called and of its files; empty where it cannot be known beforehand."""
    digest = hashlib.sha256(repr(reference).encode())
    try:
        for file in session_files(reference):
            digest.update(f"{file.name}\0{_content(file)}\n".encode())
    except (InputError, OSError, _NoVersionError):
        return ""
    return digest.hexdigest()[:32]


class _NoVersionError(Exception):
    """A store does not say which version of a file it has."""


def _content(file: Path) -> str:
    """Hash of a file; of one in a store its version, so that nothing is fetched for it."""
    remote = set_of(file)
    if remote is None:
        return content_sha256(file)
    owner, name = remote
    if not owner.files[name].version:
        raise _NoVersionError
    return f"{owner.files[name].size} {owner.files[name].version}"
