"""What tests of several folders need from the machine they run on."""

from __future__ import annotations

import importlib
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from tussis.export.build.toolchain import Toolchain, find_arm_toolchain
from tussis.selection.trees.tree_ensemble import LEAF, TreeEnsemble
from tussis.selection.windows import feature_files

ROOT = Path(__file__).resolve().parent.parent
BENCH = """
[devices.bench]
title = "A core without waits for flash"
regulator = "LDO, 1.8 V"
supply_v = { value = 1.8, source = "schematic, rev C" }
flash_bytes = { value = 262144, source = "DS1, Table 1" }
ram_bytes = { value = 65536, source = "DS1, Table 1" }
default_clock_hz = 64e6
deep_sleep_ua = { value = 2.0, source = "measured" }
captures = [{ name = "pdm", interface = "pdm", current_ua = { value = 100.0, source = "measured" } }]
wake_us = { value = 10.0, source = "measured" }
[[devices.bench.clocks]]
clock_hz = 64e6
active_ua = { value = 2400.0, source = "measured" }
sleep_floor_ua = { value = 0.0, source = "measured" }
wait_states = { value = 0, source = "RM, 3.2" }
"""

# NumPy is the definition that the C is compared with. Tests of the C in its place choose it themselves.
os.environ["TUSSIS_KERNELS"] = "numpy"

# A shell starts background jobs with Ctrl-C ignored, and what they start inherits that: tests that interrupt
# a process would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _features_in_this_process() -> Iterator[None]:
    """A process that computes features imports for a second; tests of processes ask for `workers(jobs=2)`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feature_files, "N_PROCESSES", 1)
        yield


@pytest.fixture(scope="session")
def tool() -> Callable[..., str]:
    """Find a program by its names; where it is missing, skip and say so, but fail in CI."""

    def find(*names: str) -> str:
        for name in names:
            if found := shutil.which(name):
                return found
        missing = f"{' or '.join(names)} is not on PATH: this test cannot run"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)

    return find


@pytest.fixture(scope="session")
def library() -> Callable[[str, str], ModuleType]:
    """Import a library that only developers have; where it is missing, skip and say so, but fail in CI."""

    def load(name: str, extra: str) -> ModuleType:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            missing = f"{name} is not installed (tussis[{extra}]): this test cannot run"
            if os.environ.get("CI"):
                pytest.fail(missing)
            pytest.skip(missing)

    return load


@pytest.fixture(scope="session")
def librosa(library: Callable[[str, str], ModuleType]) -> ModuleType:
    """What spectra and mel bands are compared with; only developers install it, with numba and llvmlite."""
    return library("librosa", "dev")


@pytest.fixture(scope="session")
def bench_profile() -> str:
    """A device file of one's own: a core, called bench, whose flash makes it wait for nothing."""
    return BENCH


@pytest.fixture(scope="session")
def recordings() -> Path:
    """Real recordings; the tests that want them are skipped, loudly, where they are absent."""
    place = Path(os.environ.get("TUSSIS_RECORDINGS", ROOT.parent / "shared" / "recordings"))
    if not (place / "sessions").is_dir():
        pytest.skip(f"no real recordings at {place}; set TUSSIS_RECORDINGS")
    return place


@pytest.fixture(scope="session")
def hard_rows() -> Callable[..., np.ndarray]:
    """Rows whose values lie on an ensemble's thresholds, one ulp beside, at zeros, extreme, or missing.

    ``hard_rows(trees, n=1500, seed=1)`` gives float32, shape (n, n_features).
    """

    def draw(trees: TreeEnsemble, n: int = 1500, seed: int = 1) -> np.ndarray:
        rng = np.random.default_rng(seed)
        inner = np.flatnonzero(trees.left != LEAF)
        X = np.empty((n, trees.n_features), np.float32)
        for feature in range(trees.n_features):
            at = trees.threshold[inner[trees.feature[inner] == feature]]
            down, up = np.float32(-np.inf), np.float32(np.inf)
            sizes = np.float32([0.0, 1e-45, 3.4e38, np.inf, np.nan])
            extremes = np.concatenate([sizes, -sizes])  # a missing value has either sign
            X[:, feature] = rng.choice(
                np.concatenate([at, np.nextafter(at, down), np.nextafter(at, up), extremes]), n
            )
        return X

    return draw


@pytest.fixture(scope="session")
def toolchain_named() -> Callable[[str], Toolchain]:
    """``toolchain_named("gcc")``; skipped where TUSSIS_TOOLCHAIN asks for the other or gcc is not there."""

    def find(name: str) -> Toolchain:
        if os.environ.get("TUSSIS_TOOLCHAIN", name) != name:
            pytest.skip("TUSSIS_TOOLCHAIN names the other one")
        if name == "gcc" and shutil.which("arm-none-eabi-gcc") is None:
            if os.environ.get("CI") and "TUSSIS_TOOLCHAIN" not in os.environ:
                pytest.fail("arm-none-eabi-gcc is missing")
            pytest.skip("arm-none-eabi-gcc is not installed; zig is tested")
        return find_arm_toolchain(name)

    return find
