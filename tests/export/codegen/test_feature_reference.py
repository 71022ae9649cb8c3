import re

import pytest

from tussis.export.codegen.feature_reference import PAGE, feature_reference
from tussis.selection.budget.cost_table import load_cost_table
from tussis.signal.catalogue import catalogue
from tussis.signal.plan import AudioPlan


@pytest.fixture(scope="module")
def page() -> str:
    return feature_reference()


def cells(page: str, feature: str) -> list[str]:
    (line,) = [line for line in page.splitlines() if line.startswith(f"| `{feature}`")]
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_the_page_in_docs_is_current(page):
    if not PAGE.parent.is_dir():
        pytest.skip("docs/ is in the checkout only")
    assert PAGE.read_text("utf-8") == page, "write it: python -m tussis.export.codegen.feature_reference"


def test_every_family_formula_and_source_is_there(page):
    text = page.replace("\\|", "|")
    for row in catalogue().values():
        assert f"### {row.family}\n" in page
        assert f"`{row.formula}`" in text, row.id
        assert row.source in text, row.id


def test_a_feature_is_priced_by_the_shipped_table(page):
    table = load_cost_table("gcc")
    graph = table.graph("audio", AudioPlan())
    _, unit, _, formula, _, kernel, shares, own, alone = cells(page, "spec_slope")
    assert (unit, kernel) == ("octave/kHz", "`tussis_spectral_slope`")
    assert "least-squares" in formula
    assert shares == "psd, spectrum, spectrum_logs"
    assert own == f"{table.audio.leaves['tussis_spectral_slope']:,.0f}"
    assert alone == f"{graph.cost(['spec_slope']) - graph.base:,.0f}"


def test_bands_share_a_row_and_an_axis_has_its_range_of_prices(page):
    assert cells(page, "mel00_std")[0] == "`mel00_std`, `mel01_std` ... `mel15_std`"
    low, high = cells(page, "accx_rms")[-1].split(" to ")
    assert int(low.replace(",", "")) < int(high.replace(",", ""))
    assert len([line for line in page.splitlines() if re.match(r"\| `band\d_power`", line)]) == 6
