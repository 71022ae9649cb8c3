"""Bands that hold no bin of the spectrum are refused with the plan, before anything is computed."""

import itertools

import numpy as np
import pytest

from tussis.signal.mel import mel_bank
from tussis.signal.mel_scale import mel_edges_hz
from tussis.signal.plan import AudioPlan


def test_edges_are_linear_to_1_khz_and_logarithmic_above() -> None:
    assert mel_edges_hz(100.0, 700.0, 2).tolist() == pytest.approx([100, 300, 500, 700])
    high = mel_edges_hz(1000.0, 3750.0, 5)
    assert np.allclose(high[1:] / high[:-1], high[1] / high[0])


def _refusal(bands: int, fmin_hz: float, fmax_hz: float) -> str:
    """What is said against a plan; empty where it is accepted."""
    try:
        AudioPlan(mel_bands=bands, mel_fmin_hz=fmin_hz, mel_fmax_hz=fmax_hz)
    except ValueError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("bands", [8, 16, 24])
@pytest.mark.parametrize("fmax_hz", [126.0, 150.0, 187.5, 250.0, 400.0, 1000.0, 1500.0, 2000.0, 3875.0])
@pytest.mark.parametrize("fmin_hz", [125.0, 140.0, 1000.0])
def test_a_plan_is_accepted_if_and_only_if_its_bank_can_be_made(
    bands: int, fmin_hz: float, fmax_hz: float
) -> None:
    said = _refusal(bands, fmin_hz, fmax_hz)
    if fmax_hz <= fmin_hz:
        assert said.endswith(
            f"mel_fmax_hz is {fmax_hz}; it must be more than mel_fmin_hz, which is {fmin_hz}"
        )
    elif said:
        assert "mel_fmax_hz" in said
        edges, bins = mel_edges_hz(fmin_hz, fmax_hz, bands), np.arange(2, 63) * 62.5
        pairs = zip(edges, edges[2:], strict=False)
        assert any(not ((low < bins) & (bins < high)).any() for low, high in pairs)
    else:
        bank = mel_bank(AudioPlan(mel_bands=bands, mel_fmin_hz=fmin_hz, mel_fmax_hz=fmax_hz))
        assert {band for share in bank for band in (share.band, share.other)} - {None} == set(range(bands))


def test_some_plans_of_the_grid_are_refused_and_some_not() -> None:
    found = [
        not _refusal(bands, 125.0, fmax) for bands, fmax in itertools.product((8, 16, 24), (150.0, 3750.0))
    ]
    assert found == [False, True] * 3
