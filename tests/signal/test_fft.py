import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tussis.signal.fft import FRAME, POWER_SCALE_LOG2, frame_power, hamming_window


def exact_spectrum(frames: np.ndarray) -> np.ndarray:
    return np.abs(np.fft.rfft(frames.astype(float) * hamming_window(), axis=1).T)


def exact_power(frames: np.ndarray) -> np.ndarray:
    return exact_spectrum(frames)[2:63] ** 2


def assert_close(frames: np.ndarray) -> None:
    """Amplitudes within 4e-7 of the largest one, that is 128 dB below it."""
    exact = exact_spectrum(frames)
    error = np.abs(np.sqrt(frame_power(frames).astype(float)) - exact[2:63])
    assert (error <= 4e-7 * exact.max(axis=0)).all()


@given(frame=arrays(np.int16, (1, FRAME), elements=st.integers(-32768, 32767)))
def test_equals_numpys_transform(frame):
    assert_close(frame)


def test_every_bin_on_its_own():
    t = np.arange(FRAME)
    for k in range(2, 63):
        for phase in (0.0, 0.4, 1.3):
            frame = np.round(20000 * np.cos(2 * np.pi * k * t / FRAME + phase)).astype(np.int16)[None]
            power = frame_power(frame)[:, 0]
            assert power.argmax() == k - 2
            assert_close(frame)


def test_quiet_bins_beside_a_loud_tone_keep_their_precision():
    rng = np.random.default_rng(0)
    t = np.arange(FRAME)
    frames = np.round(30000 * np.cos(2 * np.pi * 5 * t / FRAME) + rng.standard_normal((200, FRAME))).astype(
        np.int16
    )
    assert_close(frames)
    exact = exact_power(frames)
    loud = exact > 1e-5 * exact.max(axis=0)
    assert np.abs(frame_power(frames) / exact - 1)[loud].max() < 1e-4


def test_scale_is_squared_lsb():
    rng = np.random.default_rng(1)
    frames = np.round(1000 * rng.standard_normal((2000, FRAME))).astype(np.int16)
    mean_square = 2 * frame_power(frames).sum(axis=0).mean() * 2.0**-POWER_SCALE_LOG2
    share = 61 / 64 * np.mean((hamming_window() / 32767.0) ** 2)  # bins kept, window's energy
    assert mean_square == pytest.approx(1000**2 * share * 4, rel=0.02)


def test_no_frames():
    assert frame_power(np.zeros((0, FRAME), np.int16)).shape == (61, 0)
