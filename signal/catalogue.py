"""The feature catalogue: every feature the reference computes and the firmware can.

One table serves training (ids and families), the exporter (``c_call`` and ``needs``), the cost model (``needs``: a
node is paid once, however many features use it) and the documentation.

Audio nodes, per frame unless stated: ``fft`` (window, transform, power) and ``mel`` (energies, logarithms, level) are
always paid, because events need the level. ``mel_sum``, ``mel_square``, ``mel_max``, ``mel_energy``: running sums per
band; ``psd``: running sums per bin; ``mfcc``: a cosine transform per frame; ``level``, ``groups``, ``power``,
``flux``, ``onset``, ``rising``, ``flat``, ``centroid``, ``tonal``, ``zcr``, ``peak``, ``energy``: frame-rate series
that are kept. ``spectrum``, ``spectrum_moments``, ``spectrum_logs``, ``spectrum_acf`` and ``second``: per window.
Motion nodes, per window: one per signal (``accx`` ... ``gyronorm``), and ``<signal>_moments``, ``_jerk``,
``_velocity``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from .envelope import QUARTERS
from .feature import Feature, Modality
from .kinematics import AZC_LEVELS, SIGNALS, VELOCITY_SIGNALS
from .mel import MFCC_COEFFICIENTS
from .plan import GROUPS, AudioPlan
from .spectrum import BAND_BINS

_N = "TUSSIS_WINDOW_FRAMES"
_Add = Callable[[str, str, str, str, str], None]


def _adder(rows: list[Feature], family: str, modality: Modality = "audio") -> _Add:
    def add(name: str, unit: str, description: str, needs: str, c_call: str) -> None:
        base = ("fft", "mel") if modality == "audio" else ()
        nodes = frozenset((*base, *needs.split()))
        rows.append(Feature(name, family, modality, unit, description, nodes, 0.0, c_call))

    return add


def _mel(rows: list[Feature], plan: AudioPlan) -> None:
    add = _adder(rows, "mel")
    for b in range(plan.mel_bands):
        name, what = f"mel{b:02d}", f"mel band {b}"
        add(f"{name}_mean", "octave", f"mean log energy of {what}", "mel_sum", f"tussis_mel_mean(&mel, {b})")
        add(f"{name}_std", "octave", f"standard deviation over frames of {what}", "mel_sum mel_square",
            f"tussis_mel_std(&mel, {b})")
        add(f"{name}_max", "octave", f"largest log energy of {what}", "mel_max", f"tussis_mel_max(&mel, {b})")
        add(f"{name}_entropy", "bit", f"entropy over frames of the energy of {what}", "mel_energy",
            f"tussis_mel_entropy(&mel, {b})")
        add(f"{name}_rel", "octave", f"mean log energy of {what} against the mean of all bands", "mel_sum",
            f"tussis_mel_rel(&mel, {b})")
        add(f"{name}_peak", "octave", f"largest log energy of {what} against its own mean", "mel_sum mel_max",
            f"tussis_mel_peak(&mel, {b})")
    add = _adder(rows, "mfcc")
    for k in range(min(MFCC_COEFFICIENTS, plan.mel_bands)):
        name, what = f"mfcc{k:02d}", f"cepstral coefficient {k} (orthonormal DCT-II of the log band energies)"
        add(f"{name}_mean", "octave", f"mean of {what}", "mel_sum", f"tussis_mfcc_mean(&mel, {k})")
        add(f"{name}_std", "octave", f"standard deviation of {what}", "mfcc", f"tussis_mfcc_std(&mel, {k})")


def _spectrum(rows: list[Feature]) -> None:
    add = _adder(rows, "spectrum")
    for name, unit, what in (
        ("centroid", "Hz", "centre of gravity"), ("spread", "Hz", "standard deviation about the centroid"),
        ("skewness", "1", "skewness about the centroid"), ("kurtosis", "1", "kurtosis about the centroid"),
    ):
        add(f"spec_{name}", unit, f"{what} of the mean spectrum", "psd spectrum spectrum_moments", f"moments.{name}")
    for share in (85, 95):
        add(f"spec_rolloff{share}", "Hz", f"frequency below which {share} % of the power lies", "psd spectrum",
            f"tussis_spectrum_rolloff(q, 0.{share}F)")
    for name, unit, what in (
        ("flatness", "octave", "geometric over arithmetic mean of the spectrum"),
        ("entropy", "1", "entropy of the spectrum over that of white noise"),
        ("slope", "octave/kHz", "regression slope of the log spectrum"),
    ):
        call = "tussis_spectrum_entropy(q, logs)" if name == "entropy" else f"tussis_spectrum_{name}(logs)"
        add(f"spec_{name}", unit, what, "psd spectrum spectrum_logs", call)
    for name, unit, what in (
        ("decrease", "1", "decrease of the spectrum away from its first bin (Peeters)"),
        ("std", "1", "standard deviation over bins relative to the mean"),
        ("dominant", "Hz", "frequency of the largest bin"), ("crest", "octave", "largest bin over the mean"),
    ):
        add(f"spec_{name}", unit, what, "psd spectrum", f"tussis_spectrum_{name}(q)")
    add = _adder(rows, "band_power")
    for i, (first, last) in enumerate(BAND_BINS):
        add(f"band{i}_power", "octave", f"power from {first * 62.5:g} to {(last + 1) * 62.5:g} Hz over the total",
            "psd spectrum", f"tussis_spectrum_band(q, {first}, {last})")
    add("band_high_low", "octave", "power above 1 kHz over power below", "psd spectrum", "tussis_spectrum_high_low(q)")
    add = _adder(rows, "voicing")
    add("acf_peak", "1", "largest autocorrelation at pitch lags", "psd spectrum spectrum_acf", "acf.peak")
    add("acf_lag", "ms", "pitch lag of that maximum", "psd spectrum spectrum_acf", "acf.lag_ms")


def _series(rows: list[Feature]) -> None:
    add = _adder(rows, "time")
    for name, c_name, unit, what, scale in (
        ("zcr", "zcr", "1", "sign changes per sample", 127), ("flat", "flat", "octave", "band flatness of a frame", 256),
        ("centroid", "centroid", "band", "centre of gravity of a frame over mel bands", 256),
        ("tonal", "tonal", "octave", "largest bin below 1.5 kHz over the sum", 256),
        ("tilt", "tilt", "octave", "upper half of the bands against the lower half", 256),
    ):
        add = _adder(rows, "time" if name == "zcr" else "voicing" if name == "tonal" else "frame_shape")
        node = "groups" if name == "tilt" else name
        s = f"s.{c_name}"
        add(f"{name}_mean", unit, f"mean of {what}", node, f"tussis_mean({s}, {_N}, {scale})")
        add(f"{name}_std", unit, f"standard deviation of {what}", node, f"tussis_std({s}, {_N}, {scale})")
        add(f"{name}_max", unit, f"largest {what}", node, f"tussis_scaled(tussis_largest({s}, {_N}), {scale})")
        add(f"{name}_min", unit, f"smallest {what}", node, f"tussis_scaled(tussis_smallest({s}, {_N}), {scale})")
        add(f"{name}_at_peak", unit, f"{what} at the level's peak", f"{node} level", f"tussis_scaled({s}[at], {scale})")
        add(f"{name}_late_early", unit, f"{what}: second half minus first half", node,
            f"tussis_late_minus_early({s}, {_N}, {scale})")
    for name, unit, what, scale in (
        ("flux", "octave", "mean |change| of the log band energies between frames", 256),
        ("onset", "octave", "mean rise of the log band energies between frames", 256),
        ("rising", "band", "bands that rose by 6 dB or more between frames", 1),
    ):
        add, s, n = _adder(rows, "flux"), f"&s.{name}[1]", f"{_N} - 1"
        add(f"{name}_mean", unit, f"mean of: {what}", name, f"tussis_mean({s}, {n}, {scale})")
        add(f"{name}_std", unit, f"standard deviation of: {what}", name, f"tussis_std({s}, {n}, {scale})")
        add(f"{name}_max", unit, f"largest: {what}", name, f"tussis_scaled(tussis_largest({s}, {n}), {scale})")
        add(f"{name}_pos", "s", f"time of the largest: {what}", name, f"tussis_seconds(tussis_argmax({s}, {n}) + 1)")
    add = _adder(rows, "time")
    add("rms", "octave", "log of the mean square", "mean_square", "tussis_rms(s.mean_square)")
    add("peak", "octave", "log of the largest squared sample", "peak", f"tussis_octaves(tussis_largest(s.peak, {_N}))")
    add("crest", "octave", "peak over mean square", "peak mean_square",
        f"tussis_octaves(tussis_largest(s.peak, {_N})) - tussis_rms(s.mean_square)")
    add("frame_crest_max", "octave", "largest crest factor of a frame", "peak energy",
        f"tussis_octaves(tussis_largest(s.crest, {_N}))")
    add("frame_crest_mean", "octave", "mean crest factor of frames", "peak energy", f"tussis_mean(s.crest, {_N}, 256)")


def _level(rows: list[Feature]) -> None:
    base = _adder(rows, "envelope")
    s = "s.level"

    def add(name: str, unit: str, what: str, call: str, needs: str = "level") -> None:
        base(f"env_{name}", unit, what, needs, call)

    def octaves(call: str) -> str:
        return f"tussis_octaves({call})"

    def seconds(call: str) -> str:
        return f"tussis_seconds({call})"

    largest = f"tussis_largest({s}, {_N})"
    add("mean", "octave", "mean level", f"tussis_mean({s}, {_N}, 256)")
    add("std", "octave", "standard deviation of the level", f"tussis_std({s}, {_N}, 256)")
    add("max", "octave", "largest level", octaves(f"{s}[at]"))
    add("min", "octave", "smallest level", octaves(f"tussis_smallest({s}, {_N})"))
    add("range", "octave", "largest minus smallest level", octaves(f"{s}[at] - tussis_smallest({s}, {_N})"))
    add("peak_mean", "octave", "largest level minus the mean", f"{octaves(f'{s}[at]')} - tussis_mean({s}, {_N}, 256)")
    add("pos", "s", "time of the peak in the window", seconds("at"))
    for k in (1, 2, 3):
        add(f"attack{k}", "octave", f"largest rise over {k} frame(s)", octaves(f"tussis_rise({s}, {_N}, {k})"))
    add("attack_pos", "s", "time of the largest rise over 2 frames", seconds(f"tussis_rise_position({s}, {_N}, 2)"))
    for k in (1, 3):
        add(f"fall{k}", "octave", f"largest fall over {k} frame(s)", octaves(f"tussis_fall({s}, {_N}, {k})"))
    add("decay", "octave/frame", "mean slope from the peak to the window's end", f"tussis_decay({s}, {_N}, at)")
    for db in (6, 12, 20):
        add(f"above{db}", "s", f"time within {db} dB of the peak", seconds(f"tussis_above({s}, {_N}, TUSSIS_DB{db})"))
    for db in (6, 12):
        add(f"run{db}", "s", f"unbroken time within {db} dB around the peak",
            seconds(f"tussis_run({s}, {_N}, TUSSIS_DB{db})"))
    add("peaks", "1", "peaks that stand out by 3 dB", f"(float)tussis_peaks({s}, {_N})")
    add("second", "octave", "second burst (96 ms away or more) minus the peak", octaves(f"second.value - {s}[at]"),
        "level second")
    add("second_distance", "s", "time from the peak to the second burst", seconds("second.distance"), "level second")
    add("late_early", "octave", "level: second half minus first half", f"tussis_late_minus_early({s}, {_N}, 256)")
    for k in (2, 4, 8):
        add(f"before{k}", "octave", f"peak minus the level {k} frames before it",
            octaves(f"tussis_drop({s}, {_N}, at, -{k})"))
        add(f"after{k}", "octave", f"peak minus the level {k} frames after it",
            octaves(f"tussis_drop({s}, {_N}, at, {k})"))
    for quarter in range(QUARTERS):
        add(f"quarter{quarter}", "octave", f"level of quarter {quarter} minus the window's mean",
            f"tussis_quarter({s}, {_N}, {quarter}, 256)")
    add("centroid", "s", "power-weighted mean time", "power_moments.centroid", "level power")
    add("spread", "s", "power-weighted standard deviation of time", "power_moments.spread", "level power")
    add("balance", "octave", "energy from the peak on over energy before", "power_moments.balance", "level power")
    add("crest", "octave", "largest over mean power of frames", f"{octaves(largest)} - power_moments.mean_level",
        "level power")


def _groups(rows: list[Feature]) -> None:
    add = _adder(rows, "group_envelope")
    for g in range(GROUPS):
        s, what = f"s.group[{g}]", f"mel band group {g}"
        name = f"group{g}"
        add(f"{name}_std", "octave", f"standard deviation of {what}", "groups", f"tussis_std({s}, {_N}, 256)")
        add(f"{name}_peaks", "1", f"peaks of {what} that stand out by 3 dB", "groups", f"(float)tussis_peaks({s}, {_N})")
        add(f"{name}_pos", "s", f"time of the peak of {what}", "groups", f"tussis_seconds(tussis_argmax({s}, {_N}))")
        add(f"{name}_prominence", "octave", f"peak minus mean of {what}", "groups",
            f"tussis_octaves(tussis_largest({s}, {_N})) - tussis_mean({s}, {_N}, 256)")
        add(f"{name}_attack", "octave", f"largest rise over 2 frames of {what}", "groups",
            f"tussis_octaves(tussis_rise({s}, {_N}, 2))")
        add(f"{name}_run12", "s", f"unbroken time within 12 dB around the peak of {what}", "groups",
            f"tussis_seconds(tussis_run({s}, {_N}, TUSSIS_DB12))")
        add(f"{name}_at_peak", "octave", f"{what} against all groups at the level's peak", "groups level",
            f"tussis_group_at_peak(s.group, {g}, at)")
        for quarter in range(QUARTERS):
            add(f"{name}_quarter{quarter}", "octave", f"{what}: quarter {quarter} minus the window's mean", "groups",
                f"tussis_quarter({s}, {_N}, {quarter}, 256)")
    add("group_pos_range", "s", "spread of the groups' peak times", "groups", "tussis_group_pos_range(s.group)")
    add("group_joint_attack", "octave", "largest rise over 2 frames common to all groups", "groups",
        "tussis_group_joint_attack(s.group)")


def _imu(rows: list[Feature]) -> None:
    add = _adder(rows, "kinematics", "imu")
    for signal in SIGNALS:
        unit = "m/s2" if signal.startswith("acc") else "deg/s"
        v, moments, jerk = f"&{signal}", f"{signal}_moments", f"{signal}_jerk"
        add(f"{signal}_line_length", unit, "sum of |differences|", signal, f"tussis_line_length({v})")
        add(f"{signal}_zcr", "1", "zero crossings about the mean, per sample", signal, f"tussis_zero_crossings({v})")
        for name, u, what in (
            ("rms", unit, "standard deviation about the mean"), ("kurtosis", "1", "kurtosis about the mean"),
            ("skewness", "1", "skewness about the mean"), ("crest", "1", "largest |deviation| over the rms"),
        ):
            add(f"{signal}_{name}", u, what, f"{signal} {moments}", f"{moments}.{name}")
        add(f"{signal}_range", unit, "largest minus smallest value", signal, f"tussis_range({v})")
        add(f"{signal}_mean", unit, "mean", signal, f"{signal}.mean")
        for level in range(AZC_LEVELS):
            kind = "ACC" if signal.startswith("acc") else "GYRO"
            add(f"{signal}_azc{level}", "1", f"approximate zero crossings, tolerance {level}", signal,
                f"tussis_azc({v}, TUSSIS_AZC_{kind}{level})")
        for name, u, what in (
            ("rms", unit, "rms of"), ("max", unit, "largest absolute value of"), ("kurtosis", "1", "kurtosis about zero of"),
        ):
            add(f"{signal}_jerk_{name}", f"{u}/sample" if u != "1" else u, f"{what} the first difference",
                f"{signal} {jerk}", f"{jerk}.{name}")
        add(f"{signal}_late_early", "1", "octaves of energy: second half over first half", signal,
            f"tussis_late_early_energy({v})")
    for signal in VELOCITY_SIGNALS:
        for name, what in (("rms", "rms of the"), ("max", "largest absolute"), ("range", "range of the")):
            add(f"{signal}_velocity_{name}", "m/s", f"{what} velocity (integral of the deviation)",
                f"{signal} {signal}_velocity", f"{signal}_velocity.{name}")


@cache
def audio_catalogue(plan: AudioPlan | None = None) -> dict[str, Feature]:
    """Return the audio features by id, in the order the reference computes them."""
    rows: list[Feature] = []
    _mel(rows, plan or AudioPlan())
    _spectrum(rows)
    _series(rows)
    _level(rows)
    _groups(rows)
    return {row.id: row for row in rows}


@cache
def imu_catalogue() -> dict[str, Feature]:
    """Return the motion features by id."""
    rows: list[Feature] = []
    _imu(rows)
    return {row.id: row for row in rows}


def catalogue() -> dict[str, Feature]:
    """Return every feature of the default plan by id, audio first."""
    return audio_catalogue() | imu_catalogue()


def features(ids: tuple[str, ...] | list[str], modality: Modality, plan: AudioPlan | None = None) -> tuple[Feature, ...]:
    """Look up ids in order.

    Raises
    ------
    KeyError
        With the unknown id and the nearest known one.
    """
    from difflib import get_close_matches

    table = audio_catalogue(plan) if modality == "audio" else imu_catalogue()
    for name in ids:
        if name not in table:
            near = get_close_matches(name, table, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise KeyError(f"{name!r} is no {modality} feature{hint}")
    return tuple(table[name] for name in ids)
