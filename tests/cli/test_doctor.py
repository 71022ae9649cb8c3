"""tussis doctor: what it finds here is here, and what is missing is said with what that costs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from tussis.cli.app import main
from tussis.cli.checkup import take_checkup

Capture = pytest.CaptureFixture[str]


def test_it_finds_what_the_tests_use(capsys: Capture) -> None:
    assert main(["doctor", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["passed"] is True
    checks = {check["name"]: check for check in document["checks"]}
    assert {"unicorn", "numpy", "statsmodels", "this machine", "default detector"} <= checks.keys()
    assert "3,733 recordings" in checks["default detector"]["found"]
    assert (checks["cmake"]["state"] == "found") == (shutil.which("cmake") is not None)
    for check in document["checks"]:
        assert bool(check["costs"]) == (check["state"] != "found"), check


def test_what_is_missing_is_said_with_what_it_costs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "ffmpeg").write_text("#!/bin/sh\nexit 3\n")
    (tmp_path / "ffmpeg").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("TUSSIS_TOOLCHAIN", "gcc")
    monkeypatch.setattr("tussis.export.build.toolchain._arm_gcc", lambda: None)
    monkeypatch.delenv("CC", raising=False)
    assert main(["doctor"]) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert "Cortex-M33: missing without it: verify, estimate, board, profile" in out
    assert "cmake: missing without it: building an exported project" in out
    assert f"ffmpeg: broken {tmp_path}/ffmpeg" in out
    assert "something that is needed is missing" in out


def test_a_broken_library_is_no_fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tussis.cli.checkup.import_module", _refuse)
    found = {check.name: check for check in take_checkup().checks}
    assert (found["unicorn"].state, found["unicorn"].found) == ("broken", "wrong ELF class")


def _refuse(name: str) -> object:
    raise ImportError("wrong ELF class")


@pytest.mark.parametrize(
    ("described", "said"),
    [
        ("n/a", "a port without a description"),
        ("", "a port without a description"),
        (None, "a port without a description"),
        ("J-Link CDC", "J-Link CDC"),
    ],
)
def test_a_port_is_described_in_words(
    described: str | None, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    device = tmp_path / "ttyACM0"
    device.touch()
    port = SimpleNamespace(device=str(device), description=described)
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: [port])
    found = {check.name: check for check in take_checkup().checks}
    assert (found[str(device)].state, found[str(device)].found) == ("found", said)
