"""`tussis listen` at a sound server whose null sink plays a recording; the loop with a source of its own."""

from __future__ import annotations

import ctypes.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from tussis.cli.app import app
from tussis.data.dataset import load_recording
from tussis.data.formats.labels import read_labels
from tussis.data.input_error import InputError
from tussis.firmware_stub.live import microphone_input
from tussis.firmware_stub.live.listening import kept_sound, listen
from tussis.firmware_stub.live.live_detector import LiveDetector
from tussis.selection.detector.detector_file import save_detector
from tussis.selection.detector.inference import Event, detect

from ...export.conftest import make_detector, make_recording

RECORDING = replace(make_recording(7, seconds=6.0), imu=None)


@dataclass
class Source:
    """Blocks as a microphone gives them, some of them empty; then Ctrl-C."""

    overflows: int = 0
    gone: bool = False

    def blocks(self) -> Iterator[np.ndarray]:
        yield np.zeros(0, np.int16)
        yield from np.array_split(RECORDING.audio, 77)
        raise KeyboardInterrupt


@dataclass
class Notes:
    events: list[Event] = field(default_factory=list)
    levels: list[tuple[float, float, float | None]] = field(default_factory=list)

    def event(self, event: Event) -> None:
        self.events.append(event)

    def level(self, seconds: float, loudest: float, probability: float | None) -> None:
        self.levels.append((seconds, loudest, probability))


def test_it_tells_what_it_hears_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    notes = Notes()
    with kept_sound(tmp_path / "new" / "heard.wav", 16000) as keep:
        heard = listen(Source(overflows=2), LiveDetector(make_detector()), notes, keep=keep)
        assert not (tmp_path / "new" / "heard.wav").exists()
    assert tuple(heard.events) == detect(RECORDING, make_detector(), "audio").events
    assert notes.events == heard.events
    assert (heard.duration_s, heard.overflows) == (6.0, 2)
    assert heard.loudest == max(level for _, level, _ in notes.levels) == RECORDING.audio_peak / 32768
    assert (soundfile.read(tmp_path / "new" / "heard.wav", dtype="int16")[0] == RECORDING.audio).all()
    assert len(list((tmp_path / "new").iterdir())) == 1


def test_it_ends_after_so_many_seconds() -> None:
    heard = listen(Source(), LiveDetector(make_detector()), Notes(), seconds=2.5)
    assert heard.duration_s == 2.5
    assert tuple(heard.events) == detect(RECORDING.part(0.0, 2.5), make_detector(), "audio").events


def test_a_microphone_that_goes_away_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(microphone_input, "_GONE_S", 0.25)
    source = microphone_input.MicrophoneInput(16000, 16000)
    heard = listen(source, LiveDetector(make_detector()), Notes())
    assert heard.microphone_gone
    assert heard.as_dict()["duration_s"] == 0.0


@pytest.mark.parametrize("fault", [BrokenPipeError(), KeyboardInterrupt(), SystemExit(143)])
def test_what_was_heard_is_kept_whatever_ends_it(fault: BaseException, tmp_path: Path) -> None:
    def hear() -> None:
        with kept_sound(tmp_path / "heard.wav", 16000) as keep:
            keep(RECORDING.audio)
            raise fault

    with pytest.raises(type(fault)):
        hear()
    kept, _ = soundfile.read(tmp_path / "heard.wav", dtype="int16")
    assert np.array_equal(kept, RECORDING.audio)
    assert [path.name for path in tmp_path.iterdir()] == ["heard.wav"]


def test_a_file_that_cannot_be_written_is_refused_before(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a folder is in the way"), kept_sound(tmp_path, 16000):
        raise AssertionError("not before")


@pytest.fixture(scope="module")
def sound_server(
    tool: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """Environment of a PulseAudio of our own, whose default microphone is what its null sink plays."""
    program, _ = tool("pulseaudio"), tool("paplay")
    if ctypes.util.find_library("portaudio") is None:
        missing = "PortAudio is not installed: this test cannot run"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    folder = tmp_path_factory.mktemp("pulse")
    socket = folder / "native"
    (folder / "asound.conf").write_text(
        f'pcm.!default {{ type pulse server "unix:{socket}" device "played.monitor" }}\n'
    )
    environment = {
        **os.environ,
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
        "PULSE_RUNTIME_PATH": str(folder),
        "PULSE_SERVER": f"unix:{socket}",
        "ALSA_CONFIG_PATH": f"/usr/share/alsa/alsa.conf:{folder / 'asound.conf'}",
    }
    sink = "module-null-sink sink_name=played rate=16000 channels=1 format=s16le"
    command = [
        program, "-n", "--daemonize=no", "--exit-idle-time=-1", "--disable-shm=yes", "--use-pid-file=no",
        "-L", f"module-native-protocol-unix socket={socket} auth-anonymous=1", "-L", sink,
    ]  # fmt: skip
    server = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    for _ in range(100):
        if socket.exists() or server.poll() is not None:
            break
        time.sleep(0.1)
    else:
        pytest.fail("the sound server does not start")
    assert server.poll() is None, server.stderr.read() if server.stderr else ""
    yield environment
    server.terminate()
    server.communicate()


def test_a_sink_that_plays_a_recording_gives_the_events_of_detect(
    sound_server: dict[str, str], tmp_path: Path
) -> None:
    save_detector(make_detector(), tmp_path / "detector.json")
    soundfile.write(tmp_path / "played.wav", RECORDING.audio, 16000)
    command = [
        sys.executable, "-m", "tussis", "listen", "--model", str(tmp_path / "detector.json"), "--json",
        "--keep", str(tmp_path / "heard.wav"), "--labels", str(tmp_path / "heard.txt"),
    ]  # fmt: skip
    process = subprocess.Popen(
        command, env=sound_server, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("listening"):
            break
    growing = tmp_path / ".heard.wav.tussis.part"
    for _ in range(300):  # until samples come
        if growing.exists() and growing.stat().st_size > 8000:
            break
        time.sleep(0.1)
    played = ["paplay", "--device=played", str(tmp_path / "played.wav")]
    subprocess.run(played, env=sound_server, check=True)
    time.sleep(1.0)  # the server's own buffers
    process.send_signal(signal.SIGINT)
    said, complaints = process.communicate(timeout=60)
    assert process.returncode == 0, complaints
    *happened, end = map(json.loads, said.splitlines())
    events = [one for one in happened if one.pop("kind") == "event"]
    levels = [one for one in happened if "loudest" in one]
    assert end["kind"] == "end"
    assert end["overflows"] == 0
    assert end["events"] == len(events)
    assert [round(one["at_s"]) for one in levels] == [*range(1, len(levels) + 1)]
    assert max(one["loudest"] for one in levels) <= end["loudest"]
    heard = load_recording(tmp_path / "heard.wav")
    expected = detect(heard, make_detector(), "audio").events
    assert [Event(**event) for event in events] == list(expected)
    # The recording is in what was heard, sample by sample, but for the milliseconds in which the sink starts.
    at = _place_of(RECORDING.audio, heard.audio)
    assert at >= 0
    assert (heard.audio[at : at + len(RECORDING.audio)] == RECORDING.audio)[1600:].all()
    assert len(expected) > 2
    assert len(read_labels(tmp_path / "heard.txt", heard.duration_s)) == len(expected)


def _place_of(part: np.ndarray, whole: np.ndarray) -> int:
    """Where a part begins: where most of a stretch of it is found again."""
    probe = part[16000:16400].astype(float)
    product = np.correlate(whole.astype(float), probe, "valid")
    size = np.sqrt(np.convolve(whole.astype(float) ** 2, np.ones(len(probe)), "valid")) + 1.0
    return int(np.argmax(product / size)) - 16000


def test_microphones_are_listed_and_a_wrong_one_is_refused(sound_server: dict[str, str]) -> None:
    command = [sys.executable, "-m", "tussis", "listen", "--devices", "--json"]
    found = subprocess.run(command, env=sound_server, capture_output=True, text=True, check=True)
    assert any(one["is_default"] for one in json.loads(found.stdout)["devices"])
    command[-2:] = ["--device", "no such thing"]
    refused = subprocess.run(command, env=sound_server, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "tussis: --device: no such thing cannot be opened" in refused.stderr
    assert "tussis listen --devices lists" in refused.stderr


@pytest.mark.parametrize("as_json", [False, True])
def test_a_machine_without_a_microphone_says_so(monkeypatch: pytest.MonkeyPatch, as_json: bool) -> None:
    monkeypatch.setattr(microphone_input, "input_devices", list)
    said = CliRunner().invoke(app, ["listen", "--devices", *["--json"] * as_json])
    assert said.exit_code == 0
    if as_json:
        assert json.loads(said.stdout) == {"devices": []}
    else:
        assert "no microphone was found" in said.output
        assert "rate, Hz" not in said.output
