"""Which classes of sound are coughs: one table for the folder names of clip sets."""

from __future__ import annotations

from typing import NamedTuple

from ..cough_names import COUGH, COUGH_WORDS

__all__ = ["SOUND_CLASSES", "SoundClass", "class_key", "known_class"]

SPEECH = "speech"
BACKGROUND = "background"


class SoundClass(NamedTuple):
    """One class of sound.

    Attributes
    ----------
    name
        Folder name in lower case, words joined by ``_``.
    label
        Name of the label that a clip of the class gets: ``"cough"`` for coughs, ``"speech"`` for words.
    """

    name: str
    label: str

    @property
    def is_cough(self) -> bool:
        """Whether it is a cough."""
        return self.label == COUGH


_COUGHS = (
    *("cough", "coughing", "coughs", "cough_shallow", "cough_heavy"),
    *("_".join(word.casefold().split()) for words in COUGH_WORDS.values() for word in words),
)

_ESC_50 = (
    *("dog", "rooster", "pig", "cow", "frog", "cat", "hen", "insects", "sheep", "crow"),
    *("rain", "sea_waves", "crackling_fire", "crickets", "chirping_birds", "water_drops", "wind"),
    *("pouring_water", "toilet_flush", "thunderstorm", "crying_baby", "sneezing", "clapping", "breathing"),
    *("footsteps", "laughing", "brushing_teeth", "snoring", "drinking_sipping", "door_wood_knock"),
    *("mouse_click", "keyboard_typing", "door_wood_creaks", "can_opening", "washing_machine"),
    *("vacuum_cleaner", "clock_alarm", "clock_tick", "glass_breaking", "helicopter", "chainsaw", "siren"),
    *("car_horn", "engine", "train", "church_bells", "airplane", "fireworks", "hand_saw"),
)
"""K. J. Piczak, "ESC: Dataset for environmental sound classification", 2015; `coughing` is above."""

_WORDS = (
    *("backward", "bed", "bird", "down", "eight", "five", "follow", "forward", "four", "go", "happy"),
    *("house", "learn", "left", "marvin", "nine", "no", "off", "on", "one", "right", "seven", "sheila"),
    *("six", "stop", "three", "tree", "two", "up", "visual", "wow", "yes", "zero"),
)
"""P. Warden, "Speech Commands", 2018, version 2; `cat` and `dog` are animals here, which changes nothing."""

_SPEECH = ("speech", "talk", "talking", "voice", "speaking", "counting", "vowels", "conversation", "shouting")

_BACKGROUND = (
    *("background", "background_noise", "noise", "silence", "ambient", "environment", "everyday"),
    *("other", "others", "not_cough", "no_cough", "non_cough", "negative"),
)

_OTHERS = (
    *("sneeze", "laugh", "laughter", "throat_clearing", "throat_clear", "clearing_throat", "sniff"),
    *("sniffle", "breath", "breaths", "deep_breathing", "snore", "hiccup", "burp", "burping", "gargling"),
    *("wheeze", "yawn", "baby_cry", "crying", "dog_bark", "door", "door_knock", "footstep", "music"),
    *("singing", "whistling", "traffic", "car", "keyboard", "typing", "applause", "babble", "tv", "radio"),
    *("vacuum", "water", "dishes"),
)

SOUND_CLASSES: dict[str, SoundClass] = {
    row.name: row
    for row in (
        *(SoundClass(name, COUGH) for name in _COUGHS),
        *(SoundClass(name, name) for name in (*_ESC_50, *_OTHERS)),
        *(SoundClass(name, SPEECH) for name in (*_SPEECH, *_WORDS)),
        *(SoundClass(name, BACKGROUND) for name in _BACKGROUND),
    )
}
"""All known classes by name. A set adds its own in ``clips.toml``."""


def class_key(name: str) -> str:
    """Return a folder name as the table spells it: lower case, one ``_`` between words.

    Examples
    --------
    >>> class_key("Throat Clearing")
    'throat_clearing'
    """
    return "_".join(name.casefold().replace("-", " ").replace("_", " ").split())


def known_class(name: str) -> SoundClass | None:
    """Look a folder name up; None for one that is not in the table.

    Examples
    --------
    >>> known_class("Coughing").is_cough, known_class("dog").is_cough, known_class("session_01")
    (True, False, None)
    """
    return SOUND_CLASSES.get(class_key(name))
