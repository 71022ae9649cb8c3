"""The power of a frame by a transform in 16-bit integers beside the float32 one that ships: cost, accuracy.

    python benchmarks/int16_power.py [--clips FOLDER ...] [--each N]

Builds `int16_power.c` and the shipped kernel for the Cortex-M33 with every compiler there is, at -O2 and -Os,
runs them on frames of noise on the emulated core and prints instructions, cycles of the cycle model with
their expected error, bytes of flash (code and tables) and of stack. With ``--clips`` at most N clips of each
folder, as recorded, quieter, louder and with hum, go through the default detector with either power, on this
machine: by how much mel bands and margins differ, and which decisions do. The same clips and compiler give
the same figures.
"""

from __future__ import annotations

import argparse
import ctypes
import itertools
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from tussis.data.dataset import iter_dataset
from tussis.data.input_error import InputError
from tussis.data.session_ref import SessionRef
from tussis.export.build.toolchain import Toolchain, find_arm_toolchain, find_host_compiler
from tussis.export.codegen.feature_source import feature_sources
from tussis.export.codegen.front_end import FrontEnd
from tussis.export.emulator.cycle_bounds import cycle_bounds
from tussis.export.emulator.virtual_board import VirtualBoard
from tussis.selection.detector.detection import Detection
from tussis.selection.detector.detector_file import load_detector
from tussis.selection.detector.inference import detect
from tussis.signal import frames as front_end
from tussis.signal.decimator import decimate
from tussis.signal.elementary import Float32, log2_q8
from tussis.signal.fft import FRAME, frame_power, hamming_window
from tussis.signal.host_kernels import without_kernels
from tussis.signal.mel import mel_energies
from tussis.signal.plan import AudioPlan

ROOT = Path(__file__).resolve().parents[1]
Pcm = NDArray[np.int16]

FIT = 1621.9
"""Scale times root mean square: 18,350 / sqrt(128). The root of the window's energy is 7.132, and a quarter
of 7.132 x 18,350 is 32,720: 47 below the limit of 16 bits, more than all roundings together."""

KERNELS = {
    "float32, shipped": "tussis_frame_power",
    "int16, mean square known": "int16_power",
    "int16 and mean square": "int16_power_alone",
}

_LINK = (
    "ENTRY({0})\nSECTIONS {{ . = 0x10000; .text : {{ KEEP(*(.text.{0})) *(.text* .rodata*) }}"
    " .data : {{ *(.data* .bss*) }} /DISCARD/ : {{ *(.ARM.ex*) }} }}\n"
)

_DRIVER = """
#include <stdint.h>
void int16_power_alone(const int16_t *frame, float *spectrum);
void drive(const int16_t *frames, float *spectra, long n);
void drive(const int16_t *frames, float *spectra, long n)
{
    for (long i = 0; i < n; i++) {
        int16_power_alone(frames + 128 * i, spectra + 64 * i);
    }
}
"""

CHANGES: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "as recorded": lambda x: x,
    "20 dB quieter": lambda x: x / 10,
    "40 dB quieter": lambda x: x / 100,
    "12 dB louder, clipped": lambda x: x * 4,
    "50 Hz of 3,000 LSB added": lambda x: x + 3000 * np.sin(2 * np.pi * 50 / 16000 * np.arange(len(x))),
}


def write_sources(folder: Path) -> list[Path]:
    """Write the tables and a front end's generated C; return the sources of both kernels."""

    def words(cos: NDArray[np.float64], sin: NDArray[np.float64]) -> NDArray[np.int32]:
        pairs = np.round(32768 * np.stack([cos, sin], axis=-1)).clip(-32768, 32767)
        return np.ascontiguousarray(pairs, dtype="<i2").view("<i4")[..., 0]

    def turns(angles: NDArray[np.float64]) -> NDArray[np.int32]:
        return words(np.cos(2 * np.pi * angles), np.sin(2 * np.pi * angles))

    window = np.round(hamming_window() / 4).astype("<i2").reshape(2, 4, 16)  # half, row, column
    pairs = np.ascontiguousarray(window.transpose(2, 1, 0)).view("<i4")[:, [0, 2, 1, 3], 0]
    columns = np.hstack([pairs, turns(np.outer(np.arange(16), [7, 2, 3]) / 128)])
    tables = {"int16_columns": columns, "int16_odd_twiddles": turns(np.arange(8) / 32)}
    text = "".join(
        f"static const int32_t {name}[{values.size}] __attribute__((aligned(8)))"
        f" = {{{', '.join(map(str, values.ravel()))}}};\n"
        for name, values in tables.items()
    )
    text += "".join(f"#define INT16_TURN_{k} ({turns(np.array(k / 16))})\n" for k in (1, 2, 3))
    text += f"#define INT16_FIT {FIT}F\n#define INT16_UNIT 0x1p72F\n"
    files = {"tussis/tussis_config.h": "", "int16_tables.h": text, "drive.c": _DRIVER}
    files |= feature_sources(FrontEnd.of(AudioPlan(), ["rms"], None, ()))
    (folder / "tussis").mkdir()
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    dsp = ROOT / "firmware_stub" / "src" / "dsp"
    return [
        ROOT / "benchmarks" / "int16_power.c",
        dsp / "fft.c",
        dsp / "samples.c",
        folder / "tussis_tables.c",
    ]


def include(folder: Path) -> list[Path]:
    """Folders of headers."""
    return [folder, ROOT / "firmware_stub" / "include", ROOT / "firmware_stub" / "src"]


def compilers() -> Iterator[Toolchain]:
    """Those for the Cortex-M33 that are here."""
    for name in ("gcc", "zig"):
        try:
            yield find_arm_toolchain(name)
        except InputError:
            continue


def linked(folder: Path, sources: list[Path], entry: str, compiler: Toolchain, opt: str) -> Path:
    """Build an image of one kernel and what it needs."""
    script = folder / f"{entry}.ld"
    script.write_text(_LINK.format(entry), encoding="utf-8")
    return compiler.build(
        sources,
        "elf",
        include=include(folder),
        linker_script=script,
        opt=opt,
        link_flags=["-Wl,--gc-sections"],
    )


def cost_rows(folder: Path, sources: list[Path], frames: Pcm, wanted: Float32) -> Iterator[tuple[str, ...]]:
    """Each compiler, level and kernel; the int16 one must give the bits that it gives here."""
    for compiler, opt in itertools.product(compilers(), ("O2", "Os")):
        for name, entry in KERNELS.items():
            board = VirtualBoard(linked(folder, sources, entry, compiler, opt)).count()
            at, out = board.alloc(2 * FRAME), board.alloc(256)
            costs = []
            board.clear_stack()
            for frame, spectrum in zip(frames, wanted, strict=True):
                board.write(at, frame)
                mean_square = int(np.sum(frame.astype(np.int64) ** 2)) // FRAME
                known = [mean_square] if entry == "int16_power" else []
                board.call(entry, at, *known, out, returns="void")
                costs.append((board.last_call.instructions, board.last_call.cycles))
                if entry != "tussis_frame_power":
                    assert np.array_equal(board.read_array(out, np.float32, 64), spectrum)
            instructions, cycles = np.mean(costs, axis=0)
            bounds = cycle_bounds(board.blocks.blocks, board.tree.executions)
            yield (
                f"{compiler.name} -{opt}",
                name,
                f"{instructions:,.0f}",
                f"{cycles:,.0f}",
                f"{bounds.low * cycles:,.0f} to {bounds.high * cycles:,.0f}",
                f"{sum(section.size for section in board.image.sections):,}",
                f"{board.stack_high_water}",
            )


def host_power(folder: Path, sources: list[Path]) -> Callable[[Pcm], Float32]:
    """Build the int16 kernel for this machine: frames (n, 128) to spectra (n, 64)."""
    built = find_host_compiler().build([*sources, folder / "drive.c"], "shared", include=include(folder))
    library = ctypes.CDLL(str(built))

    def power(frames: Pcm) -> Float32:
        frames = np.ascontiguousarray(frames)
        spectra = np.zeros((len(frames), 64), np.float32)
        library.drive(
            frames.ctypes.data_as(ctypes.c_void_p),
            spectra.ctypes.data_as(ctypes.c_void_p),
            ctypes.c_long(len(frames)),
        )
        return spectra

    return power


def accuracy_rows(
    folders: list[Path], each: int, int16: Callable[[Pcm], Float32]
) -> Iterator[tuple[str, ...]]:
    """Each folder of clips and each change of them."""
    for folder in folders:
        found = iter_dataset(folder)
        clips = found[:: -(-len(found) // each)]
        for name, change in CHANGES.items():
            yield f"{folder.name}, {name}", *compared(clips, change, int16)


def compared(
    clips: list[SessionRef],
    change: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    int16: Callable[[Pcm], Float32],
) -> tuple[str, ...]:
    """Compare both powers over clips that were changed."""
    detector = load_detector("default")
    assert detector.audio is not None
    plan, opens = detector.audio.plan, detector.audio_events.open_margin

    def bins(frames: Pcm) -> Float32:
        return np.ascontiguousarray(int16(frames)[:, 2:63].T)

    band_db, margins, decided, others, events = [], [], 0, 0, np.zeros(2, int)
    for ref in clips:
        recording = ref.load()
        changed = np.round(change(recording.audio.astype(float))).clip(-32768, 32767).astype(np.int16)
        recording = replace(recording, audio=changed)
        low = decimate(changed, plan, 0, len(changed) // plan.decimation)
        frames = low[: len(low) // FRAME * FRAME].reshape(-1, FRAME)
        logs = [log2_q8(mel_energies(power(frames), plan)).astype(int) for power in (frame_power, bins)]
        band_db.append(np.abs(logs[1] - logs[0]).ravel() * (10 * np.log10(2) / 256))
        found: list[Detection] = []
        for power in (frame_power, bins):
            with without_kernels(), patch.object(front_end, "frame_power", power):
                found.append(detect(recording, detector, "audio"))
        ours, theirs = (detection.audio_margins for detection in found)
        margins.append(np.abs(theirs - ours))
        decided += int(np.sum((theirs >= opens) != (ours >= opens)))
        others += bool(found[0].events) != bool(found[1].events)
        events += [len(detection.events) for detection in found]
    db, margin = np.concatenate(band_db), np.concatenate(margins)
    return (
        f"{len(clips)}",
        f"{db.mean():.4f}",
        f"{np.quantile(db, 0.999):.3f}",
        f"{np.mean(margin == 0):.1%}",
        f"{np.quantile(margin, 0.99):.3f}",
        f"{margin.max():.2f}",
        f"{decided} of {len(margin):,}",
        f"{others}",
        f"{events[0]}, {events[1]}",
    )


COST = ("compiler", "power by", "instructions", "cycles", "expected error", "flash", "stack")
ACCURACY = (
    "clips",
    "number",
    "mean difference of a band's logarithm, dB",
    "in 1 of 1,000 more than, dB",
    "margins equal",
    "99 % of margins differ by at most",
    "all",
    "windows decided otherwise",
    "clips with an event in one only",
    "events, float32 and int16",
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clips", type=Path, nargs="+", default=[], help="folders of clips")
    parser.add_argument("--each", type=int, default=300, help="clips of each folder at most")
    arguments = parser.parse_args()
    frames = np.random.default_rng(0).normal(0, 300, (20, FRAME)).astype(np.int16)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        sources = write_sources(folder)
        int16 = host_power(folder, sources)
        costs = cost_rows(folder, sources, frames, int16(frames))
        accuracy = accuracy_rows(arguments.clips, arguments.each, int16)
        for columns, rows in ((COST, costs), (ACCURACY, accuracy)):
            for number, row in enumerate(rows):
                if number == 0:
                    print("| " + " | ".join(columns) + " |\n" + "|---" * len(columns) + "|")
                print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()
