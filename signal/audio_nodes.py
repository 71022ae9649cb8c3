"""Shared work of the audio features, and the variables by which the generated C reads it.

Paid always, because events need the level: ``fft`` (window, transform, power of 61 bins) and ``mel``
(energies, logarithms, level). Everything else is computed when a feature asks.
"""

from __future__ import annotations

from .c_expression import Constant, Variable
from .node import Node
from .plan import GROUPS

ALWAYS = (Node("fft", "fft", "always"), Node("mel", "mel", "always"))

# Passes over a frame that several kinds of nodes share; no feature reads them.
MEL_BLOCK = Node("mel_block", "mel_block", "frame", switches=("mel_block",))
BAND_CHANGES = Node("band_changes", "band_changes", "frame", switches=("change",))
BAND_GROUPS = Node("band_groups", "band_groups", "frame", switches=("groups",))
FRAME_PEAK = Node("frame_peak", "frame_peak", "frame")
FRAME_ENERGY = Node("frame_energy", "frame_energy", "frame")

N = Constant("N")
"""Frames of a window."""

MEL = Variable("mel", "const tussis_mel_block_t *const mel = path->mel;")
OLDEST = Variable("oldest", "const int oldest = path->block;")
START = Variable("start", "const int start = path->block * TUSSIS_BLOCK_FRAMES;")


def _series(name: str, *implies: Node, kind: str = "", switches: tuple[str, ...] = ()) -> Variable:
    """Series of one 16-bit integer per frame, and the pointer to a window's first value."""
    node = Node(name, kind or name, "frame", implies, "series", switches=switches)
    text = f"const int16_t *const {name} = &path->series[TUSSIS_SERIES_{name.upper()}][start];"
    return Variable(name, text, (START,), node)


LEVEL = _series("level")
GROUP = tuple(_series(f"group{g}", BAND_GROUPS, kind="group") for g in range(GROUPS))
TILT = _series("tilt", BAND_GROUPS)
FLUX = _series("flux", BAND_CHANGES)
ONSET = _series("onset", BAND_CHANGES)
RISING = _series("rising", BAND_CHANGES)
BIN_FLUX = _series("bin_flux")
FLAT = _series("flat")
CENTROID = _series("centroid")
TONAL = _series("tonal")
ZCR = _series("zcr", switches=("time",))
PEAK = _series("peak", FRAME_PEAK, switches=("time",))
CREST = _series("crest", FRAME_PEAK, FRAME_ENERGY, switches=("time",))

SERIES = (LEVEL, *GROUP, TILT, FLUX, ONSET, RISING, BIN_FLUX, FLAT, CENTROID, TONAL, ZCR, PEAK, CREST)
"""Integer series the firmware can keep, in the order of its rows."""

MEL_SUM = Node("mel_sum", "mel_sum", "frame", (MEL_BLOCK,), "sum")
PSD = Node("psd", "psd", "frame", storage="sum")
POWER = Variable(
    "power",
    "const float *const power = &path->power[start];",
    (START,),
    Node("power", "power", "frame", storage="sum"),
)
MEAN_SQUARE = Variable(
    "mean_square",
    "const uint32_t *const mean_square = &path->mean_square[start];",
    (START,),
    Node("mean_square", "mean_square", "frame", (FRAME_ENERGY,), "sum", switches=("time",)),
)

SUMS = ("mel_sum", "psd", "power", "mean_square")
"""Names of the nodes of storage ``sum``, in the order of their switches."""

LISTED_KINDS = ("mel_square", "mel_max", "mel_energy", "mfcc")
"""Kinds of the nodes of storage ``list``."""


def _listed(kind: str, number: int, switches: tuple[str, ...] = ()) -> Node:
    name = f"{kind}_{number:02d}"
    return Node(name, kind, "frame", (MEL_BLOCK,), "list", number, switches)


def mel_square(band: int) -> Node:
    """Return the sum of the squared logarithms of a band."""
    return _listed("mel_square", band)


def mel_max(band: int) -> Node:
    """Return the largest logarithm of a band."""
    return _listed("mel_max", band)


def mel_energy(band: int) -> Node:
    """Return the sums of a band's energy, and of energy times logarithm."""
    return _listed("mel_energy", band)


def mfcc(coefficient: int) -> Node:
    """Return the sums of a cepstral coefficient and of its square."""
    return _listed("mfcc", coefficient, ("dct",))


def _of_window(
    node: str,
    declaration: str,
    *reads: Variable,
    name: str = "",
    implies: tuple[Node, ...] = (),
    switches: tuple[str, ...] = (),
) -> Variable:
    """Work that is done once a window, and the variable that holds its result."""
    return Variable(name or node, declaration, reads, Node(node, node, "window", implies, switches=switches))


AT = _of_window("at", "const int32_t at = tussis_argmax(level, N);", LEVEL)
GROUP_AT = tuple(
    Variable(f"{s.name}_at", f"const int32_t {s.name}_at = tussis_argmax({s.name}, N);", (s,)) for s in GROUP
)
"""Frames of the groups' peaks."""

SECOND = _of_window("second", "const tussis_second_t second = tussis_second(level, N, at);", LEVEL, AT)
POWER_MOMENTS = _of_window(
    "power_moments",
    "const tussis_power_moments_t power_moments = tussis_power_moments(power, N, at);",
    POWER,
    AT,
)
MEL_TOTAL = _of_window(
    "mel_total", "const int32_t mel_total = tussis_mel_total(mel);", MEL, implies=(MEL_SUM,)
)
MEL_SUMS = Variable("sums", "int32_t sums[TUSSIS_MEL_BANDS];\n    tussis_mel_sums(mel, sums);", (MEL,))
"""Sums of the bands' logarithms over the window."""

SPECTRUM = _of_window(
    "spectrum",
    "float q[TUSSIS_BINS];\n    tussis_spectrum(path->psd, oldest, q);",
    OLDEST,
    name="q",
    implies=(PSD,),
)
SPECTRUM_LOGS = _of_window(
    "spectrum_logs",
    "int16_t logs[TUSSIS_BINS];\n    tussis_spectrum_logs(q, logs);",
    SPECTRUM,
    name="logs",
)
SPECTRUM_MOMENTS = _of_window(
    "spectrum_moments",
    "const tussis_spectral_moments_t spectrum_moments = tussis_spectral_moments(q);",
    SPECTRUM,
)
SPECTRUM_ACF = _of_window(
    "spectrum_acf",
    "const tussis_acf_t spectrum_acf = tussis_spectral_acf(q);",
    SPECTRUM,
    switches=("acf",),
)

VARIABLES = (
    *(
        MEL,
        OLDEST,
        START,
        *SERIES,
        POWER,
        MEAN_SQUARE,
        AT,
        *GROUP_AT,
        SECOND,
        POWER_MOMENTS,
        MEL_TOTAL,
        MEL_SUMS,
    ),
    *(SPECTRUM, SPECTRUM_LOGS, SPECTRUM_MOMENTS, SPECTRUM_ACF),
)
"""Every variable that is declared, in an order in which each reads only those before it."""

SHARED_SWITCHES = ("mel_block", "change", "groups", "time", "acf", "dct")
"""Switches that several nodes or features turn on, in the order in which they are written."""

SWITCHES = (
    *(*SUMS, *(series.name for series in SERIES), *LISTED_KINDS),
    *SHARED_SWITCHES,
)
"""Every ``TUSSIS_NEED_*`` of the C, in lower case, in the order in which they are written."""
