"""What a detector was taught by, and what about it a reader of its scores should know."""

from __future__ import annotations

from collections.abc import Iterator

from ..detector.provenance import Source
from ..windows.dataset_features import DatasetFeatures
from ..windows.session_features import SessionFeatures
from .operating_points import MIN_BACKGROUND_S

__all__ = ["NOT_READ", "doubts_about", "sources_of"]

WHOLE_SHARE = 0.9
LONG_COUGH_S = 1.5
"""A label that fills this share of a recording and is this long is the recording's class, not a bound."""

NAMED_AT_MOST = 10

NOT_READ = "not read: "
"""How a doubt begins that says which sessions could not be read."""


def sources_of(data: DatasetFeatures) -> list[Source]:
    """List the collections: recordings, people or sources, hours and coughs of each."""
    sources = []
    for collection in sorted({session.collection for session in data.sessions}):
        own = [
            session
            for session in data.sessions
            if session.collection == collection and not session.variant_of
        ]
        sources.append(
            Source(
                collection=collection,
                recordings=len(own),
                groups=len({session.subject for session in own}),
                hours=round(sum(session.duration_s for session in own) / 3600.0, 4),
                coughs=sum(len(session.coughs) for session in own),
                left_out=sum(left.collection == collection for left in data.left_out),
            )
        )
    return sources


def doubts_about(data: DatasetFeatures) -> list[str]:
    """Say in one sentence each what makes the scores of a training on these recordings say less.

    Parameters
    ----------
    data
        Features of the dataset, with weak labels replaced by proposals.
    """
    recordings = [session for session in data.sessions if not session.variant_of]
    with_sound = [session for session in recordings if session.audio is not None]
    return [
        *_about_others(with_sound),
        *_about_bounds(with_sound),
        *_about_files(data),
        *_about_left_out(data),
    ]


def _about_others(sessions: list[SessionFeatures]) -> Iterator[str]:
    if not sessions:
        return
    named = {
        label.name.strip().casefold()
        for session in sessions
        for label in session.labels
        if label.is_other and label.name.strip()
    }
    outside_s = sum(session.duration_s for session in sessions) - sum(
        label.end_s - label.start_s for session in sessions for label in session.labels if label.is_cough
    )
    if outside_s < MIN_BACKGROUND_S:
        yield (
            f"the set holds {outside_s:.0f} s outside coughs: it has no background, and its scores do not say"
            " how often the detector is wrong in use"
        )
    elif not named:
        yield (
            "no sound but coughs is labelled: the set may hold no everyday sound, and the detector may take"
            " speech, laughter or a slammed door for a cough"
        )
    elif len(named) == 1:
        yield f"the only sound labelled besides coughs is {next(iter(named))}: everyday sound is missing"


def _about_bounds(sessions: list[SessionFeatures]) -> Iterator[str]:
    proposed = [
        session for session in sessions if any(label.is_unsure for label in session.labels) and session.coughs
    ]
    if proposed:
        yield (
            f"{len(proposed)} clips say only that coughs are in them: where, was proposed by level and"
            " checked by models out of fold (tussis label writes the tracks to look at)"
        )
    whole = [
        session.name
        for session in sessions
        for label in session.labels
        if label.is_bounded_cough
        and label.end_s - label.start_s > max(LONG_COUGH_S, WHOLE_SHARE * session.duration_s)
    ]
    if whole:
        yield (
            f"{len(whole)} coughs are labelled over the whole recording, the first in {whole[0]}: such labels"
            " do not bound a cough; put the recordings into a folder named cough, so that they count as clips"
        )


def _about_files(data: DatasetFeatures) -> Iterator[str]:
    if data.doubts:
        many = (
            f"{len(data.doubts)} doubts (tussis info lists them), the first"
            if len(data.doubts) > 1
            else "doubt"
        )
        yield f"{many}: {data.doubts[0]}"
    if data.unreadable:
        yield (
            f"{NOT_READ}{len(data.unreadable)} sessions cannot be read and taught nothing, the first:"
            f" {data.unreadable[0].reason}"
        )


def _about_left_out(data: DatasetFeatures) -> Iterator[str]:
    for left in data.left_out[:NAMED_AT_MOST]:
        yield f"left out: {left.name}: {left.reason}"
    if len(data.left_out) > NAMED_AT_MOST:
        yield f"left out: {len(data.left_out) - NAMED_AT_MOST} more clips; tussis info lists what is wrong"
