"""Recordings that are not used, and why."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["NEARLY_SILENT_PEAK", "ClipScreening", "LeftOut"]

NEARLY_SILENT_PEAK = 32
"""A clip whose samples stay within this (-60 dB of full scale) holds nothing to learn from."""


@dataclass(frozen=True)
class LeftOut:
    """One recording that is not used.

    Attributes
    ----------
    name, collection
        As in `tussis.data.session_ref.SessionRef`.
    reason
        Why, in a few words.
    """

    name: str
    collection: str
    reason: str

    def name_and_reason(self) -> dict[str, str]:
        """Render for JSON where there are no collections."""
        return {"name": self.name, "reason": self.reason}


@dataclass
class ClipScreening:
    """Finds clips that teach nothing: the samples of one before, and near silence."""

    _first_of: dict[str, str] = field(default_factory=dict)

    def reason(self, name: str, samples_hash: str, peak: int) -> str:
        """Say why a clip is not used; empty if it is.

        Parameters
        ----------
        name
            Name of the clip. Copies of one clip share it.
        samples_hash
            Hash of its samples.
        peak
            Its largest sample, of 32768.

        Examples
        --------
        >>> screening = ClipScreening()
        >>> screening.reason("a.wav", "5f0c", 9000)
        ''
        >>> screening.reason("b.wav", "5f0c", 9000)
        'holds the same samples as a.wav'
        >>> screening.reason("c.wav", "77e1", 3)
        'nearly silent: the largest sample is 3 of 32768'
        """
        first = self._first_of.setdefault(samples_hash, name)
        if peak <= NEARLY_SILENT_PEAK:
            return f"nearly silent: the largest sample is {peak} of 32768"
        return f"holds the same samples as {first}" if first != name else ""

    @property
    def samples_hashes(self) -> list[str]:
        """Hashes of all clips so far, sorted."""
        return sorted(self._first_of)
