"""What the exported firmware costs: the promised keys, sums that close, errors that are told."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from tussis.cli.cost_tables import estimate_table
from tussis.data.dataset import load_recording
from tussis.data.input_error import InputError
from tussis.data.session_set import write_session
from tussis.export.build.toolchain import find_arm_toolchain
from tussis.export.codegen.project import export_project
from tussis.export.estimate.board_comparison import compare_measured, read_replay
from tussis.export.estimate.devices import load_profiles
from tussis.export.estimate.energy import Sensors, energy_split
from tussis.export.estimate.estimate import estimate, measure, price
from tussis.export.estimate.flame import flame_svg
from tussis.export.estimate.image_profile import profile_image
from tussis.export.estimate.scale_file import load_scale, save_scale
from tussis.export.estimate.what_if import what_if
from tussis.selection.detector.inference import detect
from tussis.selection.detector.microphone import Microphone

from ...toolchains import FIRMWARE_BY_ZIG
from ..conftest import STILL, TURNING

# the keys of the JSON document that the project promises its users
CONTRACT = {
    "device": None,
    "clock_hz": None,
    "audio_window": {"instructions", "cycles", "ms", "uj"},
    "imu_window": {"instructions", "cycles", "ms", "uj"},
    "model": {"audio_cycles", "imu_cycles"},
    "per_second": {"audio", "imu", "gated"},
    "gating": {"audio_duty", "energy_saving_vs_audio"},
    "flash_bytes": None,
    "ram_bytes": None,
    "stack_bytes": None,
    "battery_days": None,
    "functions": None,
}


@pytest.fixture(scope="module")
def measurement(project, session_folder):
    return measure(project.path, session_folder)


@pytest.fixture(scope="module")
def document(measurement):
    return price(measurement).as_dict()


def test_the_document_has_the_promised_keys(document):
    for key, inner in CONTRACT.items():
        assert key in document
        if inner:
            assert inner <= set(document[key])
    for mode in ("audio", "imu", "gated"):
        assert {"instructions", "cycles", "uj"} <= set(document["per_second"][mode])
    assert all({"name", "cycles", "share"} <= set(f) for f in document["functions"])
    json.dumps(document, allow_nan=False)


def test_numbers_belong_together(document, measurement):
    clock_hz = document["clock_hz"]
    for path in ("audio_window", "imu_window"):
        window = document[path]
        assert window["ms"] == pytest.approx(1e3 * window["cycles"] / clock_hz, rel=1e-3)
        assert window["instructions"] > 1000
    for mode, run in measurement.modes.items():
        assert sum(cost.cycles for cost in run.stages.values()) == run.cycles
        assert sum(cost.instructions for cost in run.stages.values()) == run.instructions
        assert sum(f.cycles for f in run.functions) == run.cycles
        stages = document["stages"][mode]
        told = sum(sum(row.values()) for row in stages.values())
        assert told == pytest.approx(document["per_second"][mode]["cycles"], rel=1e-3)
        split = document["energy_uw"][mode]
        assert sum(v for k, v in split.items() if k != "total") == pytest.approx(split["total"], rel=1e-4)
        assert document["per_second"][mode]["total_uj"] == split["total"]
    assert sum(f["share"] for f in document["functions"]) <= 1.0001
    assert document["per_second"]["imu"]["cycles"] < document["per_second"]["audio"]["cycles"]


def test_the_audio_path_runs_as_often_as_it_should(measurement):
    audio = measurement.modes["audio"]
    assert audio.audio_duty == 1.0
    assert audio.calls_of("tussis_audio_margin").calls == audio.audio_windows
    imu = measurement.modes["imu"]
    assert imu.calls_of("tussis_imu_margin").calls == imu.imu_windows
    assert imu.calls_of("tussis_audio_path_frame") is None
    gated = measurement.modes["gated"]
    assert gated.audio_windows <= audio.audio_windows
    assert 0 <= gated.audio_duty <= 1


def test_the_stack_bound_holds(measurement):
    bound = measurement.memory.stack
    assert bound.unbounded == ()
    assert max(run.stack_high_water for run in measurement.modes.values()) <= bound.bytes
    assert measurement.stack_bytes < 4096


def test_objects_add_up_to_the_image(document):
    memory = document["memory"]
    assert sum(o["flash_bytes"] for o in memory["objects"]) == document["flash_bytes"]
    assert sum(o["ram_bytes"] for o in memory["objects"]) == document["ram_bytes"]
    assert sum(s["flash_bytes"] for s in memory["sections"]) == document["flash_bytes"]
    named = {o["name"] for o in memory["objects"]}
    assert {"tussis_audio_model.c", "tussis_imu_model.c", "events.c"} <= named
    assert document["fits"]


def test_two_runs_give_identical_documents(project, session_folder, document):
    assert estimate(project.path, session_folder).as_dict() == document


@pytest.mark.parametrize("device", sorted(load_profiles().devices))
def test_every_device_is_priced_in_three_modes(measurement, device):
    found = price(measurement, device).as_dict()
    assert found["device"] == device
    assert set(found["energy_uw"]) == {"audio", "imu", "gated"}
    assert found["battery_days"] > 0
    assert found["assumptions"]
    assert set(found["expected_error"]) >= {
        "instructions",
        "cycles",
        "ms",
        "uj",
        "stack_bytes",
        "battery_days",
    }
    assert 0 <= found["fetch_stall_share"]["audio"] < 0.7


@pytest.mark.parametrize("gated", ["on", "low_power", "off", "activity"])
@pytest.mark.parametrize("device", sorted(load_profiles().devices))
def test_the_printed_estimate_names_every_assumption_it_rests_on(measurement, device, gated):
    """What is used is found by changing each figure in turn and looking whether the estimate changes."""
    shown = price(measurement, device, microphone_while_gated=gated)
    told = {(a.part, a.figure) for a in shown.assumptions()}
    used = set()
    profiles = load_profiles()
    chosen = profiles.device(device)
    clock = chosen.clock()
    plain = {m: energy_split(chosen, clock, m, 2e5, 0.5, shown.sensors) for m in shown.energy}
    for sensor in ("microphone", "imu", "imu_mode", "capture"):
        part = getattr(shown.sensors, sensor)
        whose = chosen if sensor == "capture" else shown.sensors.imu if sensor == "imu_mode" else part
        for name, figure in part.figures():
            if " at " in name and sensor == "imu":
                continue  # of its modes only the chosen one is used
            field = name.partition(" at ")[0]
            other = part.model_copy(update={field: figure.model_copy(update={"value": figure.value + 1})})
            sensors = replace(shown.sensors, **{sensor: other})
            splits = {m: energy_split(chosen, clock, m, 2e5, 0.5, sensors) for m in shown.energy}
            if splits != plain and figure.assumption:
                used.add((whose.title, name))
    own = [(n, f) for n, f in chosen.figures() if " at " not in n] + list(clock.figures())
    used |= {(chosen.title, name) for name, figure in own if figure.assumption}
    assert told == used | {(shown.battery.title, "usable")}
    printed = StringIO()
    Console(file=printed, width=1000).print(estimate_table(shown.as_dict()))
    for assumed in shown.assumptions():
        (line,) = [row for row in printed.getvalue().splitlines() if row.startswith(f"  {assumed.part}: ")]
        assert f"{assumed.figure} {assumed.value:,g}" in line


def test_a_detector_without_gyroscope_features_leaves_it_off(measurement):
    alone = price(replace(measurement, need=STILL)).as_dict()
    both = price(replace(measurement, need=TURNING)).as_dict()
    assert alone["energy_uw"]["gated"]["imu"] < both["energy_uw"]["gated"]["imu"] / 10
    assert (alone["sensors"]["imu"], alone["sensors"]["imu_mode"]) == (
        "ST LIS2DH12, accelerometer",
        "normal-100",
    )
    assert (both["sensors"]["imu"], both["sensors"]["gyroscope"]) == ("ST LSM6DSO32", True)


def test_a_sensor_that_does_not_suffice_is_refused(measurement):
    with pytest.raises(InputError, match=r"--imu: ST LIS2DH12.* needs angular rates, which it does not give"):
        price(replace(measurement, need=TURNING), imu="lis2dh12")
    with pytest.raises(InputError, match=r"100 Hz, which its mode normal-50 does not give"):
        price(replace(measurement, need=STILL), imu="lis2dh12:normal-50")
    with pytest.raises(InputError, match=r"has no mode 'fast'; use one of low-power-50, low-power-100"):
        price(replace(measurement, need=STILL), imu="lis2dh12:fast")
    with pytest.raises(InputError, match=r"--capture: 'i2s' is unknown; use one of adc, pdm, pdm-crystal"):
        price(measurement, capture="i2s")
    with pytest.raises(
        InputError, match=r"--capture: adc takes analog microphones, and TDK T5838, PDM is pdm"
    ):
        price(measurement, capture="adc")
    with pytest.raises(InputError, match="has no acoustic activity detection"):
        price(measurement, microphone="t5818", microphone_while_gated="activity")


def test_coarse_values_are_taken_only_by_name(measurement):
    """Of the LIS2DH12's modes at 100 Hz that of 8 bits takes least; detectors learn from finer values."""
    alone = replace(measurement, need=STILL)
    coarse = price(alone, imu="lis2dh12:low-power-100").as_dict()
    assert price(alone).sensors.imu_mode.bits == 10
    assert coarse["energy_uw"]["gated"]["imu"] == pytest.approx(18)


def test_a_slower_capture_path_costs_what_it_says(measurement):
    plain, crystal = (price(measurement, capture=way).energy["audio"] for way in ("", "pdm-crystal"))
    assert crystal.capture - plain.capture == pytest.approx(3 * 960)
    assert crystal.total - plain.total == pytest.approx(3 * 960)


def test_a_faster_clock_takes_less_time_and_a_bigger_battery_lasts_longer(measurement):
    slow, fast = (price(measurement, clock_hz=hz).as_dict() for hz in (64e6, 128e6))
    assert fast["audio_window"]["ms"] < slow["audio_window"]["ms"]
    assert fast["per_second"]["audio"]["uj"] > slow["per_second"]["audio"]["uj"]
    big = price(measurement, battery="300mAh@3.7V").as_dict()
    assert big["battery_days"] == pytest.approx(3 * slow["battery_days"], rel=1e-4)


def test_a_microphone_that_sleeps_while_gated_saves_its_energy():
    profiles = load_profiles()
    device = profiles.device("nrf54l15")
    split = {
        state: energy_split(
            device,
            device.clock(),
            "gated",
            2e5,
            0.2,
            Sensors(
                profiles.microphone("t5838"),
                profiles.imu("bmi270"),
                profiles.imu("bmi270").mode(TURNING),
                device.capture(profiles.microphone("t5838")),
                state,
            ),
        )
        for state in ("on", "low_power", "off")
    }
    assert split["on"].microphone > split["low_power"].microphone > split["off"].microphone
    assert split["off"].capture == pytest.approx(0.2 * split["on"].capture)
    assert split["on"].core_active == split["off"].core_active
    assert split["on"].wake_up > split["off"].wake_up  # no chunks of audio to wake up for
    assert split["on"].total == pytest.approx(
        sum(getattr(split["on"], part) for part in ("compute", "core_asleep", "capture", "microphone", "imu"))
    )


def test_a_firmware_whose_microphone_follows_the_gate_is_priced_so(
    detector, measurement, session_folder, tmp_path
):
    microphone = Microphone.parse("gated")
    folder = export_project(detector, tmp_path / "fw", microphone=microphone).path
    measured = measure(folder, session_folder)
    run = measured.modes["gated"]
    found = detect(load_recording(session_folder, **detector.rates), detector, "gated", microphone=microphone)
    duty = microphone.duty(detector.audio.plan, detector.imu.plan, found.imu_hits, found.evaluated)
    assert run.microphone_duty == duty
    assert measured.memory.stack.unbounded == ()
    assert 0.0 < duty < 1.0
    assert measurement.modes["gated"].microphone_duty is None
    assert measured.memory.ram_bytes < measurement.memory.ram_bytes - 8_000
    following, always = price(measured).energy["gated"], price(measurement).energy["gated"]
    assert price(measured, microphone_while_gated="on").energy["gated"] == following
    assert following.microphone < always.microphone
    assert following.capture == pytest.approx(duty * always.capture)


def test_a_slowed_kernel_shows_up_in_its_own_row(project, session_folder, document, tmp_path):
    slowed = tmp_path / "slowed"
    shutil.copytree(project.path, slowed)
    source = slowed / "src" / "detector" / "events.c"
    name = "tussis_slow_kernel"
    kernel = (
        f"void {name}(void);\nvoid {name}(void)\n{{\n    for (volatile int i = 0; i < 5000; i++) {{ }}\n}}\n"
    )
    text = (slowed / "src" / "dsp" / "audio_path.c").read_text()
    body = re.search(r"^float tussis_audio_path_frame\([^;{]*\)\s*\{", text, re.MULTILINE)
    assert body is not None
    called = text[: body.start()] + f"void {name}(void);\n" + text[body.start() : body.end()] + f" {name}();"
    (slowed / "src" / "dsp" / "audio_path.c").write_text(called + text[body.end() :])
    source.write_text(source.read_text() + kernel)
    found = estimate(slowed, session_folder).as_dict()
    top = found["functions"][0]
    assert top["name"] == name
    assert top["share"] > 0.5
    grown = found["per_second"]["audio"]["cycles"] - document["per_second"]["audio"]["cycles"]
    assert grown == pytest.approx(62.5 * 5000 * 5, rel=0.5)
    assert found["deadline"]["audio"]["ms"] > document["deadline"]["audio"]["ms"]


def test_without_imu_only_audio_is_priced(project, session_folder, tmp_path):
    lone = tmp_path / "lone.wav"
    shutil.copy(session_folder / "audio.wav", lone)
    found = estimate(project.path, lone).as_dict()
    assert found["mode"] == "audio"
    assert found["per_second"]["gated"] is None
    assert found["imu_window"] is None
    assert found["gating"] is None
    assert found["battery_days"] > 0


def test_bad_input_is_told_before_anything_runs(project, session_folder, tmp_path):
    with pytest.raises(InputError, match="--device: 'nrf1' is unknown"):
        estimate(project.path, session_folder, device="nrf1")
    with pytest.raises(InputError, match="--clock: 1000 MHz is outside"):
        estimate(project.path, session_folder, clock_hz=1e9)
    with pytest.raises(InputError, match="is not an exported project"):
        estimate(tmp_path, session_folder)
    with pytest.raises(InputError):
        estimate(project.path, tmp_path / "nothing")


def test_zig_keeps_the_names_of_functions(m33_image):
    """`zig cc -Os` drops every symbol unless told otherwise."""
    image = m33_image("workloads.c", opt="Os", toolchain=find_arm_toolchain("zig"))
    profiled = profile_image(image, "sort_list", arguments=(50,)).as_dict()
    assert {f["name"] for f in profiled["functions"]} >= {"sort_list"}


@pytest.mark.parametrize("toolchain", [pytest.param("zig", marks=FIRMWARE_BY_ZIG)])
def test_firmware_by_zig_keeps_the_names_of_functions(toolchain, project, session_folder):
    found = estimate(project.path, session_folder, toolchain=toolchain, opt="Os").as_dict()
    named = {function["name"] for function in found["functions"]}
    assert {"tussis_frame_power", "tussis_audio_path_frame", "tussis_mel_energies"} <= named
    assert set(found["stages"]["gated"]["audio"]) >= {"front end", "features", "model", "post-processing"}


@pytest.mark.slow
def test_software_floats_cost_many_times_more(project, session_folder):
    rows = what_if(project.path, session_folder, fpus=(True, False)).as_dict()["variants"]
    with_fpu, without = (row["cycles_per_second"]["audio"] for row in rows)
    assert without > 5 * with_fpu


def test_the_flame_view_is_an_svg_with_every_wide_function(measurement):
    run = measurement.modes["gated"]
    svg = flame_svg(run.tree, run.names, "gated", per=run.seconds)
    assert svg == flame_svg(run.tree, run.names, "gated", per=run.seconds)
    import xml.etree.ElementTree as ET

    root = ET.fromstring(svg)
    titles = [t.text for t in root.iter("{http://www.w3.org/2000/svg}title")]
    for cost in run.functions[:8]:
        assert any(title.startswith(f"{cost.name}: ") for title in titles)
    widths = [float(r.get("width")) for r in root.iter("{http://www.w3.org/2000/svg}rect")]
    assert max(widths) <= 1200


def test_the_flame_view_in_json_holds_the_cycles_of_every_wide_function(measurement):
    run = measurement.modes["gated"]
    frames = price(measurement).as_dict()["flame"]
    whole = frames[0]
    assert (whole["function"], whole["depth"], whole["start_cycles"]) == ("all", 0, 0)
    assert whole["cycles"] == pytest.approx(run.cycles / run.seconds, rel=1e-3)
    for depth in range(1, 1 + max(frame["depth"] for frame in frames)):
        row = sorted((f for f in frames if f["depth"] == depth), key=lambda frame: frame["start_cycles"])
        ends = [frame["start_cycles"] + frame["cycles"] for frame in row]
        assert all(end <= after["start_cycles"] * 1.001 for end, after in zip(ends, row[1:], strict=False))
        assert ends[-1] <= whole["cycles"] * 1.001
    assert {"tussis_frame_power", "tussis_push_audio"} <= {frame["function"] for frame in frames}


def replay_document(measurement, mode="gated", factor=1.25, **totals):
    run = measurement.modes[mode]
    cycles = sum(p.cost.cycles for p in run.pushes)
    return {
        "session": measurement.recording,
        "mode": mode,
        "error": None,
        "link": {"clock_hz": 64_000_000},
        "totals": {"cycles": round(factor * cycles), **totals},
    }


def test_a_boards_counters_fit_a_scale_that_can_be_saved(measurement, tmp_path):
    path = tmp_path / "replay.json"
    path.write_text(json.dumps(replay_document(measurement)))
    (session,) = read_replay(path)
    comparison = compare_measured(price(measurement, "nrf9160"), session)
    found = comparison.as_dict()
    assert found["stages"] == []  # a replay without STATS: the session as a whole is all there is
    assert found["cycle_scale"] == pytest.approx(1.25, rel=0.15)  # the prediction has waits for flash on top
    save_scale(comparison, tmp_path / "scales.json")
    scale = load_scale(tmp_path / "scales.json", "nrf9160")
    assert scale == comparison.scale
    scaled = price(measurement, "nrf9160", cycle_scale=scale).as_dict()
    plain = price(measurement, "nrf9160").as_dict()
    assert scaled["per_second"]["gated"]["cycles"] == pytest.approx(
        scale.factor * plain["per_second"]["gated"]["cycles"], rel=1e-3
    )
    assert "fitted" in scaled["expected_error"]["cycles"]
    with pytest.raises(InputError, match="no cycle scale for nrf5340"):
        load_scale(tmp_path / "scales.json", "nrf5340")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"totals": {"cycles": 0}}, "counted no cycles"),
        ({"totals": None}, "is not an output of `tussis replay --json`"),
        ({"mode": "both"}, "is not an output of"),
        ({"error": "lost"}, "no session that was completed"),
    ],
)
def test_replays_without_counts_are_refused(measurement, tmp_path, change, words):
    path = tmp_path / "replay.json"
    path.write_text(json.dumps({**replay_document(measurement), **change}))
    with pytest.raises(InputError, match=re.escape(words)):
        read_replay(path)
    path.write_text("not json")
    with pytest.raises(InputError, match="not a JSON document"):
        read_replay(path)


def test_a_counter_that_is_no_cores_is_refused(measurement, tmp_path):
    """QEMU's runs with the host's time: fewer cycles than half the instructions, which no M33 can do."""
    path = tmp_path / "replay.json"
    path.write_text(json.dumps(replay_document(measurement, factor=0.15)))
    (session,) = read_replay(path)
    with pytest.raises(InputError, match="so this counter is not its core's"):
        compare_measured(price(measurement), session)


def test_a_replay_of_another_session_is_refused(measurement, tmp_path):
    path = tmp_path / "replay.json"
    path.write_text(json.dumps({**replay_document(measurement), "session": "other"}))
    (session,) = read_replay(path)
    with pytest.raises(InputError, match="is of session other"):
        compare_measured(price(measurement), session)


@pytest.mark.slow
def test_thirty_seconds_take_less_than_twice_real_time(project, detector, tmp_path, make_session):
    """Stated target: 30 s in three modes in under 60 s on two cores; CPU time, since machines are shared."""
    import time

    folder = tmp_path / "long"
    write_session(make_session(5, 30.0), folder)
    started = time.process_time()
    measured = measure(project.path, folder)
    for device in load_profiles().devices:
        price(measured, device)
    assert time.process_time() - started < 60
