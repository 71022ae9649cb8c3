"""Audio frames: every 16 ms computed once, kept as block sums and as frame-rate series.

This is the streaming part of the front end. Per frame it keeps integers of at most 13 bits (and one float for
the linear power), per block of eight frames it keeps sums per mel band and per FFT bin; raw spectra are
dropped. ``firmware_stub/src/dsp/audio_path.c`` does the same, one frame at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .decimator import decimate
from .elementary import Float32, Int, log2_q8, ordered_sum
from .fft import POWER_SCALE_LOG2, frame_power, mean_square
from .flux import band_changes, bin_flux, with_frame_before
from .mel import frame_mfcc, mel_energies
from .plan import FIRST_BIN, GROUPS, AudioPlan

_F = np.float32
_CHUNK_BLOCKS = 64

STRETCH_WINDOWS = 4096
"""Windows that are computed from one table of frames: 9 minutes in the default plan, 3 MB."""

TONAL_LAST_BIN = 24
"""Last bin (1500 Hz) of the band in which a frame's tonality is measured."""

GROUP_NAMES = tuple(f"group{g}" for g in range(GROUPS))


@dataclass
class FrameTable:
    """What the front end keeps of a recording.

    Attributes
    ----------
    plan : AudioPlan
        Plan it was made with.
    n_frames, n_blocks : int
        Whole frames and whole blocks in the recording.
    level : float32 (n_frames,)
        Octaves of power (log2 of squared LSB, band energies summed), at least 4 for silence.
    series : dict of int16 (n_frames,)
        Frame-rate scalars in 1/256 octave unless stated: ``level``, ``group0..3`` mean log energy of a
        quarter of the bands, ``flux`` mean |dL| and ``onset`` mean rise over bands against the frame before,
        ``rising`` bands that rose 6 dB or more, ``bin_flux`` rise of the bins over their sum in 1/512,
        ``flat`` log of the geometric over the arithmetic mean of the band energies, ``centroid`` centre of
        gravity in 1/256 band, ``tonal`` largest bin over all bins 125 to 1500 Hz, ``zcr`` sign changes,
        ``peak`` squared peak, ``energy`` mean square.
    power : float32 (n_frames,)
        Sum of the band energies in squared LSB.
    mean_square : int32 (n_frames,)
        Mean of the squared samples, truncated.
    blocks : dict
        Per block sums: ``log_sum``, ``log_square_sum``, ``log_max``, ``energy_sum``, ``energy_log_sum``
        (bands, n), ``mfcc_sum``, ``mfcc_square_sum`` (coefficients, n), ``psd`` (61, n).
    """

    plan: AudioPlan
    n_frames: int
    n_blocks: int
    level: Float32
    series: dict[str, Int]
    power: Float32
    mean_square: Int
    blocks: dict[str, NDArray[np.generic]] = field(default_factory=dict)


def audio_frames(pcm: NDArray[np.int16], plan: AudioPlan, *, at_least: int = 0) -> FrameTable:
    """Run the decimator and the frame-rate front end over a recording.

    Parameters
    ----------
    pcm : int16 array, shape (n,)
        Mono samples at ``plan.input_rate_hz``, full scale 32768.
    plan : AudioPlan
        Time and frequency plan.
    at_least : int
        Frames wanted at least: what is missing is silence, put in after the decimator.

    Returns
    -------
    FrameTable
        About 5 KB per second of audio, whatever the recording's length.

    Examples
    --------
    >>> import numpy as np
    >>> table = audio_frames(np.zeros(16000, np.int16), AudioPlan())
    >>> table.n_frames, table.n_blocks, float(table.level[0])
    (62, 7, 4.00390625)
    """
    n_frames = frame_count(pcm, plan, at_least)
    return _table(_chunks(pcm, range(n_frames), plan), n_frames, plan)


def frame_stretches(pcm: NDArray[np.int16], plan: AudioPlan, *, at_least: int = 0) -> Iterator[FrameTable]:
    """Run the front end stretch by stretch, so that memory does not grow with the recording.

    Parameters
    ----------
    pcm, plan, at_least
        As in `audio_frames`.

    Yields
    ------
    FrameTable
        Of the next `STRETCH_WINDOWS` windows, and in the last one of what is left. A stretch begins with the
        frames of its first window, so it has the last ``window_frames - block_frames`` frames of the stretch
        before once more. Only the change from the frame before its first one is unknown, which no feature of
        a window looks at.

    Examples
    --------
    >>> import numpy as np
    >>> [table.n_frames for table in frame_stretches(np.zeros(16000, np.int16), AudioPlan())]
    [62]
    """
    n_frames = frame_count(pcm, plan, at_least)
    step, overlap = STRETCH_WINDOWS * plan.block_frames, plan.window_frames - plan.block_frames
    for start in range(0, max(n_frames - overlap, 1), step):
        stop = start + step + overlap
        frames = range(start, n_frames if n_frames - stop < plan.block_frames else stop)
        yield _table(_chunks(pcm, frames, plan), len(frames), plan)
        if frames.stop == n_frames:
            return


def frame_count(pcm: NDArray[np.int16], plan: AudioPlan, at_least: int = 0) -> int:
    """Return the whole frames of a recording, at least as many as wanted.

    Examples
    --------
    >>> frame_count(np.zeros(16000, np.int16), AudioPlan())
    62
    """
    if pcm.dtype != np.int16 or pcm.ndim != 1:
        raise TypeError(f"audio must be one-dimensional int16, got {pcm.dtype} with shape {pcm.shape}")
    return max(-(-len(pcm) // plan.decimation) // plan.frame, at_least)


def decimated_frames(frames: NDArray[np.int16], plan: AudioPlan) -> FrameTable:
    """Run the frame-rate front end over a few frames that the decimator has made.

    Parameters
    ----------
    frames : int16 array, shape (n, 128)
        Samples at ``plan.rate_hz``; at least one frame.
    plan : AudioPlan
        Time and frequency plan.

    Returns
    -------
    FrameTable

    Examples
    --------
    >>> decimated_frames(np.zeros((8, 128), np.int16), AudioPlan()).n_blocks
    1
    """
    return _table([frames], len(frames), plan)


def _table(pieces: Iterable[NDArray[np.int16]], n_frames: int, plan: AudioPlan) -> FrameTable:
    n_blocks = n_frames // plan.block_frames
    parts: list[_Chunk] = []
    for frames in pieces:
        parts.append(_chunk(frames, plan, parts[-1].last if parts else {}))
    series = {name: np.concatenate([p.series[name] for p in parts]) for name in parts[0].series}
    return FrameTable(
        plan=plan,
        n_frames=n_frames,
        n_blocks=n_blocks,
        level=series["level"].astype(np.float32) * _F(1 / 256),
        series=series,
        power=np.concatenate([p.power for p in parts]),
        mean_square=np.concatenate([p.mean_square for p in parts]),
        blocks={key: np.concatenate([p.blocks[key] for p in parts], axis=1) for key in parts[0].blocks},
    )


def _chunks(pcm: NDArray[np.int16], which: range, plan: AudioPlan) -> Iterator[NDArray[np.int16]]:
    """Yield (frames, 128) pieces of whole blocks; the last may end within a block; at least one piece."""
    step = _CHUNK_BLOCKS * plan.block_frames
    for start in range(which.start, max(which.stop, which.start + 1), step):
        stop = min(start + step, which.stop)
        frames = np.zeros((stop - start, plan.frame), np.int16)
        found = decimate(pcm, plan, start * plan.frame, stop * plan.frame)
        frames.reshape(-1)[: len(found)] = found
        yield frames


@dataclass
class _Chunk:
    """Consecutive frames, and of the last one what the next is compared with."""

    series: dict[str, Int]
    power: Float32
    mean_square: Int
    blocks: dict[str, NDArray[np.generic]]
    last: dict[str, Int]


def _chunk(frames: NDArray[np.int16], plan: AudioPlan, before: dict[str, Int]) -> _Chunk:
    power = frame_power(frames)
    energies = mel_energies(power, plan)
    logs = log2_q8(energies)
    total = ordered_sum(energies)
    series = _time_series(frames)
    series |= {"level": log2_q8(total)}
    size = plan.mel_bands // GROUPS
    for g, name in enumerate(GROUP_NAMES):
        series[name] = logs[g * size : (g + 1) * size].sum(axis=0) // size
    series["flat"] = logs.sum(axis=0) // plan.mel_bands - series["level"] + bands_q8(plan)
    series["centroid"] = _centroid(energies, total)
    series["tonal"] = _tonality(power)
    compared = {
        name: with_frame_before(x, before.get(name)) for name, x in (("logs", logs), ("bins", np.sqrt(power)))
    }
    series |= band_changes(compared["logs"]) | {"bin_flux": bin_flux(compared["bins"])}
    return _Chunk(
        series={name: s.astype(np.int16) for name, s in series.items() if name != "mean_square"},
        power=total,
        mean_square=series["mean_square"].astype(np.int32),
        blocks=_block_sums(power, energies, logs, plan),
        last={name: x[:, -1:].copy() for name, x in compared.items()},
    )


def bands_q8(plan: AudioPlan) -> int:
    """Return log2 of the number of bands in 1/256 octave.

    Examples
    --------
    >>> bands_q8(AudioPlan(mel_bands=16))
    1024
    """
    return int(np.round(256 * np.log2(plan.mel_bands)))


def _time_series(frames: NDArray[np.int16]) -> dict[str, Int]:
    wide = frames.astype(np.int32)
    square = mean_square(frames)
    peak = np.abs(wide).max(axis=1, initial=0)
    negative = frames < 0
    return {
        "mean_square": square,
        "zcr": (negative[:, 1:] != negative[:, :-1]).sum(axis=1),
        "peak": log2_q8((peak * peak).astype(np.float32) + _F(1)),
        "energy": log2_q8(square.astype(np.float32) + _F(1)),
    }


def _centroid(energies: Float32, total: Float32) -> Int:
    moment = energies[1].copy()
    for b in range(2, len(energies)):
        moment += _F(b) * energies[b]
    centre: Int = ((moment / total) * _F(256)).astype(np.int32)
    return centre


def _tonality(power: Float32) -> Int:
    """Largest of the bins up to 1500 Hz over their sum, in 1/256 octave: 0 for a tone, lower for noise."""
    low = power[: TONAL_LAST_BIN - FIRST_BIN + 1]
    scale = _F(2.0**-POWER_SCALE_LOG2)
    largest: Int = log2_q8(low.max(axis=0) * scale + _F(1))
    return largest - log2_q8(ordered_sum(low) * scale + _F(1))


def _block_sums(
    power: Float32, energies: Float32, logs: Int, plan: AudioPlan
) -> dict[str, NDArray[np.generic]]:
    def blocks(x: Int) -> Int:
        whole = x.shape[1] // plan.block_frames
        return x[:, : whole * plan.block_frames].reshape(len(x), whole, plan.block_frames)

    def in_order(x: Float32) -> Float32:
        return ordered_sum(np.moveaxis(blocks(x), 2, 0).astype(np.float32, copy=False))

    log_blocks = blocks(logs.astype(np.int32))
    mfcc_blocks = blocks(frame_mfcc(logs, plan))
    return {
        "log_sum": log_blocks.sum(axis=2, dtype=np.int32),
        "log_square_sum": (log_blocks * log_blocks).sum(axis=2, dtype=np.int32),
        "log_max": log_blocks.max(axis=2),
        "energy_sum": in_order(energies),
        "energy_log_sum": in_order(energies * logs.astype(np.float32)),
        "mfcc_sum": mfcc_blocks.sum(axis=2, dtype=np.int32),
        "mfcc_square_sum": (mfcc_blocks * mfcc_blocks).sum(axis=2, dtype=np.int32),
        "psd": in_order(power),
    }
