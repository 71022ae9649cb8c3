"""A dataset opened for review: its recordings read and answered once, then read again when looked at."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from ...data.dataset import dataset_place, find_sessions
from ...data.input_error import InputError
from ...data.left_out import LeftOut
from ...data.progress import Progress, silent
from ...data.recording import Recording
from ...data.remote.remote_url import remote_url
from ...data.session_ref import ALL_PARTS, SessionRef
from ...selection.detector.detector_file import Detector
from ...selection.detector.inference import detect, needed_parts
from ...selection.detector.microphone import ALWAYS, Microphone
from ...selection.detector.mode import Mode
from .journal import JOURNAL_NAME, opened_journal
from .review import Review, ReviewedSession
from .track import read_track

__all__ = ["OpenReview", "RecordingShelf", "opened_review"]

_KEPT = 2


class RecordingShelf:
    """Recordings that were looked at last, so that the next event of the same one is there at once."""

    def __init__(self, load: Callable[[str], Recording]) -> None:
        self._load = load
        self._kept: OrderedDict[str, Recording] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: str) -> Recording:
        """Return a recording, read if it is not here."""
        with self._lock:
            if name not in self._kept:
                self._kept[name] = self._load(name)
                if len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(name)
            return self._kept[name]


@dataclass(frozen=True)
class OpenReview:
    """A review at work.

    Attributes
    ----------
    title
        Name of the dataset.
    review
        What is decided.
    recordings
        Sound and motion.
    left_out
        Recordings that cannot be reviewed, and why.
    """

    title: str
    review: Review
    recordings: RecordingShelf
    left_out: tuple[LeftOut, ...]


@contextmanager
def opened_review(
    dataset: str | PathLike[str],
    detector: Detector,
    mode: Mode | None = None,
    *,
    microphone: Microphone = ALWAYS,
    out: Path | None = None,
    agreed: bool = False,
    progress: Progress = silent,
) -> Iterator[OpenReview]:
    """Run a detector on a dataset and list what there is to decide; hold the dataset's journal.

    Parameters
    ----------
    dataset
        Anything `tussis.data.dataset.iter_dataset` reads.
    detector, mode, microphone
        As in `tussis.selection.detector.inference.detect`.
    out
        Folder for tracks and journal; None: tracks beside the recordings, the journal in
        the dataset's folder.
    agreed
        Whether labels that the detector agrees with are listed too.
    progress
        Called after each recording.

    Raises
    ------
    InputError
        No recording can be reviewed: the first fault; the journal cannot be opened.
    """
    if out is None and remote_url(dataset) is not None:
        raise InputError(
            dataset, "labels cannot be written there", remedy="give a folder for them with --out"
        )
    place = dataset_place(dataset)
    folder = out or (place if place.is_dir() else place.parent)
    faults: list[InputError] = []
    references = find_sessions(place, on_fault=faults.append)
    with opened_journal(folder / JOURNAL_NAME) as journal:
        sessions: list[ReviewedSession] = []
        needs = needed_parts(detector, mode, "labels")
        for number, reference in enumerate(references):
            progress("review", number, len(references))
            try:
                recording = reference.load(**detector.rates, needs=needs)
                track = read_track(reference, recording, out)
                found = detect(recording, detector, mode, microphone=microphone)
            except InputError as fault:  # one bad recording must not cost the others
                faults.append(fault)
                continue
            sessions.append(ReviewedSession(reference, track, found.events, recording.duration_s))
        progress("review", len(references), len(references))
        if not sessions and faults:
            raise faults[0]
        by_name = {session.name: session.reference for session in sessions}
        yield OpenReview(
            place.resolve().name,
            Review(sessions, journal, agreed=agreed),
            RecordingShelf(lambda name: _all_of(by_name[name], detector)),
            tuple(LeftOut(fault.path, "", str(fault)) for fault in faults),
        )


def _all_of(reference: SessionRef, detector: Detector) -> Recording:
    """Read what can be read of a recording, to be looked at: not its labels, and motion only where it is."""
    return reference.load(
        **detector.rates, needs=ALL_PARTS - {"labels", "names"}, on_fault=lambda fault: None
    )
