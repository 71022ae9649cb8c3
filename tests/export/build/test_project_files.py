"""Which files of an exported project a compiler gets, and in which order."""

from __future__ import annotations

import pytest

from tussis.data.input_error import InputError
from tussis.export.build.project_files import firmware_sources, library_sources, project_root


def test_sources_are_linked_by_name_whatever_folder_they_lie_in(project) -> None:
    """Moving a file between folders must not move functions in flash: waits for flash depend on it."""
    names = [file.name for file in firmware_sources(project.path)]
    written = [name for name in names if (project.path / "generated" / name).exists() is False]
    assert names == written + sorted(set(names) - set(written))
    assert written == sorted(written)
    assert {"app.c", "fft.c", "tussis.c"} <= set(written)


def test_the_library_is_what_lies_in_src_and_generated(project) -> None:
    library, whole = library_sources(project.path), firmware_sources(project.path)
    assert {file.parent.relative_to(project.path).as_posix() for file in library} == {
        "src/dsp", "src/detector", "generated",
    }  # fmt: skip
    assert {file.parent.name for file in set(whole) - set(library)} == {"app"}


def test_a_project_of_before_the_rooms_is_to_be_exported_again(tmp_path) -> None:
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "tussis.h").write_text("")
    with pytest.raises(InputError, match="was exported by an older tussis; export it again"):
        project_root(tmp_path)


def test_any_other_folder_is_not_a_project(tmp_path) -> None:
    with pytest.raises(InputError, match="so it is not an exported project"):
        project_root(tmp_path)
