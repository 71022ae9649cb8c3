"""Days: hours that add up, coughs at their rate, the same bytes however often a run is stopped."""

import json
import shutil
from itertools import pairwise

import numpy as np
import pytest

from tussis.data.corpus.day import write_days
from tussis.data.corpus.day_plan import ACTIVITIES, plan_day
from tussis.data.day_sessions import read_day
from tussis.data.input_error import InputError


def contents(folder):
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """Write a compressed day of 10 s sessions."""
    out = tmp_path_factory.mktemp("day") / "out"
    write_days(out, compressed=True, session_s=10.0, coughs_per_hour=600.0, seed=3, jobs=1)
    return out


def test_the_activities_fill_a_day():
    assert sum(one.hours for one in ACTIVITIES) == pytest.approx(24.0)
    assert {one.name for one in ACTIVITIES} == {"sleep", "desk", "walking", "talk", "meals", "travel"}


@pytest.mark.parametrize(("hours", "compressed"), [(24.0, False), (2.0, False), (1.0, True)])
def test_a_plan_stands_for_24_hours_in_order_and_begins_with_the_night(hours, compressed):
    plan = plan_day(np.random.default_rng(0), hours, 300.0, 15.0, compressed=compressed)
    assert sum(one.hours for one in plan) == pytest.approx(24.0)
    assert plan[0].activity.name == "sleep"
    clock = [one.clock_h for one in plan]
    assert clock == sorted(clock)
    by_name = {one.name: 0.0 for one in ACTIVITIES}
    for stretch in plan:
        by_name[stretch.activity.name] += stretch.hours
    assert by_name == pytest.approx({one.name: one.hours for one in ACTIVITIES})
    if compressed:
        assert len(plan) == len(ACTIVITIES)
    elif hours == 24.0:
        assert len(plan) == pytest.approx(24 * 12, abs=3)


def test_coughs_come_at_their_rate_and_seldom_by_night():
    plan = plan_day(np.random.default_rng(1), 24.0, 300.0, 15.0, compressed=False)
    total = sum(one.coughs for one in plan)
    assert total == pytest.approx(15 * 24, abs=3)
    by_night = sum(one.coughs for one in plan if one.activity.name == "sleep") / 8.6
    assert by_night < 0.3 * total / 24
    assert plan_day(np.random.default_rng(1), 24.0, 300.0, 0.0, compressed=False)[50].coughs == 0


def test_sessions_say_what_is_done_and_for_how_long_they_stand(day):
    sessions = read_day(day)
    assert {one.activity for one in sessions} == {one.name for one in ACTIVITIES}
    assert sum(one.hours for one in sessions) == pytest.approx(24.0)
    for one in sessions:
        recording = one.ref.load()
        assert recording.duration_s == pytest.approx(10.0)
        assert len(recording.imu) == 1000
        document = json.loads((one.ref.path / "session.json").read_text())
        assert document["motion"] == "synthetic"
        assert 0 <= document["clock_h"] < 24
    coughs = [label for one in sessions for label in one.ref.load().labels if label.is_cough]
    assert coughs
    assert all(a.end_s <= b.start_s or a.start_s > b.start_s for a, b in pairwise(coughs))


def test_an_interrupted_day_goes_on_and_ends_the_same(day, tmp_path):
    seen = []

    def stop(stage, done, total):
        if done == 2:
            seen.append(stage)
            raise KeyboardInterrupt

    again = {"compressed": True, "session_s": 10.0, "coughs_per_hour": 600.0, "seed": 3, "jobs": 1}
    with pytest.raises(KeyboardInterrupt):
        write_days(tmp_path / "out", progress=stop, **again)
    assert seen == ["day"]
    assert 0 < len(list((tmp_path / "out").glob("day_*"))) < len(ACTIVITIES)
    write_days(tmp_path / "out", **again)
    assert contents(tmp_path / "out") == contents(day)


def test_another_plan_is_refused(day):
    with pytest.raises(
        InputError, match=r"day\.json: holds a dataset of another plan: seed is 3 there and 4"
    ):
        write_days(day, compressed=True, session_s=10.0, coughs_per_hour=600.0, seed=4)


@pytest.mark.parametrize(
    ("option", "value"),
    [("hours", 0.0), ("hours", 25.0), ("hours", float("nan")), ("people", 0), ("session_s", 3.0)],
)
def test_sizes_out_of_range_are_named(tmp_path, option, value):
    with pytest.raises(InputError, match=r"^synth --day: [a-z-]+: .* is out of range; give"):
        write_days(tmp_path / "out", **{option: value})
    assert not (tmp_path / "out").exists()


def body(folder, name, spans):
    """Write a body that says by its z axis what it does."""
    (folder / name).mkdir(parents=True)
    rows, labels = [], []
    for kind, level in spans:
        labels.append(f"{len(rows) / 100:.2f}\t{len(rows) / 100 + 5:.2f}\t{kind}\n")
        level_x = (9.81**2 - level**2) ** 0.5
        rows += [f"{(len(rows) + k) / 100:.2f},{level_x:.4f},0,{level}" for k in range(500)]
    (folder / name / "imu.csv").write_text("time_s,acc_x_ms2,acc_y_ms2,acc_z_ms2\n" + "\n".join(rows) + "\n")
    (folder / name / "labels.txt").write_text("".join(labels))
    (folder / name / "session.json").write_text(json.dumps({"subject": name}))


def test_real_motion_drives_the_activities_that_it_names(tmp_path):
    body(tmp_path / "bodies", "anna", [("sitting", 3.0), ("walking", 7.0), ("lying", 1.0)])
    out = tmp_path / "out"
    write_days(out, compressed=True, session_s=10.0, coughs_per_hour=0.0, motion=tmp_path / "bodies", jobs=1)
    middle = {}
    for one in read_day(out):
        recording = one.ref.load()
        middle[one.activity] = float(np.median(recording.imu[:, 2])), recording.movement
    assert middle["sleep"] == (pytest.approx(1.0, abs=0.1), "lying")
    assert middle["desk"] == (pytest.approx(3.0, abs=0.1), "sitting")
    assert middle["walking"] == (pytest.approx(7.0, abs=0.1), "walking")
    assert middle["travel"][1] == "ride"
    pieces = json.loads(next(out.glob("*_sleep/session.json")).read_text())["motion"]
    assert all(start >= 10.0 and end <= 15.0 for _, start, end in pieces)


def test_people_move_as_different_bodies(tmp_path):
    for name, level in (("anna", 3.0), ("ben", 5.0)):
        body(tmp_path / "bodies", name, [("lying", level)])
    out = tmp_path / "out"
    write_days(out, people=2, compressed=True, session_s=10.0, motion=tmp_path / "bodies", jobs=1)
    levels = [
        round(float(np.median(one.ref.load().imu[:, 2]))) for one in read_day(out) if one.activity == "sleep"
    ]
    assert sorted(levels) == [3, 5]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"hours": 3}, "activity: is None, not a name"),
        ({"activity": "desk"}, "hours: is None, not a number above 0"),
        ({"activity": "desk", "hours": -1}, "hours: is -1, not a number above 0"),
        ({"activity": "desk", "hours": True}, "hours: is True, not a number above 0"),
    ],
)
def test_sessions_that_are_not_of_a_day_are_named(day, tmp_path, document, message):
    shutil.copytree(next(day.glob("*_desk")), tmp_path / "desk")
    (tmp_path / "desk" / "session.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match=message):
        read_day(tmp_path)
