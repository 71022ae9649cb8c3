"""Outputs are whole or not there."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tussis.data.atomic import folder_whole, refuse_unwritable, write_bytes_whole, write_text_whole
from tussis.data.input_error import InputError


def test_writes_text_as_utf8_with_its_own_line_ends(tmp_path: Path) -> None:
    path = write_text_whole(tmp_path / "new" / "a.txt", "µ\n")
    assert path.read_bytes() == "µ\n".encode()


def test_replaces_and_keeps_the_mode(tmp_path: Path) -> None:
    path = tmp_path / "a.sh"
    path.write_text("old")
    path.chmod(0o754)
    write_bytes_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o754


def test_a_new_file_has_the_mode_the_umask_gives(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("")
    assert write_text_whole(tmp_path / "whole", "").stat().st_mode == plain.stat().st_mode


def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def disk_full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(InputError, match=r"a\.txt: cannot be written: No space left"):
        write_text_whole(path, "new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]
    assert path.read_text() == "old"


def test_a_folder_in_the_way_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        write_text_whole(tmp_path / "a", "x")
    assert list((tmp_path).iterdir()) == [tmp_path / "a"]


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "out"
    with folder_whole(target) as building:
        (building / "a").write_text("x")
        assert not target.exists()
    assert (target / "a").read_text() == "x"
    assert [entry.name for entry in target.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("fault", [ValueError, KeyboardInterrupt])
def test_an_interrupted_folder_leaves_nothing(tmp_path: Path, fault: type[BaseException]) -> None:
    def stopped() -> None:
        with folder_whole(tmp_path / "out") as building:
            (building / "a").write_text("x")
            raise fault

    with pytest.raises(fault):
        stopped()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_content_is_refused_unless_told(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir()
    (target / "mine").write_text("precious")
    with pytest.raises(InputError, match="not empty"), folder_whole(target):
        pytest.fail("must not get here")
    with folder_whole(target, replace=True) as building:
        (building / "new").write_text("")
        assert (target / "mine").exists()
    assert [entry.name for entry in target.iterdir()] == ["new"]
    assert list(tmp_path.iterdir()) == [target]


def test_an_empty_folder_is_filled_and_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with folder_whole(tmp_path / "out") as building:
        (building / "a").touch()
    assert (tmp_path / "out" / "a").exists()
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="a file is in the way"), folder_whole(tmp_path / "file"):
        pytest.fail("must not get here")


def test_what_came_up_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "out"

    def overtaken() -> None:
        with folder_whole(target) as building:
            (building / "ours").touch()
            target.mkdir()
            (target / "theirs").touch()

    with pytest.raises(InputError, match="not empty"):
        overtaken()
    assert [entry.name for entry in target.iterdir()] == ["theirs"]


def test_what_cannot_be_written_is_known_before_and_asking_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    before = sorted(tmp_path.rglob("*"))
    for fine in ("new", "file", "folder/new", "not/yet/there"):
        refuse_unwritable(tmp_path / fine)
    with pytest.raises(InputError, match="a folder is in the way; name a file"):
        refuse_unwritable(tmp_path / "folder")
    for name in ("file/new", "file/deeper/new"):
        with pytest.raises(InputError, match=r"cannot be written: Not a directory; .*file takes no file"):
            refuse_unwritable(tmp_path / name)
    assert sorted(tmp_path.rglob("*")) == before
