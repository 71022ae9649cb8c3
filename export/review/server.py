"""The page of a review, served to this machine's own browser and to nothing else.

Another page in the same browser can send requests to any port of this machine. So each request must carry a
token that only the page of the review has, and name this server as its host, which a name that somebody else
points to this machine does not. Where the browser says which page asks, it must be this one (W3C, Fetch
Metadata Request Headers; OWASP, Cross-Site Request Forgery Prevention Cheat Sheet).
"""

from __future__ import annotations

import hmac
import math
import secrets
import threading
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from jinja2 import Environment

from ...data.input_error import InputError
from ...data.json_text import json_text
from ...data.recording import Label
from ...data.untrusted import json_document
from .excerpt import LONGEST_S, excerpt_picture, excerpt_sound
from .review import Item
from .reviewing import OpenReview

__all__ = ["ReviewServer"]

_MOST_BODY = 20_000
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:;"
    " media-src blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class RefusedError(Exception):
    """A request that is not served."""

    def __init__(self, status: HTTPStatus, problem: str) -> None:
        super().__init__(problem)
        self.status = status


class ReviewServer(ThreadingHTTPServer):
    """A server on the loopback interface.

    Parameters
    ----------
    opened
        What is reviewed.
    port
        TCP port; 0 takes a free one.

    Attributes
    ----------
    url
        Where a browser finds the page, with the token.
    """

    daemon_threads = True

    def __init__(self, opened: OpenReview, port: int = 0) -> None:
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except OSError as error:
            problem = f"port {port} cannot be used: {error.strerror or error}"
            raise InputError("--port", problem, remedy="leave it out") from error
        self.opened = opened
        self.token = secrets.token_urlsafe(32)
        self.lock = threading.Lock()
        self.hosts = {f"{name}:{self.server_port}" for name in ("127.0.0.1", "localhost")}
        self.url = f"http://127.0.0.1:{self.server_port}/?token={self.token}"

    def answer(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do what a page asks for that changes something, and say what has changed.

        Raises
        ------
        InputError
            It cannot be done.
        RefusedError
            The page does not know the last decision.
        """
        review = self.opened.review
        with self.lock:
            if body.get("seen") != review.seen:
                raise RefusedError(
                    HTTPStatus.CONFLICT, "another page has decided meanwhile; this one is loaded again"
                )
            item: Item | None = None
            written: list[str] = []
            if path == "/api/decide":
                action = str(body.get("action"))
                if action not in ("accept", "move", "reject"):
                    raise InputError("action", f"{action!r} is not one of accept, move, reject")
                label = None if action == "reject" else _label_of(body)
                item = review.decide(int(body.get("number", -1)), action, label)  # type: ignore[arg-type]
            elif path == "/api/add":
                item = review.add(str(body.get("session")), _label_of(body))
            elif path == "/api/undo":
                item = review.undo()
            elif path == "/api/save":
                written = review.save()
            else:
                raise RefusedError(HTTPStatus.NOT_FOUND, "there is nothing here")
            if path == "/api/save":  # what was not decided may have got a label
                return {**review.as_dict(), "written": written}
            return {
                "item": None if item is None else item.as_dict(),
                "gone": item is not None and item not in review.shown,
                "seen": review.seen,
                "unsaved": list(review.unsaved),
            }

    def state(self) -> Mapping[str, Any]:
        """All that the page shows beside the recordings themselves."""
        with self.lock:
            return self.opened.review.as_dict()

    def picture(self, query: Mapping[str, str]) -> Mapping[str, Any]:
        """Draw a stretch of a recording, with its labels and events."""
        session, start_s, end_s = self._stretch(query)
        with self.lock:
            labels = session.track.labels
        return {
            **excerpt_picture(self.opened.recordings.get(session.name), start_s, end_s),
            "labels": [
                {"start_s": one.start_s, "end_s": one.end_s, "name": one.name}
                for one in labels
                if one.start_s < end_s and one.end_s > start_s
            ],
            "events": [
                {"start_s": one.start_s, "end_s": one.end_s, "name": f"{one.confidence:.2f}"}
                for one in session.events
                if one.start_s < end_s and one.end_s > start_s
            ],
        }

    def sound(self, query: Mapping[str, str]) -> bytes:
        """Cut out a stretch of a recording to hear."""
        session, start_s, end_s = self._stretch(query)
        recording = self.opened.recordings.get(session.name)
        return excerpt_sound(recording, start_s, end_s, loud=query.get("loud") == "1")

    def _stretch(self, query: Mapping[str, str]) -> tuple[Any, float, float]:
        session = self.opened.review.sessions.get(query.get("session", ""))
        if session is None:
            raise RefusedError(HTTPStatus.NOT_FOUND, "there is no such recording")
        start_s, end_s = _number(query.get("from")), _number(query.get("to"))
        start_s = min(max(start_s, 0.0), session.duration_s)
        end_s = min(max(end_s, start_s), session.duration_s, start_s + LONGEST_S)
        return session, start_s, end_s


class _Handler(BaseHTTPRequestHandler):
    server: ReviewServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "tussis", ""
    timeout = 60

    def do_GET(self) -> None:
        self._serve(self._get)

    def do_POST(self) -> None:
        self._serve(self._post)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing: the terminal is for what a person must know."""

    def _serve(self, respond: Any) -> None:
        try:
            self._refuse_strangers()
            respond()
        except RefusedError as refused:
            self._problem(refused.status, str(refused))
        except (InputError, ValueError, TypeError) as error:
            self._problem(HTTPStatus.BAD_REQUEST, str(error))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the page has left

    def _refuse_strangers(self) -> None:
        if self.headers.get("Host") not in self.server.hosts:
            raise RefusedError(HTTPStatus.FORBIDDEN, "this is no name of this server")
        origin = self.headers.get("Origin")
        if origin is not None and origin.removeprefix("http://") not in self.server.hosts:
            raise RefusedError(HTTPStatus.FORBIDDEN, "another page asks")
        if self.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            raise RefusedError(HTTPStatus.FORBIDDEN, "another page asks")

    def _refuse_without_token(self, given: str | None) -> None:
        if not hmac.compare_digest((given or "").encode(), self.server.token.encode()):
            raise RefusedError(
                HTTPStatus.FORBIDDEN, "the token is missing: use the address that tussis printed"
            )

    def _get(self) -> None:
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if parts.path in ("/review.css", "/review.js"):
            kind = "text/css" if parts.path.endswith("css") else "text/javascript"
            self._send(_asset(parts.path[1:]).encode(), f"{kind}; charset=utf-8")
            return
        if parts.path == "/":
            self._refuse_without_token(query.get("token"))
            self._send(_page(self.server).encode(), "text/html; charset=utf-8")
            return
        self._refuse_without_token(self.headers.get("X-Tussis-Token"))
        if parts.path == "/api/state":
            self._send_json(self.server.state())
        elif parts.path == "/api/picture":
            self._send_json(self.server.picture(query))
        elif parts.path == "/api/sound":
            self._send(self.server.sound(query), "audio/wav")
        else:
            raise RefusedError(HTTPStatus.NOT_FOUND, "there is nothing here")

    def _post(self) -> None:
        self._refuse_without_token(self.headers.get("X-Tussis-Token"))
        if self.headers.get("Content-Type") != "application/json":
            raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send JSON")
        length = int(self.headers.get("Content-Length", "-1"))
        if not 0 <= length <= _MOST_BODY:
            self.close_connection = True
            raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large")
        body = json_document(self.rfile.read(length), Path("the request"))
        if not isinstance(body, dict):
            raise RefusedError(HTTPStatus.BAD_REQUEST, "send a JSON object")
        self._send_json(self.server.answer(self.path, body))

    def _problem(self, status: HTTPStatus, problem: str) -> None:
        if self.command == "POST":
            self.close_connection = True  # its body may not have been read
        self._send_json({"problem": problem}, status)

    def _send_json(self, document: Mapping[str, Any], status: HTTPStatus = HTTPStatus.OK) -> None:
        self._send(json_text(document).encode(), "application/json", status)

    def _send(self, data: bytes, kind: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)


def _label_of(body: Mapping[str, Any]) -> Label:
    return Label(_number(body.get("start_s")), _number(body.get("end_s")), str(body.get("name", "")))


def _number(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise InputError("time", f"{value!r:.40} is not a number")
    return number


def _asset(name: str) -> str:
    own = (resources.files(__package__) / "page_parts" / name).read_text("utf-8")
    if name.endswith(".css"):
        from ..report.report_page import page_part

        return page_part("page.css") + own
    return own


def _page(server: ReviewServer) -> str:
    template = Environment(autoescape=True).from_string(_asset("review.html.j2"))
    review = server.opened
    names = {label.name for one in review.review.sessions.values() for label in one.track.labels}
    return template.render(title=review.title, token=server.token, names=sorted(names | {"cough", "unsure"}))
