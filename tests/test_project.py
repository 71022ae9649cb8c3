"""The project's own rules: the layout, the direction of imports, what the wheel holds."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

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


def source_copy(target: Path) -> Path:
    """Copy the checkout without what git ignores, so that a build leaves nothing behind in it."""
    anywhere = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info")

    def ignored(folder: str, names: list[str]) -> set[str]:
        at_the_root = {"build", "dist", "tussis-demo"} if Path(folder) == ROOT else set()
        return anywhere(folder, names) | at_the_root

    return Path(shutil.copytree(ROOT, target, ignore=ignored))


def hidden(path: Path) -> bool:
    return any(part == "__pycache__" or part.startswith(".") for part in path.relative_to(ROOT).parts)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation")
    subprocess.run([*pip, "--wheel-dir", str(folder), str(source_copy(folder / "source"))], check=True)
    (made,) = folder.glob("*.whl")
    return made


def test_the_wheel_holds_the_c_and_the_detector_but_no_tests(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = {
        f"tussis/{path.relative_to(ROOT)}"
        for folder in PIPELINE
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and not hidden(path)
    }
    assert expected <= names
    assert "tussis/data/default_detector.json" in names
    assert any(name.endswith("/include/tussis/tussis.h") for name in names)
    assert "tussis/py.typed" in names
    folders = {name.split("/")[1] for name in names if name.startswith("tussis/") and name.count("/") > 1}
    assert folders == {*PIPELINE}
    assert {name.split("/")[0].split("-")[0] for name in names} == {"tussis"}


def test_what_is_in_the_wheel_is_enough_to_export_and_compile(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import tussis.cli.app, tussis.export.build.toolchain as t, pathlib\n"
        "assert tussis.cli.app.__file__.startswith(sys.argv[1])\n"
        "code = tussis.cli.app.main(['export', 'default', sys.argv[2]])\n"
        "print(code, t.find_arm_toolchain().compile_elf(pathlib.Path(sys.argv[2])).stat().st_size)"
    )
    code, size = python(code, str(tmp_path / "site"), str(tmp_path / "firmware"), cwd=tmp_path).split()
    assert code == "0"
    assert int(size) > 10_000


def third_party_imports() -> set[str]:
    """Names of other projects that modules of the package import, at the top or inside a function."""
    found: set[str] = set()
    for folder in PIPELINE:
        for path in modules(folder):
            for node in ast.walk(ast.parse(path.read_text(), str(path))):
                if isinstance(node, ast.Import):
                    found |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.level == 0:
                    found.add(str(node.module).partition(".")[0])
                elif isinstance(node, ast.Call) and ast.unparse(node.func) == "importlib.import_module":
                    found.add(str(ast.literal_eval(node.args[0])).partition(".")[0])
    return found - set(sys.stdlib_module_names)


def test_every_import_is_of_the_base_or_its_extra_is_named() -> None:
    """An extra of `EXTRA_OF` brings the module, and whatever it does not list comes with the base."""
    from tussis.data.extras import EXTRA_OF

    project = PYPROJECT["project"]
    brings = packages_distributions()
    named = {
        extra: {canonicalize_name(Requirement(text).name) for text in texts}
        for extra, texts in project["optional-dependencies"].items()
    }
    base = {canonicalize_name(Requirement(text).name) for text in project["dependencies"]}
    base |= {"requests"}  # of pooch
    wrong = []
    for module in sorted(third_party_imports() | set(EXTRA_OF)):
        allowed = named[EXTRA_OF[module]] if module in EXTRA_OF else base
        if not {canonicalize_name(one) for one in brings[module]} & allowed:
            wrong.append(module)
    assert wrong == []
    assert "librosa" not in {name for extra, names in named.items() if extra != "dev" for name in names}


def test_every_public_name_has_an_example() -> None:
    import tussis

    wanting = [
        name
        for name in tussis.__all__
        if name != "__version__" and ">>> " not in (getattr(tussis, name).__doc__ or "")
    ]
    assert wanting == []


def test_a_missing_library_names_its_extra() -> None:
    code = (
        "import sys; sys.modules['sklearn'] = None; import tussis\n"
        "try: tussis.BudgetedRFECV\nexcept ModuleNotFoundError as error: print(error)\n"
        "sys.modules['jinja2'] = None\nfrom tussis.cli.app import main\n"
        "print(main(['describe', 'default', '--out', 'card.html']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "tussis.BudgetedRFECV needs sklearn, which is not installed: pip install 'tussis[train]'",
        "2",
    ]
    assert "the module jinja2 is missing; install it: pip install 'tussis[report]'" in done.stderr


@pytest.mark.slow
def test_wheel_and_sdist_install_alike_in_a_clean_environment(wheel: Path, tmp_path: Path) -> None:
    """The base detects without any extra; needs an index that pip reaches, as `make venv` does."""
    source = source_copy(tmp_path / "source")
    python("import setuptools.build_meta as b, sys; b.build_sdist(sys.argv[1])", str(tmp_path), cwd=source)
    (sdist,) = tmp_path.glob("*.tar.gz")
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "clean")], check=True)
    clean = tmp_path / "clean" / "bin"

    def installed() -> dict[str, bytes]:
        (root,) = (tmp_path / "clean").glob("lib/python*/site-packages/tussis")
        return {
            str(path.relative_to(root)): path.read_bytes()
            for path in root.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }

    pip = [str(clean / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, str(wheel)], check=True)
    of_wheel = installed()
    names = subprocess.run([*pip[:3], "list"], capture_output=True, text=True, check=True).stdout.casefold()
    assert not {"librosa", "numba", "scikit-learn", "unicorn", "ziglang", "vl-convert"} & set(names.split())
    for words, code, said in (
        (["synth", "out", "--subjects", "1", "--sessions", "1", "--seconds", "5"], 0, "written: out"),
        (["detect", "out"], 0, ""),
        (["score", "out", "--mode", "audio"], 0, ""),
        (["describe", "default"], 0, ""),
        (["export", "default", "firmware"], 2, "pip install 'tussis[firmware]'"),
        (["review", "out"], 2, "pip install 'tussis[report]'"),
    ):
        done = subprocess.run(
            [str(clean / "tussis"), *words], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (done.returncode, said in done.stderr) == (code, True), (words, done.stderr)
    subprocess.run([*pip, "--no-deps", "--force-reinstall", str(sdist)], check=True)
    assert installed() == of_wheel


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


def test_the_version_is_stated_once() -> None:
    import tussis

    assert tussis.__version__ == version("tussis")
    assert "version" in PYPROJECT["project"]["dynamic"]


def test_the_locked_versions_are_those_that_are_allowed() -> None:
    """Every dependency of the two commands is in requirements.txt, within its bounds, with hashes."""
    locked: dict[str, list[Requirement]] = {}
    for block in re.split(r"\n(?=\S)", (ROOT / "requirements.txt").read_text()):
        if block.startswith("#"):
            continue
        pinned, *hashes = block.replace("\\\n", "").split(" --hash=sha256:")
        assert hashes, pinned
        requirement = Requirement(pinned.strip())
        locked.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    project = PYPROJECT["project"]
    extras = project["optional-dependencies"]
    wanted_extras = ("test", "train", "firmware", "report", "listen", "study", "plot", "notebook")
    assert {f"tussis[{','.join(wanted_extras[1:])}]"} == set(extras["all"])
    for text in (*project["dependencies"], *(text for extra in wanted_extras for text in extras[extra])):
        wanted = Requirement(text)
        if wanted.name == "tussis":  # another extra of this project
            continue
        found = locked[canonicalize_name(wanted.name)]
        for requirement in found:
            (version,) = requirement.specifier
            assert wanted.specifier.contains(version.version), (str(wanted), str(requirement))
