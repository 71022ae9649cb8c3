"""Archives that lead outside, hold links, or are not whole."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tussis.data.download import unpacking
from tussis.data.download.archive import Archive
from tussis.data.download.unpacking import unpack
from tussis.data.input_error import InputError

Pack = Callable[..., bytes]
NAMES_THAT_LEAD_OUTSIDE = ["../evil", "/evil", "set/../../evil", "a\\..\\evil", "c:evil"]


def archive(ending: str, *, checksum: str | None = "md5:0", top: str = "set") -> Archive:
    return Archive("http://x/", f"a{ending}", checksum, None, None, folder="set", top=top)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


@pytest.mark.parametrize("name", NAMES_THAT_LEAD_OUTSIDE)
@pytest.mark.parametrize("ending", [".zip", ".tar.gz"])
def test_names_that_lead_outside_are_refused(
    tmp_path: Path, out: Path, name: str, ending: str, make_zip: Pack, make_tar: Pack
) -> None:
    packed = tmp_path / "a"
    packed.write_bytes((make_zip if ending == ".zip" else make_tar)({"set/ok": b"", name: b"evil"}))
    with pytest.raises(InputError, match="leads outside; do not use this file"):
        unpack(archive(ending), packed, out)
    assert names(out) == []
    assert names(tmp_path) == ["a", "out"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_are_refused(tmp_path: Path, out: Path, kind: bytes, make_tar: Pack) -> None:
    link = tarfile.TarInfo("set/link")
    link.type, link.linkname = kind, "set/ok" if kind == tarfile.LNKTYPE else "../../secret"
    packed = tmp_path / "a.tar.gz"
    packed.write_bytes(make_tar({"set/ok": b"fine", "set/link": link}))
    with pytest.raises(InputError, match="'set/link' is a link or a device"):
        unpack(archive(".tar.gz"), packed, out)
    assert names(out) == []


@pytest.mark.parametrize("checksum", ["md5:0", None])
@pytest.mark.parametrize("ending", [".zip", ".tar.gz"])
@pytest.mark.parametrize("damage", ["cut", "other", "bit"])
def test_what_is_not_whole_is_refused(
    tmp_path: Path, out: Path, ending: str, damage: str, checksum: str | None, make_zip: Pack, make_tar: Pack
) -> None:
    content = (make_zip if ending == ".zip" else make_tar)({"set/ok": bytes(range(256)) * 20})
    at = len(content) // 2
    damaged = {
        "cut": content[:-4],
        "other": b"<html>log in first</html>",
        "bit": content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :],
    }[damage]
    packed = tmp_path / f"a{ending}"
    packed.write_bytes(damaged)
    with pytest.raises(InputError, match=f"not a whole {ending[1:]} file"):
        unpack(archive(ending, checksum=checksum), packed, out)
    assert names(out) == []
    assert packed.exists() == (checksum is not None), "only a checksum finds a damaged file out next time"


def test_files_at_the_top_and_long_ones_keep_their_bytes(tmp_path: Path, out: Path, make_tar: Pack) -> None:
    files = {"./a.txt": b"x" * 512, "./deep/er/b.bin": bytes(70_001), "./c": b"", "d": b"x" * 1025}
    packed = tmp_path / "a.tar.gz"
    packed.write_bytes(make_tar(files))
    calls: list[tuple[str, int, int]] = []
    target = unpack(archive(".tar.gz", top=""), packed, out, progress=lambda *call: calls.append(call))
    assert {path: (target / path).read_bytes() for path in files} == files
    stage, done, total = calls[-1]
    assert (stage, done) == ("unpack (kB)", total)


def _changed(packed: bytes, *, method: int | None = None, encrypted: bool = False) -> bytes:
    """A zip file whose first member says another method, or that it has a password."""
    out = bytearray(packed)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = out.find(mark) + at
        out[place] |= encrypted
        if method is not None:
            out[place + 2 : place + 4] = method.to_bytes(2, "little")
    return bytes(out)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"encrypted": True}, "encrypted"),
        ({"method": 99}, "compression method"),
        ({"method": 9}, "compression method"),
        ({"method": 1}, "compression method"),
        ({"method": 65535}, "compression method"),
        ({"method": 99, "encrypted": True}, "encrypted|method"),
        ({"method": 12}, "unpacked|whole"),
        ({"method": 14}, "unpacked|whole"),
    ],
)
def test_a_member_that_cannot_be_unpacked_is_refused_and_nothing_is_left(
    tmp_path: Path, out: Path, make_zip: Pack, change: dict[str, int], said: str
) -> None:
    packed = tmp_path / "a.zip"
    packed.write_bytes(_changed(make_zip({"set/a": b"x" * 50}), **change))
    with pytest.raises(InputError, match=said):
        unpack(archive(".zip"), packed, out)
    assert names(out) == []


@pytest.mark.parametrize(
    "name", [".", "..", "./..", "set/..", "set/../..", "//x/y", "set", "C:\\x", "\\\\h\\x"]
)
def test_names_that_name_no_file_are_refused(tmp_path: Path, out: Path, name: str, make_zip: Pack) -> None:
    packed = tmp_path / "a.zip"
    packed.write_bytes(make_zip({"set/ok": b"", name: b"evil"}))
    with pytest.raises(InputError):
        unpack(archive(".zip"), packed, out)
    assert names(out) == []
    assert names(tmp_path) == ["a.zip", "out"]


@pytest.mark.parametrize("ending", [".zip", ".tar.gz"])
def test_an_archive_that_unpacks_to_absurdly_much_is_refused(
    tmp_path: Path, out: Path, ending: str, make_zip: Pack, make_tar: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io
    import zipfile

    monkeypatch.setattr(unpacking, "LEAST_ROOM_BYTES", 100_000)
    packed = tmp_path / "a"
    if ending == ".zip":
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("set/a", bytes(3_000_000))
        packed.write_bytes(data.getvalue())
    else:
        packed.write_bytes(make_tar({"set/a": bytes(3_000_000)}))
    assert packed.stat().st_size * unpacking.MOST_RATIO < 3_000_000
    with pytest.raises(InputError, match="unpacks to more than"):
        unpack(archive(ending), packed, out)
    assert names(out) == []


@pytest.mark.parametrize("checksum", ["md5:0", None])
def test_a_name_that_is_not_utf8_is_a_damaged_file(
    tmp_path: Path, out: Path, make_zip: Pack, checksum: str | None
) -> None:
    packed = tmp_path / "a.zip"
    packed.write_bytes(make_zip({"set/\u00e4": b"x"}).replace("\u00e4".encode(), b"\x8f\xff"))
    with pytest.raises(InputError, match="not a whole zip file"):
        unpack(archive(".zip", checksum=checksum), packed, out)
    assert names(out) == []
    assert packed.exists() is (checksum is not None)
