from tussis.signal.c_expression import Constant, Variable, as_float, call

N = Constant("N")
START = Variable("start", "int start = 0;")
LEVEL = Variable("level", "const int16_t *level = &s[start];", (START,))
AT = Variable("at", "int at = tussis_argmax(level, N);", (LEVEL,))


def test_text():
    later = LEVEL[1].address
    assert str(call("mean", later, N - 1, 256)) == "mean(&level[1], N - 1, 256)"
    assert str(call("argmax", later, N - 1) + 1) == "argmax(&level[1], N - 1) + 1"
    assert str(as_float(call("peaks", LEVEL, N))) == "(float)peaks(level, N)"
    assert str(Variable("second").member("value") - LEVEL[AT]) == "second.value - level[at]"


def test_a_difference_is_subtracted_as_a_whole():
    one, two, three = map(Constant, "abc")
    assert str(one - (two - three)) == "a - (b - c)"
    assert str(one - two - three) == "a - b - c"


def test_calls_stand_in_the_order_of_the_text():
    value = call("octaves", call("largest", LEVEL, N)) - call("rms", LEVEL, N)
    assert value.functions == ("octaves", "largest", "rms")


def test_what_a_declaration_reads_is_read():
    assert LEVEL[AT].variables == {START, LEVEL, AT}
    assert N.variables == frozenset()
