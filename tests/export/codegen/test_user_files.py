"""Exporting again into a project that people work in: nothing of theirs is lost, nothing of ours stays."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tussis.data.input_error import InputError
from tussis.export.codegen.project import export_project, load_project
from tussis.export.codegen.user_files import added_sources, carry_over, changed_files, digest


def tree(folder: Path) -> dict[str, str]:
    """Every file, link and empty folder below a folder, with what it holds."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = f"-> {os.readlink(path)}"
        elif path.is_dir():
            if not any(path.iterdir()):
                found[name] = "empty"
        else:
            found[name] = digest(path)
    return found


def make_mine(root: Path) -> dict[str, str]:
    """Fill a project with what people keep in one; return it."""
    before = tree(root)
    for name, text in {
        ".git/HEAD": "ref: refs/heads/main",
        ".git/objects/ab/cdef": "blob",
        ".gitignore": "build/",
        "ports/myboard/main.c": "int main(void) { return 0; }",
        "build/CMakeCache.txt": "cache",
        "src/notes.txt": "why",
        "a name with spaces/ünïcode.md": "text",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / ".git/refs/tags").mkdir(parents=True)
    (root / "link").symlink_to("ports/myboard")
    (root / "dangling").symlink_to("nowhere")
    (root / ".git/objects/ab/cdef").chmod(0o444)
    (root / ".git/objects").chmod(0o700)
    return {name: held for name, held in tree(root).items() if name not in before}


@pytest.fixture
def exported(detector, tmp_path):
    return export_project(detector, tmp_path / "firmware")


def test_what_the_export_did_not_write_stays(detector, exported, tmp_path):
    mine = make_mine(exported.path)
    inode = (exported.path / "build/CMakeCache.txt").stat().st_ino
    again = export_project(detector, exported.path, trees="m2cgen", package="zephyr")
    fresh = export_project(detector, tmp_path / "fresh", trees="m2cgen", package="zephyr")
    assert tree(again.path) == tree(fresh.path) | mine
    assert again.manifest == fresh.manifest
    assert (again.path / ".git/objects/ab/cdef").stat().st_mode & 0o777 == 0o444
    assert (again.path / ".git/objects").stat().st_mode & 0o777 == 0o700
    assert (again.path / "build/CMakeCache.txt").stat().st_ino == inode  # linked, not copied
    assert sorted(path.name for path in tmp_path.iterdir()) == ["firmware", "fresh"]


def test_what_only_the_earlier_export_wrote_goes(detector, tmp_path):
    """Zephyr's files belong to another package; what lies beside them does not."""
    root = export_project(detector, tmp_path / "firmware", package="zephyr").path
    (root / "zephyr/mine.conf").write_text("CONFIG_X=y")
    export_project(detector, root)
    assert [path.name for path in (root / "zephyr").rglob("*") if path.is_file()] == ["mine.conf"]
    export_project(detector, root, package="platformio")
    (root / "zephyr/mine.conf").unlink()
    assert (root / "library.json").exists()


EDITED = ("ports/template/main.c", "README.md")


def test_edited_files_are_refused_by_name_and_nothing_is_written(detector, exported):
    for name in EDITED:
        (exported.path / name).write_text("mine")
    before = tree(exported.path)
    with pytest.raises(
        InputError, match=r"README\.md, ports/template/main\.c: edited since the export; .*--force"
    ):
        export_project(detector, exported.path, trees="m2cgen")
    assert tree(exported.path) == before
    assert [path.name for path in exported.path.parent.iterdir()] == ["firmware"]


def test_force_keeps_edited_files_beside_the_new_ones(detector, exported):
    fresh = tree(exported.path)
    for turn, name in (("one", "README.md.bak"), ("two", "README.md.bak2")):
        (exported.path / "README.md").write_text(turn)
        export_project(detector, exported.path, force=True)
        assert (exported.path / name).read_text() == turn
    assert tree(exported.path).items() > fresh.items()
    assert (exported.path / "README.md.bak").read_text() == "one"
    export_project(detector, exported.path)  # backups are the user's and in nobody's way


def test_an_edited_file_that_the_new_export_lacks_is_not_compiled_any_longer(detector, tmp_path):
    root = export_project(detector, tmp_path / "firmware", package="zephyr").path
    (root / "zephyr/Kconfig").write_text("mine")
    with pytest.raises(InputError, match="zephyr/Kconfig: edited"):
        export_project(detector, root)
    export_project(detector, root, force=True)
    assert [path.name for path in (root / "zephyr").iterdir()] == ["Kconfig.bak"]


def test_a_file_of_ones_own_where_the_new_export_writes(detector, exported):
    (exported.path / "library.json").write_text("{}")
    with pytest.raises(InputError, match=r"library\.json: not written by the export and in its way"):
        export_project(detector, exported.path, package="platformio")
    export_project(detector, exported.path, package="platformio", force=True)
    assert (exported.path / "library.json.bak").read_text() == "{}"


def test_a_file_that_already_holds_what_will_be_written_is_in_nobodys_way(detector, exported, tmp_path):
    other = export_project(detector, tmp_path / "other", package="platformio")
    (exported.path / "library.json").write_bytes((other.path / "library.json").read_bytes())
    export_project(detector, exported.path, package="platformio")
    assert not (exported.path / "library.json.bak").exists()


@pytest.mark.parametrize("force", [False, True])
def test_a_file_where_a_folder_must_be_is_refused_always(detector, exported, force):
    (exported.path / "zephyr").write_text("mine")
    with pytest.raises(InputError, match="zephyr: gives way to a file or folder"):
        export_project(detector, exported.path, package="zephyr", force=force)
    assert (exported.path / "zephyr").read_text() == "mine"


def test_many_names_are_cut(detector, exported):
    for name in list(exported.files)[:8]:
        (exported.path / name).write_text("mine")
    with pytest.raises(InputError, match="and 3 more: edited since the export") as caught:
        export_project(detector, exported.path)
    assert "\n" not in str(caught.value)


def test_deleted_files_come_back(detector, exported):
    fresh = tree(exported.path)
    (exported.path / "README.md").unlink()
    export_project(detector, exported.path)
    assert tree(exported.path) == fresh


def test_a_manifest_cannot_have_files_outside_removed(detector, exported, tmp_path):
    """Names in it may lead anywhere; only what lies in the project is looked at."""
    (tmp_path / "precious").write_text("mine")
    file = exported.path / "manifest.json"
    manifest = json.loads(file.read_text())
    manifest["files"] |= {"../precious": digest(tmp_path / "precious"), str(tmp_path / "precious"): "0"}
    file.write_text(json.dumps(manifest))
    export_project(detector, exported.path)
    assert (tmp_path / "precious").read_text() == "mine"


def test_a_link_to_a_project_stays_a_link(detector, exported, tmp_path):
    mine = make_mine(exported.path)
    (tmp_path / "current").symlink_to("firmware")
    export_project(detector, tmp_path / "current", package="platformio")
    assert (tmp_path / "current").is_symlink()
    assert tree(exported.path).items() >= mine.items()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["current", "firmware"]


def test_files_are_copied_where_links_are_not_allowed(exported, tmp_path, monkeypatch):
    mine = make_mine(exported.path)

    def refused(*_: object, **__: object) -> None:
        raise PermissionError("protected_hardlinks")

    monkeypatch.setattr(os, "link", refused)
    (tmp_path / "new").mkdir()
    assert carry_over(exported.path, exported.files, tmp_path / "new", force=False) == []
    assert tree(tmp_path / "new") == mine


def test_without_an_exchange_the_folder_changes_in_two_steps(detector, exported, monkeypatch):
    """As on systems other than Linux; interrupted between both, the old one comes back."""
    monkeypatch.setattr("tussis.data.atomic._exchange", lambda *_: False)
    mine = make_mine(exported.path)
    export_project(detector, exported.path, package="platformio")
    before = tree(exported.path)
    assert before.items() >= mine.items()
    real = os.replace

    def interrupted(source, target):
        if Path(source).suffix == ".part" and Path(source).is_dir():
            raise KeyboardInterrupt
        real(source, target)

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        export_project(detector, exported.path)
    assert tree(exported.path) == before
    assert [path.name for path in exported.path.parent.iterdir()] == ["firmware"]


KILLED = """
import os, sys
from tussis.export.codegen.project import export_project
from tussis.selection.detector.detector_file import load_detector
detector = load_detector("default")
print("ready", flush=True)
while True:
    for trees in ("table", "m2cgen"):
        export_project(detector, sys.argv[1], trees=trees)
"""


def test_killed_at_any_moment_there_is_a_whole_project_with_all_of_mine(tmp_path):
    """SIGKILL at five moments of an export that is repeated without end."""
    from tussis.selection.detector.detector_file import load_detector

    root = export_project(load_detector("default"), tmp_path / "firmware").path
    mine = make_mine(root)
    for turn in range(5):
        command = [sys.executable, "-c", KILLED, str(root)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
            assert running.stdout is not None
            assert running.stdout.readline() == b"ready\n"
            time.sleep(0.02 + 0.083 * turn)
            running.send_signal(signal.SIGKILL)
        project = load_project(root)
        assert not project.changed_files
        assert tree(root).items() >= mine.items()
        assert set(tree(root)) == set(mine) | set(project.files) | {"manifest.json"}


class TestVerifiedFiles:
    def test_changed_and_missing_files_are_named(self, exported):
        assert changed_files(exported.path, exported.files) == exported.changed_files == []
        (exported.path / "src/detector/control.c").write_text("/* improved */")
        (exported.path / "include/tussis.h").unlink()
        assert exported.changed_files == ["include/tussis.h", "src/detector/control.c"]

    @pytest.mark.parametrize(
        "name",
        [
            *(
                "src/detector/filter.c",
                "src/mine/filter.c",
                "generated/extra.c",
                "app/mine.c",
                "src/dsp/fft2.h",
            ),
            *(
                "include/math.h",
                "generated/tussis/more.h",
                "ports/mps2-an505/uart.c",
                "src/start.S",
                "src/a.cpp",
            ),
        ],
    )
    def test_added_sources_that_would_be_compiled_are_named(self, exported, name):
        file = exported.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
        assert added_sources(exported.path, exported.files) == exported.added_sources == [name]

    @pytest.mark.parametrize(
        "name", ["ports/mine/main.c", "src/notes.txt", "main.c", "examples/a.c", "src/a.c.bak"]
    )
    def test_what_nothing_compiles_is_left_alone(self, exported, name):
        file = exported.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
        assert exported.added_sources == []
