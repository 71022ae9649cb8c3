"""One recording of a dataset, found but not yet read."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from .formats.audio_file import read_audio, read_audio_header
from .formats.channels import CALL_LEAD_DB, DEAD_LEAD_DB
from .formats.clip_set import Clip
from .formats.edge_ai import GROUND_TRUTH_FILE, read_edge_ai
from .formats.session_folder import (
    IMU_FILE,
    LABELS_FILE,
    SESSION_FILE,
    read_session,
)
from .input_error import InputError, OnFault, refuse
from .recording import AUDIO_RATE_HZ, IMU_RATE_HZ, Label, Recording

__all__ = ["ALL_PARTS", "Layout", "Part", "SessionRef"]


Layout = Literal["session", "edge-ai", "clip", "wav"]


Part = Literal["audio", "imu", "labels", "names"]
"""What a recording is made of; its names are those of the subject and of what it does."""


ALL_PARTS: frozenset[Part] = frozenset(("audio", "imu", "labels", "names"))


_PART_OF_FILE: dict[str, Part] = {
    IMU_FILE: "imu",
    LABELS_FILE: "labels",
    GROUND_TRUTH_FILE: "labels",
    SESSION_FILE: "names",
}


@dataclass(frozen=True)
class SessionRef:
    """One recording of a dataset, found but not yet read.

    Attributes
    ----------
    name
        Path relative to the dataset, with ``/`` between parts.
    path
        The session folder or the audio file.
    layout
        ``"session"``, ``"edge-ai"``, ``"clip"`` (an audio file in a folder of its class) or ``"wav"`` (a lone
        audio file).
    subject, movement, background
        As in `Recording`. A session that names no subject belongs to that of the folder around it, and if it
        lies at the top of the dataset, to one of its own. A clip belongs to its person or source.
    audio_path
        The audio file; None for a session of motion only.
    has_imu, labelled
        Whether there are motion data, and annotations.
    collection
        What it was collected in: of a clip the name of its set, of others the first folder of `name`, empty
        at the top of the dataset.
    clip
        Class, source and spans of a clip; None for others.
    names_subject
        Whether ``session.json`` names the subject.
    spelt
        The subject as the recording's own files spell it, where that is another spelling of `subject`.
    start
        Date and time of day of the first sample, as ``session.json`` gives them; None where it does not.
    facts
        What else ``session.json`` says, as `SessionInfo.facts`.
    """

    name: str
    path: Path
    layout: Layout
    subject: str
    movement: str
    background: str
    audio_path: Path | None
    has_imu: bool
    labelled: bool
    collection: str = ""
    clip: Clip | None = None
    names_subject: bool = False
    spelt: str = ""
    start: datetime | None = None
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def duration_s(self) -> float:
        """Length in seconds, from the audio's header; of motion without audio, from its rows.

        Raises
        ------
        InputError
            The file is at fault.
        """
        if self.audio_path is not None:
            return read_audio_header(self.audio_path).duration_s
        return self.load().duration_s

    @property
    def whole_seconds(self) -> int:
        """Length of the sound for a progress, at least 1, also where it cannot be read."""
        if self.audio_path is None:
            return 1
        try:
            return max(round(read_audio_header(self.audio_path).duration_s), 1)
        except InputError:
            return 1

    @property
    def lead_db(self) -> float:
        """Energy by which another channel than the first has to be louder to be read, in dB."""
        return CALL_LEAD_DB if self.layout == "clip" else DEAD_LEAD_DB

    def load(
        self,
        *,
        audio_rate_hz: int = AUDIO_RATE_HZ,
        imu_rate_hz: float = IMU_RATE_HZ,
        on_fault: OnFault = refuse,
        needs: frozenset[Part] = ALL_PARTS,
    ) -> Recording:
        """Read the recording.

        Parameters
        ----------
        audio_rate_hz, imu_rate_hz
            Sample rates of the result, in Hz.
        on_fault
            Called with faults other than the audio's; what is at fault is left out if it returns.
        needs
            Parts that are used. A fault of another part is passed over, and the part left out.

        Returns
        -------
        Recording
            The recording, under the name of this reference.

        Raises
        ------
        InputError
            A file of it cannot be used.
        """
        if self.layout in ("clip", "wav"):
            return self._load_audio_file(audio_rate_hz, imu_rate_hz, needs)

        def note(fault: InputError) -> None:
            if _PART_OF_FILE.get(Path(fault.path).name.casefold(), "audio") in needs:
                on_fault(fault)

        if self.layout == "edge-ai":
            found = read_edge_ai(
                self.path,
                name=self.name,
                audio_rate_hz=audio_rate_hz,
                imu_rate_hz=imu_rate_hz,
                on_fault=note,
            )
            return replace(found, subject=self.subject)
        read = functools.partial(
            read_session,
            self.path,
            name=self.name,
            subject=self.subject,
            audio_rate_hz=audio_rate_hz,
            imu_rate_hz=imu_rate_hz,
            on_fault=note,
        )
        try:
            return replace(read(), subject=self.subject)
        except InputError:
            if "audio" in needs or not self.has_imu:
                raise
            return replace(read(motion_only=True), subject=self.subject)

    def _load_audio_file(self, audio_rate_hz: int, imu_rate_hz: float, needs: frozenset[Part]) -> Recording:
        audio = read_audio(self.path, audio_rate_hz=audio_rate_hz, lead_db=self.lead_db)
        labels: tuple[Label, ...] = ()
        try:
            if self.clip is not None:
                labels = self.clip.labels(len(audio) / audio_rate_hz)
        except InputError:
            if "labels" in needs:
                raise
        return Recording(
            name=self.name,
            audio=audio,
            audio_rate_hz=audio_rate_hz,
            imu=None,
            imu_rate_hz=imu_rate_hz,
            labels=labels,
            labelled=self.labelled,
            subject=self.subject,
            path=self.path,
        )
