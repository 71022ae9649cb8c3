"""Errors as short WAVs."""

import wave

import numpy as np
import pytest

from tussis.selection.evaluation.answer import EventError
from tussis.selection.evaluation.listening import Excerpts, write_excerpts


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "ramp.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes((np.arange(48000) // 2).astype("<i2").tobytes())
    return path


def error(path, kind, start_s, confidence, **parts):
    return EventError(kind, "set/ramp.wav", str(path), start_s, start_s + 0.25, confidence, "dog", **parts)


def samples(path):
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


def test_half_a_second_on_both_sides_as_far_as_there_is(recording, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    errors = [error(recording, "false", 1.0, 0.9), error(recording, "missed", 0.1, 0.2)]
    assert write_excerpts(errors, out) == Excerpts(written=2, more=0, silent=0)
    false, missed = sorted(out.iterdir())
    assert false.name == "false-dog-0001-1.00s-set_ramp.wav"
    assert missed.name == "missed-dog-0002-0.10s-set_ramp.wav"
    assert samples(false).tolist() == (np.arange(8000, 28000) // 2).tolist()
    assert samples(missed).tolist() == (np.arange(0, 13600) // 2).tolist()


def test_an_excerpt_of_a_long_clip_is_cut(tmp_path):
    with wave.open(str(tmp_path / "long.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(np.ones(60 * 16000, "<i2").tobytes())
    out = tmp_path / "out"
    out.mkdir()
    write_excerpts([EventError("missed", "long", str(tmp_path / "long.wav"), 0.0, 60.0, 0.1, "cough")], out)
    assert len(samples(next(out.iterdir()))) == 20 * 16000


def test_the_worst_of_both_kinds_by_turns_where_there_are_too_many(recording, tmp_path):
    errors = [error(recording, "false", at / 10, at / 10) for at in range(1, 9)]
    errors += [error(recording, "missed", 1 + at / 10, at / 10) for at in range(1, 9)]
    errors.append(error(recording, "false", 2.0, 1.0, with_sound=False))
    assert write_excerpts(errors, tmp_path, most=3) == Excerpts(written=3, more=13, silent=1)
    names = sorted(path.name for path in tmp_path.glob("*-dog-*"))
    assert [name.split("-set")[0] for name in names] == [
        "false-dog-0001-0.80s",
        "false-dog-0003-0.70s",
        "missed-dog-0002-1.10s",
    ]
