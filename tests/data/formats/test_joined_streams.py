"""Files that were joined byte by byte: what lies behind the first stream is counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from tussis.data.formats.audio_file import read_audio, read_audio_header
from tussis.data.formats.joined_streams import joined_s

KINDS = {"a.flac": ("FLAC", "PCM_16"), "a.ogg": ("OGG", "VORBIS"), "a.opus": ("OGG", "OPUS")}


def stream(path: Path, seconds: float, seed: int) -> bytes:
    """Bytes of a stream of noise."""
    sound = np.random.default_rng(seed).normal(0, 0.1, round(seconds * 16000))
    form, subtype = KINDS[path.name]
    soundfile.write(path, sound, 16000, format=form, subtype=subtype)
    return path.read_bytes()


@pytest.mark.parametrize("name", KINDS)
def test_every_stream_but_the_first_is_counted(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    parts = [stream(path, seconds, seed) for seed, seconds in enumerate((1.0, 2.0, 0.5))]
    path.write_bytes(parts[0])
    assert joined_s(path, 16000) == 0
    path.write_bytes(b"".join(parts))
    assert joined_s(path, 16000) == pytest.approx(2.5, abs=0.05)
    header = read_audio_header(path)
    assert header.duration_s + header.unread_s == pytest.approx(3.5, abs=0.05)
    assert len(read_audio(path)) / 16000 == pytest.approx(header.duration_s, abs=0.05)


def test_a_mark_may_lie_across_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.flac"
    parts = [stream(path, 0.1, seed) for seed in range(3)]
    path.write_bytes(b"".join(parts))
    for size in (1, 7, 41, 42, 43, 1000):
        monkeypatch.setattr("tussis.data.formats.joined_streams._BLOCK_BYTES", size)
        assert joined_s(path, 16000) == pytest.approx(0.2), size


@pytest.mark.parametrize("name", KINDS)
def test_damaged_files_are_no_fault_of_the_count(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    whole = stream(path, 0.2, 0)
    rng = np.random.default_rng(1)
    for _ in range(200):
        damaged = bytearray(whole[: rng.integers(0, len(whole))])
        for at in rng.integers(0, max(len(damaged), 1), 3) if damaged else ():
            damaged[at] = rng.integers(0, 256)
        path.write_bytes(damaged)
        assert joined_s(path, 16000) >= 0
