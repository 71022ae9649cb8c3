"""Checksums kept beside the data."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tussis.data.download.pin import pin_file, read_pin, write_pin
from tussis.data.input_error import InputError


def test_what_is_pinned_is_read_again(tmp_path: Path) -> None:
    packed = tmp_path / "a.zip"
    packed.write_bytes(b"content")
    assert read_pin(packed) is None
    digest = write_pin(packed)
    assert digest == hashlib.sha256(b"content").hexdigest()
    assert pin_file(packed).name == "a.zip.sha256"
    packed.unlink()
    assert read_pin(packed) == f"sha256:{digest}"


@pytest.mark.parametrize("content", [b"", b"  \n", b"no digest", b"\xff\xfe", b"A" * 64, b"a" * 63])
def test_a_pin_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.zip.sha256").write_bytes(content)
    with pytest.raises(InputError, match="64 hexadecimal digits; delete it to pin the next download"):
        read_pin(tmp_path / "a.zip")
