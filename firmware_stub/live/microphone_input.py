"""The microphone of this machine, by PortAudio, as blocks of samples at the rate that a detector takes."""

from __future__ import annotations

import contextlib
import queue
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ...data.extras import install_line
from ...data.input_error import InputError

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["InputDevice", "MicrophoneInput", "SoundInput", "input_devices", "opened_microphone"]

_WAIT_S = 0.1
_GONE_S = 5.0
"""Without a sample for so long a microphone is unplugged, or its sound server has ended."""
_BLOCK_S = 0.032


class SoundInput(Protocol):
    """Where sound comes from while it happens."""

    @property
    def overflows(self) -> int:
        """How often the system dropped samples because nobody took them in time."""

    @property
    def gone(self) -> bool:
        """Whether `blocks` ended because no more samples came."""

    def blocks(self) -> Iterator[NDArray[np.int16]]:
        """Yield int16 samples as they come; an empty block where none came for a while."""


@dataclass(frozen=True)
class InputDevice:
    """What can be listened to: its number, name and the rate that it prefers."""

    number: int
    name: str
    rate_hz: float
    is_default: bool

    def as_dict(self) -> dict[str, Any]:
        """Render for JSON."""
        return asdict(self)


def input_devices() -> list[InputDevice]:
    """List devices with an input.

    Raises
    ------
    InputError
        sounddevice or PortAudio is missing.
    """
    sound = _sounddevice()
    default = sound.default.device[0]
    return [
        InputDevice(number, str(one["name"]), float(one["default_samplerate"]), number == default)
        for number, one in enumerate(sound.query_devices())
        if one["max_input_channels"] > 0
    ]


class MicrophoneInput:
    """An open microphone; made by `opened_microphone`."""

    def __init__(self, rate_hz: int, device_rate_hz: int) -> None:
        self.device_rate_hz = device_rate_hz
        self.overflows = 0
        self.gone = False
        self._queue: queue.SimpleQueue[NDArray[np.int16]] = queue.SimpleQueue()
        self._resample = None
        if device_rate_hz != rate_hz:
            import soxr

            self._resample = soxr.ResampleStream(device_rate_hz, rate_hz, 1, dtype="int16")

    def blocks(self) -> Iterator[NDArray[np.int16]]:
        """See `SoundInput.blocks`."""
        waits = 0
        while not self.gone:
            try:
                block = self._queue.get(timeout=_WAIT_S)
            except queue.Empty:
                waits += 1
                self.gone = waits * _WAIT_S >= _GONE_S
                yield np.zeros(0, np.int16)
                continue
            waits = 0
            yield block if self._resample is None else self._resample.resample_chunk(block)

    def take(self, block: NDArray[np.int16], frames: int, when: object, status: Any) -> None:
        """Be called by PortAudio's thread for each block: copy it and return."""
        self.overflows += bool(status.input_overflow)
        self._queue.put(block[:, 0].copy())


@contextlib.contextmanager
def opened_microphone(rate_hz: int, device: str | None = None) -> Iterator[MicrophoneInput]:
    """Open a microphone.

    Parameters
    ----------
    rate_hz
        Rate of the samples wanted; a device that cannot give it is resampled from the rate it prefers.
    device
        Number or a part of the name, as `input_devices` lists them; None takes the system's default.

    Raises
    ------
    InputError
        sounddevice or PortAudio is missing; there is no such device, or it cannot be opened.
    """
    sound = _sounddevice()
    chosen: int | str | None = int(device) if device is not None and device.isdecimal() else device
    try:
        about = sound.query_devices(chosen, "input")
        device_rate_hz = _rate_of(sound, chosen, rate_hz, float(about["default_samplerate"]))
        made = MicrophoneInput(rate_hz, device_rate_hz)
        stream = sound.InputStream(
            samplerate=device_rate_hz,
            blocksize=round(device_rate_hz * _BLOCK_S),
            device=chosen,
            channels=1,
            dtype="int16",
            latency="high",
            callback=made.take,
        )
    except (ValueError, sound.PortAudioError) as error:
        raise InputError(
            "--device",
            f"{device or 'the default microphone'} cannot be opened: {' '.join(str(error).split())}",
            remedy="tussis listen --devices lists what there is",
        ) from error
    with stream:
        yield made


def _rate_of(sound: ModuleType, device: int | str | None, rate_hz: int, preferred_hz: float) -> int:
    try:
        sound.check_input_settings(device=device, channels=1, dtype="int16", samplerate=rate_hz)
    except sound.PortAudioError:
        return round(preferred_hz)
    return rate_hz


def _sounddevice() -> ModuleType:
    try:
        import sounddevice
    except ModuleNotFoundError as error:
        raise InputError(
            "listen", "the package sounddevice is not installed", remedy=install_line("sounddevice")
        ) from error
    except OSError as error:  # its wheel for Linux has no PortAudio in it
        raise InputError(
            "listen",
            f"PortAudio is missing: {error}",
            remedy="on Debian or Ubuntu: apt install libportaudio2",
        ) from error
    return sounddevice  # type: ignore[no-any-return]
