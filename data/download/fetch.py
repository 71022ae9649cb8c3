"""``tussis fetch``: public datasets onto the disk."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from ..dataset import iter_dataset
from ..input_error import InputError
from ..progress import Progress, silent
from .archive import Archive, download, unpack

__all__ = ["DATASETS", "EDGE_AI", "MIRROR_VARIABLE", "fetch_archive", "fetch_dataset"]

EDGE_AI = Archive(
    url="https://zenodo.org/records/7562332/files/public_dataset.zip?download=1",
    file_name="public_dataset.zip",
    checksum="md5:37419b515b29ed6115bcb9ac422eb4a3",
    size_bytes=852_406_950,
    unpacked_bytes=1_800_600_000,
    folder="public_dataset",
)
"""Orlandic L et al., "A multimodal dataset for automatic edge-AI cough detection", EMBC 2023; CC BY 4.0."""

DATASETS = {"edge-ai": EDGE_AI}

MIRROR_VARIABLE = "TUSSIS_FETCH_BASE_URL"
"""Environment variable with the base URL of a mirror, like ``http://localhost:8000``."""


def fetch_dataset(
    name: str,
    dest: str | os.PathLike[str],
    *,
    base_url: str | None = None,
    keep_archive: bool = False,
    progress: Progress = silent,
) -> Path:
    """Download and unpack a public dataset.

    Interrupt it at any time: the same call goes on where it stopped, and does nothing once all is there.

    Parameters
    ----------
    name
        ``"edge-ai"``: 15 subjects, 3.8 h, 4294 coughs; 0.85 GB to download, 1.8 GB unpacked.
    dest
        Folder to put the dataset's folder into.
    base_url
        Scheme and host of a mirror; the environment variable `MIRROR_VARIABLE` by default, then the
        publisher. Path and checksum stay the publisher's.
    keep_archive
        Keep the zip file beside the unpacked folder.
    progress
        Called with the progress in kilobytes, then files.

    Returns
    -------
    Path
        The unpacked folder, fit for `iter_dataset`.

    Raises
    ------
    InputError
        An unknown name, no connection, a wrong checksum, no room, or something else in the way.
    """
    if name not in DATASETS:
        raise InputError(name, "no such dataset", remedy=f"choose {' or '.join(DATASETS)}")
    archive = DATASETS[name]
    mirror = base_url or os.environ.get(MIRROR_VARIABLE)
    if mirror:
        archive = replace(archive, url=_at_mirror(archive.url, mirror))
    return fetch_archive(archive, dest, keep_archive=keep_archive, progress=progress)


def fetch_archive(
    archive: Archive,
    dest: str | os.PathLike[str],
    *,
    keep_archive: bool = False,
    progress: Progress = silent,
    first_pause_s: float = 1.0,
) -> Path:
    """Download and unpack one archive that holds a dataset.

    Parameters
    ----------
    archive
        What to download.
    dest, keep_archive, progress
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
    if not target.exists():  # it takes its name only when it is whole
        packed = download(archive, place, progress=progress, first_pause_s=first_pause_s)
        unpack(archive, packed, place, progress=progress)
    iter_dataset(target)
    if not keep_archive:
        (place / archive.file_name).unlink(missing_ok=True)
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
