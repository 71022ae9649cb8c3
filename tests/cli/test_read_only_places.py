"""Places that cannot be written: one line with the place and what to do, or the work is done without."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from ..command_line import run_command
from ..endurance.test_full_disk import needs_small_disk

BIND = """
while [ "$1" != -- ]; do
    mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" || exit 99
    shift
done
shift
exec "$@"
"""
"""Makes folders read-only for the command alone, for root too, who is not held by the mode of a file."""

NOT_THERE = "/proc/none"
"""No folder can be made there, by anybody."""


class Place(NamedTuple):
    """A dataset, firmware, and a folder for what a command writes."""

    made: Path
    own: Path

    def word(self, text: str) -> str:
        """Put places into a word."""
        for name, place in {
            "SET": self.made / "set",
            "FW": self.made / "fw",
            "OUT": self.own / "out",
            "CACHE": self.own / "cache",
            "ROOM": self.own / "tmp",
        }.items():
            text = text.replace(name, str(place))
        return text


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    words = ("--subjects", 2, "--sessions", 1, "--seconds", 5)
    assert run_command("synth", folder / "set", *words).returncode == 0
    assert run_command("export", "default", folder / "fw").returncode == 0
    return folder


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Place:
    for name in ("out", "cache", "tmp"):
        (tmp_path / name).mkdir()
    return Place(made, tmp_path)


def run_among(
    place: Place, words: str, read_only: str, variables: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command that sees some places as read-only."""
    own = {"TUSSIS_CACHE": "CACHE", "TMPDIR": "ROOM"} | dict(pair.split("=") for pair in variables.split())
    environment = {**os.environ, **{name: place.word(value) for name, value in own.items()}}
    environment = {name: value for name, value in environment.items() if value != "unset"}
    places = [place.word(word) for word in read_only.split()]
    command = [sys.executable, "-m", "tussis", *(place.word(word) for word in words.split())]
    return subprocess.run(
        ["unshare", "-rm", "sh", "-c", BIND, "sh", *places, "--", *command],
        capture_output=True,
        text=True,
        env=environment,
        cwd=place.own,
        check=False,
    )


DONE = {
    "the dataset": ("detect SET --csv OUT/x.csv", "SET", ""),
    "the dataset, in processes": ("score SET --json --jobs 2", "SET", ""),
    "the cache, of which only the resuming is lost": ("score SET --json", "CACHE", ""),
    "a cache that is a file": ("score SET --json", "", "TUSSIS_CACHE=/etc/passwd"),
    "no home": ("score SET --json", "", f"TUSSIS_CACHE=unset XDG_CACHE_HOME=unset HOME={NOT_THERE}"),
    "no home, and one that is not needed": (
        "export default OUT/fw",
        "",
        f"TUSSIS_CACHE=unset HOME={NOT_THERE}",
    ),
    "TMPDIR": ("score SET --json --jobs 2", "ROOM", ""),
    "TMPDIR that is not there": ("score SET --json --jobs 2", "", f"TMPDIR={NOT_THERE}"),
}
"""Command, read-only places, variables: the work is done as it would be."""

REFUSED = {
    "the cache of a build": ("verify FW SET", "CACHE", "", "CACHE/builds"),
    "the cache of features": ("train SET --out OUT/d.json", "CACHE", "", "CACHE/features"),
    "no home for a build": (
        "verify FW SET",
        "",
        f"TUSSIS_CACHE=unset XDG_CACHE_HOME=unset HOME={NOT_THERE}",
        f"{NOT_THERE}/.cache/tussis/builds",
    ),
    "an output file": ("train SET --out OUT/d.json", "OUT", "", "OUT/d.json"),
    "an output folder": ("export default OUT/fw", "OUT", "", "OUT/fw"),
    "a new dataset": ("synth OUT/new --subjects 1 --seconds 5", "OUT", "", "OUT/new"),
    "label tracks": ("detect SET --labels OUT/tracks", "OUT", "", "OUT/tracks"),
    "label tracks beside the sessions": ("detect SET --labels SET", "SET", "", "SET"),
    "a table": ("count SET --csv OUT/x.csv", "OUT", "", "OUT/x.csv"),
    "a figure": ("plot importance default --out OUT/p.svg", "OUT", "", "OUT/p.svg"),
    "a page": ("score SET --report OUT/r.html", "OUT", "", "OUT/r.html"),
    "every temporary folder": (
        "export default OUT/fw --trees auto",
        "/tmp /var/tmp",
        f"TMPDIR={NOT_THERE}",
        "TMPDIR: No usable temporary directory",
    ),
}
"""Command, read-only places, variables, and the place that is named."""


@needs_small_disk
@pytest.mark.parametrize("kind", DONE)
def test_what_does_not_need_the_place_is_done(kind: str, place: Place) -> None:
    words, read_only, variables = DONE[kind]
    found = run_among(place, words, read_only, variables)
    assert found.returncode == 0, found.stderr
    assert "tussis:" not in found.stderr
    if "--json" in words:
        usual = run_command(*words.replace("SET", str(place.made / "set")).split())
        assert json.loads(found.stdout) == json.loads(usual.stdout)


@needs_small_disk
@pytest.mark.parametrize("kind", REFUSED)
def test_the_place_is_named_and_nothing_is_begun(kind: str, place: Place) -> None:
    words, read_only, variables, named = REFUSED[kind]
    before = sorted(place.made.rglob("*"))
    found = run_among(place, words, read_only, variables)
    assert found.returncode == 2, found.stderr
    assert "internal error" not in found.stderr
    (line,) = [line for line in found.stderr.splitlines() if line.startswith("tussis:")]
    assert place.word(named) in line
    assert ("TUSSIS_CACHE" in line) == ("cache" in named.lower()), line
    assert "; " in line, "no remedy"
    assert sorted(place.made.rglob("*")) == before
    assert not list((place.own / "out").iterdir())
