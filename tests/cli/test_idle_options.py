"""No option is passed over in silence: what does nothing beside the rest of a command line is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from tussis.cli.app import app, main
from tussis.cli.idle_options import IDLE

MORE = "--measured m.json"
ALONE: dict[tuple[str, str], tuple[str, str]] = {
    ("fetch", "name"): ("fetch --list edge-ai", "fetch nothing-of-this-name there"),
    ("fetch", "dest"): ("fetch edge-ai there --list", "fetch nothing-of-this-name there"),
    ("train", "costs"): ("train no --out o.json --costs gcc", "--budget b.toml"),
    ("train", "battery"): ("train no --out o.json --battery lipo100", "--budget b.toml"),
    ("train", "search"): ("train no --out o.json --search halving", "--budget b.toml"),
    ("train", "max_loss"): ("train no --out o.json --max-loss 0.1", "--rule loss"),
    ("evaluate", "listen_most"): ("evaluate no --listen-most 3", "--listen wavs"),
    ("evaluate", "folds"): ("evaluate no --folds 3", "--cross-validate"),
    ("evaluate", "recipe"): ("evaluate no --recipe r.toml", "--cross-validate"),
    ("listen", "model"): ("listen --devices --model default", ""),
    ("listen", "device"): ("listen --devices --device 1", ""),
    ("listen", "seconds"): ("listen --devices --seconds 3", ""),
    ("listen", "labels"): ("listen --devices --labels l.txt", ""),
    ("listen", "keep"): ("listen --devices --keep k.wav", ""),
    ("listen", "point"): ("listen --devices --point balanced", ""),
    ("listen", "threshold"): ("listen --devices --threshold 0.5", ""),
    ("listen", "false_per_hour"): ("listen --devices --false-per-hour 1", ""),
    **{
        (verb, option): (f"{verb} no {by}--labelled --{option} {value}", f"{verb} no {by}--{option} {value}")
        for verb, by in (("count", ""), ("compare", "--by drug "))
        for option, value in (
            ("model", "default"),
            ("mode", "audio"),
            ("microphone", "always"),
            ("point", "balanced"),
        )
    },
    ("plot", "model"): (
        "plot front no --out o.svg --model default",
        "plot timeline no --out o.svg --model default",
    ),
    ("plot", "mode"): (
        "plot threshold no --out o.svg --mode audio",
        "plot timeline no --out o.svg --mode audio",
    ),
    ("plot", "most"): ("plot timeline no --out o.svg --most 3", "plot importance no --out o.svg --most 3"),
    ("export", "max_flash"): (
        "export no fw --trees auto --max-flash 9999 --model-in flash-blob",
        "export no fw --trees auto --max-flash 9999",
    ),
    ("estimate", "save_scale"): ("estimate no --recording s --save-scale s.json", MORE),
    ("estimate", "save_device"): (
        "estimate no --recording s --save-device d.toml",
        "--measured-current c.csv",
    ),
    ("estimate", "microphone_on"): ("estimate no --recording s --microphone-on 0.2", "--awake 0"),
    ("estimate", "sound_threshold"): ("estimate no --recording s --sound-threshold -55dBFS", "--day no"),
    ("estimate", "measured_current"): (f"estimate no --recording s {MORE} --measured-current c.csv", ""),
    ("estimate", "awake"): (f"estimate no --recording s {MORE} --awake 0.1", ""),
    ("estimate", "day"): (f"estimate no --recording s {MORE} --day no", ""),
    ("estimate", "advise"): (f"estimate no --recording s {MORE} --advise", ""),
    ("estimate", "measured"): (f"estimate no --recording s --device all {MORE}", ""),
    ("estimate", "scale"): ("estimate no --recording s --opt O2 --opt Os --scale s.json", ""),
    ("estimate", "flame"): ("estimate no --recording s --fpu on --fpu off --flame f.svg", ""),
    ("estimate", "report"): ("estimate no --recording s --clock 64e6 --clock 1e8 --report r.html", ""),
    ("board", "speed"): ("board no --speed 2", "--sensors no"),
    ("monitor", "speed"): ("monitor --port no --speed 2", "monitor --replay no --speed 2"),
    ("monitor", "log"): ("monitor --replay no --log l", "monitor --port no --log l"),
    ("monitor", "seconds"): ("monitor --replay no --seconds 2", "monitor --port no --seconds 2"),
    ("monitor", "baud"): ("monitor --replay no --baud 115200", "monitor --port no --baud 115200"),
    ("study", "device"): ("study rate no --device nrf5340", "study wake no --device nrf5340"),
    ("study", "battery"): ("study mode no --battery lipo100", "study wake no --battery lipo100"),
    ("study", "seed"): ("study wake no --seed 1", "study rate no --seed 1"),
}
"""By verb and parameter: a command line in which it does nothing, and one (or words more) where it does."""


def test_every_rule_is_tried() -> None:
    assert set(ALONE) == {
        (verb, name) for verb, rules in IDLE.items() for rule in rules for name in rule.options
    }


def test_rules_name_verbs_and_parameters_that_exist() -> None:
    commands = typer.main.get_command(app).commands
    for verb, name in ALONE:
        assert name in {parameter.name for parameter in commands[verb].params}, (verb, name)


@pytest.mark.parametrize(("verb", "name"), ALONE)
def test_an_option_that_does_nothing_is_refused(
    verb: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(ALONE[verb, name][0].split()) == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    typed = {"name": "NAME", "dest": "DEST"}.get(name, f"--{name.replace('_', '-')}")
    if (verb, name) == ("fetch", "dest"):
        typed = "NAME"  # who gives a folder gives a name before it
    assert streams.err.startswith(f"tussis: {typed}: ")
    assert len(streams.err.splitlines()) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("verb", "name"), [place for place, words in ALONE.items() if words[1]])
def test_with_what_it_belongs_to_it_is_taken(
    verb: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    alone, other = ALONE[verb, name]
    words = other.split() if other.startswith(verb) else [*alone.split(), *other.split()]
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2  # for there is no such file
    said = capsys.readouterr().err
    assert not any(rule.why in said for rule in IDLE[verb]), said


def test_a_default_of_a_file_is_for_other_command_lines_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tussis.toml").write_text("[train]\ncosts = 'gcc'\nmax_loss = 0.02\n")
    monkeypatch.chdir(tmp_path)
    assert main(["train", "no", "--out", "o.json"]) == 2
    assert "belongs to" not in capsys.readouterr().err
