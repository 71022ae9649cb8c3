"""The page in a browser, by keyboard; and who is not served."""

from __future__ import annotations

import http.client
import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import soundfile

from tussis.data.formats.labels import read_labels
from tussis.data.session_set import write_session
from tussis.export.review.journal import JOURNAL_NAME
from tussis.export.review.reviewing import opened_review
from tussis.export.review.server import ReviewServer
from tussis.selection.detector.detector_file import save_detector

from ..conftest import make_detector, make_recording
from ..report.browser import Browser


def write_set(folder: Path) -> Path:
    """Sessions whose first label is a sound that no detector finds, and one sound is not labelled."""
    for seed in (3, 4):
        recording = make_recording(seed)
        labels = (*recording.labels[1:], replace(recording.labels[0], start_s=0.1, end_s=0.3))
        write_session(replace(recording, labels=labels), folder / f"s{seed}")
    return folder


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return write_set(tmp_path / "set")


@pytest.fixture
def server(dataset: Path) -> Iterator[ReviewServer]:
    with opened_review(dataset, make_detector()) as opened, ReviewServer(opened) as served:
        thread = threading.Thread(target=served.serve_forever, args=(0.02,))
        thread.start()
        yield served
        served.shutdown()
        thread.join()


def ask(
    server: ReviewServer, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, dict[str, Any]]:
    """Ask as the page does, but for `headers`; an empty one is left out."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=30)
    mine = {
        "Host": f"127.0.0.1:{server.server_port}",
        "X-Tussis-Token": server.token,
        "Content-Type": "application/json",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    connection.putrequest(method, path, skip_host=True)
    for name, value in mine.items():
        if value:
            connection.putheader(name, value)
    data = json.dumps(body).encode() if body is not None else b""
    connection.putheader("Content-Length", str(len(data)))
    connection.endheaders(data)
    answer = connection.getresponse()
    found = answer.read()
    connection.close()
    kind = answer.getheader("Content-Type")
    return answer.status, json.loads(found) if kind == "application/json" else {"data": found}


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Tussis_Token": ""},
        {"X_Tussis_Token": "guessed"},
        {"Host": "evil.example:80"},
        {"Host": ""},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_another_page_is_not_served(server: ReviewServer, dataset: Path, headers: dict[str, str]) -> None:
    asked = {"seen": 0, "number": 0, "action": "reject"}
    assert ask(server, "POST", "/api/decide", asked, **headers)[0] == 403
    assert ask(server, "GET", "/api/state", **headers)[0] == 403
    assert ask(server, "GET", "/api/sound?session=s3&from=0&to=1", **headers)[0] == 403
    assert (dataset / JOURNAL_NAME).read_bytes() == b""


def test_a_simple_form_is_not_served_and_the_page_only_with_its_token(server: ReviewServer) -> None:
    body = {"seen": 0, "number": 0, "action": "reject"}
    assert ask(server, "POST", "/api/decide", body, Content_Type="text/plain")[0] == 415
    assert ask(server, "GET", "/")[0] == 403
    assert ask(server, "GET", f"/?token={server.token}")[0] == 200
    assert ask(server, "GET", "/../../etc/passwd")[0] == 404
    assert server.server_address[0] == "127.0.0.1"


def test_what_cannot_be_done_is_answered(server: ReviewServer) -> None:
    number = {"seen": 0, "number": 0}
    assert ask(server, "POST", "/api/decide", {**number, "action": "reject", "seen": 7})[0] == 409
    for wrong in (
        {**number, "action": "explode"},
        {**number, "action": "accept", "start_s": "nan", "end_s": 1.0, "name": "cough"},
        {"seen": 0, "number": "x", "action": "reject"},
        {"seen": 0, "number": None, "action": "reject"},
    ):
        status, found = ask(server, "POST", "/api/decide", wrong)
        assert status == 400, wrong
        assert found["problem"]
    assert ask(server, "POST", "/api/decide", ["x"])[0] == 400
    assert ask(server, "POST", "/api/add", {"seen": 0, "session": "no"})[0] == 400
    assert ask(server, "POST", "/api/no", {"seen": 0})[0] == 404
    assert ask(server, "GET", "/api/picture?session=no&from=0&to=1")[0] == 404
    assert ask(server, "GET", "/api/picture?session=s3&from=zero&to=1")[0] == 400
    assert server.opened.review.seen == 0


def test_a_stretch_is_seen_and_heard(server: ReviewServer) -> None:
    status, picture = ask(server, "GET", "/api/picture?session=s3&from=1&to=3.5")
    assert status == 200
    assert picture["mel"].startswith("data:image/png")
    assert len(picture["sound"]["low"]) == len(picture["sound"]["high"]) == 800
    assert len(picture["motion"]["low"]) == 250
    for query, seconds in (("from=1&to=3.5", 2.5), ("from=11&to=99", 1.0), ("from=0&to=1&loud=1", 1.0)):
        data = ask(server, "GET", f"/api/sound?session=s3&{query}")[1]["data"]
        sound, rate = soundfile.read(io.BytesIO(data), dtype="int16")
        assert len(sound) / rate == seconds
    quiet = soundfile.read(
        io.BytesIO(ask(server, "GET", "/api/sound?session=s3&from=0&to=1")[1]["data"]), dtype="int16"
    )[0]
    assert (sound == quiet * 100).all()  # the most gain


def test_a_walk_by_keyboard(
    server: ReviewServer, dataset: Path, tool: Callable[..., str], tmp_path: Path
) -> None:
    program = tool("chromium", "chromium-browser", "google-chrome")
    with Browser(program, tmp_path / "profile") as browser:
        browser.resize(1200, 1000)
        browser.visit(server.url)

        def text(place: str) -> str:
            return str(browser.run(f"document.getElementById('{place}').textContent"))

        def wait_for(name: str, value: str) -> None:
            place = f"document.documentElement.dataset.{name}"
            look = f"n => {place} === '{value}' || !n ? done({place}) : setTimeout(look, 50, n - 1)"
            assert browser.run(f"new Promise(done => {{ const look = {look}; look(400); }})") == value

        def after(entries: int) -> None:
            wait_for("decided", str(entries))

        assert text("what").startswith("1 of ")
        assert "Labelled cough that the detector missed" in text("what")
        assert browser.run("document.querySelector('#mel img').naturalWidth") > 400
        first = server.opened.review.items[0].label
        assert first is not None

        browser.press("w")  # onset 10 ms later, offset 100 ms later
        browser.press("P", shift=True)
        after(2)
        moved = server.opened.review.items[0].label
        assert moved is not None
        assert (moved.start_s, moved.end_s) == (pytest.approx(0.11), pytest.approx(0.4))
        browser.press("u")  # both steps
        after(3)
        assert server.opened.review.items[0].label == first

        browser.press("r")
        after(4)
        assert text("status").startswith("rejected")
        assert text("what").startswith("2 of ")
        browser.press("Enter")
        after(5)
        browser.press(" ")
        wait_for("played", "1")
        browser.press("n")
        after(6)
        assert "Label that you added" in text("what")
        browser.press("s")
        after(8)  # two tracks
        assert text("status").startswith("written: ")
        assert "not written" not in text("counts")

        stops: list[str] = []
        state = (
            "(one => one.id || one.dataset.do || one.tagName)(document.activeElement)"
            " + (document.activeElement.matches(':focus-visible') ? '' : ' unseen')"
        )
        browser.run("document.activeElement.blur(); scrollTo(0, 0)")
        while "keys" not in stops:
            browser.press("Tab")
            stops.append(browser.run(state))
            assert len(stops) < 80
        assert not any("unseen" in stop for stop in stops)
        assert {"stage", "onset", "offset", "name", "accept", "reject", "undo", "play", "session"} <= set(
            stops
        )
        unnamed = browser.run(
            "[...document.querySelectorAll('button, input, select')].filter(one => !(one.textContent.trim()"
            " || one.labels?.length || one.getAttribute('aria-label'))).map(one => one.outerHTML)"
        )
        assert unnamed == []
        browser.press(" ")  # the switch of the keys
        before = server.opened.review.seen
        browser.run("document.activeElement.blur()")
        browser.press("r")
        browser.run("new Promise(done => setTimeout(done, 200))")
        assert server.opened.review.seen == before

        colours = []
        for theme in ("light", "dark"):
            browser.prefer(theme)
            colours.append(browser.run("getComputedStyle(document.body).backgroundColor"))
        assert colours[0] == "rgb(255, 255, 255)" != colours[1]
        for width in (360, 800):
            browser.resize(width)
            assert browser.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert browser.complaints == []
        outside = [url for url in browser.requests if not url.startswith((server.url[:20], "data:", "blob:"))]
        assert outside == []
    labels = read_labels(dataset / "s3" / "labels.txt", 12.0)
    assert first not in labels
    assert len(list(dataset.rglob("*.bak"))) == 2


def test_a_kill_loses_no_decision(dataset: Path, tmp_path: Path) -> None:
    """Decisions follow each other until the process is killed: each that was answered is there."""
    save_detector(make_detector(), tmp_path / "detector.json")
    command = [
        sys.executable,
        "-m",
        "tussis",
        "review",
        str(dataset),
        "--model",
        str(tmp_path / "detector.json"),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/\?token=(\S+)", url)
    assert found, url
    headers = {"X-Tussis-Token": found[2], "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=30)
    confirmed = 0
    killer = threading.Timer(0.3, process.send_signal, (signal.SIGKILL,))
    killer.start()
    try:
        while True:
            start_s = round(0.5 + 0.001 * confirmed, 4)
            body = {"seen": confirmed, "number": 0, "action": "move", "name": "cough"}
            asked = json.dumps({**body, "start_s": start_s, "end_s": 11.9})
            connection.request("POST", "/api/decide", asked, headers)
            answer = connection.getresponse()
            assert answer.status == 200, answer.read()
            assert json.loads(answer.read())["seen"] == confirmed + 1
            confirmed += 1
    except (OSError, http.client.HTTPException):
        pass
    killer.join()
    process.wait()
    process.stdout.close()
    assert process.returncode == -signal.SIGKILL
    assert confirmed > 3
    with opened_review(dataset, make_detector()) as opened:
        assert opened.review.seen in (
            confirmed,
            confirmed + 1,
        )  # the last one may be written and not answered
        label = opened.review.items[0].label
        assert label is not None
        assert label.start_s == pytest.approx(0.5 + 0.001 * (opened.review.seen - 1))
        assert opened.review.save() == [str(dataset / "s3" / "labels.txt")]
    assert label in read_labels(dataset / "s3" / "labels.txt", 12.0)
    assert os.path.exists(dataset / "s3" / "labels.txt.bak")
