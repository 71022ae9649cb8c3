"""Rows of the frame-rate series: the colour of a sound, its change from frame to frame, its loudness."""

from __future__ import annotations

from collections.abc import Iterator

from . import audio_nodes as nodes
from .audio_nodes import ALWAYS, AT, CREST, MEAN_SQUARE, PEAK, N
from .c_expression import Variable, call
from .feature import Feature, Topic
from .flux import BIN_FLUX_ONE

_DIXON = "Dixon, DAFx 2006; weights: Masri, PhD thesis, Bristol, 1996"
_KEDEM = "Kedem, Proc. IEEE 74, 1986"
_PEETERS = "Peeters, A large set of audio features, IRCAM, 2004"
_TIME = Topic("time", "audio", "tussis", ALWAYS)
_VOICING = Topic("voicing", "audio", "tussis", ALWAYS)
_SHAPE = Topic("frame_shape", "audio", _PEETERS, ALWAYS)
_FLUX = Topic("flux", "audio", "Klapuri, ICASSP 1999 (differences of band logarithms)", ALWAYS)


def colour_rows() -> Iterator[Feature]:
    """Yield six statistics of each series that describes a frame by itself."""
    per_sample = "sign changes / 127"
    flat, tonal = "mean_b L[b] - log2 mean_b E[b]", "log2(max_k P[k]) - log2(sum_k P[k]), f_k up to 1.5 kHz"
    tilt = "mean of L[b] over the upper half of the bands minus over the lower"
    yield from _colour(_TIME, nodes.ZCR, "1", "sign changes per sample", per_sample, 127, _KEDEM)
    yield from _colour(_SHAPE, nodes.FLAT, "octave", "band flatness of a frame", flat)
    what, centre = "centre of gravity of a frame over mel bands", "sum_b b E[b] / sum_b E[b]"
    yield from _colour(_SHAPE, nodes.CENTROID, "band", what, centre)
    yield from _colour(_VOICING, nodes.TONAL, "octave", "largest bin below 1.5 kHz over their sum", tonal)
    what = "upper half of the bands over the lower half"
    yield from _colour(_SHAPE, nodes.TILT, "octave", what, tilt, source="tussis")


def change_rows() -> Iterator[Feature]:
    """Yield four statistics of each series that compares a frame with the one before."""
    change = "d[b,f] = L[b,f] - L[b,f-1]"
    flux = f"mean_b |d[b,f]|, {change}"
    yield from _change(nodes.FLUX, "octave", "mean absolute change of the band levels", flux)
    onset = f"mean_b max(0, d[b,f]), {change}"
    yield from _change(nodes.ONSET, "octave", "mean rise of the band levels", onset)
    rising = f"number of b with d[b,f] >= 2 octaves, {change}"
    what = "count of bands that rise by 6 dB or more"
    yield from _change(nodes.RISING, "band", what, rising, scale=1)
    bins = "sum_k k max(0, M[k,f] - M[k,f-1]) / sum_k k M[k,f]"
    what = "rise of the bins' magnitudes over their sum, weighted by frequency"
    yield from _change(nodes.BIN_FLUX, "1", what, bins, scale=BIN_FLUX_ONE, source=_DIXON)


def time_rows() -> Iterator[Feature]:
    """Yield the loudness of the waveform itself, in catalogue order."""
    row, rms = _TIME.row, call("tussis_rms", MEAN_SQUARE, N)
    top = call("tussis_octaves", call("tussis_largest", PEAK, N))
    crest = call("tussis_octaves", call("tussis_largest", CREST, N))
    mean_crest, one = call("tussis_mean", CREST, N, 256), "log2(max x^2) - log2(mean x^2) of frame f"
    yield row("rms", "octave", "log of the mean square", "log2(mean_n x[n]^2 + 1)", rms)
    yield row("peak", "octave", "log of the largest squared sample", "log2(max_n x[n]^2 + 1)", top)
    yield row("crest", "octave", "peak over rms", "peak - rms", top - rms)
    yield row("frame_crest_max", "octave", "largest crest factor of a frame", f"max_f of {one}", crest)
    yield row("frame_crest_mean", "octave", "mean crest factor of frames", f"mean_f of {one}", mean_crest)


def _colour(
    topic: Topic, s: Variable, unit: str, what: str, of_frame: str, scale: int = 256, source: str = ""
) -> Iterator[Feature]:
    largest, smallest = call("tussis_largest", s, N), call("tussis_smallest", s, N)
    halves = "mean of s[f] over f >= N/2 minus mean over f < N/2"
    for name, description, formula, value in (
        ("mean", f"mean of {what}", "mean_f s[f]", call("tussis_mean", s, N, scale)),
        ("std", f"standard deviation of {what}", "std_f s[f]", call("tussis_std", s, N, scale)),
        ("max", f"largest {what}", "max_f s[f]", call("tussis_scaled", largest, scale)),
        ("min", f"smallest {what}", "min_f s[f]", call("tussis_scaled", smallest, scale)),
        ("at_peak", f"{what} at the level's peak", "s[a]", call("tussis_scaled", s[AT], scale)),
        (
            *("late_early", f"{what}: second half minus first", halves),
            call("tussis_late_minus_early", s, N, scale),
        ),
    ):
        yield topic.row(
            f"{s.name}_{name}", unit, description, f"{formula}; s[f] = {of_frame}", value, source=source
        )


def _change(
    s: Variable, unit: str, what: str, of_frame: str, *, scale: int = 256, source: str = ""
) -> Iterator[Feature]:
    """Statistics from frame 1 on: the difference of frame 0 belongs to the frame before the window."""
    later, n = s[1].address, N - 1
    largest = call("tussis_largest", later, n)
    where = call("tussis_argmax", later, n) + 1
    for name, own_unit, description, formula, value in (
        ("mean", unit, f"mean of {what}", "mean_f s[f]", call("tussis_mean", later, n, scale)),
        ("std", unit, f"standard deviation of {what}", "std_f s[f]", call("tussis_std", later, n, scale)),
        ("max", unit, f"largest {what}", "max_f s[f]", call("tussis_scaled", largest, scale)),
        ("pos", "s", f"time of the largest {what}", "16 ms argmax_f s[f]", call("tussis_seconds", where)),
    ):
        yield _FLUX.row(
            f"{s.name}_{name}",
            own_unit,
            description,
            f"{formula}, f >= 1; s[f] = {of_frame}",
            value,
            source=source,
        )
