import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tussis.signal.fft import FRAME, POWER_SCALE_LOG2, frame_power, hamming_window, mean_square

WINDOW = hamming_window().astype(float)


def exact_spectrum(frames: np.ndarray) -> np.ndarray:
    return np.abs(np.fft.rfft(frames.astype(float) * WINDOW, axis=1).T)


def assert_close(frames: np.ndarray) -> None:
    """Amplitudes within 1/4,500 of the largest that this mean square and one more could give."""
    error = np.abs(np.sqrt(frame_power(frames).astype(float)) - exact_spectrum(frames)[2:63])
    largest = np.sqrt((np.mean(frames.astype(float) ** 2, axis=1) + 1) * FRAME * np.sum(WINDOW**2))
    assert (error <= largest / 4500).all()


@given(frame=arrays(np.int16, (1, FRAME), elements=st.integers(-32768, 32767)))
def test_equals_numpys_transform(frame):
    assert_close(frame)


@given(frame=arrays(np.int16, (1, FRAME), elements=st.integers(-2, 2)))
def test_equals_it_for_the_quietest_frames(frame):
    assert_close(frame)


def test_every_bin_on_its_own():
    t = np.arange(FRAME)
    for k in range(2, 63):
        for phase in (0.0, 0.4, 1.3):
            frame = np.round(20000 * np.cos(2 * np.pi * k * t / FRAME + phase)).astype(np.int16)[None]
            power = frame_power(frame)[:, 0]
            assert power.argmax() == k - 2
            assert_close(frame)


@pytest.mark.parametrize("amplitude", [3, 20, 500, 32767])
@pytest.mark.parametrize("keep", [128, 16, 8, 2, 1])
def test_frames_that_give_the_largest_sums_do_not_overflow(keep, amplitude):
    """The window itself, turned, and every few samples of it: as large a bin as so much energy can give."""
    t = np.arange(FRAME)
    for k in range(65):
        for phase in (0.0, 0.7, np.pi / 4):
            shape = WINDOW * np.cos(2 * np.pi * k * t / FRAME + phase)
            shape[t % (FRAME // keep) != 3 % (FRAME // keep)] = 0
            frame = np.round(amplitude * shape / np.abs(shape).max()).astype(np.int16)
            assert_close(np.stack([frame, -frame, np.sign(frame) * amplitude]).astype(np.int16))


def test_bins_beside_a_loud_tone_have_sixteen_bits():
    rng = np.random.default_rng(0)
    t = np.arange(FRAME)
    noise = rng.standard_normal((200, FRAME))
    frames = np.round(30000 * np.cos(2 * np.pi * 5 * t / FRAME) + noise).astype(np.int16)
    assert_close(frames)
    exact = exact_spectrum(frames)[2:63] ** 2
    loud = exact > 1e-4 * exact.max(axis=0)  # 40 dB below the tone
    assert np.abs(frame_power(frames) / exact - 1)[loud].max() < 0.03


def test_scale_is_squared_lsb():
    rng = np.random.default_rng(1)
    frames = np.round(1000 * rng.standard_normal((2000, FRAME))).astype(np.int16)
    found = 2 * frame_power(frames).sum(axis=0).mean() * 2.0**-POWER_SCALE_LOG2
    share = 61 / 64 * np.mean((WINDOW / 32767.0) ** 2)  # bins kept, window's energy
    assert found == pytest.approx(1000**2 * share * 4, rel=0.02)


def test_silence_has_no_power():
    assert not frame_power(np.zeros((3, FRAME), np.int16)).any()


def test_the_mean_square_is_truncated():
    frames = np.zeros((3, FRAME), np.int16)
    frames[0, 5], frames[1] = 11, -32768  # 121 / 128, and the largest there is
    assert mean_square(frames).tolist() == [0, 2**30, 0]


def test_no_frames():
    assert frame_power(np.zeros((0, FRAME), np.int16)).shape == (61, 0)
