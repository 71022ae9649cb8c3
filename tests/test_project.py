"""The project's own rules: the layout, the direction of imports, the pages."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PIPELINE = ("data", "signal", "selection", "export", "firmware_stub", "cli")
ROOMS = {
    "data": (
        "corpus",
        "download",
        "synthesis",
        "synthesis/motion",
        "synthesis/sounds",
        "synthesis/people",
        "formats",
        "remote",
    ),
    "signal": (),
    "selection": (
        "search",
        "evaluation",
        "counting",
        "training",
        "elimination",
        "importance",
        "budget",
        "models",
        "detector",
        "trees",
        "windows",
    ),
    "export": (
        "study",
        "review",
        "plot",
        "card",
        "report",
        "calibration",
        "verify",
        "estimate",
        "host",
        "codegen",
        "build",
        "emulator",
    ),
    "firmware_stub": ("live", "replay", "boards", "protocol"),
    "cli": (),
}
"""The rooms of each folder, top to bottom: a room imports only from those after it."""
HEAVY = ("numpy", "scipy", "librosa", "xgboost", "sklearn", "numba", "unicorn", "soundfile", "pydantic")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def modules(folder: str) -> list[Path]:
    return sorted(path for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts)


def python(code: str, *arguments: str, cwd: Path | None = None) -> str:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True).stdout


def imported_modules(path: Path) -> set[tuple[str, ...]]:
    """Modules of this package that a module imports, as parts below the root."""
    package = path.relative_to(ROOT).parent.parts
    found: set[tuple[str, ...]] = set()
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.ImportFrom):
            named = tuple((node.module or "").split(".")) if node.module else ()
            if node.level == 0:
                if named[:1] != ("tussis",):
                    continue
                base = named[1:]
            else:
                base = (*package[: len(package) - (node.level - 1)], *named)
            below = {(*base, alias.name) for alias in node.names}
            if base and ROOT.joinpath(*base).with_suffix(".py").is_file():
                found.add(base)
            else:
                found |= below
        elif isinstance(node, ast.Import):
            found |= {
                tuple(name.name.split(".")[1:]) for name in node.names if name.name.startswith("tussis.")
            }
    return found


def imported_folders(path: Path) -> set[str]:
    """Top folders of this package that a module imports from."""
    return {module[0] for module in imported_modules(path) if module} & set(PIPELINE)


def room_of(module: tuple[str, ...]) -> str:
    """Room of a module, by its folder below the pipeline folder; a module in none is a room of its own."""
    return "/".join(module[1:-1]) or module[-1]


def room_arrows(folder: str) -> dict[tuple[str, str], list[str]]:
    """Imports between rooms of one folder: which room from which, and the modules that do it."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for path in modules(folder):
        own = path.relative_to(ROOT).with_suffix("").parts
        for other in imported_modules(path):
            if other[:1] == (folder,) and len(other) > 1 and room_of(other) != room_of(own):
                arrows.setdefault((room_of(own), room_of(other)), []).append(f"{'/'.join(own)}: {other[-1]}")
    return arrows


@pytest.mark.parametrize("folder", PIPELINE)
def test_no_init_file_turns_a_folder_into_a_top_level_package(folder: str) -> None:
    assert (ROOT / folder).is_dir()
    assert list((ROOT / folder).rglob("__init__.py")) == []


@pytest.mark.parametrize("folder", PIPELINE)
def test_imports_go_left_along_the_pipeline(folder: str) -> None:
    allowed = set(PIPELINE[: PIPELINE.index(folder) + 1])
    wrong = {
        str(path.relative_to(ROOT)): sorted(imported_folders(path) - allowed)
        for path in modules(folder)
        if imported_folders(path) - allowed
    }
    assert wrong == {}


@pytest.mark.parametrize("folder", PIPELINE)
def test_every_room_is_listed(folder: str) -> None:
    there = {path.parent.relative_to(ROOT / folder).as_posix() for path in modules(folder)} - {"."}
    assert there <= set(ROOMS[folder])


@pytest.mark.parametrize("folder", PIPELINE)
def test_rooms_import_only_from_rooms_below_them(folder: str) -> None:
    order = ROOMS[folder]
    wrong = {
        f"{one} -> {other}": sorted(names)
        for (one, other), names in room_arrows(folder).items()
        if one in order and other in order and order.index(one) > order.index(other)
    }
    assert wrong == {}


@pytest.mark.parametrize("folder", PIPELINE)
def test_neither_rooms_nor_modules_import_in_a_circle(folder: str) -> None:
    TopologicalSorter(graph_of(room_arrows(folder))).prepare()
    names = {path.relative_to(ROOT).with_suffix("").parts for path in modules(folder)}
    TopologicalSorter({one: imported_modules(module_path(one)) & names for one in names}).prepare()


def graph_of(arrows: dict[tuple[str, str], list[str]]) -> dict[str, set[str]]:
    graph: dict[str, set[str]] = {}
    for one, other in arrows:
        graph.setdefault(one, set()).add(other)
    return graph


def module_path(module: tuple[str, ...]) -> Path:
    return ROOT.joinpath(*module).with_suffix(".py")


@pytest.mark.parametrize("folder", PIPELINE)
def test_imports_inside_the_package_are_relative(folder: str) -> None:
    wrong = []
    for path in modules(folder):
        for node in ast.walk(ast.parse(path.read_text(), str(path))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) and node.level == 0 else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if any(name.split(".")[0] == "tussis" for name in names):
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert wrong == []


def test_the_import_guard_sees_a_wrong_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    module = tmp_path / "data" / "synthesis" / "bad.py"
    module.parent.mkdir(parents=True)
    module.write_text("from ...signal.mel import a\nfrom tussis.export import b\nimport tussis.selection.x\n")
    assert imported_folders(module) == {"signal", "export", "selection"}


def test_the_room_guard_sees_a_wrong_import_and_a_circle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    for room, text in (
        ("search", "from ..windows.folds import a\n"),
        ("windows", "from ..search.pairs import b\n"),
    ):
        (tmp_path / "selection" / room).mkdir(parents=True)
        (tmp_path / "selection" / room / {"search": "pairs", "windows": "folds"}[room]).with_suffix(
            ".py"
        ).write_text(text)
    with pytest.raises(AssertionError, match="windows -> search"):
        test_rooms_import_only_from_rooms_below_them("selection")
    with pytest.raises(CycleError):
        test_neither_rooms_nor_modules_import_in_a_circle("selection")


def test_setuptools_is_told_every_folder_with_python_in_it() -> None:
    folders = {path.parent.relative_to(ROOT) for folder in PIPELINE for path in modules(folder)}
    folders |= {Path(folder) for folder in PIPELINE}  # also where all Python lies in rooms: the C lies there
    assert set(PYPROJECT["tool"]["setuptools"]["packages"]) == {"tussis"} | {
        ".".join(("tussis", *folder.parts)) for folder in folders
    }


def test_python_started_at_the_root_still_finds_the_standard_library() -> None:
    code = "import signal, subprocess; print(signal.SIGINT.value, bool(subprocess.run))"
    assert python(code, cwd=ROOT).split() == ["2", "True"]


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_and_version_import_nothing_heavy(argument: str) -> None:
    code = (
        "import sys; from tussis.cli.app import main; code = main([sys.argv[1]]);"
        f"print('HEAVY', sorted(set({HEAVY!r}) & set(sys.modules)), code)"
    )
    assert python(code, argument).splitlines()[-1] == "HEAVY [] 0"


def test_the_public_names_are_lazy_and_all_there() -> None:
    code = f"import sys, tussis; print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    assert python(code).strip() == "[]"
    import tussis

    for name in tussis.__all__:
        assert getattr(tussis, name) is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = tussis.no_such_name


def test_every_public_name_has_an_example() -> None:
    import tussis

    wanting = [
        name
        for name in tussis.__all__
        if name != "__version__" and ">>> " not in (getattr(tussis, name).__doc__ or "")
    ]
    assert wanting == []


def test_the_license_is_the_one_declared() -> None:
    assert PYPROJECT["project"]["license"] == "Apache-2.0"
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_the_readme_opens_with_exactly_the_two_commands() -> None:
    first = re.search(r"```\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert first
    assert first.group(1).splitlines() == ["make demo", "make test"]


def test_links_between_pages_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *(ROOT / "firmware_stub").rglob("*.md")]
    assert len(pages) > 5
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#]+)", page.read_text())
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []


OWN_JSON = {
    "data/untrusted.py",
    "data/remote/cached_file.py",  # what this user's cache holds: damage counts as nothing kept
    "data/remote/remote_set.py",
    "selection/models/booster.py",  # what XGBoost gives in memory
}


def test_files_from_outside_are_read_by_the_one_loader_with_bounds() -> None:
    found = {
        str(path.relative_to(ROOT))
        for folder in PIPELINE
        for path in modules(folder)
        if re.search(r"\b(json\.loads?|tomllib\.loads?)\(", path.read_text())
    }
    assert found == OWN_JSON


def test_every_promise_of_reliability_names_tests_that_exist() -> None:
    text = (ROOT / "RELIABILITY.md").read_text()
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")][1:]
    named = [re.findall(r"`(tests/[^`]*)`", row[1]) for row in rows]
    assert [row[0] for row, tests in zip(rows, named, strict=True) if not tests] == []
    places = {place for tests in named for place in tests}
    assert len(places) > 20
    assert sorted(place for place in places if not (ROOT / place).exists()) == []


def test_every_promise_of_reliability_has_a_figure() -> None:
    text = (ROOT / "RELIABILITY.md").read_text()
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")][1:]
    assert [row[0] for row in rows if len(row) != 3 or not re.search(r"\d", row[2])] == []
