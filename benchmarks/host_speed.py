"""How many times faster than real time this machine computes every feature of the catalogue, on one thread.

    python benchmarks/host_speed.py [--minutes 10]

Prints the factor for audio, IMU and both, and the peak memory for a short and a six times longer recording.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import argparse
import resource
import time

import numpy as np

from tussis.signal.audio_features import audio_features
from tussis.signal.imu_features import imu_features


def seconds_for(minutes: float, rng: np.random.Generator) -> tuple[float, float]:
    """Return the seconds that audio and IMU features of a noise recording of this length take."""
    pcm = rng.normal(0, 3000, int(minutes * 60 * 16000)).astype(np.int16)
    imu = rng.normal(0, 1, (int(minutes * 60 * 100), 6)).astype(np.float32)
    start = time.perf_counter()
    audio_features(pcm)
    middle = time.perf_counter()
    imu_features(imu)
    return middle - start, time.perf_counter() - middle


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10.0)
    minutes = parser.parse_args().minutes
    rng = np.random.default_rng(0)
    for length in (minutes / 6, minutes):
        audio_s, imu_s = seconds_for(length, rng)
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        duration_s = length * 60
        print(
            f"{length:.1f} min: audio {duration_s / audio_s:.0f} x, IMU {duration_s / imu_s:.0f} x, "
            f"both {duration_s / (audio_s + imu_s):.0f} x real time; peak memory so far {peak_mb:.0f} MB"
        )


if __name__ == "__main__":
    main()
