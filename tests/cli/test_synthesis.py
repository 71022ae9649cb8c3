"""`synth --day` and its options: what belongs to a day is refused without one, and the reverse."""

import pytest

from tussis.cli.app import main
from tussis.data.day_sessions import read_day


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--hours", "2"], "--hours: belongs to a day; give --day too, or leave it out"),
        (["--compressed"], "--compressed: belongs to a day"),
        (["--motion", "x"], "--motion: belongs to a day"),
        (["--coughs-per-hour", "5"], "--coughs-per-hour: belongs to a day"),
        (
            ["--day", "--sessions", "2"],
            "--sessions: a day has as many as its hours take; give --hours instead",
        ),
        (
            ["--day", "--compressed", "--hours", "2"],
            "--hours: --compressed has one session for each activity",
        ),
        (["--day", "--hours", "48"], "synth --day: hours: 48.0 is out of range; give 0.01 to 24"),
    ],
)
def test_options_that_do_not_go_together_are_one_line(tmp_path, capsys, options, message):
    assert main(["synth", str(tmp_path / "out"), *options]) == 2
    assert message in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "out").exists()


def test_a_day_is_written(tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["synth", str(out), "--day", "--compressed", "--seconds", "10"]) == 0
    assert "written: 6 sessions" in capsys.readouterr().err
    assert sum(one.hours for one in read_day(out)) == pytest.approx(24.0)
