"""Who is who in composed sessions: each group of clips goes to one person only."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..input_error import InputError
from ..session_ref import SessionRef
from .excerpt import Excerpt, Material

__all__ = ["GroupShare", "Person", "draw_people"]

_STRANGERS = 8
"""So many groups of coughs at most are other people around one person."""

_SHARE = re.compile(r"(\d*\.?\d+)-(\d*\.?\d+)")


@dataclass(frozen=True)
class GroupShare:
    """Part of all groups, chosen by a hash of their names: the same whatever other clips there are.

    Attributes
    ----------
    first, last
        Of the groups, ordered by their hash, from 0 to 1.
    """

    first: float = 0.0
    last: float = 1.0

    @classmethod
    def parse(cls, text: str) -> GroupShare:
        """Read ``"0-0.8"``.

        Raises
        ------
        InputError
            It is not two rising numbers from 0 to 1.

        Examples
        --------
        >>> GroupShare.parse("0-0.8")
        GroupShare(first=0.0, last=0.8)
        """
        match = _SHARE.fullmatch(text.strip())
        first, last = (float(match[1]), float(match[2])) if match else (1.0, 0.0)
        if not 0.0 <= first < last <= 1.0:
            raise InputError(
                "--only-group-share", f"{text!r} is not a share", remedy="write 0-0.8, and 0.8-1 for the rest"
            )
        return cls(first, last)

    def __contains__(self, group: object) -> bool:
        """Whether a group of that name is in this share."""
        place = int(hashlib.sha256(str(group).encode()).hexdigest()[:12], 16) / 16.0**12
        return self.first <= place < self.last


@dataclass(frozen=True)
class Person:
    """One person of a composed dataset and all that is heard around them.

    Attributes
    ----------
    index
        Number in the dataset.
    group
        Group of the coughs: the subject of the sessions.
    coughs
        Their coughs.
    others
        Other sounds, by label; no other person has clips of the same groups.
    strangers
        Coughs of other people, from groups that no other person has.
    bodies
        Real motion for this person alone; nothing where motion is synthesised.
    """

    index: int
    group: str
    coughs: tuple[Excerpt, ...]
    others: dict[str, tuple[Excerpt, ...]]
    strangers: tuple[Excerpt, ...] = ()
    bodies: tuple[SessionRef, ...] = ()

    @property
    def name(self) -> str:
        """Name in files, e.g. ``"person_003"``."""
        return f"person_{self.index:03d}"


def draw_people(
    material: Material, count: int, seed: int, bodies: Sequence[SessionRef] = ()
) -> tuple[Person, ...]:
    """Draw people from groups of cough clips, and deal all other groups among them.

    A group is never shared: what else the group of a person's coughs holds is that person's; of the other
    groups each goes to one person, class by class in turn, so that everybody hears many classes.

    Parameters
    ----------
    material
        The pieces.
    count
        How many people.
    seed
        Chance.
    bodies
        Sessions of real motion, dealt by their subject.

    Returns
    -------
    tuple[Person, ...]

    Raises
    ------
    InputError
        There are fewer groups of coughs than people, or somebody would hear no other sound.
    """
    if count > len(material.coughs):
        raise InputError(
            "compose",
            f"{count} people want {count} groups of cough clips, and there are {len(material.coughs)}",
            field="people",
            remedy=f"give at most {len(material.coughs)}",
        )
    rng = np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=(10,)))
    order = [list(material.coughs)[at] for at in rng.permutation(len(material.coughs))]
    own, rest = order[:count], order[count : count * (1 + _STRANGERS)]
    others: list[dict[str, list[Excerpt]]] = [_by_sound(material.others.get(group, ())) for group in own]
    free = [group for group in material.others if group not in material.coughs]
    for number, group in enumerate(_class_by_class(rng, material, free)):
        for sound, excerpts in _by_sound(material.others[group]).items():
            others[number % count].setdefault(sound, []).extend(excerpts)
    deaf = [group for group, heard in zip(own, others, strict=True) if not heard]
    if deaf:
        remedy = f"add clips of other sounds, or give at most {count - len(deaf)} people"
        raise InputError(
            "compose", f"{len(free)} groups of other sounds are too few for {count} people", remedy=remedy
        )
    subjects = sorted({body.subject for body in bodies})
    dealt = [subjects[at] for at in rng.permutation(len(subjects))]
    return tuple(
        Person(
            index,
            group,
            material.coughs[group],
            {sound: tuple(excerpts) for sound, excerpts in sorted(others[index].items())},
            tuple(excerpt for stranger in rest[index::count] for excerpt in material.coughs[stranger]),
            tuple(body for body in bodies if body.subject in dealt[index::count]),
        )
        for index, group in enumerate(own)
    )


def _by_sound(excerpts: Sequence[Excerpt]) -> dict[str, list[Excerpt]]:
    found: dict[str, list[Excerpt]] = {}
    for excerpt in excerpts:
        found.setdefault(excerpt.sound, []).append(excerpt)
    return found


def _class_by_class(rng: np.random.Generator, material: Material, groups: Sequence[str]) -> list[str]:
    """Order groups by their first class, shuffled within it."""
    shuffled = [groups[at] for at in rng.permutation(len(groups))]
    return sorted(shuffled, key=lambda group: material.others[group][0].sound)
