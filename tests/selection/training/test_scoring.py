"""Totals over sessions, and what becomes of those that cannot be scored."""

import shutil
import signal
import subprocess
import sys

import pytest

from tussis.data.input_error import InputError
from tussis.selection.detector.detector_file import load_detector
from tussis.selection.training import scoring
from tussis.selection.training.event_counts import Counts
from tussis.selection.training.scoring import Score, SessionScore, score


def row(session, subject, tp, fp, ref, duration_s=1800.0):
    return SessionScore(session, subject, "audio", Counts(tp, fp, ref, duration_s), 1.0)


def test_totals_are_sums():
    score = Score((row("a", "1", 8, 1, 10), row("b", "2", 5, 3, 5)))
    document = score.as_dict()
    assert document["event"]["tp"] == 13
    assert document["event"]["fp"] == 4
    assert document["event"]["ref"] == 15
    assert document["event"]["sensitivity"] == pytest.approx(13 / 15)
    assert document["event"]["precision"] == pytest.approx(13 / 17)
    assert document["event"]["f1"] == pytest.approx(2 * 13 / (13 + 4 + 15))
    assert document["event"]["fp_per_hour"] == pytest.approx(4.0)
    assert [session["session"] for session in document["sessions"]] == ["a", "b"]
    low, high = document["event"]["f1_interval"]
    assert low <= document["event"]["f1"] <= high


def test_no_interval_from_one_subject():
    assert Score((row("a", "1", 1, 0, 1), row("b", "1", 1, 0, 1))).f1_interval() is None


@pytest.mark.parametrize("file", ["audio.wav", "imu.csv", "labels.txt", "session.json"])
def test_an_unreadable_session_costs_itself_only(dataset, tmp_path, file):
    shutil.copytree(dataset, tmp_path / "data")
    broken = tmp_path / "data" / "session_1" / file
    broken.write_bytes(b"RIFF" if file == "audio.wav" else b"\xff\xfe\0broken")
    found = score(tmp_path / "data", load_detector("default"), "gated")
    assert len(found.unreadable) == 1
    assert str(broken) in found.unreadable[0].reason
    assert found.as_dict()["unreadable"][0]["reason"] == found.unreadable[0].reason
    shutil.rmtree(broken.parent)
    assert score(tmp_path / "data", load_detector("default"), "gated").sessions == found.sessions


def test_motion_that_is_not_needed_stops_no_score(dataset, tmp_path):
    shutil.copytree(dataset, tmp_path / "data")
    (tmp_path / "data" / "session_1" / "imu.csv").write_text("no motion")
    found = score(tmp_path / "data", load_detector("default"), "audio")
    assert found.unreadable == ()
    assert found.sessions == score(dataset, load_detector("default"), "audio").sessions


def test_a_single_unreadable_session_is_refused_with_its_own_words(dataset, tmp_path):
    shutil.copytree(dataset / "session_1", tmp_path / "s")
    (tmp_path / "s" / "audio.wav").write_bytes(b"")
    with pytest.raises(InputError, match=r"audio\.wav: the file is empty"):
        score(tmp_path / "s", load_detector("default"))


def test_what_info_doubts_the_score_says(dataset, tmp_path):
    shutil.copytree(dataset, tmp_path / "data")
    with (tmp_path / "data" / "session_1" / "labels.txt").open("a") as labels:
        labels.write("0.1\t0.2\tCough?\n")
    (tmp_path / "data" / "session_2" / "audio_001.wav").write_bytes(b"")
    said = score(tmp_path / "data", load_detector("default"), "audio").doubts
    assert any("audio_001.wav" in line for line in said)
    assert any("may mean a cough ('Cough?')" in line for line in said)


KILLED = """
import os, signal, sys
from pathlib import Path
from tussis.selection.detector.detector_file import load_detector
from tussis.selection.training.scoring import score

def end(stage, done, total):
    if done > total / 2:
        os.kill(os.getpid(), signal.SIGKILL)

score(sys.argv[1], load_detector("default"), cache_folder=Path(sys.argv[2]), progress=end)
"""


def test_a_killed_score_goes_on(dataset, tmp_path, monkeypatch):
    command = [sys.executable, "-c", KILLED, str(dataset), str(tmp_path)]
    assert subprocess.run(command).returncode == -signal.SIGKILL
    done = len([*tmp_path.rglob("*.json")])
    assert 0 < done < 4
    scored = []
    own = scoring._score_session

    def counted(shared, reference, *progress):
        scored.append(reference.name)
        return own(shared, reference, *progress)

    monkeypatch.setattr(scoring, "_score_session", counted)
    found = score(dataset, load_detector("default"), cache_folder=tmp_path)
    assert len(scored) == 4 - done
    whole = score(dataset, load_detector("default"), cache_folder=tmp_path / "other")
    assert found == whole
    assert not [*tmp_path.rglob("*.json")]
