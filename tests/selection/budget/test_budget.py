"""Budget files: DESIGN's keys, no others; limits in cycles; refusals say which limit and by how much."""

import pytest

from tussis.data.input_error import InputError
from tussis.selection.budget.budget import DevicePrice, Excess, load_budget, refuse_excess

DESIGN = """
device = "nrf5340"
[audio]
cycles_per_second = 700_000
uj_per_second = 120.0
ms_per_window = 5.0
features = 40
[imu]
features = 10
[total]
flash_bytes = 49_152
ram_bytes = 24_576
uj_per_second = 40.0
board_uj_per_second = 700.0
battery_days = 14
[sensors]
motion = ["lis2dh12", "bmi270"]
microphone = ["t5838"]
"""


def write(folder, text):
    (folder / "budget.toml").write_text(text)
    return folder / "budget.toml"


def test_every_key_of_the_design_is_read(tmp_path):
    budget = load_budget(write(tmp_path, DESIGN))
    assert budget.audio.cycles_per_second == 700_000
    assert budget.imu.features == 10
    assert budget.total.flash_bytes == 49_152
    assert budget.as_document()["total"] == {
        "flash_bytes": 49152,
        "ram_bytes": 24576,
        "uj_per_second": 40.0,
        "board_uj_per_second": 700.0,
        "battery_days": 14.0,
    }
    assert budget.sensors.motion == ("lis2dh12", "bmi270")
    assert budget.sensors.microphone == ("t5838",)
    assert load_budget(write(tmp_path, "")).as_document() == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[audio]\ncycles = 3",
            "audio.cycles: unknown key; known keys are cycles_per_second, uj_per_second,",
        ),
        ("devcie = 'x'", "devcie: unknown key; known keys are device, audio, imu, total"),
        ("[total]\nflash_bytes = -1", "total.flash_bytes: is -1, not a whole number above 0; give a whole"),
        ("[total]\nram_bytes = 0", "total.ram_bytes: is 0, not a whole number above 0"),
        ("[total]\nflash_bytes = 1e5", "total.flash_bytes: is 100000.0, not a whole number above 0"),
        (
            "[audio]\nfeatures = 'many'",
            "audio.features: is 'many', not a whole number above 0; .*without quotes",
        ),
        ("[audio]\nfeatures = true", "audio.features: is True, not a whole number above 0"),
        ("[imu]\nfeatures = 2.5", r"imu.features: is 2.5, not a whole number above 0"),
        ("[audio]\ncycles_per_second = '7e5'", "audio.cycles_per_second: is '7e5', not a number above 0"),
        ("[audio]\ncycles_per_second = true", "audio.cycles_per_second: is True, not a"),
        ("[audio]\ncycles_per_second = inf", "audio.cycles_per_second: is inf, not a finite number"),
        ("[audio]\ncycles_per_second = nan", "audio.cycles_per_second: is nan, not a finite number"),
        ("device = 'x'\n[imu]\nms_per_window = -0.5", "imu.ms_per_window: is -0.5, not a number above 0"),
        ("audio = 700000", r"audio: is 700000, not a table; write it as \[audio\]"),
        ("device = 5340", "device: is 5340, not a name; give the name of a device in quotes"),
        (
            "[imu]\nuj_per_second = 1",
            r"\[imu\] has a limit in uJ or ms, which needs `device`; add a line such as device",
        ),
        ("[total]\nbattery_days = 3", r"\[total\] has a limit in days, which needs `device`; add a line"),
        ("[sensors]\nmotion = ['x']", r"\[sensors\] names parts of a board, which needs `device`"),
        ("device = 'x'\n[total]\nbattery_days = -1", "total.battery_days: is -1, not a whole number above 0"),
        (
            "device = 'x'\n[total]\nboard_uj_per_second = 'x'",
            "total.board_uj_per_second: is 'x', not a number",
        ),
        ("[sensors]\nmotion = 'x'", r"sensors.motion: is 'x', not a list of parts; write it like \["),
        ("[sensors]\nmotion = []", r"sensors.motion: is \[\], not a list of parts; write it like \["),
        ("[sensors]\nmotion = [3]", "sensors.motion.0: is 3, not a name; give the name of a part in quotes"),
        ("[sensors]\nimu = ['x']", "sensors.imu: unknown key; known keys are motion, microphone"),
        ("[audio", "is not TOML"),
    ],
)
def test_a_bad_file_is_one_line_with_the_key(tmp_path, text, message):
    with pytest.raises(InputError, match=message) as caught:
        load_budget(write(tmp_path, text))
    assert str(caught.value).startswith(str(tmp_path / "budget.toml"))
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.toml: cannot be read"):
        load_budget(tmp_path / "none.toml")


def test_the_tightest_limit_counts(tmp_path):
    price = DevicePrice("test", 64e6, 9600.0)
    path = load_budget(write(tmp_path, DESIGN)).audio
    assert price.uj_per_cycle == pytest.approx(1.5e-4)
    assert path.most_cycles(7.8125, None) == 700_000
    assert path.most_cycles(7.8125, price) == pytest.approx(700_000)
    assert path.model_copy(update={"uj_per_second": 60.0}).most_cycles(7.8125, price) == pytest.approx(4e5)
    assert path.model_copy(update={"ms_per_window": 1.0}).most_cycles(7.8125, price) == pytest.approx(5e5)
    assert load_budget(write(tmp_path, "")).audio.most_cycles(7.8125, price) == float("inf")


def test_a_refusal_names_the_limit_and_the_difference():
    error = refuse_excess(
        "b.toml", Excess("audio.cycles_per_second", 100_000, 398_231.4, "cycles per second")
    )
    assert str(error) == (
        "b.toml: audio.cycles_per_second: allows 100_000 cycles per second, the cheapest detector found needs"
        " 398_231: 298_231 (298.2 %) too much; raise it to 398_231 or more, or leave it out"
    )
