"""Sounds of speech as targets for a formant synthesiser.

Vowel formants are adult male means (Peterson and Barney 1952; Hillenbrand et al. 1995), consonant loci and
frication bands follow Klatt (1980) and Stevens (Acoustic Phonetics, 1998), durations Klatt (1976) and
Crystal and House (1988). Every value is varied when used.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CONSONANTS", "DIGITS", "VOWELS", "Phoneme"]


@dataclass(frozen=True)
class Phoneme:
    """One segment.

    Attributes
    ----------
    kind
        ``vowel``, ``nasal``, ``liquid``, ``fricative``, ``stop``, ``affricate`` or ``aspirate``.
    formants_hz
        F1, F2, F3 of an adult male; for consonants the locus the vowel starts from.
    voiced
        Whether the folds vibrate during it.
    noise_hz, noise_octaves, noise_db
        Centre, width and level of frication or burst, level against a stressed vowel.
    duration_s
        Shortest and longest usual duration.
    """

    kind: str
    formants_hz: tuple[float, float, float]
    voiced: bool
    noise_hz: float = 0.0
    noise_octaves: float = 1.0
    noise_db: float = -90.0
    duration_s: tuple[float, float] = (0.06, 0.2)


def _vowel(f1: float, f2: float, f3: float) -> Phoneme:
    return Phoneme("vowel", (f1, f2, f3), True, duration_s=(0.07, 0.26))


VOWELS: dict[str, Phoneme] = {
    "i": _vowel(280, 2250, 2950),
    "I": _vowel(400, 1950, 2550),
    "e": _vowel(480, 2050, 2600),
    "E": _vowel(550, 1800, 2500),
    "ae": _vowel(660, 1720, 2430),
    "a": _vowel(740, 1200, 2500),
    "A": _vowel(720, 1080, 2450),
    "O": _vowel(570, 850, 2420),
    "o": _vowel(480, 850, 2400),
    "U": _vowel(440, 1020, 2250),
    "u": _vowel(310, 880, 2250),
    "V": _vowel(630, 1190, 2400),
    "er": _vowel(480, 1330, 1700),
    "y": _vowel(280, 1750, 2150),
    "2": _vowel(400, 1500, 2250),
}

CONSONANTS: dict[str, Phoneme] = {
    "m": Phoneme("nasal", (260, 1050, 2200), True, duration_s=(0.05, 0.12)),
    "n": Phoneme("nasal", (260, 1500, 2500), True, duration_s=(0.05, 0.12)),
    "N": Phoneme("nasal", (270, 2000, 2700), True, duration_s=(0.05, 0.12)),
    "l": Phoneme("liquid", (350, 1050, 2700), True, duration_s=(0.04, 0.1)),
    "r": Phoneme("liquid", (340, 1150, 1500), True, duration_s=(0.04, 0.1)),
    "w": Phoneme("liquid", (300, 680, 2200), True, duration_s=(0.05, 0.1)),
    "j": Phoneme("liquid", (270, 2250, 3000), True, duration_s=(0.05, 0.1)),
    "s": Phoneme("fricative", (320, 1600, 2600), False, 5800, 0.55, -9, (0.07, 0.18)),
    "S": Phoneme("fricative", (320, 1850, 2450), False, 3100, 0.55, -8, (0.07, 0.18)),
    "f": Phoneme("fricative", (320, 1050, 2200), False, 4500, 2.0, -22, (0.06, 0.14)),
    "T": Phoneme("fricative", (320, 1300, 2600), False, 5200, 1.8, -24, (0.06, 0.13)),
    "x": Phoneme("fricative", (400, 1500, 2400), False, 1700, 0.8, -14, (0.06, 0.15)),
    "v": Phoneme("fricative", (290, 1050, 2200), True, 4500, 2.0, -28, (0.04, 0.09)),
    "D": Phoneme("fricative", (290, 1300, 2600), True, 5000, 1.8, -30, (0.03, 0.08)),
    "z": Phoneme("fricative", (290, 1600, 2600), True, 5800, 0.55, -16, (0.05, 0.12)),
    "Z": Phoneme("fricative", (290, 1850, 2450), True, 3000, 0.55, -15, (0.05, 0.12)),
    "h": Phoneme("aspirate", (550, 1500, 2500), False, 1200, 2.0, -14, (0.04, 0.11)),
    "p": Phoneme("stop", (350, 900, 2200), False, 900, 1.8, -14, (0.07, 0.16)),
    "t": Phoneme("stop", (350, 1750, 2650), False, 4200, 0.8, -8, (0.07, 0.16)),
    "k": Phoneme("stop", (350, 1900, 2350), False, 2000, 0.6, -9, (0.08, 0.17)),
    "b": Phoneme("stop", (250, 900, 2200), True, 800, 1.8, -18, (0.05, 0.1)),
    "d": Phoneme("stop", (250, 1750, 2650), True, 3800, 0.9, -14, (0.04, 0.1)),
    "g": Phoneme("stop", (250, 1900, 2350), True, 1900, 0.6, -14, (0.05, 0.11)),
    "tS": Phoneme("affricate", (320, 1850, 2450), False, 3200, 0.6, -8, (0.12, 0.2)),
    "dZ": Phoneme("affricate", (280, 1850, 2450), True, 3000, 0.6, -14, (0.09, 0.16)),
}

# English digits and a few one-word utterances, the commonest isolated speech in recordings.
DIGITS: tuple[tuple[str, ...], ...] = (
    ("z", "I", "r", "o", "U"),
    ("w", "V", "n"),
    ("t", "u"),
    ("T", "r", "i"),
    ("f", "O", "r"),
    ("f", "A", "I", "v"),
    ("s", "I", "k", "s"),
    ("s", "E", "v", "E", "n"),
    ("e", "I", "t"),
    ("n", "A", "I", "n"),
    ("o", "U"),
    ("j", "E", "s"),
    ("n", "o", "U"),
    ("o", "k", "e", "I"),
    ("h", "E", "l", "o", "U"),
    ("s", "t", "A", "p"),
    ("g", "o", "U"),
    ("r", "A", "I", "t"),
    ("l", "E", "f", "t"),
    ("V", "p"),
    ("d", "A", "U", "n"),
    ("h", "e", "I"),
    ("w", "V", "t"),
    ("h", "m"),
)
