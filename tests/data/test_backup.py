"""Backups: beside the file, never over an earlier one."""

from __future__ import annotations

import os

import pytest

from tussis.data.backup import back_up, backup_of
from tussis.data.input_error import InputError


def test_every_backup_has_a_name_of_its_own(tmp_path) -> None:
    file = tmp_path / "main.c"
    copies = []
    for text in ("one", "two", "three"):
        file.write_text(text)
        copies.append(back_up(file))
    assert [copy.name for copy in copies] == ["main.c.bak", "main.c.bak2", "main.c.bak3"]
    assert [copy.read_text() for copy in copies] == ["one", "two", "three"]
    assert file.read_text() == "three"


def test_a_dangling_link_counts_as_taken(tmp_path) -> None:
    (tmp_path / "main.c.bak").symlink_to("nowhere")
    assert backup_of(tmp_path / "main.c").name == "main.c.bak2"


def test_a_backup_keeps_permissions_and_times(tmp_path) -> None:
    file = tmp_path / "flash.sh"
    file.write_text("#!/bin/sh\n")
    file.chmod(0o750)
    os.utime(file, (1e9, 1e9))
    copy = back_up(file).stat()
    assert (copy.st_mode & 0o777, copy.st_mtime) == (0o750, 1e9)


def test_what_cannot_be_copied_is_named(tmp_path) -> None:
    with pytest.raises(InputError, match=r"main\.c\.bak: cannot be written"):
        back_up(tmp_path / "main.c")
    assert list(tmp_path.iterdir()) == []
