"""Completion in a real bash: the script that tussis prints, sourced, and a Tab pressed."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path


def test_bash_completes_verbs_options_and_choices(tmp_path: Path, tool: Callable[..., str]) -> None:
    bash = tool("bash")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "TERM": "dumb", "PS1": "$ ", "COLUMNS": "200"}
    asked = {**environment, "_TUSSIS_COMPLETE": "source_bash"}
    script = subprocess.run(["tussis"], env=asked, capture_output=True, check=True)
    (tmp_path / "complete.sh").write_bytes(script.stdout)
    process, terminal = pty.fork()
    if process == 0:
        os.execve(bash, ["bash", "--norc", "--noprofile", "-i"], environment)
    try:
        os.write(terminal, f"source {tmp_path}/complete.sh\n".encode())
        for typed, completed in (
            (b"tussis repl\t", "tussis replay "),
            (b"\x15tussis detect --fal\t", "--false-per-hour "),
            (b"3 --mode g\t", "--mode gated "),
        ):
            os.write(terminal, typed)
            assert shown_until(terminal, completed), completed
    finally:
        os.write(terminal, b"\x15exit\n")
        shown_until(terminal, "never", 1.0)
        os.close(terminal)
        os.waitpid(process, 0)


def shown_until(terminal: int, wanted: str, most_s: float = 60.0) -> bool:
    """Read what the terminal shows until it shows something."""
    shown, deadline = "", time.monotonic() + most_s
    while wanted not in re.sub(r"[\x07\r]", "", shown):
        ready, _, _ = select.select([terminal], [], [], max(deadline - time.monotonic(), 0.0))
        if not ready:
            return False
        try:
            shown += os.read(terminal, 65536).decode(errors="replace")
        except OSError:  # the shell has ended
            return False
    return True
