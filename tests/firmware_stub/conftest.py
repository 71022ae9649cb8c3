"""The real C application around a stand-in detector, and a link that can go wrong."""

import ctypes
import importlib.util
import math
import random
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from tussis.export.build.toolchain import find_host_compiler
from tussis.firmware_stub.protocol.feed import Feed, SampleStreams
from tussis.firmware_stub.protocol.link import HostLink
from tussis.firmware_stub.protocol.messages import FLAG_STATS, MODES, PROTOCOL_VERSION, Hello

HERE = Path(__file__).parent
FIRMWARE = HERE.parent.parent / "firmware_stub"
STUB = HERE / "stub"
SOURCES = [
    FIRMWARE / "app" / f"{name}.c"
    for name in (
        "app",
        "cobs",
        "complaints",
        "crc",
        "interleave",
        "link",
        "memory_port",
        "messages",
        "outbox",
        "session",
        "watch",
    )
] + [FIRMWARE / "src/detector/meter.c"]
INCLUDE = [STUB, FIRMWARE / "include"]
DETECTOR_HASH = 0x5EEDC0DE


@pytest.fixture(scope="session")
def protocol_library():
    path = find_host_compiler().build([*SOURCES, STUB / "tussis.c"], "shared", include=INCLUDE)
    library = ctypes.CDLL(str(path))
    library.tussis_memory_board_size.restype = ctypes.c_size_t
    library.tussis_memory_board_serve.restype = ctypes.c_size_t
    library.tussis_memory_board_serve.argtypes = [
        ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t,
        ctypes.POINTER(ctypes.c_size_t),
    ]  # fmt: skip
    library.tussis_crc32.restype = ctypes.c_uint32
    library.tussis_crc32.argtypes = [ctypes.c_uint32, ctypes.c_char_p, ctypes.c_size_t]
    library.tussis_cobs_encode.restype = ctypes.c_size_t
    library.tussis_cobs_encode.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t]
    return library


class CBoard:
    """The C application with a memory UART."""

    def __init__(self, library, window_bytes=4096):
        self._library = library
        self._memory = ctypes.create_string_buffer(library.tussis_memory_board_size() + 8)
        self._board = (ctypes.addressof(self._memory) + 7) & ~7
        self._sent = ctypes.create_string_buffer(8192)
        self._window_bytes = window_bytes
        self.reset()

    def reset(self):
        self._library.tussis_memory_board_start(ctypes.c_void_p(self._board), None, 0, self._window_bytes)

    def serve(self, data, room=8192):
        said = b""
        while True:
            taken = ctypes.c_size_t()
            n = self._library.tussis_memory_board_serve(
                self._board, data, len(data), self._sent, room, ctypes.byref(taken)
            )
            said += self._sent.raw[:n]
            data = data[taken.value :]
            if not data:
                return said


@pytest.fixture
def c_board(protocol_library):
    return CBoard(protocol_library)


@pytest.fixture
def make_c_board(protocol_library):
    return lambda **kw: CBoard(protocol_library, **kw)


@dataclass
class Faults:
    """What a link does to the bytes on it; the same seed does the same."""

    seed: int = 0
    flip: float = 0.0  # probability per byte that one of its bits is flipped
    drop: float = 0.0  # that it is lost
    repeat: float = 0.0  # that it comes twice
    insert: float = 0.0  # that a random byte precedes it
    cut: tuple[float, float] | None = None  # between these times nothing passes
    resets: list[float] = field(default_factory=list)  # when the board loses power

    def __post_init__(self):
        self._random = random.Random(self.seed)

    def carry(self, data, now):
        if self.cut and self.cut[0] <= now < self.cut[1]:
            return b""
        if not (self.flip or self.drop or self.repeat or self.insert):
            return data
        out = bytearray()
        draw = self._random.random
        for byte in data:
            if draw() < self.insert:
                out.append(self._random.randrange(256))
            if draw() < self.drop:
                continue
            out.append(byte ^ (1 << self._random.randrange(8)) if draw() < self.flip else byte)
            if draw() < self.repeat:
                out.append(byte)
        return bytes(out)


def streams(audio_s=2.0, with_imu=True, seed=1, decimated=False):
    rng = np.random.default_rng(seed)
    rate = 8000 if decimated else 16000
    audio = rng.integers(-32768, 32768, round(audio_s * rate)).astype(np.int16)
    audio[: len(audio) // 4] = 0  # zeros are what COBS is for
    imu = rng.normal(size=(round(audio_s * 100) if with_imu else 0, 6)).astype(np.float32)
    return SampleStreams(audio, rate, decimated, imu, 100)


def hello_for(samples, nonce=0x12345678, mode=None, flags=FLAG_STATS):
    mode = mode or ("gated" if len(samples.imu) else "audio")
    return Hello(
        PROTOCOL_VERSION, MODES[mode], flags | int(samples.decimated), nonce, DETECTOR_HASH,
        samples.audio_rate_hz,
        samples.imu_rate_hz, len(samples.audio), len(samples.imu),
    )  # fmt: skip


class Simulation:
    """A host and a board on one clock: no time passes that is not needed."""

    def __init__(self, board, faults=None, latency_s=0.002, byte_s=1e-6, now=0.0):
        self.board, self.faults = board, faults or Faults()
        self.latency_s, self.byte_s, self.now = latency_s, byte_s, now
        self._to_host = []
        self._resets = sorted(self.faults.resets)

    def run(self, link, until=math.inf):
        """Go on until the session is done, raises, or the clock says `until`."""
        while not link.done and self.now < until:
            out = link.transmit(self.now)
            if self._resets and self.now >= self._resets[0]:
                self._resets.pop(0)
                self.board.reset()
                out += b""
            arrived = self.faults.carry(out, self.now)
            if arrived:
                said = self.faults.carry(self.board.serve(arrived), self.now)
                self._to_host.append((self.now + self.latency_s + self.byte_s * len(out), said))
            wake = link.next_time_s(self.now)
            if self._to_host:
                wake = min(wake, self._to_host[0][0])
            self.now = max(self.now + 1e-6, wake)
            while self._to_host and self._to_host[0][0] <= self.now:
                link.receive(self._to_host.pop(0)[1], self.now)
            link.check_time(self.now)
        return link.log


def new_link(samples, simulation, nonce=0x12345678, session=7, speed=math.inf, mode=None, **limits):
    return HostLink(hello_for(samples, nonce, mode), session, Feed(samples, speed), simulation.now, **limits)


@pytest.fixture(scope="session")
def made():
    """The export tests' small detector and made-up recordings."""
    spec = importlib.util.spec_from_file_location("made", HERE.parent / "export" / "conftest.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def kit():
    """Everything above, for tests that import nothing from here."""
    import types

    return types.SimpleNamespace(**{k: v for k, v in globals().items() if not k.startswith("_")})
