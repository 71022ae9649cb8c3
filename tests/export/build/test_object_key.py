"""An object is compiled again where something that it can see has changed, and only there."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tussis.export.build.object_key import object_key
from tussis.export.build.project_files import firmware_sources, include_folders
from tussis.export.build.toolchain import find_host_compiler
from tussis.export.codegen.project import export_project
from tussis.selection.detector.microphone import Microphone
from tussis.signal.plan import AudioPlan

from ..conftest import BUSY, make_detector

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
        found = object_key(flags, tmp_path / root / "near/use.c", [tmp_path / root / f for f in folders])
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
    "line",
    [
        None,
        "#define TUSSIS_OTHER_STILL TUSSIS_OTHER",
        "/* TUSSIS_OTHER is for others */",
        "// so is TUSSIS_OTHER",
    ],
)
def test_a_definition_that_nothing_names_is_not_in_the_key(
    tree: Callable[..., str], line: str | None
) -> None:
    lines = [line] if line else []
    assert tree(numbers(*lines, other="6")) == tree(numbers(*lines))


@pytest.mark.parametrize(
    ("line", "flags"),
    [
        ("int still[TUSSIS_OTHER];", FLAGS),
        ("#if TUSSIS_OTHER > 3", FLAGS),
        ("#ifndef TUSSIS_OTHER", FLAGS),
        ('#pragma push_macro("TUSSIS_OTHER")', FLAGS),
        ("#define FIXED_TOO TUSSIS_OTHER", FLAGS),
        ('const char *quoted = "/*"; int used = TUSSIS_OTHER; /* */', FLAGS),
        ('char quote = \'"\'; const char *more = "/*"; int used = TUSSIS_OTHER; /* */', FLAGS),
        ("int used = \\\nTUSSIS_OTHER;", FLAGS),
        ("", (*FLAGS, "-DLEVEL=TUSSIS_OTHER")),
        ("int used = TUSSIS_ ## OTHER;", FLAGS),
        ("#define PASTE(a, b) a##b", FLAGS),
        ("#define PASTE(a, b) a%:%:b", FLAGS),
        ("int line = __LINE__;", FLAGS),
        ("", (*FLAGS, "-g")),
        ("", (*FLAGS, "-fsanitize=address")),
        ("#define TUSSIS_OTHER 5", (*FLAGS, "-Werror")),  # another one is a warning
    ],
)
def test_a_definition_that_something_may_name_is_in_the_key(
    tree: Callable[..., str], line: str, flags: tuple[str, ...]
) -> None:
    assert tree(numbers(line, other="6"), flags) != tree(numbers(line), flags)


@pytest.mark.parametrize(
    "text",
    [
        "/* begins\n#define TUSSIS_OTHER 5 */ int seen;\n",
        "#define TUSSIS_OTHER 5 /* begins\nhere and ends */ int seen;\n",
    ],
)
def test_a_comment_over_several_lines_hides_no_code(tree: Callable[..., str], text: str) -> None:
    assert tree({"second/fixed.h": text.replace("int seen", "int hidden")}) != tree({"second/fixed.h": text})
    assert tree({"second/fixed.h": text.replace("5", "6")}) != tree({"second/fixed.h": text})


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


def test_files_with_one_key_are_one_text_to_the_compiler(tmp_path: Path) -> None:
    """Projects of several detectors and options: where keys are equal, so is what the preprocessor gives."""
    plan = AudioPlan(window_blocks=3, mel_bands=24)
    made, other = make_detector(), make_detector(n_trees=7, audio_plan=plan)
    busy = made.model_copy(update={"gating": BUSY})
    projects = [
        export_project(made, tmp_path / "made"),
        export_project(make_detector(n_trees=7), tmp_path / "fewer"),
        export_project(other, tmp_path / "other"),
        export_project(busy, tmp_path / "busy"),
        export_project(made, tmp_path / "gated", microphone=Microphone.parse("gated")),
    ]
    compiler = find_host_compiler()
    alike: dict[str, list[tuple[Path, list[str]]]] = {}
    for project in projects:
        include = include_folders(project.path)
        for source in firmware_sources(project.path):
            words = [*compiler.command, "-E", "-P", "-std=c11", *(f"-I{folder}" for folder in include)]
            alike.setdefault(object_key(["cc"], source, include), []).append((source, words))
    assert len(alike) < 3 * len(firmware_sources(projects[0].path))
    for pair in (several[:1] + several[-1:] for several in alike.values() if len(several) > 1):
        said = {
            subprocess.run([*words, source], capture_output=True, check=True).stdout for source, words in pair
        }
        assert len(said) == 1, pair
