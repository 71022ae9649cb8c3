"""What labels, names and headers alone tell of a dataset, before hours go into its features."""

from __future__ import annotations

import math
from os import PathLike

from ...data.corpus.scene import event_groups
from ...data.dataset import iter_dataset
from ...data.formats.audio_file import read_audio_header
from ...data.formats.edge_ai import EdgeAiPlace
from ...data.formats.labels import read_labels
from ...data.formats.session_folder import LABELS_FILE, find_file
from ...data.input_error import InputError
from ...data.recording import COUGH, Label
from ...data.session_ref import SessionRef
from ..detector.detector_file import MODALITIES
from ..windows.folds import linked_subjects, too_few_subjects
from .training_plan import TrainingPlan

__all__ = ["check_first", "no_coughs"]

_NAMES_SHOWN = 5


def check_first(
    dataset: str | PathLike[str], *, plan: TrainingPlan | None = None, by_subject: bool = False
) -> None:
    """Refuse at once what would be refused after all features: no coughs, or those of one subject only.

    No signal is read, so what passes may still be refused later.

    Parameters
    ----------
    dataset
        Anything `tussis.data.dataset.iter_dataset` reads.
    plan
        The training, whose recipe may name collections; None names none.
    by_subject
        Whether two subjects with coughs are needed, for folds.

    Raises
    ------
    InputError
        The plan names a collection that is not there; no label says cough, or with `by_subject` fewer than
        two subjects have any; a session folder that is not whole.
    """
    everything = iter_dataset(dataset)
    if plan is not None:
        _refuse_unknown_collections(plan, {reference.collection for reference in everything})
    references = [reference for reference in everything if reference.labelled]
    coughing: set[str] = set()
    near: set[str] = set()
    for reference in references:
        labels = _labels_of(reference)
        near |= {label.name for label in labels if label.may_be_cough}
        if any(label.is_cough for label in labels):
            coughing.add(reference.subject)
    if not references:
        return  # said with its own words where features begin
    if not coughing:
        raise no_coughs(dataset, near)
    groups = linked_subjects((ref.subject, *event_groups(ref.path)) for ref in references)
    found = sorted({groups[subject] for subject in coughing})
    if by_subject and len(found) < 2:
        raise too_few_subjects(str(dataset), found)


def _refuse_unknown_collections(plan: TrainingPlan, there: set[str]) -> None:
    """Refuse a name that nothing would be measured on: operating points would come from the rest alone."""
    for modality in MODALITIES:
        for key in ("found_on", "false_on"):
            for name in getattr(plan.modality(modality), key):
                if name not in there:
                    known = ", ".join(sorted(there - {""})) or "none with a name"
                    raise InputError(
                        "recipe",
                        f"no recording is of the collection {name!r} (there are: {known})",
                        field=f"{modality}.{key}",
                        remedy="correct it, or leave it out",
                    )


def no_coughs(dataset: str | PathLike[str], near: set[str]) -> InputError:
    """Say that no label is a cough, and which may be meant to be one.

    Parameters
    ----------
    dataset
        What to name.
    near
        Names of labels that may mean a cough.
    """
    names = sorted(near)
    shown = ", ".join(map(repr, names[:_NAMES_SHOWN])) + (", ..." if len(names) > _NAMES_SHOWN else "")
    problem = "no label is named `cough`" + (f", though some may mean one: {shown}" if names else "")
    return InputError(dataset, problem, field="labels", remedy="name the coughs `cough`")


def _labels_of(reference: SessionRef) -> tuple[Label, ...]:
    """Read the labels of a recording without its signal; none where a file that it needs is at fault."""
    try:
        if reference.clip is not None:
            return reference.clip.labels(math.inf)
        if reference.layout == "edge-ai":
            whole = Label(0.0, math.inf, EdgeAiPlace.of(reference.path).sound)
            return (whole,) if whole.name == COUGH else ()
        path = find_file(reference.path, LABELS_FILE)
        if reference.audio_path is not None:
            read_audio_header(reference.audio_path)
        return () if path is None else read_labels(path, math.inf)
    except InputError:
        return ()
