"""``tussis fetch``: public datasets onto the disk."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from ..dataset import iter_dataset
from ..input_error import InputError
from ..progress import Progress, silent
from .archive import Archive
from .pin import pin_file, read_pin, write_pin
from .public_sets import PUBLIC_SETS
from .transfer import download
from .unpacking import unpack

__all__ = ["MIRROR_VARIABLE", "fetch_archive", "fetch_dataset"]

MIRROR_VARIABLE = "TUSSIS_FETCH_BASE_URL"
"""Environment variable with the base URL of a mirror, like ``http://localhost:8000``."""


def _say_nothing(text: str) -> None:
    """Drop what there is to say: the default."""


def fetch_dataset(
    name: str,
    dest: str | os.PathLike[str],
    *,
    base_url: str | None = None,
    keep_archive: bool = False,
    progress: Progress = silent,
    say: Callable[[str], None] = _say_nothing,
) -> Path:
    """Download and unpack a public dataset.

    Interrupt it at any time: the same call goes on where it stopped, and does nothing once all is there.

    Parameters
    ----------
    name
        A key of `PUBLIC_SETS`, such as ``"edge-ai"`` (0.85 GB to download, 1.8 GB unpacked).
    dest
        Folder to put the dataset's folder into.
    base_url
        Scheme and host of a mirror; the environment variable `MIRROR_VARIABLE` by default, then the
        publisher. Path and checksum stay the publisher's.
    keep_archive
        Keep the archive beside the unpacked folder.
    progress
        Called with the progress in kilobytes, then files (of a tar file: packed kilobytes).
    say
        Called with one line where a checksum is pinned.

    Returns
    -------
    Path
        The unpacked folder, in the publisher's own layout.

    Raises
    ------
    InputError
        An unknown name, no connection, a wrong checksum, no room, or something else in the way.
    """
    if name not in PUBLIC_SETS:
        raise InputError(name, "no such dataset", remedy=f"choose {' or '.join(PUBLIC_SETS)}")
    archive = PUBLIC_SETS[name].archive
    mirror = base_url or os.environ.get(MIRROR_VARIABLE)
    if mirror:
        archive = replace(archive, url=_at_mirror(archive.url, mirror))
    return fetch_archive(archive, dest, keep_archive=keep_archive, progress=progress, say=say)


def fetch_archive(
    archive: Archive,
    dest: str | os.PathLike[str],
    *,
    keep_archive: bool = False,
    progress: Progress = silent,
    say: Callable[[str], None] = _say_nothing,
    first_pause_s: float = 1.0,
) -> Path:
    """Download and unpack one archive that holds a dataset.

    Where the publisher gives no checksum, the SHA-256 of the first download is kept beside the data
    (``FILE.sha256``), and a later download that differs is refused.

    Parameters
    ----------
    archive
        What to download.
    dest, keep_archive, progress, say
        As in `fetch_dataset`.
    first_pause_s
        As in `download`.

    Returns
    -------
    Path
        The unpacked folder.

    Raises
    ------
    InputError
        As in `fetch_dataset`.
    """
    place = Path(dest)
    target = place / archive.folder
    packed = place / archive.file_name
    pinned = None if archive.checksum else read_pin(packed)
    if not target.exists():  # it takes its name only when it is whole
        download(archive, place, pinned=pinned, progress=progress, first_pause_s=first_pause_s)
        unpack(archive, packed, place, progress=progress)
    if archive.holds:
        archive.check_layout(target, place)
    else:
        iter_dataset(target)
    # Only now, so that what could not be unpacked is never pinned.
    if archive.checksum is None and pinned is None and packed.exists():
        digest = write_pin(packed)
        say(f"the publisher gives no checksum; pinned sha256 {digest} in {pin_file(packed)}")
    if not keep_archive:
        packed.unlink(missing_ok=True)
    return target


def _at_mirror(url: str, mirror: str) -> str:
    parts = urlsplit(mirror)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise InputError(
            MIRROR_VARIABLE, f"{mirror!r} is not a base URL", remedy="write it like http://host:8000"
        )
    original = urlsplit(url)
    return original._replace(
        scheme=parts.scheme, netloc=parts.netloc, path=parts.path.rstrip("/") + original.path
    ).geturl()
