"""Downloads from a real HTTP server that breaks off, lies, refuses and ignores ranges."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tussis.data.dataset import iter_dataset
from tussis.data.download import transfer
from tussis.data.download.archive import Archive
from tussis.data.download.fetch import MIRROR_VARIABLE, fetch_archive, fetch_dataset
from tussis.data.download.public_sets import EDGE_AI, PUBLIC_SETS
from tussis.data.input_error import InputError


@pytest.fixture
def wanted(server: Any) -> Archive:
    return Archive(
        url=f"{server.base_url}{server.path}?download=1",
        file_name="public_dataset.zip",
        checksum=f"md5:{hashlib.md5(server.content).hexdigest()}",
        size_bytes=len(server.content),
        unpacked_bytes=1_000_000,
        folder="public_dataset",
        top="public_dataset",
    )


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_downloads_checks_and_unpacks(tmp_path: Path, wanted: Archive, server: Any) -> None:
    calls: list[tuple[str, int, int]] = []
    target = fetch_archive(wanted, tmp_path / "new", progress=lambda *call: calls.append(call))
    assert target == tmp_path / "new" / "public_dataset"
    assert names(tmp_path / "new") == ["public_dataset"]
    assert [ref.subject for ref in iter_dataset(target)] == ["14287", "97706"]
    assert ("download (kB)", wanted.size_bytes // 1000, wanted.size_bytes // 1000) in calls
    stage, done, total = calls[-1]
    assert (stage, done) == ("unpack", total)
    fetch_archive(wanted, tmp_path / "new")
    assert len(server.ranges) == 1, "what is there is not downloaded again"


def test_goes_on_by_itself_where_the_connection_broke(tmp_path: Path, wanted: Archive, server: Any) -> None:
    server.stops = [1000, 2000, None]
    fetch_archive(wanted, tmp_path, first_pause_s=0)
    assert server.ranges == [None, "bytes=1000-", "bytes=3000-"]


def test_a_later_call_goes_on_where_an_earlier_one_gave_up(
    tmp_path: Path, wanted: Archive, server: Any, packed: bytes
) -> None:
    server.stops = [500] * transfer.ATTEMPTS
    with pytest.raises(
        InputError, match=r"download stopped at 0.0 of .* run the same command again to go on"
    ):
        fetch_archive(wanted, tmp_path, first_pause_s=0)
    part = tmp_path / "public_dataset.zip.part"
    arrived = part.stat().st_size
    assert arrived == 500 * transfer.ATTEMPTS
    assert part.read_bytes() == packed[:arrived]
    server.ranges.clear()
    fetch_archive(wanted, tmp_path)
    assert server.ranges == [f"bytes={arrived}-"]
    assert names(tmp_path) == ["public_dataset"]


def test_ctrl_c_keeps_what_has_arrived(tmp_path: Path, wanted: Archive, server: Any) -> None:
    def interrupt(stage: str, done: int, total: int) -> None:
        if done >= 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_archive(wanted, tmp_path, progress=interrupt)
    assert names(tmp_path) == ["public_dataset.zip.part"]
    assert (tmp_path / "public_dataset.zip.part").stat().st_size == 3000
    fetch_archive(wanted, tmp_path)
    assert server.ranges == [None, "bytes=3000-"]


def test_ctrl_c_while_unpacking_leaves_no_half_folder(tmp_path: Path, wanted: Archive, server: Any) -> None:
    def interrupt(stage: str, done: int, total: int) -> None:
        if stage == "unpack" and done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_archive(wanted, tmp_path, progress=interrupt)
    assert names(tmp_path) == ["public_dataset.zip"]
    fetch_archive(wanted, tmp_path)
    assert len(server.ranges) == 1
    assert names(tmp_path) == ["public_dataset"]


def test_a_server_without_ranges_is_asked_for_all_again(tmp_path: Path, wanted: Archive, server: Any) -> None:
    server.knows_ranges = False
    server.stops = [1000, None]
    fetch_archive(wanted, tmp_path, first_pause_s=0)
    assert len(server.ranges) == 2


def test_a_wrong_checksum_is_refused_and_nothing_kept(tmp_path: Path, wanted: Archive, server: Any) -> None:
    server.content = server.content[:-1] + bytes([server.content[-1] ^ 1])
    with pytest.raises(InputError, match=r"checksum differs: md5:.* was expected; what arrived is deleted"):
        fetch_archive(wanted, tmp_path)
    assert names(tmp_path) == []


def test_a_damaged_part_is_found_out_and_the_next_call_puts_it_right(
    tmp_path: Path, wanted: Archive, server: Any
) -> None:
    (tmp_path / "public_dataset.zip.part").write_bytes(b"x" * 1000)
    with pytest.raises(InputError, match="checksum differs"):
        fetch_archive(wanted, tmp_path)
    fetch_archive(wanted, tmp_path)
    assert server.ranges == ["bytes=1000-", None]


def test_a_part_that_is_too_long_is_begun_again(tmp_path: Path, wanted: Archive, server: Any) -> None:
    (tmp_path / "public_dataset.zip.part").write_bytes(b"x" * (wanted.size_bytes + 1))
    fetch_archive(wanted, tmp_path)
    assert server.ranges == [None]


@pytest.mark.parametrize(("statuses", "requests"), [([404], 1), ([503, 429], 3)])
def test_refusals_are_final_and_overload_is_not(
    tmp_path: Path, wanted: Archive, server: Any, statuses: list[int], requests: int
) -> None:
    server.statuses = list(statuses)
    if statuses == [404]:
        with pytest.raises(InputError, match="the server answers 404"):
            fetch_archive(wanted, tmp_path, first_pause_s=0)
    else:
        fetch_archive(wanted, tmp_path, first_pause_s=0)
    assert len(server.ranges) == requests


def test_no_server_is_an_input_error(tmp_path: Path, wanted: Archive) -> None:
    nobody = replace(wanted, url="http://127.0.0.1:1/x.zip")
    with pytest.raises(
        InputError, match=r"download stopped at 0.0 of .*ConnectionError; check the connection"
    ):
        fetch_archive(nobody, tmp_path, first_pause_s=0)


def test_no_room_is_said_before_anything_is_downloaded(tmp_path: Path, wanted: Archive, server: Any) -> None:
    with pytest.raises(InputError, match=r"GB are needed and .* GB are free"):
        fetch_archive(replace(wanted, unpacked_bytes=10**18), tmp_path)
    assert server.ranges == []


def test_the_public_dataset_comes_from_a_mirror_with_its_own_checksum(
    tmp_path: Path, server: Any, wanted: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = replace(EDGE_AI, archive=replace(wanted, url=EDGE_AI.archive.url))
    monkeypatch.setitem(PUBLIC_SETS, "edge-ai", small)
    monkeypatch.setenv(MIRROR_VARIABLE, server.base_url)
    target = fetch_dataset("edge-ai", tmp_path, keep_archive=True)
    assert len(iter_dataset(target)) == 2
    assert names(tmp_path) == ["public_dataset", "public_dataset.zip"]
    with pytest.raises(InputError, match="is not a base URL"):
        fetch_dataset("edge-ai", tmp_path / "b", base_url="ftp://x")


def test_an_unknown_dataset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cough-net: no such dataset; choose edge-ai"):
        fetch_dataset("cough-net", tmp_path)


CLIP = np.random.default_rng(0).bytes(3000)
LAYOUTS = {
    "covid19-cough": {
        "README.md": b"words",
        "metadata.json": json.dumps([{"filename": "a.mp3", "source": "telegram"}]).encode(),
        "raw/a.mp3": CLIP,
    },
    "esc-50": {
        "LICENSE": b"per clip",
        "audio/1-100032-A-0.wav": CLIP,
        "meta/esc50.csv": b"filename,fold,target,category\n1-100032-A-0.wav,1,0,dog\n",
    },
    "speech-commands": {
        "./LICENSE": b"CC BY",
        "./_background_noise_/pink_noise.wav": CLIP,
        "./testing_list.txt": b"yes/0a_nohash_0.wav\n",
        "./validation_list.txt": b"",
        "./yes/0a_nohash_0.wav": CLIP,
    },
    "coughvid": {
        "metadata_compiled.csv": b"uuid,cough_detected\n00,0.9\n",
        "00.webm": CLIP,
        "00.json": b'{"cough_detected": "0.9"}',
    },
}
"""What each publisher's archive holds, in miniature, below the folder at its top."""

Pack = Callable[..., bytes]


@pytest.fixture
def miniature(
    server: Any, make_zip: Pack, make_tar: Pack, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Archive]:
    """Serve a miniature of a public set at its own path on the mirror; checksums become the miniature's."""

    def serve(name: str) -> Archive:
        archive = PUBLIC_SETS[name].archive
        files = {f"{archive.top}/{path}" if archive.top else path: c for path, c in LAYOUTS[name].items()}
        server.content = (make_zip if archive.file_name.endswith(".zip") else make_tar)(files)
        server.path = re.sub(r"^https?://[^/]+|\?.*", "", archive.url)
        if archive.checksum:
            kind = archive.checksum.partition(":")[0]
            digest = hashlib.new(kind, server.content).hexdigest()
            archive = replace(archive, checksum=f"{kind}:{digest}", size_bytes=len(server.content))
            monkeypatch.setitem(PUBLIC_SETS, name, replace(PUBLIC_SETS[name], archive=archive))
        monkeypatch.setenv(MIRROR_VARIABLE, server.base_url)
        monkeypatch.setattr(transfer, "MAX_PAUSE_S", 0.0)
        return archive

    return serve


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_every_public_set_keeps_its_publisher_s_layout(
    name: str, tmp_path: Path, server: Any, miniature: Callable[[str], Archive]
) -> None:
    archive = miniature(name)
    server.stops = [len(server.content) // 2, None]
    server.chunked = archive.checksum is None  # so GitHub sends what it packs on the way
    said: list[str] = []
    target = fetch_dataset(name, tmp_path, say=said.append)
    assert len(server.ranges) == 2
    assert server.ranges[1] is not None, "it went on where it stopped"
    assert target == tmp_path / name
    wanted = {path.removeprefix("./"): content for path, content in LAYOUTS[name].items()}
    assert files_below(target) == dict(sorted(wanted.items()))
    if archive.checksum:
        assert (said, names(tmp_path)) == ([], [name])
    else:
        assert names(tmp_path) == sorted([name, f"{archive.file_name}.sha256"])
    fetch_dataset(name, tmp_path, say=said.append)
    assert len(server.ranges) == 2, "what is there is not downloaded again"


@pytest.mark.parametrize(
    ("name", "left_out", "said"),
    [
        ("covid19-cough", "raw/a.mp3", "raw/*.mp3"),
        ("esc-50", "meta/esc50.csv", "meta/esc50.csv"),
        ("speech-commands", "./yes/0a_nohash_0.wav", "yes/*.wav"),
        ("coughvid", "00.json", "*.json"),
    ],
)
def test_a_layout_that_lacks_something_is_refused_whole(
    name: str,
    left_out: str,
    said: str,
    tmp_path: Path,
    miniature: Callable[[str], Archive],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(LAYOUTS, name, {k: v for k, v in LAYOUTS[name].items() if k != left_out})
    archive = miniature(name)
    with pytest.raises(InputError, match=f"publisher describes: {re.escape(said)} is missing"):
        fetch_dataset(name, tmp_path)
    assert names(tmp_path) == [archive.file_name], "no folder, and nothing is pinned"


def test_the_first_download_is_pinned_and_another_is_refused(
    tmp_path: Path, server: Any, miniature: Callable[[str], Archive]
) -> None:
    archive = miniature("covid19-cough")
    first = server.content
    digest = hashlib.sha256(first).hexdigest()
    said: list[str] = []
    target = fetch_dataset("covid19-cough", tmp_path, say=said.append)
    pin = tmp_path / f"{archive.file_name}.sha256"
    assert said == [f"the publisher gives no checksum; pinned sha256 {digest} in {pin}"]
    assert pin.read_text() == f"{digest}  {archive.file_name}\n"

    target.rename(tmp_path / "old")
    fetch_dataset("covid19-cough", tmp_path, say=said.append)
    assert len(said) == 1, "the same file again needs no words"

    target.rename(tmp_path / "old2")
    server.content = first + b"one more byte, and still a zip file"
    with pytest.raises(InputError) as caught:
        fetch_dataset("covid19-cough", tmp_path, say=said.append)
    assert f"not the file of the first download: sha256:{digest} was pinned then" in str(caught.value)
    assert f"if it repeats, delete {pin} to take the new file" in str(caught.value)
    assert names(tmp_path) == sorted([pin.name, "old", "old2"]), "what differs is not kept"

    pin.unlink()
    fetch_dataset("covid19-cough", tmp_path, say=said.append)
    assert hashlib.sha256(server.content).hexdigest() in said[1]


def test_ctrl_c_between_unpacking_and_pinning_loses_no_pin(
    tmp_path: Path, miniature: Callable[[str], Archive]
) -> None:
    archive = miniature("esc-50")

    def interrupt(text: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_dataset("esc-50", tmp_path, say=interrupt)
    (tmp_path / f"{archive.file_name}.sha256").unlink()
    fetch_dataset("esc-50", tmp_path)
    assert names(tmp_path) == ["esc-50", f"{archive.file_name}.sha256"]


def test_a_damaged_file_without_checksum_is_neither_pinned_nor_kept(
    tmp_path: Path, server: Any, miniature: Callable[[str], Archive]
) -> None:
    miniature("covid19-cough")
    whole = server.content
    server.content = whole[:-30]
    with pytest.raises(InputError, match=r"not a whole zip file .* it is deleted: fetch again"):
        fetch_dataset("covid19-cough", tmp_path)
    assert names(tmp_path) == []
    server.content = whole
    fetch_dataset("covid19-cough", tmp_path)
    assert "covid19-cough" in names(tmp_path)


def test_ctrl_c_while_a_tar_file_is_unpacked_leaves_no_half_folder(
    tmp_path: Path, server: Any, miniature: Callable[[str], Archive]
) -> None:
    archive = miniature("speech-commands")
    calls = 0

    def interrupt(stage: str, done: int, total: int) -> None:
        nonlocal calls
        calls += stage.startswith("unpack")
        if calls == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_dataset("speech-commands", tmp_path, progress=interrupt)
    assert names(tmp_path) == [archive.file_name]
    fetch_dataset("speech-commands", tmp_path)
    assert names(tmp_path) == ["speech-commands"]
    assert len(server.ranges) == 1
