"""What can be read but is probably not meant: clipping, a dead microphone, labels that count for nothing."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .formats.audio_file import read_audio_header
from .formats.edge_ai import GROUND_TRUTH_FILE
from .formats.imu_csv import read_imu
from .formats.session_folder import IMU_FILE, LABELS_FILE, SESSION_FILE, find_file
from .input_error import InputError
from .large_sound import blocks_of
from .recording import IMU_COLUMNS, Label, Recording
from .session_ref import SessionRef
from .shell_line import ffmpeg_line

__all__ = ["DatasetWarning", "warnings_about"]

CLIPPED_SHARE = 1e-3
SILENT_PEAK = 4
OFFSET_SHARE = 0.1
IMU_LENGTH_SLACK_S = 1.0
LONG_COUGH_S = 3.0
"""Longer than any single cough: a bout labelled as one."""

_NAMES_SHOWN = 5

HANGING_S = 2.0
"""No sensor repeats all its values for so long: noise moves the last digit."""

AXIS_HANGING_S = 10.0
"""One axis of a coarse sensor at rest may repeat its value for longer than all six do."""

MOVING_ACC_MS2 = 1.0
STILL_GYRO_DPS = 5.0


@dataclass(frozen=True)
class DatasetWarning:
    """Something that need not be wrong.

    Attributes
    ----------
    path
        File or folder that the warning is about.
    field, problem, remedy
        As in `InputError`, empty where there is nothing to say.
    """

    path: Path
    field: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        """Return it in one line, as `InputError` would say it."""
        return str(InputError(self.path, self.problem, field=self.field or None, remedy=self.remedy or None))


def warnings_about(ref: SessionRef, recording: Recording, *, alone: bool) -> Iterator[DatasetWarning]:
    """Look for what a recording's owner would want to know.

    Parameters
    ----------
    ref
        Reference of the recording.
    recording
        The recording, read.
    alone
        Whether it is the only one of its dataset, so that its subject does not matter.

    Yields
    ------
    DatasetWarning
        What was found.
    """
    if ref.audio_path is not None and recording.has_audio:
        yield from _about_audio(ref.audio_path, recording)
    yield from _about_motion(ref, recording)
    yield from _about_labels(ref, recording)
    if ref.layout == "session" and not ref.names_subject and ref.subject == ref.name and not alone:
        yield DatasetWarning(
            ref.path,
            "subject",
            "no subject is named: the session counts as a subject of its own",
            f'write {{"subject": "..."}} into {SESSION_FILE}, since data are split by subject',
        )


def _about_audio(path: Path, recording: Recording) -> Iterator[DatasetWarning]:
    if (unread_s := read_audio_header(path).unread_s) > 0.0:
        remedy = "cut joined files apart"
        if path.suffix.casefold() == ".wav":
            line = ffmpeg_line(path, "_pcm.wav", options="-ignore_length 1")
            remedy += f", or write the header again: {line}"
        problem = (
            f"{unread_s:.2f} s of sound lie behind the {recording.duration_s:.2f} s that the header counts"
        )
        yield DatasetWarning(path, "data", f"{problem}, and are not read", remedy)
    if (peak := recording.audio_peak) <= SILENT_PEAK:
        yield DatasetWarning(path, "", f"silent: the largest sample is {peak} of 32768", "")
        return
    samples = len(recording.audio)
    clipped = sum(int(np.sum((b == 32767) | (b == -32768))) for b in blocks_of(recording.audio)) / samples
    mean = sum(int(block.sum(dtype=np.int64)) for block in blocks_of(recording.audio)) / samples
    if clipped > CLIPPED_SHARE:
        yield DatasetWarning(path, "", f"{100 * clipped:.1f} % of the samples are clipped", "lower the gain")
    if abs(mean) > OFFSET_SHARE * 32768:
        yield DatasetWarning(
            path, "", f"the mean is {100 * mean / 32768:.0f} % of full scale", "remove the offset"
        )


def _about_motion(ref: SessionRef, recording: Recording) -> Iterator[DatasetWarning]:
    imu = recording.imu
    path = find_file(ref.path, IMU_FILE) if ref.has_imu else None
    if imu is None or path is None:
        return
    whole = read_imu(path, duration_s=math.inf, imu_rate_hz=recording.imu_rate_hz)
    length_s = 0.0 if whole is None else len(whole) / recording.imu_rate_hz
    if recording.has_audio and abs(length_s - recording.duration_s) > IMU_LENGTH_SLACK_S:
        yield DatasetWarning(
            path,
            "",
            f"the motion lasts {length_s:.2f} s, the audio {recording.duration_s:.2f} s",
            "check that they belong together and start together",
        )
    yield from _about_hanging(path, recording)
    acc, gyro = (np.linalg.norm(triple, axis=1) for triple in (imu[:, :3], imu[:, 3:]))
    if (
        recording.has_gyroscope
        and float(acc.std()) > MOVING_ACC_MS2
        and float(np.percentile(gyro, 95)) < STILL_GYRO_DPS
    ):
        yield DatasetWarning(
            path,
            "gyro columns",
            f"the body moves (acceleration varies by {acc.std():.2g} m/s2) and hardly turns"
            f" ({np.percentile(gyro, 95):.2g} deg/s)",
            "check that the unit is deg/s, not rad/s",
        )


def _about_hanging(path: Path, recording: Recording) -> Iterator[DatasetWarning]:
    """Look for stretches in which no value changes, and for an axis that never does while others move."""
    assert recording.imu is not None
    imu = recording.imu[:, : 6 if recording.has_gyroscope else 3]
    rows = math.ceil(HANGING_S * recording.imu_rate_hz)
    if len(imu) <= rows:
        return
    changes = np.diff(imu, axis=0) != 0
    remedy = "check the sensor and its cable, and cut the stretch out"
    ends = np.flatnonzero(np.concatenate([[True], changes.any(axis=1), [True]]))
    longest = int(np.argmax(np.diff(ends)))
    if ends[longest + 1] - ends[longest] > rows:
        start_s, end_s = (at / recording.imu_rate_hz for at in ends[longest : longest + 2])
        problem = f"no value changes from {start_s:.2f} s to {end_s:.2f} s: the sensor hangs"
        yield DatasetWarning(path, "", problem, remedy)
        return
    stuck = [IMU_COLUMNS[axis] for axis in np.flatnonzero(~changes.any(axis=0))]
    if stuck and len(imu) > AXIS_HANGING_S * recording.imu_rate_hz:
        problem = "the value never changes while others do: the axis hangs"
        yield DatasetWarning(path, ", ".join(stuck), problem, "check the sensor")


def _about_labels(ref: SessionRef, recording: Recording) -> Iterator[DatasetWarning]:
    if ref.layout == "edge-ai" and not recording.labelled:
        yield DatasetWarning(ref.path, "", f"coughs without {GROUND_TRUTH_FILE}", "unpack the dataset again")
    path = find_file(ref.path, LABELS_FILE) if ref.layout == "session" else None
    if path is None:
        return
    nameless = sum(not label.name for label in recording.labels)
    if nameless:
        yield DatasetWarning(
            path, "", f"{nameless} labels have no name and count for nothing", "name coughs cough"
        )
    alike = sorted({label.name for label in recording.labels if label.may_be_cough})
    if alike:
        count = sum(label.may_be_cough for label in recording.labels)
        shown = ", ".join(repr(name) for name in alike[:_NAMES_SHOWN]) + (
            ", ..." if len(alike) > _NAMES_SHOWN else ""
        )
        yield DatasetWarning(
            path,
            "labels",
            f"{count} labels may mean a cough ({shown}): nothing is learned from them or scored against them",
            "label each cough by itself as cough, and everything else by a word without cough in it",
        )
    yield from _about_coughs(path, recording.coughs)


def _about_coughs(path: Path, coughs: tuple[Label, ...]) -> Iterator[DatasetWarning]:
    for label in coughs:
        if label.end_s - label.start_s > LONG_COUGH_S:
            yield DatasetWarning(
                path,
                f"cough at {label.start_s:.3f} s",
                f"it lasts {label.end_s - label.start_s:.2f} s",
                "label each cough of a bout by itself",
            )
    for before, after in itertools.pairwise(coughs):
        if after.start_s < before.end_s:
            same = (before.start_s, before.end_s) == (after.start_s, after.end_s)
            yield DatasetWarning(
                path,
                f"cough at {after.start_s:.3f} s",
                "it is there twice" if same else f"it overlaps the one at {before.start_s:.3f} s",
                "delete one" if same else "scoring takes them as one; shorten the first if they are two",
            )
