"""The budget file: what a detector may cost, and what to say where it cannot be met."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ...data.input_error import InputError
from ...data.untrusted import read_toml

__all__ = [
    "Budget",
    "DevicePrice",
    "Excess",
    "ModalityBudget",
    "SensorChoice",
    "TotalBudget",
    "load_budget",
    "refuse_excess",
]

_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False, strict=True)]
_Count = Annotated[int, Field(gt=0, strict=True)]
_Parts = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]


@dataclass(frozen=True)
class DevicePrice:
    """What computing costs on one device at one clock.

    Parameters
    ----------
    name
        Name of the device.
    clock_hz
        Clock of the core, in Hz.
    power_uw
        Power while the core computes, in uW.
    """

    name: str
    clock_hz: float
    power_uw: float

    @property
    def uj_per_cycle(self) -> float:
        """Energy of one cycle in uJ."""
        return self.power_uw / self.clock_hz


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ModalityBudget(_Table):
    """Limits of one modality while it runs.

    Attributes
    ----------
    cycles_per_second
        Cycles per second of recording.
    uj_per_second
        Energy of computing, in uJ per second of recording.
    ms_per_window
        Computing time per window, in ms: all work of one hop.
    features
        Number of features.
    """

    cycles_per_second: _Positive | None = None
    uj_per_second: _Positive | None = None
    ms_per_window: _Positive | None = None
    features: _Count | None = None

    def most_cycles(self, window_hz: float, price: DevicePrice | None) -> float:
        """Cycles per second allowed by the tightest of the three limits; infinite without any.

        Parameters
        ----------
        window_hz
            Windows per second.
        price
            Price of the device's cycles; needed for the limits in uJ and ms.
        """
        limits = [float("inf")]
        if self.cycles_per_second is not None:
            limits.append(self.cycles_per_second)
        if price is not None and self.uj_per_second is not None:
            limits.append(self.uj_per_second / price.uj_per_cycle)
        if price is not None and self.ms_per_window is not None:
            limits.append(self.ms_per_window * 1e-3 * price.clock_hz * window_hz)
        return min(limits)

    @property
    def needs_device(self) -> bool:
        """Whether a limit is in uJ or ms."""
        return self.uj_per_second is not None or self.ms_per_window is not None


class TotalBudget(_Table):
    """Limits of the exported image, and of the gated mode on the training data.

    Attributes
    ----------
    flash_bytes, ram_bytes
        Flash and RAM of the image, in bytes; RAM without the stack.
    uj_per_second
        Energy of computing in gated mode (audio mode where there is no motion), uJ per second.
    board_uj_per_second
        Energy of everything on the board: core, capture, microphone, motion sensor.
    battery_days
        How long the battery lasts at least.
    """

    flash_bytes: _Count | None = None
    ram_bytes: _Count | None = None
    uj_per_second: _Positive | None = None
    board_uj_per_second: _Positive | None = None
    battery_days: _Positive | None = None

    @property
    def limits_board(self) -> bool:
        """Whether the energy of the whole board is limited."""
        return self.board_uj_per_second is not None or self.battery_days is not None

    @property
    def limits_energy(self) -> bool:
        """Whether energy is limited, of computing or of the board."""
        return self.uj_per_second is not None or self.limits_board


class SensorChoice(_Table):
    """Parts that a search may choose from.

    Attributes
    ----------
    motion, microphone
        Names as `tussis estimate` takes them; None is every known part.
    operating_points
        Modes of motion sensors, ``PART:MODE``, that motion is taught at in turn, for another rate or other
        bits; None is the one of the training plan.
    """

    motion: _Parts | None = None
    microphone: _Parts | None = None
    operating_points: _Parts | None = None


class Budget(_Table):
    """A budget file. Every key is optional; an unknown key is an error."""

    device: str | None = None
    audio: ModalityBudget = ModalityBudget()
    imu: ModalityBudget = ModalityBudget()
    total: TotalBudget = TotalBudget()
    sensors: SensorChoice = SensorChoice()

    @model_validator(mode="after")
    def _device_is_given(self) -> Budget:
        in_uj, in_days = "has a limit in uJ or ms", "has a limit in days"
        for name, needed, what in (
            ("audio", self.audio.needs_device, in_uj),
            ("imu", self.imu.needs_device, in_uj),
            ("total", self.total.uj_per_second or self.total.board_uj_per_second, in_uj),
            ("total", self.total.battery_days, in_days),
            ("sensors", self.sensors != SensorChoice(), "names parts of a board"),
        ):
            if needed and self.device is None:
                raise ValueError(f"[{name}] {what}, which needs `device`")
        return self

    def as_document(self) -> dict[str, Any]:
        """Only what the file says, for the detector's provenance."""
        return self.model_dump(mode="json", exclude_none=True, exclude_defaults=True)


def load_budget(path: str | PathLike[str]) -> Budget:
    """Read a budget file.

    Parameters
    ----------
    path
        A TOML file; the keys are those of `Budget`.

    Raises
    ------
    InputError
        It cannot be read, is not TOML, or has an unknown key or a bad value.
    """
    file = Path(path)
    document = read_toml(file)
    try:
        return Budget.model_validate(document)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"]))
        if fault["type"] == "extra_forbidden":
            raise InputError(file, "unknown key", field=where, remedy=_known_keys(fault["loc"])) from None
        problem, remedy = _in_words(str((*fault["loc"], "")[0]), fault["type"], fault["msg"], fault["input"])
        raise InputError(file, problem, field=where or None, remedy=remedy) from None


def _in_words(place: str, kind: str, message: str, given: Any) -> tuple[str, str | None]:
    """Say what is wrong with a value, and what would do."""
    if kind == "value_error":
        return message.removeprefix("Value error, "), 'add a line such as device = "nrf5340" at the top'
    if kind == "model_type":
        return (
            f"is {given!r}, not a table",
            "write it as [audio], [imu], [total] or [sensors] with keys below it",
        )
    if kind in ("tuple_type", "too_short"):
        problem = f"is {given!r}, not a list of parts"
        return problem, 'write it like ["lis2dh12", "bmi270"], or leave it out'
    if kind == "string_type":
        what, such = ("part", "lis2dh12") if place == "sensors" else ("device", "nrf5340")
        return f"is {given!r}, not a name", f'give the name of a {what} in quotes, such as "{such}"'
    wanted = "a whole number" if kind.startswith("int") or isinstance(given, int) else "a number"
    wanted += " above 0"
    return f"is {given!r}, not {wanted}", f"give {wanted} without quotes, or leave it out"


def _known_keys(location: tuple[int | str, ...]) -> str:
    tables: dict[str, type[BaseModel]] = {
        "audio": ModalityBudget,
        "imu": ModalityBudget,
        "total": TotalBudget,
        "sensors": SensorChoice,
    }
    table = tables.get(str(location[0]), Budget) if len(location) > 1 else Budget
    return f"known keys are {', '.join(table.model_fields)}"


@dataclass(frozen=True)
class Excess:
    """A limit that no detector meets: which, what it allows, what the cheapest one found needs, its unit.

    `remedy` says what would do; raising the limit to what is needed where it is empty.
    """

    limit: str
    allowed: float
    needed: float
    unit: str
    remedy: str = ""

    @property
    def overrun(self) -> float:
        """The need as a share of what is allowed; more than 1 exceeds the limit."""
        return self.needed / self.allowed

    @property
    def binding(self) -> str:
        """Say what the smallest of the larger detectors that it keeps out would need."""
        return f"a larger detector would need {_figure(self.needed)} of {_figure(self.allowed)} {self.unit}"

    def __str__(self) -> str:
        over = self.needed - self.allowed
        return (
            f"allows {_figure(self.allowed)} {self.unit}, the cheapest detector found needs"
            f" {_figure(self.needed)}: {_figure(over)} ({100 * over / self.allowed:.1f} %) too much"
        )


def refuse_excess(source: str, excess: Excess) -> InputError:
    """Say in one line which limit cannot be met, by how much, and what would do."""
    return InputError(
        source,
        str(excess),
        field=excess.limit,
        remedy=excess.remedy or f"raise it to {_figure(excess.needed)} or more, or leave it out",
    )


def _figure(value: float) -> str:
    if value >= 1000:
        return f"{round(value):_}"
    return f"{value:.4g}"
