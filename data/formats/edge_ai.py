"""The public edge-AI cough-counting recordings (Orlandic et al., EMBC 2023; Zenodo 7562332).

Laid out as ``<subject>/trial_N/mov_M/background_noise_B/<sound>/`` with two microphones, an IMU file and,
for coughs, their times. Reading starts at any folder of that tree.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..input_error import InputError, OnFault, refuse
from ..recording import AUDIO_RATE_HZ, COUGH, IMU_RATE_HZ, Label, Recording
from ..strict_values import as_number
from .labels import check_labels
from .session_folder import IMU_FILE, find_file, read_audio_and_motion
from .text_file import read_json_object

__all__ = [
    "BODY_MIC_FILE",
    "EDGE_AI_FULL_SCALE",
    "GROUND_TRUTH_FILE",
    "OUTWARD_MIC_FILE",
    "Biodata",
    "EdgeAiPlace",
    "read_biodata",
    "read_edge_ai",
]

OUTWARD_MIC_FILE = "outward_facing_mic.wav"
BODY_MIC_FILE = "body_facing_mic.wav"
GROUND_TRUTH_FILE = "ground_truth.json"
BIODATA_FILE = "biodata.json"

EDGE_AI_FULL_SCALE = float(2**29)
"""Full scale of its 32-bit samples, as its authors' own loader divides them."""

WornMicrophone = Literal["outward", "body"]
_MIC_FILES: dict[WornMicrophone, str] = {"outward": OUTWARD_MIC_FILE, "body": BODY_MIC_FILE}
_BMIS = (5.0, 300.0)
_LEVELS = ("", "trial_", "mov_", "background_noise_", "")


@dataclass(frozen=True)
class EdgeAiPlace:
    """What the folder names of one recording say.

    Attributes
    ----------
    subject
        Number of the subject, as text.
    trial, movement, background, sound
        ``"1"``; ``"sit"`` or ``"walk"``; ``"nothing"``, ``"music"``, ``"traffic"`` or
        ``"someone_else_cough"``; ``"cough"``, ``"laugh"``, ``"throat_clearing"``, ``"deep_breathing"`` or
        ``"talk"``.
    """

    subject: str
    trial: str
    movement: str
    background: str
    sound: str

    @classmethod
    def of(cls, folder: Path) -> EdgeAiPlace:
        """Read the five folder names that end in `folder`.

        Parameters
        ----------
        folder
            The folder that holds the microphones' files.

        Returns
        -------
        EdgeAiPlace
            Their meaning.

        Raises
        ------
        InputError
            The folders above are not named as in the public layout.
        """
        parts = folder.resolve().parts[-len(_LEVELS) :]
        if len(parts) < len(_LEVELS) or not all(
            part.startswith(level) and len(part) > len(level)
            for part, level in zip(parts, _LEVELS, strict=True)
        ):
            raise InputError(
                folder,
                "edge-AI recording outside its layout",
                remedy="keep it in SUBJECT/trial_N/mov_M/background_noise_B/SOUND as published",
            )
        return cls(*(part.removeprefix(level) for part, level in zip(parts, _LEVELS, strict=True)))


@dataclass(frozen=True)
class Biodata:
    """One subject's ``biodata.json``.

    Attributes
    ----------
    gender
        The gender as the file gives it.
    bmi
        Body mass index in kg/m^2.
    """

    gender: str
    bmi: float


def read_biodata(subject_folder: Path) -> Biodata | None:
    """Read a subject's ``biodata.json``, if there is one.

    Parameters
    ----------
    subject_folder
        The folder named after the subject.

    Returns
    -------
    Biodata | None
        Gender and body mass index.

    Raises
    ------
    InputError
        The file is there and wrong.
    """
    path = find_file(subject_folder, BIODATA_FILE)
    if path is None:
        return None
    document = read_json_object(path)
    for field in ("Gender", "BMI"):
        if field not in document:
            raise InputError(path, "the field is missing", field=field)
    gender, bmi = document["Gender"], document["BMI"]
    if not isinstance(gender, str | int | float) or isinstance(gender, bool):
        raise InputError(path, f"{gender!r:.40} is not a gender", field="Gender", remedy="write a word")
    least, most = _BMIS
    try:
        found = float(bmi) if isinstance(bmi, str) else as_number(bmi)
    except ValueError:
        raise InputError(path, f"{bmi!r:.40} is not a number", field="BMI", remedy="write kg/m^2") from None
    if not least <= found <= most:
        problem = f"{bmi!r:.40} is not from {least:g} to {most:g} kg/m^2, between which all people are"
        raise InputError(path, problem, field="BMI", remedy="correct it")
    return Biodata(str(gender), found)


def read_edge_ai(
    folder: str | os.PathLike[str],
    *,
    name: str | None = None,
    microphone: WornMicrophone = "outward",
    audio_rate_hz: int = AUDIO_RATE_HZ,
    imu_rate_hz: float = IMU_RATE_HZ,
    on_fault: OnFault = refuse,
) -> Recording:
    """Read one recording of the edge-AI set.

    Its coughs are the wearer's. Recordings of other sounds hold none, so they count as labelled; one of
    coughs whose ``ground_truth.json`` is missing does not.

    Parameters
    ----------
    folder
        The folder that holds the microphones' files.
    name
        Session name; ``subject/trial/movement/background/sound`` by default.
    microphone
        Which of the two to take.
    audio_rate_hz, imu_rate_hz
        Sample rates of the result, in Hz.
    on_fault
        Called with faults of the IMU and annotation files; what is at fault is left out if it returns.

    Returns
    -------
    Recording
        The recording; motion in m/s^2 and deg/s (see `edge_ai_in_si`).

    Raises
    ------
    InputError
        The place or the audio is wrong; by the default `on_fault`, also for any other fault.
    """
    here = Path(folder)
    place = EdgeAiPlace.of(here)
    audio_path = find_file(here, _MIC_FILES[microphone])
    if audio_path is None:
        raise InputError(here, f"no {_MIC_FILES[microphone]}", remedy="unpack the dataset again")
    audio, imu = read_audio_and_motion(
        audio_path,
        find_file(here, IMU_FILE),
        audio_rate_hz=audio_rate_hz,
        imu_rate_hz=imu_rate_hz,
        full_scale=EDGE_AI_FULL_SCALE,
        max_imu_shortfall_s=math.inf,  # they do differ; the published tools cut both to the shorter one
        on_fault=on_fault,
    )
    truth = find_file(here, GROUND_TRUTH_FILE)
    labels = () if truth is None else _read_truth(truth, len(audio) / audio_rate_hz, on_fault)
    return Recording(
        name=name or "/".join(here.resolve().parts[-len(_LEVELS) :]),
        audio=audio,
        audio_rate_hz=audio_rate_hz,
        imu=imu,
        imu_rate_hz=imu_rate_hz,
        labels=labels,
        labelled=truth is not None or place.sound != COUGH,
        subject=place.subject,
        movement=place.movement,
        background=place.background,
        path=here,
    )


def _read_truth(path: Path, duration_s: float, on_fault: OnFault) -> tuple[Label, ...]:
    try:
        document = read_json_object(path)
        starts, ends = (_times(path, document, key) for key in ("start_times", "end_times"))
        if len(starts) != len(ends):
            raise InputError(
                path,
                f"{len(starts)} start_times and {len(ends)} end_times",
                remedy="unpack the dataset again",
            )
    except InputError as fault:
        on_fault(fault)
        return ()
    rows = [
        (f"cough {number}", Label(start_s, end_s, COUGH))
        for number, (start_s, end_s) in enumerate(zip(starts, ends, strict=True), start=1)
    ]
    return check_labels(path, rows, duration_s, on_fault=on_fault)


def _times(path: Path, document: dict[str, object], key: str) -> list[float]:
    values = document.get(key)
    if not isinstance(values, list):
        raise InputError(
            path, "no list of times", field=key, remedy='it should look like {"start_times": [1.5]}'
        )
    for at, value in enumerate(values):
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise InputError(path, f"{value!r:.40} is not a time in seconds", field=f"{key}[{at}]")
    return [float(value) for value in values]
