"""The drift table: events that are found with a motion sensor whose clock is not the audio's.

    python benchmarks/imu_clock.py ../shared/recordings/sessions SYNTHETIC...

Every row replays all sessions in gated mode, one after the other as one long recording, so that the clock has
to be found once, as in a device. `found` counts events of the undisturbed run that overlap one of the
disturbed run. `unstamped` is the same without following the clock: a sample counts as 1/100 s.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import product

import numpy as np

from tussis.data.dataset import iter_dataset
from tussis.data.imu_skew import SensorClock, skewed
from tussis.data.recording import Recording
from tussis.selection.detector.detector_file import load_detector
from tussis.selection.detector.inference import Event, detect
from tussis.signal.imu_clock import StampedImu, on_audio_time


def joined(datasets: list[str], rates: dict[str, int]) -> Recording:
    """Lay all sessions one behind the other, cut to whole seconds."""
    sessions = [reference.load(**rates) for name in datasets for reference in iter_dataset(name)]
    whole = [s for s in sessions if s.imu is not None]
    seconds = [int(min(len(s.audio) / s.audio_rate_hz, len(s.imu) / s.imu_rate_hz)) for s in whole]
    audio = [s.audio[: n * s.audio_rate_hz] for s, n in zip(whole, seconds, strict=True)]
    imu = [s.board_imu[: round(n * s.imu_rate_hz)] for s, n in zip(whole, seconds, strict=True)]
    return replace(whole[0], name="joined", audio=np.concatenate(audio), imu=np.concatenate(imu))


def found(wanted: tuple[Event, ...], events: tuple[Event, ...]) -> int:
    """Events that overlap one of the others."""
    starts = np.array([e.start_s for e in events])
    ends = np.array([e.end_s for e in events])
    return sum(bool(((starts < e.end_s) & (ends > e.start_s)).any()) for e in wanted)


def rows() -> list[SensorClock]:
    """List the table's clocks."""
    errors = [SensorClock(1e4 * percent, late_s=0.03) for percent in (-5, -1, -0.1, 0, 0.1, 1, 5)]
    drift = [SensorClock(ppm, 1e4, late_s=0.03) for ppm in (0, 5e4)]
    batches = [
        SensorClock(ppm, 0, 100, batch, 0.03) for ppm, batch in product((-5e4, 0, 1e3, 5e4), (0.1, 1.0))
    ]
    rates = [
        SensorClock(ppm, 0, rate, 0.25, 0.03) for rate, ppm in product((26, 52, 104, 208, 416), (0, 1e4))
    ]
    return [SensorClock(), *errors, *drift, *batches, *rates]


def main(datasets: list[str]) -> None:
    """Print the table."""
    detector = load_detector("default")
    recording = joined(datasets, detector.rates)
    base = detect(recording, detector, "gated").events
    print(f"{len(base)} events in {recording.duration_s / 60:.1f} min")
    print("| ppm | ppm per hour | rate | block | read late | found | extra | duty | unstamped |")
    print("|---|---|---|---|---|---|---|---|---|")
    for clock in rows():
        sensor = skewed(recording.board_imu, recording.imu_rate_hz, clock)
        imu, lost = on_audio_time(StampedImu(*sensor))
        run = detect(replace(recording, imu=imu, imu_lost=lost), detector, "gated")
        plain = detect(replace(recording, imu=sensor.samples), detector, "gated").events
        extra = len(run.events) - found(run.events, base)
        same = found(base, run.events)
        print(
            f"| {clock.ppm:g} | {clock.drift_ppm_per_hour:g} | {clock.rate_hz:g} Hz | {clock.batch_s:g} s"
            f" | {1e3 * clock.late_s:g} ms | {same} ({same / len(base):.2%})"
            f" | {extra} | {run.audio_duty:.3f} | {found(base, plain)} |",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
