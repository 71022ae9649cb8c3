"""The shipped detector's firmware costs what it did: flash, RAM, stack, instructions of every mode.

More than 2 % above the saved figures fails. After a change that is worth its price: ``make cost-baseline``.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tussis.export.build.toolchain import Toolchain, find_arm_toolchain
from tussis.export.codegen.project import export_project
from tussis.export.estimate.estimate import measure
from tussis.selection.detector.detector_file import load_detector

from ...toolchains import BOTH_TOOLCHAINS

BASELINE = Path(__file__).with_name("cost_baseline.json")
LIMIT = 1.02
UPDATE = bool(os.environ.get("TUSSIS_UPDATE_BASELINE"))


@pytest.fixture(scope="module", params=BOTH_TOOLCHAINS)
def toolchain(request: pytest.FixtureRequest, tool) -> Toolchain:
    if request.param == "gcc":
        tool("arm-none-eabi-gcc")
    return find_arm_toolchain(request.param)


@pytest.fixture(scope="module")
def figures(toolchain: Toolchain, session_folder: Path, tmp_path_factory) -> dict[str, int]:
    """Measure the shipped detector; sizes in bytes, the rest in instructions per second or per call."""
    project = export_project(load_detector("default"), tmp_path_factory.mktemp("baseline") / "firmware")
    found = measure(project.path, session_folder, toolchain=toolchain.name)
    sizes = {
        "flash_bytes": found.memory.flash_bytes,
        "ram_bytes": found.memory.ram_bytes,
        "stack_bytes": found.stack_bytes,
    }
    rates = {
        f"{mode}_instructions_per_second": round(run.instructions / run.seconds)
        for mode, run in found.modes.items()
    }
    worst = {
        f"{mode}_longest_push_instructions": run.worst(
            "tussis_push_imu" if mode == "imu" else "tussis_push_audio"
        ).instructions
        for mode, run in found.modes.items()
    }
    return sizes | rates | worst


def test_no_figure_has_grown(toolchain: Toolchain, figures: dict[str, int]) -> None:
    saved = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    if UPDATE:
        saved[toolchain.name] = {"compiler": toolchain.version, **figures}
        BASELINE.write_text(json.dumps(dict(sorted(saved.items())), indent=2) + "\n")
    before = saved[toolchain.name]
    if before["compiler"] != toolchain.version:
        pytest.skip(f"the baseline is of {before['compiler']}, here is {toolchain.version}")
    grown = {
        name: f"{before[name]} -> {value}" for name, value in figures.items() if value > LIMIT * before[name]
    }
    assert grown == {}, "worth it? then: make cost-baseline"
    assert before.keys() == figures.keys() | {"compiler"}
