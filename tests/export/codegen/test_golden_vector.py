"""Golden vectors: the C that is written finds itself right, and finds every kind of difference."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import numpy as np
import pytest

from tussis.cli.app import main
from tussis.data.input_error import InputError
from tussis.export.build.project_files import include_folders, library_sources
from tussis.export.build.toolchain import find_host_compiler
from tussis.export.codegen.golden_vector import FILES, golden_vector, write_golden
from tussis.export.codegen.project import export_project
from tussis.selection.detector.detector_file import save_detector
from tussis.selection.detector.inference import detect

from ..conftest import make_detector, make_recording

MAIN = """
#include <stdio.h>
#include "tussis_golden.h"
static tussis_t detector;
int main(void)
{
    uint32_t where = 7;
    const int result = (int)tussis_golden_check(&tussis_golden, &detector, TOLERANCE, &where);
    printf("%d %lu\\n", result, (unsigned long)where);
    return 0;
}
"""


@pytest.fixture(scope="module")
def detector():
    return make_detector()


@pytest.fixture(scope="module")
def project(detector, tmp_path_factory):
    return export_project(detector, tmp_path_factory.mktemp("export") / "firmware")


@pytest.fixture(scope="module")
def objects(project, tmp_path_factory):
    """The library, compiled once."""
    folder = tmp_path_factory.mktemp("objects")
    sources = [str(file.resolve()) for file in library_sources(project.path)]
    subprocess.run([*compiler(project), "-c", *sources], cwd=folder, check=True)
    return sorted(map(str, folder.glob("*.o")))


def compiler(project):
    warnings = ["-std=c11", "-Wall", "-Wextra", "-Wconversion", "-Werror"]
    include = [f"-I{folder.resolve()}" for folder in include_folders(project.path)]
    return [*find_host_compiler().command, *warnings, "-O1", "-ffp-contract=off", *include]


def outcome(project, objects, golden, tolerance="0.0F", edit=None):
    """Compile the vector with the library, as C and warning-clean, and run its check."""
    folder = golden.parent / "test"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(golden, folder)
    if edit is not None:
        file = folder / "tussis_golden.c"
        before = file.read_text()
        file.write_text(edit(before))
        assert file.read_text() != before
    (folder / "main.c").write_text(MAIN.replace("TOLERANCE", tolerance))
    program = folder / "test"
    sources = sorted(map(str, folder.glob("*.c")))
    command = [*compiler(project), f"-I{folder}", *sources, *objects, "-o", str(program), "-lm"]
    subprocess.run(command, check=True)
    result, where = subprocess.run([program], capture_output=True, text=True, check=True).stdout.split()
    return int(result), int(where)


@pytest.mark.parametrize("mode", ["audio", "imu", "gated"])
def test_what_is_written_passes(detector, project, objects, tmp_path, mode):
    vector = golden_vector(make_recording(7), detector, mode)
    assert outcome(project, objects, write_golden(vector, tmp_path / "golden")) == (0, 0)
    assert vector.events
    assert bool(vector.audio_windows) == (mode != "imu")
    assert bool(vector.imu_windows) == (mode != "audio")


def test_every_kind_of_difference_is_found_with_its_place(detector, project, objects, tmp_path):
    golden = write_golden(golden_vector(make_recording(7), detector, "gated"), tmp_path / "golden")

    def margin_of(name):
        return lambda text: re.sub(rf"(\b{name}\[\d+\] = {{\n    {{0U, )[^}}]*", r"\g<1>77.0F", text)

    assert outcome(project, objects, golden, edit=margin_of("imu_windows")) == (4, 0)
    first = int(
        re.search(r"audio_windows\[\d+\] = \{\n    \{(\d+)U", golden.joinpath(FILES[2]).read_text())[1]
    )

    def other_audio(text):
        return text.replace("audio_windows[", "audio_windows[", 1).replace(
            f"    {{{first}U, ", f"    {{{first + 1}U, ", 1
        )

    assert outcome(project, objects, golden, edit=other_audio)[0] in (3, 4)

    def no_events(text):
        return re.sub(r"    events,\n    \d+U", "    events,\n    0U", text)

    assert outcome(project, objects, golden, edit=no_events) == (5, 0)

    def other_detector(text):
        return re.sub(r"0x[0-9A-F]{8}U,(\n    TUSSIS_MODE)", r"0x00000001U,\1", text)

    assert outcome(project, objects, golden, edit=other_detector)[0] == 1


def test_a_tolerance_forgives(detector, project, objects, tmp_path):
    golden = write_golden(golden_vector(make_recording(7), detector, "audio"), tmp_path / "golden")

    def nudge(text):
        return re.sub(
            r"(audio_windows\[\d+\] = {\n    {0U, )([^}F]*)F", lambda m: f"{m[1]}{float(m[2]) + 1e-3}F", text
        )

    assert outcome(project, objects, golden, edit=nudge) == (3, 0)
    assert outcome(project, objects, golden, tolerance="0.01F", edit=nudge) == (0, 0)


def test_json_holds_the_same(detector, tmp_path):
    recording = make_recording(7)
    document = json.loads(
        (write_golden(golden_vector(recording, detector), tmp_path / "g") / "golden.json").read_text()
    )
    found = detect(recording, detector)
    assert document["audio"]["pcm"] == recording.audio.tolist()
    assert np.array_equal(np.float32(document["imu"]["acc_ms2_gyro_dps"]), recording.board_imu)
    margins = {row["index"]: np.float32(row["margin"]) for row in document["audio_windows"]}
    assert margins == {int(i): found.audio_margins[i] for i in np.flatnonzero(found.evaluated)}
    assert [row["onset_ticks"] / document["tick_hz"] for row in document["events"]] == [
        pytest.approx(event.start_s) for event in found.events
    ]


def test_other_folders_are_kept(detector, tmp_path):
    vector = golden_vector(make_recording(7), detector, "imu")
    place = write_golden(vector, tmp_path / "golden")
    write_golden(vector, place)
    (place / "mine.c").write_text("int mine;\n")
    with pytest.raises(InputError):
        write_golden(vector, place)
    assert (place / "mine.c").exists()


def test_on_the_command_line(detector, tmp_path, capsys):
    from tussis.data.session_set import write_session

    save_detector(detector, tmp_path / "d.json")
    write_session(make_recording(7), tmp_path / "s")
    arguments = [
        "golden",
        str(tmp_path / "s"),
        "--model",
        str(tmp_path / "d.json"),
        "--out",
        str(tmp_path / "g"),
    ]
    assert main([*arguments, "--start", "1", "--seconds", "2"]) == 0
    assert len(json.loads((tmp_path / "g" / "golden.json").read_text())["audio"]["pcm"]) == 32000
    assert main([*arguments, "--start", "1000"]) == 2
    assert "has nothing at 1000 s" in capsys.readouterr().err
