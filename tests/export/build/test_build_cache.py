"""Builds are kept by name, whole or not at all."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tussis.data.input_error import InputError
from tussis.export.build.build_cache import cache_folder, kept_folder


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUSSIS_CACHE", str(tmp_path / "cache"))


class Filler:
    """Builds two files, and counts how often."""

    times = 0

    def __call__(self, folder: Path) -> None:
        self.times += 1
        (folder / "a.o").write_bytes(b"object" * 100)
        (folder / "sub").mkdir()
        (folder / "sub" / "b.so").write_bytes(b"library" * 100)


def test_it_is_built_once() -> None:
    fill = Filler()
    first, second = kept_folder("x", fill), kept_folder("x", fill)
    assert first == second == cache_folder() / "x"
    assert fill.times == 1
    assert [path.name for path in cache_folder().iterdir()] == ["x"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "a.o").write_bytes(b"object"),  # the disk was full
        lambda folder: (folder / "a.o").write_bytes(b""),
        lambda folder: (folder / "sub" / "b.so").write_bytes(b"library" * 99 + b"librarz"),
        lambda folder: (folder / "sub" / "b.so").unlink(),
        lambda folder: (folder / "sha256.json").write_text("{"),
        lambda folder: (folder / "sha256.json").unlink(),
        lambda folder: (folder / "more").write_text("not built"),
    ],
)
def test_what_is_damaged_is_built_again_and_said(damage: object, caplog: pytest.LogCaptureFixture) -> None:
    fill = Filler()
    folder = kept_folder("x", fill)
    damage(folder)  # type: ignore[operator]
    with caplog.at_level(logging.WARNING):
        assert kept_folder("x", fill) == folder
    assert fill.times == 2
    assert (folder / "sub" / "b.so").read_bytes() == b"library" * 100
    assert caplog.messages == [f"{folder}: what was built is damaged, and is built again"]
    kept_folder("x", fill)
    assert fill.times == 2


def test_a_build_that_fails_leaves_nothing() -> None:
    def fail(folder: Path) -> None:
        (folder / "a.o").write_bytes(b"half")
        raise InputError("cc", "cannot compile")

    with pytest.raises(InputError, match="cannot compile"):
        kept_folder("x", fail)
    assert list(cache_folder().iterdir()) == []
