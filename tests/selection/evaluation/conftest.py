"""Answers made by hand, so that every figure is known beforehand."""

from pathlib import Path

import numpy as np
import pytest

from tussis.data.formats.clip_set import Clip
from tussis.data.formats.sound_classes import SoundClass
from tussis.data.recording import Label
from tussis.data.session_ref import SessionRef
from tussis.selection.detector.inference import Event
from tussis.selection.evaluation.answer import Answer
from tussis.selection.evaluation.gate_answer import GateAnswer
from tussis.selection.training.operating_points import SWEPT_THRESHOLDS


def made_answer(
    name,
    *,
    subject="anna",
    sound=None,
    labels=(),
    events=(),
    duration_s=10.0,
    mode="audio",
    movement="",
    background="",
    collection="",
    has_audio=True,
    **parts,
):
    """Make an answer: of a clip where `sound` names a class, else of a session."""
    clip = None
    if sound is not None:
        clip = Clip(SoundClass(sound, "cough" if sound == "cough" else sound), subject)
        labels = labels or clip.labels(duration_s)
    reference = SessionRef(
        name=name,
        path=Path(name),
        layout="session" if clip is None else "clip",
        subject=subject,
        movement=movement,
        background=background,
        audio_path=Path(name) if has_audio else None,
        has_imu=not has_audio,
        labelled=True,
        collection=collection,
        clip=clip,
    )
    return Answer(
        reference=reference,
        mode=mode,
        duration_s=duration_s,
        labels=tuple(labels),
        events=tuple(Event(*event) for event in events),
        audio_duty=parts.pop("audio_duty", 1.0),
        windows=parts.pop("windows", {}),
        swept=parts.pop("swept", np.zeros((len(SWEPT_THRESHOLDS), 3), np.int64)),
        gate=GateAnswer(**parts.pop("gate")) if "gate" in parts else None,
        **parts,
    )


@pytest.fixture(scope="session")
def answer():
    return made_answer


@pytest.fixture(scope="session")
def label():
    return Label
