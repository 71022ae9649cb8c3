"""WAV files: every encoding against libsndfile, every kind of damage refused in one line."""

from __future__ import annotations

import contextlib
import re
import struct
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from tussis.data.formats.audio_file import read_audio, read_audio_header
from tussis.data.formats.wav_header import read_wav_header
from tussis.data.input_error import InputError

Put = Callable[[str, "bytes | str"], Path]


def refusal(path: Path, **options: float) -> str:
    with pytest.raises(InputError) as caught:
        read_audio(path, **options)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text
    assert ";" in text, "a remedy belongs to it"
    return text


@pytest.mark.parametrize(
    ("subtype", "scale"),
    [("PCM_U8", 256), ("PCM_16", 1), ("PCM_24", 1 / 256), ("PCM_32", 1 / 65536), ("FLOAT", 0), ("DOUBLE", 0)],
)
@pytest.mark.parametrize("container", ["WAV", "WAVEX"])
def test_agrees_with_libsndfile(tmp_path: Path, subtype: str, scale: float, container: str) -> None:
    rng = np.random.default_rng(1)
    samples = rng.uniform(-1, 1, (2000, 3))
    path = tmp_path / "a.wav"
    soundfile.write(path, samples, 16000, subtype=subtype, format=container)
    theirs, _ = soundfile.read(path, dtype="float64")
    wanted = np.clip(np.rint(theirs[:, 0] * 32768), -32768, 32767).astype(np.int16)
    ours = read_audio(path)
    assert ours.dtype == np.int16
    np.testing.assert_array_equal(ours, wanted)


@settings(max_examples=40, deadline=None)
@given(samples=st.lists(st.integers(-32768, 32767), min_size=1, max_size=300), channels=st.integers(1, 4))
def test_16_bit_at_the_wanted_rate_comes_back_sample_for_sample(
    tmp_path_factory: pytest.TempPathFactory, made: ModuleType, samples: list[int], channels: int
) -> None:
    path = tmp_path_factory.mktemp("wav") / "a.wav"
    frames = np.zeros((len(samples), channels), "<i2")
    frames[:, 0] = samples
    path.write_bytes(made.wav_bytes(frames.tobytes(), channels=channels))
    assert read_audio(path).tolist() == samples


def test_edge_ai_samples_are_scaled_by_2_to_the_29(put: Put, made: ModuleType) -> None:
    stored = np.array([0, 2**29 - 1, -(2**29), 2**28, 2**30, 1 << 13, 3 << 13], "<i4")
    path = put("a.wav", made.wav_bytes(stored.tobytes(), bits=32))
    assert read_audio(path, full_scale=2.0**29).tolist() == [0, 32767, -32768, 16384, 32767, 0, 2]


@pytest.mark.parametrize("rate_hz", [8000, 11025, 22050, 44100, 48000, 96000])
def test_any_rate_becomes_the_wanted_rate(put: Put, made: ModuleType, rate_hz: int) -> None:
    samples = np.repeat(made.tone(1.5, rate_hz)[:, None], 2, axis=1)
    samples[:, 1] = 12345  # a second channel that must not matter
    path = put("a.wav", made.wav_bytes(samples.tobytes(), channels=2, rate_hz=rate_hz))
    audio = read_audio(path)
    assert abs(len(audio) - 24000) <= 1
    wanted = made.tone(1.5)
    middle = slice(2000, 22000)  # away from the ends, where the filter sees silence
    assert np.abs(audio[middle].astype(int) - wanted[middle]).max() <= 2
    np.testing.assert_array_equal(audio, read_audio(path))


def test_long_files_are_converted_in_blocks_without_seams(
    put: Put, made: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put("a.wav", made.wav_bytes(made.tone(5, 44100, hz=997).tobytes(), rate_hz=44100))
    whole = read_audio(path)
    monkeypatch.setattr("tussis.data.formats.wav._BLOCK_S", 1)
    np.testing.assert_array_equal(read_audio(path), whole)


def test_other_chunks_are_passed_over(put: Put, made: ModuleType) -> None:
    odd = b"LIST" + struct.pack("<I", 5) + b"INFOx\0"
    samples = made.tone(0.1)
    path = put("a.wav", made.wav_bytes(samples.tobytes(), before=odd, after=odd))
    np.testing.assert_array_equal(read_audio(path), samples)


def test_floats_beyond_full_scale_saturate(put: Put, made: ModuleType) -> None:
    stored = np.array([0.5, 1.2, -1.5], "<f4")
    path = put("a.wav", made.wav_bytes(stored.tobytes(), tag=3, bits=32))
    assert read_audio(path).tolist() == [16384, 32767, -32768]


def test_empty_files_are_refused(put: Put, made: ModuleType) -> None:
    assert "empty (0 bytes)" in refusal(put("a.wav", b""))
    assert "holds 0 samples" in refusal(put("b.wav", made.wav_bytes(b"")))
    assert "ends in its header" in refusal(put("c.wav", b"RIFF\x24\0"))
    assert "no fmt chunk" in refusal(put("d.wav", made.wav_bytes(b"")[:12]))
    assert "no data chunk" in refusal(put("e.wav", made.wav_bytes(b"")[:36]))


def test_truncated_files_are_refused_with_their_lengths(put: Put, made: ModuleType) -> None:
    whole = made.wav_bytes(made.tone(1.0).tobytes())
    text = refusal(put("a.wav", whole[: 44 + 16000]))
    assert "promises 1.000 s, the file holds 0.500 s" in text
    assert "unfinished recording" in refusal(
        put("b.wav", made.wav_bytes(made.tone(1.0).tobytes(), data_length=0xFFFFFFFF))
    )
    assert "ends within a sample" in refusal(put("c.wav", made.wav_bytes(b"\1\2\3")))
    assert "finish its header" in refusal(
        put("d.wav", made.wav_bytes(made.tone(1.0).tobytes(), data_length=0))
    )


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, 243))
def test_cut_anywhere_it_is_refused(
    tmp_path_factory: pytest.TempPathFactory, made: ModuleType, cut: int
) -> None:
    path = tmp_path_factory.mktemp("wav") / "a.wav"
    path.write_bytes(made.wav_bytes(made.tone(0.00625).tobytes())[:cut])
    refusal(path)


@settings(max_examples=200, deadline=None)
@given(at=st.integers(0, 43), value=st.integers(0, 255))
def test_a_changed_header_byte_is_refused_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, made: ModuleType, at: int, value: int
) -> None:
    data = bytearray(made.wav_bytes(made.tone(0.05).tobytes()))
    data[at] = value
    path = tmp_path_factory.mktemp("wav") / "a.wav"
    path.write_bytes(bytes(data))
    with contextlib.suppress(InputError):  # any other exception fails the test
        audio = read_audio(path)
        assert audio.dtype == np.int16
        assert len(audio) > 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"tag": 7}, "mu-law"),
        ({"tag": 0x55}, "MP3"),
        ({"tag": 0x1234}, "0x1234"),
        ({"bits": 12, "frame_bytes": 2}, "12-bit"),
        ({"tag": 3, "bits": 16}, "16-bit float"),
        ({"frame_bytes": 4}, "contradicts itself"),
        ({"channels": 0}, "contradicts itself"),
        ({"rate_hz": 0}, "0 Hz, no audio rate"),
        ({"rate_hz": 1_000_000}, "no audio rate"),
        ({"rate_hz": 4000}, "4000 Hz is too low"),
    ],
)
def test_lying_and_unusable_headers_are_refused(
    put: Put, made: ModuleType, options: dict[str, int], said: str
) -> None:
    assert said in refusal(put("a.wav", made.wav_bytes(made.tone(0.1).tobytes(), **options)))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"fLaC" + bytes(40), "FLAC"),
        (b"OggS" + bytes(40), "Ogg"),
        (b"ID3" + bytes(40), "MP3"),
        (b"\0\0\0\x20ftypM4A " + bytes(40), "MP4"),
        (b"RF64" + bytes(40), "more than 4 GB"),
        (b"riff\x2e\x91\xcf\x11" + bytes(40), "Wave64"),
        (b"\xff\xfa\x90\x64" + bytes(40), "MP3"),
        (b"\xff\xf1\x50\x80" + bytes(40), "AAC"),
        (b".snd" + bytes(40), "Sun audio"),
        (b"wvpk" + bytes(40), "WavPack"),
        (b"\x1a\x45\xdf\xa3" + bytes(40), "WebM"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11" + bytes(40), "WMA"),
        (b"\x1f\x8b\x08" + bytes(40), "gzip"),
        (b"start,end\n1,2\n", "not a WAV file"),
    ],
)
def test_what_is_no_wav_is_named_and_the_way_out_told(put: Put, content: bytes, kind: str) -> None:
    text = refusal(put("my cough.wav", content))
    assert kind in text
    assert "ffmpeg -i" in text
    assert "my cough_pcm.wav', and give that the old name" in text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n",
            "a pointer of Git LFS; .*git lfs pull",
        ),
        (b"<!DOCTYPE html><html>404</html>", "a web page or XML; download it again"),
        (b'<?xml version="1.0"?>', "a web page or XML; download it again"),
        (b'{"message": "not found"}', "JSON; put the recording in its place"),
        (bytes(5000), "begins with zeros: .*; copy it again"),
    ],
)
def test_what_holds_no_sound_at_all_is_not_sent_to_a_converter(put: Put, content: bytes, said: str) -> None:
    text = refusal(put("cough.wav", content))
    assert re.search(said, text)
    assert "ffmpeg" not in text


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 20000.0])
def test_bad_floats_are_refused_with_their_place(put: Put, made: ModuleType, value: float) -> None:
    stored = np.zeros(32000, "<f4")
    stored[24000] = value
    text = refusal(put("a.wav", made.wav_bytes(stored.tobytes(), tag=3, bits=32)))
    assert "sample 24000 (1.500 s)" in text


def test_a_folder_and_a_missing_file_are_input_errors(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_audio(tmp_path / "none.wav")
    with pytest.raises(InputError, match="cannot be read"):
        read_audio(tmp_path)


def test_too_short_to_resample_is_refused(put: Put, made: ModuleType) -> None:
    assert "too short" in refusal(put("a.wav", made.wav_bytes(b"\1\0", rate_hz=96000)))


def test_the_header_alone_tells_the_length(put: Put, made: ModuleType) -> None:
    header = read_wav_header(put("a.wav", made.wav_bytes(made.tone(2.5).tobytes())))
    assert (header.duration_s, header.rate_hz, header.bits, header.encoding) == (2.5, 16000, 16, "pcm")


def _chunk(name: bytes, body: bytes, *, pad: bool = True) -> bytes:
    return name + struct.pack("<I", len(body)) + body + (b"\0" if pad and len(body) & 1 else b"")


@pytest.mark.parametrize(
    ("length", "after", "seconds"),
    [
        (32000, lambda rest, whole: rest, 1.0),  # a size that wrapped, or was never updated
        (32000, lambda rest, whole: _chunk(b"data", rest), 1.0),
        (32000, lambda rest, whole: _chunk(b"LIST", b"abc") + _chunk(b"data", rest), 1.0),
        (32000, lambda rest, whole: _chunk(b"LIST", b"abc", pad=False) + _chunk(b"data", rest), 1.0),
        (32000, lambda rest, whole: _chunk(b"data", rest[:16000]) + _chunk(b"data", rest[16000:]), 1.0),
        (32000, lambda rest, whole: whole, 1.0),  # cat a.wav b.wav
        (32000, lambda rest, whole: b"\0" * 64000, 2.0),
        (32000, lambda rest, whole: _chunk(b"LIST", rest), 0.0),
        (32000, lambda rest, whole: _chunk(b"id3 ", rest) + _chunk(b"bext", b"x" * 7, pad=False), 0.0),
        (32000, lambda rest, whole: b"\0" * 100, 0.0),
        (32000, lambda rest, whole: b"", 0.0),
    ],
)
def test_sound_that_the_header_does_not_count_is_noticed(
    put: Put, made: ModuleType, length: int, after: Callable[[bytes, bytes], bytes], seconds: float
) -> None:
    sound = made.tone(2.0).tobytes()
    tail = after(sound[length:], made.wav_bytes(sound[length:]))
    path = put("a.wav", made.wav_bytes(sound[:length], after=tail))
    header = read_audio_header(path)
    assert header.duration_s == 1.0
    assert header.unread_s == pytest.approx(seconds, abs=0.01)
    assert len(read_audio(path)) == 16000


@pytest.mark.parametrize("pad", [True, False])
@pytest.mark.parametrize("extra", [b"a", b"abc", b"\0" * 33])
def test_an_odd_chunk_before_the_samples_may_lack_its_pad_byte(
    put: Put, made: ModuleType, extra: bytes, pad: bool
) -> None:
    path = put("a.wav", made.wav_bytes(made.tone().tobytes(), before=_chunk(b"note", extra, pad=pad)))
    assert np.array_equal(read_audio(path), made.tone())


@pytest.mark.parametrize("frames", [1, 16001])
def test_a_data_chunk_of_odd_bytes_without_pad_hides_nothing(put: Put, made: ModuleType, frames: int) -> None:
    odd = made.wav_bytes(b"\x80" * frames, bits=8)[:-1] + _chunk(b"data", b"\x90" * 16000)
    header = read_audio_header(put("a.wav", odd))
    assert (header.frames, header.unread_s) == (frames, 1.0)
