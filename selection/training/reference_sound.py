"""Synthetic sound and motion that nothing was trained on, for datasets without any background."""

from __future__ import annotations

from functools import cache

import numpy as np

from ...data.recording import Recording
from ...data.resampling import resample
from ...data.synthesis.people.subject import draw_subject
from ...data.synthesis.session import synth_session
from ...signal.audio_features import audio_features
from ...signal.feature import Modality
from ...signal.imu_features import imu_features
from ..models.fitted_model import FittedModel
from .thresholds import Track
from .training_plan import TrainingPlan

__all__ = ["reference_tracks"]

SEED = 20_261_128
"""Its own, so that these people are in no dataset of `tussis synth` with a seed that anybody would take."""
SUBJECTS = 12
SESSION_S = 60.0


def reference_tracks(plan: TrainingPlan, modality: Modality, fitted: FittedModel) -> list[Track]:
    """Let a model answer a short synthetic dataset: twelve people, a minute of each.

    Parameters
    ----------
    plan
        Front-end plans.
    modality
        Which of the two signals.
    fitted
        The model.
    """
    return [_track(recording, plan, modality, fitted) for recording in _recordings()]


def _track(recording: Recording, plan: TrainingPlan, modality: Modality, fitted: FittedModel) -> Track:
    if modality == "audio":
        rate_hz = plan.audio_plan.input_rate_hz
        audio = resample(recording.audio.astype(np.float64), recording.audio_rate_hz, rate_hz)
        pcm = np.clip(np.rint(audio), -32768, 32767).astype(np.int16)
        heard = audio_features(pcm, plan.audio_plan, ids=fitted.features)
        values, level = heard.values, heard.level
    else:
        assert recording.imu is not None
        motion = resample(recording.imu.astype(np.float64), recording.imu_rate_hz, plan.imu_plan.rate_hz)
        samples = motion.astype(np.float32)
        if plan.motion_sensor is not None:
            samples = plan.motion_sensor.samples(samples, plan.imu_plan.rate_hz)
        moved = imu_features(samples, plan.imu_plan, ids=fitted.features)
        values, level = moved.values, moved.level
    return Track(recording.coughs, recording.duration_s, fitted.trees.margin(values), level)


@cache
def _recordings() -> tuple[Recording, ...]:
    """Make the sessions once for both models."""
    return tuple(synth_session(draw_subject(SEED, number), SEED, SESSION_S) for number in range(SUBJECTS))
