import numpy as np
import pytest
import scipy.signal
from hypothesis import given
from hypothesis import strategies as st

from tussis.signal.decimator import decimate, decimator_taps
from tussis.signal.plan import INPUT_RATES_HZ, AudioPlan

RATES = pytest.mark.parametrize("plan", [AudioPlan(input_rate_hz=rate) for rate in INPUT_RATES_HZ], ids=str)


def gain_db(plan: AudioPlan, hz: np.ndarray) -> np.ndarray:
    _, response = scipy.signal.freqz(decimator_taps(plan) / 65536, worN=hz, fs=plan.input_rate_hz)
    return 20 * np.log10(np.abs(response) + 1e-12)


@RATES
def test_no_input_can_overflow(plan):
    taps = decimator_taps(plan).astype(np.int64)
    worst = 32768 * np.abs(taps).sum() + 2**15
    assert worst < 2**31
    loudest = np.where(taps[::-1] > 0, 32767, -32768)
    lead = -(len(taps) - 1) % plan.decimation  # so that an output ends where the pattern does
    pcm = np.concatenate([np.zeros(lead), loudest, -1 - loudest]).astype(np.int16)
    exact = (np.convolve(pcm.astype(np.int64), taps)[: len(pcm) : plan.decimation] + 2**15) >> 16
    assert decimate(pcm, plan).tolist() == exact.tolist()
    assert 31000 < exact.max() <= 32767


@RATES
def test_response_follows_the_pre_emphasis_and_blocks_aliases(plan):
    hz = np.array([250.0, 500.0, 1000.0, 2000.0, 3000.0])
    emphasis = 20 * np.log10(np.abs(1 - 0.97 * np.exp(-2j * np.pi * hz / 8000)))
    relative = gain_db(plan, hz) - emphasis
    assert np.ptp(relative) < 3.6
    assert gain_db(plan, np.array([0.0]))[0] < -200
    if plan.decimation > 1:
        stop_hz = np.linspace(5000, plan.input_rate_hz / 2, 500)
        assert gain_db(plan, stop_hz[stop_hz >= 5500]).max() < -34
        assert gain_db(plan, np.array([5000.0]))[0] < -28


def test_every_rate_hears_the_same():
    hz = np.linspace(100, 3000, 100)
    responses = np.array([gain_db(AudioPlan(input_rate_hz=rate), hz) for rate in INPUT_RATES_HZ])
    assert np.abs(responses - responses[1]).max() < 1.2


@RATES
@given(data=st.data())
def test_equals_direct_convolution(plan, data):
    n = data.draw(st.integers(0, 300))
    pcm = np.random.default_rng(data.draw(st.integers(0, 99))).integers(-32768, 32768, n).astype(np.int16)
    exact = np.convolve(pcm.astype(np.int64), decimator_taps(plan).astype(np.int64))[: len(pcm)] if n else []
    wanted = (np.asarray(exact, dtype=np.int64)[:: plan.decimation] + 2**15) >> 16
    assert np.array_equal(decimate(pcm, plan), wanted)


def test_a_constant_offset_disappears():
    assert not decimate(np.full(4000, 12345, np.int16), AudioPlan())[10:].any()
