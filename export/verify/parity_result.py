"""What comparing executions found: how far each feature is off, and where they first differ."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["Difference", "FeatureParity", "Parity"]


@dataclass
class FeatureParity:
    """How far one feature of the C is from the reference, over all windows compared.

    Attributes
    ----------
    id : str
        Feature id.
    tolerance : float
        Largest error allowed: relative, absolute below one; 0 demands equal values.
    windows : int
        Windows compared, executions counted apart.
    differing : int
        Windows in which the value is not the same float.
    worst_absolute, worst_relative : float
        Largest errors; the relative one is absolute where the reference lies below one.
    where : str
        Session, execution and window of the worst error; empty while there is none.
    """

    id: str
    tolerance: float
    windows: int = 0
    differing: int = 0
    worst_absolute: float = 0.0
    worst_relative: float = 0.0
    where: str = ""

    @property
    def passed(self) -> bool:
        """Whether every value lies within the tolerance."""
        return self.worst_relative <= self.tolerance

    def add(self, more: FeatureParity) -> None:
        """Add windows that were compared after these; of equal errors the first is the worst."""
        self.windows += more.windows
        self.differing += more.differing
        self.worst_absolute = max(self.worst_absolute, more.worst_absolute)
        if more.worst_relative > self.worst_relative:
            self.worst_relative, self.where = more.worst_relative, more.where


@dataclass(frozen=True)
class Difference:
    """One thing in which an execution left the reference: the first of its session and mode.

    Attributes
    ----------
    session, mode, execution : str
        Session, mode and execution in which it was seen.
    stage : str
        ``"feature ID"``, ``"audio model"``, ``"IMU model"``, ``"IMU windows"``, ``"gate"``, ``"events"``.
    time_s : float
        Start of the window or event.
    detail : str
        Expected and found.
    """

    session: str
    mode: str
    execution: str
    stage: str
    time_s: float
    detail: str


@dataclass
class Parity:
    """Result of `tussis.export.verify.parity.verify`.

    Attributes
    ----------
    project : str
        What was compared.
    compilers : dict of str to str
        Compiler of each execution.
    modified_files : list of str
        Files of the project that are not as exported, by the hashes in its manifest, or are gone.
    added_files : list of str
        C files and headers that the export did not write, in folders whose files are compiled.
    sessions : int
        Number of recordings compared.
    windows : dict
        Windows compared, by execution.
    events : dict
        Events found over all sessions and modes, by execution, the reference among them.
    differing_events, differing_windows, differing_margins : int
        Events in one list and not in the other; windows evaluated by one and not the other; margins that are
        not the same float. Summed over both executions.
    features : dict of str to FeatureParity
        Parity of each feature, by its id.
    first_differences : list of Difference
        The first difference of each session, mode and execution that has one.
    unreadable : list of str
        Why recordings could not be compared, one line each.
    """

    project: str
    compilers: dict[str, str] = field(default_factory=dict)
    modified_files: list[str] = field(default_factory=list)
    added_files: list[str] = field(default_factory=list)
    sessions: int = 0
    windows: dict[str, int] = field(default_factory=dict)
    events: dict[str, int] = field(default_factory=dict)
    differing_events: int = 0
    differing_windows: int = 0
    differing_margins: int = 0
    features: dict[str, FeatureParity] = field(default_factory=dict)
    first_differences: list[Difference] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    def add(self, more: Parity) -> None:
        """Add what comparing further recordings found, after all that is here."""
        self.sessions += more.sessions
        for own, others in ((self.windows, more.windows), (self.events, more.events)):
            for name, count in others.items():
                own[name] = own.get(name, 0) + count
        self.differing_events += more.differing_events
        self.differing_windows += more.differing_windows
        self.differing_margins += more.differing_margins
        for name, found in more.features.items():
            self.features.setdefault(name, FeatureParity(name, found.tolerance)).add(found)
        self.first_differences.extend(more.first_differences)
        self.unreadable.extend(more.unreadable)

    @property
    def worst(self) -> FeatureParity | None:
        """Feature with the largest error; the first one where none has any."""
        return max(self.features.values(), key=lambda f: f.worst_relative, default=None)

    @property
    def passed(self) -> bool:
        """Whether events and evaluated windows are equal and every feature lies within its tolerance."""
        return (
            not self.differing_events
            and not self.differing_windows
            and all(f.passed for f in self.features.values())
        )

    def as_dict(self) -> dict[str, Any]:
        """Render for ``--json``."""
        worst = self.worst
        return {
            "passed": self.passed,
            "project": self.project,
            "compilers": self.compilers,
            "modified_files": self.modified_files,
            "added_files": self.added_files,
            "sessions": self.sessions,
            "windows": self.windows,
            "events": self.events,
            "differing_events": self.differing_events,
            "differing_windows": self.differing_windows,
            "differing_margins": self.differing_margins,
            "worst_error": worst.worst_relative if worst else 0.0,
            "worst_feature": worst.id if worst else "",
            "features": [{**asdict(f), "passed": f.passed} for f in self.features.values()],
            "first_differences": [asdict(d) for d in self.first_differences],
            "unreadable": self.unreadable,
        }
