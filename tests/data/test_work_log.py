"""What is said at the end of long work."""

from tussis.data.work_log import WorkLog


def test_the_slowest_tasks_are_named_slowest_first():
    log = WorkLog()
    for name, seconds in (("a", 0.5), ("b", 3.0), ("c", 2.0), ("d", 1.0)):
        log.add("score", name, seconds)
    (line,) = log.lines()
    assert line.startswith("score: 4 tasks in ")
    assert line.endswith("slowest: b 3.0 s, c 2.0 s, d 1.0 s")


def test_nothing_done_is_nothing_said():
    assert list(WorkLog().lines()) == []
