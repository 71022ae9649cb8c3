"""Constants and tables the C shares with the NumPy reference, written from the one place that defines them.

Floats are written with nine significant digits, which read back as the same float32.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..signal import elementary, envelope, fft, frames, kinematics, mel, series, spectrum
from ..signal.decimator import decimator_taps
from ..signal.feature import c_float
from ..signal.plan import FIRST_BIN, GROUPS, LAST_BIN, N_BINS, AudioPlan
from .front_end import LISTED_NODES, SERIES, SINGLE_NODES, FrontEnd

_LINE = 116


def config_header(front: FrontEnd) -> str:
    """Return the front end's part of ``tussis_config.h``: one ``#define`` a line, no include guard.

    Parameters
    ----------
    front : FrontEnd
        Plans and features.

    Returns
    -------
    str
        ``TUSSIS_HAS_AUDIO``, ``TUSSIS_HAS_IMU``, the plans, the sizes, the float constants of the kernels and a
        ``TUSSIS_NEED_*`` of 0 or 1 for every optional piece of work.
    """
    parts = [
        _defines(
            {"HAS_AUDIO": int(front.audio_plan is not None), "HAS_IMU": int(front.imu_plan is not None)}
        ),
        "/* Elementary functions. */\n" + _defines(_elementary()),
    ]
    if front.audio_plan:
        parts.append("/* Audio plan. */\n" + _defines(_audio_plan(front.audio_plan)))
        parts.append("/* Audio features: what the detector needs. */\n" + _defines(_needs(front)))
    if front.imu_plan:
        plan = front.imu_plan
        parts.append(
            "/* Motion plan. */\n"
            + _defines(
                {
                    "IMU_RATE_HZ": plan.rate_hz,
                    "IMU_WINDOW": plan.window,
                    "IMU_HOP": plan.hop,
                    "IMU_FRAME": plan.frame,
                    "IMU_FEATURES": len(front.imu),
                    "MOTION_FLOOR": kinematics.LEVEL_FLOOR,
                    "QUIET": kinematics.QUIET,
                }
            )
        )
    return "\n".join(parts)


def _elementary() -> dict[str, object]:
    constants: dict[str, object] = {f"LOG2_C{i}": c for i, c in enumerate(elementary.LOG2_POLYNOMIAL)}
    constants |= {f"EXP2_C{i}": c for i, c in enumerate(elementary.EXP2_POLYNOMIAL)}
    return constants | {"LOG2_E": elementary.LOG2_E, "FRAME_S": np.float32(AudioPlan().frame_s)}


def _audio_plan(plan: AudioPlan) -> dict[str, object]:
    return {
        "INPUT_RATE_HZ": plan.input_rate_hz,
        "RATE_HZ": plan.rate_hz,
        "DECIMATION": plan.decimation,
        "DECIMATOR_TAPS": len(decimator_taps(plan)),
        "FRAME": plan.frame,
        "BLOCK_FRAMES": plan.block_frames,
        "WINDOW_BLOCKS": plan.window_blocks,
        "WINDOW_FRAMES": plan.window_frames,
        "SERIES_ROW": 2 * plan.window_frames,
        "VARIANCE_SHIFT": series.variance_shift(plan.window_frames),
        "FIRST_BIN": FIRST_BIN,
        "LAST_BIN": LAST_BIN,
        "BINS": N_BINS,
        "SPLIT_TWIDDLES": 2 * (32 - FIRST_BIN),
        "MEL_BANDS": plan.mel_bands,
        "MFCC": len(mel.dct_q14(plan)),
        "GROUPS": GROUPS,
        "BANDS_Q8": frames.bands_q8(plan),
        "TONAL_LAST_BIN": frames.TONAL_LAST_BIN,
        "SECOND_GUARD": envelope.SECOND_GUARD,
        "DB3": series.THREE_DB,
        "DB6": series.SIX_DB,
        "DB12": series.TWELVE_DB,
        "DB20": series.TWENTY_DB,
        "POWER_SCALE": np.float32(2.0**-fft.POWER_SCALE_LOG2),
        "PSD_FLOOR": spectrum.psd_floor(plan),
        "BIN_SHARE": spectrum.BIN_SHARE,
        "LOG_SHARE": spectrum.LOG_SHARE,
        "LOG_BINS": spectrum.LOG_BINS,
        "ENTROPY_SCALE": spectrum.ENTROPY_SCALE,
        "SLOPE_SCALE": spectrum.SLOPE_SCALE,
        "HIGH_BIN": spectrum.HIGH_BIN,
        "ACF_LAST_BIN": spectrum.ACF_BINS[1],
        "ACF_FIRST_LAG": spectrum.ACF_LAGS[0],
        "ACF_LAST_LAG": spectrum.ACF_LAGS[-1],
    }


def _needs(front: FrontEnd) -> dict[str, object]:
    nodes, listed = front.audio_nodes, {node: front.listed(node) for node in LISTED_NODES}
    switches = {node: node in nodes for node in (*SINGLE_NODES, *SERIES)}
    switches |= {node: bool(numbers) for node, numbers in listed.items()}
    switches |= {
        "change": bool(nodes & {"flux", "onset", "rising"}),
        "groups": bool(nodes & {"group0", "group1", "group2", "group3", "tilt"}),
        "time": bool(nodes & {"zcr", "peak", "crest", "mean_square"}),
        "acf": "spectrum_acf" in nodes,
        "dct": bool(listed["mfcc"]) or any(row.c_call.startswith("tussis_mfcc_mean") for row in front.audio),
    }
    defines: dict[str, object] = {"AUDIO_FEATURES": len(front.audio), "SERIES": len(front.series)}
    defines |= {f"SERIES_{name.upper()}": row for row, name in enumerate(front.series)}
    defines |= {f"NEED_{name.upper()}": int(on) for name, on in switches.items()}
    return defines | {f"{node.upper()}_USED": len(numbers) for node, numbers in listed.items() if numbers}


def _defines(constants: dict[str, object]) -> str:
    def text(value: object) -> str:
        written = c_float(value) if isinstance(value, np.floating) else str(value)
        return f"({written})" if written.startswith("-") else written

    return "".join(f"#define TUSSIS_{name} {text(value)}\n" for name, value in constants.items())


def tables_header(front: FrontEnd) -> str:
    """Return ``tussis_tables.h``: declarations of every table the detector needs."""
    lines = [f"extern const {kind} {name}[{len(values)}];" for kind, name, values in _tables(front)]
    return (
        "/* Tables of the front end, generated by `tussis export`. */\n"
        "#ifndef TUSSIS_TABLES_H\n#define TUSSIS_TABLES_H\n\n"
        '#include <stdint.h>\n\n#include "tussis_config.h"\n\n' + "\n".join(lines) + "\n\n#endif\n"
    )


def tables_source(front: FrontEnd) -> str:
    """Return ``tussis_tables.c``: window, twiddles, mel weights, filter taps and the rest, as constants."""
    arrays = [
        f"const {kind} {name}[{len(values)}] = {{\n{_wrapped(values)}}};\n"
        for kind, name, values in _tables(front)
    ]
    head = '/* Tables of the front end, generated by `tussis export`. */\n#include "tussis_tables.h"\n\n'
    return head + "\n".join(arrays)


def _wrapped(values: list[str]) -> str:
    lines, line = [], "   "
    for value in values:
        if len(line) + len(value) + 2 > _LINE:
            lines.append(line)
            line = "   "
        line += f" {value},"
    return "\n".join([*lines, line]) + "\n"


_Table = tuple[str, str, list[str]]


def _tables(front: FrontEnd) -> list[_Table]:
    correction = _integers(elementary.LOG2_CORRECTION)
    found: list[_Table] = [("uint8_t", "tussis_log2_correction", correction)]
    if front.audio_plan:
        found += _audio_tables(front.audio_plan)
        for node in LISTED_NODES:
            if numbers := front.listed(node):
                found.append(("uint8_t", f"tussis_{node}_used", _integers(numbers)))
        needs = _needs(front)
        if needs["NEED_DCT"]:
            found.append(("int16_t", "tussis_dct", _integers(mel.dct_q14(front.audio_plan).ravel())))
        if needs["NEED_ACF"]:
            found.append(("float", "tussis_cosines", _floats(spectrum.bin_cosines())))
    return found


def _audio_tables(plan: AudioPlan) -> list[_Table]:
    cos, sin = fft.twiddles()
    split_cos, split_sin = (table[FIRST_BIN:32] for table in fft.split_twiddles())
    bank = mel.mel_bank(plan)
    return [
        ("int16_t", "tussis_decimator_taps", _integers(decimator_taps(plan)[::-1])),
        ("int16_t", "tussis_window", _integers(fft.hamming_window())),
        ("float", "tussis_twiddles", _floats(np.stack([cos, sin], axis=-1)[1:, 1:].ravel())),
        ("float", "tussis_split_twiddles", _floats(np.stack([split_cos, split_sin], axis=-1).ravel())),
        ("uint8_t", "tussis_mel_first", _integers(band.first - FIRST_BIN for band in bank)),
        ("uint8_t", "tussis_mel_length", _integers(len(band.weights) for band in bank)),
        ("float", "tussis_mel_weights", _floats(np.concatenate([band.weights for band in bank]))),
    ]


def _integers(values: Iterable[int | np.integer]) -> list[str]:
    return [str(int(value)) for value in values]


def _floats(values: Iterable[np.float32]) -> list[str]:
    return [c_float(value) for value in values]
