"""`tussis verify`: green on an honest export, and red, naming the stage, on a spoiled one."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from tussis.cli.app import main
from tussis.data.dataset import load_recording
from tussis.data.input_error import InputError
from tussis.data.session_set import write_session
from tussis.data.workers import workers
from tussis.export.build.host_library import HostDetector, host_library
from tussis.export.codegen.project import export_project
from tussis.export.verify.parity import BOARD, HOST, REFERENCE, compare, verify
from tussis.export.verify.parity_result import Parity
from tussis.selection.detector.inference import as_heard, detect
from tussis.selection.detector.microphone import Microphone

from ..conftest import BUSY, make_recording, make_restless_recording


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Two sessions on disk, one without an IMU."""
    import soundfile

    root = tmp_path_factory.mktemp("dataset")
    for number, has_imu in enumerate((True, False)):
        recording = make_recording(30 + number, seconds=6)
        folder = root / f"session{number}"
        folder.mkdir()
        soundfile.write(folder / "audio.wav", recording.audio, recording.audio_rate_hz)
        if has_imu:
            time = np.arange(len(recording.imu)) / 100
            rows = np.column_stack([time, recording.imu])
            header = "time_s,acc_x_ms2,acc_y_ms2,acc_z_ms2,gyro_x_dps,gyro_y_dps,gyro_z_dps"
            np.savetxt(folder / "imu.csv", rows, delimiter=",", header=header, comments="", fmt="%.6f")
    return root


def test_an_honest_export_passes(project, dataset):
    told = []
    result = verify(project, dataset, progress=lambda *step: told.append(step))
    assert result.passed, result.first_differences
    document = json.loads(json.dumps(result.as_dict()))
    assert document["sessions"] == 2
    assert document["differing_events"] == document["differing_windows"] == document["differing_margins"] == 0
    assert document["worst_error"] == 0.0
    assert set(document["events"]) == {REFERENCE, HOST, BOARD}
    assert len(set(document["events"].values())) == 1 < document["events"][HOST]
    assert document["windows"][HOST] == document["windows"][BOARD] > 100
    assert {f["id"] for f in document["features"]} == {
        *project.detector.audio.features,
        *project.detector.imu.features,
    }
    assert told[-1] == ("verify", 2, 2)


def test_motion_goes_through_the_sensor_in_all_three(project, tmp_path, capsys):
    """On the command line: as many windows as the reference evaluates behind such a sensor."""
    write_session(make_recording(12, seconds=6), tmp_path)

    def document(*options):
        assert main(["verify", str(project.path), str(tmp_path), *options, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    plain, sensed = document(), document("--motion-sensor", "bmi270:combo-100")
    assert sensed["passed"]
    assert sensed["differing_events"] == sensed["differing_windows"] == sensed["differing_margins"] == 0
    assert sensed["windows"][HOST] == sensed["windows"][BOARD] != plain["windows"][HOST]
    assert main(["verify", str(project.path), str(tmp_path), "--motion-sensor", "lis2dh12"]) == 2
    assert "--motion-sensor: ST LIS2DH12" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["gated", "gated:150"])
def test_a_microphone_that_follows_the_gate(detector, dataset, tmp_path, text):
    project = export_project(detector, tmp_path / "firmware", microphone=Microphone.parse(text))
    result = verify(project, dataset)
    assert result.passed, result.first_differences
    assert result.differing_margins == 0
    assert len(set(result.events.values())) == 1 < result.events[HOST]
    always = export_project(detector, tmp_path / "always")
    found = [verify(which, dataset, modes=["gated"]).windows for which in (always, project)]
    assert found[0] != found[1]


def test_a_microphone_that_movement_wakes(detector, tmp_path):
    """The same firmware as with one that is always on: what differs is the sound that it is given."""
    write_session(make_recording(11, seconds=6), tmp_path / "data" / "session")
    woken, always = (
        export_project(detector, tmp_path / name, microphone=Microphone.parse(name))
        for name in ("wake", "always")
    )
    assert woken.manifest["detector_hash"] == always.manifest["detector_hash"]
    parities = [verify(project, tmp_path / "data", modes=["gated"]) for project in (woken, always)]
    for result in parities:
        assert result.passed, result.first_differences
        assert result.differing_margins == 0
    recording = load_recording(tmp_path / "data" / "session")
    heard = as_heard(recording, detector, "gated", woken.microphone)
    assert 0 < heard.duty < 1
    assert not np.array_equal(heard.recording.audio, recording.audio)


def test_another_threshold(detector, project, dataset, tmp_path):
    chosen = detector.at_threshold(0.95, "audio").at_threshold(0.95, "imu")
    exported = export_project(chosen, tmp_path / "firmware")
    assert exported.manifest["detector_hash"] != project.manifest["detector_hash"]
    result = verify(exported, dataset)
    assert result.passed, result.first_differences
    assert len(set(result.events.values())) == 1
    assert 0 < result.events[HOST] < verify(project, dataset).events[HOST]


@pytest.mark.parametrize("model_in", ["code", "flash-blob"])
def test_a_gate_that_asks_for_more_while_the_wearer_moves(detector, tmp_path, model_in):
    recording = make_restless_recording(63)
    write_session(recording, tmp_path / "data" / "session")
    busy = detector.model_copy(update={"gating": BUSY})
    project = export_project(busy, tmp_path / "firmware", model_in=model_in)
    result = verify(project, tmp_path / "data", modes=["gated"])
    assert result.passed, result.first_differences
    assert result.events[REFERENCE] > 2
    hits = [detect(recording, one, "gated").imu_hits.sum() for one in (busy, detector)]
    assert hits[0] < 0.8 * hits[1], "the rule decides otherwise"


def test_a_raw_pre_roll(detector, dataset, tmp_path):
    result = verify(export_project(detector, tmp_path / "firmware", pre_roll="raw"), dataset)
    assert result.passed, result.first_differences
    assert result.differing_margins == 0
    assert len(set(result.events.values())) == 1 < result.events[HOST]


def spoil(folder, kind):
    """Break one stage of the exported C the way a wrong build or a hand edit would."""
    if kind == "feature":
        file = folder / "generated" / "tussis_features.c"
        text = file.read_text()
        at = text.index("x[0] = ")
        text = text[:at] + text[at:].replace(";", " * 1.0001F;", 1)
    elif kind == "audio model":
        file = folder / "generated" / "tussis_audio_model.c"
        text = file.read_text()
        at = text.rindex("return ")
        text = text[:at] + text[at:].replace(";", " + 0.25F;", 1)
    elif kind == "gate":
        file = folder / "generated" / "tussis" / "tussis_config.h"
        text = file.read_text().replace("#define TUSSIS_HOLD_TICKS 10240U", "#define TUSSIS_HOLD_TICKS 2048U")
    else:
        file = folder / "generated" / "tussis" / "tussis_config.h"
        lines = file.read_text().splitlines()
        text = "\n".join(
            "#define TUSSIS_AUDIO_LOW_DROP 2.5F" if "AUDIO_LOW_DROP" in line else line for line in lines
        )
    assert text != file.read_text()
    file.write_text(text + "\n")
    return file.relative_to(folder).as_posix()


@pytest.mark.parametrize("kind", ["feature", "audio model", "gate", "events"])
def test_a_spoiled_stage_is_found_and_named(detector, dataset, tmp_path, kind):
    project = export_project(detector, tmp_path / "firmware")
    changed = spoil(project.path, kind)
    result = verify(project, dataset, on=[HOST])
    assert not result.passed
    assert result.modified_files == [changed]
    stages = {difference.stage for difference in result.first_differences}
    expected = f"feature {detector.audio.features[0]}" if kind == "feature" else kind
    assert expected in stages, result.first_differences
    if kind == "feature":
        assert not result.features[detector.audio.features[0]].passed
        assert result.worst.id == detector.audio.features[0]
    else:
        assert all(feature.passed for feature in result.features.values())


def test_a_hand_edit_that_does_not_compile_is_named(detector, dataset, tmp_path):
    project = export_project(detector, tmp_path / "firmware")
    with (project.path / "src" / "detector" / "control.c").open("a") as file:
        file.write("int broken = ;\n")
    with pytest.raises(
        InputError,
        match=r"firmware: src/detector/control\.c: does not compile .*control\.c:\d+.*export again",
    ):
        verify(project, dataset, on=[HOST])


@pytest.mark.parametrize(
    ("file", "mode", "unread"),
    [
        ("audio.wav", "audio", 1),
        ("imu.csv", "gated", 1),
        ("imu.csv", "audio", 0),
        ("labels.txt", "gated", 0),
        ("session.json", "gated", 0),
    ],
)
def test_an_unreadable_recording_costs_itself_only(project, dataset, tmp_path, file, mode, unread):
    shutil.copytree(dataset, tmp_path / "data")
    first = sorted(path for path in (tmp_path / "data").iterdir() if path.is_dir())[0]
    shutil.copytree(first, tmp_path / "data" / "zz")
    (first / file).write_bytes(b"RIFF" if file == "audio.wav" else b"\xff\xfe\0broken")
    result = verify(project, tmp_path / "data", modes=[mode], on=[HOST])
    assert result.passed
    assert len(result.unreadable) == unread
    assert all(str(first / file) in line for line in result.unreadable)
    assert result.as_dict()["unreadable"] == result.unreadable
    assert result.sessions == len(list((tmp_path / "data").iterdir())) - unread


def test_a_tolerance_forgives_features_but_not_events(detector, project):
    parity = Parity("")
    library = HostDetector(host_library(project))
    compare(parity, detector, make_recording(31, 6), {HOST: library})
    assert parity.passed
    parity.differing_events = 1
    assert not parity.passed


def test_a_folder_that_is_no_project_or_dataset_is_named(project, dataset, tmp_path):
    with pytest.raises(InputError, match="is not an exported project"):
        verify(tmp_path, dataset)
    with pytest.raises(InputError):
        verify(project, tmp_path / "none")


def test_two_workers_find_what_one_does(project, dataset):
    with workers(jobs=2):
        found = verify(project, dataset, modes=("audio", "gated"))
    assert found.as_dict() == verify(project, dataset, modes=("audio", "gated")).as_dict()
    assert found.sessions == 2
