"""The feature catalogue: every feature the reference computes and the firmware can.

One table serves training (ids and families), the exporter (the C expression and the nodes), the cost model
(a node is paid once, however many features use it) and ``docs/features.md``. The rows stand in
:mod:`tussis.signal.audio_rows` and :mod:`tussis.signal.imu_rows`, the nodes of the audio path in
:mod:`tussis.signal.audio_nodes`.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache

from .audio_rows import audio_rows
from .feature import Feature, Modality
from .imu_health import imu_axes
from .imu_rows import imu_rows
from .plan import AudioPlan


@cache
def audio_catalogue(plan: AudioPlan | None = None) -> dict[str, Feature]:
    """Return the audio features by id; the number of mel bands comes from `plan`."""
    return {row.id: row for row in audio_rows((plan or AudioPlan()).mel_bands)}


@cache
def imu_catalogue() -> dict[str, Feature]:
    """Return the motion features by id."""
    return {row.id: row for row in imu_rows()}


def catalogue() -> dict[str, Feature]:
    """Return every feature of the default plan by id, audio first."""
    return audio_catalogue() | imu_catalogue()


def feature_ids(modality: Modality, plan: AudioPlan | None = None) -> tuple[str, ...]:
    """Return the ids of one modality in catalogue order."""
    return tuple(audio_catalogue(plan) if modality == "audio" else imu_catalogue())


def features(ids: Iterable[str], modality: Modality, plan: AudioPlan | None = None) -> tuple[Feature, ...]:
    """Look up ids in order.

    Parameters
    ----------
    ids : iterable of str
        Feature ids to look up.
    modality : "audio" or "imu"
        Which half of the catalogue.
    plan : AudioPlan, optional
        Plan of the audio features.

    Raises
    ------
    KeyError
        Naming the unknown id and the nearest known one.

    Examples
    --------
    >>> features(["env_attack2"], "audio")[0].unit
    'octave'
    """
    table = audio_catalogue(plan) if modality == "audio" else imu_catalogue()
    found = []
    for name in ids:
        if name not in table:
            near = get_close_matches(name, table, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise KeyError(f"{name!r} is not an {modality} feature{hint}")
        found.append(table[name])
    return tuple(found)


def needs_gyroscope(ids: Iterable[str]) -> bool:
    """Say whether any of these motion features looks at angular rates.

    Examples
    --------
    >>> needs_gyroscope(["accnorm_rms"]), needs_gyroscope(["accnorm_rms", "gyrox_rms"])
    (False, True)
    """
    return imu_axes(features(ids, "imu")) > 3
