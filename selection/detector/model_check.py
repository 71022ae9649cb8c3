"""What a detector file says about its models, held against the catalogue and the models themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from ...data.input_error import InputError
from ...signal.plan import AudioPlan, ImuPlan
from ..trees.xgboost_reader import read_xgboost

__all__ = ["MOST_BYTES", "MOST_NODES", "check_gyroscope", "check_models"]

MOST_NODES = 1 << 17
"""Nodes of one model: 1 MB of flash in the smallest form, all that most microcontrollers have."""

MOST_BYTES = 64_000_000
"""Bytes of a detector file; twice `MOST_NODES` take some 20 MB."""


class _Model(Protocol):
    @property
    def features(self) -> tuple[str, ...]: ...

    @property
    def model(self) -> dict[str, Any]: ...

    @property
    def plan(self) -> AudioPlan | ImuPlan: ...


def check_models(file: Path, models: Mapping[str, _Model]) -> None:
    """Refuse features that the catalogue does not have, and models that do not fit them or any device.

    Parameters
    ----------
    file
        The detector file, for messages.
    models
        Those that there are, by modality.

    Raises
    ------
    InputError
        The first fault.
    """
    from ...signal.catalogue import features

    for name, part in models.items():
        plan = part.plan if isinstance(part.plan, AudioPlan) else None
        for number, feature in enumerate(part.features):
            try:
                features([feature], "imu" if plan is None else "audio", plan)
            except KeyError as error:
                raise InputError(file, str(error.args[0]), field=f"{name}.features[{number}]") from None
        trees = read_xgboost(part.model, source=str(file), field=f"{name}.model")
        if trees.n_features != len(part.features):
            raise InputError(
                file,
                f"the model has {trees.n_features} columns, features lists {len(part.features)}",
                field=f"{name}.model",
            )
        if trees.n_nodes > MOST_NODES:
            raise InputError(
                file,
                f"the model has {trees.n_nodes:,} nodes, a detector's model has at most {MOST_NODES:,}",
                field=f"{name}.model",
                remedy="train with fewer or smaller trees",
            )


def check_gyroscope(file: Path, looked_at: Iterable[str], *, said: bool) -> None:
    """Refuse a statement about the gyroscope that the features do not bear out.

    Raises
    ------
    InputError
        The file says that one is needed and no feature looks at it, or the other way round.
    """
    from ...signal.catalogue import needs_gyroscope

    needed = needs_gyroscope(looked_at)
    if said != needed:
        feature = "a feature" if needed else "no feature"
        raise InputError(
            file,
            f"{feature} looks at angular rates",
            field="motion_sensor.gyroscope",
            remedy=f"it must be {str(needed).lower()}",
        )
