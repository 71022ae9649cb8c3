"""What the firmware's kernels cost, as `tussis calibrate` measured them on the emulated Cortex-M33.

Costs are kept by kind, not by feature: sixteen mel bands share the figure of one, and a leaf is named after
the C functions it calls. :meth:`CostTable.graph` lays them out over the features of a catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from ...data.input_error import InputError
from ...data.strict_values import as_model
from ...data.untrusted import read_json
from ...signal.catalogue import audio_catalogue, imu_catalogue
from ...signal.feature import Feature, Modality
from ...signal.node import Node, Scope
from ...signal.plan import AudioPlan, ImuPlan
from ..detector.pre_roll import PRE_ROLLS, PreRoll
from .cost_graph import CostGraph
from .tree_costs import Cost, ModelCosts

__all__ = [
    "CostTable",
    "KernelCosts",
    "Memory",
    "MemoryCosts",
    "PreRollCosts",
    "leaf_kind",
    "load_cost_table",
]

SHIPPED = {name: Path(__file__).with_name(f"cost_table_{name}.json") for name in ("gcc", "zig")}
"""Tables by the compiler that built what was measured."""

Memory = Literal["flash_bytes", "ram_bytes"]


class _Costs(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KernelCosts(_Costs):
    """Cycles of one modality's path.

    Attributes
    ----------
    second
        Per second while everything is computed: decimator, control and events.
    frame
        Per frame without any feature (0 for motion, which has no work per frame that matters).
    frame_nodes, window_nodes, leaves
        Costs by kind: of nodes per frame, of nodes per window, of leaves per window.
    window
        Per window without any feature.
    """

    second: Cost
    frame: Cost
    frame_nodes: dict[str, Cost]
    window: Cost
    window_nodes: dict[str, Cost]
    leaves: dict[str, Cost]


class PreRollCosts(_Costs):
    """Cycles per second of the audio path with one pre-roll, in gated mode.

    Attributes
    ----------
    asleep
        While no frame is computed: taking samples in, decimated or as they are, and asking the gate.
    silent
        The same while the microphone sleeps and the port gives silence, a block at once.
    awake_extra
        What it takes more than `KernelCosts.second` while every frame is computed.
    """

    asleep: Cost
    silent: Cost
    awake_extra: Cost


class MemoryCosts(_Costs):
    """Bytes of an image: without features, by kind of node, by function (paid once), and by call."""

    base: Cost
    nodes: dict[str, Cost]
    functions: dict[str, Cost]
    leaf: Cost


class CostTable(_Costs):
    """Measured costs and what they were measured with.

    Attributes
    ----------
    version
        Version of this format.
    toolchain, opt
        Compiler and optimisation level.
    firmware_hash
        SHA-256 over the C sources.
    designs
        Number of firmwares measured.
    audio, imu
        Cycles of the two paths.
    pre_rolls
        What the audio path costs asleep, and more than `audio` awake, by how the pre-roll is kept.
    gap
        Cycles per second of the audio path while a microphone that follows the gate is off: it is asked for,
        and the gap is told, 16 ms at once.
    model
        Cost of trees.
    flash, ram
        Bytes of the image, models not counted.
    """

    version: Literal[3]
    toolchain: str
    opt: str
    firmware_hash: str
    designs: int
    audio: KernelCosts
    imu: KernelCosts
    pre_rolls: dict[PreRoll, PreRollCosts]
    gap: Cost
    model: ModelCosts
    flash: MemoryCosts
    ram: MemoryCosts

    def graph(self, modality: Modality, plan: AudioPlan | ImuPlan) -> CostGraph:
        """Cycles per second of the features of a plan while its path runs, the model not counted.

        Window costs were measured at the default plan; they are taken to grow with a window's frames.

        Raises
        ------
        KeyError
            The table lacks a kind, which `load_cost_table` refuses.
        """
        path: KernelCosts = getattr(self, modality)
        rows = _rows(modality, plan)
        window_hz, frame_hz, length = _rates(plan)
        needs = {name: row.needs for name, row in rows.items()}
        nodes = {}
        for node in _nodes(rows.values()):
            scope = _priced_as(modality, node)
            if scope == "always":
                nodes[node.name] = 0.0  # part of the base
            elif scope == "frame":
                nodes[node.name] = path.frame_nodes[node.kind] * frame_hz
            else:
                nodes[node.name] = path.window_nodes[node.kind] * length * window_hz
        leaves = {name: path.leaves[leaf_kind(row)] * length * window_hz for name, row in rows.items()}
        base = path.second + path.frame * frame_hz + path.window * window_hz
        return CostGraph(needs, nodes, leaves, base)

    def memory(self, resource: Memory, modality: Modality, plan: AudioPlan | ImuPlan) -> CostGraph:
        """Flash or RAM bytes of the features of a plan; the base is that of an image of both modalities.

        Raises
        ------
        KeyError
            The table lacks a kind, which `load_cost_table` refuses.
        """
        costs, is_code = (self.flash, True) if resource == "flash_bytes" else (self.ram, False)
        rows = _rows(modality, plan)
        needs = {name: row.needs | frozenset(row.value.functions) for name, row in rows.items()}
        nodes = {
            node.name: 0.0 if node.scope == "always" else costs.nodes[node.kind]
            for node in _nodes(rows.values())
        }
        for row in rows.values():
            nodes |= {name: costs.functions[name] if is_code else 0.0 for name in row.value.functions}
        return CostGraph(needs, nodes, dict.fromkeys(rows, costs.leaf), costs.base)


def _rows(modality: Modality, plan: AudioPlan | ImuPlan) -> Mapping[str, Feature]:
    return audio_catalogue(plan) if isinstance(plan, AudioPlan) else imu_catalogue()


def _rates(plan: AudioPlan | ImuPlan) -> tuple[float, float, float]:
    """Windows and frames per second, and a window's length against the default plan's."""
    if isinstance(plan, AudioPlan):
        frame_hz = 1.0 / plan.frame_s
        return frame_hz / plan.block_frames, frame_hz, plan.window_frames / AudioPlan().window_frames
    return plan.rate_hz / plan.hop, plan.rate_hz / plan.frame, plan.window / ImuPlan().window


def _nodes(rows: Iterable[Feature]) -> frozenset[Node]:
    return frozenset().union(*(row.nodes for row in rows))


def _priced_as(modality: Modality, node: Node) -> Scope:
    """Return the scope that a node is priced in: the motion path has no work per frame that matters."""
    return "window" if modality == "imu" and node.scope == "frame" else node.scope


def leaf_kind(row: Feature) -> str:
    """Kind of a leaf: the C functions it calls."""
    return "+".join(row.value.functions) or "read"


def _lacking(table: CostTable) -> Iterator[tuple[str, list[str]]]:
    """Yield (place in the file, kinds) of what the default plans need and the table does not hold."""
    needed: dict[str, tuple[Mapping[str, object], set[str]]] = {}
    computed: set[str] = set()
    functions: set[str] = set()
    catalogues: tuple[tuple[Modality, Mapping[str, Feature]], ...]
    catalogues = (("audio", audio_catalogue()), ("imu", imu_catalogue()))
    for modality, rows in catalogues:
        path: KernelCosts = getattr(table, modality)
        kinds: dict[Scope, set[str]] = {"frame": set(), "window": set(), "always": set()}
        for node in _nodes(rows.values()):
            kinds[_priced_as(modality, node)].add(node.kind)
        needed[f"{modality}.frame_nodes"] = path.frame_nodes, kinds["frame"]
        needed[f"{modality}.window_nodes"] = path.window_nodes, kinds["window"]
        needed[f"{modality}.leaves"] = path.leaves, {leaf_kind(row) for row in rows.values()}
        computed |= kinds["frame"] | kinds["window"]
        functions |= {name for row in rows.values() for name in row.value.functions}
    needed["pre_rolls"] = dict.fromkeys(map(str, table.pre_rolls)), set(PRE_ROLLS)
    needed["flash.nodes"] = table.flash.nodes, computed
    needed["flash.functions"] = table.flash.functions, functions
    needed["ram.nodes"] = table.ram.nodes, computed
    for place, (held, wanted) in needed.items():
        if missing := sorted(wanted - held.keys()):
            yield place, missing


@cache
def load_cost_table(which: str | Path = "gcc") -> CostTable:
    """Read a cost table.

    Parameters
    ----------
    which
        ``"gcc"`` or ``"zig"`` for a shipped one, else a file.

    Raises
    ------
    InputError
        It is missing, damaged or of another version, or lacks a kind of feature that this version has: one
        without a cost would count as free.
    """
    path = SHIPPED.get(str(which), Path(which))
    document = read_json(path, "make it with `tussis calibrate`")
    remedy = "make it again with `tussis calibrate`"
    try:
        table = as_model(CostTable, document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or None
        raise InputError(path, first["msg"], field=where, remedy=remedy) from None
    for place, (kind, *others) in _lacking(table):
        more = f" and {len(others)} more" if others else ""
        raise InputError(path, f"has no cost of {kind}{more}", field=place, remedy=remedy)
    return table
