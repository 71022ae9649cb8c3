"""Tables of words: what cannot be read as one is one line, wherever it is met."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tussis.data.corpus.licence import read_licences
from tussis.data.corpus.scene import EVENTS_CSV, Event, event_groups
from tussis.data.dataset import iter_dataset
from tussis.data.formats.clip_set import read_clip_set
from tussis.data.formats.csv_table import read_csv_table
from tussis.data.input_error import InputError
from tussis.data.unread_files import warnings_about_dataset
from tussis.export.estimate.current_trace import read_current
from tussis.selection.counting.recording_table import with_table


def put(folder: Path, text: str, name: str = "clips.csv") -> Path:
    (folder / name).write_text(text, encoding="utf-8", newline="")
    return folder / name


def test_a_cell_may_hold_commas_quotes_and_line_ends(tmp_path: Path) -> None:
    text = 'file,subject\r\n"a, b.wav","Smith, John"\r\n"c\nd.wav","say ""x"""\r\n\r\ne.wav,\u2028f\r\n'
    columns, rows = read_csv_table(put(tmp_path, text))
    assert columns == ["file", "subject"]
    assert rows == [
        (2, {"file": "a, b.wav", "subject": "Smith, John"}),
        (4, {"file": "c\nd.wav", "subject": 'say "x"'}),
        (6, {"file": "e.wav", "subject": "f"}),
    ]


LONG = "a" * 200_000
DAMAGED = {
    "a long cell": (f"FIRST\n{LONG},p\n", "line 2: not a CSV row"),
    "a long header": (f"FIRST,{LONG}\nx,y\n", "line 1: not a CSV row"),
    "an open quote": ('FIRST\n"a.wav,p\nb.wav,q\n', "line 3: a quoted cell does not end"),
    "words behind a quote": ('FIRST\n"a.wav"x,p\n', "line 2: not a CSV row"),
}


@pytest.mark.parametrize("kind", DAMAGED)
@pytest.mark.parametrize(
    ("first", "read"),
    [
        ("file,subject", lambda file: read_csv_table(file)),
        ("file,subject", lambda file: read_clip_set(file.parent)),
        ("clip,licence", lambda file: read_licences(file.parent)),
        ("session,arm", lambda file: with_table([], file)),
    ],
    ids=["table", "clips", "licences", "recordings"],
)
def test_damage_is_one_line(tmp_path: Path, kind: str, first: str, read: Callable[[Path], object]) -> None:
    """A cell of 200 kB was an internal error; an open quote took the rest of the table with it."""
    text, said = DAMAGED[kind]
    with pytest.raises(InputError, match=f"clips.csv: {said}"):
        read(put(tmp_path, text.replace("FIRST", first)))


def test_damage_in_tables_that_are_read_row_by_row_is_one_line(tmp_path: Path) -> None:
    trace = put(tmp_path, f"time,current\n0,1\n{'9' * 200_000},1\n", "trace.csv")
    with pytest.raises(InputError, match=r"trace\.csv: row 3: not a row of numbers"):
        read_current(trace)
    with pytest.raises(InputError, match=r"trace\.csv: row 3: '1_0' is not a number"):
        read_current(put(tmp_path, "time,current\n0,1\n1_0,1\n", "trace.csv"))
    put(tmp_path, ",".join(Event._fields) + f"\n{LONG}\n", EVENTS_CSV)
    with pytest.raises(InputError, match=r"not a table: .*; compose the session again"):
        event_groups(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "file,subject\na.wav,Smith, John\n",
            "line 2: 3 cells, the head has 2; put a cell that holds a comma",
        ),
        ("file,file\na.wav,b\n", "line 1: two columns have one name"),
        ("file,subjct\na.wav,b\n", "line 1: a column 'subjct' is not read; did you mean subject"),
        ("file,Subject\na.wav,b\n", "line 1: a column 'Subject' is not read; did you mean subject"),
        ("file,subject_id\na.wav,b\n", "line 1: a column 'subject_id' is not read; did you mean subject"),
        ("file,subjects\na.wav,b\n", "line 1: a column 'subjects' is not read"),
        ("file,start,end_s\na.wav,1,2\n", "line 1: a column 'start' is not read; did you mean start_s"),
        ("file,start_s,end s\na.wav,1,2\n", "line 1: a column 'end s' is not read; did you mean end_s"),
    ],
)
def test_a_column_of_clips_that_is_nearly_read_is_not_passed_over(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        read_clip_set(put(tmp_path, text).parent)


@pytest.mark.parametrize(
    "text",
    ["file\n", "file,subject,licence,source\n", "file,subject\na.wav,b,,\n", "file,start_s,age\na.wav\n"],
)
def test_other_columns_and_missing_cells_are_no_fault(tmp_path: Path, text: str) -> None:
    assert read_clip_set(put(tmp_path, text).parent).root == tmp_path


def test_rows_that_name_no_clip_are_said(tmp_path: Path, made: ModuleType) -> None:
    for name in ("a", "b"):
        (tmp_path / "cough").mkdir(exist_ok=True)
        (tmp_path / "cough" / f"{name}.wav").write_bytes(made.wav_bytes(made.tone(0.5).tobytes()))
    table = "file,subject\ncough/a.wav,p\nb.wav,p\n"
    put(tmp_path, table)
    assert not [w for w in warnings_about_dataset(tmp_path, iter_dataset(tmp_path)) if "names" in str(w)]
    put(tmp_path, table + "cough/A.wav,q\nc.wav,q\n")
    (said,) = [str(w) for w in warnings_about_dataset(tmp_path, iter_dataset(tmp_path)) if "names" in str(w)]
    assert "clips.csv: file: 2 of 4 files that it names are no clips of the set: cough/A.wav, c.wav" in said
