"""Recordings of many hours, and folders of many recordings: memory stays, and the C stays with Python.

``make test-long`` plays a day; without it some minutes stand for it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from tussis.data.formats.audio_file import read_audio
from tussis.data.recording import Recording
from tussis.export.build.host_library import HostDetector, host_library
from tussis.export.codegen.project import export_project
from tussis.selection.detector.detector_file import load_detector
from tussis.selection.detector.inference import detect

RATE_HZ = 16000
MEASURED = """
import json, resource, subprocess, sys
code = subprocess.run([sys.executable, "-m", "tussis", *sys.argv[1:]], stdout=subprocess.DEVNULL).returncode
print(json.dumps([code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024]))
"""


def peak_mb(*words: object) -> float:
    """Run a command, and return the largest memory that it had, in MB."""
    command = [sys.executable, "-c", MEASURED, *map(str, words)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    code, peak = json.loads(answer.stdout)
    assert code == 0, answer.stderr
    return float(peak)


def bursts(rng: np.random.Generator, seconds: int) -> np.ndarray:
    """Noise with two bursts a minute, some of which nearly pass for coughs."""
    sound = rng.normal(0, 40, seconds * RATE_HZ)
    for start in rng.integers(0, len(sound) - 6000, seconds // 30):
        sound[start : start + 6000] += rng.normal(0, 4000, 6000) * np.exp(-np.arange(6000) / 2000)
    return np.clip(sound, -32768, 32767).astype("<i2")


def long_wav(path: Path, hours: float) -> Path:
    """Write minutes out of five different ones, in an order without a period."""
    rng = np.random.default_rng(0)
    minutes = [bursts(rng, 60).tobytes() for _ in range(5)]
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
        for number in rng.integers(0, len(minutes), round(60 * hours)):
            file.writeframes(minutes[number])
    return path


def test_memory_hardly_grows_with_a_recording(tmp_path: Path) -> None:
    """Samples alone would take 35 MB more, were they held, and what is computed of them more still."""
    short, long = (long_wav(tmp_path / f"{hours}.wav", hours) for hours in (0.6, 0.9))
    assert peak_mb("detect", long) - peak_mb("detect", short) < 15


@pytest.mark.slow
def test_a_day_of_sound_fits_into_500_mb(tmp_path: Path) -> None:
    peak = peak_mb("detect", long_wav(tmp_path / "day.wav", 24))
    print(f"\ndetect, 24 h: {peak:.0f} MB")
    assert peak < 500


@pytest.mark.slow
def test_twenty_thousand_sessions_are_looked_through(tmp_path: Path) -> None:
    sound = bursts(np.random.default_rng(1), 1).tobytes()
    for number in range(20000):
        folder = tmp_path / f"s{number // 100:03d}" / f"r{number % 100:02d}"
        folder.mkdir(parents=True)
        with wave.open(str(folder / "audio.wav"), "wb") as file:
            file.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
            file.writeframes(sound)
        (folder / "session.json").write_text(json.dumps({"subject": f"s{number // 100:03d}"}))
    peak = peak_mb("info", tmp_path)
    print(f"\ninfo, 20,000 sessions: {peak:.0f} MB")
    assert peak < 200


@pytest.mark.parametrize("hours", [0.1, pytest.param(24, marks=pytest.mark.slow)])
def test_the_c_finds_the_same_events_for_as_long_as_it_runs(hours: float, tmp_path: Path) -> None:
    """One state, never begun again, fed as a device is: a quarter of a second at once."""
    detector = load_detector("default").at_threshold(0.75, "audio")  # these bursts do not pass for coughs
    sound = read_audio(long_wav(tmp_path / "sound.wav", hours))
    expected = detect(Recording("long", sound, RATE_HZ, None, 100.0, (), False), detector, "audio").events
    assert len(expected) > 5 * hours
    c = HostDetector(host_library(export_project(detector, tmp_path / "firmware")))
    c.start("audio")
    found = []
    for start in range(0, len(sound), RATE_HZ // 4):
        c.push_audio(sound[start : start + RATE_HZ // 4])
        while c.events_waiting() and (event := c.next_event()) is not None:
            found.append(event)
    while c.flush_step():
        pass
    while c.events_waiting() and (event := c.next_event()) is not None:
        found.append(event)
    assert [(e.start_ticks / 16000, e.end_ticks / 16000) for e in found] == [e[:2] for e in expected]
    assert [e.confidence for e in found] == pytest.approx([e.confidence for e in expected], abs=1e-6)
