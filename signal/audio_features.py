"""Audio features of a whole recording: the reference that training uses and the firmware must equal.

Windows are computed in chunks, so memory does not grow with the recording beyond the tables that are
returned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import envelope
from .catalogue import audio_catalogue, features
from .elementary import Float32, Int
from .flux import BIN_FLUX_ONE
from .frames import GROUP_NAMES, FrameTable, frame_count, frame_stretches
from .host_kernels import audio_kernel
from .mel import MelWindows, mel_features, mfcc_mean_features, mfcc_std_features
from .plan import AudioPlan
from .spectrum import normalise, spectral_features

_CHUNK_WINDOWS = 1024
_BlockParts = Callable[[str], Int]
_Series = Callable[[str], Int]


def _unseen(done: int, total: int) -> None:
    """Nobody looks how far it is."""


@dataclass(frozen=True)
class AudioFeatureTable:
    """Audio features of a recording.

    Attributes
    ----------
    values : float32 array, shape (n_windows, n_features)
        Columns in the order of `ids`.
    ids : tuple of str
        Feature ids, one for each column.
    start_s, end_s : float64 arrays, shape (n_windows,)
        Time each window covers.
    level : float32 array, shape (n_frames,)
        Level of every 16 ms frame, in octaves of power.
    """

    values: Float32
    ids: tuple[str, ...]
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    level: Float32


def audio_features(
    pcm: NDArray[np.int16],
    plan: AudioPlan | None = None,
    ids: Sequence[str] | None = None,
    *,
    at_least: int = 0,
    done: Callable[[int, int], None] = _unseen,
    tables: Iterable[FrameTable] | None = None,
) -> AudioFeatureTable:
    """Compute audio features of every window; window w covers frames ``[8 w, 8 w + 32)`` in the default plan.

    ``docs/features.md`` gives the formula, unit and source of each.

    Parameters
    ----------
    pcm : int16 array, shape (n,)
        Mono samples at ``plan.input_rate_hz``, full scale 32768.
    plan : AudioPlan, optional
        Time and frequency plan.
    ids : sequence of str, optional
        Features wanted; all of the catalogue when left out.
    at_least : int
        Frames wanted at least: what is missing is silence, put in after the decimator.
    done
        Called after each stretch with the frames that are done and their number.
    tables : iterable of FrameTable, optional
        The frames of the audio, one stretch after the other, in place of those of `pcm`.

    Returns
    -------
    AudioFeatureTable
        No window, and no error, when the audio is shorter than one.

    Raises
    ------
    KeyError
        If an id is not in the catalogue.

    Examples
    --------
    >>> tone = (8000 * np.sin(2 * np.pi * 1000 * np.arange(16000) / 16000)).astype(np.int16)
    >>> found = audio_features(tone, ids=["spec_dominant", "bin_flux_mean"])
    >>> found.values.shape, found.values[1].astype(float).round(2).tolist()
    ((4, 2), [1000.0, 0.0])
    """
    plan = plan or AudioPlan()
    wanted = tuple(ids) if ids is not None else tuple(audio_catalogue(plan))
    features(wanted, "audio", plan)
    if tables is not None:
        values, level = _of_tables(tables, wanted, plan)
    else:
        n_frames = frame_count(pcm, plan, at_least)
        kernel = audio_kernel(plan, n_frames * plan.frame / plan.rate_hz)
        if kernel is None:
            stretches = _counted(frame_stretches(pcm, plan, at_least=at_least), n_frames, plan, done)
            values, level = _of_tables(stretches, wanted, plan)
        else:
            values, level = kernel(pcm, wanted, n_frames, done)
    start_s: NDArray[np.float64] = np.arange(len(values), dtype=np.float64) * plan.hop_s
    return AudioFeatureTable(values, wanted, start_s, start_s + plan.window_s, level)


def _counted(
    tables: Iterable[FrameTable], n_frames: int, plan: AudioPlan, done: Callable[[int, int], None]
) -> Iterator[FrameTable]:
    """Pass tables on, and say after each how far it reaches."""
    reached = 0
    for table in tables:
        reached += table.n_frames - (plan.window_frames - plan.block_frames if reached else 0)
        done(reached, n_frames)
        yield table


def _of_tables(
    tables: Iterable[FrameTable], wanted: tuple[str, ...], plan: AudioPlan
) -> tuple[Float32, Float32]:
    values = np.zeros((0, len(wanted)), np.float32)
    levels: list[Float32] = []
    for table in tables:
        levels.append(table.level[plan.window_frames - plan.block_frames if levels else 0 :])
        _append(values, _table_values(table, wanted))
    return values, np.concatenate(levels)


def _append(values: Float32, rows: Float32) -> None:
    """Put rows behind an array in its own memory, so that nothing is there twice."""
    filled = len(values)
    values.resize((filled + len(rows), values.shape[1]), refcheck=False)
    values[filled:] = rows


def _table_values(table: FrameTable, wanted: tuple[str, ...]) -> Float32:
    """Compute the features of every window of one table."""
    families = {row.family for row in features(wanted, "audio", table.plan)}
    n = max(0, table.n_blocks - table.plan.window_blocks + 1)
    values = np.empty((n, len(wanted)), dtype=np.float32)
    for first in range(0, n, _CHUNK_WINDOWS):
        last = min(n, first + _CHUNK_WINDOWS)
        found = _audio_windows(table, first, last, families)
        for column, name in enumerate(wanted):
            values[first:last, column] = found[name]
    return values


def _audio_windows(table: FrameTable, first: int, last: int, families: set[str]) -> dict[str, Float32]:
    """Compute the asked families for windows ``first`` to ``last - 1``."""
    plan = table.plan
    blocks = np.arange(plan.window_blocks)[:, None] + np.arange(first, last)
    frames = np.arange(plan.window_frames)[:, None] + plan.block_frames * np.arange(first, last)

    def block_parts(key: str) -> Int:
        return np.moveaxis(table.blocks[key][:, blocks], 1, 0)  # (blocks, rows, windows)

    def series(name: str) -> Int:
        return np.asarray(table.series[name][frames], dtype=np.int32)

    out: dict[str, Float32] = {}
    if families & {"mel", "mfcc"}:
        out |= _mel_windows(block_parts, plan)
    if families & {"spectrum", "band_power", "voicing"}:
        out |= spectral_features(normalise(block_parts("psd").astype(np.float32, copy=False), plan))
    level = series("level")
    if families & {"time", "frame_shape", "voicing", "flux"}:
        out |= _series_windows(series, level, table.mean_square[frames], plan)
    if "envelope" in families:
        out |= envelope.level_features(level, plan)
        out |= envelope.power_features(table.power[frames], level, plan)
    if "group_envelope" in families:
        out |= envelope.group_features([series(name) for name in GROUP_NAMES], level, plan)
    return out


def _mel_windows(block_parts: _BlockParts, plan: AudioPlan) -> dict[str, Float32]:
    def in_order(key: str) -> Float32:
        parts: Float32 = block_parts(key).astype(np.float32, copy=False)
        total: Float32 = parts[0].copy()
        for part in parts[1:]:
            total += part
        return total

    mel = MelWindows(
        log_sum=block_parts("log_sum").astype(np.int64).sum(axis=0),
        log_square_sum=block_parts("log_square_sum").astype(np.int64).sum(axis=0),
        log_max=block_parts("log_max").astype(np.int64).max(axis=0),
        energy_sum=in_order("energy_sum"),
        energy_log_sum=in_order("energy_log_sum"),
        frames=plan.window_frames,
    )
    total = block_parts("mfcc_sum").astype(np.int64).sum(axis=0)
    square_total = block_parts("mfcc_square_sum").astype(np.int64).sum(axis=0)
    return (
        mel_features(mel)
        | mfcc_mean_features(mel, plan)
        | mfcc_std_features(total, square_total, plan.window_frames)
    )


def _series_windows(series: _Series, level: Int, mean_square: Int, plan: AudioPlan) -> dict[str, Float32]:
    out: dict[str, Float32] = {}
    for name, scale in (("zcr", 127), ("flat", 256), ("centroid", 256), ("tonal", 256)):
        out |= envelope.colour_features(name, series(name), level, scale)
    out |= envelope.colour_features("tilt", envelope.tilt([series(name) for name in GROUP_NAMES]), level)
    for name, scale in (("flux", 256), ("onset", 256), ("rising", 1), ("bin_flux", BIN_FLUX_ONE)):
        out |= envelope.change_features(name, series(name), plan, scale)
    return out | envelope.loudness_features(series("energy"), series("peak"), mean_square)
