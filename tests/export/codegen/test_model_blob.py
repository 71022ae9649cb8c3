"""Models as data: the export, another block for the same firmware, and what is refused."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest

from tussis.cli.app import main
from tussis.data.input_error import InputError
from tussis.export.build.host_library import HostDetector, host_library
from tussis.export.codegen.model_blob import blob_source, model_blob
from tussis.export.codegen.project import export_project, load_project, write_model
from tussis.export.verify.parity import verify
from tussis.selection.detector.detector_file import Detector, load_detector, save_detector

from ..conftest import make_detector

SECTION = 14
"""First word of the audio section."""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return export_project(
        make_detector(), tmp_path_factory.mktemp("blob") / "firmware", model_in="flash-blob"
    )


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    from tussis.data.session_set import write_session

    from ..conftest import make_recording

    root = tmp_path_factory.mktemp("recordings")
    for seed in (41, 42):
        write_session(make_recording(seed, seconds=6.0), root / f"session{seed}")
    return root


def test_three_executions_agree(project, dataset):
    result = verify(project, dataset)
    assert result.passed, result.first_differences
    assert min(result.events.values()) > 3


def test_narrow_nodes_agree_too(dataset, tmp_path):
    default = load_detector("default")
    form = f"<{SECTION + 10}I"
    assert struct.unpack_from(form, model_blob(default))[SECTION + 9] == 0, "rounded trees are narrow"
    assert struct.unpack_from(form, model_blob(make_detector()))[SECTION + 9] == 1, "others are wide"
    result = verify(export_project(default, tmp_path / "firmware", model_in="flash-blob"), dataset)
    assert result.passed, result.first_differences


@pytest.mark.parametrize("lacking", ["audio", "imu"])
def test_a_detector_with_one_model(dataset, tmp_path, lacking):
    detector = make_detector()
    models = {"audio": detector.audio, "imu": detector.imu, lacking: None}
    one = Detector(events=detector.events, **models)
    result = verify(export_project(one, tmp_path / "firmware", model_in="flash-blob"), dataset)
    assert result.passed, result.first_differences


def test_the_block_is_in_the_source_and_beside_it(project):
    block = (project.path / "generated/model.bin").read_bytes()
    assert block == model_blob(make_detector())
    assert (project.path / "generated/tussis_model_blob.c").read_text().endswith(blob_source(block))
    assert zlib.crc32(block[:-4]) == struct.unpack("<I", block[-4:])[0]
    assert not (project.path / "generated/tussis_audio_model.c").exists()
    assert load_project(project.path).manifest["model_in"] == "flash-blob"


def test_code_is_the_default_and_says_nothing_of_data(tmp_path):
    project = export_project(make_detector(), tmp_path / "firmware")
    files = list((project.path / "generated").rglob("*.*"))
    assert not [file for file in files if "MODEL_IN" in file.read_text() or "blob" in file.name]
    assert "model_in" not in project.manifest
    assert project.model_in == "code"


@pytest.mark.parametrize("package", ["arduino", "zephyr", "platformio"])
def test_packages_hold_the_block(tmp_path, package):
    project = export_project(
        make_detector(), tmp_path / "firmware", package=package, prefix="day", model_in="flash-blob"
    )
    assert (project.path / "generated/model.bin").read_bytes() == model_blob(make_detector())
    assert not list(project.path.rglob("src/**/model.bin"))
    assert HostDetector(host_library(project)).events_waiting() == 0


def other(**changes):
    """The same features and plans with other trees."""
    return make_detector(n_trees=13, depth=3, **changes)


def test_the_verb_writes_a_block(project, tmp_path):
    save_detector(other(), tmp_path / "other.json")
    arguments = ["model", str(tmp_path / "other.json"), str(tmp_path / "o.bin"), "--for", str(project.path)]
    assert main(arguments) == 0
    assert (tmp_path / "o.bin").read_bytes() == model_blob(load_detector(tmp_path / "other.json"))
    assert main([*arguments, "--threshold", "0.7"]) == 0
    moved = other().at_threshold(0.7, "audio")
    assert (tmp_path / "o.bin").read_bytes() == model_blob(moved)


def test_the_first_feature_that_differs_is_named(project, tmp_path):
    detector = make_detector()
    ids = list(detector.audio.features)
    ids[3], ids[5] = ids[5], ids[3]
    with pytest.raises(InputError) as refused:
        write_model(make_detector(audio_ids=tuple(ids)), tmp_path / "o.bin", project, source="new.json")
    assert refused.value.field == "audio.features[3]"
    assert ids[3] in refused.value.problem
    assert ids[5] in refused.value.problem
    assert not (tmp_path / "o.bin").exists()


def _with_plan(part, **plan):
    detector = make_detector()
    document = detector.model_dump(mode="json")
    document[part]["plan"] |= plan
    return Detector.model_validate(document)


def _with_events(**values):
    document = make_detector().model_dump(mode="json")
    document["events"]["audio"] |= values
    return Detector.model_validate(document)


@pytest.mark.parametrize(
    ("detector", "field"),
    [
        (make_detector(audio_ids=make_detector().audio.features[:-1]), "audio.features["),
        (_with_plan("audio", window_blocks=5), "audio.plan.window_blocks"),
        (_with_plan("imu", hop=50), "imu.plan.hop"),
        (_with_events(max_region_s=3.0), "events.audio.max_region_s"),
    ],
)
def test_other_inputs_are_refused_by_name(project, tmp_path, detector, field):
    with pytest.raises(InputError) as refused:
        write_model(detector, tmp_path / "o.bin", project)
    assert refused.value.field.startswith(field)


def test_a_missing_model_is_refused(project, tmp_path):
    alone = Detector(audio=make_detector().audio, imu=None)
    with pytest.raises(InputError, match="lacks the imu model"):
        write_model(alone, tmp_path / "o.bin", project)


def test_a_project_of_code_is_refused(tmp_path):
    project = export_project(make_detector(), tmp_path / "firmware")
    with pytest.raises(InputError, match="its models are code"):
        write_model(make_detector(), tmp_path / "o.bin", project)


def test_a_project_of_another_version_is_refused(project, tmp_path):
    copy = export_project(make_detector(), tmp_path / "firmware", model_in="flash-blob")
    block = bytearray((copy.path / "generated/model.bin").read_bytes())
    block[8] ^= 1
    (copy.path / "generated/model.bin").write_bytes(block)
    with pytest.raises(InputError, match="another version"):
        write_model(make_detector(), tmp_path / "o.bin", copy)


def test_nested_ifs_are_no_data(tmp_path):
    with pytest.raises(InputError, match="m2cgen is code"):
        export_project(make_detector(), tmp_path / "firmware", trees="m2cgen", model_in="flash-blob")


def test_infinite_margins_become_the_largest_finite_ones():
    document = make_detector().model_dump(mode="json")
    document["audio"] |= {"threshold": 1.0, "continue_threshold": 0.0}
    words = np.frombuffer(model_blob(Detector.model_validate(document)), np.float32)
    largest = np.finfo(np.float32).max
    assert words[SECTION : SECTION + 2].tolist() == [largest, -largest]
