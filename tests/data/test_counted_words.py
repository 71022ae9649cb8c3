"""Numbers before nouns."""

from __future__ import annotations

import pytest

from tussis.data.counted_words import counted


@pytest.mark.parametrize(
    ("count", "words", "said"),
    [
        (0, ("recording",), "0 recordings"),
        (1, ("recording",), "1 recording"),
        (2, ("label track",), "2 label tracks"),
        (1, ("unsure stretch", "unsure stretches"), "1 unsure stretch"),
        (21, ("unsure stretch", "unsure stretches"), "21 unsure stretches"),
        (1, ("person or source", "people or sources"), "1 person or source"),
    ],
)
def test_a_noun_is_in_the_plural_unless_there_is_one(count: int, words: tuple[str, ...], said: str) -> None:
    assert counted(count, *words) == said
