"""What a microphone that follows the gate costs and saves, against one that is always on, both in gated mode.

    python benchmarks/microphone_off.py [--detector default] [--dataset DATASET] [--start-ms 0 32] [--json]

For each start-up time: event F1 against the labels; of the events found with the microphone on, how many are
lost, and how much later the others begin; the share of the time for which the microphone is on; the bytes of
RAM of the image. Without ``--dataset`` the sessions below TUSSIS_RECORDINGS are taken. The same detector and
recordings give the same figures.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from tussis.data.dataset import iter_dataset
from tussis.data.recording import Recording
from tussis.export.build.toolchain import find_arm_toolchain
from tussis.export.codegen.project import export_project
from tussis.export.emulator.elf_image import load_elf
from tussis.selection.detector.detector_file import Detector, load_detector
from tussis.selection.detector.inference import Detection, Event, detect
from tussis.selection.detector.microphone import ALWAYS, Microphone
from tussis.selection.training.event_counts import count_events

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Row:
    """One way to run the microphone, over all sessions; `lost` and `new` against one that is always on."""

    microphone: str
    f1: float
    sensitivity: float
    precision: float
    found: int
    lost: int
    new: int
    onset_delay_median_ms: float
    onset_delay_p95_ms: float
    microphone_duty: float
    window_duty: float
    ram_bytes: int


def row(
    microphone: Microphone, detector: Detector, recordings: Sequence[Recording], before: Sequence[Detection]
) -> Row:
    """Detect with one microphone and compare with the detections of one that is always on."""
    assert detector.audio is not None
    assert detector.imu is not None
    after = [detect(recording, detector, "gated", microphone=microphone) for recording in recordings]
    tp = fp = ref = lost = new = 0
    delays_ms: list[float] = []
    for recording, old, found in zip(recordings, before, after, strict=True):
        spans = [(event.start_s, event.end_s) for event in found.events]
        counts = count_events(recording.coughs, spans, recording.duration_s)
        tp, fp, ref = tp + counts.tp, fp + counts.fp, ref + counts.ref
        partners = [partner(event, found.events) for event in old.events]
        delays_ms += [
            1e3 * (p.start_s - event.start_s) for event, p in zip(old.events, partners, strict=True) if p
        ]
        lost += partners.count(None)
        new += sum(partner(event, old.events) is None for event in found.events)
    plans = detector.audio.plan, detector.imu.plan
    duties = [microphone.duty(*plans, d.imu_hits, d.evaluated) for d in after]
    return Row(
        str(microphone),
        2 * tp / (tp + fp + ref) if tp else 0.0,
        tp / ref if ref else 0.0,
        tp / (tp + fp) if tp else 0.0,
        sum(len(d.events) for d in after),
        lost,
        new,
        *(round(float(np.percentile(delays_ms, p)), 1) if delays_ms else 0.0 for p in (50, 95)),
        float(np.mean(duties)),
        float(np.mean([d.audio_duty for d in after])),
        ram_bytes(detector, microphone),
    )


def partner(event: Event, others: Sequence[Event]) -> Event | None:
    """First event of `others` that shares time with this one."""
    return next((o for o in others if o.start_s < event.end_s and event.start_s < o.end_s), None)


def ram_bytes(detector: Detector, microphone: Microphone) -> int:
    """Return the static RAM of the image for the Cortex-M33."""
    with tempfile.TemporaryDirectory() as folder:
        project = export_project(detector, Path(folder) / "firmware", microphone=microphone)
        image = load_elf(find_arm_toolchain().compile_elf(project))
    return sum(section.size for section in image.sections if section.writable)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--detector", default="default")
    shared = os.environ.get("TUSSIS_RECORDINGS", HERE.parent.parent / "shared" / "recordings")
    parser.add_argument("--dataset", type=Path, default=Path(shared) / "sessions")
    parser.add_argument("--start-ms", type=int, nargs="+", default=[0, 32, 100, 256])
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    arguments = parser.parse_args()
    detector = load_detector(arguments.detector)
    recordings = [session.load(**detector.rates) for session in iter_dataset(arguments.dataset)]
    recordings = [recording for recording in recordings if recording.imu is not None]
    before = [detect(recording, detector, "gated") for recording in recordings]
    choices = [ALWAYS, *(Microphone("gated", start_ms) for start_ms in arguments.start_ms)]
    rows = [row(microphone, detector, recordings, before) for microphone in choices]
    if arguments.json:
        print(json.dumps([asdict(found) for found in rows], indent=1))
        return
    table = Table("microphone", "F1", "sens.", "prec.", "events", "lost", "new", "later: median", "p95",
                  "microphone on", "windows", "RAM")  # fmt: skip
    for r in rows:
        table.add_row(
            r.microphone, f"{r.f1:.3f}", f"{r.sensitivity:.3f}", f"{r.precision:.3f}", str(r.found),
            str(r.lost), str(r.new), f"{r.onset_delay_median_ms:.0f} ms", f"{r.onset_delay_p95_ms:.0f} ms",
            f"{r.microphone_duty:.1%}", f"{r.window_duty:.1%}", f"{r.ram_bytes:,}",
        )  # fmt: skip
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
