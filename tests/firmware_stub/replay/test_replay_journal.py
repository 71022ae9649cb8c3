"""The result file of a replay, as something else wrote it: refused by its line, and kept."""

import json

import pytest

from tussis.data.input_error import InputError
from tussis.firmware_stub.replay.replay_dataset import _Journal

TERMS = {"detector": "0"}
GOOD = {
    "session": "s", "passed": True, "error": None, "detector": "0", "content": "c",
    "score": {"tp": 1, "fp": 0, "ref": 2}, "timing": {"recording_s": 3.0},
}  # fmt: skip
WRONG = [
    {"session": 7}, {"session": None}, {"session": ["s"]}, {"passed": "yes"}, {"passed": None}, {"error": 5},
    {"error": ["x"]}, {"score": 1}, {"score": [1]}, {"score": {"tp": 1}},
    {"score": {"tp": "1", "fp": 0, "ref": 2}},
    {"score": {"tp": 1, "fp": -1, "ref": 2}}, {"score": {"tp": True, "fp": 0, "ref": 2}}, {"timing": None},
    {"timing": {}}, {"timing": {"recording_s": "3"}}, {"timing": {"recording_s": -1.0}}, {"timing": []},
]  # fmt: skip


def test_a_good_line_is_taken_again(tmp_path):
    file = tmp_path / "night.jsonl"
    file.write_text(json.dumps(GOOD) + "\n")
    found = _Journal(file, TERMS).earlier("s", "c")
    assert found.counts.tp == 1
    assert found.counts.duration_s == 3.0


@pytest.mark.parametrize("wrong", WRONG, ids=json.dumps)
def test_a_line_of_wrong_types_is_refused_and_kept(tmp_path, wrong):
    file = tmp_path / "night.jsonl"
    text = json.dumps(GOOD) + "\n" + json.dumps({**GOOD, **wrong}) + "\n"
    file.write_text(text)
    with pytest.raises(InputError, match="line 2: is not a result file"):
        _Journal(file, TERMS)
    assert file.read_text() == text


LINES = ["[" * 100_000, "1" * 5000, '{"a": 1, "a": 2}', "[]", "7", "null", '{"session": NaN}']


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[:20])
def test_a_line_that_is_not_a_result_is_refused(tmp_path, line):
    file = tmp_path / "night.jsonl"
    file.write_text(line + "\n" + json.dumps(GOOD) + "\n")
    if line == "null":
        assert _Journal(file, TERMS).earlier("s", "c") is not None
        return
    with pytest.raises(InputError, match="line 1: is not a result file"):
        _Journal(file, TERMS)
