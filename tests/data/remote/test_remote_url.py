"""URLs are told from paths, numbers of bytes from other words."""

from pathlib import Path

import pytest

from tussis.data.input_error import InputError
from tussis.data.remote.remote_url import CACHE_VARIABLE, cache_limit, parse_bytes, remote_url


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("s3://clinic/coughs/", "s3://clinic/coughs"),
        (Path("gs://clinic/a b"), "gs://clinic/a b"),
        (Path("HTTPS://host:8080/x"), "https://host:8080/x"),
        ("s3", None),
        ("/data/s3://x", None),
        ("C:/data", None),
        (Path("http"), None),
    ],
)
def test_what_is_a_url(path, url):
    assert remote_url(path) == url


def test_numbers_of_bytes(monkeypatch):
    assert [parse_bytes(text, "x") for text in ("7", "1.5 kB", "2KiB", "3gb", "1 T")] == [
        7,
        1500,
        2048,
        3_000_000_000,
        10**12,
    ]
    for text in ("", "0", "-3", "many", "3 XB", "1e9"):
        with pytest.raises(InputError, match=r"--remote-cache: .* is not a number of bytes; write 500MB"):
            parse_bytes(text, "--remote-cache")
    monkeypatch.setenv(CACHE_VARIABLE, "5MB")
    assert cache_limit() == 5_000_000
    monkeypatch.delenv(CACHE_VARIABLE)
    assert cache_limit() == 20_000_000_000
