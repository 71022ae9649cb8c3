"""`estimate`: options that exclude or need each other, before anything is built."""

import pytest

from tussis.cli.app import main


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--awake", "0.1", "--day", "d"], "--day: says for how long the gate is awake, as --awake does"),
        (["--save-device", "x.toml"], "--save-device: belongs to --measured-current; give"),
        (["--measured-current", "none.csv"], "none.csv: cannot be read: No such file"),
        (["--microphone-on", "0.2"], "--microphone-on: belongs to --awake; give --awake too"),
        (["--microphone-on", "2", "--awake", "0.1"], "--microphone-on: 2 is not a share of the time; give 0"),
        (["--sound-threshold", "60dBSPL"], "--sound-threshold: belongs to --day; give --day too"),
        (
            ["--day", "d", "--sound-threshold", "loud"],
            "--sound-threshold: 'loud' is not a threshold from -96",
        ),
        (
            ["--opt", "O2", "--opt", "Os", "--awake", "0", "--microphone-on", "0"],
            "goes with one variant only",
        ),
        (["--opt", "O2", "--opt", "Os", "--day", "d"], "--day: goes with one variant only"),
        (["--device", "all", "--measured-current", "d"], "--measured-current: goes with one variant only"),
    ],
)
def test_options_that_do_not_go_together_are_one_line(tmp_path, capsys, options, message):
    assert main(["estimate", str(tmp_path), "--recording", str(tmp_path), *options]) == 2
    assert message in " ".join(capsys.readouterr().err.split())


ONE_VARIANT = {
    "--measured": "m.json",
    "--save-scale": "s.json",
    "--scale": "s.json",
    "--measured-current": "c.csv",
    "--save-device": "d.toml",
    "--flame": "f.svg",
    "--awake": "0",
    "--microphone-on": "0",
    "--sound-threshold": "-55dBFS",
    "--day": "d",
    "--report": "r.html",
}
SEVERAL = ["--device all", "--opt O2 --opt Os", "--fpu on --fpu off", "--clock 64e6 --clock 128e6"]


@pytest.mark.parametrize("several", [*SEVERAL, "--toolchain gcc --toolchain zig"])
@pytest.mark.parametrize("option", [*ONE_VARIANT, "--advise"])
def test_what_goes_with_one_variant_is_refused_beside_several(tmp_path, capsys, option, several):
    value = [ONE_VARIANT[option]] if option in ONE_VARIANT else []
    words = ["estimate", str(tmp_path), "--recording", str(tmp_path), *several.split(), option, *value]
    assert main(words) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert said == f"tussis: {option}: goes with one variant only; name one device, and give each option once"
