"""Downloading one file: resumable, and compared with its checksum."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import time
from pathlib import Path
from typing import Any

from ..input_error import InputError
from ..progress import Progress, silent
from .archive import Archive
from .pin import pin_file

__all__ = ["download"]

CHUNK_BYTES = 1 << 16
"""A chunk that has not fully arrived when the connection breaks is lost, so they are small."""

TIMEOUT_S = 30.0
ATTEMPTS = 6
MAX_PAUSE_S = 30.0
RANGE_NOT_SATISFIABLE = 416


def download(
    archive: Archive,
    dest: Path,
    *,
    pinned: str | None = None,
    progress: Progress = silent,
    first_pause_s: float = 1.0,
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
    pinned
        ``"sha256:..."`` of an earlier download, for an archive whose publisher gives no checksum. Without
        either, whatever arrives whole is taken.
    progress
        Called with the progress in kilobytes; the total is 0 where the server does not say it.
    first_pause_s
        Wait before the first new attempt; doubles up to 30 s.

    Returns
    -------
    Path
        The archive, its checksum verified where there is one.

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
            known_hash=archive.checksum or pinned,
            fname=archive.file_name,
            path=dest,
            downloader=downloader,
        )
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise _differs(archive, dest, pinned) from error
    except OSError as error:
        raise InputError(dest, f"cannot be written: {error.strerror or error}") from error
    return Path(path)


def _differs(archive: Archive, dest: Path, pinned: str | None) -> InputError:
    if archive.checksum:
        return InputError(
            archive.url,
            f"checksum differs: {archive.checksum} was expected; what arrived is deleted",
            remedy="run the same command again; if it repeats, the file on the server was changed",
        )
    pin = pin_file(dest / archive.file_name)
    return InputError(
        archive.url,
        f"not the file of the first download: {pinned} was pinned then; what arrived is deleted",
        remedy=f"run the same command again; if it repeats, delete {pin} to take the new file",
    )


class _Resuming:
    """A pooch downloader that keeps what has arrived in a file of its own until it is whole."""

    def __init__(self, archive: Archive, part: Path, progress: Progress, first_pause_s: float) -> None:
        self.is_exact = archive.exact_bytes is not None
        self.total_bytes = archive.exact_bytes
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
                if self.total_bytes is None or self._arrived() >= self.total_bytes:
                    os.replace(self.part, output_file)
                    return
                failure = "the connection ended early"
            if self._arrived() == before == 0 and attempt >= 2:
                break  # nothing ever arrived: the network is down, not slow
        arrived = self._arrived()
        of_all = f" of {self.total_bytes / 1e6:.1f}" if self.total_bytes is not None else ""
        raise InputError(
            url,
            f"download stopped at {arrived / 1e6:.1f}{of_all} MB: {failure}",
            remedy="run the same command again to go on from there" if arrived else "check the connection",
        )

    def _arrived(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def _fetch_rest(self, url: str) -> None:
        import requests

        have = self._arrived()
        if self.total_bytes is not None and have >= self.total_bytes:
            if have == self.total_bytes:
                return
            self.part.unlink()  # more than the whole: not ours
            have = 0
        headers = {"Range": f"bytes={have}-"} if have else {}
        # Without this a server may compress on the way, and byte counts would mean nothing.
        headers["Accept-Encoding"] = "identity"
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT_S) as response:
            if response.status_code == RANGE_NOT_SATISFIABLE and have:
                if _whole_bytes(response) == have:
                    return  # all had arrived when an earlier call was stopped
                self.part.unlink()  # more than the whole: not ours
                self._fetch_rest(url)
                return
            response.raise_for_status()
            goes_on = response.status_code == requests.codes.partial_content and _starts_at(response, have)
            if not self.is_exact:
                self.total_bytes = _whole_bytes(response)
            with self.part.open("ab" if have and goes_on else "wb") as file:
                arrived = have if have and goes_on else 0
                for chunk in response.iter_content(CHUNK_BYTES):
                    file.write(chunk)
                    arrived += len(chunk)
                    self.progress("download (kB)", arrived // 1000, (self.total_bytes or 0) // 1000)


def _starts_at(response: Any, offset: int) -> bool:
    return str(response.headers.get("Content-Range", "")).startswith(f"bytes {offset}-")


def _whole_bytes(response: Any) -> int | None:
    """Return the size of the whole file by the server's own word; None where it does not say."""
    if "Content-Range" in response.headers:
        said = str(response.headers["Content-Range"]).rpartition("/")[2]
    elif response.headers.get("Content-Encoding", "identity") == "identity":
        said = str(response.headers.get("Content-Length", ""))
    else:
        said = ""
    return int(said) if said.isdecimal() else None


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
    needed = max((archive.size_bytes or 0) - here, 0) + (archive.unpacked_bytes or 0)
    if free < needed:
        raise InputError(
            dest,
            f"{needed / 1e9:.1f} GB are needed and {free / 1e9:.1f} GB are free",
            remedy="choose a folder on another disk",
        )
