"""Which files of an exported project a compiler gets, and in which order."""

from __future__ import annotations

from tussis.export.build.project_files import library_sources


def test_sources_are_linked_by_name_whatever_folder_they_lie_in(project) -> None:
    """Moving a file between folders must not move functions in flash: waits for flash depend on it."""
    names = [file.name for file in library_sources(project.path)]
    written = [name for name in names if (project.path / "generated" / name).exists() is False]
    assert names == written + sorted(set(names) - set(written))
    assert written == sorted(written)
    assert {"app.c", "fft.c", "tussis.c"} <= set(written)
