"""Audio of every kind comes out as the same int16 samples, from the channel that lives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from tussis.data.formats.audio_file import channel_read, is_audio, read_audio, read_audio_header
from tussis.data.formats.channels import CALL_LEAD_DB
from tussis.data.input_error import InputError

RATE_HZ = 16000


@pytest.fixture
def sound() -> NDArray[np.int16]:
    rng = np.random.default_rng(1)
    tone = np.sin(2 * np.pi * 440 * np.arange(RATE_HZ) / RATE_HZ)
    return np.rint(8000 * tone + rng.normal(0, 30, RATE_HZ)).astype(np.int16)


def test_flac_is_read_sample_for_sample(tmp_path: Path, sound: NDArray[np.int16]) -> None:
    path = tmp_path / "a.flac"
    soundfile.write(path, sound, RATE_HZ)
    np.testing.assert_array_equal(read_audio(path), sound)
    assert str(read_audio_header(path)) == "16-bit FLAC, 16000 Hz, 1 channel"
    assert read_audio_header(path).duration_s == 1.0


@pytest.mark.parametrize(
    ("suffix", "options", "encoding"),
    [("ogg", {"format": "OGG"}, "Ogg Vorbis"), ("mp3", {"format": "MP3"}, "MP3")],
)
def test_lossy_kinds_are_read_about_right(tmp_path: Path, sound, suffix, options, encoding) -> None:
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, sound, RATE_HZ, **options)
    read = read_audio(path).astype(float)
    length = min(len(read), len(sound))
    assert np.corrcoef(read[2000 : length - 2000], sound[2000 : length - 2000])[0, 1] > 0.99
    assert read_audio_header(path).encoding == encoding


@pytest.mark.parametrize("rate_hz", [8000, 44100, 48000])
def test_other_rates_are_resampled(tmp_path: Path, rate_hz: int) -> None:
    path = tmp_path / "a.flac"
    tone = np.sin(2 * np.pi * 440 * np.arange(rate_hz) / rate_hz)
    soundfile.write(path, 0.25 * tone, rate_hz)
    read = read_audio(path)
    wanted = 8192 * np.sin(2 * np.pi * 440 * np.arange(len(read)) / RATE_HZ)
    assert abs(len(read) - RATE_HZ) <= 1
    assert np.abs(read - wanted)[500:-500].max() < 60


@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3"])
def test_the_channel_that_lives_is_read(tmp_path: Path, sound, suffix) -> None:
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, np.stack([sound // 16, sound], axis=1), RATE_HZ)
    assert channel_read(path) == 0
    assert channel_read(path, CALL_LEAD_DB) == 1
    assert np.abs(read_audio(path, lead_db=CALL_LEAD_DB)[2000:-2000]).max() > 7000
    soundfile.write(path, np.stack([sound // 20 * 19, sound], axis=1), RATE_HZ)
    assert channel_read(path, CALL_LEAD_DB) == 0


@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_a_dead_channel_is_passed_over(tmp_path: Path, sound, suffix) -> None:
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, np.stack([0 * sound, sound], axis=1), RATE_HZ)
    assert channel_read(path) == 1
    np.testing.assert_array_equal(read_audio(path), sound)


def test_an_offset_does_not_make_a_channel_live(tmp_path: Path, sound: NDArray[np.int16]) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.stack([sound, np.full_like(sound, 20000)], axis=1), RATE_HZ)
    assert channel_read(path) == 0


def test_what_is_not_of_its_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(b"this is text, not sound" * 100)
    with pytest.raises(
        InputError, match=r"a\.mp3: cannot be decoded: .*; copy it again, or convert it: ffmpeg"
    ):
        read_audio(path)
    path.write_bytes(b"")
    with pytest.raises(InputError, match="the file is empty"):
        read_audio_header(path)


def test_a_rate_too_low_for_coughs_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    soundfile.write(path, np.zeros(4000), 4000)
    with pytest.raises(InputError, match="4000 Hz is too low"):
        read_audio_header(path)


def test_knows_audio_by_its_suffix() -> None:
    assert [is_audio(name) for name in ("a.WAV", "b.flac", "c.opus", "d.txt", "mp3")] == [True] * 3 + [
        False
    ] * 2


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("suffix", ["flac", "ogg", "mp3"])
def test_a_damaged_file_gives_the_same_sound_each_time_or_none(suffix: str, tmp_path: Path, sound) -> None:
    """A decoder counts samples as read that it never wrote: nothing of this process's memory is taken."""
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, sound, RATE_HZ)
    good = path.read_bytes()
    for number in range(60):
        draw = np.random.default_rng(number)
        damaged = bytearray(good)
        for at in draw.integers(0, len(good), 1 + number % 8):
            damaged[at] ^= int(draw.integers(1, 256))
        path.write_bytes(bytes(damaged[: len(good) - number * 7]))
        answers = set()
        for _ in range(2):
            held = np.full(200_000, 1e308)  # freed, so that its memory is used again
            del held
            try:
                answers.add(read_audio(path).tobytes())
            except InputError as refused:
                answers.add(str(refused).encode())
        assert len(answers) == 1, number
