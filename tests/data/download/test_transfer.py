"""Files whose size nobody knows beforehand, from a real HTTP server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tussis.data.download.archive import Archive
from tussis.data.download.transfer import ATTEMPTS, download
from tussis.data.input_error import InputError


@pytest.fixture
def wanted(server: Any) -> Archive:
    return Archive(f"{server.base_url}{server.path}", "a.zip", None, None, None, folder="set", top="set")


@pytest.mark.parametrize(("chunked", "says_size"), [(False, True), (True, False), (False, False)])
def test_the_size_need_not_be_known_beforehand(
    tmp_path: Path, server: Any, wanted: Archive, chunked: bool, says_size: bool
) -> None:
    server.chunked, server.says_size = chunked, says_size
    calls: list[tuple[str, int, int]] = []
    path = download(wanted, tmp_path, progress=lambda *call: calls.append(call))
    assert path.read_bytes() == server.content
    total = len(server.content) // 1000
    assert calls[-1] == ("download (kB)", total, total if says_size else 0)


@pytest.mark.parametrize("chunked", [False, True])
def test_it_goes_on_without_knowing_the_size(
    tmp_path: Path, server: Any, wanted: Archive, chunked: bool
) -> None:
    server.chunked, server.says_size = chunked, not chunked
    server.stops = [1000, 2000, None]
    assert download(wanted, tmp_path, first_pause_s=0).read_bytes() == server.content
    assert server.ranges == [None, "bytes=1000-", "bytes=3000-"]


def test_a_size_that_others_received_does_not_decide(tmp_path: Path, server: Any, wanted: Archive) -> None:
    other = Archive(wanted.url, "a.zip", None, len(server.content) - 700, None, folder="set", top="set")
    assert download(other, tmp_path).read_bytes() == server.content


def test_giving_up_says_how_much_arrived(tmp_path: Path, server: Any, wanted: Archive) -> None:
    server.chunked, server.says_size = True, False
    server.stops = [500] * ATTEMPTS
    with pytest.raises(InputError, match=r"download stopped at 0\.0 MB: .* to go on from there"):
        download(wanted, tmp_path, first_pause_s=0)
    assert (tmp_path / "a.zip.part").read_bytes() == server.content[: 500 * ATTEMPTS]


def test_a_part_that_is_whole_already_is_taken(tmp_path: Path, server: Any, wanted: Archive) -> None:
    (tmp_path / "a.zip.part").write_bytes(server.content)
    assert download(wanted, tmp_path).read_bytes() == server.content
    assert server.ranges == [f"bytes={len(server.content)}-"]


def test_a_part_that_is_longer_than_the_file_is_begun_again(
    tmp_path: Path, server: Any, wanted: Archive
) -> None:
    (tmp_path / "a.zip.part").write_bytes(server.content + b"x")
    assert download(wanted, tmp_path).read_bytes() == server.content
    assert server.ranges == [f"bytes={len(server.content) + 1}-", None]
