"""Each group of clips belongs to one person, and a share of the groups is the same share everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tussis.data.corpus.cast import GroupShare, Person, draw_people
from tussis.data.corpus.excerpt import Material, read_material
from tussis.data.corpus.real_motion import find_bodies
from tussis.data.input_error import InputError


@pytest.fixture(scope="module")
def material(clips: Path) -> Material:
    return read_material([clips])


def groups(person: Person) -> set[str]:
    others = [excerpt for own in person.others.values() for excerpt in own]
    return {excerpt.group for excerpt in (*person.coughs, *others, *person.strangers)}


@pytest.mark.parametrize("seed", range(8))
def test_no_group_is_shared(material: Material, seed: int) -> None:
    people = draw_people(material, 3, seed)
    for index, person in enumerate(people):
        assert {excerpt.group for excerpt in person.coughs} == {person.group}
        assert person.strangers
        assert {excerpt.group for excerpt in person.strangers}.isdisjoint(one.group for one in people)
        for other in people[index + 1 :]:
            assert groups(person).isdisjoint(groups(other))
        assert {"speech", "dog"} <= set(person.others)


def test_what_else_a_cougher_recorded_stays_with_them(material: Material) -> None:
    for seed in range(8):
        laughing = [
            person.group
            for person in draw_people(material, 4, seed)
            if any(excerpt.group == "mine/p0" for excerpt in person.others.get("laughing", ()))
        ]
        assert laughing in ([], ["mine/p0"])


def test_bodies_are_dealt(material: Material, bodies: Path) -> None:
    people = draw_people(material, 3, 0, find_bodies(bodies))
    dealt = [body.subject for person in people for body in person.bodies]
    assert sorted(dealt) == ["b0", "b1"]
    assert [len(person.bodies) for person in people] == [1, 1, 0]


def test_more_people_than_coughers_are_refused(material: Material) -> None:
    with pytest.raises(InputError, match="at most 6"):
        draw_people(material, 7, 0)
    few = Material(material.coughs, dict(list(material.others.items())[:2]))
    with pytest.raises(InputError, match="too few"):
        draw_people(few, 6, 0)


def test_shares_part_the_groups() -> None:
    names = [f"set/{number}" for number in range(2000)]
    most, rest = GroupShare.parse("0-0.8"), GroupShare.parse("0.8-1")
    assert all((name in most) != (name in rest) for name in names)
    assert 1500 < sum(name in most for name in names) < 1700


@pytest.mark.parametrize("text", ["", "0.8", "0.8-0.2", "0-1.2", "half", "-1-0.5"])
def test_other_shares_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="write 0-0"):
        GroupShare.parse(text)
