"""Spellings of one person, and two persons who are spelt alike."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tussis.data.dataset import iter_dataset
from tussis.data.inventory import take_inventory
from tussis.data.subject_names import one_spelling, subject_key


@pytest.mark.parametrize(
    "spellings",
    [
        ("1", "01", "001", "1.0", "1,0", " 1 ", "\uff11", "\u0661", "1."),
        ("Anna", "anna", "ANNA", " Anna", "an\u200bna", "\uff21nna"),
        ("P07", "p7", "P 7", "P-07", "p_007", "P.7"),
        ("J\u00fcrgen", unicodedata.normalize("NFD", "J\u00fcrgen"), "J\u00dcRGEN"),
        ("Anna Maria", "anna  maria", "Anna\u00a0Maria", "anna-maria", "AnnaMaria"),
        ("Strauß", "STRAUSS", "strauss"),
    ],
)
def test_these_are_one_person(tmp_path: Path, made: ModuleType, spellings: tuple[str, ...]) -> None:
    assert len({subject_key(name) for name in spellings}) == 1
    for number, name in enumerate(spellings):
        made.write_session(tmp_path / f"s{number}", info={"subject": name})
    assert {ref.subject for ref in iter_dataset(tmp_path)} == {spellings[0].strip()}
    assert {ref.load().subject for ref in iter_dataset(tmp_path)} == {spellings[0].strip()}
    inventory = take_inventory(tmp_path)
    assert len(inventory.subjects) == 1
    assert ["are taken as one subject" in problem.problem for problem in inventory.problems] == [True]


@pytest.mark.parametrize(
    ("one", "other"),
    [("1", "10"), ("1", "11"), ("1 1", "11"), ("1.5", "15"), ("s1", "s2"), ("Ann", "Anna"), ("1.1", "1.10")],
)
def test_these_are_two(tmp_path: Path, made: ModuleType, one: str, other: str) -> None:
    for number, name in enumerate((one, other)):
        made.write_session(tmp_path / f"s{number}", info={"subject": name})
    assert [ref.subject for ref in iter_dataset(tmp_path)] == [one, other]
    assert take_inventory(tmp_path).problems == ()


def test_numbers_and_text_in_session_json_are_one_person(tmp_path: Path, made: ModuleType) -> None:
    for number, name in enumerate((1, "01", 1.0)):
        made.write_session(tmp_path / f"s{number}", info={"subject": name})
    assert [ref.subject for ref in iter_dataset(tmp_path)] == ["1", "1", "1"]


def test_folders_of_one_person_are_one(tmp_path: Path, made: ModuleType) -> None:
    for folder in ("Anna/monday", "anna/tuesday", "ben/monday"):
        made.write_session(tmp_path / folder)
    assert {ref.subject for ref in iter_dataset(tmp_path)} == {"Anna", "ben"}


@pytest.mark.parametrize(("info", "problems"), [({"subject": "s0"}, 0), ({}, 1)])
def test_a_subject_named_as_its_folder_is_named(
    tmp_path: Path, made: ModuleType, info: dict[str, object], problems: int
) -> None:
    made.write_session(tmp_path / "s0", info=info)
    made.write_session(tmp_path / "s1", info={"subject": "b"})
    assert len(take_inventory(tmp_path).problems) == problems


@given(st.lists(st.text(max_size=8), max_size=12))
def test_every_subject_has_one_spelling_of_its_own(subjects: list[str]) -> None:
    chosen = one_spelling(subjects)
    taken = [chosen.get(subject, subject) for subject in subjects]
    assert len(set(taken)) == len({subject_key(subject) for subject in subjects})
    assert set(taken) <= set(subjects)
