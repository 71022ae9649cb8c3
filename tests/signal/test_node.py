from tussis.signal.node import Node, with_implied

BLOCK = Node("block", "block", "frame")
SUM = Node("sum", "sum", "frame", (BLOCK,), "sum")
TOTAL = Node("total", "total", "window", (SUM,))


def test_implied_work_is_found_at_any_depth():
    assert with_implied([TOTAL]) == {TOTAL, SUM, BLOCK}
    assert with_implied([]) == frozenset()


def test_a_node_has_a_switch_where_the_c_keeps_something():
    assert TOTAL.switch is None
    assert SUM.switch == "sum"
    assert Node("group2", "group", "frame", storage="series").switch == "group2"
    assert Node("square_03", "square", "frame", storage="list", number=3).switch == "square"
