"""What is cut out of clips: by labels where they are bounds, by level where they are not."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tussis.data.corpus.excerpt import read_excerpt, read_material
from tussis.data.input_error import InputError


@pytest.fixture
def copied(clips: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(clips, tmp_path / "mine"))


def test_weakly_labelled_coughs_are_cut_by_level(clips: Path) -> None:
    material = read_material([clips])
    assert list(material.coughs) == [f"mine/p{number}" for number in range(6)]
    for excerpts in material.coughs.values():
        assert [excerpt.bounds for excerpt in excerpts] == ["level"] * 4
        spans = [(excerpt.start_s, excerpt.end_s) for excerpt in excerpts]
        assert np.allclose(spans, [(0.5, 0.8), (1.4, 1.75)] * 2, atol=0.02)
        assert all(e.cut_s[0] <= e.start_s and e.end_s <= e.cut_s[1] for e in excerpts)
        assert len(read_excerpt(excerpts[0])) == round((0.03 + 0.15) * 16000 + np.diff(spans[0])[0] * 16000)


def test_a_label_track_is_believed_and_its_doubts_are_kept(copied: Path) -> None:
    (copied / "cough/p1_0.txt").write_text("0.5\t0.9\tcough 0.80\n1.3\t1.8\tunsure\n")
    (copied / "dog/d1.txt").write_text("0.0\t0.1\tcough\n0.2\t0.4\tdog\n")
    material = read_material([copied])
    (first, *_) = material.coughs["mine/p1"]
    assert (first.start_s, first.end_s, first.bounds, first.confidence) == (0.5, 0.9, "label", 0.8)
    assert [e.clip for e in material.coughs["mine/p1"]].count("mine/cough/p1_0.flac") == 1
    assert "mine/dog/d1.flac" not in material.others
    reasons = {left.name: left.reason for left in material.left_out}
    assert reasons["dog/d1.flac"] == "no sound in it has bounds that can be used"


def test_broken_silent_and_repeated_clips_are_left_out_and_named(copied: Path) -> None:
    (copied / "dog/d0.flac").write_bytes(b"not audio")
    shutil.copy(copied / "speech/s0.flac", copied / "speech/s99.flac")
    assert [left.name for left in read_material([copied]).left_out] == ["dog/d0.flac", "speech/s99.flac"]


def test_the_digest_follows_the_samples_and_the_bounds(copied: Path) -> None:
    before = read_material([copied]).digest
    assert read_material([copied]).digest == before
    (copied / "cough/p1_0.txt").write_text("0.5\t0.9\tcough\n")
    assert read_material([copied]).digest != before


def test_coughs_and_other_sounds_are_both_wanted(copied: Path, tmp_path: Path) -> None:
    for name in ("speech", "dog", "laughing"):
        shutil.move(copied / name, tmp_path / "others" / name)
    with pytest.raises(InputError, match="no clips of other sounds"):
        read_material([copied])
    with pytest.raises(InputError, match="no clips of coughs"):
        read_material([tmp_path / "others"])


def test_an_unknown_class_is_asked_for(copied: Path) -> None:
    shutil.copytree(copied / "dog", copied / "krächzen")
    with pytest.raises(InputError, match="cough or not"):
        read_material([copied])


def test_licences_are_found(clips: Path) -> None:
    material = read_material([clips])
    (dog,) = material.others["mine/dog/d0.flac"]
    assert tuple(dog.licence) == ("CC0", "https://example.org/d0")
    (other,) = material.others["mine/dog/d1.flac"]
    assert tuple(other.licence) == ("", "")


def test_a_cough_is_cut_out_of_the_channel_that_its_bounds_were_found_on(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    near = rng.normal(0, 1e-3, 16000)
    near[8000:13000] += 0.3 * rng.normal(size=5000) * np.exp(-np.arange(5000) / 1500)
    far = rng.normal(0, 2e-3, 16000)
    for name, channels in (("cough/a.wav", [far, near]), ("speech/b.wav", [far, far])):
        path = tmp_path / name
        path.parent.mkdir()
        soundfile.write(path, np.stack(channels, axis=1), 16000)
    (own,) = read_material([tmp_path]).coughs.values()
    assert own[0].start_s == pytest.approx(0.5, abs=0.05)
    assert np.abs(read_excerpt(own[0])).max() > 0.2
