"""Public sets are read as their publishers lay them out."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest

from tussis.data.dataset import iter_dataset
from tussis.data.input_error import InputError


def put(made: ModuleType, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(made.wav_bytes(made.tone(0.5).tobytes()))


def test_esc_50(tmp_path: Path, made: ModuleType) -> None:
    root = tmp_path / "esc-50"
    rows = ["filename,fold,target,category,esc10,src_file,take"]
    for name, category in (
        ("1-100-A-24.wav", "coughing"),
        ("1-100-B-0.wav", "dog"),
        ("2-7-A-26.wav", "laughing"),
    ):
        put(made, root / "audio" / name)
        rows.append(f"{name},1,0,{category},False,{name.split('-')[1]},A")
    (root / "meta").mkdir()
    (root / "meta" / "esc50.csv").write_text("\n".join(rows) + "\n")
    references = iter_dataset(root)
    assert [reference.subject for reference in references] == ["esc-50/100", "esc-50/100", "esc-50/7"]
    assert [reference.load().labels[0].name for reference in references] == ["cough", "dog", "laughing"]
    assert {reference.collection for reference in references} == {"esc-50"}
    (root / "meta" / "esc50.csv").write_text("filename,category\n1-100-A-24.wav,unheard\n")
    with pytest.raises(InputError, match="line 2, category: 'unheard' is not a known class"):
        iter_dataset(root)


def test_covid19_cough(tmp_path: Path, made: ModuleType) -> None:
    put(made, tmp_path / "set" / "raw" / "a.wav")
    put(made, tmp_path / "set" / "raw" / "unlisted.wav")
    (tmp_path / "set" / "metadata.json").write_text(json.dumps({"a.wav": {"source": "telegram"}}))
    listed, other = iter_dataset(tmp_path / "set")
    assert (listed.layout, listed.labelled, listed.load().coughs[0].weak) == ("clip", True, True)
    assert (other.layout, other.labelled) == ("wav", False)


@pytest.mark.parametrize("nested", [True, False])
def test_coughvid(tmp_path: Path, made: ModuleType, nested: bool) -> None:
    folder = tmp_path / "coughvid" / "public" if nested else tmp_path / "coughvid"
    for name, probability in (("a", "0.9612"), ("b", "0.12")):
        put(made, folder / f"{name}.wav")
        (folder / f"{name}.json").write_text(json.dumps({"cough_detected": probability}))
    sure, unsure = iter_dataset(tmp_path / "coughvid")
    assert [label.is_cough for label in sure.load().labels] == [True]
    assert (unsure.labelled, unsure.load().labels) == (False, ())


def test_speech_commands(tmp_path: Path, made: ModuleType) -> None:
    for name in (
        "left/00970ce1_nohash_0.wav",
        "yes/00970ce1_nohash_1.wav",
        "_background_noise_/pink_noise.wav",
    ):
        put(made, tmp_path / name)
    references = iter_dataset(tmp_path)
    assert [reference.load().labels[0].name for reference in references] == ["background", "speech", "speech"]
    assert len({reference.subject for reference in references}) == 2
