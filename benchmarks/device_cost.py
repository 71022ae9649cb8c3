"""What the detector costs on the emulated Cortex-M33, beside Cough-E, averaged over recordings.

    python benchmarks/device_cost.py [--detector default] [--dataset DATASET] [--record]

Exports the detector, runs every recording on the emulated core, counts what is executed and prints the table
that the README shows, then the functions by instructions. ``--record`` adds the figures to
``benchmarks/history.csv``. Without ``--dataset`` the sessions below TUSSIS_RECORDINGS are taken, else two
synthetic ones. Counts are exact: the same detector, recordings and compiler give the same figures.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import os
import tempfile
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tussis import __version__
from tussis.data.dataset import iter_dataset
from tussis.data.synthesis.dataset import write_dataset
from tussis.export.codegen.project import export_project
from tussis.export.estimate.estimate import measure
from tussis.export.estimate.measurement import Measurement
from tussis.selection.detector.detector_file import load_detector

HERE = Path(__file__).resolve().parent
HISTORY = HERE / "history.csv"

COUGH_E = {
    "audio_instructions_per_second": 14_800_000,
    "imu_instructions_per_second": 1_030_000,
    "flash_bytes": 322_000,
    "ram_bytes": 222_000,
    "worst_16_ms_push_instructions": None,
}
"""Measured on its published C application with the same counting (Albini et al., 2025)."""
REACH = {
    "audio_instructions_per_second": 600_000,
    "imu_instructions_per_second": 70_000,
    "flash_bytes": 49_152,
    "ram_bytes": 24_576,
    "worst_16_ms_push_instructions": 60_000,
}


def figures_of(measurements: list[Measurement]) -> dict[str, int]:
    """Average the rates over all recordings; sizes are the image's, the worst push is the worst of all."""
    seconds = sum(m.modes["audio"].seconds for m in measurements)

    def rate(mode: str) -> int:
        return round(sum(m.modes[mode].instructions for m in measurements if mode in m.modes) / seconds)

    pushes = (run.worst("tussis_push_audio").instructions for m in measurements for run in m.modes.values())
    return {
        "audio_instructions_per_second": rate("audio"),
        "imu_instructions_per_second": rate("imu"),
        "flash_bytes": measurements[0].memory.flash_bytes,
        "ram_bytes": measurements[0].memory.ram_bytes,
        "worst_16_ms_push_instructions": max(pushes),
    }


def print_tables(figures: dict[str, int], measurements: list[Measurement], console: Console) -> None:
    """Print the comparison and the functions by instructions per second."""
    table = Table("figure", "Cough-E", "reach", "tussis", "ratio")
    for key, value in figures.items():
        reference = COUGH_E[key]
        table.add_row(
            key.replace("_", " "),
            f"{reference:,}" if reference else "a whole window",
            f"{REACH[key]:,}",
            f"{value:,}",
            f"1/{reference / value:.1f}" if reference else "",
        )
    console.print(table)
    for mode in ("audio", "imu"):
        instructions: Counter[str] = Counter()
        for measurement in measurements:
            for function in measurement.modes[mode].functions if mode in measurement.modes else ():
                instructions[function.name] += function.instructions
        total = instructions.total()
        ranked = Table(f"{mode} mode: function", "share of instructions")
        for name, count in instructions.most_common(12):
            ranked.add_row(name, f"{count / total:.1%}")
        console.print(ranked)


def record(figures: dict[str, int], measurement: Measurement, dataset: str) -> None:
    """Add one line to the history."""
    row = {
        "date": datetime.date.today().isoformat(),
        "version": __version__,
        "toolchain": measurement.toolchain,
        "opt": measurement.opt,
        "dataset": dataset,
        **figures,
    }
    new = not HISTORY.exists()
    with HISTORY.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(row), lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(row)


def main() -> None:
    """Measure, print and, if asked, remember."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--detector", default="default")
    parser.add_argument("--dataset", type=Path)
    parser.add_argument("--record", action="store_true", help="add the figures to benchmarks/history.csv")
    arguments = parser.parse_args()
    console = Console(width=110)
    with tempfile.TemporaryDirectory() as temporary:
        dataset = arguments.dataset
        if dataset is None:
            shared = os.environ.get("TUSSIS_RECORDINGS", HERE.parent.parent / "shared" / "recordings")
            dataset = Path(shared) / "sessions"
        if not dataset.is_dir():
            console.print(f"no recordings at {dataset}: two synthetic sessions instead")
            dataset = write_dataset(
                Path(temporary) / "synthetic", subjects=2, sessions_per_subject=1, session_s=30.0, seed=99
            )
        project = Path(temporary) / "firmware"
        export_project(load_detector(arguments.detector), project)
        measurements = []
        for session in iter_dataset(dataset):
            console.print(f"measuring {session.name} ...")
            measurements.append(measure(project, session.path))
    figures = figures_of(measurements)
    print_tables(figures, measurements, console)
    if arguments.record:
        record(figures, measurements[0], dataset.name)


if __name__ == "__main__":
    main()
