"""Every file from outside, damaged at random: it is read, or refused by one line, soon and without a fault.

``TUSSIS_GENERATED_INPUTS`` says how many are tried in all (`make test-long`: 5,000). A failing case is named
by its number and is the same each time.
"""

from __future__ import annotations

import importlib.util
import json
import os
import random
import resource
import shutil
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import lightgbm
import numpy as np
import pytest
import soundfile
import xgboost

import tussis
from tussis.cli.app import main
from tussis.data.dataset import load_recording
from tussis.data.day_sessions import read_day
from tussis.data.download.archive import Archive
from tussis.data.download.unpacking import unpack
from tussis.data.input_error import InputError
from tussis.data.recording import Label, Recording
from tussis.data.session_set import write_session
from tussis.export.codegen.manifest import FORMAT
from tussis.export.codegen.project import load_project
from tussis.export.codegen.trees import export_trees
from tussis.export.estimate.board_comparison import read_replay
from tussis.export.estimate.current_trace import read_current
from tussis.export.estimate.devices import load_profiles
from tussis.export.estimate.scale_file import load_scale
from tussis.firmware_stub.protocol.event_log import read_event_log, wall_times
from tussis.firmware_stub.replay.replay_dataset import _Journal
from tussis.selection.budget.budget import load_budget
from tussis.selection.budget.cost_table import SHIPPED, load_cost_table
from tussis.selection.detector.detector_file import load_detector
from tussis.selection.detector.shipped import DEFAULT_PATH
from tussis.selection.training.recipe import load_recipe

TOTAL = int(os.environ.get("TUSSIS_GENERATED_INPUTS", "200"))
MOST_SECONDS = 5.0
MOST_GROWTH_BYTES = 400_000_000
"""How far the process may grow over all files of a kind; the largest file here has 2 MB."""

ROOT = Path(tussis.__file__).parent


class Outside(NamedTuple):
    """A kind of file: its form, its name, how a good one is made, and what reads it."""

    form: str
    name: str
    make: Callable[[Path], None]
    read: Callable[[Path], object]


def _session(folder: Path) -> None:
    rng = np.random.default_rng(0)
    audio = (rng.normal(size=24000) * 800).astype(np.int16)
    imu = (rng.normal(0, 0.2, (150, 6)) + np.array([0, 0, 9.81, 0, 0, 0])).astype(np.float32)
    labels = (Label(0.2, 0.5, "cough"), Label(0.8, 1.1, "speech"))
    recording = Recording("s", audio, 16000, imu, 100.0, labels, labelled=True, subject="p1")
    write_session(recording, folder / "s", about={"activity": "desk", "hours": 1.5})


def _flac(folder: Path) -> None:
    soundfile.write(folder / "a.flac", np.random.default_rng(0).normal(0, 0.1, 16000), 16000)


def _ogg(folder: Path) -> None:
    soundfile.write(folder / "a.ogg", np.random.default_rng(0).normal(0, 0.1, 16000), 16000)


def _edge_ai(folder: Path) -> None:
    place = folder / "1/trial_1/mov_sit/background_noise_nothing/cough"
    place.mkdir(parents=True)
    for name in ("outward_facing_mic.wav", "body_facing_mic.wav"):
        soundfile.write(place / name, np.random.default_rng(0).normal(0, 0.1, 16000), 16000, subtype="PCM_32")
    rows = "Accel x,Accel y,Accel z,Gyro Y,Gyro P,Gyro R\n" + "0.1,0.2,9.8,1,2,3\n" * 100
    (place / "imu.csv").write_text(rows)
    (place / "ground_truth.json").write_text('{"start_times": [0.1, 0.5], "end_times": [0.3, 0.8]}')
    (folder / "1/biodata.json").write_text('{"Gender": "F", "BMI": 22.5}')


def _clips(folder: Path) -> None:
    for kind in ("cough", "speech"):
        (folder / "set" / kind).mkdir(parents=True)
        for name in "ab":
            place = folder / "set" / kind / f"{name}_1.wav"
            soundfile.write(place, np.random.default_rng(0).normal(0, 0.1, 8000), 16000)
    table = "file,subject,start_s,end_s\ncough/a_1.wav,a,0.1,0.3\ncough/b_1.wav,b,0.1,0.2\n"
    (folder / "set/clips.csv").write_text(table)
    (folder / "set/clips.toml").write_text(
        'source = "^([^_]+)_"\n[classes]\ncough = "cough"\nspeech = "other"\n'
    )


def _copy(source: Path, name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(source.read_bytes())


def _text(name: str, text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_text(text)


def _fitted() -> tuple[np.ndarray, np.ndarray]:
    columns = np.random.default_rng(2).normal(size=(150, 3))
    return columns, (columns[:, 0] > 0).astype(int)


def _xgboost(folder: Path) -> None:
    xgboost.XGBClassifier(n_estimators=3, max_depth=3).fit(*_fitted()).save_model(folder / "m.json")


def _lightgbm(folder: Path) -> None:
    lightgbm.LGBMClassifier(n_estimators=3, verbose=-1).fit(*_fitted()).booster_.save_model(folder / "m.txt")


def _lightgbm_json(folder: Path) -> None:
    booster = lightgbm.LGBMClassifier(n_estimators=3, verbose=-1).fit(*_fitted()).booster_
    (folder / "m.json").write_text(json.dumps(booster.dump_model()))


def _zip(folder: Path) -> None:
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("set/a/x.wav", bytes(500))
        packed.writestr("set/b.csv", "file,subject\n" * 30)


def _read_zip(place: Path) -> None:
    shutil.rmtree(place.parent / "out", ignore_errors=True)
    (place.parent / "out").mkdir()
    archive = Archive("http://x/", "a.zip", "md5:0", None, None, folder="set", top="set")
    try:
        unpack(archive, place, place.parent / "out")
    finally:
        assert {path.name for path in place.parent.iterdir()} <= {"a.zip", "out"}, "it wrote outside"


def _verb(*words: str) -> Callable[[Path], None]:
    def run(place: Path) -> None:
        code = main([words[0], str(_root(place)), *words[1:]])
        assert code in (0, 1, 2), f"exit code {code}"

    return run


def _load(place: Path) -> None:
    load_recording(_root(place))


def _root(place: Path) -> Path:
    """The folder that a case works in, which stands above every file of its kind."""
    return next(parent for parent in place.parents if parent.name == "case")


_REPLAY = {
    "passed": True,
    "sessions": [
        {
            "session": "s", "mode": "gated", "error": None, "passed": True,
            "link": {"clock_hz": 64e6, "decimated": True}, "totals": {"cycles": 12345},
            "stages": {"audio": {"calls": 3, "longest_call_cycles": 9, "cycles": {}}},
            "score": {"tp": 1, "fp": 0, "ref": 1}, "timing": {"recording_s": 3.0}, "content": "0",
        }
    ],
}  # fmt: skip
_MANIFEST = {"format": FORMAT, "version": 1, "prefix": "tussis", "files": {"a.c": "0" * 64}}
_SCALE = {"format": "tussis-cycle-scale", "version": 1, "devices": {"d": {"cycle_scale": 1.1}}}
_BUDGET = (
    'device = "nrf5340"\n[audio]\ncycles_per_second = 700_000\nfeatures = 40\nms_per_window = 5.0\n'
    '[total]\nflash_bytes = 49_152\nbattery_days = 14\n[sensors]\nmotion = ["lis2dh12"]\n'
)
_RECIPE = "[audio]\nn_trees = 40\nmax_depth = 5\n[events]\nopen_margin = 0.5\n"
_CURRENT = "Timestamp(ms),Current(uA),D0\n" + "".join(f"{n},{100 + n},{n % 2}\n" for n in range(60))


def _profiles(folder: Path) -> None:
    (folder / "d.toml").write_bytes((ROOT / "export/estimate/devices.toml").read_bytes())


def _journal(place: Path) -> None:
    _Journal(place, {"detector": "0"}).earlier("s", "0")


def _log(place: Path) -> None:
    wall_times(read_event_log(place.read_bytes(), 4096, str(place)))


KINDS = {
    "session.json": Outside("json", "s/session.json", _session, _verb("info")),
    "session.json of a day": Outside("json", "s/session.json", _session, lambda p: read_day(_root(p))),
    "labels.txt": Outside("table", "s/labels.txt", _session, _load),
    "imu.csv": Outside("table", "s/imu.csv", _session, _load),
    "audio.wav": Outside("binary", "s/audio.wav", _session, _load),
    "audio.wav in detect": Outside("binary", "s/audio.wav", _session, _verb("detect")),
    "flac": Outside("binary", "a.flac", _flac, load_recording),
    "ogg": Outside("binary", "a.ogg", _ogg, load_recording),
    "biodata.json": Outside("json", "1/biodata.json", _edge_ai, _verb("info")),
    "ground_truth.json": Outside(
        "json", "1/trial_1/mov_sit/background_noise_nothing/cough/ground_truth.json", _edge_ai, _verb("info")
    ),
    "clips.csv": Outside("table", "set/clips.csv", _clips, _verb("info")),
    "clips.toml": Outside("toml", "set/clips.toml", _clips, _verb("info")),
    "detector": Outside("json", "d.json", _copy(DEFAULT_PATH, "d.json"), load_detector),
    "XGBoost": Outside("json", "m.json", _xgboost, lambda place: export_trees(place, _root(place) / "o.c")),
    "LightGBM": Outside("table", "m.txt", _lightgbm, lambda place: export_trees(place, _root(place) / "o.c")),
    "LightGBM as JSON": Outside(
        "json", "m.json", _lightgbm_json, lambda place: export_trees(place, _root(place) / "o.c")
    ),
    "budget": Outside("toml", "b.toml", _text("b.toml", _BUDGET), load_budget),
    "recipe": Outside("toml", "r.toml", _text("r.toml", _RECIPE), load_recipe),
    "devices": Outside("toml", "d.toml", _profiles, load_profiles),
    "cost table": Outside("json", "c.json", _copy(SHIPPED["gcc"], "c.json"), load_cost_table),
    "replay's output": Outside("json", "p.json", _text("p.json", json.dumps(_REPLAY)), read_replay),
    "replay's journal": Outside(
        "json", "j.jsonl", _text("j.jsonl", json.dumps(_REPLAY["sessions"][0]) + "\n"), _journal
    ),
    "scale": Outside("json", "s.json", _text("s.json", json.dumps(_SCALE)), lambda p: load_scale(p, "d")),
    "current": Outside("table", "c.csv", _text("c.csv", _CURRENT), read_current),
    "manifest": Outside(
        "json",
        "manifest.json",
        _text("manifest.json", json.dumps(_MANIFEST)),
        lambda p: load_project(p.parent),
    ),
    "event log": Outside("binary", "log.bin", lambda f: (f / "log.bin").write_bytes(bytes(8192)), _log),
    "zip": Outside("binary", "a.zip", _zip, _read_zip),
}


@pytest.fixture(scope="module")
def mutated() -> Callable[[bytes, str, random.Random], bytes]:
    spec = importlib.util.spec_from_file_location("mutation", Path(__file__).with_name("mutation.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.mutated


def _case(outside: Outside, place: Path) -> str | None:
    """Say what went wrong with a file; None where it is read or refused, in time."""
    began = time.process_time()
    try:
        outside.read(place)
    except InputError as refusal:
        if len(str(refusal).splitlines()) != 1:
            return f"{len(str(refusal).splitlines())} lines"
    except BaseException as error:  # whatever it is, it is the finding
        return f"{type(error).__name__}: {error}"[:300]
    seconds = time.process_time() - began
    return f"{seconds:.1f} s" if seconds > MOST_SECONDS else None


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_files_are_read_or_refused(
    kind: str, mutated: Callable[..., bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = KINDS[kind]
    folder = tmp_path / "case"
    folder.mkdir()
    outside.make(folder)
    place = folder / outside.name
    good = place.read_bytes()
    if kind != "event log":
        assert _case(outside, place) is None, "the undamaged file"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wrong = []
    for number in range(-(-TOTAL // len(KINDS))):
        place.write_bytes(mutated(good, outside.form, random.Random(f"{kind} {number}")))
        if problem := _case(outside, place):
            wrong.append(f"{number}: {problem}")
        said = capsys.readouterr()
        if "internal error" in said.err or "\x1b" in said.err or "\x1b" in said.out:
            wrong.append(f"{number}: {said.err[-300:]!r}")
    assert not wrong, "\n".join(wrong[:20])
    growth = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert growth < MOST_GROWTH_BYTES
