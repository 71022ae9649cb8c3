"""Rows of the mel bands and of the cepstral coefficients."""

from __future__ import annotations

from collections.abc import Iterator

from .audio_nodes import (
    ALWAYS,
    MEL,
    MEL_SUM,
    MEL_SUMS,
    MEL_TOTAL,
    OLDEST,
    mel_energy,
    mel_max,
    mel_square,
    mfcc,
)
from .c_expression import call
from .feature import Feature, Topic
from .mel import MFCC_COEFFICIENTS

_DAVIS = "Davis and Mermelstein, IEEE Trans. ASSP-28, 1980"
_MEL = Topic("mel", "audio", f"{_DAVIS}; bank: Slaney, Auditory Toolbox, 1998", ALWAYS)
_MFCC = Topic("mfcc", "audio", _DAVIS, ALWAYS)


def mel_rows(bands: int) -> Iterator[Feature]:
    """Yield the rows of every band and coefficient, in catalogue order."""
    for b in range(bands):
        yield from _band(b)
    for k in range(min(MFCC_COEFFICIENTS, bands)):
        yield from _coefficient(k)


def _band(b: int) -> Iterator[Feature]:
    name, row = f"mel{b:02d}", _MEL.row
    yield row(
        f"{name}_mean",
        "octave",
        f"mean log energy of mel band {b}",
        "mean_f L[b,f]",
        call("tussis_mel_mean", MEL, b),
        needs=(MEL_SUM,),
    )
    yield row(
        f"{name}_std",
        "octave",
        f"standard deviation of mel band {b}",
        "sqrt(mean_f L[b,f]^2 - (mean_f L[b,f])^2)",
        call("tussis_mel_std", MEL, b),
        needs=(MEL_SUM, mel_square(b)),
    )
    largest, what = call("tussis_mel_max", MEL, b), f"largest log energy of mel band {b}"
    yield row(f"{name}_max", "octave", what, "max_f L[b,f]", largest, needs=(mel_max(b),))
    yield row(
        f"{name}_entropy",
        "bit",
        "entropy over frames of its energy",
        "log2(sum_f E[b,f]) - sum_f E[b,f] L[b,f] / sum_f E[b,f]",
        call("tussis_mel_entropy", MEL, OLDEST, b),
        needs=(mel_energy(b),),
        source="Shannon, Bell System Technical Journal 27, 1948",
    )
    yield row(
        f"{name}_rel",
        "octave",
        "its mean minus all bands' mean",
        "mean_f L[b,f] - mean_bf L[b,f]",
        call("tussis_mel_rel", MEL, b, MEL_TOTAL),
        needs=(MEL_SUM,),
    )
    yield row(
        f"{name}_peak",
        "octave",
        f"largest minus mean of mel band {b}",
        "max_f L[b,f] - mean_f L[b,f]",
        call("tussis_mel_peak", MEL, b),
        needs=(MEL_SUM, mel_max(b)),
    )


def _coefficient(k: int) -> Iterator[Feature]:
    yield _MFCC.row(
        f"mfcc{k:02d}_mean",
        "octave",
        f"mean cepstral coefficient {k}, orthonormal DCT-II",
        "mean_f c[k,f], c[k,f] = sum_b D[k,b] L[b,f]",
        call("tussis_mfcc_mean", MEL_SUMS, k),
        needs=(MEL_SUM,),
        switches=("dct",),
    )
    yield _MFCC.row(
        f"mfcc{k:02d}_std",
        "octave",
        f"standard deviation of coefficient {k}",
        "sqrt(mean_f c[k,f]^2 - (mean_f c[k,f])^2)",
        call("tussis_mfcc_std", MEL, k),
        needs=(mfcc(k),),
    )
