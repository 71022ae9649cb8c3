"""Whether a cost table was measured on the firmware and the compiler that an export would use."""

from __future__ import annotations

from ...selection.budget.cost_table import CostTable
from .calibration import OPT
from .firmware_hash import firmware_hash

__all__ = ["table_differs"]


def table_differs(table: CostTable, toolchain: str) -> list[str]:
    """Say in what a cost table differs from what would be built; empty where it does not.

    Parameters
    ----------
    table
        A shipped table, or one of `tussis calibrate`.
    toolchain
        Name of the compiler that would build.

    Examples
    --------
    >>> from tussis.selection.budget.cost_table import load_cost_table
    >>> table_differs(load_cost_table("gcc"), "zig")[0]
    'by gcc, and zig would build here'
    """
    found = []
    if table.toolchain != toolchain:
        found.append(f"by {table.toolchain}, and {toolchain} would build here")
    if table.opt != OPT:
        found.append(f"with -{table.opt}, and firmware is built with -{OPT}")
    if table.firmware_hash != firmware_hash():
        found.append("on other firmware than this tussis exports")
    return found
