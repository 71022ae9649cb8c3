"""What a detector that was taught at a slow motion sensor makes of a faster one, whose samples are stamped.

    python benchmarks/faster_motion_sensor.py DETECTOR DATASET

DETECTOR was trained with `--motion-sensor`, on other people than those of DATASET. Each line is one sensor:
how far margins of the motion model move against those of the sensor that taught, the events, and the share of
the windows of sound that the gate let through. The first line is the sensor that taught, with other noise:
so much is chance.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tussis.data.dataset import iter_dataset
from tussis.data.imu_skew import SensorClock, skewed
from tussis.data.recording import Recording
from tussis.export.estimate.sensor_choice import motion_sensor
from tussis.selection.detector.detector_file import Detector, load_detector
from tussis.selection.detector.inference import detect
from tussis.selection.training.event_counts import Counts, count_events
from tussis.signal.imu_clock import StampedImu, on_audio_time
from tussis.signal.motion_sensor import MotionSensor, as_sensed

FASTER = ("lis2dh12:normal-100", "adxl367:measure-100", "bmi270:accelerometer-100")
SETTLED = 12
"""Windows at the start that are not compared: the rate is not known yet."""


def stamped(recording: Recording, sensor: MotionSensor) -> Recording:
    """Give motion as the firmware makes it of a sensor of 100 Hz that is read every 0.1 s, with stamps."""
    played = as_sensed(recording, sensor)
    pushed = skewed(played.board_imu, 100, SensorClock(rate_hz=100, batch_s=0.1))
    imu, lost = on_audio_time(StampedImu(*pushed))
    return replace(played, imu=imu, imu_lost=lost)


def line(name: str, pairs: list[tuple[Recording, NDArray[np.float32]]], detector: Detector) -> str:
    """Compare recordings with the margins of the sensor that taught."""
    moved, counts, through = [], Counts(), []
    for recording, expected in pairs:
        found = detect(recording, detector, "gated")
        n = min(len(found.imu_margins), len(expected))
        moved.append(found.imu_margins[SETTLED:n] - expected[SETTLED:n])
        spans = [(event.start_s, event.end_s) for event in found.events]
        counts += count_events(recording.coughs, spans, recording.duration_s)
        through.append(found.evaluated)
    off = np.concatenate(moved)
    rms, share = np.sqrt(np.mean(off**2)), np.concatenate(through).mean()
    events = f"{counts.tp} of {counts.ref}, {counts.fp} more"
    return f"| {name} | {off.mean():+.2f} | {rms:.2f} | {events} | {100 * share:.0f} % |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("detector")
    parser.add_argument("dataset", type=Path)
    asked = parser.parse_args()
    detector = load_detector(asked.detector)
    point = detector.motion_need.operating_point
    taught = motion_sensor(point, detector.motion_need)
    recordings = [ref.load(**detector.rates) for ref in iter_dataset(asked.dataset)]
    expected = [detect(as_sensed(one, taught), detector, "gated").imu_margins for one in recordings]
    other_noise = replace(taught, noise_ms2=taught.noise_ms2 * 1.0001)
    print("| sensor | margins, mean | RMS | events | sound heard |\n|---|---|---|---|---|")
    again = [as_sensed(one, other_noise) for one in recordings]
    print(line(f"{point}, other noise", list(zip(again, expected, strict=True)), detector))
    for words in FASTER:
        sensor = motion_sensor(words, detector.motion_need)
        faster = [stamped(one, sensor) for one in recordings]
        print(line(words, list(zip(faster, expected, strict=True)), detector), flush=True)


if __name__ == "__main__":
    main()
