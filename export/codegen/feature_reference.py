"""``docs/features.md``: every feature of the catalogue, its formula, source, kernel and price.

``python -m tussis.export.codegen.feature_reference`` writes it into the checkout that the package is in.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ...data.atomic import write_text_whole
from ...selection.budget.cost_graph import CostGraph
from ...selection.budget.cost_table import CostTable, load_cost_table
from ...signal.catalogue import audio_catalogue, imu_catalogue
from ...signal.feature import Feature, Modality
from ...signal.plan import AudioPlan, ImuPlan

__all__ = ["PAGE", "feature_reference"]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "features.md"

_HEAD = """\
# Features

<!-- Written by `python -m tussis.export.codegen.feature_reference` from the rows in signal/: edit those. -->

Every feature that `tussis train` chooses from, in the default plan: {audio} of sound and {imu} of motion.
NumPy, the C on this machine and the C on the Cortex-M33 give the same bits.

Prices are cycles on the Cortex-M33 ({toolchain} -{opt}, `tussis calibrate`). *Own* is what a feature costs in
each window when the work it shares with others is paid already. *Alone* is what it adds to each second of its
path when it is the only one: its own cost and that of all it shares. What is shared is paid once.
Of features that differ by band, coefficient or axis only, one row gives the first and the last.
"""

_SYMBOLS: dict[Modality, str] = {
    "audio": """\
Sound is decimated to 8 kHz and cut into frames of 16 ms. A window has N = 32 frames (0.512 s); a new one
follows every 0.128 s.

| Symbol | Meaning |
|---|---|
| f, b, k | frame 0 to N - 1 of the window, mel band 0 to 15, bin of 62.5 Hz (125 to 3875 Hz, K = 61 bins) |
| x[n] | sample, in LSB of 16 bits |
| P[k], M[k,f] | power of a bin in a frame; its square root |
| E[b,f], L[b,f] | energy of a mel band, at least 1 squared LSB; its log2, in steps of 1/256 |
| D[k,b], c[k,f] | orthonormal DCT-II; cepstral coefficient |
| q[k], f_k | mean power spectrum of the window as a distribution over bins; frequency of a bin |
| p[f], l[f] | sum of the band energies of a frame; its log2 |
| a | frame of the largest l |
| s[f] | the series a row names; s_g[f]: mean of L[b,f] over band group g, a quarter of the bands |
""",
    "imu": """\
A window has n = 50 samples at 100 Hz (0.5 s); a new one follows every 0.25 s. There are eight signals:
acceleration x, y, z in m/s2, rotation x, y, z in deg/s, and the norms of both.

| Symbol | Meaning |
|---|---|
| x[i], d[i] | sample; its deviation from the window's mean |
| m2, m3, m4 | mean of d^2, d^3, d^4 |
| j[i] | d[i] - d[i-1] |
| v[i] | integral of d from the window's start |
""",
}

_TITLES: dict[Modality, str] = {"audio": "Sound", "imu": "Motion"}
_COLUMNS = ("Feature", "Unit", "What", "Formula", "Source", "C kernel", "Shares", "Own", "Alone per second")


def feature_reference() -> str:
    """Text of ``docs/features.md``, from the catalogue and the shipped cost table of gcc."""
    table = load_cost_table("gcc")
    audio, imu = audio_catalogue(), imu_catalogue()
    parts = [_HEAD.format(audio=len(audio), imu=len(imu), toolchain=table.toolchain, opt=table.opt)]
    for modality, rows, plan in (("audio", audio, AudioPlan()), ("imu", imu, ImuPlan())):
        chosen: Modality = "audio" if modality == "audio" else "imu"
        parts.append(f"## {_TITLES[chosen]}\n\n{_SYMBOLS[chosen]}")
        parts += _families(list(rows.values()), table.graph(chosen, plan), plan)
    parts.append(_nodes(table))
    return "\n".join(parts)


def _families(rows: Sequence[Feature], costs: CostGraph, plan: AudioPlan | ImuPlan) -> Iterator[str]:
    for family in dict.fromkeys(row.family for row in rows):
        lines = [f"### {family}\n", *_head(_COLUMNS)]
        lines += [_line(alike, costs, plan) for alike in _alike(row for row in rows if row.family == family)]
        yield "\n".join(lines) + "\n"


def _alike(rows: Iterable[Feature]) -> list[list[Feature]]:
    """Rows that differ by band, coefficient, group or axis only, together."""
    found: dict[tuple[object, ...], list[Feature]] = {}
    for row in rows:
        kinds = frozenset(node.kind for node in row.nodes)
        key = (row.unit, row.formula, row.source, row.value.functions, kinds - {"norm", "signal"})
        found.setdefault(key, []).append(row)
    return list(found.values())


def _line(rows: Sequence[Feature], costs: CostGraph, plan: AudioPlan | ImuPlan) -> str:
    first = rows[0]
    what = first.description
    if any(row.description != what for row in rows):
        what = re.sub(r"\d+", "n", what)
    kinds = sorted({node.kind for row in rows for node in row.nodes if node.scope != "always"})
    own = [costs.leaves[row.id] * plan.hop_s for row in rows]  # a window follows every hop
    alone = [costs.cost([row.id]) - costs.base for row in rows]
    cells = (
        _ids(rows),
        first.unit,
        what,
        f"`{first.formula}`",
        first.source,
        ", ".join(f"`{name}`" for name in dict.fromkeys(first.value.functions)) or "member of what it shares",
        ", ".join(kinds),
        _range(own),
        _range(alone),
    )
    return _row(cells)


def _ids(rows: Sequence[Feature]) -> str:
    ids = [f"`{row.id}`" for row in rows]
    return ", ".join(ids) if len(ids) <= 8 else f"{ids[0]}, {ids[1]} ... {ids[-1]}"


def _range(values: Sequence[float]) -> str:
    low, high = f"{min(values):,.0f}", f"{max(values):,.0f}"
    return low if low == high else f"{low} to {high}"


def _nodes(table: CostTable) -> str:
    """Return the table of what the shared work costs by itself."""
    lines = [
        "## Shared work\n",
        "Cycles per frame or window, by kind; paid once however many features use it.\n",
    ]
    lines += _head(("Kind", "Path", "Computed", "Cycles each"))
    for name, path in (("sound", table.audio), ("motion", table.imu)):
        for scope, kinds in (("per frame", path.frame_nodes), ("per window", path.window_nodes)):
            lines += [_row((kind, name, scope, f"{cost:,.0f}")) for kind, cost in sorted(kinds.items())]
    return "\n".join(lines) + "\n"


def _head(columns: Sequence[str]) -> list[str]:
    return [_row(columns), "|" + "---|" * len(columns)]


def _row(cells: Sequence[str]) -> str:
    """Row of a table; a bar inside a cell is escaped."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    write_text_whole(Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE, feature_reference())
