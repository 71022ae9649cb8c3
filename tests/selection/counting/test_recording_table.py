"""What a table says about recordings."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tussis.data.input_error import InputError
from tussis.selection.counting.recording_table import with_table

from .test_cough_counts import recording

THREE = (recording("n1.wav", subject="n1.wav"), recording("n2.wav", subject="n2.wav"), recording("n3.wav"))


@pytest.mark.parametrize("divider", [",", ";", "\t"])
def test_rows_by_session_say_whose_and_when(tmp_path: Path, divider: str) -> None:
    rows = (("session", "subject", "start", "treatment"), ("n1.wav", "ben", "2026-11-28 22:15", "B"),
            ("n2.wav", "ben", "", ""))  # fmt: skip
    table = tmp_path / "t.csv"
    table.write_text("\ufeff" + "\r\n".join(divider.join(row) for row in rows) + "\r\n\r\n")
    first, second, third = with_table(THREE, table)
    assert (first.subject, first.start, first.facts) == (
        "ben", datetime(2026, 11, 28, 22, 15), (("treatment", "B"),),
    )  # fmt: skip
    assert (second.subject, second.start, second.facts) == ("ben", None, ())
    assert third == THREE[2]


def test_rows_by_subject_find_other_spellings(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("subject,arm\nP07,drug\n")
    (one,) = with_table([recording("a", subject="p 7")], tmp_path / "t.csv")
    assert (one.subject, one.facts) == ("p 7", (("arm", "drug"),))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: no column session or subject"),
        ("name,arm\nx,y\n", "no column session or subject"),
        ("session,arm\nn1,y\n", "line 2: no session 'n1'; did you mean n1.wav"),
        ("session,arm\nn1.wav,y\nn1.wav,z\n", "line 3: session 'n1.wav' is in line 2 already"),
        ("session,arm\nn1.wav\n", "line 2: 1 cells, the head has 2"),
        ("session,arm,arm\n", "two columns have one name"),
        ("session,start\nn1.wav,today\n", "line 2, start: 'today' is not a date"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputError, match=said):
        with_table(THREE, tmp_path / "t.csv")
