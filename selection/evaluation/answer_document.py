"""The answer to a recording as a JSON document, for evaluations that are interrupted."""

from __future__ import annotations

import base64
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ...data.recording import Label
from ...data.session_ref import SessionRef
from ..detector.detection import Event
from .answer import Answer, EventError, Windows
from .gate_answer import GateAnswer

__all__ = ["as_answer", "as_document"]


def as_document(answer: Answer | str) -> dict[str, Any] | None:
    """Give an answer as JSON; None where there is a reason in place of one."""
    if isinstance(answer, str):
        return None
    windows = {
        modality: [_text(one.target), _text(one.probability)] for modality, one in answer.windows.items()
    }
    return {
        "mode": answer.mode,
        "duration_s": answer.duration_s,
        "labels": [asdict(label) for label in answer.labels],
        "events": [list(event) for event in answer.events],
        "audio_duty": answer.audio_duty,
        "windows": windows,
        "swept": answer.swept.tolist(),
        "missed": [asdict(error) for error in answer.missed],
        "gate": None if answer.gate is None else asdict(answer.gate),
        "trained_on": answer.trained_on,
        "doubts": list(answer.doubts),
    }


def as_answer(reference: SessionRef, document: Any) -> Answer:
    """Read what `as_document` gave.

    Raises
    ------
    ValueError, KeyError, TypeError
        The document is damaged.
    """
    windows = {
        modality: Windows(_array(target, np.int8), _array(probability, np.float32))
        for modality, (target, probability) in document["windows"].items()
    }
    return Answer(
        reference,
        document["mode"],
        document["duration_s"],
        tuple(Label(**label) for label in document["labels"]),
        tuple(Event(*event) for event in document["events"]),
        document["audio_duty"],
        windows,
        np.array(document["swept"], np.int64).reshape(-1, 3),
        tuple(EventError(**error) for error in document["missed"]),
        None if document["gate"] is None else GateAnswer(**document["gate"]),
        bool(document["trained_on"]),
        tuple(map(str, document["doubts"])),
    )


def _text(values: NDArray[Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()


def _array(text: str, kind: DTypeLike) -> NDArray[Any]:
    return np.frombuffer(base64.b64decode(text), kind)
