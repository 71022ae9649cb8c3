"""Sound that is kept in a file once it is large: same samples, and memory that is given back."""

import errno
import mmap
import re
import wave

import numpy as np
import pytest

from tussis.data import large_sound
from tussis.data.formats.audio_file import read_audio
from tussis.data.input_error import InputError
from tussis.data.large_sound import blocks_of, copy_sound, forget_pages, silence_of_length, sound_of_blocks


@pytest.fixture
def small_limit(monkeypatch):
    monkeypatch.setattr(large_sound, "LARGE_SAMPLES", 1000)
    monkeypatch.setattr(large_sound, "_BLOCK_SAMPLES", 300)


def noise(samples: int) -> np.ndarray:
    return np.random.default_rng(samples).integers(-32768, 32768, samples).astype(np.int16)


@pytest.mark.parametrize("samples", [0, 1, 1000, 1001, 5000])
@pytest.mark.parametrize("block", [1, 7, 999, 6000])
def test_blocks_give_the_same_sound_in_memory_and_in_a_file(small_limit, samples, block):
    whole = noise(samples)
    found = sound_of_blocks(whole[at : at + block] for at in range(0, samples, block))
    assert isinstance(found, np.memmap) == (samples > 1000)
    assert found.dtype == np.int16
    np.testing.assert_array_equal(found, whole)
    forget_pages(found)
    np.testing.assert_array_equal(found, whole)


@pytest.mark.parametrize("samples", [0, 999, 1001, 4001])
def test_silence_is_zeros_that_can_be_written(small_limit, samples):
    silence, sound = silence_of_length(samples), noise(samples)
    assert not silence.any()
    copy_sound(sound, silence)
    forget_pages(silence)
    np.testing.assert_array_equal(silence, sound)
    assert sum(map(len, blocks_of(silence))) == samples


def test_pages_are_given_back(tmp_path):
    samples = 20_000_000
    sound = sound_of_blocks(noise(1 << 20) for _ in range(64))
    assert isinstance(sound, np.memmap)
    assert int(sound.max()) == 32767
    used = mapped_mb()
    forget_pages(sound[samples:][::2])  # a view of a view
    assert used - mapped_mb() > 100


def mapped_mb() -> int:
    with open("/proc/self/status") as status:
        text = status.read()
    return sum(int(re.search(rf"{part}:\s+(\d+) kB", text)[1]) // 1024 for part in ("RssFile", "RssShmem"))


def test_no_room_is_not_the_recordings_fault(small_limit, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(large_sound.tempfile, "TemporaryFile", full)
    with pytest.raises(InputError, match=r"No space left on device.*TMPDIR"):
        sound_of_blocks([noise(2000)])
    with pytest.raises(InputError, match=r"No space left on device.*TMPDIR"):
        silence_of_length(2000)


def _is_mapped(sound: object) -> bool:
    while isinstance(sound, np.ndarray):
        sound = sound.base
    return isinstance(sound, mmap.mmap)


@pytest.mark.parametrize("rate_hz", [16000, 22050])
def test_a_large_file_is_read_sample_for_sample(tmp_path, monkeypatch, rate_hz):
    path = tmp_path / "audio.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate_hz, 0, "NONE", ""))
        file.writeframes(noise(5000).astype("<i2").tobytes())
    whole = np.array(read_audio(path))
    monkeypatch.setattr(large_sound, "LARGE_SAMPLES", 1000)
    monkeypatch.setattr("tussis.data.formats.wav.LARGE_SAMPLES", 1000)
    found = read_audio(path)
    assert _is_mapped(found)
    np.testing.assert_array_equal(found, whole)
