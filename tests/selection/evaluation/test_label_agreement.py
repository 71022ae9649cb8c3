"""Agreement of two tracks, by hand; tracks found in files and folders."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from tussis.cli.app import main
from tussis.data.recording import Label
from tussis.selection.evaluation.label_agreement import compare_labels, joined_agreement, matched_coughs


def coughs(*bounds: tuple[float, float]) -> list[Label]:
    return [Label(start, end, "cough") for start, end in bounds]


def test_each_cough_is_in_one_pair_with_the_nearest() -> None:
    a = [(1.0, 1.4), (2.0, 2.4), (3.0, 3.1)]
    b = [(0.8, 1.1), (1.02, 1.3), (2.6, 3.05), (3.3, 3.4)]
    assert matched_coughs(a, b, 0.25) == [(0, 1), (2, 2)]
    assert matched_coughs(a, b, 0.0) == [(0, 1), (2, 2)]
    assert matched_coughs([(0.0, 9.0)], [(8.5, 8.6)], 0.25) == [(0, 0)]
    assert matched_coughs([(1.0, 1.1)], [(1.25, 1.3)], 0.25) == [(0, 0)]


def test_kappa_is_scikit_learns_on_the_same_grid() -> None:
    rng = np.random.default_rng(3)
    a = coughs(*((at, at + 0.3) for at in np.arange(1.0, 50.0, 2.0)))
    b = coughs(*((one.start_s + rng.uniform(-0.2, 0.2), one.end_s) for one in a[::2]))
    found = compare_labels("s", a, b, 60.0)
    middles = (np.arange(600) + 0.5) * 0.1

    def on(labels: list[Label]) -> np.ndarray:
        return np.array([any(one.start_s <= at < one.end_s for one in labels) for at in middles])

    assert found.kappa == pytest.approx(cohen_kappa_score(on(a), on(b)))
    assert (found.coughs_a, found.coughs_b, found.pairs) == (25, 13, 13)
    twice = joined_agreement([found, found])
    assert twice.kappa == pytest.approx(found.kappa)
    assert twice.positive_agreement == found.positive_agreement == 26 / 38


def test_nothing_in_either_has_no_kappa() -> None:
    found = compare_labels("s", [], [Label(1.0, 2.0, "laugh")], 10.0).as_dict()
    assert found["kappa"] is None
    assert found["positive_agreement"] is None
    assert found["onset_difference_s"] is None


def test_two_files_and_two_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import soundfile

    (tmp_path / "a" / "s1").mkdir(parents=True)
    soundfile.write(tmp_path / "a" / "s1" / "audio.wav", np.zeros(16000 * 20, np.int16), 16000)
    (tmp_path / "a" / "s1" / "labels.txt").write_text("1.0\t1.4\tcough\n5\t6\tlaugh\n")
    (tmp_path / "a" / "extra.txt").write_text("")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "s1.txt").write_text("1.02\t1.4\tToux\n9.0\t9.5\tcough\n")
    assert main(["labels", "compare", str(tmp_path / "a"), str(tmp_path / "b"), "--json"]) == 0
    streams = capsys.readouterr()
    document = json.loads(streams.out)
    assert document["only_a"] == ["extra"]
    assert document["total"]["duration_s"] == 20.0
    assert document["total"]["onset_difference_s"]["median"] == pytest.approx(0.02)
    assert [document["total"][key] for key in ("pairs", "only_a", "only_b")] == [1, 0, 1]
    assert document["total"]["cells"] == {"both": 4, "only_a": 0, "only_b": 5, "neither": 191}
    words = ["labels", "compare", str(tmp_path / "b" / "s1.txt"), str(tmp_path / "a" / "s1" / "labels.txt")]
    assert main(words) == 0
    assert "-20" in capsys.readouterr().out


def test_nothing_to_compare_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.txt").write_text("")
    assert main(["labels", "compare", str(tmp_path / "a"), str(tmp_path / "b")]) == 2
    assert "has no track of the same name" in capsys.readouterr().err
    assert main(["labels", "compare", str(tmp_path / "c"), str(tmp_path / "b")]) == 2
