"""The public names of tussis and where each is defined; `__init__.py` loads them when first used."""

from .data.dataset import iter_dataset, load_recording
from .data.input_error import InputError
from .data.recording import Label, Recording
from .data.synthesis.dataset import write_dataset
from .export.codegen.project import export_project
from .export.codegen.trees import export_trees
from .export.estimate.estimate import estimate
from .export.estimate.image_profile import profile_image
from .export.verify.parity import verify
from .selection.detector.detection import Detection, Event
from .selection.detector.detector_file import Detector, load_detector, save_detector
from .selection.detector.inference import detect
from .selection.detector.microphone import Microphone
from .selection.elimination.budgeted_rfecv import BudgetedRFECV
from .selection.evaluation.evaluate import evaluate
from .selection.evaluation.out_of_fold import evaluate_out_of_fold
from .selection.training.scoring import score
from .selection.training.training import train
from .selection.training.training_plan import TrainingPlan
from .selection.windows.feature_transformers import AudioFeatures, MotionFeatures, labelled_windows
from .signal.audio_features import audio_features
from .signal.imu_features import imu_features

__version__: str

__all__ = [
    "AudioFeatures",
    "BudgetedRFECV",
    "Detection",
    "Detector",
    "Event",
    "InputError",
    "Label",
    "Microphone",
    "MotionFeatures",
    "Recording",
    "TrainingPlan",
    "__version__",
    "audio_features",
    "detect",
    "estimate",
    "evaluate",
    "evaluate_out_of_fold",
    "export_project",
    "export_trees",
    "imu_features",
    "iter_dataset",
    "labelled_windows",
    "load_detector",
    "load_recording",
    "profile_image",
    "save_detector",
    "score",
    "train",
    "verify",
    "write_dataset",
]
