"""A feature is a NumPy function, a C kernel and a row: none of the three goes without the others."""

import re
from pathlib import Path

import numpy as np
import pytest

from tussis.signal.audio_features import _audio_windows
from tussis.signal.audio_nodes import ALWAYS, SERIES, SWITCHES, VARIABLES
from tussis.signal.c_expression import Call
from tussis.signal.catalogue import audio_catalogue, feature_ids, imu_catalogue
from tussis.signal.frames import audio_frames
from tussis.signal.imu_rows import MOTION_SIGNALS
from tussis.signal.kinematics import SIGNALS, kinematic_features, signal_of
from tussis.signal.plan import AudioPlan, ImuPlan

FIRMWARE = Path(__file__).resolve().parents[2] / "firmware_stub"
KERNEL_HEADERS = ("audio_path", "mel", "spectrum", "envelope", "kinematics")
ASKED_BY_TESTS = {"tussis_audio_path_ready"}
"""Not a kernel: whether the path has seen a window, which the C of the parity tests asks."""
PLANS = (AudioPlan(), AudioPlan(mel_bands=8), AudioPlan(mel_bands=24, window_blocks=2))


def without_comments(path: Path) -> str:
    return re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)


def declared_kernels() -> set[str]:
    """Functions that the headers of the kernels declare."""
    texts = [without_comments(FIRMWARE / "src" / "dsp" / f"{name}.h") for name in KERNEL_HEADERS]
    return {name for text in texts for name in re.findall(r"^[\w ]+[ *](tussis_\w+)\([^;{}]*\);", text, re.M)}


def called_by_firmware() -> set[str]:
    """Functions that the written C calls: a definition starts at the left margin, a call is indented."""
    files = (FIRMWARE / "src").rglob("*.c")
    return {name for file in files for name in re.findall(r"(?<=[ (!])\b(tussis_\w+)\(", calls_of(file))}


def calls_of(file: Path) -> str:
    return "\n".join(line for line in without_comments(file).splitlines() if line.startswith("    "))


def rows():
    return [row for plan in PLANS for row in audio_catalogue(plan).values()] + list(imu_catalogue().values())


def called_by_rows() -> set[str]:
    """Functions in the rows' expressions and in the declarations of what they read."""
    found = {name for row in rows() for name in row.value.functions}
    read = frozenset().union(*(row.value.variables for row in rows()))
    return found | {name for one in read for name in re.findall(r"(tussis_\w+)\(", one.declaration)}


@pytest.mark.parametrize("plan", PLANS, ids=str)
def test_the_audio_reference_computes_the_rows_and_nothing_else(plan):
    pcm = np.random.default_rng(0).integers(-9000, 9000, 16000).astype(np.int16)
    families = {row.family for row in audio_catalogue(plan).values()}
    found = _audio_windows(audio_frames(pcm, plan), 0, 1, families)
    assert found.keys() == set(feature_ids("audio", plan))


def test_the_motion_reference_computes_the_rows_and_nothing_else():
    samples = np.random.default_rng(0).standard_normal((6, 50, 2)).astype(np.float32)
    found = {
        name
        for signal in SIGNALS
        for name in kinematic_features(signal, signal_of(samples, signal), ImuPlan())
    }
    assert found == set(feature_ids("imu"))


def test_every_kernel_has_a_row_or_a_caller_in_the_firmware():
    declared = declared_kernels()
    assert len(declared) > 45
    assert declared - called_by_rows() - called_by_firmware() == ASKED_BY_TESTS


def test_every_row_calls_kernels_that_exist():
    inline = set(re.findall(r"\b(tussis_\w+)\(", without_comments(FIRMWARE / "src" / "dsp" / "elementary.h")))
    assert called_by_rows() - declared_kernels() - inline == set()


def test_every_series_of_the_reference_is_a_node_and_every_node_has_a_row():
    series = audio_frames(np.zeros(4096, np.int16), AudioPlan()).series
    ours = {one.name for one in SERIES}
    derived = {"tilt", "crest"}  # the reference computes them from group0..3, peak and energy
    assert series.keys() - {"energy"} == ours - derived
    used = frozenset().union(*(row.nodes for row in rows()))
    assert {one.node for one in VARIABLES if one.node} | set(ALWAYS) <= used
    assert {signal.samples.node for signal in MOTION_SIGNALS} <= used


def test_the_switches_of_the_c_are_those_of_the_nodes():
    texts = [file.read_text() for file in (FIRMWARE / "src" / "dsp").glob("*.[ch]")]
    in_c = {name.lower() for text in texts for name in re.findall(r"TUSSIS_NEED_([A-Z0-9_]+)\b", text)}
    assert in_c == set(SWITCHES)
    nodes = frozenset().union(*(row.nodes for row in rows()))
    on = {node.switch for node in nodes if node.switch} | {name for node in nodes for name in node.switches}
    assert on.union(*(row.switches for row in rows())) == set(SWITCHES)


def test_a_row_is_charged_for_what_it_reads():
    for row in rows():
        read = {one.node for one in row.value.variables if one.node}
        assert read <= row.nodes, row.id
        assert all(set(node.implies) <= row.nodes for node in row.nodes), row.id


def test_declarations_come_after_what_they_read():
    for variables in (VARIABLES, *(signal.variables for signal in MOTION_SIGNALS)):
        for i, one in enumerate(variables):
            assert set(one.reads) <= set(variables[:i]), one.name


def test_a_name_is_one_node():
    nodes = {node for row in rows() for node in row.nodes}
    assert len({node.name for node in nodes}) == len(nodes)


def test_every_scale_fits_the_deviation_of_the_longest_window():
    """`tussis_deviation` squares scale times frames in 31 bits."""
    most_frames = AudioPlan(window_blocks=8).window_frames
    for row in rows():
        for part in row.value.walk():
            if isinstance(part, Call) and part.function == "tussis_std":
                assert (int(str(part.arguments[-1])) * most_frames) ** 2 < 2**31, row.id
