"""The same firmware built and clocked in several ways, side by side."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from tussis.cli.cost_tables import what_if_table
from tussis.export.estimate.devices import load_profiles
from tussis.export.estimate.what_if import what_if


@pytest.mark.slow
def test_what_if_lays_variants_side_by_side(project, session_folder):
    table = what_if(
        project.path, session_folder, clocks_hz=(64e6, 128e6), opts=("O2", "Os"), fpus=(True,)
    ).as_dict()
    rows = table["variants"]
    assert [(r["opt"], r["clock_hz"]) for r in rows] == [(o, c) for o in ("O2", "Os") for c in (64e6, 128e6)]
    by_opt = {r["opt"]: r for r in rows if r["clock_hz"] == 64e6}
    assert by_opt["Os"]["cycles_per_second"]["audio"] > by_opt["O2"]["cycles_per_second"]["audio"]
    assert by_opt["Os"]["flash_bytes"] < by_opt["O2"]["flash_bytes"]


def test_what_if_prices_all_devices_from_one_run(project, session_folder):
    rows = what_if(project.path, session_folder, "all").as_dict()["variants"]
    assert [row["device"] for row in rows] == list(load_profiles().devices)
    assert all(row["fits"] and row["deadline_met"] for row in rows)
    printed = StringIO()
    Console(file=printed, width=1000).print(
        what_if_table({"device": "all", "recording": "", "variants": rows})
    )
    for assumed in (a for row in rows for a in row["assumptions"]):
        assert f"{assumed['figure']} {assumed['value']:,g}" in printed.getvalue()
