"""MISRA C:2012: the exported C departs from the rules that docs/misra.md lists, where it lists them."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from pathlib import Path

import pytest

from tussis.export.codegen.project import export_project
from tussis.signal.catalogue import feature_ids
from tussis.signal.plan import AudioPlan

pytestmark = pytest.mark.slow  # .ci/run names it
TESTS = Path(__file__).parents[2]
LIST = TESTS.parent / "docs" / "misra.md"
FOLDERS = ("src", "app", "ports", "include", "generated")
# cppcheck does not read the compiler's own headers.
LIMITS = (
    "-DFLT_RADIX=2 -DFLT_MANT_DIG=24 -DFLT_MAX_EXP=128 -DFLT_MIN_EXP=-125 -DCHAR_BIT=8 -DINT_MAX=2147483647"
)
MANDATORY = """
    9.1 13.6 17.3 17.4 17.6 19.1 21.13 21.17 21.18 21.19 21.20 22.2 22.4 22.5 22.6
"""
ROW = re.compile(r"^\| (\d+\.\d+) \| (required|advisory) \| ([a-z, ]+) \| (.+) \|$", re.MULTILINE)


def deviations() -> set[tuple[str, str]]:
    """Rule and folder of each deviation that the documentation lists."""
    rows = ROW.findall(LIST.read_text(encoding="utf-8"))
    return {(rule, folder) for rule, _, folders, _ in rows for folder in folders.split(", ")}


def findings(root: Path, *paths: str) -> dict[tuple[str, str], str]:
    """What the addon finds below a project: the first place of each rule and folder."""
    command = ["cppcheck", "--addon=misra", "--std=c11", "-Iinclude", "-Igenerated", *LIMITS.split()]
    command += ["--max-configs=1", "--quiet", "--template={file}:{line} [{id}]", *paths]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "preprocessorErrorDirective" not in done.stderr  # a file that was not looked at
    found: dict[tuple[str, str], str] = {}
    for place, rule in re.findall(r"^(\S+:\d+) \[misra-c2012-([\d.]+)\]$", done.stderr, re.MULTILINE):
        found.setdefault((rule, place.split("/")[0]), place)
    return found


@pytest.fixture(scope="module")
def found(tmp_path_factory, tool):
    """An export with every feature, in each form of trees."""
    tool("cppcheck")
    spec = importlib.util.spec_from_file_location("made", TESTS / "export" / "conftest.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    features = feature_ids("audio", AudioPlan()), feature_ids("imu")
    folder = tmp_path_factory.mktemp("misra")
    full = made.make_detector(*features, n_trees=6, depth=1)  # a table pads full trees only
    table = export_project(full, folder / "table").path
    detector = made.make_detector(*features, n_trees=6, depth=3)
    found = findings(table, "src", "generated", "app", "ports/template")
    for form in ("compact", "branches", "m2cgen"):
        nested = export_project(detector, folder / form, trees=form).path
        found |= findings(nested, "generated/tussis_audio_model.c", "generated/tussis_imu_model.c")
    return found


def test_no_rule_is_broken_that_is_not_listed(found) -> None:
    assert {at: place for at, place in found.items() if at not in deviations()} == {}


def test_no_deviation_is_listed_that_nothing_needs(found) -> None:
    assert sorted(deviations() - set(found)) == []


def test_the_list_is_whole_and_holds_no_mandatory_rule() -> None:
    text = LIST.read_text(encoding="utf-8")
    rows = ROW.findall(text)
    assert len(rows) == len(re.findall(r"^\| \d", text, re.MULTILINE)) > 20
    assert len({rule for rule, *_ in rows}) == len(rows)
    assert not {rule for rule, *_ in rows} & set(MANDATORY.split())
    assert {folder for _, folder in deviations()} <= set(FOLDERS)


def test_a_new_deviation_is_noticed(tmp_path, tool) -> None:
    """The check itself: a goto (15.1) is listed nowhere, and no mandatory rule is lost on the way."""
    tool("cppcheck")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.c").write_text(
        "int f(int x);\nint f(int x)\n{\n    goto end;\nend:\n    return x;\n}\n"
    )
    assert ("15.1", "src") in findings(tmp_path, "src")
    assert ("15.1", "src") not in deviations()
