"""tussis: labelled audio and motion recordings in, a cough detector for a Cortex-M33 out.

The names below are loaded when first used, so that ``import tussis`` costs nothing.

>>> import tussis
>>> detector = tussis.load_detector("default")
>>> recording = tussis.load_recording("my.wav")  # doctest: +SKIP
>>> tussis.detect(recording, detector).events  # doctest: +SKIP
(Event(start_s=3.152, end_s=3.552, confidence=0.97),)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from .data.dataset import iter_dataset, load_recording
    from .data.input_error import InputError
    from .data.recording import Label, Recording
    from .data.synthesis.dataset import write_dataset
    from .export.estimate import estimate
    from .export.image_profile import profile_image
    from .export.parity import verify
    from .export.project import export_project
    from .export.trees import export_trees
    from .selection.detector import Detector, load_detector, save_detector
    from .selection.inference import detect
    from .selection.microphone import Microphone
    from .selection.scoring import score
    from .selection.training import train
    from .selection.training_plan import TrainingPlan
    from .signal.audio_features import audio_features
    from .signal.imu_features import imu_features

_HOME = {
    "Detector": "selection.detector",
    "InputError": "data.input_error",
    "Label": "data.recording",
    "Microphone": "selection.microphone",
    "Recording": "data.recording",
    "TrainingPlan": "selection.training",
    "audio_features": "signal.audio_features",
    "detect": "selection.inference",
    "estimate": "export.estimate",
    "export_project": "export.project",
    "export_trees": "export.trees",
    "imu_features": "signal.imu_features",
    "iter_dataset": "data.dataset",
    "load_detector": "selection.detector",
    "load_recording": "data.dataset",
    "profile_image": "export.image_profile",
    "save_detector": "selection.detector",
    "score": "selection.scoring",
    "train": "selection.training",
    "verify": "export.parity",
    "write_dataset": "data.synthesis.dataset",
}

__all__ = [
    "Detector",
    "InputError",
    "Label",
    "Microphone",
    "Recording",
    "TrainingPlan",
    "__version__",
    "audio_features",
    "detect",
    "estimate",
    "export_project",
    "export_trees",
    "imu_features",
    "iter_dataset",
    "load_detector",
    "load_recording",
    "profile_image",
    "save_detector",
    "score",
    "train",
    "verify",
    "write_dataset",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'tussis' has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
