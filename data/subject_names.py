"""One person under several spellings is one subject: data are split by subject."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

__all__ = ["one_spelling", "subject_key"]


def subject_key(subject: str) -> str:
    """Return what all spellings of a subject have in common.

    Case, form of Unicode, width, blanks and their like, zeros before a number and a fraction of zero do not
    count.

    Examples
    --------
    >>> subject_key("01") == subject_key("1") == subject_key("1.0") == subject_key(" 001 ")
    True
    >>> subject_key("P 07") == subject_key("p7") == subject_key("P-7")
    True
    >>> subject_key("1 1") == subject_key("11"), subject_key("s1") == subject_key("s10")
    (False, False)
    """
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", subject).casefold())
    # str(decimal) makes the digits of every script those of ASCII.
    text = "".join(
        str(unicodedata.decimal(sign, sign)) for sign in text if unicodedata.category(sign) != "Cf"
    )
    text = text.strip()
    text = re.sub(r"^(\d+)[.,]0+$", r"\1", text)
    text = re.sub(r"(?<!\d)0+(?=\d)", "", text)
    # A blank between two digits holds two numbers apart; any other only divides what is one name.
    text = re.sub(r"[\s_\-.]+", " ", text).strip()
    return re.sub(r"(?<!\d) | (?!\d)", "", text) or subject


def one_spelling(subjects: Iterable[str]) -> dict[str, str]:
    """Choose one spelling for each subject that has several.

    Parameters
    ----------
    subjects
        Subjects as they are spelt, in the order of their recordings.

    Returns
    -------
    dict[str, str]
        By spelling, the first spelling of the same subject; without those that need no change.

    Examples
    --------
    >>> one_spelling(["01", "Anna", "1", "anna", "Ben"])
    {'1': '01', 'anna': 'Anna'}
    """
    first: dict[str, str] = {}
    chosen = {subject: first.setdefault(subject_key(subject), subject) for subject in subjects}
    return {subject: taken for subject, taken in chosen.items() if subject != taken}
