"""Outputs are whole or not there."""

from __future__ import annotations

import errno
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tussis.data import atomic
from tussis.data.atomic import folder_whole, refuse_unwritable, write_bytes_whole, write_text_whole
from tussis.data.input_error import InputError, reading


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


def _pipe(place: Path) -> None:
    os.mkfifo(place)


def _socket(place: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(place))


def _link_to_a_pipe(place: Path) -> None:
    os.mkfifo(place.with_name("elsewhere"))
    place.symlink_to("elsewhere")


def _link_to_the_output(place: Path) -> None:
    place.symlink_to("/dev/null")


@pytest.mark.parametrize("make", [_pipe, _socket, _link_to_a_pipe, _link_to_the_output])
@pytest.mark.parametrize("write", [lambda place: write_bytes_whole(place, b"x"), refuse_unwritable])
def test_what_is_no_file_is_not_replaced_by_one(
    tmp_path: Path, make: Callable[[Path], None], write: Callable[[Path], object]
) -> None:
    """`--out /dev/null`, given by root, made a file of it."""
    place = tmp_path / "out"
    make(place)
    before = {one.name: one.lstat().st_mode for one in tmp_path.iterdir()}
    with pytest.raises(InputError, match=r"out: a (device|pipe or socket) is in the way.*; name a file"):
        write(place)
    assert {one.name: one.lstat().st_mode for one in tmp_path.iterdir()} == before


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path: Path, there: bool) -> None:
    file, link = tmp_path / "a" / "file", tmp_path / "link"
    file.parent.mkdir()
    link.symlink_to("middle")
    (tmp_path / "middle").symlink_to("a/file")
    if there:
        file.write_text("old")
    refuse_unwritable(link)
    write_text_whole(link, "new")
    assert link.is_symlink()
    assert not file.is_symlink()
    assert file.read_text() == "new"
    assert sorted(one.name for one in tmp_path.rglob("*")) == ["a", "file", "link", "middle"]


@pytest.mark.parametrize("loop", ["self", "a ring of two"])
def test_links_that_lead_nowhere_are_one_line(tmp_path: Path, loop: str) -> None:
    link, other = tmp_path / "link", tmp_path / "other"
    link.symlink_to("link" if loop == "self" else "other")
    if loop != "self":
        other.symlink_to("link")
    with pytest.raises(InputError, match=r"link: .*symbolic links"):
        write_text_whole(link, "new")
    with pytest.raises(InputError, match=r"link: .*symbolic links"):
        refuse_unwritable(link)


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
    for fine in ("new", "folder", "not/yet/there"):
        refuse_unwritable(tmp_path / fine, folder=True)
    with pytest.raises(InputError, match="a file is in the way; name a folder"):
        refuse_unwritable(tmp_path / "file", folder=True)
    with pytest.raises(InputError, match=r"cannot be written: Not a directory; .*file takes no file"):
        refuse_unwritable(tmp_path / "file" / "new", folder=True)
    assert sorted(tmp_path.rglob("*")) == before


HOLDING = """
import sys, time
from tussis.data.atomic import folder_whole, write_bytes_whole
if sys.argv[1] == "folder":
    with folder_whole(sys.argv[2], replace=True) as building:
        (building / "theirs").write_text("x" * 100)
        print("there", flush=True)
        time.sleep(60)
else:
    import os
    def waiting(*_):
        print("there", flush=True)
        time.sleep(60)
    os.fsync = waiting
    write_bytes_whole(sys.argv[2], b"theirs")
"""


@pytest.fixture
def holding() -> Iterator[Callable[[str, Path], subprocess.Popen[str]]]:
    """Start a process that stays in the middle of writing a target."""
    started: list[subprocess.Popen[str]] = []

    def start(kind: str, target: Path) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", HOLDING, kind, str(target)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "there\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_a_killed_process_left_is_gone_after_the_next_write(
    kind: str, tmp_path: Path, holding: Callable[[str, Path], subprocess.Popen[str]]
) -> None:
    target = tmp_path / "out"
    process = holding(kind, target)
    process.kill()
    process.wait()
    assert [path.name for path in tmp_path.iterdir()] == [".out.tussis.part"]
    write_one(kind, target)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (target if kind == "file" else target / "ours").read_text() == "ours"
    assert kind == "file" or [path.name for path in target.iterdir()] == ["ours"]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_two_processes_may_write_the_same_target(
    kind: str, tmp_path: Path, holding: Callable[[str, Path], subprocess.Popen[str]]
) -> None:
    target = tmp_path / "out"
    holding(kind, target)
    write_one(kind, target)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".out.tussis.part", "out"]
    assert (target if kind == "file" else target / "ours").read_text() == "ours"


def write_one(kind: str, target: Path) -> None:
    if kind == "file":
        write_bytes_whole(target, b"ours")
        return
    with folder_whole(target) as building:
        (building / "ours").write_text("ours")


def test_a_target_that_was_moved_aside_by_a_killed_process_is_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where two folders cannot change names in one step there is a moment without the target."""
    target = tmp_path / "out"
    write_one("folder", target)
    monkeypatch.setattr(atomic, "_exchange", lambda *_: False)
    real = os.replace

    def killed_between(source: Path, to: Path) -> None:
        if Path(to) == target:
            raise KilledError
        real(source, to)

    monkeypatch.setattr(os, "replace", killed_between)
    monkeypatch.setattr(
        Path, "exists", lambda *_: True
    )  # so that the process does not tidy up: it was killed
    monkeypatch.setattr(atomic.shutil, "rmtree", lambda *_, **__: None)
    with pytest.raises(KilledError), folder_whole(target, replace=True) as building:
        (building / "new").write_text("new")
    monkeypatch.undo()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".out.tussis.old", ".out.tussis.part"]
    with pytest.raises(InputError, match="not empty"):
        write_one("folder", target)  # it is there again, and not to be replaced
    assert (target / "ours").read_text() == "ours"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


class KilledError(BaseException):
    """Stands for the end of a process."""


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_not_a_fault_of_the_file_that_is_read(tmp_path: Path, number: int) -> None:
    with pytest.raises(InputError) as fault, reading("night.wav"):
        raise OSError(number, os.strerror(number), str(tmp_path / "copy"))
    assert "night.wav" not in str(fault.value)
    assert str(fault.value).startswith(f"{tmp_path / 'copy'}: cannot be written: ")
    assert str(fault.value).endswith("; make room on that disk")
