"""The verbs that write C: what they refuse, and what `--force` keeps."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tussis.cli.app import main

STUMP = {
    "right_children": [2, -1, -1],
    "left_children": [1, -1, -1],
    "split_conditions": [0.5, 0.1, -0.1],
    "default_left": [0, 0, 0],
    "split_type": [0, 0, 0],
}


def write_stumps(file: Path, count: int) -> Path:
    """Write an XGBoost model of stumps, each on a feature of its own."""
    trees = [STUMP | {"split_indices": [feature, 0, 0]} for feature in range(count)]
    learner = {
        "gradient_booster": {"name": "gbtree", "model": {"trees": trees}},
        "objective": {"name": "binary:logistic"},
        "learner_model_param": {
            "num_feature": str(count), "num_class": "0", "num_target": "1", "base_score": "5E-1",
        },
    }  # fmt: skip
    file.write_text(json.dumps({"learner": learner}))
    return file


def error_of(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("hint", ["--trees branches", "--trees m2cgen"])
def test_the_remedy_for_too_many_columns_works_when_typed(hint, tmp_path, capsys) -> None:
    """The message of the emitter names `--trees`, as `export` has it; `trees` takes it too."""
    model = write_stumps(tmp_path / "m.json", 300)
    arguments = ["trees", str(model), str(tmp_path / "m.c")]
    assert main(arguments) == 2
    assert hint in error_of(capsys)
    assert main([*arguments, *hint.split()]) == 0
    assert (tmp_path / "m.c").is_file()


def test_auto_says_which_form_it_takes_and_why(tmp_path, capsys) -> None:
    saved = Path(__file__).parents[1] / "selection/trees/xgboost_models/3.2.0_unset_classifier.json"
    (tmp_path / "m.json").write_text(json.dumps(json.loads(saved.read_text())["model"]))
    arguments = ["trees", str(tmp_path / "m.json"), str(tmp_path / "m.c"), "--form", "auto"]
    assert main(arguments) == 0
    said = error_of(capsys)
    assert "--form auto: branches takes" in said
    assert "the fastest; no limit was given (table takes" in said
    assert "margin_trees0" in (tmp_path / "m.c").read_text()
    flash = min(int(text.replace(",", "")) for text in re.findall(r"([\d,]+) bytes", said))
    assert main([*arguments, "--max-flash", str(flash)]) == 0
    assert f"the fastest within {flash:,} bytes of flash (table takes" in error_of(capsys)
    assert "margin_INNER[" in (tmp_path / "m.c").read_text()


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["--max-flash", "9000"], "--max-flash: chooses nothing beside table; give auto, or leave it out"),
        (["--form", "branches", "--max-cycles", "9"], "--max-cycles: chooses nothing beside branches"),
        (["--form", "auto", "--max-cycles", "0"], "--max-cycles: 0.0 is not above 0"),
        (["--form", "forest"], "'forest' is not one of"),
    ],
)
def test_limits_that_choose_nothing_are_refused(arguments, fault, tmp_path, capsys) -> None:
    model = write_stumps(tmp_path / "m.json", 3)
    assert main(["trees", str(model), str(tmp_path / "m.c"), *arguments]) == 2
    assert fault in error_of(capsys)
    assert not (tmp_path / "m.c").exists()


def test_export_takes_the_form_that_the_budget_leaves_flash_for(tmp_path, capsys) -> None:
    """The shipped detector has no limit on flash; the second call names one that branches exceed."""
    project = tmp_path / "fw"
    assert main(["export", "default", str(project), "--trees", "auto", "--max-flash", "60000"]) == 0
    assert "--trees auto: table takes" in error_of(capsys)
    assert json.loads((project / "manifest.json").read_text())["trees"] == "table"
    assert main(["export", "default", str(project), "--max-flash", "60000"]) == 2
    assert "chooses nothing beside table" in error_of(capsys)


def test_trees_refuses_a_taken_name_and_a_foreign_header(tmp_path, capsys) -> None:
    model = write_stumps(tmp_path / "m.json", 3)
    arguments = ["trees", str(model), str(tmp_path / "det.c")]
    assert main([*arguments, "--name", "memcpy"]) == 2
    assert "--name: 'memcpy' is a name of the C library; use memcpy_margin" in error_of(capsys)
    (tmp_path / "det.h").write_text("pins")
    assert main(arguments) == 2
    assert "give --force" in error_of(capsys)
    assert (tmp_path / "det.h").read_text() == "pins"
    assert main([*arguments, "--force"]) == 0
    assert (tmp_path / "det.h.bak").read_text() == "pins"


def test_export_refuses_an_edited_file_and_verify_names_what_was_added(tmp_path, capsys) -> None:
    firmware = tmp_path / "fw"
    assert main(["export", "default", str(firmware)]) == 0
    (firmware / "README.md").write_text("mine")
    assert main(["export", "default", str(firmware)]) == 2
    assert "README.md: edited since the export" in error_of(capsys)
    assert main(["export", "default", str(firmware), "--force"]) == 0
    assert (firmware / "README.md.bak").read_text() == "mine"
    (firmware / "src" / "dsp" / "mine.c").write_text("int mine(void);\n")
    (firmware / "README.md").write_text("mine")
    assert (
        main(["synth", str(tmp_path / "data"), "--subjects", "1", "--sessions", "1", "--seconds", "5"]) == 0
    )
    capsys.readouterr()
    assert main(["verify", str(firmware), str(tmp_path / "data"), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["modified_files"] == ["README.md"]
    assert result["added_files"] == ["src/dsp/mine.c"]
    assert main(["verify", str(firmware), str(tmp_path / "data")]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "changed since the export: README.md" in said
    assert "compiled, but not written by the export: src/dsp/mine.c" in said
