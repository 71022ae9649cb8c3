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
