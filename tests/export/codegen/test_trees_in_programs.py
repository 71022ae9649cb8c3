"""What `tussis trees` writes, in other people's programs: C++, two models, odd names, compilers' options."""

from __future__ import annotations

import ctypes
import functools
import itertools
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import xgboost

from tussis.data.input_error import InputError
from tussis.export.build.toolchain import WARNINGS
from tussis.export.codegen.trees import export_trees, read_model_file

FORMS = ("table", "compact", "branches", "m2cgen")
DIALECTS = {"c": ("gnu11", "c11", "gnu17"), "c++": ("c++11", "gnu++17", "c++20")}
LANGUAGE = {"gcc": "c", "clang": "c", "arm-none-eabi-gcc": "c"} | {
    name: "c++" for name in ("g++", "clang++", "arm-none-eabi-g++")
}
STRICT = [flag for flag in WARNINGS if "prototypes" not in flag] + ["-Werror", "-pedantic"]


@functools.cache
def document(missing: bool = True, seed: int = 0) -> str:
    """A model that splits at zero, near zero and, by default, has missing values to both sides."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(900, 5)).astype(np.float32)
    X[:, 2] = rng.integers(-2, 3, len(X))
    y = X[:, 0] + X[:, 2] + rng.normal(size=len(X)) > 0
    if missing:
        X[rng.random(X.shape) < 0.2] = np.nan
    model = xgboost.XGBClassifier(n_estimators=9, max_depth=4, n_jobs=1, random_state=seed).fit(X, y)
    return bytes(model.get_booster().save_raw("json")).decode()


@pytest.fixture
def model(tmp_path) -> Path:
    file = tmp_path / "model.json"
    file.write_text(document())
    return file


def run(*command: object, cwd: Path, fails: bool = False) -> str:
    done = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, check=False)
    assert (done.returncode != 0) == fails, done.stderr[-1500:]
    return done.stderr


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("compiler", LANGUAGE)
def test_a_caller_in_any_dialect_links_with_two_models(compiler, form, model, tmp_path, tool) -> None:
    """`Score` and `score`, whose files begin with digits, from C and C++; no warning under the full set."""
    cc = tool(compiler)
    language = LANGUAGE[compiler]
    c_compiler = tool(
        {"g++": "gcc", "clang++": "clang", "arm-none-eabi-g++": "arm-none-eabi-gcc"}.get(compiler, compiler)
    )
    export_trees(model, tmp_path / "3trees.c", trees=form, name="Score")
    export_trees(model, tmp_path / "2024-05-01.c", trees=form, name="score")
    suffix = "cpp" if language == "c++" else "c"
    (tmp_path / f"main.{suffix}").write_text(
        '#include "3trees.h"\n#include "2024-05-01.h"\n'
        "int main(void)\n{\n    float x[SCORE_FEATURES] = {0};\n    float y[Score_features] = {0};\n"
        "    return Score(x) > score(y) || sizeof x != sizeof y;\n}\n"
    )
    for dialect in DIALECTS[language]:
        for source in ("3trees.c", "2024-05-01.c"):
            flags = [*STRICT, f"-std={dialect}"] if language == "c" else [*STRICT]
            run(c_compiler, *flags, "-O1", "-c", source, "-o", f"{source}.o", cwd=tmp_path)
        objects = ["3trees.c.o", "2024-05-01.c.o"]
        arm = ["-c"] if compiler.startswith("arm") else []
        linked = [] if arm else objects
        run(
            cc,
            f"-std={dialect}",
            "-Wall",
            "-Wextra",
            "-Werror",
            *arm,
            f"main.{suffix}",
            *linked,
            "-o",
            "main",
            cwd=tmp_path,
        )
        if not arm:
            run(tmp_path / "main", cwd=tmp_path)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_the_c_file_itself_is_c_plus_plus_too(compiler, form, model, tmp_path, tool) -> None:
    """For build systems that compile everything as C++."""
    export_trees(model, tmp_path / "trees.c", trees=form)
    for dialect in DIALECTS["c++"]:
        run(
            tool(compiler),
            "-x",
            "c++",
            f"-std={dialect}",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-c",
            "trees.c",
            cwd=tmp_path,
        )


@pytest.mark.parametrize("forms", [*itertools.product(FORMS, FORMS)])
def test_two_models_fit_one_file(forms, model, tmp_path, tool) -> None:
    """As builds do that put all sources together: nothing in one file may clash with the other."""
    for form, name in zip(forms, ("audio", "motion"), strict=True):
        export_trees(model, tmp_path / f"{name}.c", trees=form, name=name)
    (tmp_path / "unity.c").write_text('#include "audio.c"\n#include "motion.c"\n')
    run(tool("gcc"), "-std=c11", *WARNINGS, "-Werror", "-c", "unity.c", cwd=tmp_path)


def test_another_model_of_the_same_name_is_noticed_when_compiling(model, tmp_path, tool) -> None:
    export_trees(model, tmp_path / "a.c")
    (tmp_path / "other.json").write_text(document(seed=1))
    export_trees(tmp_path / "other.json", tmp_path / "b.c")
    (tmp_path / "main.c").write_text('#include "a.h"\n#include "b.h"\n#include "a.h"\n')
    assert "MARGIN_FEATURES" in run(tool("gcc"), "-c", "main.c", cwd=tmp_path, fails=True)
    (tmp_path / "b.h").replace(tmp_path / "a.h")  # as an interrupted copy leaves it
    assert "a.h was not written together with this file" in run(
        tool("gcc"), "-c", "a.c", cwd=tmp_path, fails=True
    )


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "name", ["x", "k", "i", "key", "sum", "sign", "column", "var0", "key_of", "COLUMNS", "tree"]
)
def test_names_of_our_own_variables_compile(name, form, model, tmp_path, tool) -> None:
    export_trees(model, tmp_path / "trees.c", trees=form, name=name)
    for compiler in ("gcc", "clang"):
        run(tool(compiler), *WARNINGS, "-Werror", "-c", "trees.c", cwd=tmp_path)


@pytest.mark.parametrize(
    "name", ["a b.c", "größe.c", "a'b.c", "%s.c", "-O.c", "a*.c", "*-.c", "a??.c", "x.y.c"]
)
def test_odd_file_names_compile(name, model, tmp_path, tool) -> None:
    """Also as the model's name, which stands in a comment."""
    source = model.rename(tmp_path / f"{name}.json")
    export_trees(source, tmp_path / name)
    run(tool("gcc"), "-std=c11", *WARNINGS, "-Werror", "-c", f"./{name}", "-o", "out.o", cwd=tmp_path)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ('a"b.c', "an #include cannot name this file"),
        ("a\\b.c", "an #include cannot name this file"),
        ("a\nb.c", "an #include cannot name this file"),
        ("a\udcffb.c", "an #include cannot name this file"),
        ("math.c", r"would hide the C library's math\.h; use .*math_trees\.c"),
        ("String.c", r"would hide the C library's string\.h"),
    ],
)
def test_file_names_that_cannot_work_are_refused(name, fault, model, tmp_path) -> None:
    with pytest.raises(InputError, match=fault) as caught:
        export_trees(model, tmp_path / name)
    str(caught.value).encode("ascii")
    assert [file.name for file in tmp_path.iterdir()] == ["model.json"]


SEEN_BY_CLANG = ("-ffast-math", "-Ofast", "-ffinite-math-only")
UNSEEN_BY_CLANG = (  # no macro shows them there; docs/command-line.md says so
    "-fno-signed-zeros",
    "-fassociative-math -fno-signed-zeros -fno-trapping-math",
    "-funsafe-math-optimizations",
)
HARMLESS = (
    "-freciprocal-math",
    "-fno-math-errno -fno-trapping-math",
    "-ffp-contract=fast",
    "-fshort-enums",
    "-funsigned-char",
    "-fwrapv -fno-strict-aliasing",
    "-flto",
)


def _options():
    """Compiler, flags and form; what branches do under harmless flags is left to the slow tests."""
    flagged = [("gcc", flags) for flags in (*SEEN_BY_CLANG, *UNSEEN_BY_CLANG, *HARMLESS)]
    flagged += [("clang", flags) for flags in (*SEEN_BY_CLANG, *HARMLESS)]
    for (compiler, flags), form in itertools.product(flagged, FORMS):
        slow = form == "branches" and flags in HARMLESS and flags != "-flto"
        yield pytest.param(compiler, flags, form, marks=[pytest.mark.slow] if slow else [])


@pytest.mark.parametrize("kind", ["floats", "rounded"])
@pytest.mark.parametrize(("compiler", "flags", "form"), [*_options()])
def test_every_option_keeps_the_bits_or_stops_the_build(
    compiler, flags, form, kind, tmp_path, tool, hard_rows
) -> None:
    file = tmp_path / "model.json"
    text = document()
    if kind == "rounded":
        from tussis.selection.trees.tree_rounding import round_model

        text = json.dumps(round_model(json.loads(text), leaf_bits=8))
    file.write_text(text)
    export_trees(file, tmp_path / "trees.c", trees=form)
    command = [tool(compiler), "-O3", *flags.split(), "-shared", "-fPIC", "trees.c", "-o", "trees.so"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    if done.returncode:
        assert flags not in HARMLESS
        assert "#error" in done.stderr
        assert "margin: compile without -ffast-math" in done.stderr
        return
    assert form != "m2cgen" or flags in HARMLESS or flags == "-fno-signed-zeros"
    trees = read_model_file(file)
    X = np.ascontiguousarray(hard_rows(trees, 800), np.float32)
    function = ctypes.CDLL(str(tmp_path / "trees.so")).margin
    function.restype, function.argtypes = ctypes.c_float, [ctypes.c_void_p]
    got = np.array([function(row.ctypes.data) for row in X], np.float32)
    assert np.array_equal(got.view(np.uint32), trees.margin(X).view(np.uint32))


def test_floats_of_the_x87_stop_the_build(model, tmp_path, tool) -> None:
    """It keeps sums in 80 bits, and whether they are rounded depends on the dialect."""
    for form in FORMS:
        export_trees(model, tmp_path / "trees.c", trees=form)
        (tmp_path / "stdint.h").write_text(
            "typedef unsigned uint32_t; typedef int int32_t; typedef unsigned char uint8_t;\n"
        )
        (tmp_path / "string.h").write_text("void *memcpy(void *, const void *, unsigned);\n")
        command = [tool("gcc"), "-m32", "-mno-sse", "-ffreestanding", "-I.", "-fsyntax-only", "trees.c"]
        assert "float sums must be rounded" in run(*command, cwd=tmp_path, fails=True)


class TestFilesInTheWay:
    def test_own_files_are_written_over(self, model, tmp_path) -> None:
        first = [file.read_bytes() for file in export_trees(model, tmp_path / "det.c")]
        export_trees(model, tmp_path / "det.c", trees="m2cgen", name="other")
        assert [file.read_bytes() for file in export_trees(model, tmp_path / "det.c")] == first

    @pytest.mark.parametrize("suffix", [".c", ".h"])
    def test_foreign_and_edited_files_are_refused_by_name(self, suffix, model, tmp_path) -> None:
        files = tmp_path / "det.h", tmp_path / "det.c"
        foreign = tmp_path / f"det{suffix}"
        foreign.write_text("/* my pins */\n")
        with pytest.raises(
            InputError, match=rf"det\{suffix}: was not written by tussis trees, or was edited since"
        ):
            export_trees(model, tmp_path / "det.c")
        assert [file.exists() for file in files] == [file == foreign for file in files]
        assert foreign.read_text() == "/* my pins */\n"
        foreign.unlink()
        export_trees(model, tmp_path / "det.c")
        edited = foreign.read_text().replace("float", "/* mine */ float", 1)
        foreign.write_text(edited)
        before = [file.read_text() for file in files]
        with pytest.raises(InputError, match=r"give --force: it is then kept as \.bak"):
            export_trees(model, tmp_path / "det.c", name="other")
        assert [file.read_text() for file in files] == before

    def test_force_keeps_every_former_content(self, model, tmp_path) -> None:
        for text in ("one", "two"):
            (tmp_path / "det.h").write_text(text)
            export_trees(model, tmp_path / "det.c", force=True)
        assert (tmp_path / "det.h.bak").read_text() == "one"
        assert (tmp_path / "det.h.bak2").read_text() == "two"
        assert "float margin" in (tmp_path / "det.h").read_text()
        assert not (tmp_path / "det.c.bak").exists()  # it was ours
