"""Rows of the level envelope and of the band groups' envelopes: how a window's sound grows and dies away."""

from __future__ import annotations

from collections.abc import Iterator

from .audio_nodes import ALWAYS, AT, GROUP, GROUP_AT, LEVEL, POWER_MOMENTS, SECOND, N
from .c_expression import Call, Constant, Expression, Variable, as_float, call
from .feature import Feature, Topic

_PEETERS = "Peeters, A large set of audio features, IRCAM, 2004"
_ENVELOPE = Topic("envelope", "audio", "tussis", ALWAYS)
_GROUP = Topic("group_envelope", "audio", "tussis", ALWAYS)
_QUARTERS = 4
_TOP = LEVEL[AT]
_DEPTHS = {db: Constant(f"TUSSIS_DB{db}") for db in (6, 12, 20)}


def envelope_rows() -> Iterator[Feature]:
    """Yield the rows of the level, in catalogue order."""
    yield from _extremes()
    yield from _slopes()
    yield from _widths()
    yield from _bursts()
    yield from _power()
    for k in (2, 4, 8):
        yield from _around(k)
    yield from _quarters(_ENVELOPE, "env", LEVEL)


def group_rows() -> Iterator[Feature]:
    """Yield the rows of the four band groups, in catalogue order."""
    for g, s in enumerate(GROUP):
        yield from _one_group(g, s)
        yield from _quarters(_GROUP, s.name, s)
    needs = [s.node for s in GROUP if s.node]
    yield _GROUP.row(
        "group_pos_range",
        "s",
        "spread of the groups' peak times",
        "16 ms (max_g a_g - min_g a_g), a_g = argmax_f s_g[f]",
        _seconds(_of("group_pos_range", GROUP[0])),
        needs=needs,
    )
    yield _GROUP.row(
        "group_joint_attack",
        "octave",
        "largest rise common to all groups",
        "max_f min_g (s_g[f] - s_g[f-2])",
        _octaves(_of("joint_attack", GROUP[0])),
        needs=needs,
    )


def _octaves(value: Expression) -> Call:
    return call("tussis_octaves", value)


def _seconds(value: Expression) -> Call:
    return call("tussis_seconds", value)


def _of(kernel: str, s: Variable, *arguments: Expression | int) -> Call:
    return call(f"tussis_{kernel}", s, N, *arguments)


def _extremes() -> Iterator[Feature]:
    mean, smallest = _of("mean", LEVEL, 256), _of("smallest", LEVEL)
    for name, unit, description, formula, value in (
        ("mean", "octave", "mean level", "mean_f l[f]", mean),
        ("std", "octave", "standard deviation of the level", "std_f l[f]", _of("std", LEVEL, 256)),
        ("max", "octave", "largest level", "l[a]", _octaves(_TOP)),
        ("min", "octave", "smallest level", "min_f l[f]", _octaves(smallest)),
        ("range", "octave", "largest minus smallest", "l[a] - min_f l[f]", _octaves(_TOP - smallest)),
        ("peak_mean", "octave", "largest minus mean", "l[a] - mean_f l[f]", _octaves(_TOP) - mean),
        ("pos", "s", "time of the peak in the window", "16 ms a", _seconds(AT)),
    ):
        yield _ENVELOPE.row(f"env_{name}", unit, description, formula, value)


def _slopes() -> Iterator[Feature]:
    row = _ENVELOPE.row
    for k, frames in enumerate(("one frame", "two frames", "three frames"), start=1):
        what, value = f"largest rise over {frames}", _octaves(_of("rise", LEVEL, k))
        yield row(f"env_attack{k}", "octave", what, f"max_f (l[f] - l[f-{k}])", value)
    yield row(
        "env_attack_pos",
        "s",
        "time of the rise over two frames",
        "16 ms argmax_f (l[f] - l[f-2])",
        _seconds(_of("rise_position", LEVEL, 2)),
    )
    for k, frames in ((1, "one frame"), (3, "three frames")):
        what, value = f"largest fall over {frames}", _octaves(_of("fall", LEVEL, k))
        yield row(f"env_fall{k}", "octave", what, f"max_f (l[f-{k}] - l[f])", value)
    yield row(
        "env_decay",
        "octave/frame",
        "slope from the peak to the window's end",
        "(l[a] - l[N-1]) / max(1, N - 1 - a)",
        _of("decay", LEVEL, AT),
    )


def _widths() -> Iterator[Feature]:
    for db, constant in _DEPTHS.items():
        yield _ENVELOPE.row(
            f"env_above{db}",
            "s",
            f"time within {db} dB of the peak",
            f"16 ms times the number of f with l[f] >= l[a] - {db} dB",
            _seconds(_of("above", LEVEL, AT, constant)),
        )
    for db in (6, 12):
        yield _ENVELOPE.row(
            f"env_run{db}",
            "s",
            f"unbroken time within {db} dB around it",
            f"16 ms times the length of the stretch around a with l[f] >= l[a] - {db} dB",
            _seconds(_of("run", LEVEL, AT, _DEPTHS[db])),
        )


def _bursts() -> Iterator[Feature]:
    second = "second = max l[f] over |f - a| >= 6"
    for name, unit, description, formula, value in (
        (
            *("peaks", "1", "peaks that stand out by 3 dB"),
            "number of maxima with a fall of more than 3 dB on both sides",
            as_float(_of("peaks", LEVEL)),
        ),
        (
            *("second", "octave", "second burst minus the peak", f"second - l[a], {second}"),
            _octaves(SECOND.member("value") - _TOP),
        ),
        (
            *("second_distance", "s", "time from the peak to it", f"16 ms (f of second - a), {second}"),
            _seconds(SECOND.member("distance")),
        ),
        (
            *("late_early", "octave", "level: second half minus first half"),
            "mean of l[f] over f >= N/2 minus mean over f < N/2",
            _of("late_minus_early", LEVEL, 256),
        ),
    ):
        yield _ENVELOPE.row(f"env_{name}", unit, description, formula, value)


def _power() -> Iterator[Feature]:
    p, centre = POWER_MOMENTS.member, "t = sum_f 16 ms f p[f] / sum_f p[f]"
    balance = "log2(1 + sum_(f >= a) p[f]) - log2(1 + sum_(f < a) p[f])"
    crest, spread = _octaves(_TOP) - p("mean"), f"sqrt(sum_f (16 ms f - t)^2 p[f] / sum_f p[f]), {centre}"
    for name, unit, description, formula, value, source in (
        ("centroid", "s", "power-weighted mean time", centre, p("centroid"), _PEETERS),
        ("spread", "s", "power-weighted deviation of time", spread, p("spread"), _PEETERS),
        ("balance", "octave", "energy from the peak on over energy before", balance, p("balance"), ""),
        ("crest", "octave", "largest over mean power", "l[a] - log2(mean_f p[f])", crest, ""),
    ):
        yield _ENVELOPE.row(f"env_{name}", unit, description, formula, value, source=source)


def _around(k: int) -> Iterator[Feature]:
    for name, sign, formula in (("before", -1, f"l[a] - l[a-{k}]"), ("after", 1, f"l[a] - l[a+{k}]")):
        yield _ENVELOPE.row(
            f"env_{name}{k}",
            "octave",
            f"peak minus the level {k} frames {name}",
            f"{formula}, the window's ends standing for what lies outside",
            _octaves(_of("drop", LEVEL, AT, sign * k)),
        )


def _quarters(topic: Topic, prefix: str, s: Variable) -> Iterator[Feature]:
    for i in range(_QUARTERS):
        yield topic.row(
            f"{prefix}_quarter{i}",
            "octave",
            f"its quarter {i} minus the window's mean",
            f"mean of s[f] over quarter {i} minus mean_f s[f]",
            _of("quarter", s, i),
        )


def _one_group(g: int, s: Variable) -> Iterator[Feature]:
    row, at = _GROUP.row, GROUP_AT[g]
    peaks, width = as_float(_of("peaks", s)), _seconds(_of("run", s, at, _DEPTHS[12]))
    above, stretch = "number of maxima with a fall of more than 3 dB on both sides", "stretch around its peak"
    for name, unit, description, formula, value in (
        ("std", "octave", f"standard deviation of band group {g}", "std_f s[f]", _of("std", s, 256)),
        ("peaks", "1", "its peaks that stand out by 3 dB", above, peaks),
        ("pos", "s", "time of its peak", "16 ms argmax_f s[f]", _seconds(at)),
        (
            *("prominence", "octave", "its peak minus its mean", "max_f s[f] - mean_f s[f]"),
            _of("prominence", s, at),
        ),
        (
            *("attack", "octave", "its largest rise over two frames", "max_f (s[f] - s[f-2])"),
            _octaves(_of("rise", s, 2)),
        ),
        (
            *("run12", "s", "its time within 12 dB"),
            f"16 ms times the length of the {stretch} with s[f] >= max s - 12 dB",
            width,
        ),
    ):
        yield row(f"{s.name}_{name}", unit, description, formula, value)
    yield row(
        f"{s.name}_at_peak",
        "octave",
        "it minus all groups, at the peak",
        "s_g[a] - mean_g s_g[a]",
        call("tussis_group_at_peak", GROUP[0], g, AT),
        needs=[other.node for other in GROUP if other.node],
    )
