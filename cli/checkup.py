"""What this machine has of all that tussis can use, and what is lost where something is missing."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import import_module, metadata
from pathlib import Path
from typing import Any, Literal

from ..data.cache_place import CACHE_PLACE
from ..data.extras import install_line
from ..data.input_error import InputError
from ..data.progress import Progress, silent
from .config_file import find_config

__all__ = ["Check", "Checkup", "take_checkup"]

State = Literal["found", "missing", "broken"]
_TIMEOUT_S = 60.0
_LEAST_FREE_BYTES = 2_000_000_000

_LIBRARIES = (
    ("numpy", "nothing works without it"),
    ("scipy", "synthetic sound and intervals"),
    ("soundfile", "FLAC, Ogg and MP3"),
    ("soxr", "recordings at other rates than 16 kHz"),
    ("timescoring", "scores"),
)
_EXTRAS = (
    ("xgboost", "xgboost", "training"),
    ("scikit-learn", "sklearn", "training, evaluate"),
    ("pyarrow", "pyarrow", "features that are kept"),
    ("unicorn", "unicorn", "verify, estimate, profile, board"),
    ("ziglang", "ziglang", "a C compiler where the machine has none"),
    ("jinja2", "jinja2", "report, review"),
    ("vl-convert-python", "vl_convert", "charts of reports and studies"),
    ("matplotlib", "matplotlib", "plot, figures in notebooks"),
    ("pandas", "pandas", "frames in notebooks"),
    ("statsmodels", "statsmodels", "intervals of tussis compare"),
    ("sounddevice", "sounddevice", "tussis listen"),
    ("distributed", "distributed", "--dask"),
    ("s3fs", "s3fs", "datasets at s3://"),
    ("gcsfs", "gcsfs", "datasets at gs://"),
    ("aiohttp", "aiohttp", "datasets at http(s)://"),
)
"""Package, the module of it that `install_line` knows, and what needs it."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked for.

    Attributes
    ----------
    group, name
        What kind of thing it is, and which.
    state
        Whether it is there and works.
    found
        Version, place or number; empty where it is missing.
    costs
        What is lost without it; empty where it is found.
    remedy
        What to do to have it; empty where nothing has to be done.
    needed
        Whether its lack makes the checkup fail.
    """

    group: str
    name: str
    state: State
    found: str = ""
    costs: str = ""
    remedy: str = ""
    needed: bool = False


@dataclass(frozen=True)
class Checkup:
    """All that was looked for, in order."""

    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether everything that is needed is found."""
        return all(check.state == "found" or not check.needed for check in self.checks)

    def as_dict(self) -> dict[str, Any]:
        """Render for JSON."""
        return {"passed": self.passed, "checks": [asdict(check) for check in self.checks]}


def take_checkup(progress: Progress = silent) -> Checkup:
    """Look for everything; nothing is installed, opened or changed.

    Parameters
    ----------
    progress
        Called after each group.
    """
    groups: tuple[Callable[[], Iterator[Check]], ...] = (
        _itself, _libraries, _compilers, _emulators, _ports, _audio, _programs,
    )  # fmt: skip
    found: list[Check] = []
    for number, group in enumerate(groups):
        progress("checkup", number, len(groups))
        found += group()
    progress("checkup", len(groups), len(groups))
    return Checkup(tuple(found))


def _itself() -> Iterator[Check]:
    from .. import __version__
    from ..data.cache_place import cache_place
    from ..selection.detector.detector_file import load_detector

    system = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    yield Check("tussis", "tussis", "found", f"{__version__}, {system}")
    yield Check("tussis", "processors", "found", str(os.cpu_count()))
    try:
        detector = load_detector("default")
    except InputError as fault:
        yield Check("tussis", "default detector", "broken", "", str(fault), "install tussis again", True)
    else:
        taught = f"trained on {len(detector.provenance.recordings):,} recordings"
        yield Check("tussis", "default detector", "found", taught)
    config = find_config()
    yield Check("tussis", "defaults", "found", str(config) if config is not None else "no tussis.toml")
    cache = cache_place()
    above = next(folder for folder in (cache, *cache.parents) if folder.exists())
    free = shutil.disk_usage(above).free
    place = f"{cache}, {free / 1e9:.0f} GB free"
    if not os.access(above, os.W_OK):
        costs = "training, verify and estimate, which keep features and images there"
        yield Check("tussis", "cache", "broken", place, costs, f"make {above} writable, or set {CACHE_PLACE}")
    elif free < _LEAST_FREE_BYTES:
        yield Check(
            "tussis", "cache", "broken", place, "training on large sets", f"make room, or set {CACHE_PLACE}"
        )
    else:
        yield Check("tussis", "cache", "found", place)


def _version(package: str) -> str | None:
    for name in (package, f"{package}-cpu"):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return None


def _libraries() -> Iterator[Check]:
    for package, use in _LIBRARIES:
        version = _version(package)
        if version is None:
            yield Check("libraries", package, "missing", "", use, "pip install tussis", True)
        else:
            yield Check("libraries", package, "found", version)
    for package, module, use in _EXTRAS:
        version = _version(package)
        if version is None:
            yield Check("libraries", package, "missing", "", use, install_line(module))
        else:
            yield Check("libraries", package, "found", version)


def _compilers() -> Iterator[Check]:
    from ..export.build.toolchain import find_arm_toolchain, find_host_compiler

    toolchains = []
    for name, package, what in (
        (
            "gcc",
            "install it (Debian: gcc-arm-none-eabi, libnewlib-arm-none-eabi)",
            "images as a vendor's gcc builds them",
        ),
        ("zig", "pip install ziglang", "builds on machines without arm-none-eabi-gcc"),
    ):
        try:
            found = find_arm_toolchain("gcc" if name == "gcc" else "zig")
        except InputError as fault:
            state: State = "broken" if fault.path == "arm-none-eabi-gcc" else "missing"
            problem = fault.problem if state == "broken" else ""
            yield Check("compilers", f"Cortex-M33, {name}", state, problem, what, package)
        else:
            toolchains.append(found.name)
            yield Check("compilers", f"Cortex-M33, {name}", "found", found.version)
    try:
        chosen = find_arm_toolchain().name
        yield Check("compilers", "Cortex-M33", "found", f"{chosen} is taken; TUSSIS_TOOLCHAIN chooses")
    except InputError as fault:
        costs = "verify, estimate, board, profile of exported firmware"
        yield Check("compilers", "Cortex-M33", "missing", "", costs, fault.remedy or "", True)
    try:
        yield Check("compilers", "this machine", "found", find_host_compiler().version)
    except InputError as fault:
        costs = "verify, and features as the firmware computes them"
        yield Check("compilers", "this machine", "missing", "", costs, fault.remedy or "", True)
    yield _feature_kernels()
    yield _program(
        "compilers", "cmake", "building an exported project by its CMake files", "install it (Debian: cmake)"
    )


def _feature_kernels() -> Check:
    from ..export.host.feature_kernels import SOURCE
    from ..signal.host_kernels import chosen
    from ..signal.plan import AudioPlan, ImuPlan

    name = "features by C"
    costs = "features, which NumPy computes in five times the time"
    try:
        if chosen() == "numpy":
            return Check("compilers", name, "found", "not used: TUSSIS_KERNELS=numpy")
        states = {SOURCE.state(AudioPlan()), SOURCE.state(ImuPlan())}
    except InputError as fault:
        return Check("compilers", name, "missing", "", costs, fault.remedy or "")
    if "unequal" in states:
        remedy = "use another compiler (CC)"
        return Check("compilers", name, "broken", "other bits than NumPy, or no library", costs, remedy)
    kept = "compiled" if states == {"equal"} else "not compiled yet: the first long work does it"
    return Check("compilers", name, "found", f"{kept}; TUSSIS_KERNELS=numpy leaves them out")


def _emulators() -> Iterator[Check]:
    try:
        import_module("unicorn")
    except ModuleNotFoundError:
        costs = "verify, estimate, profile, board: everything that runs Cortex-M33 code"
        yield Check("emulators", "unicorn", "missing", "", costs, install_line("unicorn"))
    except Exception as error:  # its library may be of another machine
        costs = "verify, estimate, profile, board: everything that runs Cortex-M33 code"
        yield Check("emulators", "unicorn", "broken", str(error), costs, install_line("unicorn"), True)
    else:
        yield Check("emulators", "unicorn", "found", _version("unicorn") or "")
    yield _program(
        "emulators", "qemu-system-arm", "board --board mps2-an505", "install it (Debian: qemu-system-arm)"
    )


def _ports() -> Iterator[Check]:
    try:
        from serial.tools import list_ports
    except ModuleNotFoundError:
        yield Check("ports", "serial ports", "missing", "", "replay", install_line("serial"))
        return
    found = sorted(list_ports.comports(), key=lambda port: str(port.device))
    for port in found:
        title = str(port.description or "")
        if title in ("", "n/a"):  # pyserial's word for none
            title = "a port without a description"
        if sys.platform == "win32" or os.access(port.device, os.R_OK | os.W_OK):
            yield Check("ports", port.device, "found", title)
        else:
            remedy = "add yourself to its group, as in: sudo usermod -aG dialout $USER"
            yield Check("ports", port.device, "broken", title, "replay: no permission to open it", remedy)
    if not found:
        remedy = "plug a board in; tussis board PROJECT makes a port without one"
        yield Check("ports", "serial ports", "missing", "", "replay on a real board", remedy)


def _audio() -> Iterator[Check]:
    devices = _input_devices()
    for name in devices:
        yield Check("audio devices", name, "found", "input")
    if not devices:
        costs = "tussis listen; files are not concerned"
        yield Check("audio devices", "microphones", "missing", "", costs, "plug one in")


def _input_devices() -> list[str]:
    """Names of inputs, by PortAudio where it is installed, else by what Linux lists."""
    from ..firmware_stub.live.microphone_input import input_devices

    try:
        return [device.name for device in input_devices()]
    except Exception:  # not installed, no PortAudio, no sound server
        listed = Path("/proc/asound/pcm")
        lines = listed.read_text().splitlines() if listed.is_file() else []
        return [line.split(": ")[1].strip() for line in lines if "capture" in line and ": " in line]


def _programs() -> Iterator[Check]:
    yield _program(
        "programs",
        "ffmpeg",
        "converting M4A, AAC and other audio to WAV",
        "install it (Debian: ffmpeg)",
        "-version",
    )


def _program(group: str, name: str, costs: str, remedy: str, option: str = "--version") -> Check:
    path = shutil.which(name)
    if path is None:
        return Check(group, name, "missing", "", costs, remedy)
    try:
        said = subprocess.run(
            [path, option], capture_output=True, text=True, check=True, timeout=_TIMEOUT_S, errors="replace"
        )
    except (OSError, subprocess.SubprocessError) as error:
        return Check(group, name, "broken", path, f"{costs}: {error}", f"install it again: {remedy}")
    return Check(group, name, "found", (said.stdout.splitlines() or [path])[0])
