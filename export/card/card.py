"""What a detector file says about itself, in plain words: the model card that `tussis describe` shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...data.download.public_sets import PUBLIC_SETS
from ...selection.detector.detector_file import Detector, load_detector
from ...selection.detector.operating_points import ModalityPoint
from ...selection.detector.point_name import POINT_NAMES
from ...selection.detector.provenance import Source
from ...selection.detector.shipped import SHIPPED
from .shipped_limits import LIMITS

__all__ = ["CITATION", "NOT_A_DEVICE", "Card", "CardSection", "CardTable", "make_card"]

NOT_A_DEVICE = (
    "Not a medical device: it counts sounds and movements that look like coughs. It diagnoses nothing, no"
    " authority has cleared it, and nobody should be treated, or not treated, because of what it says."
)
CITATION = "The tussis authors. tussis (version {version}) [software]. Apache-2.0."
_MODELS = {"audio": "sound", "imu": "motion"}
_ERRORS = {
    "audio": "sound alone",
    "imu": "motion alone",
    "gated": "motion wakes sound",
}


@dataclass(frozen=True)
class CardTable:
    """Rows of words; the first column names its row."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class CardSection:
    """A heading, sentences, points of a list, and a table."""

    title: str
    text: str = ""
    points: tuple[str, ...] = ()
    table: CardTable | None = None


@dataclass(frozen=True)
class Card:
    """A model card.

    Attributes
    ----------
    title
        Name of the detector.
    sections
        What is said about it.
    """

    title: str
    sections: tuple[CardSection, ...]


def make_card(model: str) -> Card:
    """Say what a detector was taught by, what it scored, where it ends, and how to cite it.

    Parameters
    ----------
    model
        A detector file, or the name of one that ships.

    Raises
    ------
    InputError
        The file is no detector.

    Examples
    --------
    >>> [section.title for section in make_card("default").sections][:3]
    ['What it is', 'What it was taught by', 'What it scored']
    """
    detector = load_detector(model)
    found = [
        _what(detector),
        _taught(detector),
        _scores(detector),
        _points(detector),
        _limits(detector, shipped=model in SHIPPED),
        _cite(detector),
        _origin(detector),
    ]
    return Card(f"Detector {model}", tuple(section for section in found if section is not None))


def _what(detector: Detector) -> CardSection:
    parts = []
    for name, model in (("sound", detector.audio), ("motion", detector.imu)):
        if model is not None:
            size = f"{len(model.features)} features, {model.trees.n_trees} trees of depth {model.trees.depth}"
            parts.append(f"The {name} model looks at windows of {model.plan.window_s:g} s: {size}.")
    if detector.audio is not None and detector.imu is not None:
        parts.append("In mode gated the motion model decides when the sound model listens.")
    if detector.imu is not None:
        gyroscope = "needs a gyroscope" if detector.motion_need.gyroscope else "needs no gyroscope"
        parts.append(f"It {gyroscope}.")
    return CardSection("What it is", f"{NOT_A_DEVICE} {' '.join(parts)}")


def _taught(detector: Detector) -> CardSection:
    sources = detector.provenance.sources
    if not sources:
        return CardSection("What it was taught by", "The file does not say what it was taught by.")
    rows = tuple(
        (
            source.collection or "sessions",
            f"{source.recordings:,}",
            f"{source.groups:,}",
            f"{source.hours:.2f}",
            f"{source.coughs:,}",
            source.licence or "not stated",
        )
        for source in sources
    )
    hours, coughs = sum(one.hours for one in sources), sum(one.coughs for one in sources)
    made = [one for one in sources if _is_made(one)]
    text = f"{hours:.1f} hours of recordings with {coughs:,} coughs."
    if made and coughs:
        text += (
            f" {sum(one.coughs for one in made) / coughs:.0%} of the coughs are in synthetic or composed"
            " recordings, of which the composed ones repeat coughs of the others."
        )
    head = ("collection", "recordings", "people or sources", "hours", "coughs", "licence")
    return CardSection("What it was taught by", text, table=CardTable(head, rows))


def _is_made(source: Source) -> bool:
    return source.url.startswith("tussis ")


def _scores(detector: Detector) -> CardSection:
    scores: Any = detector.provenance.scores.get("out_of_fold")
    if not isinstance(scores, Mapping):
        return CardSection("What it scored", "The file holds no scores.")
    rows = tuple(
        (
            _ERRORS.get(str(mode), str(mode)),
            _number(found.get("f1")),
            _share(found.get("sensitivity")),
            _share(found.get("precision")),
            _number(found.get("fp_per_hour"), 1),
            str(found.get("ref", "")),
        )
        for mode, found in scores.items()
        if isinstance(found, Mapping)
    )
    text = (
        "Each person's recordings were judged by models that had not met that person. Features and thresholds"
        " were chosen on all of them, so expect a little less elsewhere. Precision and false events per hour"
        " depend on how many coughs there are among other sounds: yours will differ."
    )
    head = ("mode", "event F1", "coughs found", "precision", "false per hour", "reference events")
    return CardSection("What it scored", text, table=CardTable(head, rows))


def _points(detector: Detector) -> CardSection | None:
    points = detector.operating_points
    if points is None:
        return None
    rows = []
    for name in POINT_NAMES:
        for key, title in _MODELS.items():
            point: ModalityPoint | None = getattr(points.named(name), key)
            if point is not None:
                cells = (f"{point.threshold:.3f}", _share(point.sensitivity), f"{point.false_per_hour:.1f}")
                rows.append((f"{name}, {title}", *cells, f"{point.hours:.1f}"))
    text = (
        "A higher threshold finds fewer coughs and makes fewer false events. Choose with --point, --threshold"
        " or --false-per-hour."
    )
    head = ("point", "threshold", "coughs found", "false per hour", "hours of other sound")
    return CardSection("Operating points", text, table=CardTable(head, tuple(rows)))


def _limits(detector: Detector, *, shipped: bool) -> CardSection:
    found = list(LIMITS) if shipped else []
    people = sum(source.groups for source in detector.provenance.sources if not _is_made(source))
    if detector.provenance.sources and people < 20:
        found.append(f"It was taught by {people} people or sources that were recorded: others may differ.")
    if any(_is_made(source) for source in detector.provenance.sources):
        found.append(
            "Part of what it learned from is synthetic: real microphones, rooms and bodies vary more."
        )
    points = detector.operating_points
    for key, title in _MODELS.items():
        point = getattr(points.balanced, key) if points is not None else None
        if point is not None and point.hours < 10:
            found.append(
                f"Its false events per hour of {title} were counted in {point.hours:.1f} hours only; a day"
                " holds sounds that were not among them."
            )
    found += [f"Doubt noted in training: {doubt}." for doubt in detector.provenance.doubts]
    found.append("Judge it on your own people before you trust it: tussis evaluate RECORDINGS --model FILE.")
    return CardSection("Limits", points=tuple(found))


def _cite(detector: Detector) -> CardSection:
    version = detector.provenance.versions.get("tussis", "")
    lines = [CITATION.format(version=version) if version else CITATION.replace(" (version {version})", "")]
    for source in detector.provenance.sources:
        known = PUBLIC_SETS.get(source.collection)
        if known is not None:
            lines.append(known.citation + ".")
        elif source.url and not _is_made(source):
            lines.append(f"{source.collection}, {source.url}.")
    text = "Cite the software by its version, the detector by its data hash, and what it was taught by."
    return CardSection("How to cite", text, tuple(lines))


def _origin(detector: Detector) -> CardSection:
    origin = detector.provenance
    rows = [("made by", origin.command or origin.created_by or "not stated")]
    rows += [("data hash", origin.data_hash)] if origin.data_hash else []
    rows += [(name, number) for name, number in sorted(origin.versions.items())]
    return CardSection("Where it comes from", table=CardTable(("what", "value"), tuple(rows)))


def _number(value: object, digits: int = 2) -> str:
    return f"{value:.{digits}f}" if isinstance(value, int | float) else "undefined"


def _share(value: object) -> str:
    return f"{100 * value:.0f} %" if isinstance(value, int | float) else "undefined"
