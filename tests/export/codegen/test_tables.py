import re

import numpy as np
import pytest

from tussis.export.codegen.front_end import FrontEnd
from tussis.export.codegen.tables import constants_header, mel_bank_source, tables_header, tables_source
from tussis.signal.audio_nodes import SERIES
from tussis.signal.catalogue import feature_ids
from tussis.signal.decimator import decimator_taps
from tussis.signal.elementary import LOG2_CORRECTION, LOG2_POLYNOMIAL
from tussis.signal.fft import column_words, packed, turn_q15
from tussis.signal.mel import dct_q14, mel_bank
from tussis.signal.plan import AudioPlan, ImuPlan


def front(audio, imu=("accx_rms",), plan=None) -> FrontEnd:
    return FrontEnd.of(plan or AudioPlan(), audio, ImuPlan(), imu)


def constants(text: str) -> dict[str, str]:
    return dict(re.findall(r"^#define TUSSIS_(\w+(?:\(X\))?) (.+)$", text, re.M))


def tables(text: str) -> dict[str, list[str]]:
    found = re.findall(r"const (\w+) (\w+)\[(\d+)\] = \{(.*?)\};", text, re.S)
    arrays = {name: [item.strip() for item in body.split(",") if item.strip()] for _, name, _, body in found}
    assert all(len(arrays[name]) == int(n) for _, name, n, _ in found)
    return arrays


def floats(items: list[str]) -> np.ndarray:
    assert all(item.endswith("F") and ("." in item or "e" in item) for item in items)
    return np.array([item[:-1] for item in items]).astype(np.float32)


def test_tables_hold_the_references_numbers_to_the_bit():
    plan = AudioPlan()
    found = tables(tables_source(front(feature_ids("audio"))))
    assert np.array_equal(np.array(found["tussis_decimator_taps"], int), decimator_taps(plan)[::-1])
    assert np.array_equal(np.array(found["tussis_fft_columns"], int), column_words().ravel())
    assert np.array_equal(np.array(found["tussis_log2_correction"], int), LOG2_CORRECTION)
    assert np.array_equal(np.array(found["tussis_dct"], int), dct_q14(plan).ravel())


def test_the_transforms_constants_are_the_references():
    found = constants(constants_header(front(["mel00_mean"])))
    for k in range(1, 8):
        assert int(found[f"TURN_{k}"].strip("()")) == packed(*turn_q15(k / 32))


def test_the_mel_bank_is_written_out_in_the_order_of_the_bins():
    text = mel_bank_source(AudioPlan())
    bank = mel_bank(AudioPlan())
    assert f"power_at = &power[{bank[0].bin - 2}];" in text
    assert [share.bin for share in bank] == list(range(bank[0].bin, bank[0].bin + len(bank)))
    weights = np.array([share.weight for share in bank])
    assert np.array_equal(floats(tables(text)["WEIGHTS"]), weights)
    places = re.findall(r"part = weights\[(\d)\] \* bins\[(\d)\];", text)
    assert places == [(str(i % 8), str(i % 8)) for i in range(len(bank))]
    assert text.count("tussis_get_floats(&power_at, &weight_at, bins, weights);") == len(bank) // 8
    for b in range(16):
        parts = [share.bin for share in bank if share.band == b]
        rests = [share.bin for share in bank if share.other == b]
        assert len(re.findall(rf"\be{b} (?:\+= part|= ONE \+ \(part\));", text)) == len(parts)
        rest = r"bins\[\d\] - part"
        assert len(re.findall(rf"\be{b} (?:\+= {rest}|= ONE \+ \({rest}\));", text)) == len(rests)
        assert f"e{b} *= TUSSIS_POWER_SCALE;\n    energy[{b}] = e{b};" in text


def test_the_header_declares_what_the_source_defines():
    chosen = front(["mfcc03_std", "mel04_entropy", "acf_peak", "env_std"])
    declared = set(re.findall(r"extern const (\w+) (\w+)\[(\d+)\];", tables_header(chosen)))
    defined = set(re.findall(r"^const (\w+) (\w+)\[(\d+)\] =", tables_source(chosen), re.M))
    assert declared == defined


def test_only_what_is_needed_is_switched_on():
    off = constants(constants_header(front(["mel00_mean"])))
    needs = {
        name.removeprefix("NEED_") for name, value in off.items() if name.startswith("NEED_") and value == "1"
    }
    assert needs == {"MEL_SUM", "MEL_BLOCK"}
    assert off["SERIES"] == "0"
    some = constants(constants_header(front(["group2_std", "flux_max", "mel03_entropy", "mel11_entropy"])))
    assert (some["SERIES"], some["SERIES_GROUP2"], some["SERIES_FLUX"]) == ("2", "0", "1")
    assert (some["NEED_GROUPS"], some["NEED_CHANGE"], some["NEED_GROUP1"]) == ("1", "1", "0")
    assert some["MEL_ENERGY_EACH(X)"] == "X(3) X(11)"
    assert "tussis_mfcc_used[2] = {\n    3, 11,\n}" in tables_source(front(["mfcc03_std", "mfcc11_std"]))


def test_every_switch_is_defined_either_way():
    """-Wundef is on: a switch that is missing would be an error in some detectors only."""
    full = constants(constants_header(front(feature_ids("audio"), feature_ids("imu"))))
    least = constants(constants_header(front(["env_std"])))
    switches = {name for name in full if name.startswith("NEED_")}
    assert switches == {name for name in least if name.startswith("NEED_")}
    assert {full[name] for name in switches} == {"1"}
    assert [full[f"SERIES_{series.name.upper()}"] for series in SERIES] == [
        str(i) for i in range(len(SERIES))
    ]


def test_constants_read_back_to_the_same_float32():
    found = constants(constants_header(front(["env_std"])))
    for i, value in enumerate(LOG2_POLYNOMIAL):
        assert np.float32(found[f"LOG2_C{i}"].strip("()F")) == value
    assert found["FRAME"] == "128"
    assert found["HAS_AUDIO"] == found["HAS_IMU"] == "1"


@pytest.mark.parametrize(
    "plan", [AudioPlan(window_blocks=6), AudioPlan(input_rate_hz=48000, mel_bands=8)], ids=str
)
def test_plans_reach_the_c(plan):
    found = constants(constants_header(front(["env_std"], plan=plan)))
    assert int(found["WINDOW_FRAMES"]) == plan.window_frames
    assert int(found["DECIMATION"]) == plan.decimation
    assert int(found["MEL_BANDS"]) == plan.mel_bands


def test_a_detector_of_one_kind():
    audio = FrontEnd.of(AudioPlan(), ["env_std"], None, ())
    imu = FrontEnd.of(None, (), ImuPlan(), ["accx_rms"])
    assert "IMU_WINDOW" not in constants(constants_header(audio))
    assert constants(constants_header(audio))["HAS_IMU"] == "0"
    assert "MEL_BANDS" not in constants(constants_header(imu))
    assert list(tables(tables_source(imu))) == ["tussis_log2_correction"]


def test_the_same_text_every_time():
    chosen = front(feature_ids("audio"))
    assert constants_header(chosen) == constants_header(front(feature_ids("audio")))
    assert tables_source(chosen) == tables_source(front(feature_ids("audio")))
