"""Lines that are printed survive the message and the shell."""

from __future__ import annotations

import subprocess

import pytest

from tussis.cli.console import printable
from tussis.data.input_error import InputError
from tussis.data.shell_line import ffmpeg_line

NAMES = (
    "night.m4a",
    "my night.m4a",
    'Anna\'s "night".m4a',
    "two  blanks and\ttab.m4a",
    "a\nb.m4a",
    "$(touch hacked) `x` \\n.m4a",
    "-y.m4a",
    "Jürgen 咳\u202e.m4a",
    "a;b&c|d>e*.m4a",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_line_of_an_error_can_be_pasted(name: str) -> None:
    said = printable(str(InputError(name, "is no WAV file", remedy=f"convert it: {ffmpeg_line(name)}")))
    line = said[said.index("; convert it: ") + len("; convert it: ") :]
    script = 'ffmpeg() { printf "%s\\0" "$@"; }; eval "$1"'
    shell = subprocess.run(["bash", "-c", script, "bash", line], capture_output=True, check=True)
    words = shell.stdout.decode().split("\0")[:-1]
    source = f"./{name}" if name.startswith("-") else name
    assert words == ["-i", source, "-c:a", "pcm_s16le", source.removesuffix(".m4a") + ".wav"]
