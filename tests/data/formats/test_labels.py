"""Audacity label tracks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tussis.data.formats.labels import read_labels
from tussis.data.input_error import InputError
from tussis.data.recording import Label

Put = Callable[[str, "bytes | str"], Path]


def test_reads_what_audacity_exports(put: Put) -> None:
    rows = (
        "2.5\t3.0\tCough",
        "0.1\t0.4\tcough",
        "\\\t100.0\t4000.0",
        "4.0\t4.0\tmarker",
        "5\t6\t",
        "7\t8",
        "",
    )
    text = "\r\n".join(rows)
    labels = read_labels(put("labels.txt", "\ufeff" + text), 10.0)
    assert labels == (
        Label(0.1, 0.4, "cough"),
        Label(2.5, 3.0, "Cough"),
        Label(4.0, 4.0, "marker"),
        Label(5.0, 6.0, ""),
        Label(7.0, 8.0, ""),
    )
    assert [label.is_cough for label in labels] == [True, True, False, False, False]


@pytest.mark.parametrize("inside", ["\u2028", "\u2029", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85"])
def test_a_name_ends_where_its_line_ends_and_nowhere_else(put: Put, inside: str) -> None:
    """Python's `splitlines` took the first half of such a name for all of it."""
    text = f"1\t2\tcough{inside}then a laugh\n3\t4\tlaugh\n"
    first, second = read_labels(put("labels.txt", text), 10.0)
    assert (first.name, first.is_cough) == (f"cough{inside}then a laugh", False)
    assert second == Label(3.0, 4.0, "laugh")
    with pytest.raises(InputError, match="line 2, start"):
        read_labels(put("labels.txt", text.replace("3\t", "x\t")), 10.0)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_of_an_editor_is_one(put: Put, end: str) -> None:
    text = end.join(("1\t2\tcough", "3\t4\tlaugh", ""))
    assert len(read_labels(put("labels.txt", text), 10.0)) == 2


@pytest.mark.parametrize(
    "number", ["1_0", "0_1.0", "1__0", "0x1", "1e", "\u0661", "\uff11", "1,0", "1.0s", "--1"]
)
def test_what_only_python_takes_for_a_number_is_none(put: Put, number: str) -> None:
    with pytest.raises(InputError, match=r"line 1, start: .* is not a time in seconds"):
        read_labels(put("labels.txt", f"{number}\t20\tcough\n"), 100.0)


@pytest.mark.parametrize("number", ["1", "1.", ".5", "+1.5", "1e0", "1E+00", " 1.25 ", "0001.0"])
def test_numbers_of_other_programs_are_numbers(put: Put, number: str) -> None:
    (label,) = read_labels(put("labels.txt", f"{number}\t20\tcough\n"), 100.0)
    assert label.start_s == float(number)


def test_an_empty_track_has_no_labels(put: Put) -> None:
    assert read_labels(put("labels.txt", ""), 10.0) == ()


def test_overlapping_labels_are_kept(put: Put) -> None:
    assert len(read_labels(put("labels.txt", "1\t2\tcough\n1.5\t3\tcough\n1\t2\tcough\n"), 10.0)) == 3


def test_labels_are_cut_to_the_audio(put: Put) -> None:
    labels = read_labels(put("labels.txt", "-0.1\t0.4\tcough\n9.5\t10.2\tcough\n"), 10.0)
    assert labels == (Label(0.0, 0.4, "cough"), Label(9.5, 10.0, "cough"))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("3\t2\tcough", "line 2: cough at 3.000 s ends before it starts"),
        ("2\t2\tcough", "line 2: cough at 2.000 s has no duration"),
        ("12\t13\tcough", "lies outside the audio, which has 10.000 s"),
        ("9\t12\tcough", "lies outside the audio"),
        ("-2\t1\tcough", "lies outside the audio"),
        ("1,5\t2,0\tcough", "line 2, start: '1,5' is not a time in seconds; use a decimal point"),
        ("1.5\tsoon\tcough", "line 2, end: 'soon' is not a time"),
        ("nan\t1\tcough", "the time is nan"),
        ("1.5 2.0 cough", "write start, end and name with tabs"),
        ("1.5,2.0,cough", "write start, end and name with tabs"),
    ],
)
def test_bad_rows_are_refused_with_their_line(put: Put, row: str, said: str) -> None:
    path = put("labels.txt", f"0.5\t0.9\tcough\n{row}\n")
    with pytest.raises(InputError) as caught:
        read_labels(path, 10.0)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["cough 3", "Cough_2", "'cough'", "toux", "\uff43\uff4f\uff55\uff47\uff48", "dry cough"]
)
def test_other_spellings_of_cough_are_one_name(put: Put, name: str) -> None:
    path = put("labels.txt", f"0.5\t0.9\t{name}\n")
    assert read_labels(path, 10.0) == (Label(0.5, 0.9, "cough"),)


@pytest.mark.parametrize("name", ["COUGH", "Coughs", "Cough?", "laugh 3", "cough 0.0"])
def test_names_that_are_clear_or_unclear_stay_as_they_are(put: Put, name: str) -> None:
    assert read_labels(put("labels.txt", f"0.5\t0.9\t{name}\n"), 10.0)[0].name == name


def test_all_bad_rows_are_reported_when_asked(put: Put) -> None:
    faults: list[InputError] = []
    path = put("labels.txt", "3\t2\tcough\nx\n0.5\t0.9\tcough\n50\t51\tcough\n")
    labels = read_labels(path, 10.0, on_fault=faults.append)
    assert labels == (Label(0.5, 0.9, "cough"),)
    assert sorted(fault.field or "" for fault in faults) == ["line 1", "line 2", "line 4"]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 8_000_000), st.integers(1, 1_000_000), st.sampled_from(["cough", "laugh", ""])
        ),
        max_size=20,
    )
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, int, str]]
) -> None:
    path = tmp_path_factory.mktemp("labels") / "labels.txt"
    wanted = [Label(start / 1e6, (start + length) / 1e6, name) for start, length, name in rows]
    path.write_text("".join(f"{label.start_s:.6f}\t{label.end_s:.6f}\t{label.name}\n" for label in wanted))
    assert read_labels(path, 10.0) == tuple(sorted(wanted, key=lambda x: (x.start_s, x.end_s, x.name)))
