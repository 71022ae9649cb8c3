"""Table of docs/synthesis.md: motion of synthetic events and activities, beside figures of real recordings.

    python benchmarks/motion_figures.py                      # 60 people who sit, 8 sessions of each activity
    python benchmarks/motion_figures.py --daily FOLDER       # the same figures of real everyday sessions

Events are measured at 64 Hz, the rate of the chest accelerometer they are compared with; activities at 50 Hz.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np

from tussis.data.motion_figures import (
    EventFigures,
    centroid_hz,
    moving_acceleration,
    recording_figures,
    step_rate_hz,
)
from tussis.data.resampling import resample
from tussis.data.synthesis.motion.activity import MOVEMENTS
from tussis.data.synthesis.people.subject import draw_subject
from tussis.data.synthesis.session import synth_session

CHEST_HZ, WAIST_HZ = 64.0, 50.0
SEED = 1000


def quantiles(values: list[float], shares: tuple[int, ...], digits: int = 2) -> str:
    """Percentiles as text, NaN left out."""
    found = np.array(values)
    found = found[np.isfinite(found)]
    return " ".join(f"{value:.{digits}f}" for value in np.percentile(found, shares)) if len(found) else "-"


def print_events(people: int, seconds: float) -> None:
    """Print the figures of the events of people who sit, and of their rest."""
    events: dict[str, list[EventFigures]] = defaultdict(list)
    rest: list[float] = []
    for index in range(people):
        made = synth_session(draw_subject(SEED, index), SEED, seconds, movement="sit")
        found = recording_figures(made, CHEST_HZ)
        rest.append(found.rest_rms_ms2)
        for name, figures in found.events.items():
            events[name] += figures
    print("| event | n | peak, m/s2: 10 25 50 75 90 % | width, s | centroid, Hz | jerk, m/s3 | delay, s |")
    for name in ("cough", "laugh", "startle", "throat_clearing", "speech", "breath"):
        rows = events[name]
        cells = (
            quantiles([row.peak_ms2 for row in rows], (10, 25, 50, 75, 90)),
            quantiles([row.width_s for row in rows], (25, 50, 75)),
            quantiles([row.centroid_hz for row in rows], (25, 50, 75), 1),
            quantiles([row.jerk_ms3 for row in rows], (50,), 0),
            quantiles([row.delay_s for row in rows], (25, 50, 75)),
        )
        print(f"| {name} | {len(rows)} | " + " | ".join(cells) + " |")
    print(f"rest, m/s2 rms, 10 50 90 % of people: {quantiles(rest, (10, 50, 90))}")


def print_activities(stretches: dict[str, list[np.ndarray]]) -> None:
    """Print rms, step rate, centroid and peak of stretches of acceleration (n, 3) at 50 Hz."""
    print("| activity | n | rms, m/s2: 10 50 90 % | steps, Hz | centroid, Hz | peak, m/s2 |")
    for name, moving in stretches.items():
        norms = [np.sqrt(np.sum(stretch**2, axis=1)) for stretch in moving]
        cells = (
            quantiles([float(np.sqrt(np.mean(norm**2))) for norm in norms], (10, 50, 90)),
            quantiles([step_rate_hz(stretch, WAIST_HZ) for stretch in moving], (10, 50, 90)),
            quantiles([centroid_hz(stretch, WAIST_HZ) for stretch in moving], (10, 50, 90), 1),
            quantiles([float(norm.max()) for norm in norms], (10, 50, 90), 1),
        )
        print(f"| {name} | {len(moving)} | " + " | ".join(cells) + " |")


def synthetic_activities(people: int) -> dict[str, list[np.ndarray]]:
    """Make 15 s of each activity by several people, as moving acceleration."""
    found: dict[str, list[np.ndarray]] = defaultdict(list)
    for movement in MOVEMENTS:
        for index in range(people):
            made = synth_session(draw_subject(SEED, index), SEED, 15.0, index=1, movement=movement)
            assert made.imu is not None
            acc = made.imu[:, :3].astype(np.float64)
            acc = resample(acc - acc.mean(axis=0), made.imu_rate_hz, WAIST_HZ)
            found[movement].append(moving_acceleration(acc, WAIST_HZ))
    return found


def real_activities(folder: Path) -> dict[str, list[np.ndarray]]:
    """Read the labelled stretches of two seconds or more of sessions at 50 Hz, as moving acceleration."""
    found: dict[str, list[np.ndarray]] = defaultdict(list)
    for session in sorted(path.parent for path in folder.glob("*/labels.txt")):
        imu = np.loadtxt(session / "imu.csv", delimiter=",", skiprows=1)
        moving = moving_acceleration(imu[:, 1:4], WAIST_HZ)
        for line in (session / "labels.txt").read_text().splitlines():
            start, end, name = line.split("\t")
            stretch = moving[round(float(start) * WAIST_HZ) : round(float(end) * WAIST_HZ)]
            if len(stretch) >= 2 * WAIST_HZ:
                found[name].append(stretch)
    return found


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--daily", type=Path, help="folder of real sessions (imu.csv at 50 Hz, labels.txt)")
    arguments = parser.parse_args()
    if arguments.daily is not None:
        print_activities(real_activities(arguments.daily))
        return
    print_events(arguments.people, arguments.seconds)
    print_activities(synthetic_activities(max(arguments.people // 3, 1)))


if __name__ == "__main__":
    main()
