"""The hash of the package's own code."""

import pytest

from tussis.data import code_hash as module


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of three files, and its hash as it is now."""
    (tmp_path / "signal" / "below").mkdir(parents=True)
    for name in ("a.py", "below/b.c", "below/b.h", "below/notes.md"):
        (tmp_path / "signal" / name).write_text(name)
    monkeypatch.setattr(module, "_ROOT", tmp_path)

    def now(*places):
        module.code_hash.cache_clear()
        return module.code_hash(*places)

    yield tmp_path / "signal", now
    module.code_hash.cache_clear()


@pytest.mark.parametrize(
    ("name", "counts"), [("a.py", True), ("below/b.c", True), ("below/b.h", True), ("below/notes.md", False)]
)
def test_code_in_python_and_c_counts_and_text_does_not(package, name, counts):
    folder, now = package
    before = now("signal")
    (folder / name).write_text("changed")
    assert (now("signal") != before) is counts


def test_a_file_that_moves_counts(package):
    folder, now = package
    before = now("signal")
    (folder / "below" / "b.c").rename(folder / "b.c")
    assert now("signal") != before
    assert now("signal/b.c") != now("signal/a.py")
