"""The firmware's kernels compiled for this machine: features of recordings with the bits of NumPy, faster.

The C is that of ``firmware_stub/src/dsp`` with the constants and tables that `tussis export` writes, for the
whole catalogue in one plan; ``feature_rows.c`` calls it for each frame and window. What was compiled is
compared with NumPy on made signals before it is used. Library and outcome are kept in the build cache under a
hash of all C, of the Python that defines the features, of compiler, flags and NumPy: a compiler that gives
other bits is tried once, not in every process.
"""

from __future__ import annotations

import ctypes
import logging
import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ...data.code_hash import code_hash
from ...data.input_error import InputError
from ...data.json_text import json_text
from ...data.untrusted import read_json
from ...signal.catalogue import feature_ids
from ...signal.elementary import Float32
from ...signal.frames import STRETCH_WINDOWS
from ...signal.host_kernels import AudioKernel, MotionKernel
from ...signal.plan import AudioPlan, ImuPlan
from ..build.build_cache import cache_folder, content_key, kept_folder
from ..build.compiler_run import CompileError
from ..build.object_key import files_key
from ..build.toolchain import Toolchain, find_host_compiler
from ..codegen.feature_source import feature_sources
from ..codegen.front_end import FrontEnd
from .feature_check import difference_of_motion, difference_of_sound

__all__ = ["SOURCE", "FeatureKernels", "State"]

State = Literal["equal", "absent", "unequal"]

_STUB = Path(__file__).resolve().parents[2] / "firmware_stub"
_KERNELS = {
    "audio": ("decimator", "fft", "mel", "spectrum", "samples", "envelope", "audio_path"),
    "motion": ("kinematics",),
}
_OUTCOME = "outcome.json"
_PASSING = ("Too many open files", "Cannot allocate memory", "No space left")
"""What keeps a library from being loaded now and need not another time."""

_X86 = ("-msse4.1", "-msse4.2")
"""Instructions of every x86-64 since 2009; with them sound takes a quarter less. They round as others do."""
_log = logging.getLogger(__name__)


class CAudioKernel:
    """Features of sound by a compiled library; an `AudioKernel`."""

    def __init__(self, library: ctypes.CDLL, plan: AudioPlan) -> None:
        self._c = library
        self._plan = plan
        self._columns = {name: column for column, name in enumerate(feature_ids("audio", plan))}
        size, pointer = ctypes.c_size_t, ctypes.c_void_p
        out = (size, pointer, size, pointer, pointer)
        library.tussis_rows_bytes.restype = library.tussis_rows_windows.restype = size
        library.tussis_rows_windows.argtypes = library.tussis_rows_reset.argtypes = (pointer,)
        library.tussis_rows_reset.restype = None
        library.tussis_rows_audio.argtypes = (pointer, pointer, ctypes.c_ssize_t, size, *out)
        library.tussis_rows_silence.argtypes = (pointer, *out)
        library.tussis_rows_audio.restype = library.tussis_rows_silence.restype = None

    def __call__(
        self, pcm: NDArray[np.int16], ids: Sequence[str], n_frames: int, done: Callable[[int, int], None]
    ) -> tuple[Float32, Float32]:
        """Return values of every window and the level of each frame; see `AudioKernel`."""
        plan = self._plan
        columns = np.array([self._columns[name] for name in ids], np.int32)
        n_windows = max(0, n_frames // plan.block_frames - plan.window_blocks + 1)
        values = np.empty((n_windows, len(ids)), np.float32)
        level = np.empty(n_frames, np.float32)
        state = (ctypes.c_uint64 * (self._c.tussis_rows_bytes() // 8 + 1))()
        out = (n_frames, columns.ctypes.data, len(columns), level.ctypes.data, values.ctypes.data)
        self._c.tussis_rows_reset(state)
        frame = plan.frame * plan.decimation
        step = STRETCH_WINDOWS * plan.block_frames * frame
        for start in range(0, len(pcm), step):
            piece = pcm[start : start + step]
            if piece.strides[0] % piece.itemsize:  # part of records: C counts in whole samples
                piece = np.ascontiguousarray(piece)
            apart = piece.strides[0] // piece.itemsize
            self._c.tussis_rows_audio(state, piece.ctypes.data, apart, len(piece), *out)
            done(min((start + len(piece)) // frame, n_frames), n_frames)
        self._c.tussis_rows_silence(state, *out)
        done(n_frames, n_frames)
        if self._c.tussis_rows_windows(state) != n_windows:
            raise AssertionError("the C counts other windows than the plan")
        return values, level


class CMotionKernel:
    """Features of motion by a compiled library; a `MotionKernel`."""

    def __init__(self, library: ctypes.CDLL, plan: ImuPlan) -> None:
        self._c = library
        self._plan = plan
        self._columns = {name: column for column, name in enumerate(feature_ids("imu"))}
        size, pointer = ctypes.c_size_t, ctypes.c_void_p
        library.tussis_rows_motion.argtypes = (pointer, size, pointer, size, pointer)
        library.tussis_rows_motion.restype = None

    def __call__(self, samples: Float32, ids: Sequence[str]) -> Float32:
        """Return values of every window; see `MotionKernel`."""
        plan = self._plan
        samples = np.ascontiguousarray(samples, np.float32)
        columns = np.array([self._columns[name] for name in ids], np.int32)
        n = (len(samples) - plan.window) // plan.hop + 1 if len(samples) >= plan.window else 0
        values = np.empty((n, len(ids)), np.float32)
        self._c.tussis_rows_motion(
            samples.ctypes.data, n, columns.ctypes.data, len(columns), values.ctypes.data
        )
        return values


class FeatureKernels:
    """Finds kernels in the build cache, and compiles them; a `KernelSource`. One per process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[AudioPlan | ImuPlan, Any] = {}  # a kernel, or None where there will be none
        self._builds: dict[AudioPlan | ImuPlan, _Build] = {}  # reading all C takes longer than a short clip
        self._said: set[str] = set()

    def audio(self, plan: AudioPlan, *, compiling: bool, forced: bool) -> AudioKernel | None:
        """Return the kernel of a plan of sound; see `KernelSource`."""
        kernel: AudioKernel | None = self._kernel(plan, compiling, forced)
        return kernel

    def motion(self, plan: ImuPlan, *, compiling: bool, forced: bool) -> MotionKernel | None:
        """Return the kernel of a plan of motion; see `KernelSource`."""
        kernel: MotionKernel | None = self._kernel(plan, compiling, forced)
        return kernel

    def state(self, plan: AudioPlan | ImuPlan) -> State:
        """Say what the cache knows of a plan, and change nothing."""
        outcome = _kept_outcome(cache_folder() / _Build(plan, find_host_compiler()).name)
        return "absent" if outcome is None else "unequal" if outcome["problem"] else "equal"

    def _kernel(self, plan: AudioPlan | ImuPlan, compiling: bool, forced: bool) -> Any:
        with self._lock:
            kernel = self._found.get(plan)
            if kernel is not None or (plan in self._found and not forced):
                return kernel
            problem = ""
            try:
                build = self._builds.get(plan) or _Build(plan, find_host_compiler())
                self._builds[plan] = build
                folder = cache_folder() / build.name
                if not compiling and _kept_outcome(folder) is None:
                    return None  # somebody may compile it yet
                outcome = build.outcome()
                problem = str(outcome["problem"])
                if not problem:
                    kernel = _loaded(folder / str(outcome["library"]), plan)
            except (InputError, OSError) as error:
                problem = str(error)
            self._found[plan] = kernel
        if problem and forced:
            remedy = "leave TUSSIS_KERNELS away, and NumPy is used"
            raise InputError("TUSSIS_KERNELS", f"the C cannot be used: {problem}", remedy=remedy)
        if problem and problem not in self._said:
            self._said.add(problem)
            _log.warning("features are computed by NumPy, not by C: %s", problem)
        return kernel


class _Build:
    """The library of one plan by one compiler."""

    def __init__(self, plan: AudioPlan | ImuPlan, compiler: Toolchain) -> None:
        self._plan = plan
        self._compiler = compiler
        self._signal = "audio" if isinstance(plan, AudioPlan) else "motion"
        self._texts = _generated(plan)
        driver = Path(__file__).with_name("feature_rows.c")
        self._sources = [driver, *(_STUB / "src" / "dsp" / f"{name}.c" for name in _KERNELS[self._signal])]
        self._include = [_STUB / "include", _STUB / "src"]
        files = [files_key((), source, self._include) for source in self._sources]
        words = (
            compiler.version, *compiler.command, *compiler.target_flags, repr(plan), np.__version__,
            code_hash("signal", "export/build", "export/host"), *_flags(),
            *(part for item in sorted(self._texts.items()) for part in item), *files,
        )  # fmt: skip
        self.name = f"features-{content_key(words, ())}"

    def outcome(self) -> dict[str, Any]:
        """Return what became of it; compile it and compare it with NumPy unless the cache knows.

        Raises
        ------
        InputError
            It failed for a reason that may pass.
        """
        if _kept_outcome(cache_folder() / self.name) is None:
            _log.info("compiling the features' kernels, once for this version and compiler")
        outcome = _kept_outcome(kept_folder(self.name, self._fill))  # a damaged library is made again
        assert outcome is not None
        return outcome

    def _fill(self, folder: Path) -> None:
        library, problem = "", ""
        try:
            with TemporaryDirectory() as made:
                built = self._compile(Path(made))
            library = built.name
            shutil.copy(built, folder / library)
        except CompileError as error:
            if error.passing:
                raise
            problem = str(error)
        else:
            problem = self._problem_of(folder / library)
        (folder / _OUTCOME).write_text(json_text({"library": library, "problem": problem}))

    def _problem_of(self, library: Path) -> str:
        """Say why a library cannot be used; nothing where it can be."""
        try:
            kernel = _loaded(library, self._plan)
        except (OSError, AttributeError) as error:
            if any(word in str(error) for word in _PASSING):
                raise
            return f"{library.name} cannot be loaded: {error}"
        return _difference(kernel, self._plan)

    def _compile(self, folder: Path) -> Path:
        (folder / "tussis").mkdir()
        for name, text in self._texts.items():
            (folder / name).write_text(text)
        return self._compiler.build(
            [*self._sources, *sorted(folder.glob("*.c"))],
            "shared",
            include=[*self._include, folder],
            opt="O3",
            extra_flags=_flags(),
        )


def _flags() -> tuple[str, ...]:
    """Return flags of this machine's processor, as NumPy found it."""
    extensions: Any = np.show_config(mode="dicts")
    extensions = extensions.get("SIMD Extensions", {})
    found = {*extensions.get("baseline", ()), *extensions.get("found", ())}
    return _X86 if found & {"SSE42", "X86_V2"} else ()


def _generated(plan: AudioPlan | ImuPlan) -> dict[str, str]:
    """Write constants, tables and the features of the whole catalogue, as for an exported project."""
    if isinstance(plan, AudioPlan):
        front = FrontEnd.of(plan, feature_ids("audio", plan), None, ())
    else:
        front = FrontEnd.of(None, (), plan, feature_ids("imu"))
    return {"tussis/tussis_config.h": "", **feature_sources(front)}


def _kept_outcome(folder: Path) -> dict[str, Any] | None:
    try:
        outcome = read_json(folder / _OUTCOME)
    except InputError:
        return None
    return outcome if isinstance(outcome, dict) and {"library", "problem"} <= set(outcome) else None


def _loaded(library: Path, plan: AudioPlan | ImuPlan) -> CAudioKernel | CMotionKernel:
    loaded = ctypes.CDLL(str(library))
    return CAudioKernel(loaded, plan) if isinstance(plan, AudioPlan) else CMotionKernel(loaded, plan)


def _difference(kernel: CAudioKernel | CMotionKernel, plan: AudioPlan | ImuPlan) -> str:
    """Say in which features a kernel differs from NumPy on made signals; nothing where it does not."""
    if isinstance(kernel, CAudioKernel):
        assert isinstance(plan, AudioPlan)
        return difference_of_sound(kernel, plan)
    assert isinstance(plan, ImuPlan)
    return difference_of_motion(kernel, plan)


SOURCE = FeatureKernels()
