"""The first line that says whose a file is, and whether anybody edited it."""

from __future__ import annotations

import pytest

from tussis.data.input_error import InputError
from tussis.export.codegen.marked_file import foreign_files, is_ours, marked

TEXT = "/* From m.json. */\nfloat margin(const float *x);\n"


def test_a_marked_text_is_ours_until_it_is_edited() -> None:
    ours = marked(TEXT).encode()
    assert ours.endswith(TEXT.encode())
    assert ours.startswith(b"/* Written by `tussis trees`, content ")
    assert is_ours(ours)
    for edited in (
        ours + b"\n",
        ours.replace(b"float", b"double", 1),
        ours[:-1],
        ours.replace(b"m.json", b"n.json"),
    ):
        assert not is_ours(edited)


def test_line_ends_of_windows_are_not_an_edit() -> None:
    assert is_ours(marked(TEXT).encode().replace(b"\n", b"\r\n"))


@pytest.mark.parametrize("content", [b"", b"\n", TEXT.encode(), b"\xff\xfe\x00", marked(TEXT).encode()[:60]])
def test_any_other_content_is_foreign(content: bytes) -> None:
    assert not is_ours(content)


def test_files_in_the_way_are_listed(tmp_path) -> None:
    (tmp_path / "ours.c").write_text(marked(TEXT))
    (tmp_path / "foreign.h").write_text(TEXT)
    names = ("ours.c", "foreign.h", "absent.h")
    assert foreign_files([tmp_path / name for name in names]) == [tmp_path / "foreign.h"]
    (tmp_path / "folder.h").mkdir()
    with pytest.raises(InputError, match=r"folder\.h: is not a file; name another output"):
        foreign_files([tmp_path / "folder.h"])
