"""Rows of the audio features, in catalogue order; each topic has a module of its own."""

from __future__ import annotations

from collections.abc import Iterator

from .envelope_rows import envelope_rows, group_rows
from .feature import Feature
from .mel_rows import mel_rows
from .series_rows import change_rows, colour_rows, time_rows
from .spectrum_rows import spectrum_rows


def audio_rows(mel_bands: int) -> Iterator[Feature]:
    """Yield the audio features for a bank of `mel_bands` bands, in catalogue order."""
    yield from mel_rows(mel_bands)
    yield from spectrum_rows()
    yield from colour_rows()
    yield from change_rows()
    yield from time_rows()
    yield from envelope_rows()
    yield from group_rows()
