"""The table of public sets."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

import pytest

from tussis.data.download.public_sets import PUBLIC_SETS, PublicSet

EACH = pytest.mark.parametrize("one", PUBLIC_SETS.values(), ids=list(PUBLIC_SETS))


def test_the_sets_of_the_issue_are_there_and_share_no_file() -> None:
    assert list(PUBLIC_SETS) == ["edge-ai", "covid19-cough", "esc-50", "speech-commands", "coughvid"]
    for part in ("folder", "file_name", "url"):
        assert len({getattr(one.archive, part) for one in PUBLIC_SETS.values()}) == len(PUBLIC_SETS)


@EACH
def test_every_entry_is_whole(one: PublicSet) -> None:
    assert all((one.title, one.licence, one.citation, one.good_for))
    assert PUBLIC_SETS[one.name] is one
    assert urlsplit(one.source).scheme == "https"
    archive = one.archive
    assert archive.file_name.endswith((".zip", ".tar.gz"))
    assert archive.checksum is None or re.fullmatch("md5:[0-9a-f]{32}|sha256:[0-9a-f]{64}", archive.checksum)
    assert archive.checksum is None or archive.size_bytes, "a publisher who gives a sum gives the size"
    assert archive.checksum or re.search("/archive/[0-9a-f]{40}[.]zip$", archive.url), "a fixed commit"
    assert archive.holds or one.name == "edge-ai"


@EACH
def test_it_prints_as_json(one: PublicSet) -> None:
    document = json.loads(json.dumps(one.as_json()))
    assert document["download_bytes"] == one.archive.size_bytes
    assert document["unpacked_bytes"] == one.archive.unpacked_bytes
