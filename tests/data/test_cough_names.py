"""Names that say cough, names that may, and names that do not."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tussis.data.cough_names import COUGH_WORDS, meaning_of
from tussis.data.dataset import iter_dataset
from tussis.data.formats.sound_classes import SOUND_CLASSES
from tussis.data.recording import Label
from tussis.data.synthesis.dataset import write_dataset


@pytest.mark.parametrize(
    "name",
    [
        *("cough", "COUGH", " Cough ", "cough 3", "cough3", "cough_2", "cough-14"),
        *(
            "#5 cough",
            "3. cough",
            "cough (2)",
            '"cough"',
            "'Cough'",
            "\u201ccough\u201d",
            "«cough»",
            "cough.",
        ),
        *(
            "Cough!",
            "cough, cough",
            "dry cough",
            "cough (wet)",
            "double cough 2",
            "\uff43\uff4f\uff55\uff47\uff48",
        ),
        *("co\u200bugh", "\ufeffcough", "cough\u00a0", "toux sèche", "Toux 2", "HUSTEN", "trockener Husten"),
        *("tos seca", "咳嗽", "кашель", "Кашель 3", "öksürük", "기침", "せき"),
    ],
)
def test_these_say_cough(name: str) -> None:
    assert meaning_of(name) == "cough"
    assert Label(0.0, 1.0, name).is_cough
    assert not Label(0.0, 1.0, name).is_other


@pytest.mark.parametrize(
    "name",
    [
        *(
            "coughs",
            "Coughing",
            "3 coughs",
            "tousser",
            "Hoesten",
            "Cough?",
            "cough ?",
            "maybe cough",
            "cough/laugh",
            "cough + speech",
            "cough of the neighbour",
        ),
        *(
            "cough 0.0",
            "cough 0,93",
            "cough 30%",
            "cuogh",
            "cogh",
            "coughh",
            "ocugh",
            "coufh",
            "Hustenanfall",
        ),
        *("drycough", "cough-like", "vielleicht Husten", "toux ou rire", "咳嗽?", "possible coughing"),
    ],
)
def test_these_are_asked_for_and_are_no_other_sound(name: str) -> None:
    label = Label(0.0, 1.0, name)
    assert meaning_of(name) == "unsure"
    assert label.may_be_cough
    assert label.is_doubtful
    assert not label.is_cough
    assert not label.is_other


@pytest.mark.parametrize(
    "name",
    [
        *("", "12", "laugh", "laugh 3", "speech", "throat_clearing", "sneeze", "no cough", "not_cough"),
        *(
            "distant_cough",
            "Distant cough 2",
            "Not a cough",
            "non-cough",
            "kein Husten",
            "pas de toux",
            "hiccough",
            "couch",
            "dough",
            "photos",
        ),
        *("inspiration", "startle", "sit_to_stand", "background_noise", "咳払い"),
    ],
)
def test_these_are_other_sounds(name: str) -> None:
    assert meaning_of(name) == "other"
    assert not Label(0.0, 1.0, name).may_be_cough


def test_unsure_is_asked_by_nobody() -> None:
    assert meaning_of("Unsure") == "unsure"
    assert not Label(0.0, 1.0, " UNSURE ").may_be_cough


@pytest.mark.parametrize("word", sorted({word for words in COUGH_WORDS.values() for word in words}))
@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_every_language_in_every_form_of_unicode(word: str, form: str) -> None:
    written = unicodedata.normalize(form, word)
    assert [meaning_of(text) for text in (written, written.upper(), f"{written} 2", f"'{written}'")] == [
        "cough"
    ] * 4


def test_no_class_of_another_sound_is_near_to_cough() -> None:
    others = [name for name, row in SOUND_CLASSES.items() if not row.is_cough]
    assert [name for name in others if meaning_of(name) != "other"] == []


_AROUND = st.text("auxyz0123456789?!-_()'.\t", max_size=12)
"""Nothing of which a denial can be written."""


@settings(max_examples=200, deadline=None)
@given(_AROUND, _AROUND)
def test_the_word_with_anything_beside_it_is_never_another_sound(before: str, after: str) -> None:
    assert meaning_of(f"{before} cough {after}") != "other"


@pytest.mark.parametrize("name", ["distant coughs", "distant", "distant laugh or cough", "cough distant?"])
def test_only_a_clear_cough_is_somebody_elses(name: str) -> None:
    assert meaning_of(name) == ("other" if name == "distant" else "unsure")


def test_no_label_that_tussis_writes_itself_is_unsure(tmp_path: Path) -> None:
    root = write_dataset(tmp_path / "set", subjects=8, sessions_per_subject=1, session_s=20.0, seed=2, jobs=1)
    names = {label.name for ref in iter_dataset(root) for label in ref.load().labels}
    assert "cough" in names
    assert {name for name in names if meaning_of(name) == "unsure"} == set()
