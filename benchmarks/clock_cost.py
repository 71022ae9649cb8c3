"""The cost table of docs/sensors.md: the motion path of the shipped detector with an IMU clock of its own.

    python benchmarks/clock_cost.py [gcc|zig]

Instructions per second on the emulated core in mode ``imu``, from the fourth second on; the motion is noise.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from tussis.data.imu_skew import SensorClock, skewed
from tussis.export.build.toolchain import find_arm_toolchain
from tussis.export.codegen.project import export_project
from tussis.export.emulator.board_library import BoardDetector
from tussis.export.emulator.virtual_board import VirtualBoard
from tussis.selection.detector.detector_file import load_detector

SECONDS = 24
SETTLED_S = 4
CLOCKS = {"100 Hz, 0.1 % off": (1000, 100), "104 Hz": (0, 104), "52 Hz": (0, 52), "208 Hz": (0, 208)}
CLOCKS |= {"416 Hz": (0, 416)}
BLOCKS_S = {"blocks of 1 s": 1.0, "blocks of 0.1 s": 0.1, "single samples": 0.0}


def cost(core: BoardDetector, clock: SensorClock, *, stamped: bool) -> float:
    """Instructions per second."""
    imu = np.random.default_rng(0).normal(size=(100 * SECONDS, 6)).astype(np.float32)
    sensor = skewed(imu, 100, clock)
    core.start("imu")
    spent = done = 0
    for end, tick in zip(sensor.ends.tolist(), sensor.ticks.tolist(), strict=True):
        block = sensor.samples[done:end]
        _ = core.push_imu_at(block, tick) if stamped else core.push_imu(block)
        done = end
        if tick > SETTLED_S * 16000:
            spent += core.board.last_call.instructions
    return spent / (SECONDS - SETTLED_S)


def main(arguments: list[str]) -> None:
    """Print the table."""
    compiler = find_arm_toolchain("zig" if "zig" in arguments else "gcc")
    with tempfile.TemporaryDirectory() as folder:
        project = export_project(load_detector("default"), Path(folder) / "firmware")
        core = BoardDetector(VirtualBoard(compiler.compile_elf(project)).count())
    print(f"| pushed | without stamps | {' | '.join(CLOCKS)} |")
    print("|---" * (2 + len(CLOCKS)) + "|")
    for name, block_s in BLOCKS_S.items():
        found = [cost(core, SensorClock(batch_s=block_s), stamped=False)]
        found += [cost(core, SensorClock(ppm, 0, hz, block_s), stamped=True) for ppm, hz in CLOCKS.values()]
        print(f"| {name} | {' | '.join(f'{value:,.0f}' for value in found)} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
