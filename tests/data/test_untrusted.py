"""Files from outside: what is read, and that everything else is one clear line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tussis.data import untrusted
from tussis.data.input_error import InputError
from tussis.data.untrusted import read_json, read_toml

JSON_FAULTS = {
    b"{": "not a JSON document",
    b"": "not a JSON document",
    b'{"a": 1, "a": 2}': "'a' stands twice",
    b"1" * 5000: "5000 digits",
    b"[-" + b"1" * 401 + b"]": "digits",
    b"[" * 100_000: "nested",
    b"[" * 100 + b"]" * 100: "nested more than",
    b'{"a":' * 70 + b"1" + b"}" * 70: "nested more than",
    b"[1e400]": "not a finite number",
    b"[-1e400]": "not a finite number",
    b"[NaN]": "NaN is not a number",
    b"[Infinity]": "Infinity is not a number",
    b"[-Infinity]": "is not a number",
    b'["\\ud800"]': "surrogate",
    b'{"\\udfff": 1}': "surrogate",
    b'["' + b"x" * 1_000_001 + b'"]': "1000001 characters",
    b'["\xff"]': "not UTF-8",
    "{}".encode("utf-16"): "UTF-16",
    b"\0\0\0\0": "binary",
}
TOML_FAULTS = {
    b"a = ": "not TOML",
    b"a = 1\na = 2": "not TOML",
    b"a = " + b"1" * 5000: "digits",
    b"a = 1" + b"_1" * 4000: "digits",
    b"a = " + b"[" * 100_000: "nested",
    b"a = " + b"[" * 100 + b"]" * 100: "nested more than",
    b"a = 0x" + b"f" * 400: "digits",
    b"a = nan": "not a finite number",
    b"a = -inf": "not a finite number",
    b"a = 1e400": "not a finite number",
    b"a = 2026-02-31": "not TOML",
    b"a = '" + b"x" * 1_000_001 + b"'": "1000001 characters",
    b"a = '\xff'": "not UTF-8",
    "a = 1".encode("utf-16"): "UTF-16",
}


@pytest.mark.parametrize("number", range(len(JSON_FAULTS)))
def test_hostile_json_is_one_line(number: int, tmp_path: Path) -> None:
    data, said = list(JSON_FAULTS.items())[number]
    file = tmp_path / "a.json"
    file.write_bytes(data)
    with pytest.raises(InputError, match=said) as caught:
        read_json(file)
    assert str(caught.value).startswith(str(file))
    assert len(str(caught.value)) < len(str(file)) + 200


@pytest.mark.parametrize("number", range(len(TOML_FAULTS)))
def test_hostile_toml_is_one_line(number: int, tmp_path: Path) -> None:
    data, said = list(TOML_FAULTS.items())[number]
    file = tmp_path / "a.toml"
    file.write_bytes(data)
    with pytest.raises(InputError, match=said):
        read_toml(file)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_byte_order_mark_is_no_fault(mark: bytes, tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(mark + '{"ü": [1, 2.5, null, true, "咳"]}'.encode())
    assert read_json(file) == {"ü": [1, 2.5, None, True, "咳"]}
    file.write_bytes(mark + b"a = [1, 2.5]\r\n[b]\r\nc = '0'")
    assert read_toml(file) == {"a": [1, 2.5], "b": {"c": "0"}}


@pytest.mark.parametrize("read", [read_json, read_toml])
def test_only_plain_files_of_bounded_size_are_read(
    read: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert callable(read)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(b" " * 101)
    monkeypatch.setattr(untrusted, "MOST_BYTES", 100)
    faults = (
        ("pipe", "plain file"),
        ("large", "has 101 bytes, at most 100"),
        ("none", "cannot be read"),
        (".", "cannot"),
    )
    for name, said in faults:
        with pytest.raises(InputError, match=said):
            read(tmp_path / name)
