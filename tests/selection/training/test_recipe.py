"""A recipe changes the plan where it says so, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tussis.data.input_error import InputError
from tussis.selection.detector.sound_level import SoundLevel
from tussis.selection.training.recipe import ModalityRecipe, Recipe, load_recipe
from tussis.selection.training.training_plan import TrainingPlan


def put(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "recipe.toml"
    path.write_text(text)
    return path


def test_an_empty_recipe_changes_nothing():
    assert Recipe().applied_to(TrainingPlan()) == TrainingPlan()


def test_what_it_says_is_done(tmp_path):
    text = (
        "variants = 0\nlate_copies = 2\nlate_share = 0.3\n"
        "gate_threshold = 0.14\nbusy_threshold = 0.4\nmax_rows = 5000\n"
        "[audio]\ntrees = 9\nmax_features = 5\n"
        "[audio.coughs]\na = 1\n[imu.others]\nb = 0.5\n[sound_level]\nmargin_db = 4.5\n"
    )
    plan = load_recipe(put(tmp_path, text)).applied_to(TrainingPlan())
    usual = TrainingPlan()
    assert (plan.variants, plan.max_rows) == (0, 5000)
    assert (plan.late_copies, plan.late_share, usual.late_copies) == (2, 0.3, 0)
    assert (plan.busy_threshold, usual.busy_threshold) == (0.4, None)
    assert (plan.gate_threshold, usual.gate_threshold) == (0.14, None)
    assert (plan.sound_level, usual.sound_level) == (SoundLevel(margin_db=4.5), None)
    assert (plan.audio.booster.n_trees, plan.audio.booster.max_depth) == (9, usual.audio.booster.max_depth)
    assert (plan.audio.max_features, plan.audio.min_features) == (5, 5)
    assert dict(plan.audio.shares.coughs) == {"a": 1.0}
    assert dict(plan.imu.shares.others) == {"b": 0.5}
    assert plan.imu.booster == usual.imu.booster


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\n", "x: unknown key; known keys are audio, imu, variants"),
        ("[audio]\ntreez = 1\n", "audio.treez: unknown key; known keys are trees, depth"),
        ("[audio]\ntrees = 'many'\n", "audio.trees: 'many' cannot be"),
        ("[audio.coughs]\na = -1\n", "audio.coughs.a: -1 cannot be"),
        ("gate_threshold = 1.5\n", "gate_threshold: 1.5 cannot be"),
        ("busy_threshold = 0\n", "busy_threshold: 0 cannot be"),
        ("busy_threshold = 1.0\n", "busy_threshold: 1.0 cannot be"),
        ("busy_threshold = 'high'\n", "busy_threshold: 'high' cannot be"),
        ("late_copies = -1\n", "late_copies: -1 cannot be"),
        ("late_copies = 11\n", "late_copies: 11 cannot be"),
        ("late_copies = 1.0\n", "late_copies: 1.0 cannot be"),
        ("late_copies = 1\nlate_share = 0\n", "late_share: 0 cannot be"),
        ("late_copies = 1\nlate_share = 1.0\n", "late_share: 1.0 cannot be"),
        ("late_share = 0.2\n", "late_share says what late_copies weigh, and there are none"),
        ("late_copies = 0\nlate_share = 0.2\n", "late_share says what late_copies weigh"),
        ("[audio]\nlate_copies = 1\n", "audio.late_copies: unknown key"),
        ("busy_from = 0.2\n", "busy_from: unknown key"),
        ("[sound_level]\nmargin_db = 0\n", "sound_level.margin_db: 0 cannot be"),
        ("[sound_level]\nmargin = 6\n", "sound_level.margin: unknown key; known keys are margin_db"),
        (
            "[imu]\nmax_features = 2\nmin_features = 3\n",
            "imu: max_features is 2, below min_features, which is 3",
        ),
        ("[audio\n", "is not TOML"),
        (
            "[imu.false_per_hour]\nbalanced = 9\n",
            "imu: false_per_hour must name sensitive, balanced, specific",
        ),
        (
            "[audio.false_per_hour]\nsensitive = 1\nbalanced = 2\nspecific = 3\n",
            "audio: false_per_hour must name sensitive, balanced, specific, and not rise in this order",
        ),
    ],
)
def test_faults_are_named(tmp_path, text, said):
    with pytest.raises(InputError) as fault:
        load_recipe(put(tmp_path, text))
    assert said in str(fault.value)
    assert str(fault.value).startswith(str(tmp_path / "recipe.toml"))
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize(
    ("said", "bounds"),
    [
        ({"max_features": 3}, (3, 3)),
        ({"max_features": 10}, (10, 4)),
        ({"min_features": 20}, (20, 20)),
        ({"min_features": 5}, (16, 5)),
        ({"max_features": 3, "min_features": 1}, (3, 1)),
    ],
)
def test_one_bound_alone_moves_the_usual_other_where_they_would_cross(said, bounds):
    usual = TrainingPlan().imu
    assert (usual.max_features, usual.min_features) == (16, 4)
    plan = ModalityRecipe(**said).applied_to(usual)
    assert (plan.max_features, plan.min_features) == bounds
