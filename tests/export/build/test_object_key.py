"""An object is compiled again where something that it can see has changed, and only there."""

from __future__ import annotations

import ctypes
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tussis.export.build import toolchain
from tussis.export.build.compiler_run import CompileError
from tussis.export.build.object_key import files_key
from tussis.export.build.project_files import library_sources
from tussis.export.build.toolchain import find_host_compiler
from tussis.export.codegen.project import export_project
from tussis.selection.detector.detector_file import Detector

from ..conftest import make_detector

SOURCE = """
#include "part.h"
int answer(void);
int answer(void) { return TUSSIS_ONE; }
"""
FILES = {
    "near/use.c": SOURCE,
    "near/part.h": '#include "numbers.h"\n#include <fixed.h>\n',
    "first/empty.h": "",
    "second/numbers.h": "#define TUSSIS_ONE (TUSSIS_HALF * 2)\n#define TUSSIS_HALF 21\n"
    "#define TUSSIS_OTHER 5\n",
    "second/fixed.h": "#define FIXED 1\n",
}
FLAGS = ("-O2", "-DLEVEL=3")


@pytest.fixture
def tree(tmp_path: Path) -> Callable[..., str]:
    """Write `FILES` with changes and return the key of ``near/use.c``; None takes a file away."""

    def key(
        changes: dict[str, str | None] | None = None,
        flags: tuple[str, ...] = FLAGS,
        folders: tuple[str, ...] = ("first", "second"),
        root: str = "here",
    ) -> str:
        for name, text in {**FILES, **(changes or {})}.items():
            file = tmp_path / root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                file.unlink(missing_ok=True)
            else:
                file.write_text(text)
        found = files_key(flags, tmp_path / root / "near/use.c", [tmp_path / root / f for f in folders])
        for name in changes or {}:
            (tmp_path / root / name).unlink(missing_ok=True)
        return found

    return key


def numbers(*more: str, other: str = "5") -> dict[str, str]:
    """The header of numbers with more lines, and another value of the one that nobody names."""
    text = FILES["second/numbers.h"].replace("TUSSIS_OTHER 5", f"TUSSIS_OTHER {other}")
    return {"second/numbers.h": text + "".join(f"{line}\n" for line in more)}


@pytest.mark.parametrize(
    "changes",
    [
        {"near/use.c": SOURCE.replace("return", "return 1 +")},
        {"near/use.c": SOURCE + "\n"},
        {"second/fixed.h": "#define FIXED 2\n"},  # not a name of ours: a header of the system may ask for it
        {"second/numbers.h": FILES["second/numbers.h"].replace("* 2", "* 3")},
        {"second/numbers.h": FILES["second/numbers.h"].replace("21", "22")},  # by way of another definition
        {"second/numbers.h": FILES["second/numbers.h"].replace("21", "\\\n22")},
        numbers("#undef TUSSIS_HALF"),
        numbers("#ifdef TUSSIS_LATER", "#endif"),
        numbers("#pragma pack(1)"),
        numbers("extern int more;"),
        numbers('#include "empty.h"'),
        {"near/numbers.h": FILES["second/numbers.h"].replace("21", "23")},  # beside the file that includes it
        {"first/numbers.h": FILES["second/numbers.h"].replace("21", "23")},  # earlier on the include path
        {"first/fixed.h": "#define FIXED 3\n"},
        {
            "near/fixed.h": "#define FIXED 4\n"
        },  # a compiler does not look there for <fixed.h>; counted all the same
        {"second/numbers.h": None, "first/numbers.h": "#define TUSSIS_ONE 1\n"},
        {"near/part.h": FILES["near/part.h"].replace('"numbers.h"', '"../second/numbers.h"') + "\n"},
    ],
)
def test_what_the_compiler_sees_is_in_the_key(tree: Callable[..., str], changes: dict[str, str]) -> None:
    assert tree(changes) != tree()


@pytest.mark.parametrize(
    "flags",
    [
        ("-O3", "-DLEVEL=3"),
        ("-O2", "-DLEVEL=4"),
        ("-DLEVEL=3", "-O2"),
        ("-O2", "-DLEVEL=3", "-g"),
        ("another compiler", "-O2", "-DLEVEL=3"),
        ("-O2-DLEVEL=3",),
    ],
)
def test_every_flag_is_in_the_key(tree: Callable[..., str], flags: tuple[str, ...]) -> None:
    assert tree(flags=flags) != tree()


@pytest.mark.parametrize(
    "line",
    [
        '/* more\n lines */ #include "late.h"',
        "#define NAME(x) #x\n#include NAME(late.h)",
        '%: include "late.h"',
    ],
)
def test_a_header_is_seen_however_it_is_named(tree: Callable[..., str], line: str) -> None:
    source = {"near/use.c": f"{line}\n{SOURCE}"}
    one, two = (tree({**source, "second/late.h": f"#define LATE {value}\n"}) for value in (1, 2))
    assert one != two


def test_folders_among_the_flags_come_first_as_for_the_compiler(tmp_path: Path) -> None:
    for name, text in {
        "a/x.h": "#define X 1\n",
        "b/x.h": "#define X 2\n",
        "use.c": "#include <x.h>\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    first, flag = tmp_path / "b", f"-I{tmp_path / 'a'}"
    before = files_key((flag,), tmp_path / "use.c", [first])
    (tmp_path / "a/x.h").write_text("#define X 3\n")
    assert files_key((flag,), tmp_path / "use.c", [first]) != before


def test_a_long_text_is_not_taken_for_a_file(tree: Callable[..., str]) -> None:
    notice = f'#define NOTICE "{"long " * 100}"\n'
    assert tree({"near/use.c": notice + SOURCE}) != tree()


def test_the_order_of_the_folders_is_in_the_key_where_it_matters(tree: Callable[..., str]) -> None:
    both = {"first/numbers.h": FILES["second/numbers.h"].replace("21", "23")}
    assert tree(both, folders=("first", "second")) != tree(both, folders=("second", "first"))
    assert tree(folders=("first", "second")) == tree(folders=("second", "first"))


def test_headers_that_change_places_are_told_apart(tree: Callable[..., str]) -> None:
    """The same names and the same contents, of which another one is found first."""
    one, two = "#define TUSSIS_ONE 1\n", "#define TUSSIS_ONE 2\n"
    source = {"near/part.h": '#include "numbers.h"\n#include "../second/numbers.h"\n'}
    keys = {
        tree({**source, "first/numbers.h": a, "second/numbers.h": b}) for a, b in ((one, two), (two, one))
    }
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("part", "flags"),
    [
        ('#define HEADER "numbers.h"\n#include HEADER\n', ()),
        ("#include HEADER\n", ('-DHEADER="numbers.h"',)),
        ("", ("-include", "{second}/numbers.h")),
        ('#if __has_include("numbers.h")\n#include <numbers.h>\n#endif\n', ()),
    ],
)
def test_headers_that_are_named_otherwise(
    tree: Callable[..., str], tmp_path: Path, part: str, flags: tuple[str, ...]
) -> None:
    second = tmp_path / "here" / "second"
    words = tuple(flag.format(second=second) for flag in flags)
    changed = numbers("extern int more;")
    assert tree({"near/part.h": part, **changed}, words) != tree({"near/part.h": part}, words)


@pytest.mark.parametrize("form", ["-I{}", "-isystem {}"])
def test_headers_of_folders_in_flags(tree: Callable[..., str], tmp_path: Path, form: str) -> None:
    flags = tuple(form.format(tmp_path / "here" / "second").split())
    assert tree(numbers("extern int more;"), flags, ("first",)) != tree(None, flags, ("first",))


def test_the_place_is_not_in_the_key(tree: Callable[..., str]) -> None:
    assert tree(root="elsewhere") == tree(root="here")


PROGRAM = {
    "use.c": '#include "numbers.h"\nint answer(void);\nint answer(void) { return TUSSIS_ONE; }\n',
    "numbers.h": "#define TUSSIS_ONE (TUSSIS_HALF * 2)\n#define TUSSIS_HALF 21\n#define TUSSIS_OTHER 5\n",
}


PASTED = "#define J(a, b) a##b\n" + PROGRAM["use.c"].replace("_ONE;", "_ONE + J(TUSSIS_, ONE);")


class Compiler:
    """The compiler of this machine with a cache of its own, which counts what it compiles."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TUSSIS_CACHE", str(folder / "cache"))
        self.folder, self.compiled, run = folder, 0, toolchain.run_compiler

        def counted(command: Sequence[str], output: Path) -> None:
            self.compiled += "-c" in command
            run(command, output)

        monkeypatch.setattr(toolchain, "run_compiler", counted)

    def answer(
        self, changes: dict[str, str] | None = None, defines: dict[str, int] | None = None, **more: Any
    ) -> int:
        """What ``answer()`` of `PROGRAM` with changes returns; each time in another folder."""
        place = self.folder / f"place{len(list(self.folder.iterdir()))}"
        place.mkdir()
        for name, text in {**PROGRAM, **(changes or {})}.items():
            (place / name).write_text(text)
        built = find_host_compiler().build(
            [place / "use.c"], "shared", include=[place], defines=defines, **more
        )
        return int(ctypes.CDLL(str(built)).answer())


@pytest.fixture
def compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Compiler:
    return Compiler(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("changes", "defines"),
    [
        ({"numbers.h": PROGRAM["numbers.h"].replace("OTHER 5", "OTHER 6")}, {}),
        ({"numbers.h": PROGRAM["numbers.h"] + "#define TUSSIS_MORE 1\n"}, {}),
        ({"numbers.h": "/* for */\n" + PROGRAM["numbers.h"]}, {}),
        ({"numbers.h": PROGRAM["numbers.h"] + "#if TUSSIS_HALF > 22\nint more;\n#endif\n"}, {}),
        ({}, {"TUSSIS_OTHER_STILL": 3}),
    ],
)
def test_what_a_file_cannot_see_does_not_compile_it_again(
    compiler: Compiler, changes: dict[str, str], defines: dict[str, int]
) -> None:
    assert compiler.answer() == 42
    assert compiler.answer(changes, defines) == 42
    assert compiler.answer(changes, defines) == 42
    assert compiler.compiled == 1


@pytest.mark.parametrize(
    ("changes", "more", "answer"),
    [
        ({"use.c": PROGRAM["use.c"].replace("return", "return 1 +")}, {}, 43),
        ({"numbers.h": PROGRAM["numbers.h"].replace("21", "20")}, {}, 40),
        ({"numbers.h": PROGRAM["numbers.h"].replace("* 2", "* 3")}, {}, 63),
        ({"numbers.h": PROGRAM["numbers.h"] + "#undef TUSSIS_HALF\n#define TUSSIS_HALF 4\n"}, {}, 8),
        ({"use.c": PROGRAM["use.c"].replace("TUSSIS_ONE", "__LINE__")}, {}, 3),
        ({"use.c": "\n" + PROGRAM["use.c"].replace("TUSSIS_ONE", "__LINE__")}, {}, 4),
        ({"use.c": PROGRAM["use.c"].replace("TUSSIS_ONE", "TUSSIS_ ## ONE")}, {"refused": True}, 0),
        ({"use.c": PASTED}, {}, 84),
        ({"use.c": PROGRAM["use.c"].replace("TUSSIS_ONE", "MORE")}, {"defines": {"MORE": 7}}, 7),
        ({}, {"opt": "O1"}, 42),
        ({}, {"extra_flags": ["-g"]}, 42),
        ({}, {"extra_flags": ["-include", "stdint.h"]}, 42),
    ],
)  # fmt: skip
def test_what_a_file_sees_compiles_it_again(
    compiler: Compiler, changes: dict[str, str], more: dict[str, Any], answer: int
) -> None:
    assert compiler.answer() == 42
    if more.pop("refused", False):
        with pytest.raises(CompileError):
            compiler.answer(changes)
        return
    assert compiler.answer(changes, **more) == answer
    assert compiler.compiled == 2
    assert compiler.answer() == 42
    assert compiler.compiled == 2


def test_another_compiler_compiles_again(
    compiler: Compiler, monkeypatch: pytest.MonkeyPatch, tool: Any
) -> None:
    for name in ("gcc", "clang"):
        monkeypatch.setenv("CC", tool(name))
        assert compiler.answer() == 42
    assert compiler.compiled == 2


def test_with_lines_in_the_object_every_line_counts(compiler: Compiler) -> None:
    for above in ("", "\n", "\n\n"):
        text = {"numbers.h": above + PROGRAM["numbers.h"]}
        assert compiler.answer(text, extra_flags=["-g"]) == 42
    assert compiler.compiled == 3


def test_firmware_of_another_detector_takes_most_of_the_objects(
    tmp_path: Path, compiler: Compiler, detector: Detector
) -> None:
    """And what is taken is what the compiler gives when it is asked again."""
    host = find_host_compiler()
    fewer = make_detector(n_trees=7)
    host.compile_shared(export_project(detector, tmp_path / "first"))
    compiler.compiled = 0
    project = export_project(fewer, tmp_path / "second")
    taken = host.compile_shared(project)
    files = len(library_sources(project.path))
    assert 3 <= compiler.compiled < files / 2
    shutil.rmtree(tmp_path / "cache")
    before = compiler.compiled
    again = host.compile_shared(project)
    assert compiler.compiled - before > files
    assert again.read_bytes() == taken.read_bytes()
