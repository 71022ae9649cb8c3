"""Damage to files, drawn from a seed: what a bad disk, a bad program or a bad person makes of them."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable

HOSTILE: tuple[object, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**64), 10**299, 10**400,
    0.0, -0.0, 0.5, -1.5, 1e-320, 1e308, -1e308,
    "", " ", "x", "nan", "inf", "-inf", "1e999", "1_000", "0x10", "\u0663", "a" * 5000, "\u00e4" * 300,
    "\ud800", "\x00", "\x1b[2J", "\u202e", "../../evil", "/dev/zero",
    [], {}, [[]], [1], ["x"], [None], {"a": 1}, [1, 2, 3, 4, 5, 6, 7], [[1, 2], [3, 4]],
)  # fmt: skip
"""Values that may stand in place of any other."""

RAW = (
    "NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1" * 5000, "-" + "1" * 401, "nan", "+inf", "tru",
    "[" * 3000, '{"a":' * 200, '"\\ud800"', "'", "'''", '"""', "[[", "]", "}", "0x1F",
    "1979-05-27", "1_000_000",
)  # fmt: skip
"""Texts that may stand in place of a value."""

CELLS = (
    "", "nan", "inf", "-inf", "1e400", "1" * 400, "9" * 30, "-1", "0", "x", "1,5", "1_0", "0x1", "1e308",
    "-1e308", "1e-320", "'", '"', "\x00", "\x1b[2J", "\ud800", "\u0663", "\ufeff", "\t", "\r", "a" * 3000,
    "=1+1", "cough", "../x",
)  # fmt: skip
"""Cells of a table."""


def mutated(content: bytes, form: str, draw: random.Random) -> bytes:
    """Return damaged content; `form` is json, toml, table or binary."""
    ways = {"json": _JSON, "toml": _LINES, "table": _LINES, "binary": _BYTES}[form]
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        content = draw.choice((*ways, *_BYTES))(content, draw)
    return content


def _truncate(content: bytes, draw: random.Random) -> bytes:
    return content[: draw.randrange(len(content) + 1)]


def _flip(content: bytes, draw: random.Random) -> bytes:
    out = bytearray(content)
    for _ in range(draw.choice((1, 3, 20)) if out else 0):
        out[draw.randrange(len(out))] ^= 1 << draw.randrange(8)
    return bytes(out)


def _overwrite(content: bytes, draw: random.Random) -> bytes:
    """Write a hostile whole number over the first bytes, where headers keep their sizes."""
    at = draw.randrange(max(min(len(content), 96), 1))
    number = draw.choice((0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFE, 3))
    return content[:at] + number.to_bytes(4, draw.choice(("little", "big"))) + content[at + 4 :]


def _insert(content: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(content) + 1)
    added = draw.choice(
        (b"\0", b"\xff" * 8, b"\xed\xa0\x80", b"\xef\xbb\xbf", bytes(4096), b"\r", b"\x1b[2J")
    )
    return content[:at] + added + content[at:]


def _double(content: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(content) + 1)
    return content[:at] + content[at // 2 : at] + content[at:]


def _bom(content: bytes, draw: random.Random) -> bytes:
    return draw.choice((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf" * 2)) + content


_BYTES = (_truncate, _flip, _overwrite, _insert, _double, _bom)


def _in_document(change: Callable[[object, object, random.Random], None]) -> Callable[..., bytes]:
    """Change one place of a JSON document: ``change(container, key, draw)``."""

    def mutate(content: bytes, draw: random.Random) -> bytes:
        try:
            document = json.loads(content)
        except (ValueError, RecursionError):
            return content
        places: list[tuple[object, object]] = []
        waiting = [document]
        while waiting:
            one = waiting.pop()
            keys = list(one) if isinstance(one, dict) else range(len(one)) if isinstance(one, list) else ()
            places += [(one, key) for key in keys]
            waiting += [one[key] for key in keys]
        if not places:
            return content
        change(*_weighted(places, draw), draw)
        return json.dumps(document).encode()

    return mutate


def _weighted(places: list[tuple[object, object]], draw: random.Random) -> tuple[object, object]:
    """Take keys as often as items of long lists: most of a model is numbers of trees."""
    keys = [place for place in places if isinstance(place[0], dict)]
    return draw.choice(keys if keys and draw.random() < 0.7 else places)


@_in_document
def _replace(container, key, draw) -> None:
    container[key] = draw.choice(HOSTILE)


@_in_document
def _delete(container, key, draw) -> None:
    del container[key]


@_in_document
def _add(container, key, draw) -> None:
    if isinstance(container, dict):
        container[draw.choice(("", "x", "\ud800", "a" * 2000, "version"))] = draw.choice(HOSTILE)
    else:
        container.insert(key, draw.choice(HOSTILE))


@_in_document
def _wrap(container, key, draw) -> None:
    for _ in range(draw.choice((1, 5, 100))):
        container[key] = draw.choice(([container[key]], {"a": container[key]}))


@_in_document
def _scale(container, key, draw) -> None:
    value = container[key]
    if isinstance(value, int | float) and not isinstance(value, bool):
        factor = draw.choice((-1, 0, 1e-9, 1e9, 1e30))
        container[key] = (
            int(value * factor) if isinstance(value, int) and abs(value) < 1e9 else value * factor
        )
    elif isinstance(value, list):
        container[key] = value * draw.choice((0, 2, 3))


def _raw(content: bytes, draw: random.Random) -> bytes:
    """Put a text where a value of JSON stands."""
    values = list(re.finditer(rb'-?\d[\d.eE+-]*|"[^"\\\n]{0,80}"|true|false|null', content))
    if not values:
        return content
    one = draw.choice(values[: draw.choice((10, len(values)))])
    return content[: one.start()] + draw.choice(RAW).encode() + content[one.end() :]


def _twice(content: bytes, draw: random.Random) -> bytes:
    keys = list(re.finditer(rb'"[^"\\\n]{1,40}"\s*:', content))
    if not keys:
        return content
    one = draw.choice(keys)
    return content[: one.start()] + one.group() + b" 1, " + content[one.start() :]


_JSON = (_replace, _replace, _replace, _delete, _add, _wrap, _scale, _raw, _twice)


def _cell(content: bytes, draw: random.Random) -> bytes:
    """Replace one cell of a table, or one value behind ``=``."""
    cells = list(re.finditer(rb"[^,\t\n\r=]+", content))
    if not cells:
        return content
    one = draw.choice(cells[: draw.choice((12, len(cells)))])
    word = draw.choice((*CELLS, *RAW)).encode("utf-8", "surrogatepass")
    return content[: one.start()] + word + content[one.end() :]


def _line(content: bytes, draw: random.Random) -> bytes:
    lines = content.split(b"\n")
    at = draw.randrange(len(lines))
    way = draw.randrange(4)
    if way == 0:
        del lines[at]
    elif way == 1:
        lines.insert(at, lines[draw.randrange(len(lines))])
    elif way == 2:
        lines[at] = lines[at] * draw.choice((2, 500))
    else:
        draw.shuffle(lines)
    return draw.choice((b"\n", b"\n", b"\r\n", b"\r")).join(lines)


_LINES = (_cell, _cell, _cell, _line)
