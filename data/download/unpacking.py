"""Unpacking one archive: whole or not at all, and never outside its folder."""

from __future__ import annotations

import gzip
import lzma
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from ..atomic import folder_whole
from ..input_error import InputError
from ..progress import Progress, silent
from .archive import Archive

__all__ = ["unpack"]

CHUNK_BYTES = 1 << 16

MOST_RATIO = 50
"""Unpacked bytes per packed one; silence in 16-bit WAV may pack to a fiftieth, sound to half."""

_DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    gzip.BadGzipFile,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    ValueError,
    OverflowError,
)
"""What the readers of archives raise where one is damaged; ValueError for names that are not UTF-8."""

LEAST_ROOM_BYTES = 1_000_000_000
"""What any archive may unpack to."""


def unpack(archive: Archive, packed: Path, dest: Path, *, progress: Progress = silent) -> Path:
    """Unpack the top folder of an archive, whole or not at all.

    Parameters
    ----------
    archive
        What it is.
    packed
        The downloaded file, ``.zip`` or ``.tar.gz``.
    dest
        The folder to unpack into.
    progress
        Called with the progress: in files of a zip file, in packed kilobytes of a tar file.

    Returns
    -------
    Path
        ``dest / archive.folder``.

    Raises
    ------
    InputError
        The file is encrypted, packed by a method that is not read, or unpacks to absurdly much.
        It is damaged; it is deleted where there is no checksum to find that out by.
        It holds links or names that lead outside, lacks what `archive.holds` names, or the folder exists.
    """
    target = dest / archive.folder
    read = _unpack_zip if archive.file_name.endswith(".zip") else _unpack_tar
    try:
        with folder_whole(target) as building:
            read(archive, packed, building, progress)
            archive.check_layout(building, dest)
    except InputError:
        raise
    except _DAMAGED as error:
        kind = "zip" if archive.file_name.endswith(".zip") else "tar.gz"
        if archive.checksum:
            remedy = "delete it and fetch again"
        else:  # without a checksum it would be taken for the right one again and again
            packed.unlink(missing_ok=True)
            remedy = "it is deleted: fetch again"
        raise InputError(packed, f"not a whole {kind} file ({error})", remedy=remedy) from error
    except RuntimeError as error:  # zipfile's, of a password or a method that it lacks
        raise InputError(packed, f"cannot be unpacked: {error}", remedy="do not use this file") from error
    except OSError as error:
        raise InputError(target, f"cannot be unpacked: {error.strerror or error}") from error
    return target


def _unpack_zip(archive: Archive, packed: Path, building: Path, progress: Progress) -> None:
    with zipfile.ZipFile(packed) as source:
        members = [member for member in source.infolist() if not member.is_dir()]
        room = _Room(archive, packed)
        for number, member in enumerate(members):
            progress("unpack", number, len(members))
            inside = _inside(archive, packed, member.filename)
            with source.open(member) as content:
                room.write(building / inside, content)
        progress("unpack", len(members), len(members))


def _unpack_tar(archive: Archive, packed: Path, building: Path, progress: Progress) -> None:
    total_kb = packed.stat().st_size // 1000
    room = _Room(archive, packed)
    # A plain tar reader over a gzip reader of its own: the rest of the latter can then be read to the end,
    # where gzip keeps the length and the CRC.
    with packed.open("rb") as raw, gzip.GzipFile(fileobj=raw) as content:
        with tarfile.open(fileobj=content, mode="r:") as source:
            for member in source:
                progress("unpack (kB)", raw.tell() // 1000, total_kb)
                if member.isdir():
                    continue
                inside = _inside(archive, packed, member.name)
                file = source.extractfile(member) if member.isreg() else None
                if file is None:
                    raise InputError(
                        packed, f"{member.name!r} is a link or a device", remedy="do not use this file"
                    )
                with file:
                    room.write(building / inside, file)
        while content.read(CHUNK_BYTES):
            pass
    progress("unpack (kB)", total_kb, total_kb)


def _inside(archive: Archive, packed: Path, name: str) -> PurePosixPath:
    """Return a member's path below the unpacked folder; refuse one that would lie outside of it."""
    path = PurePosixPath(name)
    outside = path.is_absolute() or ".." in path.parts or not path.parts
    if outside or "\\" in name or PureWindowsPath(name).drive:
        raise InputError(packed, f"{name!r} leads outside", remedy="do not use this file")
    return PurePosixPath(*path.parts[1:]) if path.parts[0] == archive.top else path


class _Room:
    """Writes members, and stops where they take more room than any recordings packed so small."""

    def __init__(self, archive: Archive, packed: Path) -> None:
        known = 2 * (archive.unpacked_bytes or 0)
        self._packed = packed
        self._left = self._most = max(known, MOST_RATIO * packed.stat().st_size, LEAST_ROOM_BYTES)

    def write(self, place: Path, content: IO[bytes]) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("wb") as file:
            while chunk := content.read(CHUNK_BYTES):
                self._left -= len(chunk)
                if self._left < 0:
                    problem = f"unpacks to more than {self._most} bytes"
                    raise InputError(self._packed, problem, remedy="do not use this file")
                file.write(chunk)
