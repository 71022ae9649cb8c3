"""The verbs that prepare recordings: label, compose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ..data.counted_words import counted
from ..data.input_error import InputError
from .console import ProgressDisplay, note, print_json
from .options import MOST_SEED, Json

__all__ = ["compose", "label", "note_doubts", "note_some"]

_SHOWN = 5


def note_some(what: str, lines: Sequence[str]) -> None:
    """Say on stderr what is listed, a line each, and of many how many more there are."""
    for line in lines[:_SHOWN]:
        note(f"{what}: {line}")
    if len(lines) > _SHOWN:
        note(f"{what}: {len(lines) - _SHOWN} more; tussis info lists what is wrong")


def note_trained_on(known: Sequence[str], recordings: int) -> None:
    """Say on stderr which recordings the detector was trained on, and what that does to its figures."""
    if known:
        note(
            f"the detector was trained on {len(known)} of {recordings} of these recordings,"
            f" the first {known[0]}: the score says little about others;"
            " tussis evaluate --cross-validate answers for new people"
        )


def note_doubts(doubts: Sequence[str]) -> None:
    """Say in one line on stderr what `tussis info` would doubt."""
    if doubts:
        many = f"{len(doubts)} doubts (tussis info lists them), the first" if len(doubts) > 1 else "doubt"
        note(f"{many}: {doubts[0]}")


def label(
    clips: Annotated[Path, typer.Argument(help="Clips in folders of their class, NAME/<class>/<file>.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the tracks. Default: beside each clip, where they are read."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="A detector that checks the proposals, or 'default'. Default: models trained here, each"
            " without the clips that it checks."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Propose where the coughs of cough clips are, with a confidence, as label tracks for Audacity."""
    from ..selection.detector.detector_file import load_detector
    from ..selection.training.label_tracks import label_clips

    detector = load_detector(model) if model is not None else None
    with ProgressDisplay() as progress:
        found = label_clips(clips, out=out, detector=detector, progress=progress)
    for left in found.left_out:
        note(f"left out: {left.name}: {left.reason}")
    note(
        f"written: {counted(len(found.tracks), 'label track')}, {counted(found.coughs, 'cough')};"
        f" {counted(found.unsure, 'unsure stretch', 'unsure stretches')} to look at in Audacity"
    )
    if as_json:
        rows = {name: [asdict(label) for label in labels] for name, labels in found.labels.items()}
        print_json({"tracks": {name: str(path) for name, path in found.tracks.items()}, "labels": rows})


_RATES = "How often things happen"
_SIZE = "How much"


def compose(
    clips: Annotated[
        list[Path],
        typer.Argument(metavar="CLIPS... OUT", help="Folders of clips, then the dataset to write."),
    ],
    people: Annotated[
        int | None,
        typer.Option(
            help="How many people. Default: 15, with --life 12, or four fifths of the groups of coughs.",
            rich_help_panel=_SIZE,
        ),
    ] = None,
    hours: Annotated[
        float | None,
        typer.Option(help="Hours of all people together. Default with --life: 24.", rich_help_panel=_SIZE),
    ] = None,
    sessions: Annotated[
        int | None,
        typer.Option(help="Sessions of each person, in place of --hours. Default: 2.", rich_help_panel=_SIZE),
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(
            help="Length of a session, 5 to 600. Default: 60, with --life 300.", rich_help_panel=_SIZE
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Same seed and clips, same bytes.", min=0, max=MOST_SEED)] = 0,
    life: Annotated[
        bool, typer.Option("--life", help="A day with its night, mostly quiet, as FLAC; else crowded.")
    ] = False,
    coughs_per_hour: Annotated[
        float | None,
        typer.Option(help="Coughs. Default: 600, with --life 12.", rich_help_panel=_RATES),
    ] = None,
    speech_per_hour: Annotated[
        float | None,
        typer.Option(help="Turns of speech. Default: 240, with --life 90.", rich_help_panel=_RATES),
    ] = None,
    everyday_per_hour: Annotated[
        float | None,
        typer.Option(help="Everyday sounds. Default: 300, with --life 60.", rich_help_panel=_RATES),
    ] = None,
    motion: Annotated[
        Path | None,
        typer.Option(help="Sessions of real motion without sound. Default: synthetic motion."),
    ] = None,
    sound_only: Annotated[bool, typer.Option("--sound-only", help="Write no motion.")] = False,
    only_group_share: Annotated[
        str | None,
        typer.Option(
            metavar="FROM-TO", help="Use a part of all people and sources: 0-0.8, and 0.8-1 for the rest."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Compose labelled sessions from clips of coughs and other sounds: places, people around, motion."""
    from ..data.corpus.cast import GroupShare
    from ..data.corpus.composition import compose as compose_sessions

    if len(clips) < 2:
        raise InputError(
            "compose", "one folder is named", remedy="name folders of clips, then the one to write"
        )
    with ProgressDisplay() as progress:
        made = compose_sessions(
            clips[:-1],
            clips[-1],
            people=people,
            hours=hours,
            sessions=sessions,
            session_s=seconds,
            seed=seed,
            life=life,
            coughs_per_hour=coughs_per_hour,
            speech_per_hour=speech_per_hour,
            everyday_per_hour=everyday_per_hour,
            motion=motion,
            sound_only=sound_only,
            share=None if only_group_share is None else GroupShare.parse(only_group_share),
            progress=progress,
        )
    for left in made.left_out:
        note(f"left out: {left.name}: {left.reason}")
    for text in made.doubts(motion is not None):
        note(text)
    note(f"written: {made.sessions} sessions of {len(made.people)} people")
    note(f"look at them with: tussis info {made.path}")
    if as_json:
        print_json(made.as_json())
