"""The C front end under every compiler at hand: no warning, the same bits on the Cortex-M33, and its cost."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from tussis.export.build.toolchain import Toolchain, find_arm_toolchain, find_host_compiler
from tussis.export.codegen.front_end import FrontEnd
from tussis.export.emulator.virtual_board import VirtualBoard
from tussis.signal.audio_features import audio_features
from tussis.signal.catalogue import feature_ids
from tussis.signal.decimator import decimate
from tussis.signal.imu_features import imu_features
from tussis.signal.plan import AudioPlan, ImuPlan

STUB = Path(__file__).resolve().parents[2] / "firmware_stub"
SCRIPT = STUB / "ports" / "virtual" / "virtual.ld"
ENTRIES = (
    *("tussis_decimator_reset", "tussis_decimate", "tussis_frame_power", "tussis_audio_path_reset"),
    *("tussis_audio_path_frame", "tussis_audio_path_features", "tussis_imu_features"),
)

TYPICAL_AUDIO = (
    *("mel03_rel", "mel06_rel", "mel07_rel", "mel09_rel", "mel12_rel", "mel15_rel", "mel02_std", "mel08_std"),
    *(
        "mel14_std",
        "mel05_peak",
        "mel10_peak",
        "mel04_entropy",
        "mel12_entropy",
        "mel01_mean",
        "spec_centroid",
    ),
    *("spec_spread", "spec_flatness", "spec_rolloff85", "band_high_low", "band2_power", "env_attack1"),
    *("env_attack2", "env_peak_mean", "env_run12", "env_above6", "env_after4", "env_before4", "env_peaks"),
    *("env_std", "env_late_early", "env_quarter1", "env_second", "env_balance", "group0_attack"),
    *("group3_attack", "group1_prominence", "group2_run12", "group_joint_attack", "onset_max", "flux_mean"),
    *("flux_std", "rising_max", "flat_std", "tilt_at_peak", "tonal_mean"),
)
TYPICAL_IMU = [
    f"{signal}_{kind}"
    for signal in ("accx", "accy", "accz", "accnorm", "gyronorm", "gyroy")
    for kind in ("line_length", "rms", "kurtosis", "azc1", "zcr")
]


def front_end(audio, imu, audio_plan=None, imu_plan=None) -> FrontEnd:
    return FrontEnd.of(audio_plan or AudioPlan(), audio, imu_plan or ImuPlan(), imu)


def build(compiler: Toolchain, sources: list[Path]) -> Path:
    folder = sources[-1].parent
    include = [STUB / "include", folder, STUB / "src"]
    if not compiler.is_arm:
        return compiler.build(sources, "shared", include=include)
    keep = [f"-Wl,-u,{name}" for name in ENTRIES]
    return compiler.build(sources, "elf", include=include, linker_script=SCRIPT, link_flags=keep)


@pytest.fixture(params=["gcc", "zig"])
def arm(request: pytest.FixtureRequest, tool) -> Toolchain:
    """Both cross-compilers; a missing one is skipped loudly, and fails in CI."""
    if request.param == "gcc":
        tool("arm-none-eabi-gcc")
    elif find_spec("ziglang") is None:
        tool("zig")
    return find_arm_toolchain(request.param)


@pytest.fixture(params=["gcc", "clang"])
def host(request: pytest.FixtureRequest, tool, monkeypatch: pytest.MonkeyPatch) -> Toolchain:
    tool(request.param)
    monkeypatch.setenv("CC", request.param)
    return find_host_compiler()


SELECTIONS = {
    "everything": (feature_ids("audio"), feature_ids("imu")),
    "one": (["spec_slope"], ["gyronorm_azc3"]),
    "level_only": (["env_attack2"], ["accx_mean"]),
    "mfcc": (["mfcc03_mean", "mfcc05_std"], ["accz_velocity_max"]),
    "time": (["crest", "zcr_at_peak"], ["accnorm_late_early"]),
    "last_group": (["group3_at_peak", "group2_quarter1"], ["gyrox_jerk_rms"]),
    "no_audio": (None, ["accx_rms"]),
    "no_imu": (["mel00_max"], None),
}


@pytest.mark.parametrize("name", SELECTIONS)
def test_any_selection_compiles_without_a_warning_here(name, host, c_sources):
    audio, imu = SELECTIONS[name]
    front = FrontEnd.of(AudioPlan() if audio else None, audio or (), ImuPlan() if imu else None, imu or ())
    build(host, c_sources(front))


@pytest.mark.parametrize("name", ["one", "last_group"])
def test_any_selection_compiles_without_a_warning_for_the_chip(name, arm, c_sources):
    build(arm, c_sources(front_end(*SELECTIONS[name])))


def test_the_chip_computes_the_same_bits(arm, c_sources, sounds, same_bits):
    board = VirtualBoard(build(arm, c_sources(front_end(*SELECTIONS["everything"]))))
    decimator, path, pcm_at, frame_at = (board.alloc(n) for n in (256, 16384, 512, 512))
    n_audio, n_imu = len(feature_ids("audio")), len(feature_ids("imu"))
    x_at = board.alloc(4 * max(n_audio, n_imu))
    pcm = sounds["bursts"][4096 : 4096 + 256 * 40]
    board.call("tussis_decimator_reset", decimator, returns="void")
    board.call("tussis_audio_path_reset", path, returns="void")
    levels, rows, samples = [], [], []
    for frame in range(40):
        board.write(pcm_at, pcm[256 * frame : 256 * frame + 256])
        assert board.call("tussis_decimate", decimator, pcm_at, 256, frame_at) == 128
        samples.append(board.read_array(frame_at, np.int16, 128))
        levels.append(board.call("tussis_audio_path_frame", path, frame_at, returns="float"))
        if frame in (31, 39):
            board.call("tussis_audio_path_features", path, x_at, returns="void")
            rows.append(board.read_array(x_at, np.float32, n_audio))
    assert np.array_equal(np.concatenate(samples), decimate(pcm, AudioPlan()))
    reference = audio_features(pcm)
    same_bits(np.array(levels, np.float32), reference.level)
    same_bits(np.array(rows), reference.values, reference.ids)
    window = (np.random.default_rng(0).standard_normal((50, 6)) * 3).astype(np.float32)
    ring = board.alloc(1200)
    board.write(ring, np.roll(window, 17, axis=0))
    board.call("tussis_imu_features", ring, 17, x_at, returns="void")
    wanted = imu_features(window)
    same_bits(board.read_array(x_at, np.float32, n_imu), wanted.values[0], wanted.ids)


def test_what_a_typical_detector_costs(arm, c_sources, sounds):
    """Instructions are exact, so these are limits, not measurements: raise one only with a reason."""
    board = VirtualBoard(build(arm, c_sources(front_end(TYPICAL_AUDIO, TYPICAL_IMU)))).count()
    decimator, path, pcm_at, frame_at, x_at = (board.alloc(n) for n in (256, 16384, 512, 512, 1024))
    board.call("tussis_decimator_reset", decimator, returns="void")
    board.call("tussis_audio_path_reset", path, returns="void")
    cost: dict[str, list[int]] = {"decimate": [], "frame": [], "features": []}

    def call(kind, symbol, *arguments):
        board.call(symbol, *arguments, returns="void")
        cost[kind].append(board.last_call.instructions)

    pcm = sounds["bursts"]
    for frame in range(48):
        board.write(pcm_at, pcm[256 * frame : 256 * frame + 256])
        call("decimate", "tussis_decimate", decimator, pcm_at, 256, frame_at)
        call("frame", "tussis_audio_path_frame", path, frame_at)
        if frame % 8 == 7 and frame >= 31:
            call("features", "tussis_audio_path_features", path, x_at)
    per_second = 62.5 * (np.mean(cost["decimate"]) + np.mean(cost["frame"])) + 7.8125 * np.mean(
        cost["features"]
    )
    assert per_second < 450_000
    assert 62.5 * np.mean(cost["decimate"]) < {"gcc": 100_000, "zig": 115_000}[arm.name]
    mean_square = int((pcm[:128].astype(int) ** 2).sum() // 128)
    board.write(frame_at, pcm[:128])
    board.call("tussis_frame_power", frame_at, mean_square, board.alloc(256), returns="void")
    assert board.last_call.instructions < {"gcc": 2_000, "zig": 2_300}[arm.name]
    ring = board.alloc(1200)
    board.write(ring, np.random.default_rng(0).standard_normal((50, 6)).astype(np.float32))
    board.call("tussis_imu_features", ring, 13, x_at, returns="void")
    assert 4 * board.last_call.instructions < 70_000
