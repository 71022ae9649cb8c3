"""Label tracks for clips of which only the class is known, for a person to correct in Audacity."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from ...data.atomic import write_text_whole
from ...data.cache_place import cache_place
from ...data.dataset import iter_dataset
from ...data.formats.labels import label_row
from ...data.input_error import InputError
from ...data.left_out import LeftOut
from ...data.progress import Progress, silent
from ...data.recording import Label
from ..detector.detector_file import Detector
from ..models.fitted_model import answered
from ..windows.dataset_features import DatasetFeatures, dataset_features
from .training_plan import TrainingPlan
from .weak_labels import checked_by, with_proposed_labels, with_strong_labels

__all__ = ["LabelledClips", "label_clips"]


@dataclass(frozen=True)
class LabelledClips:
    """What `label_clips` wrote.

    Parameters
    ----------
    tracks
        Files written, by clip.
    labels
        Their labels, by clip.
    left_out
        Clips that could not be used.
    """

    tracks: dict[str, Path]
    labels: dict[str, tuple[Label, ...]]
    left_out: tuple[LeftOut, ...]

    @property
    def coughs(self) -> int:
        """Number of coughs proposed."""
        return sum(label.is_cough for labels in self.labels.values() for label in labels)

    @property
    def unsure(self) -> int:
        """Number of stretches that a person should look at."""
        return sum(label.is_unsure for labels in self.labels.values() for label in labels)


def label_clips(
    dataset: str | PathLike[str],
    *,
    out: str | PathLike[str] | None = None,
    detector: Detector | None = None,
    plan: TrainingPlan | None = None,
    cache_folder: Path | None = None,
    progress: Progress = silent,
) -> LabelledClips:
    """Propose a label track for every cough clip that has none.

    Parameters
    ----------
    dataset
        Clips in folders of their class.
    out
        Folder for the tracks, in folders as the clips'; None writes each beside its clip, where it is read.
    detector
        Detector that checks the proposals; None trains models without the clip on the dataset itself.
    plan
        Plan of these models.
    cache_folder
        Folder for features; None is the user's cache folder.
    progress
        Called after each clip and each fit.

    Returns
    -------
    LabelledClips

    Raises
    ------
    InputError
        No clip of a cough is without labels; without `detector`, too few clips or no other sounds.
    """
    plan, folder = plan or TrainingPlan(), cache_folder or cache_place()
    if detector is not None and detector.audio is not None:
        plan = TrainingPlan(audio_plan=detector.audio.plan, variants=0)
    data = dataset_features(
        dataset,
        audio_plan=plan.audio_plan,
        imu_plan=plan.imu_plan,
        variants=plan.variants,
        cache_folder=folder,
        progress=progress,
    )
    proposed = with_proposed_labels(data)
    if proposed is data:
        raise InputError(
            dataset, "no cough clip is without labels", remedy="name a folder with clips in a folder `cough`"
        )
    weak = {session.name for session in data.sessions if session.is_weak and not session.variant_of}
    labels = _checked(data, proposed, detector, plan, folder, progress)
    references = {reference.name: reference for reference in iter_dataset(dataset)}
    tracks = {}
    for name in sorted(weak):
        path = references[name].path if out is None else Path(out) / name
        tracks[name] = write_text_whole(
            path.with_suffix(".txt"), "".join(label_row(label) for label in labels[name])
        )
    return LabelledClips(tracks, {name: labels[name] for name in sorted(weak)}, data.left_out)


def _checked(
    data: DatasetFeatures,
    proposed: DatasetFeatures,
    detector: Detector | None,
    plan: TrainingPlan,
    folder: Path,
    progress: Progress,
) -> dict[str, tuple[Label, ...]]:
    if detector is None:
        strong = with_strong_labels(data, plan, folder, progress)
        return {session.name: session.labels for session in strong.sessions}
    if detector.audio is None:
        raise InputError("--model", "the detector has no audio model", remedy="name one that has")
    return checked_by(proposed, answered(proposed, "audio", detector.audio).margins)
