"""Headless Chromium driven through a pipe: keys, script, screenshots, and what it complains of or asks for.

The Chrome DevTools Protocol (https://chromedevtools.github.io/devtools-protocol/) on file descriptors 3
and 4, one JSON document ended by a zero byte each way.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
from pathlib import Path
from typing import Any

_SWITCHES = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--remote-debugging-pipe", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--hide-scrollbars",
)  # fmt: skip


class Browser:
    """One page in one browser."""

    def __init__(self, program: str, profile: Path) -> None:
        theirs, self._to = os.pipe()
        self._from, back = os.pipe()
        command = [program, *_SWITCHES, f"--user-data-dir={profile}", "about:blank"]
        shell = f'exec "$@" 3<&{theirs} 4>&{back}'
        self._process = subprocess.Popen(
            ["bash", "-c", shell, "bash", *command],
            pass_fds=(theirs, back),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs)
        os.close(back)
        self._rest = b""
        self._number = 0
        self._session = ""
        self.complaints: list[str] = []
        self.requests: list[str] = []
        target = self._send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._send(f"{domain}.enable")

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._to)
        os.close(self._from)

    def open(self, path: Path) -> None:
        """Load a page and wait until its script is done."""
        self.visit(path.as_uri())

    def visit(self, url: str, *, until: str = "document.documentElement?.dataset.ready") -> None:
        """Load an address and wait until the script of its page is done."""
        self._send("Page.navigate", url=url)
        self.wait(until)

    def wait(self, until: str) -> None:
        """Wait until an expression is true; fail where it never is."""
        look = f"() => ({until}) ? done(true) : turn++ < 2400 ? setTimeout(look, 50) : done(false)"
        assert self.run(f"new Promise(done => {{ let turn = 0; const look = {look}; look(); }})"), until

    def run(self, script: str) -> Any:
        """Evaluate an expression; await a promise."""
        found = self._send(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, timeout=60_000
        )
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def press(self, key: str, *, shift: bool = False) -> None:
        """Press a key as a person does."""
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        codes = {"Tab": 9, "Enter": 13, "ArrowLeft": 37, "ArrowRight": 39}
        about = {"key": key, "code": key, "windowsVirtualKeyCode": codes.get(key, ord(key[0]))}
        about["modifiers"] = 8 if shift else 0
        self._send("Input.dispatchKeyEvent", type="keyDown", text=text, **about)
        self._send("Input.dispatchKeyEvent", type="keyUp", **about)

    def prefer(self, theme: str) -> None:
        """Have the system ask for a light or a dark page."""
        features = [{"name": "prefers-color-scheme", "value": theme}]
        self._send("Emulation.setEmulatedMedia", features=features)

    def print_media(self, on: bool) -> None:
        """Lay the page out as for a printer, or for a screen again."""
        self._send("Emulation.setEmulatedMedia", media="print" if on else "")

    def resize(self, width: int, height: int = 900) -> None:
        """Set the size of the window in pixels."""
        self._send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def picture(self, path: Path, *, whole: bool = False) -> None:
        """Keep what the window shows, or the whole page, as PNG."""
        data = self._send("Page.captureScreenshot", captureBeyondViewport=whole)["data"]
        path.write_bytes(base64.b64decode(data))

    def _send(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, (method, answer["error"])
                return dict(answer["result"])
            self._note(answer)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            part = os.read(self._from, 1 << 20)
            assert part, "the browser has ended"
            self._rest += part
        first, self._rest = self._rest.split(b"\0", 1)
        return dict(json.loads(first))

    def _note(self, event: dict[str, Any]) -> None:
        method, about = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.complaints.append(str(about["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and about["type"] in ("error", "warning", "assert"):
            self.complaints.append(str(about["args"]))
        elif method == "Log.entryAdded" and about["entry"]["level"] in ("error", "warning"):
            self.complaints.append(str(about["entry"]))
        elif method == "Network.requestWillBeSent":
            self.requests.append(about["request"]["url"][:80])
