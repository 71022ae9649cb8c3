"""A board's own counter against the prediction, stage by stage, from replay to a saved scale."""

import dataclasses
import json
from pathlib import Path

import pytest

from tussis.cli.cost import _note_scale
from tussis.data.input_error import InputError
from tussis.data.session_set import write_session
from tussis.export.build.toolchain import find_arm_toolchain
from tussis.export.codegen.project import export_project
from tussis.export.emulator.cycle_model import CycleModel, CycleRules
from tussis.export.estimate.board_comparison import compare_measured, read_replay
from tussis.export.estimate.estimate import measure, price
from tussis.export.estimate.scale_file import load_scale, save_scale
from tussis.firmware_stub.boards.emulated_firmware import EmulatedFirmware, build_firmware
from tussis.firmware_stub.boards.serial_board import SerialBoard
from tussis.firmware_stub.boards.virtual_serial import VirtualSerialBoard
from tussis.firmware_stub.replay.replay import replay_recording

from ..conftest import make_detector, make_recording


@pytest.fixture(scope="module")
def recording():
    return dataclasses.replace(make_recording(11, seconds=4.0), name="session")


@pytest.fixture(scope="module")
def firmware(tmp_path_factory):
    return export_project(make_detector(), tmp_path_factory.mktemp("measured") / "firmware").path


@pytest.fixture(scope="module")
def measurement(firmware, recording, tmp_path_factory):
    folder = tmp_path_factory.mktemp("measured") / "session"
    write_session(recording, folder)
    return measure(firmware, folder)


@pytest.fixture(scope="module")
def devices(bench_profile, tmp_path_factory):
    path = tmp_path_factory.mktemp("measured") / "devices.toml"
    path.write_text(bench_profile)
    return path


@pytest.fixture(scope="module")
def replayed(firmware, recording, tmp_path_factory):
    """Replay the session on a board of the given rules; returns what `tussis replay --json` writes."""
    elf = build_firmware(firmware)

    def run(rules: CycleRules | None, mode: str = "gated", full_rate: bool = False) -> Path:
        running = EmulatedFirmware(elf, count_cycles=True, model=CycleModel(rules))
        with VirtualSerialBoard(running, "tcp:0") as virtual:
            board = SerialBoard(virtual.url)
            try:
                found = replay_recording(recording, board, make_detector(), mode=mode, full_rate=full_rate)
            finally:
                board.close()
        assert found.passed, found.as_dict()
        path = tmp_path_factory.mktemp("replayed") / "replay.json"
        path.write_text(json.dumps({"sessions": [found.as_dict()]}))
        return path

    return run


@pytest.fixture(scope="module")
def usual_replay(replayed):
    return replayed(None)


@pytest.fixture(scope="module")
def predicted(measurement, devices):
    return price(measurement, "bench", device_file=devices)


def compared(predicted, path):
    (session,) = read_replay(path)
    return compare_measured(predicted, session)


def test_a_board_of_the_models_own_rules_confirms_every_stage(predicted, usual_replay):
    """The board reads its clock between stages and takes the reading off: what is left is the prediction."""
    found = compared(predicted, usual_replay)
    assert {(row.path, row.stage) for row in found.rows} >= {
        *(("audio", stage) for stage in ("front end", "features", "model", "post-processing", "control")),
        *(("imu", stage) for stage in ("features", "model", "control")),
    }
    least = 0.05 * found.whole.predicted_cycles
    # Control is what lies between many short laps, each known to a few cycles; clang's are shorter.
    control, whole = {"gcc": (0.02, 0.01), "zig": (0.06, 0.015)}[find_arm_toolchain().name]
    weighty = [row for row in found.rows if row.comparable and row.predicted_cycles > least]
    assert len(weighty) >= 3
    for row in weighty:
        assert row.ratio == pytest.approx(1.0, abs=control if row.stage == "control" else 0.02), row
    assert found.scale.factor == pytest.approx(1.0, abs=whole)
    apart = [(row.path, row.stage) for row in found.rows if not row.comparable]
    assert apart == [("audio", "control")]  # the host decimated: the board copied samples instead
    counted = sum(row.measured_cycles for row in found.rows if row.comparable)
    assert counted == found.whole.measured_cycles
    by_path = {row.path: row for row in found.longest_calls}
    assert by_path["imu"].ratio == pytest.approx(1.0, abs=0.02)
    assert 0.9 < by_path["audio"].ratio < 1.1


def test_decimating_on_the_board_is_measured_too(predicted, replayed):
    found = compared(predicted, replayed(None, full_rate=True))
    assert all(row.comparable for row in found.rows)
    ratio = {(row.path, row.stage): row.ratio for row in found.rows}
    assert ratio["audio", "front end"] == pytest.approx(1.0, abs=0.02)
    assert ratio["audio", "control"] == pytest.approx(1.0, abs=0.15)  # a lap's cost is known to a few cycles
    assert found.scale.factor == pytest.approx(1.0, abs=0.02)


def test_a_slower_and_a_faster_core_are_told_apart_and_the_stage_is_named(predicted, replayed, usual_replay):
    usual = compared(predicted, usual_replay)
    slow_fpu = compared(predicted, replayed(CycleRules(fp_issue=3)))
    quick = compared(predicted, replayed(CycleRules(taken_branch=0, indirect_branch=0)))
    faster = 0.97 if find_arm_toolchain().name == "gcc" else 0.99  # zig lays out fewer taken branches
    assert quick.scale.factor < faster < usual.scale.factor < 1.1 < slow_fpu.scale.factor
    assert slow_fpu.scale.high - slow_fpu.scale.low > 0.1 > usual.scale.high - usual.scale.low
    ratio = {(row.path, row.stage): row.ratio for row in slow_fpu.rows}
    assert ratio["audio", "front end"] > 1.2 > ratio["audio", "model"]  # mel bands; the transform is integers


def test_the_scale_is_saved_and_makes_the_next_prediction_right(
    predicted, measurement, devices, replayed, tmp_path
):
    found = compared(predicted, replayed(CycleRules(pairing=False)))
    assert found.scale.factor > 1.02
    save_scale(found, tmp_path / "scales.json")
    kept = load_scale(tmp_path / "scales.json", "bench")
    assert kept == found.scale
    absurd = dataclasses.replace(found, scale=dataclasses.replace(found.scale, high=1e6))
    with pytest.raises(InputError, match=r"stages_within is 1000000\.0, not from"):
        save_scale(absurd, tmp_path / "scales.json")
    assert load_scale(tmp_path / "scales.json", "bench") == kept
    scaled = price(measurement, "bench", device_file=devices, cycle_scale=kept)
    run = measurement.modes["gated"]
    assert scaled.cycles("gated", run.instructions, run.cycles) == pytest.approx(
        found.scale.factor * run.cycles, rel=1e-6
    )
    assert "fitted to a board's counters" in scaled.as_dict()["expected_error"]["cycles"]
    again = compare_measured(scaled, read_replay(replayed(CycleRules(pairing=False)))[0])
    assert again.scale.factor == found.scale.factor  # against the plain prediction, so scales do not pile up


def test_another_clock_is_said(measurement, usual_replay):
    found = compared(price(measurement, "nrf5340", clock_hz=128e6), usual_replay).as_dict()
    assert (found["clock_hz"], found["predicted_clock_hz"]) == (64e6, 128e6)
    assert found["cycle_scale"] < 1.0  # the emulated core waits for no flash


UNLIKE = {
    "as it was found": ({}, ""),
    "another clock": ({"clock_hz": 128e6}, "at 128 MHz, and this is for 64 MHz"),
    "a clock without a crystal": ({"clock_hz": 64.3e6}, ""),
    "another compiler": ({"toolchain": "armclang"}, "with a build by armclang, and this is one by"),
    "another optimisation": ({"opt": "Os"}, "with -Os, and this is with -O2"),
    "two of them": ({"clock_hz": 32e6, "opt": "O3"}, "at 32 MHz, and this is for 64 MHz; with -O3, and"),
    "a file of before": ({"toolchain": "", "opt": ""}, ""),
}


@pytest.mark.parametrize("kind", UNLIKE)
def test_a_scale_of_another_clock_or_build_is_not_used_without_a_word(
    kind, measurement, usual_replay, tmp_path, capsys
):
    changed, said = UNLIKE[kind]
    file = tmp_path / "scales.json"
    save_scale(compared(price(measurement, "nrf5340", clock_hz=64e6), usual_replay), file)
    document = json.loads(file.read_text())
    for entry in document["devices"].values():
        entry.update(changed)
    file.write_text(json.dumps(document))
    scaled = price(measurement, "nrf5340", clock_hz=64e6, cycle_scale=load_scale(file, "nrf5340"))
    _note_scale(scaled, file)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == bool(said)
    assert said in "".join(lines)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("clock_hz", None),
        ("clock_hz", "64e6"),
        ("clock_hz", 0),
        ("clock_hz", -64e6),
        ("toolchain", 3),
        ("opt", []),
    ],
)
def test_a_scale_of_which_nobody_knows_the_clock_is_refused(key, value, measurement, usual_replay, tmp_path):
    file = tmp_path / "scales.json"
    save_scale(compared(price(measurement, "nrf5340", clock_hz=64e6), usual_replay), file)
    document = json.loads(file.read_text())
    document["devices"]["nrf5340"][key] = value
    file.write_text(json.dumps(document))
    with pytest.raises(InputError, match=rf"devices\.nrf5340\.{key}"):
        load_scale(file, "nrf5340")


def test_a_file_of_a_board_that_does_not_count_is_refused(replayed, usual_replay, tmp_path):
    document = json.loads(usual_replay.read_text())
    document["sessions"][0]["stages"]["audio"]["cycles"].pop("model")
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps(document))
    with pytest.raises(InputError, match="is not an output of `tussis replay --json`"):
        read_replay(broken)
