"""Everything that is kept lies below one folder, which one variable names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tussis.data.atomic import folder_whole, write_text_whole
from tussis.data.cache_place import cache_place, is_in_cache
from tussis.data.input_error import InputError
from tussis.data.remote.remote_url import remote_folder
from tussis.export.build.build_cache import cache_folder


def make_folder(place: Path) -> None:
    with folder_whole(place):
        pass


@pytest.mark.parametrize("place", [cache_place, cache_folder, remote_folder])
def test_the_variable_moves_every_part(
    place: Callable[[], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUSSIS_CACHE", str(tmp_path / "mine"))
    assert place().is_relative_to(tmp_path / "mine")
    monkeypatch.delenv("TUSSIS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "system"))
    assert not place().is_relative_to(tmp_path / "mine")
    assert place().is_relative_to(cache_place())


@pytest.mark.parametrize("write", [lambda place: write_text_whole(place, "x"), make_folder])
@pytest.mark.parametrize("inside", [True, False])
def test_a_cache_that_cannot_be_written_names_its_variable(
    inside: bool, write: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("TUSSIS_CACHE", str(tmp_path / ("file" if inside else "other")))
    target = tmp_path / "file" / "builds" / "x"
    assert is_in_cache(target) == inside
    said = "set TUSSIS_CACHE to a folder, or make it" if inside else "name another place, or make it"
    with pytest.raises(InputError, match=f"x: cannot be written: Not a directory; {said}"):
        write(target)
