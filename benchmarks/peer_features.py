"""Seconds of sound that librosa answers per second of CPU. `peers.py` calls this in the peers' environment.

    python peer_features.py MINUTES

Frames of 128 samples at 8 kHz from 16 kHz, windows of 32 frames, a hop of 8, as tussis has them; features of
whole recordings at once, then mean, deviation and largest value in each window. Prints JSON.
"""

from __future__ import annotations

import json
import sys
import time

import librosa
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

RATE_HZ, FRAME = 8000, 128
WINDOW_FRAMES, HOP_FRAMES = 32, 8


def window_features(sound: np.ndarray) -> np.ndarray:
    """Features of each window, shape (n_windows, n_features)."""
    y = librosa.resample(sound, orig_sr=16000, target_sr=RATE_HZ)
    cut = {"n_fft": FRAME, "hop_length": FRAME, "center": False}
    spectrum = np.abs(librosa.stft(y, **cut))
    of_spectrum = {"S": spectrum, "sr": RATE_HZ}
    mel = librosa.power_to_db(librosa.feature.melspectrogram(S=spectrum**2, sr=RATE_HZ, n_mels=16))
    rows = [
        mel,
        librosa.feature.mfcc(S=mel, n_mfcc=13),
        librosa.feature.spectral_centroid(**of_spectrum),
        librosa.feature.spectral_bandwidth(**of_spectrum),
        librosa.feature.spectral_rolloff(**of_spectrum),
        librosa.feature.spectral_flatness(S=spectrum),
        librosa.feature.zero_crossing_rate(y, frame_length=FRAME, hop_length=FRAME, center=False),
        librosa.feature.rms(y=y, frame_length=FRAME, hop_length=FRAME, center=False),
    ]
    frames = np.vstack([row[:, : mel.shape[1]] for row in rows])
    windows = sliding_window_view(frames, WINDOW_FRAMES, axis=1)[:, ::HOP_FRAMES]
    return np.vstack([windows.mean(-1), windows.std(-1), windows.max(-1)]).T


def main() -> None:
    """Measure and print."""
    seconds = 60.0 * float(sys.argv[1])
    sound = np.random.default_rng(0).normal(0, 0.1, int(16000 * seconds)).astype(np.float32)
    window_features(sound[: 16000 * 10])
    start_s = time.process_time()
    found = window_features(sound)
    taken_s = time.process_time() - start_s
    print(json.dumps({"features": found.shape[1], "factor": seconds / taken_s}))


if __name__ == "__main__":
    main()
