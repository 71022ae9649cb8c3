"""One detector's sound and another one's motion in one file.

    python -m tussis.selection.detector.motion_from SOUND.json MOTION.json OUT.json

A gate that was measured on real bodies stays, whatever model of the sound it opens for.
"""

from __future__ import annotations

import sys
from typing import Any

from .detector_file import Detector, load_detector, save_detector
from .operating_points import OperatingPoints
from .point_name import POINT_NAMES

__all__ = ["with_motion_from"]


def with_motion_from(sound: Detector, motion: Detector) -> Detector:
    """Take the motion model, the gate and what belongs to them from another detector.

    Parameters
    ----------
    sound
        Keeps its audio model, with thresholds, events and operating points, and its provenance.
    motion
        Gives the motion model, gate, needs of the sensor, events and operating points. Its scores out of fold
        take the place of those of `sound`; scores of both together are dropped, for nothing measured them.

    Returns
    -------
    Detector

    Examples
    --------
    >>> detector = load_detector("default")
    >>> both = with_motion_from(detector, detector)
    >>> both.gating == detector.gating, both.imu == detector.imu
    (True, True)
    """
    points = _points(sound.operating_points, motion.operating_points)
    scores = dict(sound.provenance.scores)
    if "out_of_fold" in scores:
        of_motion = motion.provenance.scores.get("out_of_fold", {}).get("imu")
        found = {name: score for name, score in scores["out_of_fold"].items() if name == "audio"}
        scores["out_of_fold"] = found | ({"imu": of_motion} if of_motion else {})
    return sound.model_copy(
        update={
            "imu": motion.imu,
            "gating": motion.gating,
            "motion_sensor": motion.motion_sensor,
            "events": sound.events.model_copy(update={"imu": motion.events.imu}),
            "operating_points": points,
            "provenance": sound.provenance.model_copy(update={"scores": scores}),
        }
    )


def _points(sound: OperatingPoints | None, motion: OperatingPoints | None) -> OperatingPoints | None:
    """Put the points of two models side by side; where one file has none, neither has the other."""
    if sound is None or motion is None:
        return None
    parts: dict[str, Any] = {
        name: sound.named(name).model_copy(update={"imu": motion.named(name).imu}) for name in POINT_NAMES
    }
    return sound.model_copy(
        update=parts | {"sweep": sound.sweep.model_copy(update={"imu": motion.sweep.imu})}
    )


if __name__ == "__main__":
    save_detector(with_motion_from(load_detector(sys.argv[1]), load_detector(sys.argv[2])), sys.argv[3])
