"""The C front end compiled for this machine, callable from the tests, and signals with known answers."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from tussis.export.build.toolchain import find_host_compiler
from tussis.export.codegen.feature_source import feature_sources
from tussis.export.codegen.front_end import FrontEnd
from tussis.signal.catalogue import feature_ids
from tussis.signal.plan import AudioPlan, ImuPlan

settings.register_profile("patient", deadline=None)  # a loaded machine is slow, not wrong
settings.load_profile("patient")

ROOT = Path(__file__).resolve().parents[2]
STUB = ROOT / "firmware_stub"
KERNELS = ("decimator", "fft", "mel", "spectrum", "samples", "envelope", "audio_path", "kinematics")

DRIVER = """
#include "dsp/decimator.h"
#include "dsp/audio_path.h"
#include "dsp/fft.h"
#include "dsp/kinematics.h"
#include "dsp/elementary.h"

void drive_elementary(const float *x, long n, int32_t *q8, float *log2, float *exp2, float *sigmoid);
void drive_elementary(const float *x, long n, int32_t *q8, float *log2, float *exp2, float *sigmoid)
{
    for (long i = 0; i < n; i++) {
        q8[i] = x[i] > 0.0F ? tussis_log2_q8(x[i]) : 0;
        log2[i] = x[i] > 0.0F ? tussis_log2(x[i]) : 0.0F;
        exp2[i] = tussis_exp2(x[i]);
        sigmoid[i] = tussis_sigmoid(x[i]);
    }
}

long drive_decimator(const int16_t *pcm, const long *chunks, long n_chunks, int16_t *out);
long drive_decimator(const int16_t *pcm, const long *chunks, long n_chunks, int16_t *out)
{
    tussis_decimator_t decimator;
    tussis_decimator_reset(&decimator);
    long made = 0;
    for (long i = 0; i < n_chunks; i++) {
        made += (long)tussis_decimate(&decimator, pcm, (size_t)chunks[i], out + made);
        pcm += chunks[i];
    }
    return made;
}

long drive_audio(const int16_t *pcm, long frames, float *level, float *x);
long drive_audio(const int16_t *pcm, long frames, float *level, float *x)
{
    tussis_audio_path_t path;
    tussis_audio_path_reset(&path);
    long windows = 0;
    for (long f = 0; f < frames; f++) {
        level[f] = tussis_audio_path_frame(&path, pcm + f * TUSSIS_FRAME);
        if (tussis_audio_path_ready(&path)) {
            tussis_audio_path_features(&path, x + windows * TUSSIS_AUDIO_FEATURES);
            windows++;
        }
    }
    return windows;
}
"""


def generate(folder: Path, front: FrontEnd) -> list[Path]:
    """Write the generated files of a front end, and an empty configuration; return all C sources."""
    texts = {"tussis/tussis_config.h": "", **feature_sources(front)}
    (folder / "tussis").mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text)
    return [*(STUB / "src" / "dsp" / f"{name}.c" for name in KERNELS), *sorted(folder.glob("*.c"))]


@pytest.fixture
def c_sources(tmp_path: Path) -> Callable[[FrontEnd], list[Path]]:
    """Write a front end's generated C and return it with the kernels."""
    return lambda front: generate(tmp_path, front)


class CFrontEnd:
    """The C kernels behind NumPy arrays."""

    def __init__(self, library: Path, front: FrontEnd) -> None:
        self.front = front
        self._c = ctypes.CDLL(str(library))
        self._c.drive_decimator.restype = ctypes.c_long
        self._c.drive_audio.restype = ctypes.c_long

    def elementary(self, x: np.ndarray) -> tuple[np.ndarray, ...]:
        """log2_q8, log2, exp2 and sigmoid of float32 numbers; the logarithms of positive ones only."""
        out = (np.zeros(len(x), np.int32), *(np.zeros(len(x), np.float32) for _ in range(3)))
        self._c.drive_elementary(_pointer(x), ctypes.c_long(len(x)), *map(_pointer, out))
        return out

    def decimate(self, pcm: np.ndarray, chunks: Iterable[int]) -> np.ndarray:
        sizes = np.array(list(chunks), dtype=np.int64)
        assert sizes.sum() == len(pcm)
        out = np.full(len(pcm) // self.front.audio_plan.decimation + 2, -1, dtype=np.int16)
        arguments = (_pointer(pcm), _pointer(sizes), ctypes.c_long(len(sizes)), _pointer(out))
        made = self._c.drive_decimator(*arguments)
        assert made < len(out), "wrote past the room the header promises"
        return out[:made]

    def power(self, frame: np.ndarray) -> np.ndarray:
        """Bins 2 to 62 of one frame's spectrum."""
        out = np.zeros(64, np.float32)
        at = _pointer(np.ascontiguousarray(frame))
        self._c.tussis_mean_square.restype = ctypes.c_uint32
        self._c.tussis_frame_power(at, ctypes.c_uint32(self._c.tussis_mean_square(at)), _pointer(out))
        return out[2:63]

    def audio(self, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Level of every frame and features of every window of audio at 8 kHz."""
        frames = len(samples) // 128
        level = np.zeros(frames, np.float32)
        x = np.full((frames // 8 + 1, len(self.front.audio)), np.nan, np.float32)
        windows = self._c.drive_audio(_pointer(samples), ctypes.c_long(frames), _pointer(level), _pointer(x))
        return level, x[:windows]

    def imu(self, window: np.ndarray, oldest: int) -> np.ndarray:
        """Features of a window of samples that lies in the ring from index `oldest` on."""
        ring = np.ascontiguousarray(np.roll(window, oldest, axis=0), dtype=np.float32)
        x = np.full(len(self.front.imu), np.nan, np.float32)
        self._c.tussis_imu_features(_pointer(ring), ctypes.c_size_t(oldest), _pointer(x))
        return x


def _pointer(array: np.ndarray) -> ctypes.c_void_p:
    assert array.flags.c_contiguous
    return array.ctypes.data_as(ctypes.c_void_p)


MakeCFrontEnd = Callable[..., CFrontEnd]


@pytest.fixture(scope="session")
def make_c_front_end(tmp_path_factory: pytest.TempPathFactory) -> MakeCFrontEnd:
    """Compile the kernels for a plan and a choice of features; everything when left out."""

    def make(
        plan: AudioPlan | None = None,
        audio: Iterable[str] | None = None,
        imu: Iterable[str] | None = None,
        imu_plan: ImuPlan | None = None,
    ) -> CFrontEnd:
        plan, imu_plan = plan or AudioPlan(), imu_plan or ImuPlan()
        audio = feature_ids("audio", plan) if audio is None else audio
        imu = feature_ids("imu") if imu is None else imu
        front = FrontEnd.of(plan, audio, imu_plan, imu)
        folder = tmp_path_factory.mktemp("generated")
        (folder / "drive.c").write_text(DRIVER)
        sources = generate(folder, front)
        include = [STUB / "include", STUB / "src", folder]
        return CFrontEnd(find_host_compiler().build(sources, "shared", include=include), front)

    return make


@pytest.fixture(scope="session")
def c_front_end(make_c_front_end: MakeCFrontEnd) -> CFrontEnd:
    """The whole catalogue in the default plan."""
    return make_c_front_end()


RATE_HZ = 16000


def known_sounds(seconds: float = 2.0) -> dict[str, np.ndarray]:
    """Signals that reach the corners of int16: int16 (n,) at 16 kHz by name."""
    rng = np.random.default_rng(7)
    n = int(seconds * RATE_HZ)
    t = np.arange(n) / RATE_HZ
    clicks = np.zeros(n)
    clicks[1000::4001] = 32767
    burst = rng.standard_normal(n) * np.exp(-((t % 0.7) / 0.08)) * 9000
    sounds = {
        "silence": np.zeros(n),
        "noise": rng.standard_normal(n) * 3000,
        "one_lsb": rng.integers(-1, 2, n),
        "full_scale_noise": rng.integers(-32768, 32768, n),
        "tone": 20000 * np.sin(2 * np.pi * 440 * t),
        "clipped_tone": 90000 * np.sin(2 * np.pi * 700 * t),
        "square": 32767 * np.sign(np.sin(2 * np.pi * 1000 * t)),
        "nyquist": np.tile([32767, 32767, -32768, -32768], n // 4),
        "clicks": clicks,
        "offset": np.full(n, -32768),
        "bursts": burst,
        "chirp": 12000 * np.sin(2 * np.pi * (50 + 1500 * t) * t),
    }
    return {name: np.clip(x, -32768, 32767).astype(np.int16) for name, x in sounds.items()}


@pytest.fixture(scope="session")
def sounds() -> dict[str, np.ndarray]:
    return known_sounds()


def assert_same_bits(ours: np.ndarray, theirs: np.ndarray, names: Iterable[str] = ()) -> None:
    """Fail, naming the columns, unless two float32 arrays are equal in every bit."""
    assert ours.shape == theirs.shape
    assert ours.dtype == theirs.dtype == np.float32
    differ = ours.view(np.int32) != theirs.view(np.int32)
    if differ.any():
        names = list(names)
        columns = np.flatnonzero(differ.any(axis=0)) if differ.ndim == 2 and names else []
        at = tuple(index[0] for index in np.nonzero(differ))
        raise AssertionError(
            f"{differ.sum()} of {differ.size} values differ, first at {at}: {ours[at]!r} and {theirs[at]!r}; "
            f"features {[names[c] for c in columns][:10]}"
        )


@pytest.fixture(scope="session")
def same_bits() -> Callable[..., None]:
    return assert_same_bits
