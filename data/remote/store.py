"""A store reached by its URL: what lies there, and parts of files, by fsspec."""

from __future__ import annotations

import functools
import logging
import posixpath
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from ..input_error import InputError

__all__ = ["RemoteFile", "Store", "open_store"]

_DENIED = (401, 403)
_CREDENTIALS = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
}


@dataclass(frozen=True)
class RemoteFile:
    """A file of a store.

    Attributes
    ----------
    place
        Its path as the store takes it.
    size
        Bytes; -1 where the listing does not say.
    version
        ETag, else size and time of change; another text means another content. Empty where the listing does
        not say.
    """

    place: str
    size: int = -1
    version: str = ""


class Store:
    """Lists and reads what lies under a URL; every fault is an `InputError` that names it.

    Parameters
    ----------
    url
        A folder or a file.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._kind = url.split(":", 1)[0]
        with self._asking(url):
            import fsspec

            # Without credentials it warns, file after file, that it cannot ask how the bucket is laid out.
            logging.getLogger("gcsfs").setLevel(logging.ERROR)
            self._files, self._root = fsspec.core.url_to_fs(url, use_listings_cache=False)

    def listing(self) -> tuple[dict[str, RemoteFile], bool]:
        """Return the files below the URL by their names relative to it, and whether it is a single file.

        Raises
        ------
        InputError
            Nothing is there, access is denied, the store cannot be reached, a name leads out of the folder.
        """
        with self._asking(self.url):
            found, alone = self._by_http() if self._kind.startswith("http") else self._by_keys()
        if not found:
            raise InputError(self.url, "no such file or folder", remedy="check the spelling")
        for name in found:
            if any(part in ("", ".", "..") or "\0" in part for part in name.split("/")):
                raise InputError(self.url, f"holds a file named {name!r:.80}", remedy="rename it there")
        return found, alone

    def _by_keys(self) -> tuple[dict[str, RemoteFile], bool]:
        listed: dict[str, dict[str, Any]] = self._files.find(self._root, detail=True)
        if list(listed) == [self._root]:
            return {posixpath.basename(self._root): _described(self._root, listed[self._root])}, True
        below = self._root.rstrip("/") + "/"
        return {
            place.removeprefix(below): _described(place, about)
            for place, about in listed.items()
            if place.startswith(below) and not place.endswith("/")
        }, False

    def _by_http(self) -> tuple[dict[str, RemoteFile], bool]:
        """Follow the links of index pages below the URL; what has a suffix is taken for a file."""
        name = posixpath.basename(self.url.split("?")[0])
        if "." in name and name != self.url.split("//", 1)[1]:
            return {unquote(name): self.described(self.url)}, True
        below = self.url + "/"
        places = [
            place
            for place in self._files.find(below, on_error="raise")
            if place.startswith(below) and "?" not in place
        ]
        return {unquote(place.removeprefix(below)): RemoteFile(place) for place in places}, False

    def described(self, place: str) -> RemoteFile:
        """Ask for size and version of one file."""
        with self._asking(self._url_of(place)):
            return _described(place, self._files.info(place))

    def read(self, place: str, start: int, stop: int) -> bytes:
        """Read bytes `start` to `stop` of a file.

        Raises
        ------
        InputError
            As `listing`; it is gone; fewer bytes came, twice.
        """
        data = b""
        for _ in range(2):
            with self._asking(self._url_of(place)):
                data = bytes(self._files.cat_file(place, start=start, end=stop))
            if len(data) > stop - start:  # a server that knows no ranges gives all
                data = data[start:stop]
            if len(data) == stop - start:
                return data
        raise InputError(
            self._url_of(place),
            f"truncated: {len(data)} of {stop - start} bytes came, from byte {start}",
            remedy="try again; if it stays so, copy the file there again",
        )

    def _url_of(self, place: str) -> str:
        return place if "://" in place else f"{self._kind}://{place}"

    @contextmanager
    def _asking(self, url: str) -> Iterator[None]:
        try:
            yield
        except InputError:
            raise
        except ImportError as error:
            remedy = "pip install 'tussis[remote]'"
            raise InputError(
                url, f"needs {error.name or error}, which is not installed", remedy=remedy
            ) from None
        except Exception as error:  # each store's library has errors of its own
            raise self._fault(url, error) from error

    def _fault(self, url: str, error: Exception) -> InputError:
        status = getattr(error, "status", None) or getattr(error, "code", None)
        if isinstance(error, FileNotFoundError) or status == 404:
            return InputError(url, "is not there", remedy="check the spelling, or list it again")
        if isinstance(error, PermissionError) or status in _DENIED or "Credential" in type(error).__name__:
            names = _CREDENTIALS.get(self._kind)
            remedy = f"set {names} in the environment" if names else "ask for access"
            return InputError(url, f"access is denied: {_line(error)}", remedy=remedy)
        return InputError(url, f"cannot be read: {_line(error)}", remedy="check the network and the address")


@functools.lru_cache(maxsize=8)
def open_store(url: str) -> Store:
    """Open a store once per process."""
    return Store(url)


def _described(place: str, about: dict[str, Any]) -> RemoteFile:
    size = about.get("size")
    tag = about.get("ETag") or about.get("etag")
    times = (about.get(key) for key in ("LastModified", "Last-Modified", "mtime", "updated", "last_modified"))
    time = next((str(time) for time in times if time), "")
    return RemoteFile(place, -1 if size is None else int(size), str(tag or f"{size} {time}"))


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
