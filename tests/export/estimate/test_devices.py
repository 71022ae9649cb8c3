"""Device profiles: what ships, what users add, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tussis.data.input_error import InputError
from tussis.export.estimate import devices
from tussis.export.estimate.devices import load_profiles

ASKED_FOR = {"nrf5340", "nrf54l15", "stm32u585", "stm32l552", "lpc55s69", "efr32mg24"}


def test_the_devices_and_sensors_asked_for_are_there():
    profiles = load_profiles()
    assert set(profiles.devices) >= ASKED_FOR
    assert len(profiles.devices) >= 7
    assert len(profiles.microphones) >= 2
    assert len(profiles.imus) >= 3
    for device in profiles.devices.values():
        assert device.clock().clock_hz == device.default_clock_hz


def every_figure():
    profiles = load_profiles()
    tables = (profiles.devices, profiles.microphones, profiles.imus, profiles.batteries)
    return [
        (part, name, figure) for table in tables for part in table.values() for name, figure in part.figures()
    ]


def test_every_figure_in_the_file_is_either_sourced_or_marked_as_assumed():
    """Counted in the raw file too, so that no table slips past the schema."""
    figures = every_figure()
    assert all((f.source is None) != (f.assumption is None) for _, _, f in figures)
    raw = Path(devices.__file__).with_name("devices.toml").read_text()
    entries = [line for line in raw.splitlines() if not line.startswith("#")]
    marks = sum(line.count("source = ") + line.count("assumption = ") for line in entries)
    assert marks == len(figures) == sum(line.count("value = ") + line.count("ways = ") for line in entries)
    for part, name, figure in figures:
        assert [told.why for told in part.assumptions([(name, figure)])] == (
            [] if figure.source else [figure.assumption]
        )


def test_a_source_names_its_document_and_hearsay_is_no_source():
    documents = (
        r"Specification|[Dd]ata ?sheet|zephyrproject-rtos/|mcux-sdk|simplicity_sdk|^ST, |what this profile"
    )
    for part, name, figure in every_figure():
        if figure.source:
            assert re.search(documents, figure.source), f"{part.title}: {name}"
            assert not re.search(r"quote|noted|sister|headline|memory", figure.source), (
                f"{part.title}: {name}"
            )


def test_full_clock_costs_more_than_the_headline_promises():
    """The trap of headline uA/MHz: at the highest clock a STM32U585 draws twice its 19.5 uA/MHz and more."""
    u585 = load_profiles().device("stm32u585")
    top = u585.clock(160e6)
    assert top.active_ua.value / 160 > 2 * 19.5
    assert load_profiles().device("nrf5340").clock(128e6).sleep_floor_ua.value > 500


def test_a_clock_between_two_is_interpolated_and_says_so():
    u585 = load_profiles().device("stm32u585")
    between = u585.clock(82.5e6)
    assert 2200 < between.active_ua.value < 4300
    assert between.active_ua.assumption.startswith("interpolated up to 110 MHz; 55 MHz: ")
    assert u585.clock(12e6).active_ua.value == pytest.approx(360)
    with pytest.raises(InputError, match=r"--clock: 300 MHz is outside .* \(24, 55, 110, 160 MHz\)"):
        u585.clock(300e6)


@pytest.mark.parametrize("clock_hz", [float("inf"), float("nan"), -64e6, 0.0, 1e15, 1.0])
def test_a_clock_that_no_core_has_is_refused(clock_hz):
    with pytest.raises(InputError, match="is outside what is known of"):
        load_profiles().device("nrf5340").clock(clock_hz)


def test_a_file_of_ones_own_adds_and_replaces(tmp_path, bench_profile):
    path = tmp_path / "mine.toml"
    path.write_text(bench_profile)
    profiles = load_profiles(path)
    assert profiles.device("bench").clock().active_ua.value == 2400
    assert set(profiles.devices) >= ASKED_FOR
    path.write_text(bench_profile.replace("devices.bench", "devices.nrf5340"))
    assert load_profiles(path).device("nrf5340").title == "A core without waits for flash"
    assert load_profiles().device("nrf5340").title != "A core without waits for flash"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('2.0, source = "measured"', "2.0"), "devices.bench.deep_sleep_ua: needs either source"),
        (("value = 2.0", "value = -2.0"), "devices.bench.deep_sleep_ua.value"),
        (("value = 2.0", 'value = "two"'), "devices.bench.deep_sleep_ua.value"),
        (("wake_us", "wake_ms"), "devices.bench.wake_us: Field required"),
        (("regulator", "colour = 3\nregulator"), "devices.bench.colour"),
        (("default_clock_hz = 64e6", "default_clock_hz = 1e6"), "default_clock_hz is not among clocks"),
        (("[devices.bench]", "[devices.bench"), "is not TOML"),
        (("[devices.bench]", "[gadgets.x]\na = 1\n[devices.bench]"), "gadgets: Extra"),
    ],
)
def test_bad_profiles_are_refused_with_file_and_field(tmp_path, bench_profile, change, words):
    path = tmp_path / "bad.toml"
    path.write_text(bench_profile.replace(*change, 1))
    with pytest.raises(InputError) as caught:
        load_profiles(path)
    assert str(caught.value).startswith(str(path))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


_MODE = """
[imus.turner]
title = "A sensor"
supply_v = { value = 1.8, source = "measured" }
off_ua = { value = 1.0, source = "measured" }
fifo_samples = { value = 10, source = "measured" }
modes = [{ name = "m", GYROSCOPErate_hz = 104, bits = 16, range_g = 4, KEYScurrent_ua = { value = 5.0, source = "measured" }, noise_mg = { value = 1.0, source = "measured" } }]
"""  # noqa: E501
_RANGE, _NOISE = "range_dps = 2000, ", 'noise_dps = { value = 0.03, source = "measured" }, '


@pytest.mark.parametrize("gyroscope", ["gyroscope = true, ", "gyroscope = false, ", ""])
@pytest.mark.parametrize("keys", ["", _RANGE, _NOISE, _RANGE + _NOISE])
def test_angular_rates_have_range_and_noise_or_neither(tmp_path, gyroscope, keys):
    """A range alone made rates without noise; both were passed over where there is no gyroscope."""
    path = tmp_path / "mine.toml"
    path.write_text(_MODE.replace("GYROSCOPE", gyroscope).replace("KEYS", keys))
    turns = "true" in gyroscope
    if not keys or (turns and keys == _RANGE + _NOISE):
        assert load_profiles(path).imu("turner").named("m").gyroscope == turns
        return
    with pytest.raises(InputError) as caught:
        load_profiles(path)
    wanted = "needs (range|noise)_dps too" if turns else "is of a gyroscope; add gyroscope = true"
    assert re.search(rf"mine\.toml: imus\.turner\.modes\.0: mode m: .*{wanted}", str(caught.value))


def test_unknown_names_list_the_known(tmp_path):
    profiles = load_profiles()
    with pytest.raises(InputError, match=r"--device: 'nrf9999' is unknown; use one of .*nrf5340"):
        profiles.device("nrf9999")
    with pytest.raises(InputError, match="--battery"):
        profiles.battery("big")
    with pytest.raises(InputError, match=r"--battery: .0mAh@3\.7V. is unknown"):
        profiles.battery("0mAh@3.7V")
    with pytest.raises(InputError, match="cannot be read"):
        load_profiles(tmp_path / "none.toml")


def test_batteries_by_name_and_in_words():
    profiles = load_profiles()
    assert profiles.battery("lipo100").usable_energy_j == pytest.approx(100 * 3.6 * 3.7 * 0.8)
    assert profiles.battery("250mAh@3.7V").usable_energy_j == pytest.approx(250 * 3.6 * 3.7 * 0.8)
