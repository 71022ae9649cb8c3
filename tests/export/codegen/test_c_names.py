"""Names of C functions: what the compilers' own headers take is refused, everything else compiles."""

from __future__ import annotations

import re
import subprocess

import pytest

from tussis.data.input_error import InputError
from tussis.export.codegen.c_names import refuse_name

_HEADERS = """
    assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg
    stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string time uchar wchar wctype
"""
HEADERS = _HEADERS.split()

# A caller that includes everything, then the function of that name, in C and in C++.
EVERYTHING = "".join(f"#include <{name}.h>\n" for name in HEADERS)


def refused(name: str) -> bool:
    try:
        refuse_name(name)
    except InputError:
        return True
    return False


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("int", "is a keyword of C or C"),
        ("double", "is a keyword"),
        ("class", "is a keyword"),
        ("co_await", "is a keyword"),
        ("memcpy", "is a name of the C library; use memcpy_margin"),
        ("sqrtf", "is a name of the C library"),
        ("finite", "is a name of the C library"),
        ("write", "is a name of the C library"),
        ("pthread_create", "is a name of the C library"),
        ("int32_t", "is a type of the C library"),
        ("_Bool", "belongs to the compiler"),
        ("_x", "belongs to the compiler"),
        ("a__b", "belongs to the compiler.*use another name"),
        ("NAN", "is a name of the C library"),
        ("EINVAL", "is kept for macros"),
        ("INT_MAX", "is kept for macros"),
        ("main", "is a name of the C library"),
        ("loop", "is a name of Arduino's core"),
        ("tussis_init", "begins like the names of exported detectors"),
        ("Score_features", "number of features of another model"),
        ("SCORE_FEATURES", "number of features of another model"),
        ("2x", "is not a C identifier"),
        ("", "is not a C identifier"),
        ("a b", "is not a C identifier"),
        ("größe", "is not a C identifier"),
        ("margin\n", "is not a C identifier"),
        ("a" * 64, "64 characters is too long"),
    ],
)
def test_a_taken_name_is_refused_with_its_owner(name: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        refuse_name(name)
    assert str(caught.value).startswith("--name: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        *("margin", "Margin", "score", "Level", "Energy", "total", "stress", "cough_features", "SIGMA_x"),
        *("key_of", "down", "bits_of", "COLUMNS", "x", "k", "i", "sum", "key", "sign", "var0", "column"),
        "a" * 63,
    ],
)  # fmt: skip
def test_a_free_name_is_taken_as_it_is(name: str) -> None:
    refuse_name(name)


def test_every_function_and_macro_of_the_standard_library_is_refused(tool, tmp_path) -> None:
    """Read from this machine's own headers, so that the list cannot be short of one."""
    gcc = tool("gcc")
    (tmp_path / "all.c").write_text(EVERYTHING)
    strict = [gcc, "-std=c11", "-x", "c", "all.c"]
    subprocess.run([*strict, "-fsyntax-only", "-aux-info", "functions"], cwd=tmp_path, check=True)
    functions = set(re.findall(r"[ *](\w+) \(", (tmp_path / "functions").read_text()))
    listing = subprocess.run([*strict, "-dM", "-E"], cwd=tmp_path, check=True, capture_output=True, text=True)
    macros = {line.split()[1].split("(")[0] for line in listing.stdout.splitlines()}
    assert len(functions) > 300
    assert len(macros) > 500
    assert sorted(name for name in functions | macros if not refused(name)) == []


@pytest.mark.parametrize(
    ("compiler", "language"),
    [("gcc", "c"), ("g++", "c++"), ("clang", "c"), ("clang++", "c++"), ("arm-none-eabi-gcc", "c")],
)
def test_a_free_name_compiles_beside_every_header(tool, tmp_path, compiler: str, language: str) -> None:
    """In the compilers' default dialects, where most builtins are known."""
    command = tool(compiler)
    words = "margin score Level total stress isolated memory index_ gamma_ray y2 jn2 key_of down COLUMNS"
    names = [name for name in words.split() if not refused(name)]
    assert len(names) == len(words.split())
    start, end = ('extern "C" {', "}") if language == "c++" else ("", "")
    functions = "".join(f"float {name}(const float *x);\n" for name in names)
    skipped = {"stdnoreturn", "stdatomic", "complex", "stdalign"} if language == "c++" else {"uchar"}
    headers = "".join(f"#include <{name}.h>\n" for name in HEADERS if name not in skipped)
    (tmp_path / "all.c").write_text(f"{headers}{start}\n{functions}{end}\n")
    command_line = [command, "-x", language, "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "all.c"]
    done = subprocess.run(command_line, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
