import numpy as np
import pytest
import scipy.fft

from tussis.signal.audio_features import audio_features
from tussis.signal.decimator import decimate
from tussis.signal.elementary import log2_q8
from tussis.signal.fft import frame_power, hamming_window
from tussis.signal.mel import dct_q14, frame_mfcc, mel_bank, mel_energies, mel_weights
from tussis.signal.plan import AudioPlan

PLANS = pytest.mark.parametrize(
    "plan",
    [
        AudioPlan(),
        AudioPlan(mel_bands=8),
        AudioPlan(mel_bands=24),
        AudioPlan(mel_fmin_hz=300, mel_fmax_hz=3000),
    ],
    ids=str,
)


@PLANS
def test_weights_are_librosas(plan, librosa):
    theirs = librosa.filters.mel(
        sr=8000, n_fft=128, n_mels=plan.mel_bands, fmin=plan.mel_fmin_hz, fmax=plan.mel_fmax_hz, norm=None
    )
    assert np.abs(mel_weights(plan) - theirs).max() <= 1e-6


@PLANS
def test_the_sparse_bank_holds_every_weight(plan):
    dense = np.zeros((plan.mel_bands, 65))
    for share in mel_bank(plan):
        assert 0 <= share.weight <= (1 if share.other is None else 0.5)
        dense[share.band, share.bin] = share.weight
        if share.other is not None:
            dense[share.other, share.bin] = 1 - share.weight
    assert dense == pytest.approx(mel_weights(plan), abs=1e-6)


def test_energies_equal_librosas_melspectrogram(sounds, librosa):
    plan = AudioPlan()
    samples = decimate(sounds["bursts"], plan)
    frames = samples[: len(samples) // 128 * 128].reshape(-1, 128)
    theirs = librosa.feature.melspectrogram(
        y=samples.astype(float), sr=8000, n_fft=128, hop_length=128, center=False, power=2, n_mels=16,
        fmin=125, fmax=3750, norm=None, window=hamming_window() / 32768.0,
    )  # fmt: skip
    ours = mel_energies(frame_power(frames), plan)
    assert ours == pytest.approx(1 + theirs[:, : len(frames)] / 4096, rel=0.01)  # the transform has 16 bits


def test_silence_is_one_squared_lsb():
    assert (mel_energies(np.zeros((61, 3), np.float32), AudioPlan()) == 1).all()


@PLANS
def test_dct_is_scipys(plan):
    exact = scipy.fft.dct(np.eye(plan.mel_bands), type=2, norm="ortho", axis=0)
    ours = dct_q14(plan) / 16384
    assert np.abs(ours - exact[: len(ours)]).max() < 1 / 16384


def test_mfcc_statistics_are_those_of_librosas_mfcc(sounds, librosa):
    plan = AudioPlan()
    samples = decimate(sounds["bursts"], plan)
    logs = log2_q8(mel_energies(frame_power(samples[: 32 * 128].reshape(-1, 128)), plan))
    theirs = librosa.feature.mfcc(S=logs / 256.0, n_mfcc=13)  # of our logarithms: the transform alone
    found = audio_features(sounds["bursts"], plan)
    row = dict(zip(found.ids, found.values[0], strict=True))
    for k in range(13):
        assert row[f"mfcc{k:02d}_mean"] == pytest.approx(theirs[k].mean(), abs=0.01)
        assert row[f"mfcc{k:02d}_std"] == pytest.approx(theirs[k].std(), abs=0.03)
    assert np.abs(frame_mfcc(logs, plan) / 64 - theirs).max() < 0.03


def test_loudest_cepstra_fit_their_words():
    logs = np.full((16, 1), 8191)
    assert np.abs(frame_mfcc(logs, AudioPlan())).max() < 8192
    worst = (np.abs(dct_q14(AudioPlan())).sum(axis=1) * 8191 + 2**15).max()
    assert worst < 2**31


def test_band_statistics_against_plain_formulas(sounds):
    plan = AudioPlan()
    samples = decimate(sounds["bursts"], plan)
    energies = mel_energies(frame_power(samples[: 32 * 128].reshape(-1, 128)), plan).astype(float)
    logs = np.log2(energies)
    found = audio_features(sounds["bursts"], plan)
    row = dict(zip(found.ids, found.values[0], strict=True))
    share = energies / energies.sum(axis=1, keepdims=True)
    entropy = -(share * np.log2(share)).sum(axis=1)
    for b in range(16):
        name = f"mel{b:02d}"
        assert row[f"{name}_mean"] == pytest.approx(logs[b].mean(), abs=0.006)
        assert row[f"{name}_std"] == pytest.approx(logs[b].std(), abs=0.01)
        assert row[f"{name}_max"] == pytest.approx(logs[b].max(), abs=0.006)
        assert row[f"{name}_entropy"] == pytest.approx(entropy[b], abs=0.012)
        assert row[f"{name}_rel"] == pytest.approx(logs[b].mean() - logs.mean(), abs=0.01)
        assert row[f"{name}_peak"] == pytest.approx(logs[b].max() - logs[b].mean(), abs=0.012)


def test_a_bank_with_an_empty_band_is_refused():
    with pytest.raises(ValueError, match="mel_fmax_hz is 1200; 24 bands from 1000 Hz need more"):
        mel_bank(AudioPlan(mel_bands=24, mel_fmin_hz=1000, mel_fmax_hz=1200))
