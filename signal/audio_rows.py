"""Audio rows of the catalogue: ``id | unit | cost nodes | description | C expression``.

Cost nodes. Paid always, because events need the level: ``fft`` (window, transform, power of 61 bins) and
``mel`` (energies, logarithms, level). Per frame when a feature asks: ``mel_sum`` (sums of all bands),
``mel_square_BB``, ``mel_max_BB``, ``mel_energy_BB`` (sums of band BB), ``mfcc_KK`` (a row of a cosine
transform), ``psd`` (sums per bin), and one per frame-rate series: ``level``, ``group0`` to ``group3``,
``tilt``, ``flux``, ``onset``, ``rising``, ``flat``, ``centroid``, ``tonal``, ``zcr``, ``peak``, ``crest``,
``power``, ``mean_square``. Per window, shared by several features: ``at`` (frame of the level's peak),
``second``, ``power_moments``, ``mel_total``, ``spectrum``, ``spectrum_logs``, ``spectrum_moments``,
``spectrum_acf``.

The C expressions use what :mod:`tussis.export.codegen.feature_source` declares before them: a series and a
per-window
node by its name, ``N`` frames, ``mel`` the blocks' sums, ``oldest`` the oldest block, ``q`` the normalised
spectrum (``spectrum``), ``logs`` its logarithms.
"""

from __future__ import annotations

from collections.abc import Iterator

from .feature import Feature, read_rows
from .mel import MFCC_COEFFICIENTS
from .plan import GROUPS
from .spectrum import BAND_BINS

_MEL = """
mel{i:02d}_mean | octave | mel_sum | mean log energy of mel band {i} | tussis_mel_mean(mel, {i})
mel{i:02d}_std | octave | mel_sum mel_square_{i:02d} | standard deviation of mel band {i} | \
    tussis_mel_std(mel, {i})
mel{i:02d}_max | octave | mel_max_{i:02d} | largest log energy of mel band {i} | tussis_mel_max(mel, {i})
mel{i:02d}_entropy | bit | mel_energy_{i:02d} | entropy over frames of its energy | \
    tussis_mel_entropy(mel, oldest, {i})
mel{i:02d}_rel | octave | mel_sum mel_total | its mean minus all bands' mean | \
    tussis_mel_rel(mel, {i}, mel_total)
mel{i:02d}_peak | octave | mel_sum mel_max_{i:02d} | largest minus mean of mel band {i} | \
    tussis_mel_peak(mel, {i})
"""

_MFCC = """
mfcc{i:02d}_mean | octave | mel_sum | mean cepstral coefficient {i}, orthonormal DCT-II | \
    tussis_mfcc_mean(mel, {i})
mfcc{i:02d}_std | octave | mfcc_{i:02d} | standard deviation of coefficient {i} | tussis_mfcc_std(mel, {i})
"""

_SPECTRUM = """
spec_centroid | Hz | psd spectrum spectrum_moments | centre of gravity of the mean spectrum | \
    spectrum_moments.centroid
spec_spread | Hz | psd spectrum spectrum_moments | standard deviation about it | spectrum_moments.spread
spec_skewness | 1 | psd spectrum spectrum_moments | skewness about it | spectrum_moments.skewness
spec_kurtosis | 1 | psd spectrum spectrum_moments | kurtosis about it | spectrum_moments.kurtosis
spec_rolloff85 | Hz | psd spectrum | frequency below which 85 % of the power lies | tussis_rolloff(q, 0.85F)
spec_rolloff95 | Hz | psd spectrum | frequency below which 95 % of the power lies | tussis_rolloff(q, 0.95F)
spec_flatness | octave | psd spectrum spectrum_logs | geometric over arithmetic mean | \
    tussis_spectral_flatness(logs)
spec_entropy | 1 | psd spectrum spectrum_logs | entropy over white noise's | tussis_spectral_entropy(q, logs)
spec_slope | octave/kHz | psd spectrum spectrum_logs | regression slope of the log | \
    tussis_spectral_slope(logs)
spec_decrease | 1 | psd spectrum | Peeters' decrease from the first bin | tussis_spectral_decrease(q)
spec_std | 1 | psd spectrum | standard deviation over bins relative to the mean | tussis_spectral_std(q)
spec_dominant | Hz | psd spectrum | frequency of the largest bin | tussis_spectral_dominant(q)
spec_crest | octave | psd spectrum | largest bin over the mean | tussis_spectral_crest(q)
"""

_BAND = """
band{i}_power | octave | psd spectrum | power from {low:g} to {high:g} Hz over all | \
    tussis_band_power(q, {first}, {last})
"""

_BANDS = """
band_high_low | octave | psd spectrum | power above 1 kHz over power below | tussis_band_high_low(q)
"""

_VOICING = """
acf_peak | 1 | psd spectrum spectrum_acf | largest autocorrelation at pitch lags 2.5 to 7.25 ms | \
    spectrum_acf.peak
acf_lag | ms | psd spectrum spectrum_acf | lag of that largest value | spectrum_acf.lag_ms
"""

_COLOUR = """
{i}_mean | {unit} | {node} | mean of {what} | tussis_mean({i}, N, {scale})
{i}_std | {unit} | {node} | standard deviation of {what} | tussis_std({i}, N, {scale})
{i}_max | {unit} | {node} | largest {what} | tussis_scaled(tussis_largest({i}, N), {scale})
{i}_min | {unit} | {node} | smallest {what} | tussis_scaled(tussis_smallest({i}, N), {scale})
{i}_at_peak | {unit} | {node} level at | {what} at the level's peak | tussis_scaled({i}[at], {scale})
{i}_late_early | {unit} | {node} | {what}: second half minus first | \
    tussis_late_minus_early({i}, N, {scale})
"""

_CHANGE = """
{i}_mean | {unit} | {i} | mean of {what} | tussis_mean(&{i}[1], N - 1, {scale})
{i}_std | {unit} | {i} | standard deviation of {what} | tussis_std(&{i}[1], N - 1, {scale})
{i}_max | {unit} | {i} | largest {what} | tussis_scaled(tussis_largest(&{i}[1], N - 1), {scale})
{i}_pos | s | {i} | time of the largest {what} | tussis_seconds(tussis_argmax(&{i}[1], N - 1) + 1)
"""

_TIME = """
rms | octave | mean_square | log of the mean square | tussis_rms(mean_square, N)
peak | octave | peak | log of the largest squared sample | tussis_octaves(tussis_largest(peak, N))
crest | octave | peak mean_square | peak over rms | \
    tussis_octaves(tussis_largest(peak, N)) - tussis_rms(mean_square, N)
frame_crest_max | octave | crest | largest crest factor of a frame | \
    tussis_octaves(tussis_largest(crest, N))
frame_crest_mean | octave | crest | mean crest factor of frames | tussis_mean(crest, N, 256)
"""

_ENVELOPE = """
env_mean | octave | level | mean level | tussis_mean(level, N, 256)
env_std | octave | level | standard deviation of the level | tussis_std(level, N, 256)
env_max | octave | level at | largest level | tussis_octaves(level[at])
env_min | octave | level | smallest level | tussis_octaves(tussis_smallest(level, N))
env_range | octave | level at | largest minus smallest | \
    tussis_octaves(level[at] - tussis_smallest(level, N))
env_peak_mean | octave | level at | largest minus mean | \
    tussis_octaves(level[at]) - tussis_mean(level, N, 256)
env_pos | s | level at | time of the peak in the window | tussis_seconds(at)
env_attack1 | octave | level | largest rise over one frame | tussis_octaves(tussis_rise(level, N, 1))
env_attack2 | octave | level | largest rise over two frames | tussis_octaves(tussis_rise(level, N, 2))
env_attack3 | octave | level | largest rise over three frames | tussis_octaves(tussis_rise(level, N, 3))
env_attack_pos | s | level | time of the rise over two frames | \
    tussis_seconds(tussis_rise_position(level, N, 2))
env_fall1 | octave | level | largest fall over one frame | tussis_octaves(tussis_fall(level, N, 1))
env_fall3 | octave | level | largest fall over three frames | tussis_octaves(tussis_fall(level, N, 3))
env_decay | octave/frame | level at | slope from the peak to the window's end | tussis_decay(level, N, at)
env_above6 | s | level | time within 6 dB of the peak | tussis_seconds(tussis_above(level, N, TUSSIS_DB6))
env_above12 | s | level | time within 12 dB of the peak | \
    tussis_seconds(tussis_above(level, N, TUSSIS_DB12))
env_above20 | s | level | time within 20 dB of the peak | \
    tussis_seconds(tussis_above(level, N, TUSSIS_DB20))
env_run6 | s | level | unbroken time within 6 dB around it | \
    tussis_seconds(tussis_run(level, N, TUSSIS_DB6))
env_run12 | s | level | unbroken time within 12 dB around it | \
    tussis_seconds(tussis_run(level, N, TUSSIS_DB12))
env_peaks | 1 | level | peaks that stand out by 3 dB | (float)tussis_peaks(level, N)
env_second | octave | level at second | second burst minus the peak | \
    tussis_octaves(second.value - level[at])
env_second_distance | s | level at second | time from the peak to it | tussis_seconds(second.distance)
env_late_early | octave | level | level: second half minus first half | \
    tussis_late_minus_early(level, N, 256)
env_centroid | s | level at power power_moments | power-weighted mean time | power_moments.centroid
env_spread | s | level at power power_moments | power-weighted deviation of time | power_moments.spread
env_balance | octave | level at power power_moments | energy from the peak on over energy before | \
    power_moments.balance
env_crest | octave | level at power power_moments | largest over mean power | \
    tussis_octaves(level[at]) - power_moments.mean
"""

_AROUND = """
env_before{i} | octave | level at | peak minus the level {i} frames before | \
    tussis_octaves(tussis_drop(level, N, at, -{i}))
env_after{i} | octave | level at | peak minus the level {i} frames after | \
    tussis_octaves(tussis_drop(level, N, at, {i}))
"""

_QUARTER = """
{name}_quarter{i} | octave | {node} | its quarter {i} minus the window's mean | \
    tussis_quarter({c_name}, N, {i})
"""

_GROUP = """
group{i}_std | octave | group{i} | standard deviation of band group {i} | tussis_std(group{i}, N, 256)
group{i}_peaks | 1 | group{i} | its peaks that stand out by 3 dB | (float)tussis_peaks(group{i}, N)
group{i}_pos | s | group{i} | time of its peak | tussis_seconds(tussis_argmax(group{i}, N))
group{i}_prominence | octave | group{i} | its peak minus its mean | tussis_prominence(group{i}, N)
group{i}_attack | octave | group{i} | its largest rise over two frames | \
    tussis_octaves(tussis_rise(group{i}, N, 2))
group{i}_run12 | s | group{i} | its time within 12 dB | tussis_seconds(tussis_run(group{i}, N, TUSSIS_DB12))
group{i}_at_peak | octave | group0 group1 group2 group3 level at | it minus all groups, at the peak | \
    tussis_group_at_peak(group0, {i}, at)
"""

_GROUPS = """
group_pos_range | s | group0 group1 group2 group3 | spread of the groups' peak times | \
    tussis_seconds(tussis_group_pos_range(group0, N))
group_joint_attack | octave | group0 group1 group2 group3 | largest rise common to all groups | \
    tussis_octaves(tussis_joint_attack(group0, N))
"""

_COLOURS = (
    ("time", "zcr", "1", "zcr", "sign changes per sample", 127),
    ("frame_shape", "flat", "octave", "flat", "band flatness of a frame", 256),
    ("frame_shape", "centroid", "band", "centroid", "centre of gravity of a frame over mel bands", 256),
    ("voicing", "tonal", "octave", "tonal", "largest bin below 1.5 kHz over their sum", 256),
    ("frame_shape", "tilt", "octave", "tilt", "upper half of the bands over the lower half", 256),
)

_CHANGES = (
    ("flux", "octave", "mean absolute change of the band levels", 256),
    ("onset", "octave", "mean rise of the band levels", 256),
    ("rising", "band", "count of bands that rise by 6 dB or more", 1),
)


def audio_rows(mel_bands: int) -> Iterator[Feature]:
    """Yield the audio features for a bank of `mel_bands` bands, in catalogue order."""
    for b in range(mel_bands):
        yield from read_rows(_MEL, "mel", "audio", i=b)
    for k in range(min(MFCC_COEFFICIENTS, mel_bands)):
        yield from read_rows(_MFCC, "mfcc", "audio", i=k)
    yield from read_rows(_SPECTRUM, "spectrum", "audio")
    for i, (first, last) in enumerate(BAND_BINS):
        edges = {"low": first * 62.5, "high": (last + 1) * 62.5}
        yield from read_rows(_BAND, "band_power", "audio", i=i, first=first, last=last, **edges)
    yield from read_rows(_BANDS, "band_power", "audio")
    yield from read_rows(_VOICING, "voicing", "audio")
    for family, name, unit, node, what, scale in _COLOURS:
        yield from read_rows(_COLOUR, family, "audio", i=name, unit=unit, node=node, what=what, scale=scale)
    for name, unit, what, scale in _CHANGES:
        yield from read_rows(_CHANGE, "flux", "audio", i=name, unit=unit, what=what, scale=scale)
    yield from read_rows(_TIME, "time", "audio")
    yield from read_rows(_ENVELOPE, "envelope", "audio")
    for k in (2, 4, 8):
        yield from read_rows(_AROUND, "envelope", "audio", i=k)
    for i in range(4):
        yield from read_rows(_QUARTER, "envelope", "audio", i=i, name="env", node="level", c_name="level")
    for g in range(GROUPS):
        yield from read_rows(_GROUP, "group_envelope", "audio", i=g)
        words = {"name": f"group{g}", "node": f"group{g}", "c_name": f"group{g}"}
        for i in range(4):
            yield from read_rows(_QUARTER, "group_envelope", "audio", i=i, **words)
    yield from read_rows(_GROUPS, "group_envelope", "audio")
