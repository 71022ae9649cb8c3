"""Which names of a label say cough: spellings, numbers behind it, quotation marks, other languages."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal

__all__ = ["COUGH", "COUGH_WORDS", "UNSURE", "meaning_of"]

COUGH = "cough"
UNSURE = "unsure"
"""Name of a label that says neither yes nor no: nothing is learned from it, and nothing scored against it."""

COUGH_WORDS: dict[str, tuple[str, ...]] = {
    "English": ("cough",),
    "Arabic": ("سعال", "كحة"),
    "Basque": ("eztul", "eztula"),
    "Bengali": ("কাশি",),
    "Bulgarian": ("кашлица",),
    "Catalan": ("tos",),
    "Chinese": ("咳嗽", "咳", "咳声", "咳嗽声", "咳嗽聲"),
    "Croatian": ("kašalj",),
    "Czech": ("kašel",),
    "Danish": ("hoste",),
    "Dutch": ("hoest",),
    "Estonian": ("köha",),
    "Finnish": ("yskä",),
    "French": ("toux",),
    "German": ("husten", "huster"),
    "Greek": ("βήχας", "βηχας"),
    "Hebrew": ("שיעול",),
    "Hindi": ("खांसी", "खाँसी"),
    "Hungarian": ("köhögés",),
    "Icelandic": ("hósti",),
    "Indonesian": ("batuk",),
    "Italian": ("tosse",),
    "Japanese": ("せき",),
    "Korean": ("기침",),
    "Latin": ("tussis",),
    "Latvian": ("klepus",),
    "Lithuanian": ("kosulys",),
    "Persian": ("سرفه",),
    "Polish": ("kaszel", "kaszlnięcie"),
    "Portuguese": ("tosse",),
    "Romanian": ("tuse",),
    "Russian": ("кашель",),
    "Slovak": ("kašeľ",),
    "Slovenian": ("kašelj",),
    "Spanish": ("tos",),
    "Swahili": ("kikohozi",),
    "Swedish": ("hosta", "hostning"),
    "Thai": ("ไอ",),
    "Turkish": ("öksürük",),
    "Ukrainian": ("кашель",),
}
"""Words that mean a cough, and nothing else, by language."""

_BOUT_WORDS = (
    *(
        "coughs",
        "coughing",
        "coughed",
        "tossir",
        "tousser",
        "toussant",
        "toser",
        "tosses",
        "toses",
        "tossire",
    ),
    *("hoesten", "hustend", "gehustet", "köhimine", "yskiminen", "öksürme", "kašljanje", "咳き込み"),
)
"""Words for coughing, or several coughs: a label of one may hold a bout, whose coughs have no bounds then."""

_KINDS_OF_COUGH = frozenset(
    (
        *(
            "dry",
            "wet",
            "productive",
            "unproductive",
            "barking",
            "heavy",
            "shallow",
            "deep",
            "strong",
            "weak",
        ),
        *("soft", "loud", "quiet", "light", "hard", "small", "big", "short", "long", "single", "double"),
        *("voluntary", "forced", "spontaneous", "reflex", "fit", "bout", "attack", "event", "burst", "sound"),
        *("the", "a", "an", "of", "and", "seche", "grasse", "trocken", "trockener", "feucht", "produktiver"),
        *("seca", "secco", "secca", "grassa", "droge", "natte", "sucha", "сухои", "влажныи"),
    )
)
"""Words beside it with which a cough still is one, without accents."""

_DENIALS = frozenset(
    (
        *("no", "not", "non", "none", "without", "kein", "keine", "keinen", "nicht", "ohne", "pas", "sans"),
        *("sin", "senza", "geen", "niet", "ingen", "ikke", "inte", "ei", "bez", "nie", "без", "не", "sem"),
        *("nao", "isnt", "never"),
    )
)
_ELSEWHERE = "distant"
"""Beside a clear cough: it is another person's, and one of the sounds that a detector must let pass."""

_OTHER_WORDS = frozenset(
    ("hiccough", "hiccoughs", "hiccoughing", "couch", "dough", "rough", "tough", "bough", "咳払い")
)
"""Words that are near to cough and are another sound or thing."""

_CJK_COUGH = "咳"
_CONFIDENCE = re.compile(r"\d\s*[.,]\s*\d|%|\?")
_LEAST_COMPOUND = 5
"""Letters from which a word for cough within a longer one, as in ``Hustenanfall``, means it."""


@lru_cache(maxsize=4096)
def meaning_of(name: str) -> Literal["cough", "unsure", "other"]:
    """Say what a label's name means; what nearly says cough is never taken for another sound.

    Parameters
    ----------
    name
        Name of a label as it was typed.

    Returns
    -------
    Literal["cough", "unsure", "other"]
        ``"cough"`` for the word in any case, form of Unicode or language of `COUGH_WORDS`, with quotation
        marks, a count or a kind of cough beside it. ``"unsure"`` for the plural and for coughing, which may
        be a bout, for what holds the word with something beside it that may mean anything, and for what is
        one slip of the keyboard away from it. ``"other"`` for all else, for what denies a cough, and for
        ``distant_cough``, which is what `tussis synth` and `tussis compose` call a cough of somebody else.

    Examples
    --------
    >>> [meaning_of(name) for name in ("cough 3", "'Cough'", "toux sèche", "COUGH")]
    ['cough', 'cough', 'cough', 'cough']
    >>> [meaning_of(name) for name in ("Cough?", "coughs", "cough or laugh", "cuogh")]
    ['unsure', 'unsure', 'unsure', 'unsure']
    >>> [meaning_of(name) for name in ("laugh", "not a cough", "throat_clearing", "distant_cough")]
    ['other', 'other', 'other', 'other']
    """
    plain = _plain(name)
    words = re.findall(r"[^\W\d_]+", plain)
    if not words:
        return "other"
    if all(word == UNSURE for word in words):
        return "unsure"
    if any(word in _DENIALS for word in words):
        return "other"
    if any(word in _WORDS for word in words):
        if words[0] == _ELSEWHERE and meaning_of(" ".join(words[1:])) == "cough":
            return "other"
        clear = all(word in _WORDS or word in _KINDS_OF_COUGH for word in words)
        return "cough" if clear and not _CONFIDENCE.search(plain) else "unsure"
    near = any(word in _BOUTS or _holds_cough(word) or _is_slip(word) for word in words)
    return "unsure" if near else "other"


def _plain(text: str) -> str:
    """Return a text in lower case and full letters only: no accents, no width, no invisible signs."""
    wide = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(sign for sign in wide if unicodedata.category(sign) not in ("Mn", "Mc", "Me", "Cf"))


_WORDS = frozenset(_plain(word) for words in COUGH_WORDS.values() for word in words)
_BOUTS = frozenset(_plain(word) for word in _BOUT_WORDS)
_LONG_WORDS = tuple(sorted(word for word in _WORDS if len(word) >= _LEAST_COMPOUND))


def _holds_cough(word: str) -> bool:
    if word in _OTHER_WORDS:
        return False
    return _CJK_COUGH in word or any(long in word for long in _LONG_WORDS)


def _is_slip(word: str) -> bool:
    """Whether a word is ``cough`` but for one letter too many, too few, wrong, or two exchanged."""
    if word in _OTHER_WORDS or abs(len(word) - len(COUGH)) > 1 or word == COUGH:
        return False
    short, long = sorted((word, COUGH), key=len)
    if len(short) < len(long):
        return any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
    differing = [at for at in range(len(word)) if word[at] != COUGH[at]]
    first, last = differing[0], differing[-1]
    exchanged = len(differing) == 2 and last == first + 1
    return len(differing) == 1 or (exchanged and word[first] + word[last] == COUGH[last] + COUGH[first])
