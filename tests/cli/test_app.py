"""The command line as a user meets it: words, streams, exit codes."""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import zipfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
import soundfile
import typer

from tussis.cli.app import app, main
from tussis.data.download.fetch import MIRROR_VARIABLE
from tussis.data.download.public_sets import PUBLIC_SETS

from ..command_line import Answer, run_command

VERBS = (
    "demo", "synth", "fetch", "info", "train", "detect", "score", "evaluate", "export", "model", "verify",
    "golden", "estimate", "profile", "board", "replay", "log", "trees", "study", "calibrate", "label",
    "compose", "report", "review", "labels", "count", "compare", "doctor", "listen", "describe", "plot",
    "monitor", "recorder", "record",
)  # fmt: skip


def one_line(answer: Answer) -> str:
    """The one line on stderr of a command that ended with exit code 2."""
    assert answer.returncode == 2, answer
    assert answer.stdout == ""
    lines = [line for line in answer.stderr.splitlines() if line.startswith("tussis: ")]
    assert len(lines) == 1, answer.stderr
    assert "Traceback" not in answer.stderr
    return lines[0]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recordings") / "monday"
    folder.mkdir()
    noise = np.random.default_rng(0).normal(0, 300, 5 * 16000).astype(np.int16)
    soundfile.write(folder / "audio.wav", noise, 16000)
    (folder / "labels.txt").write_text("1.0\t1.3\tcough\n")
    return folder


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(
    verb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert main([verb, "--help"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert f"tussis {verb}" in said.out


def test_help_lists_every_verb() -> None:
    assert set(typer.main.get_command(app).commands) == set(VERBS)
    listed = run_command("--help").stdout
    assert {verb for verb in VERBS if re.search(rf"^│ {verb}\s", listed, re.MULTILINE)} == set(VERBS)


def test_no_arguments_give_help_and_a_next_step() -> None:
    answer = run_command()
    assert answer.returncode == 0
    assert "Usage: tussis" in answer.stdout
    assert "tussis demo --quick" in answer.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["detcet"], "No such command 'detcet'. Did you mean 'detect'? See tussis --help"),
        (["info"], "Missing argument 'dataset'; see tussis info --help"),
        (["info", "x", "--bogus"], "No such option: --bogus"),
        (["score", "x", "--mode", "smell"], "Invalid value for '--mode': 'smell' is not one of"),
        (["info", "does-not-exist"], "does-not-exist: no such file or folder"),
        (["detect", "does-not-exist.wav"], "does-not-exist.wav: no such file or folder"),
        (["detect", "x.wav", "--model", "nowhere.json"], "nowhere.json: cannot be read"),
        (["fetch", "nonsense", "x"], "nonsense"),
        (["fetch"], "fetch: a dataset is missing; see tussis fetch --list"),
        (["fetch", "esc-50"], "fetch: a folder to download into is missing"),
    ],
)
def test_a_user_s_mistake_is_one_line_and_exit_code_2(words: list[str], said: str, tmp_path: Path) -> None:
    assert said in one_line(run_command(*words, cwd=tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ("train", "{session}", "--out", "{out}"),
        ("train", "{session}", "--out", "{out}", "--budget", "no_file_is_read.toml"),
        ("calibrate", "--out", "{out}"),
        ("study", "window", "{session}", "--out", "{out}"),
        ("estimate", "firmware", "--recording", "{session}", "--flame", "{out}.svg"),
        ("profile", "image.elf", "--flame", "{out}.svg"),
        ("score", "{session}", "--report", "{out}.html"),
        ("report", "{session}", "--out", "{out}.html"),
    ],
)
def test_an_output_that_cannot_be_written_is_refused_before_the_work(
    words: tuple[str, ...], session: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    out = tmp_path / "file" / "new"
    answer = run_command(*(word.format(session=session, out=out) for word in words), cwd=tmp_path)
    assert "cannot be written: Not a directory" in one_line(answer)
    assert len(answer.stderr.splitlines()) == 1  # no progress: nothing had begun


def test_fetch_lists_every_public_set_and_says_what_is_not_known() -> None:
    shown = run_command("fetch", "--list")
    assert (shown.returncode, shown.stderr) == (0, "")
    sets = json.loads(run_command("fetch", "--list", "--json").stdout)["datasets"]
    assert [one["name"] for one in sets] == list(PUBLIC_SETS)
    for one in sets:
        row = next(line for line in shown.stdout.splitlines() if line.strip().startswith(f"{one['name']} "))
        assert ("not known" in row) == (one["download_bytes"] is None or one["unpacked_bytes"] is None)
        assert one["source"] in shown.stdout


def test_fetch_pins_what_has_no_checksum_and_refuses_another_file(tmp_path: Path) -> None:
    archive = PUBLIC_SETS["covid19-cough"].archive
    served = tmp_path / "mirror" / urlsplit(archive.url).path[1:]
    served.parent.mkdir(parents=True)

    def publish(content: str) -> None:
        with zipfile.ZipFile(served, "w") as target:
            target.writestr(f"{archive.top}/metadata.json", "[]")
            target.writestr(f"{archive.top}/raw/a.mp3", content)

    publish("a cough")
    handler = functools.partial(SimpleHTTPRequestHandler, directory=tmp_path / "mirror")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        mirror = {MIRROR_VARIABLE: f"http://127.0.0.1:{server.server_port}"}
        out = tmp_path / "out"
        first = run_command("fetch", "covid19-cough", out, "--json", environment=mirror)
        (out / "covid19-cough").rename(tmp_path / "kept")
        publish("another cough")
        second = run_command("fetch", "covid19-cough", out, environment=mirror)
        server.shutdown()
    assert json.loads(first.stdout) == {"name": "covid19-cough", "folder": str(out / "covid19-cough")}
    assert first.stderr.count("the publisher gives no checksum; pinned sha256 ") == 1
    assert "licence: CC0 1.0" in first.stderr
    assert (tmp_path / "kept" / "raw" / "a.mp3").read_text() == "a cough"
    assert "not the file of the first download" in one_line(second)
    assert [path.name for path in out.iterdir()] == [f"{archive.file_name}.sha256"]


def test_a_fault_of_ours_is_one_line_and_asks_for_a_report() -> None:
    code = (
        "import sys, tussis.data.inventory as inventory, tussis.cli.app as cli\n"
        "def broken(*_, **__): raise KeyError('inside')\n"
        "inventory.take_inventory = broken\n"
        "sys.exit(cli.main(['info', 'x']))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert answer.returncode == 3
    assert answer.stdout == ""
    assert re.match(r"tussis: internal error in .*: KeyError: 'inside'; .* report it", answer.stderr)
    environment = {**os.environ, "TUSSIS_DEBUG": "1"}
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment
    )
    assert "Traceback" in answer.stderr


def test_json_is_one_document_alone_on_stdout(session: Path) -> None:
    answer = run_command("info", session, "--json")
    assert answer.returncode == 0
    found = json.loads(answer.stdout)
    assert (found["subjects"], found["sessions"], found["events"]) == (1, 1, 1)


def test_info_in_words(session: Path) -> None:
    answer = run_command("info", session)
    assert answer.returncode == 0
    assert re.search(r"1 in all\s+1\s+0\.1\s+1", answer.stdout)


@pytest.mark.parametrize(("seconds", "minutes"), [(1.5, "0.03"), (2.4, "0.04"), (5.0, "0.1"), (30.0, "0.5")])
def test_info_gives_short_recordings_in_hundredths_of_minutes(
    seconds: float, minutes: str, tmp_path: Path
) -> None:
    rng = np.random.default_rng(3)
    soundfile.write(tmp_path / "audio.wav", rng.normal(0, 0.1, round(seconds * 16000)), 16000)
    answer = run_command("info", tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert re.search(rf"1 in all\s+1\s+{re.escape(minutes)}\s+0\s", answer.stdout), answer.stdout


def test_detect_gives_the_contract_s_keys(session: Path) -> None:
    answer = run_command("detect", session, "--json")
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert set(found) == {"events", "recordings", "unreadable", "doubts"}
    (recording,) = found["recordings"]
    assert (recording["session"], recording["subject"]) == ("monday", "monday")
    assert (recording["duration_s"], recording["mode"]) == (5.0, "audio")
    assert recording["coughs"] == len(found["events"])
    for event in found["events"]:
        assert set(event) == {"session", "start_s", "end_s", "confidence"}


def test_score_gives_the_contract_s_keys(session: Path) -> None:
    answer = run_command("score", session, "--json")
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert set(found) >= {"event", "sessions"}
    assert set(found["event"]) >= {"sensitivity", "precision", "f1", "fp_per_hour", "tp", "fp", "ref"}
    assert found["event"]["ref"] == 1


def test_one_broken_recording_does_not_cost_the_others(session: Path, tmp_path: Path) -> None:
    (tmp_path / "torn.wav").write_bytes((session / "audio.wav").read_bytes()[:30])
    answer = run_command("detect", session, tmp_path / "torn.wav", "--json")
    assert answer.returncode == 2
    found = json.loads(answer.stdout)
    assert [one["session"] for one in found["recordings"]] == ["monday"]
    assert "torn.wav" in found["unreadable"][0]["reason"]
    assert "torn.wav" in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


def interrupted_synth(
    out: Path, sent: signal.Signals, **keywords: object
) -> tuple[subprocess.Popen[str], str, str]:
    """Send a signal to `tussis synth` once a session is written; the process, its results and complaints."""
    command = [sys.executable, "-m", "tussis.cli.app", "synth", str(out), "--subjects", "500"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes, **keywords) as process:  # type: ignore[call-overload]
        end = time.monotonic() + 60
        while not list(out.glob("*/session.json")):
            assert time.monotonic() < end, "no session was written in 60 s"
            time.sleep(0.1)
        process.send_signal(sent)
        try:
            rest, complaint = process.communicate(timeout=60)
        finally:
            process.kill()
    return process, rest, complaint


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_leaves_nothing_half_written(sent: signal.Signals, code: int, tmp_path: Path) -> None:
    out = tmp_path / "dataset"
    process, rest, complaint = interrupted_synth(out, sent)
    assert process.returncode == code
    assert rest == ""
    assert "Traceback" not in complaint
    sessions = [path for path in out.iterdir() if path.is_dir()]
    assert sessions
    for folder in sessions:
        assert not folder.name.startswith(".")
        assert (folder / "session.json").is_file()


def test_an_interrupt_ends_the_workers_without_any_program_on_path(tmp_path: Path) -> None:
    """Slim containers have no pgrep, with which joblib looks for them where psutil is not installed."""
    if importlib.util.find_spec("psutil") is None:
        missing = "psutil, which tussis depends on, is not installed: this test cannot run"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    out = tmp_path / "dataset"
    process, _, complaint = interrupted_synth(out, signal.SIGINT, env={**os.environ, "PATH": str(tmp_path)})
    assert process.returncode == 130
    # joblib's own process may warn behind it of what is gone already
    assert "tussis: interrupted; what is written is whole" in complaint.splitlines()
    assert "Traceback" not in complaint
    assert not list(out.glob(".*"))


def test_output_into_a_closed_pipe_is_no_error(session: Path) -> None:
    command = f"{sys.executable} -m tussis.cli.app info {session} --json | head -c 1"
    answer = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert answer.stdout == "{"
    assert "Traceback" not in answer.stderr
    assert "Exception" not in answer.stderr
