"""Every exported header from C++, and a C++ caller of every package, in old and new dialects."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tussis.export.build.project_files import include_folders, library_sources
from tussis.export.build.toolchain import BARE_METAL, GCC_M33, find_arm_toolchain, find_host_compiler
from tussis.export.codegen.project import export_project

from ..conftest import make_detector

CALLER = Path(__file__).with_name("caller.cpp")
PACKAGES = ("cmake", "platformio", "zephyr", "arduino")
DIALECTS = ("c++11", "gnu++17", "c++20")
CROSS = "arm-none-eabi-g++"
STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Wold-style-cast", "-Werror")
C_OF = {"g++": "gcc", "clang++": "clang", CROSS: "arm-none-eabi-gcc"}


@pytest.fixture(scope="module")
def package(request, tmp_path_factory):
    project = export_project(
        make_detector(), tmp_path_factory.mktemp("package") / "firmware", package=request.param
    )
    return request.param, project.path


def parts_of(name: str, root: Path) -> tuple[list[Path], list[Path]]:
    """Sources and include folders by the rules of a package's build system."""
    if name == "arduino":
        return sorted((root / "src").rglob("*.c")), [root / "src"]
    if name == "platformio":
        build = json.loads((root / "library.json").read_text())["build"]
        globs = [re.fullmatch(r"\+<(.*)>", entry).group(1) for entry in build["srcFilter"][1:]]
        folders = [root / flag[3:] for flag in build["flags"] if flag.startswith("-I ")]
        sources = sorted(file for pattern in globs for file in (root / build["srcDir"]).glob(pattern))
        return sources, [root / build["includeDir"], *folders]
    if name == "zephyr":
        text = (root / "zephyr" / "CMakeLists.txt").read_text()
        line = re.search(r"zephyr_include_directories\((.*)\)", text).group(1)
        include = [Path(word.replace("${root}", str(root))) for word in line.split()]
        return library_sources(root), include
    return library_sources(root), include_folders(root)


def flags_of(compiler: str) -> list[str]:
    return [*GCC_M33, *BARE_METAL] if compiler == CROSS else []


def pairs():
    """Every package with every compiler; this machine's compilers take but one where it must be quick."""
    for name in PACKAGES:
        for compiler in ("g++", "clang++", CROSS):
            few = compiler == CROSS or name == "arduino"
            yield pytest.param(name, compiler, marks=[] if few else [pytest.mark.slow])


@pytest.mark.parametrize(("package", "compiler"), list(pairs()), indirect=["package"])
def test_a_caller_in_cplusplus_compiles_links_and_runs(package, compiler, tmp_path, tool, monkeypatch):
    tool(compiler)
    tool(C_OF[compiler])
    name, root = package
    sources, folders = parts_of(name, root)
    include = [f"-I{folder}" for folder in folders]
    common = [*flags_of(compiler), "-O1", *include]
    assert not [source for source in sources if source.parent.name == "app"]  # a product links the library
    monkeypatch.setenv("CC", C_OF[compiler])
    c = find_arm_toolchain("gcc") if compiler == CROSS else find_host_compiler()
    objects = [
        c.build([one], "object", include=folders, opt="O1", extra_flags=["-std=gnu11"]) for one in sources
    ]
    for dialect in DIALECTS:
        program, caller = tmp_path / f"caller-{dialect}", tmp_path / f"caller-{dialect}.o"
        flags = [f"-std={dialect}", *STRICT, *common]
        subprocess.run([compiler, *flags, "-c", CALLER, "-o", caller], check=True)
        # Debian's cross compiler comes without libstdc++, which the library does not need
        linker = [C_OF[CROSS], "--specs=nosys.specs"] if compiler == CROSS else [compiler]
        link = [*linker, *flags_of(compiler), caller, *objects, "-lm", "-o", program]
        subprocess.run(link, check=True, stderr=subprocess.DEVNULL if compiler == CROSS else None)
        if compiler != CROSS:
            assert subprocess.run([program], check=False).returncode == 0


def headers_of(root: Path) -> list[Path]:
    headers = [file for file in sorted(root.rglob("*.h")) if file.parent.name != "freestanding"]
    assert len(headers) > 30
    return headers


@pytest.mark.parametrize("compiler", ["g++", "clang++", CROSS])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_header_stands_alone_in_cplusplus(project, compiler, dialect, tmp_path, tool):
    tool(compiler)
    root = project.path
    headers = headers_of(root)
    for wrapped in (False, True):
        lines = [f'#include "{header}"' for header in headers]
        if wrapped:  # as users write it whose C headers do not do it themselves
            lines = ['extern "C" {', *lines, "}"]
        (tmp_path / "all.cpp").write_text("\n".join(lines) + "\n")
        include = [f"-I{folder}" for folder in include_folders(root)]
        command = [
            compiler,
            f"-std={dialect}",
            *flags_of(compiler),
            "-Wall",
            "-Wextra",
            "-Wpedantic",
            "-Werror",
        ]
        subprocess.run([*command, *include, "-fsyntax-only", tmp_path / "all.cpp"], check=True)


def test_every_header_stands_alone_in_c(project, tmp_path, tool):
    tool("gcc")
    include = [f"-I{folder}" for folder in include_folders(project.path)]
    files = []
    for number, header in enumerate(headers_of(project.path)):
        files.append(tmp_path / f"{number}.c")
        files[-1].write_text(f'#include "{header}"\n')
    subprocess.run(["gcc", "-std=c11", "-fsyntax-only", *include, *files], check=True)


@pytest.mark.parametrize("package", PACKAGES, indirect=True)
def test_no_header_of_ours_hides_another_or_is_hidden(package, tmp_path, tool):
    """Somebody else's crc.h, link.h, fft.h, events.h come first on the include path, or last."""
    tool("gcc")
    name, root = package
    sources, folders = parts_of(name, root)
    theirs = tmp_path / "theirs"
    for folder in ("", "dsp", "detector", "app"):
        (theirs / folder).mkdir(exist_ok=True)
        for header in {file.name for file in root.rglob("*.h") if not file.name.startswith("tussis")}:
            if header not in ("string.h", "math.h"):
                (theirs / folder / header).write_text("#define THEIRS 1\nint their_function(void);\n")
    include = [f"-I{theirs}", *(f"-I{folder}" for folder in folders)]
    everything = [*sources, *(root / "app").glob("*.c")]
    subprocess.run(["gcc", "-std=c11", *include, "-fsyntax-only", *everything], check=True)
    (tmp_path / "user.c").write_text(
        '#include "tussis/tussis.h"\n'
        + "".join(f'#include "{file}"\n' for file in ("crc.h", "link.h", "fft.h", "events.h"))
        + "int main(void) { return THEIRS - 1 + their_function(); }\n"
    )
    behind = [*(f"-I{folder}" for folder in folders), f"-I{theirs}"]
    subprocess.run(["gcc", "-std=c11", *behind, "-fsyntax-only", tmp_path / "user.c"], check=True)
