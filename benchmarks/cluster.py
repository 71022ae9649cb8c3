"""Time, peak memory and bytes of extraction, selection and scoring against hours of recordings and workers.

    python benchmarks/cluster.py FOLDER --hours 1 4 --workers 1 2
    python benchmarks/cluster.py FOLDER --hours 5 20 80 200 --clips CLIPS --motion MOTION --made 5

Without clips the recordings are those of `tussis synth`, with clips those of `tussis compose`: sound and
motion, in sessions of five minutes. More hours than ``--made`` are the same sessions again, as links beside
a file with a number: nothing about them is known before, so each is read and computed. More hours than
``--extracted`` get the features of those made, under keys of their own, which leaves out a stage that is
measured at fewer hours. Recordings that are links, and features, go when the next size begins. Each stage is
a process of its own that begins with the features of the stages before it; its memory is the proportional
set size of it and all its workers together, seen four times a second. One JSON line for each stage, kept in
FOLDER/rows.jsonl: the same command goes on after the last one. Then the table, and the straight line through
the CPU seconds of each stage.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from tussis.data.cache_place import CACHE_PLACE

SESSION_S = 300.0
LOOK_S = 0.25
KEPT = "rows.jsonl"
JOINED = 8
Rows = list[dict[str, Any]]
FEATURES = """
import sys
from pathlib import Path
from tussis.data.workers import workers
from tussis.selection.windows.dataset_features import dataset_features
with workers(int(sys.argv[2])):
    data = dataset_features(sys.argv[1])
print(sum(len(part) for one in data.sessions for part in (one.audio, one.imu) if part is not None))
"""


def make(folder: Path, hours: float, made: float, clips: list[Path], motion: Path | None) -> Path:
    """Make recordings of so many hours, if they are not there."""
    out = folder / f"recordings-{hours:g}"
    if out.exists() and not (out / "unfinished.json").exists():
        return out
    if hours > made:
        return copies(make(folder, made, made, clips, motion), out, round(hours / made))
    sessions = round(hours * 3600.0 / SESSION_S)
    if not clips:
        from tussis.data.synthesis.dataset import write_dataset

        people = min(sessions, 24)
        return write_dataset(
            out, subjects=people, sessions_per_subject=sessions // people, session_s=SESSION_S
        )
    from tussis.data.corpus.composition import compose

    return compose(clips, out, hours=hours, session_s=SESSION_S, motion=motion).path


def copies(source: Path, out: Path, times: int) -> Path:
    """Write a dataset several times over: links, and a number that makes each copy another recording."""
    part = out.with_name(f"{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    for session in sorted(path for path in source.iterdir() if path.is_dir()):
        for number in range(times):
            place = part / f"{session.name}_{number:02d}"
            place.mkdir(parents=True)
            for file in session.iterdir():
                os.link(file, place / file.name)
            (place / "copy.txt").write_text(f"{number}\n")
    return part.rename(out)


def copy_features(source: Path, known: Path, recordings: Path, cache: Path) -> None:
    """Store the features of recordings for their copies, `JOINED` copies in a segment."""
    import pyarrow as pa

    from tussis.data.content_hash import content_hash
    from tussis.data.dataset import iter_dataset
    from tussis.selection.windows.feature_store import FeatureStore

    (place,) = (known / "tussis" / "features").glob("code=*/plan=*")
    base = FeatureStore(place, (), ())
    base.look()
    keys = {reference.name: content_hash(reference) for reference in iter_dataset(source)}
    store = FeatureStore(cache / "tussis" / place.relative_to(known / "tussis"), (), ())
    waiting: list[dict[str, pa.Table]] = []
    references = iter_dataset(recordings)
    for number, reference in enumerate(references, 1):
        key = keys[reference.name.rpartition("_")[0]]
        found = base.find(key)
        sessions = base._table(found.segment, "sessions")
        sessions = sessions.filter(pa.compute.equal(sessions.column("key"), key))
        tables = {"sessions": sessions.set_column(0, "key", pa.array([content_hash(reference)]))}
        for part in ("audio", "imu"):
            tables[part] = base._table(found.segment, part).slice(found.first[part], found.count(part))
        waiting.append(tables)
        if len(waiting) == JOINED or number == len(references):
            joined = {part: pa.concat_tables([one[part] for one in waiting]) for part in waiting[0]}
            store._write(f"{number:032d}", joined)
            waiting = []


def stage(command: list[str], cache: Path) -> dict[str, Any]:
    """Run a command and watch it: seconds, CPU seconds of it and its workers, peak memory in MB."""
    start_s = time.perf_counter()
    environment = os.environ | {CACHE_PLACE: str(cache / "tussis")}
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as faults:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=faults)
        watched = psutil.Process(process.pid)
        peak, ended = 0, 0
        while not ended:
            peak = max(peak, _memory(watched))
            time.sleep(LOOK_S)
            # Of this process and those it waited for, not of others that this script started before.
            ended, status, used = os.wait4(process.pid, os.WNOHANG)
        process.returncode = os.waitstatus_to_exitcode(status)
        for file in (said, faults):
            file.seek(0)
        if process.returncode:
            raise RuntimeError(f"{' '.join(command)}: {faults.read()}")
        text = said.read()
    return {
        "seconds": round(time.perf_counter() - start_s, 1),
        "cpu_s": round(used.ru_utime + used.ru_stime, 1),
        "peak_mb": peak // 2**20,
        "said": text,
    }


def _memory(process: psutil.Process) -> int:
    total = 0
    try:
        for one in (process, *process.children(recursive=True)):
            with one.oneshot():
                total += one.memory_full_info().pss if sys.platform == "linux" else one.memory_info().rss
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0
    return total


def size(folder: Path) -> int:
    """Bytes of all files of a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def measure(
    folder: Path, hours: float, jobs: int, recordings: Path, known: Rows, options: argparse.Namespace
) -> Rows:
    """Extract, select and score once, from nothing; rows that are known are taken."""
    cache = folder / f"cache-{hours:g}-{jobs}"
    model = folder / f"detector-{hours:g}-{jobs}.json"
    tussis, work = [sys.executable, "-m", "tussis.cli.app"], ["--jobs", str(jobs)]
    train = [] if options.max_rows is None else ["--max-rows", str(options.max_rows)]
    stages = {
        "features": [sys.executable, "-c", FEATURES, str(recordings), str(jobs)],
        "selection": [*tussis, "train", str(recordings), "--out", str(model), *train, *work],
        "scoring": [*tussis, "score", str(recordings), "--model", str(model), "--json", *work],
    }
    if hours > options.extracted:
        stages = {"selection": stages["selection"]}
        if not cache.exists():
            made = f"{options.made:g}"
            copy_features(folder / f"recordings-{made}", folder / f"cache-{made}-{jobs}", recordings, cache)
    rows = []
    for name, command in stages.items():
        same = {"hours": hours, "workers": jobs, "stage": name}
        row = next((row for row in known if row.items() >= same.items()), None)
        if row is None:
            found = stage(command, cache)
            said = found.pop("said")
            row = {**same, **found}
            if name == "features":
                stored = size(cache / "tussis" / "features")
                row |= {"windows": int(said), "bytes": stored, "bytes_per_window": round(stored / int(said))}
            with (folder / KEPT).open("a") as file:
                file.write(json.dumps(row) + "\n")
            print(json.dumps(row), flush=True)
        rows.append(row)
    if hours != options.made:
        shutil.rmtree(cache, ignore_errors=True)
    return rows


def kept_rows(folder: Path) -> Rows:
    """Read the rows of an earlier call."""
    file = folder / KEPT
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def report(rows: Rows) -> None:
    """Print the table, and for each stage how far CPU seconds are from a straight line through them."""
    print("| hours | workers | stage | s | CPU s | CPU s per hour | peak MB | bytes per window |")
    print("|---|---|---|---|---|---|---|---|")
    for row in rows:
        print(
            f"| {row['hours']:g} | {row['workers']} | {row['stage']} | {row['seconds']} | {row['cpu_s']} |"
            f" {row['cpu_s'] / row['hours']:.1f} | {row['peak_mb']} | {row.get('bytes_per_window', '')} |"
        )
    for name, jobs in dict.fromkeys((row["stage"], row["workers"]) for row in rows):
        own = [row for row in rows if (row["stage"], row["workers"]) == (name, jobs)]
        hours, seconds = (np.array([row[key] for row in own]) for key in ("hours", "cpu_s"))
        if len(own) < 2:
            continue
        slope, start = np.polyfit(hours, seconds, 1)
        off = np.abs(slope * hours + start - seconds) / seconds
        print(
            f"{name}, {jobs} workers: {start:.1f} + {slope:.2f} CPU s per hour, at most {off.max():.0%} off",
            "" if len(own) > 2 else "(two points: no test of the line)",
        )


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--hours", type=float, nargs="+", default=[1.0, 4.0])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--clips", type=Path, nargs="*", default=[])
    parser.add_argument("--motion", type=Path)
    parser.add_argument("--made", type=float, default=np.inf, help="hours that are not copies")
    parser.add_argument("--extracted", type=float, default=np.inf, help="more hours: selection only")
    parser.add_argument("--max-rows", type=int, help="of train")
    options = parser.parse_args()
    folder: Path = options.folder.resolve()  # a cache folder that is not absolute is passed over
    folder.mkdir(parents=True, exist_ok=True)
    rows, known = [], kept_rows(folder)
    for hours in options.hours:
        recordings = make(folder, hours, options.made, options.clips, options.motion)
        for jobs in options.workers:
            rows += measure(folder, hours, jobs, recordings, known, options)
            first, last = (folder / f"detector-{hours:g}-{n}.json" for n in (options.workers[0], jobs))
            same = first.read_text().replace(first.name, last.name) == last.read_text()
            print(json.dumps({"hours": hours, "workers": jobs, "same_detector": same}), flush=True)
        if hours > options.made:
            shutil.rmtree(recordings)
    report(rows)


if __name__ == "__main__":
    main()
