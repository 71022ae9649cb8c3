"""What a sound level makes of an export, and what does not go with it."""

from __future__ import annotations

import pytest

from tussis.data.input_error import InputError
from tussis.export.codegen.config_source import detector_hash
from tussis.export.codegen.model_blob import refuse_other_inputs
from tussis.export.codegen.project import export_project, load_project
from tussis.selection.detector.microphone import Microphone
from tussis.selection.detector.sound_level import SoundLevel

from ..conftest import make_detector


def with_level(detector):
    return detector.model_copy(update={"sound_level": SoundLevel(margin_db=6.0, rise_db_per_s=1.0)})


def test_a_detector_without_a_level_is_exported_as_ever(tmp_path):
    detector = make_detector()
    config = export_project(detector, tmp_path / "a").path / "generated/tussis/tussis_config.h"
    assert "SOUND_LEVEL" not in config.read_text()
    assert load_project(tmp_path / "a").pre_roll == "decimated"


def test_a_level_makes_the_pre_roll_raw_and_another_detector(tmp_path):
    project = export_project(with_level(make_detector()), tmp_path / "firmware")
    assert load_project(project.path).pre_roll == "raw"
    assert detector_hash(project.detector) != detector_hash(make_detector())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"pre_roll": "decimated"}, "--pre-roll: decimated filters what nobody asks for"),
        ({"microphone": Microphone.parse("gated")}, "--microphone: the detector's sound level"),
    ],
)
def test_what_does_not_go_with_a_level_is_refused(tmp_path, options, said):
    with pytest.raises(InputError, match=said):
        export_project(with_level(make_detector()), tmp_path / "firmware", **options)
    assert not (tmp_path / "firmware").exists()


def test_models_of_another_level_are_refused():
    plain, level = make_detector(), with_level(make_detector())
    with pytest.raises(InputError, match="sound_level: has another sound level"):
        refuse_other_inputs(level, plain, "x.json")
    with pytest.raises(InputError, match="sound_level: lacks the sound level"):
        refuse_other_inputs(plain, level, "x.json")
    refuse_other_inputs(level, level, "x.json")
