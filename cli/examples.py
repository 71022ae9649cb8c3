"""Command lines that each verb's help shows; a test parses every one of them."""

from __future__ import annotations

from typing import Any

import typer

__all__ = ["EXAMPLES", "show_examples"]

EXAMPLES: dict[str, tuple[str, ...]] = {
    "demo": ("tussis demo --quick --out tussis-demo",),
    "report": ("tussis report detector.json score.json recordings/ --out report.html",),
    "doctor": ("tussis doctor", "tussis doctor --json"),
    "synth": ("tussis synth recordings/ --subjects 8 --seed 1", "tussis synth day/ --day --hours 2"),
    "fetch": ("tussis fetch --list", "tussis fetch esc-50 downloads/"),
    "info": ("tussis info recordings/",),
    "label": ("tussis label clips/ --out tracks/",),
    "compose": ("tussis compose clips/ recordings/ --people 20 --hours 2",),
    "train": (
        "tussis train recordings/ --out detector.json",
        "tussis train recordings/ --out detector.json --budget budget.toml",
    ),
    "detect": (
        "tussis detect my.wav",
        "tussis detect recordings/ --csv recordings.csv --labels tracks/",
    ),
    "score": ("tussis score recordings/ --model detector.json --mode gated",),
    "evaluate": (
        "tussis evaluate recordings/ --listen errors/",
        "tussis evaluate recordings/ --cross-validate --folds 5",
    ),
    "review": ("tussis review recordings/ --model detector.json",),
    "labels": ("tussis labels compare first/ second/ --duration 60",),
    "listen": ("tussis listen", "tussis listen --model default-large --keep heard.wav"),
    "count": ("tussis count recordings/ --per hour", "tussis count detected.json --per day --day-begins 12"),
    "compare": ("tussis compare detected.json --by treatment --about treatments.csv",),
    "describe": ("tussis describe detector.json --out detector.html", "tussis describe default"),
    "plot": (
        "tussis plot threshold detector.json --out thresholds.pdf",
        "tussis plot timeline recordings/session_01 --out timeline.svg",
    ),
    "export": (
        "tussis export detector.json firmware/",
        "tussis export default firmware/ --package zephyr --microphone wake",
    ),
    "model": ("tussis model retrained.json model.bin --for firmware/",),
    "verify": ("tussis verify firmware/ recordings/",),
    "golden": ("tussis golden recordings/session_01 --out golden/ --start 2 --seconds 5",),
    "estimate": (
        "tussis estimate firmware/ --recording recordings/session_01 --device nrf5340 --advise",
        "tussis estimate firmware/ --recording recordings/session_01 --clock 64e6 --clock 128e6",
    ),
    "profile": ("tussis profile image.elf --entry main",),
    "board": (
        "tussis board firmware/ --port tcp:5555",
        "tussis board firmware/ --sensors recordings/session_01 --cycles",
    ),
    "replay": (
        "tussis replay recordings/session_01 --port /dev/ttyACM0 --model detector.json",
        "tussis replay recordings/ --port socket://localhost:5555 --speed max",
    ),
    "monitor": (
        "tussis monitor --port /dev/ttyACM0 --log evening.log",
        "tussis monitor --replay evening.log --speed 10",
    ),
    "log": ("tussis log flash.bin",),
    "recorder": ("tussis recorder recorder_firmware/",),
    "record": ("tussis record recordings/monday --port /dev/ttyACM0 --subject anna",),
    "study": ("tussis study wake recordings/ --device nrf5340",),
    "calibrate": ("tussis calibrate --out costs.json --designs 60",),
    "trees": ("tussis trees model.json model.c --form branches --name score",),
}
"""By verb; the first one is what most people want."""


def show_examples(app: typer.Typer) -> None:
    """Put the examples of each verb below its help."""
    every: list[Any] = [*app.registered_commands, *app.registered_groups]
    for command in every:
        name = str(command.name or getattr(command.callback, "__name__", ""))
        if lines := EXAMPLES.get(name):
            command.epilog = "\n\n".join(("Example:" if len(lines) == 1 else "Examples:", *lines))
