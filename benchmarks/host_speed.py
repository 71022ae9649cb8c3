"""How many times faster than real time this machine computes every feature of the catalogue, on one thread.

    python benchmarks/host_speed.py [--minutes 10]

Prints the factors for audio, IMU and both, by CPU time, with NumPy and with the firmware's C compiled for
this machine, what the C's first use costs, and the peak memory for a short and a six times longer recording.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import argparse
import resource
import time

import numpy as np

from tussis.signal.audio_features import audio_features
from tussis.signal.host_kernels import audio_kernel, motion_kernel, without_kernels
from tussis.signal.imu_features import imu_features
from tussis.signal.plan import AudioPlan, ImuPlan


def seconds_for(minutes: float, rng: np.random.Generator) -> tuple[float, float]:
    """Return the CPU seconds that audio and IMU features of a noise recording of this length take."""
    pcm = rng.normal(0, 3000, int(minutes * 60 * 16000)).astype(np.int16)
    imu = rng.normal(0, 1, (int(minutes * 60 * 100), 6)).astype(np.float32)
    start = time.process_time()
    audio_features(pcm)
    middle = time.process_time()
    imu_features(imu)
    return middle - start, time.process_time() - middle


def measure(name: str, minutes: float) -> None:
    """Print what a short and a long recording take."""
    rng = np.random.default_rng(0)
    for length in (minutes / 6, minutes):
        audio_s, imu_s = seconds_for(length, rng)
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        duration_s = length * 60
        print(
            f"{name}, {length:.1f} min: audio {duration_s / audio_s:.0f} x, "
            f"IMU {duration_s / imu_s:.0f} x, both {duration_s / (audio_s + imu_s):.0f} x real time; "
            f"peak memory so far {peak_mb:.0f} MB"
        )


def first_use() -> float:
    """Find or compile the kernels; return the CPU seconds that took, compilers included."""
    before = _cpu_s()
    audio_kernel(AudioPlan(), 0.0)
    motion_kernel(ImuPlan(), 0.0)
    return _cpu_s() - before


def _cpu_s() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10.0)
    minutes = parser.parse_args().minutes
    with without_kernels():
        measure("NumPy", minutes)
    os.environ["TUSSIS_KERNELS"] = "c"
    print(f"first use of the C: {first_use():.1f} s of CPU time")
    measure("C", minutes)


if __name__ == "__main__":
    main()
