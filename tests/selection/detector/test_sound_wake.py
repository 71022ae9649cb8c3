"""What sound does to a microphone that its own detector of acoustic activity wakes."""

import numpy as np
import pytest

from tussis.data.input_error import InputError
from tussis.data.recording import Recording
from tussis.selection.detector.sound_wake import SoundWake, heard_by_sound, threshold_dbfs

RATE_HZ = 16000
BLOCK = 128


def tone(level_dbfs: float, n: int = BLOCK, rate_hz: int = RATE_HZ) -> np.ndarray:
    """A sine of 1 kHz, whole periods in a block."""
    peak = 32768 * 10 ** (level_dbfs / 20)
    return np.round(peak * np.sin(2 * np.pi * 1000 * np.arange(n) / rate_hz)).astype(np.int16)


def planted(*bursts: tuple[int, np.ndarray], n: int = 3 * RATE_HZ) -> Recording:
    audio = np.zeros(n, np.int16)
    for first, sound in bursts:
        audio[first : first + len(sound)] = sound
    return Recording("planted", audio, RATE_HZ, None, 100.0, (), True)


@pytest.mark.parametrize("level", [-60.0, -40.0, -20.0, -6.0])
@pytest.mark.parametrize("rate_hz", [8000, 16000, 48000])
def test_a_block_is_loud_from_the_threshold_on(level, rate_hz):
    sound = tone(level, rate_hz // 125, rate_hz)
    assert SoundWake(level - 0.2, 20.0).loud(sound, rate_hz).tolist() == [True]
    assert SoundWake(level + 0.2, 20.0).loud(sound, rate_hz).tolist() == [False]


def test_an_offset_is_no_sound_and_the_loudest_does_not_overflow():
    assert not SoundWake(-96.0, 20.0).loud(np.full(BLOCK, 32767, np.int16), RATE_HZ).any()
    square = np.where(np.arange(BLOCK) % 2, 32767, -32768).astype(np.int16)
    assert SoundWake(0.0, 20.0).loud(square, RATE_HZ).all()  # 3 dB above a sine of full scale


def test_what_does_not_fill_a_block_does_not_count():
    assert SoundWake(-60.0, 20.0).loud(tone(-6.0)[:-1], RATE_HZ).tolist() == []


def test_it_does_not_depend_on_how_samples_arrive():
    rng = np.random.default_rng(3)
    audio = (rng.normal(size=40 * BLOCK) * np.repeat(rng.uniform(0, 300, 40), BLOCK)).astype(np.int16)
    wake = SoundWake(-45.0, 20.0)
    whole = wake.loud(audio, RATE_HZ)
    assert 5 < whole.sum() < 35
    parts = [wake.loud(part, RATE_HZ) for part in np.split(audio, [BLOCK, 7 * BLOCK, 31 * BLOCK])]
    assert np.array_equal(np.concatenate(parts), whole)


def test_the_onset_is_lost_until_the_microphone_has_started_and_the_hold_is_heard():
    first = 100 * BLOCK
    found = heard_by_sound(planted((first, tone(-20.0, 4 * BLOCK))), SoundWake(-60.0, 20.0, hold_s=0.1))
    woken = first + BLOCK  # the end of the first loud block
    assert found.heard.tolist() == [[woken + 320, first + 4 * BLOCK + 1600]]
    assert not found.recording.audio[: woken + 320].any()
    kept = slice(woken + 320, first + 4 * BLOCK)
    assert np.array_equal(found.recording.audio[kept], tone(-20.0, 4 * BLOCK)[BLOCK + 320 :])
    assert found.duty == pytest.approx((3 * BLOCK + 1600) / (3 * RATE_HZ))


def test_a_start_of_a_fraction_of_a_millisecond_and_sound_in_the_hold():
    bursts = [(100 * BLOCK, tone(-20.0)), (150 * BLOCK, tone(-20.0)), (300 * BLOCK, tone(-20.0))]
    found = heard_by_sound(planted(*bursts), SoundWake(-60.0, 0.2, hold_s=0.64))
    assert found.heard.tolist() == [
        [101 * BLOCK + 4, 151 * BLOCK + 10240],  # 0.2 ms are 3.2 samples
        [301 * BLOCK + 4, 48000],
    ]


def test_quiet_is_never_heard():
    found = heard_by_sound(planted((12800, tone(-70.0, 20 * BLOCK))), SoundWake(-60.0, 20.0))
    assert found.duty == 0.0
    assert not len(found.heard)
    assert not found.recording.audio.any()


def test_thresholds():
    assert threshold_dbfs("60dBSPL") == threshold_dbfs("-60 dB FS") == -60.0
    for wrong in ("60", "dBFS", "1dBFS", "-97dBFS", "121dBSPL", "loud", "nandBFS"):
        with pytest.raises(InputError, match=r"--sound-threshold: .* is not a threshold from -96 to 0 dB FS"):
            threshold_dbfs(wrong)
