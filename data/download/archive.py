"""What one archive on the web is: where it lies, how large it is, how it is checked, what it must hold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..input_error import InputError

__all__ = ["Archive"]


@dataclass(frozen=True)
class Archive:
    """A ``.zip`` or ``.tar.gz`` file somewhere on the web.

    Attributes
    ----------
    url
        Address to download from.
    file_name
        What it is called on disk; its ending says how it is packed.
    checksum
        ``"md5:..."`` or ``"sha256:..."`` of the publisher, as pooch writes them; None where none is given.
    size_bytes
        Size of the file; None where it is not known. Exact where there is a checksum. Else it is what others
        received, and only a figure for people: the server's own word decides when the file is whole.
    unpacked_bytes
        Room that the unpacked files take; None where it is not known.
    folder
        Name of the unpacked folder, which becomes the dataset.
    top
        The one folder at the top of the archive, which `folder` stands for; empty where the files lie at
        the top themselves.
    holds
        Glob patterns, each of which must match something in the unpacked folder.
    """

    url: str
    file_name: str
    checksum: str | None
    size_bytes: int | None
    unpacked_bytes: int | None
    folder: str
    top: str
    holds: tuple[str, ...] = ()

    @property
    def exact_bytes(self) -> int | None:
        """The size that the file must have, where that is known beforehand."""
        return self.size_bytes if self.checksum else None

    def check_layout(self, folder: Path, dest: Path) -> None:
        """Find out whether an unpacked folder holds what the publisher's layout holds.

        Parameters
        ----------
        folder
            The unpacked folder, whatever it is called for now.
        dest
            Where archive and dataset belong, for the message.

        Raises
        ------
        InputError
            Something is missing.
        """
        missing = [pattern for pattern in self.holds if next(folder.glob(pattern), None) is None]
        if missing:
            raise InputError(
                dest / self.folder,
                f"not the layout that the publisher describes: {', '.join(missing)} is missing",
                remedy=f"delete it, and {dest / self.file_name} if it is there, and fetch again",
            )
