"""Downloading one archive: resumable, checked, unpacked whole or not at all."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ..atomic import folder_whole
from ..input_error import InputError
from ..progress import Progress, silent

__all__ = ["Archive", "download", "unpack"]

CHUNK_BYTES = 1 << 16
"""A chunk that has not fully arrived when the connection breaks is lost, so they are small."""

TIMEOUT_S = 30.0
ATTEMPTS = 6
MAX_PAUSE_S = 30.0


@dataclass(frozen=True)
class Archive:
    """A zip file somewhere on the web.

    Attributes
    ----------
    url
        Address to download from.
    file_name
        What it is called on disk.
    checksum
        ``"md5:..."`` or ``"sha256:..."``, as pooch writes them.
    size_bytes, unpacked_bytes
        Room it takes, packed and unpacked.
    folder
        The folder at its top, which becomes the dataset.
    """

    url: str
    file_name: str
    checksum: str
    size_bytes: int
    unpacked_bytes: int
    folder: str


def download(
    archive: Archive, dest: Path, *, progress: Progress = silent, first_pause_s: float = 1.0
) -> Path:
    """Download an archive into a folder; go on where an earlier attempt stopped.

    What has arrived is kept in ``FILE.part``. A broken connection is taken up again a few times by itself.
    An archive that is there already and has the right checksum is not downloaded again.

    Parameters
    ----------
    archive
        What to download.
    dest
        The folder; made if missing.
    progress
        Called with the progress in kilobytes.
    first_pause_s
        Wait before the first new attempt; doubles up to 30 s.

    Returns
    -------
    Path
        The archive, its checksum verified.

    Raises
    ------
    InputError
        No connection, the server refuses, the disk is full, or the checksum differs (the file is deleted).
    """
    import pooch

    _need_room(archive, dest)
    pooch.get_logger().setLevel(logging.WARNING)
    downloader = _Resuming(archive, dest / f"{archive.file_name}.part", progress, first_pause_s)
    try:
        path = pooch.retrieve(
            archive.url,
            known_hash=archive.checksum,
            fname=archive.file_name,
            path=dest,
            downloader=downloader,
        )
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            archive.url,
            f"checksum differs: {archive.checksum} was expected; what arrived is deleted",
            remedy="run the same command again; if it repeats, the file on the server was changed",
        ) from error
    except OSError as error:
        raise InputError(dest, f"cannot be written: {error.strerror or error}") from error
    return Path(path)


def unpack(archive: Archive, packed: Path, dest: Path, *, progress: Progress = silent) -> Path:
    """Unpack the top folder of an archive, whole or not at all.

    Parameters
    ----------
    archive
        What it is.
    packed
        The downloaded file.
    dest
        The folder to unpack into.
    progress
        Called with the progress in files.

    Returns
    -------
    Path
        ``dest / archive.folder``.

    Raises
    ------
    InputError
        No zip file, names that lead outside, or the folder exists already.
    """
    target = dest / archive.folder
    try:
        with zipfile.ZipFile(packed) as source, folder_whole(target) as building:
            members = [member for member in source.infolist() if not member.is_dir()]
            for number, member in enumerate(members):
                progress("unpack", number, len(members))
                path = PurePosixPath(member.filename)
                if path.is_absolute() or ".." in path.parts or "\\" in member.filename:
                    raise InputError(
                        packed, f"{member.filename!r} leads outside", remedy="do not use this file"
                    )
                inside = path.parts[1:] if path.parts[0] == archive.folder else path.parts
                place = building.joinpath(*inside)
                place.parent.mkdir(parents=True, exist_ok=True)
                with source.open(member) as packed_file, place.open("wb") as file:
                    shutil.copyfileobj(packed_file, file, CHUNK_BYTES)
            progress("unpack", len(members), len(members))
    except zipfile.BadZipFile as error:
        raise InputError(
            packed, f"not a whole zip file ({error})", remedy="delete it and fetch again"
        ) from error
    except OSError as error:
        raise InputError(target, f"cannot be unpacked: {error.strerror or error}") from error
    return target


class _Resuming:
    """A pooch downloader that keeps what has arrived in a file of its own until it is whole."""

    def __init__(self, archive: Archive, part: Path, progress: Progress, first_pause_s: float) -> None:
        self.archive = archive
        self.part = part
        self.progress = progress
        self.pause_s = first_pause_s

    def __call__(self, url: str, output_file: Any, pooch: Any) -> None:
        """Download `url`; called by pooch, which then compares the checksum."""
        import requests

        failure = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(min(self.pause_s * 2 ** (attempt - 1), MAX_PAUSE_S))
            before = self._arrived()
            try:
                self._fetch_rest(url)
            except requests.RequestException as error:
                failure = _reason(error)
                if _is_final(error):
                    break
            else:
                if self._arrived() >= self.archive.size_bytes:
                    os.replace(self.part, output_file)
                    return
                failure = "the connection ended early"
            if self._arrived() == before == 0 and attempt >= 2:
                break  # nothing ever arrived: the network is down, not slow
        arrived = self._arrived()
        raise InputError(
            url,
            f"download stopped at {arrived / 1e6:.1f} of {self.archive.size_bytes / 1e6:.1f} MB: {failure}",
            remedy="run the same command again to go on from there" if arrived else "check the connection",
        )

    def _arrived(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def _fetch_rest(self, url: str) -> None:
        import requests

        have = self._arrived()
        if have >= self.archive.size_bytes:
            if have == self.archive.size_bytes:
                return
            self.part.unlink()  # more than the whole: not ours
            have = 0
        headers = {"Range": f"bytes={have}-"} if have else {}
        # Without this a server may compress on the way, and byte counts would mean nothing.
        headers["Accept-Encoding"] = "identity"
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT_S) as response:
            response.raise_for_status()
            goes_on = response.status_code == requests.codes.partial_content and _starts_at(response, have)
            with self.part.open("ab" if have and goes_on else "wb") as file:
                arrived = have if have and goes_on else 0
                for chunk in response.iter_content(CHUNK_BYTES):
                    file.write(chunk)
                    arrived += len(chunk)
                    self.progress("download (kB)", arrived // 1000, self.archive.size_bytes // 1000)


def _starts_at(response: Any, offset: int) -> bool:
    return str(response.headers.get("Content-Range", "")).startswith(f"bytes {offset}-")


def _is_final(error: Any) -> bool:
    """Whether the server answered that it will not, so that asking again is of no use."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    return status is not None and 400 <= status < 500 and status not in (408, 429)


def _reason(error: Any) -> str:
    response = getattr(error, "response", None)
    if response is not None:
        return f"the server answers {response.status_code} {response.reason}"
    return type(error).__name__


def _need_room(archive: Archive, dest: Path) -> None:
    try:
        dest.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(dest).free
    except OSError as error:
        raise InputError(dest, f"cannot be written: {error.strerror or error}") from error
    here = 0
    for name in (archive.file_name, f"{archive.file_name}.part"):
        with contextlib.suppress(OSError):
            here += (dest / name).stat().st_size
    needed = archive.size_bytes + archive.unpacked_bytes - here
    if free < needed:
        raise InputError(
            dest,
            f"{needed / 1e9:.1f} GB are needed and {free / 1e9:.1f} GB are free",
            remedy="choose a folder on another disk",
        )
