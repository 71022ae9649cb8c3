"""What tests of several folders need from the machine they run on."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# A shell starts background jobs with Ctrl-C ignored, and what they start inherits that: tests that interrupt
# a process would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


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
def recordings() -> Path:
    """Real recordings; the tests that want them are skipped, loudly, where they are absent."""
    place = Path(os.environ.get("TUSSIS_RECORDINGS", ROOT.parent / "shared" / "recordings"))
    if not (place / "sessions").is_dir():
        pytest.skip(f"no real recordings at {place}; set TUSSIS_RECORDINGS")
    return place
