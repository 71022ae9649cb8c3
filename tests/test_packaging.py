"""What is installed: the wheel, the extras, the locked versions."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .test_project import PIPELINE, PYPROJECT, ROOT, modules, python


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
                elif (
                    isinstance(node, ast.Call)
                    and ast.unparse(node.func) == "importlib.import_module"
                    and isinstance(node.args[0], ast.Constant)  # else it is of the package itself
                ):
                    found.add(str(node.args[0].value).partition(".")[0])
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
